#!/usr/bin/env python3
"""Reads a run's event files back with TensorBoard's own reader.

    pip install tensorboard==2.21.0 pillow
    python3 trainer/scripts/check_tensorboard.py --gannet target/release/gannet

trains a short run with `training.tensorboard=true`, stops it in the middle and resumes it, and
compares every scalar that TensorBoard sees with `metrics.jsonl`: the same steps, the same values
to the 24 bits of a float. Decodes every picture and compares it with its file, and compares the
texts with `case.jsonl`.
"""

import argparse
import io
import json
import math
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# Bad samples from the first step on, so that the doctor has something to say.
SETTINGS = {
    "training.tensorboard": "true",
    "training.length_images": 2_000_000,
    "training.log_interval_images": 10_240,
    "training.sheet_interval_images": 256_000,
    "training.checkpoint_interval_images": 256_000,
    "critic.learning_rate": "1e-6",
}


def numbers(value, path=""):
    """The numbers of a line with their paths; null is NaN."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers(inner, f"{path}/{index}")
    elif value is None:
        yield path, math.nan
    elif not isinstance(value, (bool, str)):
        yield path, float(value)


def train(gannet, run):
    """A run that is interrupted once."""
    command = [gannet, "train", "ring", "--doctor", "watch", "--out", run]
    command += [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    training = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not list(run.glob("checkpoints/*")):
        if training.poll() is not None:
            sys.exit(f"{' '.join(map(str, command))} ended with {training.returncode}")
        time.sleep(0.1)
    time.sleep(0.5)
    # Killed, so that lines beyond the checkpoint are written and happen again.
    training.send_signal(signal.SIGKILL)
    training.wait()
    resumed = subprocess.run([gannet, "resume", run], capture_output=True, text=True)
    # 3: the doctor found something.
    if resumed.returncode not in (0, 3):
        sys.exit(f"gannet resume {run} ended with {resumed.returncode}\n{resumed.stderr}")


def same(a, b):
    return math.isnan(a) and math.isnan(b) or abs(a - b) <= 2**-23 * abs(b)


def check_scalars(events, run):
    names = json.loads(
        subprocess.run([ARGS.gannet, "diagnose", "--columns", "--json"], capture_output=True, text=True, check=True).stdout
    )
    ours = {column["path"].replace(".", "/"): column["name"] for column in names}
    expected = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        line = json.loads(line)
        step = line.pop("step")
        for path, value in numbers(line):
            expected.setdefault(ours.get(path, path), []).append((step, value))
    tags = set(events.Tags()["scalars"])
    if tags != set(expected):
        sys.exit(f"scalars differ: {sorted(tags ^ set(expected))}")
    count = 0
    for tag, values in expected.items():
        got = [(event.step, event.value) for event in events.Scalars(tag)]
        if [step for step, _ in got] != [step for step, _ in values]:
            sys.exit(f"{tag}: steps {got[:3]}... of {len(got)}, expected {values[:3]}... of {len(values)}")
        for (step, value), (_, wanted) in zip(got, values, strict=True):
            if not same(value, wanted):
                sys.exit(f"{tag} at step {step}: {value}, expected {wanted}")
            count += 1
    print(f"{count} values of {len(expected)} scalars agree")


def check_images(events, run):
    sheets = sorted(run.glob("samples/images-*.png"))
    images = events.Images("samples")
    if len(images) != len(sheets):
        sys.exit(f"{len(images)} pictures, expected {len(sheets)}")
    for event, sheet in zip(images, sheets, strict=True):
        picture = Image.open(io.BytesIO(event.encoded_image_string))
        if event.encoded_image_string != sheet.read_bytes() or picture.size != (event.width, event.height):
            sys.exit(f"the picture of step {event.step} is not {sheet.name}")
    print(f"{len(images)} pictures agree, the last one {picture.size} {picture.mode}")


def check_texts(events, run):
    case = [json.loads(line) for line in (run / "case.jsonl").read_text().splitlines()]
    texts = events.Tensors("doctor")
    if [event.step for event in texts] != [entry["step"] for entry in case] or not case:
        sys.exit(f"{len(texts)} texts, expected {len(case)}")
    for event in texts:
        print(f"  {event.tensor_proto.string_val[0].decode()}")
    print(f"{len(texts)} texts agree")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        train(ARGS.gannet, run)
        files = list((run / "tensorboard").iterdir())
        if len(files) != 2:
            sys.exit(f"expected two event files, found {[file.name for file in files]}")
        everything = {"scalars": 0, "images": 0, "tensors": 0}
        events = EventAccumulator(str(run / "tensorboard"), size_guidance=everything)
        events.Reload()
        check_scalars(events, run)
        check_images(events, run)
        check_texts(events, run)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gannet", required=True, type=pathlib.Path)
    ARGS = parser.parse_args()
    main()
