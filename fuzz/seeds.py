#!/usr/bin/env python3
"""Writes the first inputs of each target into `corpus/`: the hostile files of the
runtime's tests, and small sound ones. Needs Python 3.9 alone."""

import gzip
import pathlib
import shutil
import struct
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
HOSTILE = ROOT / "runtime/tests/hostile"
ARRAYS = ["mu", "sigma", "n", "reservoir", "class_counts", "protocol", "other"]


def put(target, name, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def copied():
    for folder, target in [("manifest", "manifest"), ("arrays", "npy"), ("statistics", "npz"), ("networks", "onnx"), ("odd", "onnx")]:
        for path in HOSTILE.joinpath(folder).iterdir():
            if path.stat().st_size < 20_000:
                put(target, path.name, path.read_bytes())
    put("manifest", "shipped", (ROOT / "models/fashion-mnist/manifest.toml").read_bytes())


def statistics():
    for path in HOSTILE.joinpath("statistics").glob("*.npz"):
        try:
            with zipfile.ZipFile(path) as archive:
                arrays = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        except Exception:
            continue
        present, rest = 0, b""
        for bit, name in enumerate(ARRAYS):
            content = arrays.get(name)
            if content is not None and len(content) < 5000:
                present |= 1 << bit
                rest += struct.pack("<H", len(content)) + content
        put("statistics", path.stem, bytes([present]) + rest)


def idx():
    images = struct.pack(">IIII", 0x803, 6, 4, 4) + bytes(range(96))
    labels = struct.pack(">II", 0x801, 6) + bytes(range(6))
    labels += bytes(-len(labels) % 32)
    put("idx", "images", bytes([0]) + images)
    put("idx", "both", bytes([2]) + labels + images)
    put("idx", "compressed", bytes([1]) + gzip.compress(images, mtime=0))


def images():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for depth, colour, row in [(8, 0, b"\0\1\2"), (8, 2, b"\0" * 7), (1, 3, b"\0\x80"), (16, 6, b"\0" * 17), (16, 0, b"\0" * 5)]:
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, depth, colour, 0, 0, 0))
        if colour == 3:
            png += chunk(b"PLTE", bytes(range(6)))
        put("images", f"{depth}-{colour}.png", png + chunk(b"IDAT", zlib.compress(row * 2)) + chunk(b"IEND", b""))
    put("images", "riff.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0")
    put("images", "jpeg.jpg", bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64
        + "ffc0000b080001000101011100ffc4001f0000010501010101010100000000000000000102030405060708090a0b"
        + "ffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f0"
        + "24336272820a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a7374757677"
        + "78797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7"
        + "d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbffd9"
    ))


def events():
    def field(number, wire, content):
        return bytes([number << 3 | wire]) + content

    def text(number, content):
        return field(number, 2, bytes([len(content)]) + content)

    def event(step, *values):
        return field(1, 1, struct.pack("<d", 1.0)) + field(2, 0, bytes([step])) + text(5, b"".join(text(1, v) for v in values))

    version = field(1, 1, struct.pack("<d", 1.0)) + text(3, b"brain.Event:2")
    scalar = lambda tag, value: text(1, tag) + field(2, 5, struct.pack("<f", value))
    records = [version] + [event(s, scalar(b"loss_d", 1.4 - s / 9), scalar(b"loss_g", 0.7)) for s in range(6)]
    framed = b"".join(bytes([len(record)]) + record for record in records)
    put("events", "scalars", b"\3" + framed)
    put("events", "raw", b"\2" + framed)
    put("events", "table", b"\0step,d_loss,g_loss\n" + b"".join(b"%d,1.3,0.7\n" % s for s in range(9)))
    put("events", "lines", b"\1" + b"".join(b'{"step": %d, "d_loss": 1.3, "g": {"loss": 0.7}}\n' % s for s in range(9)))


shutil.rmtree(HERE / "corpus", ignore_errors=True)
copied()
statistics()
idx()
images()
events()
