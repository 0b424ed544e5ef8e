#!/usr/bin/env python3
"""Runs every comparison with Python packages and writes one table of ratios.

    python3 benches/peers/all.py [--rounds N] [--out FILE] [--allow-missing]

runs `engines.py`, `metrics.py` and `training.py` one after the other, with the versions of
`requirements.txt`; within each, either side runs in turn. What they measured is printed, and
written as ratios of gannet to the peer, median and range over the rounds, between the markers in
`benches/RESULTS.md`; the rest of that file stays as it is. Without a peer nothing is written,
unless --allow-missing says so: then the table names what is missing.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

from common import HERE, RATIOS, ROOT, enter_environment

SCRIPTS = ["engines.py", "metrics.py", "training.py"]
BEGIN, END = "<!-- all.py begins -->\n", "<!-- all.py ends -->\n"


def ratios(script, rounds, folder):
    """The rows of a comparison, none if it failed."""
    kept = folder / f"{script}.jsonl"
    command = [sys.executable, HERE / script]
    if rounds:
        command += ["--rounds", str(rounds)]
    print(f"\n{script}", flush=True)
    done = subprocess.run(command, env=os.environ | {RATIOS: str(kept)})
    if done.returncode != 0:
        return []
    return [json.loads(line) for line in kept.read_text().splitlines()]


def versions():
    """The peers, as requirements.txt pins them."""
    return ", ".join((HERE / "requirements.txt").read_text().split())


def table(rows, missing):
    lines = [
        "| gannet | over | of | Ratio, median (range) | Rounds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        low, middle, high = min(row["ratios"]), statistics.median(row["ratios"]), max(row["ratios"])
        lines.append(
            f"| {row['measure']} | {row['peer']} | {row['of']} "
            f"| {middle:.2f} ({low:.2f} to {high:.2f}) | {len(row['ratios'])} |"
        )
    lines += [f"| all of `{script}` | | | not measured: it failed | |" for script in missing]
    date = time.strftime("%B %Y")
    where = f"{os.cpu_count()} cores of a {platform.machine()}, {date}; {versions()}."
    return f"{where}\n\n" + "\n".join(lines) + "\n"


def between_markers(text, new):
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + new + END + after


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, help="of each comparison, else its own number")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "benches" / "RESULTS.md")
    parser.add_argument("--allow-missing", action="store_true")
    args = parser.parse_args()
    enter_environment()
    text = args.out.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{args.out}: expected the lines {BEGIN.strip()} and {END.strip()} once each")
    with tempfile.TemporaryDirectory() as folder:
        found = {script: ratios(script, args.rounds, pathlib.Path(folder)) for script in SCRIPTS}
    missing = [script for script, rows in found.items() if not rows]
    if missing and not args.allow_missing:
        sys.exit(f"{', '.join(missing)} failed: nothing is written (see --allow-missing)")
    new = table([row for rows in found.values() for row in rows], missing)
    print(f"\n{new}", flush=True)
    written = args.out.with_suffix(".part")
    written.write_text(between_markers(text, new))
    written.replace(args.out)


if __name__ == "__main__":
    main()
