#!/usr/bin/env python3
"""Runs every comparison with Python packages and writes one table of ratios.

    python3 benches/peers/all.py [--rounds N] [--out FILE] [--allow-missing]

does what `engines.py`, `training.py` and `metrics.py` do, which say how either side takes its
turn, with the versions of `requirements.txt`. What they measured is printed and written as ratios
of gannet to the peer, median and range over the rounds, between the markers in
`benches/RESULTS.md`; the rest of that file stays as it is. If a peer is missing or has another
version, nothing is measured, unless --allow-missing says so: then the table names what is
missing. Let the machine do nothing else meanwhile.
"""

import argparse
import importlib.metadata
import os
import pathlib
import platform
import sys
import time

import engines
import metrics
import training
from common import ROOT, enter_environment, extent, requirements, table

RESULTS = ROOT / "benches" / "RESULTS.md"
BEGIN, END = "<!-- all.py begins -->\n", "<!-- all.py ends -->\n"
HEADER = ["gannet", "over", "of", "Ratio, median (range)", "Rounds"]
NAMES = {
    "torch": "PyTorch eager",
    "onnxruntime": "onnxruntime from Python",
    "bare-tract": "tract without gannet",
    "bare-ort": "ort without gannet",
}
# What each side needs.
NEEDS = {
    "torch": ["numpy", "torch", "onnx", "onnx2torch", "onnxruntime"],
    "onnxruntime": ["numpy", "onnxruntime"],
    "ort": ["onnxruntime"],
    "bare-ort": ["onnxruntime"],
    "start": ["numpy", "onnxruntime", "pillow"],
    "training": ["numpy", "torch"],
    "frechet": ["numpy", "pytorch-fid", "scipy"],
    "kernel": ["numpy", "torch-fidelity", "torch"],
    "kernel-5000": ["numpy", "torch-fidelity", "torch"],
    "neighbours": ["numpy", "prdc", "scikit-learn"],
}


def absent():
    """The packages that are not there in the version that is compared, and why."""
    reasons = {}
    for name in sorted({name for names in NEEDS.values() for name in names}):
        pinned = requirements()[name]
        try:
            # torch's version names its build after a `+`.
            found = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found != pinned:
            reasons[name] = f"{name} {pinned} is missing" + (f" ({found} is there)" if found else "")
    return reasons


def rows(missing, rounds):
    """Measure, peer, unit, and the ratios or why there are none."""

    def lack(*sides):
        names = dict.fromkeys(name for side in sides for name in NEEDS.get(side, []))
        return "; ".join(missing[name] for name in names if name in missing)

    seconds, _ = engines.batches(rounds or 40, [way for way in engines.WAYS if not lack(way)])
    ratios = engines.ratios(seconds)
    for pair in engines.RATIOS:
        one, other = pair
        yield f"64 samples on {one}", NAMES[other], "time", ratios.get(pair) or lack(*pair)
    for n in (1, engines.BATCH):
        found = lack("start") or engines.ratios_of_starts(engines.starts(rounds or 40, n))
        yield f"start to a PNG of {n}", "Python with onnxruntime", "time", found
    why = lack("training")
    compared = {} if why else training.compare_all(training.STEPS, rounds or 5)
    for name in training.STEPS:
        for unit, pairs in zip(["time", "peak memory"], compared.get(name, [None, None])):
            yield f"a step of training, `{name}`", "PyTorch eager", unit, why or training.ratios(pairs)
    compared = metrics.compare_all([name for name in metrics.METRICS if not lack(name)], rounds or 5)
    for name, package in metrics.METRICS.items():
        speed, peaks, _ = compared.get(name, [None, None, None])
        times = speed and [1 / ratio for ratio in speed]
        for unit, found in [("time", times), ("peak memory", peaks)]:
            yield f"the metric `{name}`", package, unit, found or lack(name)


def cells(measure, peer, unit, found):
    if isinstance(found, str):
        return [measure, peer, unit, f"not measured: {found}", ""]
    return [measure, peer, unit, extent(found), str(len(found))]


def between_markers(text, new):
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{RESULTS}: expected the lines {BEGIN.strip()} and {END.strip()} once each")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + new + END + after


def rounds_of(text):
    rounds = int(text)
    if rounds < 2:
        raise argparse.ArgumentTypeError("a range needs two rounds or more")
    return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=rounds_of, help="of each comparison [default: 40 of the engines, 5 of the others]")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS, help="where the changed file goes [default: its place]")
    parser.add_argument("--allow-missing", action="store_true", help="measure what can be measured without them")
    args = parser.parse_args()
    # What is missing is said below, package by package.
    enter_environment(must_install=False)
    missing = absent()
    if missing and not args.allow_missing:
        sys.exit(f"{'; '.join(missing.values())}: nothing is measured (see --allow-missing)")
    text = RESULTS.read_text()
    # Without the markers nothing needs to be measured.
    between_markers(text, "")
    versions = ", ".join(f"{name} {version}" for name, version in requirements().items() if name not in missing)
    where = f"{os.cpu_count()} cores of a {platform.machine()}, {time.strftime('%B %Y')}; {versions}."
    new = f"{where}\n\n{table(HEADER, [cells(*row) for row in rows(missing, args.rounds)])}\n"
    print(f"\n{new}", flush=True)
    written = args.out.with_suffix(".part")
    written.write_text(between_markers(text, new))
    written.replace(args.out)


if __name__ == "__main__":
    main()
