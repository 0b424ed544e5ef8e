"""Proves `gannet features convert --network inception` against pytorch-fid.

    pip install pytorch-fid==0.3.0 torch==2.9.1 torchvision==0.24.1 onnxruntime==1.32.0
    python check_inception.py --gannet ../../target/release/gannet

Fills pytorch-fid's own network with seeded random weights (uniform convolutions,
random affine maps and running statistics of the batch normalisations), saves its
state dict as a .pth file, converts that, and compares the pool features and the
logits of seeded images, each relative to the greatest magnitude: pytorch-fid's
classes on one side, the converted file in ONNX Runtime on the other. What tract
makes of the file is compared with Burn by the conversion itself, whose figure is
printed too. Then the whole way is compared, from PNG files of several sizes to the
mean of their features: pytorch-fid's own reading and resizing against `gannet
stats`. Ends with 1 if anything differs by more than 1e-4.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
import torch
from PIL import Image
from pytorch_fid.fid_score import ImagePathDataset
from torchvision.transforms import ToTensor

from inception_reference import SIDE, network, wrapped

TOLERANCE = 1e-4


def randomise(net, seed):
    torch.manual_seed(seed)
    for name, tensor in net.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if name.endswith("bn.weight"):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("bn.bias"):
            tensor.normal_(0, 0.2)
        elif name.endswith("running_mean"):
            tensor.normal_(0, 0.3)
        elif name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
        elif name == "fc.bias":
            tensor.normal_(0, 1)
        else:
            # Keeps the second moment through ReLU (He et al., 2015).
            limit = (6 / tensor[0].numel()) ** 0.5
            tensor.uniform_(-limit, limit)


def images(seed):
    """Noise in squares of 1, 7 and 50 pixels, and a ramp: `[4, 3, 299, 299]` bytes."""
    random = np.random.default_rng(seed)
    made = []
    for side in (1, 7, 50):
        across = -(-SIDE // side)
        squares = random.integers(0, 256, (3, across, across), dtype=np.uint8)
        whole = squares.repeat(side, axis=1).repeat(side, axis=2)
        made.append(whole[:, :SIDE, :SIDE])
    ramp = np.tile(np.linspace(0, 255, SIDE).astype(np.uint8), (SIDE, 1))
    made.append(np.stack([ramp, ramp.T, 255 - ramp]))
    return np.stack(made)


def whole_way(net, gannet, onnx, folder, seed):
    """How far the mean features of a folder of images are apart, of the greatest."""
    photos = folder / "photos"
    photos.mkdir(exist_ok=True)
    random = np.random.default_rng(seed)
    for i, (height, width) in enumerate([(32, 32), (480, 640), (299, 299), (28, 300), (1000, 40)]):
        coarse = random.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        image.save(photos / f"{i}.png")
    dataset = ImagePathDataset(sorted(photos.glob("*.png")), transforms=ToTensor())
    extractor = wrapped(net)
    with torch.no_grad():
        rows = [extractor(image[None])[0].flatten() for image in dataset]
    expected = torch.stack(rows).double().mean(0).numpy()
    out = folder / "photos.npz"
    command = [gannet, "stats", photos, "--features", onnx, "--out", out]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return np.abs(np.load(out)["mu"] - expected).max() / np.abs(expected).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gannet", required=True, help="the binary")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--legacy", action="store_true", help="save as PyTorch before 1.6 did")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the files made")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        folder = args.keep or pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        weights, onnx = folder / "random.pth", folder / "random.onnx"
        net = network()
        randomise(net, args.seed)
        torch.save(net.state_dict(), weights, _use_new_zipfile_serialization=not args.legacy)
        command = [args.gannet, "features", "convert", weights]
        command += ["--network", "inception", "--out", onnx, "--json"]
        converted = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

        pixels = images(args.seed)
        with torch.no_grad():
            (features,) = wrapped(net)(torch.from_numpy(pixels) / 255)
            features = features.flatten(1)
            logits = features @ net.fc.weight.T
        session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
        fed = pixels.astype(np.float32) / np.float32(127.5) - 1
        found = session.run(["features", "logits"], {"image": fed})
        way = whole_way(net, args.gannet, onnx, folder, args.seed)

    worst = converted["largest_difference"]
    print(f"tract from Burn: {worst:.2e} on {converted['compared']} images, {converted['seconds']:.1f} s")
    for what, found, expected in zip(("features", "logits"), found, (features.numpy(), logits.numpy())):
        differences = np.abs(found - expected).max(axis=1) / np.abs(expected).max(axis=1)
        apart = np.abs(expected - expected.mean(axis=0)).max() / np.abs(expected).max()
        print(
            f"{what} {list(expected.shape)}: greatest {np.abs(expected).max():.4g}, "
            f"images apart by {apart:.2g}, "
            f"ONNX Runtime from pytorch-fid: {', '.join(f'{d:.2e}' for d in differences)}"
        )
        worst = max(worst, differences.max())
    print(f"gannet stats from pytorch-fid, files of other sizes: {way:.2e}")
    worst = max(worst, way)
    print(f"greatest relative difference: {worst:.2e}")
    return int(not worst <= TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
