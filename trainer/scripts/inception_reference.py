"""pytorch-fid's Inception with weights made by formula, and what it sees.

    pip install pytorch-fid==0.3.0 torch==2.9.1 torchvision==0.24.1
    python inception_reference.py

writes ../src/features/inception/reference.txt: the 2048 pool features of one
image, as pytorch-fid's own classes compute them. The formula needs no library,
so the test beside that file makes the same weights and the same image.

A parameter `name` of PyTorch's state dict has at place i (row-major) the number
u(name, i) in [-1, 1): the upper 24 bits of SplitMix64 (Steele et al., 2014) at
FNV-1a(name) + i.

    convolution, fc.weight   u · √(6 / fan-in)
    bn.weight                1 + 0.3 u
    bn.bias                  0.1 u
    bn.running_mean          0.2 u
    bn.running_var           1 + 0.5 u

in double precision, rounded to single. The image's pixel (c, y, x) is the byte
128 + 128 u("image", (c · 23 + y div 13) · 23 + x div 13), 23 squares a side.
"""

import pathlib

import numpy as np
import torch
from pytorch_fid import inception as fid

SIDE = 299


def network():
    """`fid_inception_v3()` without its download: all but its last two calls."""
    load = fid.load_state_dict_from_url
    load_state_dict = torch.nn.Module.load_state_dict
    fid.load_state_dict_from_url = lambda *_, **__: None
    torch.nn.Module.load_state_dict = lambda *_, **__: None
    try:
        return fid.fid_inception_v3().eval()
    finally:
        fid.load_state_dict_from_url = load
        torch.nn.Module.load_state_dict = load_state_dict


def wrapped(net):
    """pytorch-fid's extractor of pool features around a network."""
    make = fid.fid_inception_v3
    fid.fid_inception_v3 = lambda: net
    try:
        return fid.InceptionV3(resize_input=True).eval()
    finally:
        fid.fid_inception_v3 = make


def u(name, count):
    """The numbers u(name, 0 .. count - 1), each in [-1, 1)."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 % 2**64
    z = np.arange(count, dtype=np.uint64) + np.uint64(key)
    z = z * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def parameter(name, shape):
    values = u(name, int(np.prod(shape)))
    if name.endswith("bn.weight"):
        values = 1 + 0.3 * values
    elif name.endswith("bn.bias"):
        values = 0.1 * values
    elif name.endswith("running_mean"):
        values = 0.2 * values
    elif name.endswith("running_var"):
        values = 1 + 0.5 * values
    else:
        values = values * np.sqrt(6 / np.prod(shape[1:]))
    return values.astype(np.float32).reshape(shape)


def image():
    squares = 128 + 128 * u("image", 3 * 23 * 23)
    squares = np.floor(squares).astype(np.uint8).reshape(3, 23, 23)
    return squares.repeat(13, axis=1).repeat(13, axis=2)


def main():
    net = network()
    state = net.state_dict()
    for name, tensor in state.items():
        if tensor.is_floating_point() and name != "fc.bias":
            tensor.copy_(torch.from_numpy(parameter(name, tuple(tensor.shape))))
    pixels = torch.from_numpy(image()).unsqueeze(0) / 255
    with torch.no_grad():
        (features,) = wrapped(net)(pixels)
    features = features.flatten().tolist()
    beside = pathlib.Path(__file__).parent / "../src/features/inception"
    lines = (f"{value:.9g}\n" for value in features)
    (beside / "reference.txt").write_text("".join(lines))
    print(f"{len(features)} features from {min(features):g} to {max(features):g}")


if __name__ == "__main__":
    main()
