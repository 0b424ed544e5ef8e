#!/usr/bin/env python3
"""Times gannet's metrics beside the Python packages that people use.

    python3 benches/peers/metrics.py [--rounds N] [--only METRIC]

makes a virtual environment in `benches/peers/.venv` with the versions of
`requirements.txt` (torch is large), builds gannet, draws seeded features, and
runs either side in turn, each in a process of its own. Times are those of the
metric alone, without loading. Memory is the peak of the whole process, loading
included, and (on Linux) what the metric adds to what was resident before it.
Only ratios are worth keeping: the machine decides the rest. The products per
second that the machine reaches are printed too, as the limit of either side.

frechet: the Fréchet distance, 2048 dimensions, from moments, against
pytorch-fid.
kernel, kernel-5000: the kernel distance, 100 subsets of 1,000 of 10,000 rows a
side, or of the 5,000 that gannet's statistics keep, 2048 dimensions, against
torch-fidelity.
neighbours: precision, recall, density, coverage of 10,000 x 10,000 x 2048 with
k = 5, against prdc.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from common import build, enter_environment, extent, forget_peak, measure, resident, table

SCRIPT = pathlib.Path(__file__).resolve()

ROWS = 10_000
DIM = 2048
# Degrees of freedom of the features.
LATENT = 16
METRICS = {
    "frechet": "pytorch-fid",
    "kernel": "torch-fidelity",
    "kernel-5000": "torch-fidelity",
    "neighbours": "prdc",
}
HEADER = ["Metric", "Against", "Times as fast, median (range)", "Share of its peak", "Of what it adds"]
# Random subsets differ between the two; everything else must agree.
TOLERANCE = {"frechet": 1e-6, "kernel": 5e-2, "kernel-5000": 5e-2, "neighbours": 0.0}


def draw(folder):
    """Rectified features of few degrees of freedom and some noise, as a network's
    are, so that fakes lie in some of the real balls."""
    import numpy as np

    rng = np.random.default_rng(0)
    first = rng.standard_normal((LATENT, DIM)) / np.sqrt(LATENT)
    second = rng.standard_normal((DIM, DIM)) / np.sqrt(DIM)
    for name, scale in [("real", 1.0), ("fake", 0.9)]:
        hidden = np.maximum(scale * rng.standard_normal((ROWS, LATENT)) @ first, 0)
        noise = 0.1 * rng.standard_normal((ROWS, DIM))
        rows = np.maximum(hidden @ second + noise, 0).astype(np.float32)
        np.save(folder / f"{name}.npy", rows)
        np.save(folder / f"{name}-5000.npy", rows[:5000])
        exact = rows.astype(np.float64)
        np.savez(folder / f"{name}.npz", mu=exact.mean(0), sigma=np.cov(exact, rowvar=False))


def peer(metric, real, fake):
    """What the Python package says, how long it took and what memory it added."""
    import numpy as np

    if metric == "frechet":
        from pytorch_fid.fid_score import calculate_frechet_distance

        a, b = np.load(real), np.load(fake)
        a, b = (a["mu"], a["sigma"]), (b["mu"], b["sigma"])

        def compute():
            return [float(calculate_frechet_distance(*a, *b))]

    elif metric.startswith("kernel"):
        import torch
        from torch_fidelity.metric_kid import kid_features_to_metric

        a, b = (torch.from_numpy(np.load(path)) for path in (real, fake))

        def compute():
            scores = kid_features_to_metric(
                a, b, kid_subsets=100, kid_subset_size=1000, rng_seed=0, verbose=False
            )
            return [scores["kernel_inception_distance_mean"]]

    else:
        from prdc import compute_prdc

        a, b = np.load(real), np.load(fake)

        def compute():
            scores = compute_prdc(a, b, nearest_k=5)
            return [float(scores[key]) for key in ("precision", "recall", "density", "coverage")]

    forget_peak()
    before = resident()
    began = time.perf_counter()
    value = compute()
    seconds = time.perf_counter() - began
    added = resident(peak=True) - before if before else None
    print(json.dumps({"value": value, "seconds": seconds, "added": added}))


def peaks():
    """Products of 2048 x 2048 matrices, in units of 1e9 operations a second."""
    import torch

    for name, dtype in [("32 bits", torch.float32), ("64 bits", torch.float64)]:
        a = torch.rand(DIM, DIM, dtype=dtype)
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            a @ a
            seconds.append(time.perf_counter() - began)
        print(f"torch, {name}: {2 * DIM**3 / min(seconds) / 1e9:.0f} GFLOP/s", flush=True)


def compare(metric, program, folder, rounds):
    """How many times as fast gannet is in each round, its shares of the peer's peak memory, and of
    what the metric adds to it where the system tells."""
    suffix = {"frechet": ".npz", "kernel-5000": "-5000.npy"}.get(metric, ".npy")
    files = [folder / f"real{suffix}", folder / f"fake{suffix}"]
    ours = [program, metric, *files]
    theirs = [sys.executable, SCRIPT, "--peer", metric, *files]
    pairs = [(measure(ours), measure(theirs)) for _ in range(rounds)]
    for mine, other in pairs:
        for a, b in zip(mine["value"], other["value"], strict=True):
            if abs(a - b) > TOLERANCE[metric] * abs(b):
                sys.exit(f"{metric}: {mine['value']} against {other['value']}")
    speed = [other["seconds"] / mine["seconds"] for mine, other in pairs]
    peaks = [mine["peak"] / other["peak"] for mine, other in pairs]
    added = [
        mine["added"] / other["added"] for mine, other in pairs if mine["added"] and other["added"]
    ]
    return speed, peaks, added


def row(metric, comparison):
    speed, *shares = comparison
    shares = [f"{statistics.median(share):.3f}" if share else "not measured" for share in shares]
    return [metric, METRICS[metric], extent(speed, 1), *shares]


def compare_all(metrics, rounds):
    """The comparison of each metric."""
    if not metrics:
        return {}
    program = build("metric")
    with tempfile.TemporaryDirectory() as folder:
        # A process starts with the peak of the one it comes from: this one stays small.
        subprocess.run([sys.executable, SCRIPT, "--draw", folder], check=True)
        return {metric: compare(metric, program, pathlib.Path(folder), rounds) for metric in metrics}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=METRICS)
    parser.add_argument("--draw", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--peer", nargs=3, metavar=("METRIC", "REAL", "FAKE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(*args.peer)
    if args.draw:
        return draw(args.draw)
    enter_environment()
    compared = compare_all([args.only] if args.only else METRICS, args.rounds)
    print(table(HEADER, [row(metric, comparison) for metric, comparison in compared.items()]), flush=True)
    peaks()
    subprocess.run([build("metric"), "peak"], check=True)


if __name__ == "__main__":
    main()
