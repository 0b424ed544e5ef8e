#!/usr/bin/env python3
"""Trains small PyTorch GANs on images of 28x28, one healthy and four sick, and writes the logs
that PyTorch users write, for `gannet diagnose` to read.

    python3 benches/peers/logs.py OUT --data FOLDER [--steps N] [--seed S] [--only NAME]

FOLDER holds train-images-idx3-ubyte, plain or gzip-compressed. A run writes OUT/NAME/log.csv,
the same values as TensorBoard's scalars in OUT/NAME/tb, and 64 samples as PNG files in
OUT/NAME/samples/STEP after each fifth of the run. A row is written every 10 steps: both losses,
the critic's mean logits and its accuracy on real and generated images, the norms of both
gradients, and the mean distance between two generated images over that between two real ones.
A folder of a run that is there already is replaced. Needs torch and tensorboard
(requirements.txt); a run takes about a minute on one thread.

healthy: a DCGAN, non-saturating loss, Adam with 2e-4 and 0.5.
collapse: perceptrons without batch norm; the generator takes 5 updates a step at 100 times the
critic's rate: every image becomes the one that the critic likes best.
saturated: perceptrons, minimax loss, a critic of 5 updates a step at 10 times the rate: the
generator's gradient vanishes.
dominated: the DCGAN with a generator's rate 100 times lower: the critic wins.
diverging: perceptrons, the loss written as logarithms of sigmoids, a critic of 25 times the
rate: a sigmoid reaches 0 or 1 and everything is NaN from then on.
"""

import argparse
import csv
import gzip
import pathlib
import shutil
import sys

import torch
from PIL import Image
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.tensorboard import SummaryWriter

BATCH, LATENT, WIDTH, HIDDEN = 64, 64, 8, 128
INTERVAL, SHEETS = 10, 5
USUAL = {
    "nets": "convolutions",
    "loss": "cross-entropy",
    "minimax": False,
    "g_rate": 2e-4,
    "d_rate": 2e-4,
    "g_updates": 1,
    "d_updates": 1,
}
RUNS = {
    "healthy": {},
    "collapse": {"nets": "unnormalised", "g_rate": 2e-3, "d_rate": 2e-5, "g_updates": 5},
    "saturated": {"nets": "perceptrons", "minimax": True, "d_rate": 2e-3, "d_updates": 5},
    "dominated": {"g_rate": 2e-6},
    "diverging": {"nets": "perceptrons", "loss": "logarithms", "d_rate": 5e-3},
}


def images(folder):
    """All images in [-1, 1], [n, 1, 28, 28]."""
    for name, opened in [("train-images-idx3-ubyte.gz", gzip.open), ("train-images-idx3-ubyte", open)]:
        path = folder / name
        if path.exists():
            with opened(path, "rb") as file:
                data = file.read()
            n, height, width = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
            pixels = torch.frombuffer(bytearray(data[16:]), dtype=torch.uint8)
            return pixels.view(n, 1, height, width).float() / 127.5 - 1.0
    sys.exit(f"{folder}: no train-images-idx3-ubyte")


def convolutions():
    """The networks of a small DCGAN."""
    generator = nn.Sequential(
        nn.Unflatten(1, (LATENT, 1, 1)),
        nn.ConvTranspose2d(LATENT, WIDTH * 4, 7, 1, 0, bias=False),
        nn.BatchNorm2d(WIDTH * 4),
        nn.ReLU(),
        nn.ConvTranspose2d(WIDTH * 4, WIDTH * 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(WIDTH * 2),
        nn.ReLU(),
        nn.ConvTranspose2d(WIDTH * 2, 1, 4, 2, 1),
        nn.Tanh(),
    )
    critic = nn.Sequential(
        nn.Conv2d(1, WIDTH * 2, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(WIDTH * 2, WIDTH * 4, 4, 2, 1, bias=False),
        nn.BatchNorm2d(WIDTH * 4),
        nn.LeakyReLU(0.2),
        nn.Conv2d(WIDTH * 4, 1, 7, 1, 0),
        nn.Flatten(0),
    )
    return generator, critic


def perceptrons(norm=True):
    """Three layers on either side; those of the generator are normalised."""

    def layer(inputs):
        return [nn.Linear(inputs, HIDDEN), *([nn.BatchNorm1d(HIDDEN)] if norm else []), nn.ReLU()]

    generator = nn.Sequential(
        *layer(LATENT),
        *layer(HIDDEN),
        nn.Linear(HIDDEN, 28 * 28),
        nn.Tanh(),
        nn.Unflatten(1, (1, 28, 28)),
    )
    critic = nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, 1),
        nn.Flatten(0),
    )
    return generator, critic


