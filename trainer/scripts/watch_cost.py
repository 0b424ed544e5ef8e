#!/usr/bin/env python3
"""What the doctor's watching costs: the same run with and without it, in turn.

`python3 trainer/scripts/watch_cost.py --gannet target/release/gannet` trains each recipe for so
many images with `--doctor watch`, as it logs by itself, and with `--doctor off` and no line of the
log but the first and the last, and prints the ratio of the processor time of both, start and
export included: median and range over the rounds.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

RECIPES = {"dcgan": 100_000, "fashion-mnist-quick": 50_000, "ring": 2_000_000}
NEVER = 1_000_000_000


def processor_seconds(gannet, recipe, images, doctor):
    """User and system time of one training, on one thread."""
    settings = {
        "training.length_images": images,
        "training.sheet_interval_images": NEVER,
        "training.checkpoint_interval_images": NEVER,
        "score.samples": 0,
    }
    if doctor == "off":
        settings["training.log_interval_images"] = images
    with tempfile.TemporaryDirectory() as folder:
        command = [gannet, "train", recipe, "--doctor", doctor, "--out", f"{folder}/run"]
        command += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        environment = os.environ | {"RAYON_NUM_THREADS": "1"}
        child = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        # What the doctor finds in a run this short is not at issue.
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            raise SystemExit(f"{' '.join(command)}\n{said}")
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gannet", type=pathlib.Path, required=True)
    parser.add_argument("--recipes", default=",".join(RECIPES), help="some of them, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    for recipe in args.recipes.split(","):
        ratios = []
        for round_ in range(args.rounds):
            order = ("watch", "off") if round_ % 2 == 0 else ("off", "watch")
            took = {
                doctor: processor_seconds(args.gannet.resolve(), recipe, RECIPES[recipe], doctor)
                for doctor in order
            }
            ratios.append(took["watch"] / took["off"])
            print(f"  {recipe}: {took['watch']:.2f} s watched, {took['off']:.2f} s not", flush=True)
        print(
            f"{recipe}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
