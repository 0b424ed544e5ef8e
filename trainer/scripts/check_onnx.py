#!/usr/bin/env python3
"""Check exported ONNX files with the reference tools of the format.

For each model: the full check of `onnx.checker` with shape inference, a run in
ONNX Runtime at batch 1 and at batch 7 whose rows must agree, and, where arrays
are at hand, a comparison of every output with the expected one.

    python3 -m venv venv && venv/bin/pip install numpy onnx onnxruntime
    venv/bin/python trainer/scripts/check_onnx.py models/fashion-mnist/generator.onnx

Arrays are given as `--array TENSOR=FILE.npy`, with inputs and outputs by their
names in the model; a file `STEM.TENSOR.npy` beside `STEM.onnx` is found by
itself. Against the program's own engine:

    gannet sample MODEL --latents z.npy --out samples.npy
    check_onnx.py MODEL/generator.onnx --array z=z.npy --array image=samples.npy

Against Burn, for every network and operation of the exporter's tests:

    GANNET_EXPORT_DIR=DIR cargo test --workspace --lib -- export
    check_onnx.py DIR/*.onnx

Exit code 0: all models pass; 1: at least one does not.
"""

import argparse
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

BATCH = 7
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


def example(node, batch):
    """Seeded values for an input `[batch, …]`; integers are 0 or 1."""
    rng = np.random.default_rng(0)
    shape = [batch, *node.shape[1:]]
    if TYPES[node.type] is np.int64:
        return rng.integers(0, 2, shape)
    return rng.standard_normal(shape).astype(np.float32)


def difference(found, expected):
    if found.shape != expected.shape:
        raise ValueError(f"shape {found.shape}, expected {expected.shape}")
    if not np.isfinite(found).all():
        raise ValueError("not all values are finite")
    return float(np.abs(found.astype(np.float64) - expected).max())


def check(path, given, tolerance):
    """Returns a line about the model; raises ValueError if it fails."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs, outputs = session.get_inputs(), session.get_outputs()

    for node in [*inputs, *outputs]:
        if node.shape[0] != "batch" or not all(isinstance(n, int) for n in node.shape[1:]):
            raise ValueError(f"{node.name}: shape {node.shape}, expected ['batch', fixed…]")
    unnamed = [node.op_type for node in model.graph.node if not node.name]
    if unnamed:
        raise ValueError(f"nodes without a name: {unnamed}")

    many = {node.name: example(node, BATCH) for node in inputs}
    together = session.run(None, many)
    worst = 0.0
    for row in range(BATCH):
        one = {name: array[row : row + 1] for name, array in many.items()}
        for alone, batch in zip(session.run(None, one), together):
            worst = max(worst, difference(alone, batch[row : row + 1]))
    if worst > tolerance:
        raise ValueError(f"rows depend on the batch: they differ by {worst:.1e}")
    line = f"{len(model.graph.node)} nodes, opset {model.opset_import[0].version}, batches agree to {worst:.1e}"

    arrays = dict(given)
    for node in [*inputs, *outputs]:
        beside = path.with_name(f"{path.stem}.{node.name}.npy")
        if node.name not in arrays and beside.exists():
            arrays[node.name] = np.load(beside)
    unknown = set(arrays) - {node.name for node in [*inputs, *outputs]}
    if unknown:
        raise ValueError(f"no input or output is named {sorted(unknown)}")
    expected = [node.name for node in outputs if node.name in arrays]
    if not expected:
        return line
    missing = [node.name for node in inputs if node.name not in arrays]
    if missing:
        raise ValueError(f"outputs to compare with, but no array for the inputs {missing}")
    found = session.run(expected, {node.name: arrays[node.name] for node in inputs})
    for name, array in zip(expected, found):
        worst = difference(array, arrays[name])
        if worst > tolerance:
            raise ValueError(f"{name}: differs from the expected array by {worst:.1e}")
        line += f", {name} agrees to {worst:.1e} on {len(array)} rows"
    return line


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL.onnx")
    parser.add_argument("--array", action="append", default=[], metavar="TENSOR=FILE.npy")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest absolute difference")
    options = parser.parse_args()
    arrays = {}
    for pair in options.array:
        name, separator, file = pair.partition("=")
        if not separator:
            parser.error(f"--array {pair}: expected TENSOR=FILE.npy")
        arrays[name] = np.load(file)
    failed = False
    for path in options.models:
        try:
            print(f"{path}: ok: {check(path, arrays, options.tolerance)}")
        except Exception as error:
            failed = True
            print(f"{path}: FAILED: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
