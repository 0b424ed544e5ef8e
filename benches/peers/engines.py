#!/usr/bin/env python3
"""Times gannet's engines beside ONNX Runtime and PyTorch, from Python.

    python3 benches/peers/engines.py [--rounds N]

makes a virtual environment in `benches/peers/.venv` with the versions of
`requirements.txt` (torch is large), builds the examples, and draws batches of 64
samples of `models/fashion-mnist` on 2 threads, each contender in a process of
its own that waits for its turn: every round asks each for one batch, so that
what else the machine does meets them alike. Then it times whole programs, from
start to exit, that draw one sample, or 64, and write one PNG. Only ratios within
a round are worth keeping; processor time, that of all threads together, depends
less on what else the machine does, but counts threads that wait by spinning.

tract, ort: `Generator::sample` on either engine. bare tract, bare ort: the same
engine driven as gannet drives it, without gannet. onnxruntime: a session of
Python's package, one run of 64. torch: PyTorch eager, the network rebuilt from
the file by onnx2torch and held to ONNX Runtime's images.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from common import ROOT, build, enter_environment, quartiles, table

SCRIPT = pathlib.Path(__file__).resolve()

MODEL = ROOT / "models" / "fashion-mnist"
FILE = MODEL / "generator.onnx"
BATCH, THREADS = 64, 2
# The ways that run in Python.
PEERS = ["onnxruntime", "torch"]
WAYS = ["tract", "ort", "bare-tract", "bare-ort", *PEERS]
# Its ratio to the other is what a row of the table says.
RATIOS = [
    ("tract", "torch"),
    ("tract", "onnxruntime"),
    ("ort", "onnxruntime"),
    ("tract", "bare-tract"),
    ("ort", "bare-ort"),
]


def latents(session, n=BATCH):
    import numpy as np

    name, (_, *row) = session.get_inputs()[0].name, session.get_inputs()[0].shape
    return name, np.random.default_rng(7).standard_normal((n, *row)).astype(np.float32)


def session():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(FILE, options, providers=["CPUExecutionProvider"])


def peer(way):
    """Answers each line of stdin with the seconds that a batch took."""
    runner = session()
    name, z = latents(runner)
    if way == "torch":
        import numpy as np
        import onnx
        import torch
        from onnx2torch import convert

        torch.set_num_threads(THREADS)
        network = convert(onnx.load(FILE)).eval()
        images = runner.run(None, {name: z})[0]
        del runner
        z = torch.from_numpy(z)

        def draw():
            with torch.inference_mode():
                return network(z).numpy()

        apart = np.abs(draw() - images).max()
        if apart > 1e-4:
            sys.exit(f"PyTorch's images are {apart} from ONNX Runtime's")
    else:

        def draw():
            return runner.run(None, {name: z})[0]

    draw()
    for _ in sys.stdin:
        began = time.perf_counter()
        draw()
        print(time.perf_counter() - began, flush=True)


def first_png(out, n):
    """What a Python program does to draw a grid of samples."""
    import numpy as np
    import onnxruntime
    from PIL import Image

    runner = onnxruntime.InferenceSession(FILE, providers=["CPUExecutionProvider"])
    name, z = latents(runner, n)
    images = runner.run(None, {name: z})[0]
    pixels = np.clip(np.round((images + 1) * 127.5), 0, 255).astype(np.uint8)
    _, c, h, w = pixels.shape
    columns = min(n, 8)
    grid = pixels.reshape(-1, columns, c, h, w).transpose(0, 3, 1, 4, 2)
    Image.fromarray(grid.reshape(-1, columns * w, c).squeeze()).save(out)


def library():
    """The ONNX Runtime library of Python's package: both sides run the same one."""
    import onnxruntime

    return next(pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*"))


class Contender:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def draw(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def processor(self):
        """Seconds of processor time so far, where the system tells."""
        try:
            stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        except OSError:
            return float("nan")
        user, system = stat.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def batches(rounds, ways=WAYS):
    """Of each way the seconds of each round, and the processor seconds of a round."""
    program = build("engine_speed", "-p", "gannet", "--features", "ort")
    commands = {
        way: [program, way, MODEL, *([library()] if way.endswith("ort") else [])]
        if way not in PEERS
        else [sys.executable, SCRIPT, "--peer", way]
        for way in ways
    }
    contenders = {way: Contender(command) for way, command in commands.items()}
    for _ in range(3):
        for contender in contenders.values():
            contender.draw()
    seconds = {way: [] for way in ways}
    before = {way: contender.processor() for way, contender in contenders.items()}
    for _ in range(rounds):
        for way, contender in contenders.items():
            # The threads of the one before may still spin.
            time.sleep(0.02)
            seconds[way].append(contender.draw())
    processor = {}
    for way, contender in contenders.items():
        processor[way] = (contender.processor() - before[way]) / rounds
        contender.close()
    return seconds, processor


def ratios(seconds):
    """Pairs of ways, and the ratios of their times round by round."""
    known = [pair for pair in RATIOS if set(pair) <= set(seconds)]
    return {pair: [a / b for a, b in zip(*(seconds[way] for way in pair))] for pair in known}


def run(command, folder):
    """Seconds and processor seconds of a program."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def starts(rounds, n):
    """Seconds and processor seconds of whole programs, of gannet and of Python."""
    commands = {
        "gannet": [build("embed", "-p", "gannet"), MODEL, str(n)],
        "Python": [sys.executable, SCRIPT, "--first-png", str(n)],
    }
    with tempfile.TemporaryDirectory() as folder:
        times = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(run(command, folder))
    return times


def ratios_of_starts(times):
    """What gannet's seconds are of Python's, round by round."""
    return [ours / theirs for (ours, _), (theirs, _) in zip(times["gannet"], times["Python"])]


def time_row(name, seconds, processor):
    milliseconds = [1000 * s for s in seconds]
    return [name, quartiles(milliseconds), f"{min(milliseconds):.1f}", f"{1000 * processor:.1f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--first-png", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.peer)
    if args.first_png:
        return first_png("python.png", args.first_png)
    enter_environment()
    seconds, processor = batches(args.rounds)
    header = ["64 samples, 2 threads", "Median ms (quartiles)", "Least", "Processor ms"]
    print(table(header, [time_row(way, seconds[way], processor[way]) for way in WAYS]), "\n")
    rows = [
        [one, other, quartiles(values), f"{min(seconds[one]) / min(seconds[other]):.2f}"]
        for (one, other), values in ratios(seconds).items()
    ]
    print(table(["Time of", "over that of", "Median ratio (quartiles)", "Ratio of the least times"], rows))
    for n in (1, BATCH):
        times = starts(args.rounds, n)
        header = [f"Start to a PNG of {n}", "Median ms (quartiles)", "Least", "Processor ms"]
        rows = [
            time_row(name, [s for s, _ in pairs], statistics.median(p for _, p in pairs))
            for name, pairs in times.items()
        ]
        rows.append(["gannet over Python", quartiles(ratios_of_starts(times)), "", ""])
        print(f"\n{table(header, rows)}", flush=True)


if __name__ == "__main__":
    main()
