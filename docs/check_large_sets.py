#!/usr/bin/env python3
"""Runs what `large-sets.md` has Slurm and Kubernetes run, a shard after the other on this machine.

    python3 docs/check_large_sets.py --gannet target/release/gannet

takes the array script and the manifest from the page, and runs what a task and a pod would run, for
each number in a shuffled order and two of them twice, on the repository's Fashion-MNIST. mu and
sigma of the merged parts must agree with those of one process to 1e-12 of
the largest element of each. Needs pyyaml and numpy.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import numpy
import yaml

DOCS = pathlib.Path(__file__).resolve().parent
DATA = DOCS.parent / "data" / "fashion-mnist"
NET = DOCS.parent / "models" / "features" / "fashion-mnist.onnx"
BLOCK = re.compile(r"^```\S+ title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLERANCE = 1e-12


def of_slurm(script, folder):
    """How many tasks the array has, and the command and the variables of one."""
    first, last = map(int, re.search(r"^#SBATCH --array=(\d+)-(\d+)$", script, re.MULTILINE).groups())
    assert first == 0
    variables = {"DATA": f"{folder}/data", "NET": f"{folder}/NET.onnx"}
    return last + 1, ["bash", "-c", script], variables, "SLURM_ARRAY_TASK_ID"


def of_kubernetes(manifest, folder):
    """The same of the manifest, its volume being the folder."""
    job = yaml.safe_load(manifest)
    spec = job["spec"]
    assert (job["apiVersion"], job["kind"], spec["completionMode"]) == ("batch/v1", "Job", "Indexed")
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    assert mount["name"] in [volume["name"] for volume in pod["volumes"]]
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    assert all(isinstance(value, str) for value in variables.values())
    command = [word.replace(mount["mountPath"], str(folder)) for word in container["command"]]
    return spec["completions"], command, variables, "JOB_COMPLETION_INDEX"


def apart(one, other):
    """How far mu and sigma are apart, in shares of the largest element."""
    one, other = numpy.load(one), numpy.load(other)
    return [abs(one[name] - other[name]).max() / abs(other[name]).max() for name in ("mu", "sigma")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gannet", type=pathlib.Path, required=True)
    args = parser.parse_args()
    blocks = dict(BLOCK.findall((DOCS / "large-sets.md").read_text()))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "gannet").symlink_to(args.gannet.resolve())
        environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        whole = folder / "whole.npz"
        command = ["gannet", "stats", DATA, "--features", NET, "--out", whole]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        for name, read, block in [
            ("Slurm", of_slurm, "shard.sh"),
            ("Kubernetes", of_kubernetes, "shards.yaml"),
        ]:
            place = folder / name
            place.mkdir()
            (place / "data").symlink_to(DATA)
            (place / "NET.onnx").symlink_to(NET)
            count, command, variables, index = read(blocks[block], place)
            numbers = [0, count - 1, *range(count)]
            random.shuffle(numbers)
            for number in numbers:
                one = environment | variables | {index: str(number)}
                subprocess.run(command, cwd=place, env=one, check=True, stdout=subprocess.DEVNULL)
            parts = sorted((place / "parts").glob("*.npz"))
            merge = ["gannet", "stats", "merge", *parts, "--out", place / "real.npz"]
            subprocess.run(merge, env=environment, check=True, stdout=subprocess.DEVNULL)
            mu, sigma = apart(place / "real.npz", whole)
            print(f"{name}: {len(parts)} shards; mu differs by {mu:.1e}, sigma by {sigma:.1e} of its largest element")
            if len(parts) != count or max(mu, sigma) > TOLERANCE:
                sys.exit(1)


if __name__ == "__main__":
    main()
