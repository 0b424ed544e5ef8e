"""Images resized by the tools that `gannet::Resize` repeats.

Needs Pillow 12.3.0, torch 2.9.1 and numpy 1.26.4. Writes `resize.npz` beside
itself; with --check it compares instead. For each image `NAME` [c, h, w] in 8
bits it holds `NAME__HxW__METHOD` for every size and method: bytes of Pillow,
levels 0 to 255 of clean-fid's resizer, and torch's values of pixels / 255. Of
larger images, which the tests make for themselves, it holds the SHA-256 of
Pillow's bytes and every 997th of the other methods' values.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image


def pil_bilinear(image, height, width):
    planes = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
    resized = np.asarray(Image.fromarray(planes).resize((width, height), Image.BILINEAR))
    return resized[None] if len(image) == 1 else resized.transpose(2, 0, 1)


def pil_bicubic_float(image, height, width):
    """`make_resizer("PIL", False, "bicubic", ...)` of clean-fid 0.1.35."""
    planes = [Image.fromarray(plane.astype(np.float32), mode="F") for plane in image]
    planes = [np.asarray(plane.resize((width, height), Image.BICUBIC)) for plane in planes]
    return np.stack(planes).clip(0, 255).astype(np.float32)


def torch_bilinear(image, height, width):
    """What pytorch-fid 0.3.0 feeds its network before it scales to [-1, 1]."""
    pixels = torch.from_numpy(image)[None].float() / 255
    resized = torch.nn.functional.interpolate(
        pixels, size=(height, width), mode="bilinear", align_corners=False
    )
    return resized[0].numpy()


def photo(height, width):
    """Smooth shades, hard edges and a little grain."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width]
    shades = [np.sin(x / (3 + c) + y / 7) * 60 + y * 4 + 60 for c in range(3)]
    planes = np.stack(shades) + random.normal(0, 4, (3, height, width))
    planes[:, 5:11, 8:20] = np.array([250, 20, 130])[:, None, None]
    return planes.clip(0, 255).astype(np.uint8)


def pattern(channels, height, width):
    c, y, x = np.mgrid[0:channels, 0:height, 0:width]
    return ((x * x * 7 + y * y * 13 + x * y * 3 + c * 101) % 256).astype(np.uint8)


def main():
    noise = np.random.default_rng(1).integers(0, 256, (3, 13, 17), dtype=np.uint8)
    y, x = np.mgrid[0:9, 0:16]
    images = {
        "noise": (noise, [(13, 9), (15, 17), (7, 5), (14, 6), (1, 1)]),
        "gradient": ((x * 15 + y * 3).astype(np.uint8)[None], [(9, 31), (27, 16), (4, 7), (9, 16)]),
        "photo": (photo(24, 31), [(11, 14), (5, 31), (29, 12), (24, 3)]),
        "dot": (np.full((1, 1, 1), 77, dtype=np.uint8), [(3, 2)]),
    }
    arrays = {}
    for name, (image, sizes) in images.items():
        arrays[name] = image
        for height, width in sizes:
            for method in (pil_bilinear, pil_bicubic_float, torch_bilinear):
                key = f"{name}__{height}x{width}__{method.__name__.replace('_', '-')}"
                arrays[key] = np.ascontiguousarray(method(image, height, width))
    for channels, height, width in ((3, 32, 32), (3, 375, 500), (1, 97, 113), (1, 900, 8)):
        image = pattern(channels, height, width)
        name = f"pattern_{channels}x{height}x{width}"
        resized = np.ascontiguousarray(pil_bilinear(image, 224, 224))
        digest = hashlib.sha256(resized.tobytes()).digest()
        arrays[f"{name}_pil-bilinear"] = np.frombuffer(digest, dtype=np.uint8)
        arrays[f"{name}_pil-bicubic-float"] = pil_bicubic_float(image, 299, 299).ravel()[::997]
        arrays[f"{name}_torch-bilinear"] = torch_bilinear(image, 299, 299).ravel()[::997]
    path = Path(__file__).with_name("resize.npz")
    if "--check" in sys.argv:
        stored = np.load(path)
        same = set(stored) == set(arrays)
        same = same and all(np.array_equal(stored[key], arrays[key]) for key in arrays)
        sys.exit(0 if same else "resize.npz differs")
    np.savez_compressed(path, **arrays)


main()
