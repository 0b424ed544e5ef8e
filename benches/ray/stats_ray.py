#!/usr/bin/env python3
"""Computes gannet's statistics over an image set of any size as a map-reduce on Ray.

    python3 stats_ray.py DATA --features NET.onnx --out real.npz [--shards N] [--gannet PROGRAM]
        [--address ADDRESS] [--work FOLDER] [--column NAME] [--kill-one]

DATA is a folder of images, or a Parquet file or folder of them with a column of encoded images
(bytes, or a struct with `bytes`, as Hugging Face writes it). The mapper is `gannet stats DATA
--features NET.onnx --shard I/N`, the reducer `gannet stats merge`, in the order of the shards.

A shard is a pure function of its number and its file is renamed into its place when it is whole:
a task may be run again, anywhere, at any time. Ray does so when a worker dies (`max_retries`).
Of Parquet a task lays its own rows out as image files in a scratch folder of its own and
describes those.

Without --address a cluster of two workers starts on this machine; with it (`auto`, or
`ray://HOST:10001`) the same script runs on that cluster, whose machines must have `gannet` and
see DATA, NET.onnx and --work under the same paths.

--kill-one tries the recipe: the worker of the first shard is killed (SIGKILL) while it runs, and
the result is compared with that of one process, as is a merge in the opposite order. mu and
sigma must agree to 1e-12 of the largest element of each. Needs ray, numpy and, for Parquet,
pyarrow.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import ray

RETRIES = 5
TOLERANCE = 1e-12


def gannet(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program} {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def parquet_files(data):
    """The Parquet files of DATA, sorted; none if it is a folder of images."""
    data = pathlib.Path(data)
    return [data] if data.suffix == ".parquet" else sorted(data.glob("*.parquet"))


def lay_out(files, column, index, shards, folder):
    """Writes the rows of one shard, a contiguous range of all, as files whose order is theirs."""
    import pyarrow.parquet as parquet

    readers = [parquet.ParquetFile(file) for file in files]
    total = sum(reader.metadata.num_rows for reader in readers)
    first, end = total * index // shards, total * (index + 1) // shards
    row = 0
    for reader in readers:
        for group in range(reader.num_row_groups):
            count = reader.metadata.row_group(group).num_rows
            if row < end and row + count > first:
                images = reader.read_row_group(group, columns=[column])[column].to_pylist()
                for number in range(max(first, row), min(end, row + count)):
                    image = images[number - row]
                    image = image["bytes"] if isinstance(image, dict) else image
                    kind = {b"\x89PNG": "png", b"RIFF": "webp"}.get(image[:4], "jpg")
                    (folder / f"{number:012}.{kind}").write_bytes(image)
            row += count


def describe(options, index, shards, out):
    """Statistics of shard `index`; `out` appears whole or not at all."""
    files = parquet_files(options.data)
    if not files:
        shard = ["--shard", f"{index}/{shards}"]
        return gannet(options.gannet, "stats", options.data, "--features", options.features, *shard, "--out", out)
    with tempfile.TemporaryDirectory() as folder:
        # Statistics carry the folder's name, and only those of one name merge.
        folder = pathlib.Path(folder) / pathlib.Path(options.data).stem
        folder.mkdir()
        lay_out(files, options.column, index, shards, folder)
        gannet(options.gannet, "stats", folder, "--features", options.features, "--out", out)


@ray.remote(max_retries=RETRIES, num_cpus=1)
def mapper(options, index, shards, out):
    with open(f"{out}.pids", "a") as pids:
        print(os.getpid(), file=pids, flush=True)
    if options.kill_one and index == 0:
        # Long enough to be killed at work.
        time.sleep(2)
    describe(options, index, shards, out)
    return str(out)


def kill_worker(out):
    """Kills the process that works on a shard; its number."""
    pids = pathlib.Path(f"{out}.pids")
    while not (pids.exists() and pids.read_text().endswith("\n")):
        time.sleep(0.05)
    pid = int(pids.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    return pid


def compare(one, other):
    """The greatest difference of mu and of sigma, relative to their largest element."""
    import numpy as np

    one, other = np.load(one), np.load(other)
    if one["n"] != other["n"]:
        sys.exit(f"{one['n']} images against {other['n']}")
    return [float(abs(one[key] - other[key]).max() / abs(other[key]).max()) for key in ("mu", "sigma")]


def check(options, parts, folder):
    """Holds the merged statistics to those of one process and of another order of merging."""
    alone, reverse = folder / "alone.npz", folder / "reverse.npz"
    describe(options, 0, 1, alone)
    gannet(options.gannet, "stats", "merge", *reversed(parts), "--out", reverse)
    for name, other in [("one process", alone), ("merged in the opposite order", reverse)]:
        mu, sigma = compare(options.out, other)
        print(f"against {name}: mu differs by {mu:.1e}, sigma by {sigma:.1e} of the largest element")
        if max(mu, sigma) > TOLERANCE:
            sys.exit(f"more than {TOLERANCE}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--features", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--gannet", default="gannet")
    parser.add_argument("--address")
    parser.add_argument("--work", type=pathlib.Path, help="keeps the shards' files here")
    parser.add_argument("--column", default="image")
    parser.add_argument("--kill-one", action="store_true")
    options = parser.parse_args()
    options.data, options.features = os.path.abspath(options.data), os.path.abspath(options.features)
    if options.address:
        if options.work is None or options.kill_one:
            parser.error("--address needs --work, which all machines see, and kills nobody")
        ray.init(address=options.address)
    else:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.work or pathlib.Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        parts = [folder / f"part-{index:06}.npz" for index in range(options.shards)]
        tasks = [mapper.remote(options, index, options.shards, part) for index, part in enumerate(parts)]
        if options.kill_one:
            print(f"killed worker {kill_worker(parts[0])} while it worked on shard 0")
        ray.get(tasks)
        if options.kill_one:
            tries = len(pathlib.Path(f"{parts[0]}.pids").read_text().split())
            print(f"shard 0 was begun {tries} times")
            if tries < 2:
                sys.exit("no worker was killed in the middle")
        gannet(options.gannet, "stats", "merge", *parts, "--out", options.out)
        print(f"{options.out}: {options.shards} shards merged")
        if options.kill_one:
            check(options, parts, folder)


if __name__ == "__main__":
    main()
