#!/usr/bin/env python3
"""Proves that the engine `ort` runs what it says, with ONNX Runtime libraries of PyPI.

    python3 runtime/scripts/check_engines.py [--folder FOLDER] [--program EXAMPLE]

unpacks the wheels below into FOLDER (600 MB; kept for the next time), builds the example
`engines` with the features `ort`, `cuda` and `openvino`, and draws 64 samples of
`models/fashion-mnist` with each library:

- on the processor and on OpenVINO every image is within 1e-4 of tract's, sixteen threads that
  share one generator draw the same bytes as one, and the provider really took nodes;
- CUDA on a machine without a card is refused with the loader's own reason, and with the fallback
  allowed runs on the processor and keeps the reason (with a card it must run nodes);
- a missing file, a file that is no library, a library that is no ONNX Runtime and an ONNX
  Runtime that is too old are errors, the last three naming the accepted versions.

Ends with 1 if anything else happens. Linux, for the wheels' sake.
"""

import argparse
import ctypes.util
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "models" / "fashion-mnist"
WHEELS = {
    "cpu": "onnxruntime==1.32.0",
    "openvino": "onnxruntime-openvino==1.24.1",
    "cuda": "onnxruntime-gpu==1.31.1",
    "old": "onnxruntime==1.20.1",
}
ACCEPTED = "1.24 or newer"
APART = 1e-4


def library(wheel, folder):
    """The ONNX Runtime library in a wheel, which is unpacked where it is not yet."""
    place = folder / wheel.replace("==", "-")
    if not place.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        subprocess.run([*pip, place, wheel], check=True)
    found = list(place.glob("onnxruntime/capi/libonnxruntime.so.*"))
    if len(found) != 1:
        sys.exit(f"{place}: expected one libonnxruntime.so, got {found}")
    return found[0]


def build():
    features = "ort,cuda,openvino"
    command = ["cargo", "build", "--release", "-p", "gannet", "--features", features]
    command += ["--example", "engines", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = map(json.loads, lines.splitlines())
    return next(m["executable"] for m in messages if m.get("executable"))


class Checks:
    def __init__(self, program):
        self.program = program
        self.failed = False

    def run(self, *args):
        command = [self.program, MODEL, *args]
        return subprocess.run(command, capture_output=True, text=True)

    def verdict(self, name, good, detail):
        self.failed |= not good
        print(f"{'ok    ' if good else 'FAILED'} {name}\n       {detail}", flush=True)

    def draws(self, name, provider, *args):
        done = self.run(*args)
        if done.returncode != 0:
            return self.verdict(name, False, done.stderr.strip())
        result = json.loads(done.stdout)
        good = (
            result["apart"] <= APART
            and result["threads_agree"]
            and result["nodes"].get(provider, 0) > 0
            and (result["fallback_reason"] is not None) == ("--fallback" in args)
        )
        detail = f"{result['info']}\n       {result['apart']:.1e} from tract, "
        same = "the same bytes" if result["threads_agree"] else "DIFFERENT BYTES"
        self.verdict(name, good, f"{detail}{same} on 16 threads")

    def refused(self, name, parts, *args):
        done = self.run(*args)
        message = done.stderr.strip()
        clean = done.returncode == 1 and "panicked" not in message
        self.verdict(name, clean and all(part in message for part in parts), message)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target" / "onnxruntime")
    parser.add_argument("--program", help="the example, if it is built already")
    args = parser.parse_args()
    libraries = {name: library(wheel, args.folder) for name, wheel in WHEELS.items()}
    checks = Checks(args.program or build())

    cpu, cuda = libraries["cpu"], libraries["cuda"]
    checks.draws("ONNX Runtime on the processor", "CPUExecutionProvider", cpu)
    checks.draws("OpenVINO", "OpenVINOExecutionProvider", libraries["openvino"], "openvino:CPU")
    if pathlib.Path("/proc/driver/nvidia").exists():
        checks.draws("CUDA", "CUDAExecutionProvider", cuda, "cuda:0")
    else:
        reason = "libonnxruntime_providers_cuda.so"
        checks.refused("CUDA without a card", ["cuda:0", reason], cuda, "cuda:0")
        fallen = ("CPUExecutionProvider", cuda, "cuda:0", "--fallback")
        checks.draws("CUDA without a card, fallback allowed", *fallen)
    checks.refused("a provider that the library lacks", ["cuda:0"], cpu, "cuda:0")
    checks.refused("a provider that is not built in", ["feature `tensorrt`"], cpu, "tensorrt")
    checks.refused("a missing library", ["no/such/libonnxruntime.so"], "no/such/libonnxruntime.so")
    checks.refused("a file that is no library", [ACCEPTED], __file__)
    other = ctypes.util.find_library("m")
    folders = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib")
    other = next(p for folder in folders if (p := pathlib.Path(folder) / other).exists())
    checks.refused("a library that is no ONNX Runtime", [ACCEPTED, "OrtGetApiBase"], other)
    checks.refused("an ONNX Runtime that is too old", [ACCEPTED, "1.20.1"], libraries["old"])
    sys.exit(checks.failed)


main()
