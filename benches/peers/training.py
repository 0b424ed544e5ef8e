#!/usr/bin/env python3
"""Times gannet's training steps beside PyTorch's.

    python3 benches/peers/training.py [--rounds N] [--only STEP]

makes a virtual environment in `benches/peers/.venv` with the versions of
`requirements.txt` (torch is large), builds gannet, and runs either side in
turn, each in a process of its own with two threads. Both start from the same
weights and inputs, and the losses of the first steps must agree. A time is the
median over the steps of a process, memory the peak of the process.

dcgan: both updates of a DCGAN, 1x32x32 images, width 64, batch 64,
non-saturating loss, Adam; the critic is frozen while the generator learns.
mlp: the same of perceptrons in the plane, three layers of 128, batch 256.
r1: the update of the critic, without normalisation, under an exact R1 penalty
on its 64 real images; PyTorch differentiates twice (`create_graph=True`).
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

from common import build, enter_environment, extent, measure, resident, table

SCRIPT = pathlib.Path(__file__).resolve()

STEPS = {"dcgan": 30, "mlp": 300, "r1": 30}
# Steps that warm up, and whose losses are compared.
WARM = 5
TOLERANCE = 2e-3
THREADS = 2
BATCH = 64
LATENT = 100
POINTS = 256
SLOPE = 0.2
RATE = 2e-4
GAMMA = 10.0


class Draw:
    """Numbers in [-1, 1) that depend on the order of the draws alone."""

    def __init__(self):
        self.drawn = 0

    def __call__(self, shape, bound):
        import numpy as np
        import torch

        self.drawn += 1
        start = np.uint32(self.drawn * 0x9E3779B9 & 0xFFFFFFFF)
        value = np.arange(np.prod(shape), dtype=np.uint32) + start
        value ^= value >> np.uint32(16)
        value *= np.uint32(0x85EBCA6B)
        value ^= value >> np.uint32(13)
        value *= np.uint32(0xC2B2AE35)
        value ^= value >> np.uint32(16)
        values = ((value / 2.0**31 - 1) * bound).astype(np.float32)
        return torch.from_numpy(values).reshape(shape)


def peer(name, steps):
    """Runs PyTorch's side, prints its losses and seconds of each step."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    draw = Draw()

    def assign(net):
        """Weights in the order of gannet's draws; biases are 0."""
        for layer in net:
            if isinstance(layer, nn.Linear):
                inputs, outputs = layer.in_features, layer.out_features
                layer.weight.data = draw((inputs, outputs), inputs**-0.5).t().contiguous()
            elif isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                layer.weight.data = draw(tuple(layer.weight.shape), 0.03)
            if not isinstance(layer, nn.BatchNorm2d) and getattr(layer, "bias", None) is not None:
                layer.bias.data.zero_()
        return net

    def norm(channels):
        return nn.BatchNorm2d(channels, track_running_stats=False)

    def critic(with_norm):
        bias = not with_norm
        layers = []
        for inputs, outputs in [(1, 64), (64, 128), (128, 256)]:
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=bias))
            if with_norm and inputs > 1:
                layers.append(norm(outputs))
            layers.append(nn.LeakyReLU(SLOPE, inplace=True))
        layers.append(nn.Conv2d(256, 1, 4, 1, 0, bias=bias))
        return nn.Sequential(*layers, nn.Flatten(0))

    def generator():
        layers = []
        for inputs, outputs, stride, padding in [(LATENT, 256, 1, 0), (256, 128, 2, 1), (128, 64, 2, 1)]:
            layers.append(nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False))
            layers += [norm(outputs), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers, nn.ConvTranspose2d(64, 1, 4, 2, 1, bias=False), nn.Tanh())

    def perceptron(outputs):
        layers = []
        for inputs in (2, 128, 128):
            layers += [nn.Linear(inputs, 128), nn.LeakyReLU(SLOPE, inplace=True)]
        return nn.Sequential(*layers, nn.Linear(128, outputs), nn.Flatten(0) if outputs == 1 else nn.Identity())

    def adam(net):
        return torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.5, 0.999))

    def descend(optimiser, loss):
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    def critic_loss(real, fake):
        return functional.softplus(-real).mean() + functional.softplus(fake).mean()

    if name == "r1":
        net = assign(critic(False))
        optimiser = adam(net)
        real = draw((BATCH, 1, 32, 32), 1.0).requires_grad_()
        fake = draw((BATCH, 1, 32, 32), 1.0)

        def step():
            scores = net(real)
            (gradient,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
            penalty = gradient.square().sum() * (0.5 * GAMMA / BATCH)
            real.grad = None
            return [descend(optimiser, critic_loss(scores, net(fake)) + penalty), 0.0]

    else:
        if name == "dcgan":
            g, d = assign(generator()), assign(critic(True))
            shape, latent = (BATCH, 1, 32, 32), (BATCH, LATENT, 1, 1)
        else:
            g, d = assign(perceptron(2)), assign(perceptron(1))
            shape, latent = (POINTS, 2), (POINTS, 2)
        of_g, of_d = adam(g), adam(d)
        real, latents = draw(shape, 1.0), draw(latent, 1.0)

        def step():
            fake = g(latents)
            first = descend(of_d, critic_loss(d(real), d(fake.detach())))
            d.requires_grad_(False)
            second = descend(of_g, functional.softplus(-d(fake)).mean())
            d.requires_grad_(True)
            return [first, second]

    losses, seconds = [], []
    for _ in range(steps):
        began = time.perf_counter()
        losses.append(step())
        seconds.append(time.perf_counter() - began)
    result = {"losses": losses, "seconds": seconds}
    peak = resident(peak=True)
    print(json.dumps({**result, "peak": peak} if peak else result))


def compare(name, program, rounds):
    """The milliseconds of a step and the MiB at most of either side, gannet first, in each round."""
    steps = STEPS[name]
    commands = [
        [program, name, str(steps)],
        [sys.executable, SCRIPT, "--peer", name, str(steps)],
    ]
    times, peaks = [], []
    for number in range(rounds):
        # Who goes first alternates.
        order = [0, 1] if number % 2 == 0 else [1, 0]
        results = {side: measure(commands[side], RAYON_NUM_THREADS=str(THREADS)) for side in order}
        losses = [results[side]["losses"][:WARM] for side in (0, 1)]
        for pair in zip(*losses, strict=True):
            for mine, other in zip(*pair, strict=True):
                if abs(mine - other) > TOLERANCE * max(abs(other), 1):
                    sys.exit(f"{name}: the losses differ: {losses[0]} against {losses[1]}")
        times.append([1e3 * statistics.median(results[side]["seconds"][WARM:]) for side in (0, 1)])
        peaks.append([results[side]["peak"] / 2**20 for side in (0, 1)])
    return times, peaks


def ratios(pairs):
    """gannet's share of PyTorch's, round by round."""
    return [mine / other for mine, other in pairs]


def row(name, comparison):
    times, peaks = comparison
    mine, other = (statistics.median(column) for column in zip(*times))
    own, others = (statistics.median(column) for column in zip(*peaks))
    return [
        name, f"{mine:.1f}", f"{other:.1f}", extent(ratios(times)),
        f"{own:.0f}", f"{others:.0f}", f"{own / others:.2f}",
    ]  # fmt: skip


def compare_all(names, rounds):
    """The comparison of each step."""
    program = build("training")
    return {name: compare(name, program, rounds) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=STEPS)
    parser.add_argument("--peer", nargs=2, metavar=("STEP", "STEPS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.peer[0], int(args.peer[1]))
    enter_environment()
    compared = compare_all([args.only] if args.only else STEPS, args.rounds)
    header = [
        "Step", "gannet, ms", "PyTorch, ms", "Ratio, median (range)",
        "gannet, MiB", "PyTorch, MiB", "Ratio",
    ]  # fmt: skip
    print(table(header, [row(name, comparison) for name, comparison in compared.items()]))


if __name__ == "__main__":
    main()