def unnormalised():
    """The perceptrons without batch norm."""
    return perceptrons(norm=False)


NETS = {"convolutions": convolutions, "perceptrons": perceptrons, "unnormalised": unnormalised}


def adam(net, rate):
    return torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999))


def cross_entropy(logits, label):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def logarithms(logits, label):
    """The same as beginners write it; infinite for logits far from 0."""
    real = torch.sigmoid(logits)
    return -torch.log(real if label == 1.0 else 1.0 - real).mean()


LOSSES = {"cross-entropy": cross_entropy, "logarithms": logarithms}


def gradient_norm(net):
    return nn.utils.clip_grad_norm_(net.parameters(), float("inf")).item()


def spread(batch):
    """The mean distance between two images of a batch."""
    return torch.pdist(batch.flatten(1)).mean()


def save(samples, folder):
    folder.mkdir(parents=True)
    pixels = samples.nan_to_num().mul(127.5).add(128).clamp(0, 255).to(torch.uint8)
    for number, image in enumerate(pixels):
        Image.fromarray(image[0].numpy()).save(folder / f"{number:04}.png")


def train(data, options, steps, seed, out):
    torch.manual_seed(seed)
    loss = LOSSES[options["loss"]]
    g, d = NETS[options["nets"]]()
    of_g = adam(g, options["g_rate"])
    of_d = adam(d, options["d_rate"])
    fixed = torch.randn(64, LATENT)
    table = None
    with open(out / "log.csv", "w", newline="") as file, SummaryWriter(out / "tb") as board:
        for step in range(1, steps + 1):
            for _ in range(options["d_updates"]):
                real = data[torch.randint(len(data), (BATCH,))]
                fake = g(torch.randn(BATCH, LATENT)).detach()
                of_d.zero_grad()
                d_real, d_fake = d(real), d(fake)
                d_loss = loss(d_real, 1.0) + loss(d_fake, 0.0)
                d_loss.backward()
                d_norm = gradient_norm(d)
                of_d.step()
            for _ in range(options["g_updates"]):
                fake = g(torch.randn(BATCH, LATENT))
                of_g.zero_grad()
                logits = d(fake)
                g_loss = -loss(logits, 0.0) if options["minimax"] else loss(logits, 1.0)
                g_loss.backward()
                g_norm = gradient_norm(g)
                of_g.step()
            if step % INTERVAL == 0:
                row = {
                    "d_loss": d_loss.item(),
                    "g_loss": g_loss.item(),
                    "d_real": d_real.mean().item(),
                    "d_fake": d_fake.mean().item(),
                    "d_acc_real": (d_real > 0).float().mean().item(),
                    "d_acc_fake": (d_fake < 0).float().mean().item(),
                    "d_grad_norm": d_norm,
                    "g_grad_norm": g_norm,
                    "diversity": (spread(fake.detach()) / spread(real)).item(),
                }
                if table is None:
                    table = csv.DictWriter(file, ["step", *row])
                    table.writeheader()
                table.writerow({"step": step, **row})
                for name, value in row.items():
                    board.add_scalar(name, value, step)
            if step * SHEETS // steps > (step - 1) * SHEETS // steps:
                with torch.no_grad():
                    save(g(fixed), out / "samples" / f"{step:06}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=RUNS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = images(args.data)
    for name in [args.only] if args.only else RUNS:
        out = args.out / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        train(data, {**USUAL, **RUNS[name]}, args.steps, args.seed, out)
        print(out, file=sys.stderr)


if __name__ == "__main__":
    main()
