#!/usr/bin/env python3
"""Check the converted EfficientNet-Lite0 on photographs.

Every photograph is resized to 224x224 as a whole with Pillow's bilinear filter,
prepared from the file's own metadata, and given to ONNX Runtime; the network of
the packages gets (x - 127) / 128 of the same pixels. Printed are the three
likeliest classes and the greatest differences of features and logits.

    venv/bin/pip install onnxruntime==1.32.0 torchvision==0.24.1 pillow==13.0.0 \\
        scikit-image==0.26.0 scikit-learn==1.6.1
    venv/bin/python trainer/scripts/check_efficientnet_lite0.py \\
        models/features/efficientnet-lite0.onnx tests/data/photos/*.png

(in the environment of convert_efficientnet_lite0.py). The photographs that come
with scikit-image and scikit-learn are looked at too; torchvision, which names
the classes, makes no network here. With --reference FILE.npz the features and
logits that the *packages'* network makes of the photographs named on the
command line are written in their order, for the tests.

Exit code 0: all agree; 1: a value differs by more than --tolerance.
"""

import argparse
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import sklearn.datasets
import skimage
import torch
from PIL import Image
from torchvision.models._meta import _IMAGENET_CATEGORIES as CLASSES

from convert_efficientnet_lite0 import SIDE, original

IN_SKIMAGE = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"]
IN_SKLEARN = ["china.jpg", "flower.jpg"]


def photographs(named):
    yield from named
    for name in IN_SKIMAGE:
        yield pathlib.Path(skimage.__file__).parent / "data" / name
    for name in IN_SKLEARN:
        yield pathlib.Path(sklearn.datasets.__file__).parent / "images" / name


def pixels(path):
    """8-bit RGB `[1, 3, 224, 224]`."""
    image = Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(image).transpose(2, 0, 1)[None]


def expected(network, x):
    prepared = torch.from_numpy((x.astype(np.float32) - 127) / 128)
    with torch.no_grad():
        maps = network.extract_features(prepared)
        return network._avg_pooling(maps).flatten(1).numpy(), network(prepared).numpy()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path, metavar="MODEL.onnx")
    parser.add_argument("photos", nargs="*", type=pathlib.Path, metavar="PHOTO")
    parser.add_argument("--reference", type=pathlib.Path, metavar="FILE.npz")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()

    metadata = {p.key: p.value for p in onnx.load(options.model).metadata_props}
    mean, std = np.float32(metadata["gannet.mean"]), np.float32(metadata["gannet.std"])
    session = onnxruntime.InferenceSession(options.model, providers=["CPUExecutionProvider"])
    network = original()
    rows = []
    worst = np.zeros(2)
    for path in photographs(options.photos):
        x = pixels(path)
        image = (x.astype(np.float32) / np.float32(127.5) - 1 - mean) / std
        found = session.run(["features", "logits"], {"image": image})
        wanted = expected(network, x)
        differences = [float(np.abs(f - w).max()) for f, w in zip(found, wanted)]
        worst = np.maximum(worst, differences)
        rows.append(wanted)
        logits = found[1][0].astype(np.float64)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        top = np.argsort(-shares)[:3]
        names = ", ".join(f"{CLASSES[i]} ({i}) {shares[i]:.3f}" for i in top)
        print(f"{path.parent.name}/{path.name}: {names}; differs by "
              f"{differences[0]:.1e} in features, {differences[1]:.1e} in logits")
    print(f"greatest difference: features {worst[0]:.1e}, logits {worst[1]:.1e}")
    if options.reference:
        kept = rows[: len(options.photos)]
        features, logits = (np.concatenate(part) for part in zip(*kept))
        np.savez_compressed(options.reference, features=features, logits=logits)
    return int(worst.max() > options.tolerance)


if __name__ == "__main__":
    sys.exit(main())
