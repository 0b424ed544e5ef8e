"""The DCGAN of PyTorch's tutorial on Fashion-MNIST, for so many minutes of processor time.

Architecture and settings are those of pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html:
images of 64x64, latents of 100, 64 channels, batch 128, Adam with 2e-4 and 0.5, normal weights
of 0.02; grey images instead of colour. After each budget 10,000 samples are drawn as the
tutorial draws them (batch statistics), brought to the data's 28x28 pixels and written as
OUT/MINUTES.npy, [n, 1, 28, 28] in [-1, 1], for `quality fashion --peer pytorch=OUT`.

    python3 benches/peers/dcgan.py FOLDER --out OUT [--minutes 10,30,60] [--threads 2]

FOLDER holds train-images-idx3-ubyte, plain or gzip-compressed. Needs torch (requirements.txt).
"""

import argparse
import gzip
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SAMPLES, BATCH, SIDE, LATENT, WIDTH = 10_000, 128, 64, 100, 64


def images(folder):
    for name, opened in [("train-images-idx3-ubyte.gz", gzip.open), ("train-images-idx3-ubyte", open)]:
        path = pathlib.Path(folder) / name
        if path.exists():
            with opened(path, "rb") as file:
                data = file.read()
            n, height, width = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
            return torch.frombuffer(bytearray(data[16:]), dtype=torch.uint8).view(n, 1, height, width)
    sys.exit(f"{folder}: no train-images-idx3-ubyte")


def resized(batch, side):
    return F.interpolate(batch, size=(side, side), mode="bilinear", antialias=True)


def generator():
    def doubled(inputs, outputs, stride, padding):
        return [nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]

    return nn.Sequential(
        *doubled(LATENT, WIDTH * 8, 1, 0),
        *doubled(WIDTH * 8, WIDTH * 4, 2, 1),
        *doubled(WIDTH * 4, WIDTH * 2, 2, 1),
        *doubled(WIDTH * 2, WIDTH, 2, 1),
        nn.ConvTranspose2d(WIDTH, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


def discriminator():
    def halved(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)]

    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2, inplace=True),
        *halved(WIDTH, WIDTH * 2),
        *halved(WIDTH * 2, WIDTH * 4),
        *halved(WIDTH * 4, WIDTH * 8),
        nn.Conv2d(WIDTH * 8, 1, 4, 1, 0, bias=False),
        nn.Sigmoid(),
    )


def initialise(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def sample(net, side, path):
    random = torch.Generator().manual_seed(0)
    parts = []
    with torch.no_grad():
        for start in range(0, SAMPLES, BATCH):
            z = torch.randn(min(BATCH, SAMPLES - start), LATENT, 1, 1, generator=random)
            parts.append(resized(net(z), side).clamp(-1, 1))
    np.save(path, torch.cat(parts).numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--minutes", default="10,30,60")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    budgets = sorted(int(minutes) for minutes in args.minutes.split(","))
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)

    data = images(args.folder)
    side = data.shape[-1]
    g, d = generator(), discriminator()
    g.apply(initialise)
    d.apply(initialise)
    adam_d = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    loss = nn.BCELoss()

    spent, seen = 0.0, 0
    while budgets:
        order = torch.randperm(len(data))
        for start in range(0, len(data) - BATCH + 1, BATCH):
            began = time.process_time()
            real = data[order[start : start + BATCH]].float() / 127.5 - 1.0
            real = resized(real, SIDE)
            d.zero_grad()
            ones, zeros = torch.ones(BATCH), torch.zeros(BATCH)
            error = loss(d(real).view(-1), ones)
            error.backward()
            fake = g(torch.randn(BATCH, LATENT, 1, 1))
            error = loss(d(fake.detach()).view(-1), zeros)
            error.backward()
            adam_d.step()
            g.zero_grad()
            error = loss(d(fake).view(-1), ones)
            error.backward()
            adam_g.step()
            spent += time.process_time() - began
            seen += BATCH
            while budgets and spent >= 60 * budgets[0]:
                minutes = budgets.pop(0)
                sample(g, side, args.out / f"{minutes}.npy")
                print(f"{minutes} minutes: {seen} images", file=sys.stderr)
            if not budgets:
                break


main()
