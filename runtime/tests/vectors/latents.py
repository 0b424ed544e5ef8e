"""Test vectors of gannet's latents, from an implementation of its own.

Follows the description at `gannet::Latents` with nothing but the standard
library. Writes `latents.json` beside itself; with --check it compares instead.
"""

import json
import math
import struct
import sys
from pathlib import Path

MASK = 0xFFFFFFFF
DOMAIN = b"gannet/latents/1"


def quarter(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & MASK
    s[d] ^= s[a]
    s[d] = ((s[d] << 16) | (s[d] >> 16)) & MASK
    s[c] = (s[c] + s[d]) & MASK
    s[b] ^= s[c]
    s[b] = ((s[b] << 12) | (s[b] >> 20)) & MASK
    s[a] = (s[a] + s[b]) & MASK
    s[d] ^= s[a]
    s[d] = ((s[d] << 8) | (s[d] >> 24)) & MASK
    s[c] = (s[c] + s[d]) & MASK
    s[b] ^= s[c]
    s[b] = ((s[b] << 7) | (s[b] >> 25)) & MASK


def chacha8(key, counter, stream):
    start = list(struct.unpack("<4I", b"expand 32-byte k"))
    start += struct.unpack("<8I", key)
    start += struct.unpack("<4I", struct.pack("<QQ", counter, stream))
    s = list(start)
    for _ in range(4):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
            quarter(s, a, b, c, d)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(s, a, b, c, d)
    return struct.pack("<16I", *((x + y) & MASK for x, y in zip(s, start)))


def u64s(seed, index):
    key = struct.pack("<Q", seed) + DOMAIN + bytes(8)
    counter = 0
    while True:
        yield from struct.unpack("<8Q", chacha8(key, counter, index))
        counter += 1


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def normals(seed, index):
    stream = u64s(seed, index)
    while True:
        u = ((next(stream) >> 11) + 1) * 2.0**-53
        v = (next(stream) >> 11) * 2.0**-53
        r = math.sqrt(-2.0 * math.log(u))
        yield f32(r * math.cos(2.0 * math.pi * v))
        yield f32(r * math.sin(2.0 * math.pi * v))


def latent(seed, index, dim, limit=None):
    values = []
    for z in normals(seed, index):
        if len(values) == dim:
            return values
        if limit is None or abs(z) <= limit:
            values.append(z)


def bits(values):
    return [struct.unpack("<I", struct.pack("<f", z))[0] for z in values]


CASES = [
    (0, 0, 8, None),
    (0, 1, 8, None),
    (7, 63, 7, None),
    (2**64 - 1, 2**64 - 2, 5, None),
    (123456789, 2**32 + 1, 70, None),
    (7, 0, 8, 0.5),
    (7, 1, 9, 1.0),
]


def main():
    # The key stream of ChaCha8 under a zero key, as eSTREAM lists it.
    assert chacha8(bytes(32), 0, 0).hex().startswith("3e00ef2f895f40d67f5bb8e81f09a5a1")
    vectors = [
        {"seed": seed, "index": index, "dim": dim, "limit": limit, "bits": bits(latent(*case))}
        for case in CASES
        for seed, index, dim, limit in [case]
    ]
    text = json.dumps(vectors, indent=1) + "\n"
    path = Path(__file__).with_name("latents.json")
    if "--check" in sys.argv:
        sys.exit(0 if path.read_text() == text else "latents.json differs")
    path.write_text(text)


main()
