"""Compares a training on a card with the same training on the processor.

    cargo build --release --workspace --features gannet-trainer/gpu
    python3 trainer/scripts/check_device.py --gannet target/release/gannet [--device gpu] [--steps 20]

Trains three recipes on the repository's Fashion-MNIST images for a few steps on either
device, from the same seed, and prints how far apart their losses are at each step, relative
to the processor's. Rounding alone parts two runs in time, the sooner the steeper the critic;
a wrong gradient parts them from the first step on. Ends with 1 if the first step's losses
differ by more than 1e-5, or those of `wgan-gp`, whose critic is held back by an exact
gradient penalty, by more than 1e-3 at any step.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

RECIPES = ["wgan-gp", "dcgan", "fashion-mnist-quick"]
STEADY = "wgan-gp"
LOSSES = ["critic_loss", "generator_loss"]
FIRST, ALL = 1e-5, 1e-3
BATCH = 64


def images_per_step(gannet, recipe):
    """The critic's updates of a step see a batch each."""
    shown = subprocess.run([gannet, "recipes", "show", recipe], check=True, capture_output=True, text=True).stdout
    critic = shown.split("[critic]")[1]
    return BATCH * next(int(line.split("=")[1]) for line in critic.splitlines() if line.startswith("steps ="))


def losses(gannet, recipe, device, steps, folder):
    images = images_per_step(gannet, recipe)
    settings = {
        "training.batch_images": BATCH,
        "training.length_images": steps * images,
        "training.log_interval_images": images,
        "score.samples": 0,
    }
    command = [gannet, "train", recipe, "--device", device, "--out", folder]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    log = folder / "metrics.jsonl"
    records = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if [record["step"] for record in records] != list(range(1, steps + 1)):
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    if done.returncode != 0:
        # Trained, but not exported: that is not compared here.
        print(f"{recipe} on {device}: {done.stderr.splitlines()[-1]}", file=sys.stderr)
    return [[record[loss] for loss in LOSSES] for record in records]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gannet", required=True, type=pathlib.Path)
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    args = parser.parse_args()

    failed = False
    for recipe in args.recipes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = (
                losses(args.gannet, recipe, device, args.steps, pathlib.Path(folder) / side)
                for side, device in (("processor", "cpu"), ("card", args.device))
            )
        differences = [max(abs(a - b) / abs(a) for a, b in zip(x, y)) for x, y in zip(ours, theirs)]
        bad = not differences[0] <= FIRST or (recipe == STEADY and not max(differences) <= ALL)
        failed |= bad
        print(f"{recipe}: {' '.join(f'{difference:.1e}' for difference in differences)}{'  TOO FAR' if bad else ''}")
    sys.exit(failed)


main()
