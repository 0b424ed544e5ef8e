"""Writes the corpus of hostile files beside this script: `python3 make.py`.

Each file lies in a folder by what it pretends to be: `manifest`, `statistics`,
`arrays`, `networks`, and `odd` for networks that an engine may take. Those named `sound…` are what they pretend to be, so that the
tests (`../hostile.rs`) cannot pass by refusing everything. Needs Python 3.11 alone;
the files are the same every time.
"""

import hashlib
import io
import json
import pathlib
import struct
import zipfile

HERE = pathlib.Path(__file__).parent


def write(name, content):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


# --- ONNX: just enough of Protocol Buffers -------------------------------------------


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """One field: a number as a varint, bytes and text with their length, a float as 32 bits."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value if isinstance(value, bytes) else value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


FLOAT, INT64, STRING = 1, 7, 8


def tensor(name, dims, raw, kind=FLOAT, extra=b""):
    return b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name) + field(9, raw) + extra


def floats(name, dims, values):
    return tensor(name, dims, struct.pack(f"<{len(values)}f", *values))


def ints(name, values, dims=None):
    dims = [len(values)] if dims is None else dims
    return tensor(name, dims, struct.pack(f"<{len(values)}q", *values), INT64)


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, list):
        return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)
    kind, content = value
    number, code = {"tensor": (5, 4), "graph": (6, 5), "string": (4, 3)}[kind]
    return field(1, name) + field(number, content) + field(20, code)


def node(op, inputs, outputs, **attributes):
    return (
        b"".join(field(1, i) for i in inputs)
        + b"".join(field(2, o) for o in outputs)
        + field(3, f"make_{outputs[0] if outputs else op}")
        + field(4, op)
        + b"".join(field(5, attribute(k, v)) for k, v in attributes.items())
    )


def port(name, dims, kind=FLOAT):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def graph(nodes, inputs, outputs, weights=()):
    return (
        b"".join(field(1, n) for n in nodes)
        + field(2, "g")
        + b"".join(field(5, w) for w in weights)
        + b"".join(field(11, i) for i in inputs)
        + b"".join(field(12, o) for o in outputs)
    )


def model(graph, metadata=(), opset=13, extra=b""):
    return (
        field(1, 8)
        + field(7, graph)
        + field(8, field(1, "") + field(2, opset))
        + b"".join(field(14, field(1, k) + field(2, v)) for k, v in dict(metadata).items())
        + extra
    )


LATENT = port("z", ["batch", 4])
IMAGE = port("image", ["batch", 3, 2, 2])
W = floats("w", [4, 12], [((i * i + 3 * i) % 17 - 8) / 8 for i in range(48)])
SHAPE = ints("shape", [-1, 3, 2, 2])
BODY = [
    node("MatMul", ["z", "w"], ["flat"]),
    node("Reshape", ["flat", "shape"], ["square"]),
    node("Tanh", ["square"], ["image"]),
]
METADATA = {
    "gannet.kind": "generator",
    "gannet.format": "1",
    "gannet.name": "tiny",
    "gannet.latent": "4",
    "gannet.channels": "3",
    "gannet.height": "2",
    "gannet.width": "2",
}


def generator(nodes=BODY, inputs=(LATENT,), outputs=(IMAGE,), weights=(W, SHAPE), metadata=METADATA, **rest):
    return model(graph(nodes, inputs, outputs, weights), metadata, **rest)


def after(*nodes, **rest):
    """The sound generator with these nodes between `square` and `image`."""
    return generator([*BODY[:2], *nodes], **rest)


SOUND = generator()


def networks():
    put = lambda name, content: write(f"networks/{name}.onnx", content)
    # What an engine may make sense of.
    odd = lambda name, content: write(f"odd/{name}.onnx", content)
    put("sound", SOUND)
    put("empty", b"")
    put("html", b"<!doctype html><title>404 Not Found</title>")
    put("truncated", SOUND[: len(SOUND) // 2])
    put("unending-varint", b"\xff" * 64)
    put("length-beyond-the-file", field(1, 8) + b"\x3a\xff\xff\xff\xff\x7f")
    put("no-graph", field(1, 8) + field(8, field(2, 13)))
    put("no-operator-set", field(1, 8) + field(7, graph(BODY, [LATENT], [IMAGE], [W, SHAPE])))
    odd("future-operator-set", generator(opset=1 << 40))
    put("unknown-operator", after(node("Exfiltrate", ["square"], ["image"])))
    odd("unknown-domain", after(node("Tanh", ["square"], ["image"]) + field(7, "evil")))

    # Graphs that go round in a circle, or nowhere.
    put("node-feeds-itself", after(node("Add", ["square", "image"], ["image"])))
    put("cycle", after(node("Add", ["square", "b"], ["a"]), node("Tanh", ["a"], ["b"]), node("Tanh", ["a"], ["image"])))
    odd("made-twice", after(node("Tanh", ["square"], ["image"]), node("Sigmoid", ["square"], ["image"])))
    put("made-of-nothing", after(node("Tanh", ["phantom"], ["image"])))
    put("output-of-nothing", generator(BODY[:2]))
    put("no-input", generator(inputs=()))
    put("no-output", generator(outputs=()))
    put("node-without-ends", after(node("Tanh", [], []), BODY[2]))
    put("missing-operands", after(node("Conv", ["square"], ["image"])))

    # Sizes that lie or that nothing can hold.
    huge = 1 << 40
    put("huge-weights", generator(weights=[tensor("w", [huge, huge], b""), SHAPE]))
    put("overflowing-weights", generator(weights=[tensor("w", [1 << 62, 1 << 62, 4], b""), SHAPE]))
    put("negative-weights", generator(weights=[tensor("w", [-4, -12], W[-192:]), SHAPE]))
    put("short-weights", generator(weights=[tensor("w", [4, 12], b"\0" * 40), SHAPE]))
    put("long-weights", generator(weights=[tensor("w", [4, 12], b"\0" * 400), SHAPE]))
    put("untyped-weights", generator(weights=[tensor("w", [4, 12], b"\0" * 192, 99), SHAPE]))
    put("weights-of-text", generator(weights=[field(1, 4) + field(1, 12) + field(2, STRING) + field(8, "w") + field(6, b"x") * 48, SHAPE]))
    put("many-dimensions", generator(weights=[tensor("w", [1] * 5000, b"\0" * 4), SHAPE]))
    put("huge-latent", generator(inputs=[port("z", ["batch", huge])]))
    put("overflowing-latent", generator(inputs=[port("z", ["batch", 1 << 62, 8])]))
    put("negative-latent", generator(inputs=[port("z", ["batch", -4])]))
    put("empty-latent", generator(inputs=[port("z", ["batch", 0])]))
    filled = ("tensor", floats("v", [1], [0.0]))
    for name, size in [("constant-of-16-tib", 1 << 42), ("constant-of-overflow", 1 << 62)]:
        put(name, after(
            node("ConstantOfShape", ["size"], ["big"], value=filled),
            node("ReduceSum", ["big"], ["sum"], keepdims=0),
            node("Add", ["square", "sum"], ["image"]),
            weights=[W, SHAPE, ints("size", [size])],
        ))
    put("constant-of-negative-shape", after(
        node("ConstantOfShape", ["size"], ["big"], value=filled),
        node("ReduceSum", ["big"], ["sum"], keepdims=0),
        node("Add", ["square", "sum"], ["image"]),
        weights=[W, SHAPE, ints("size", [-5])],
    ))
    odd("expanded-beyond-memory", after(
        node("Expand", ["square", "size"], ["big"]),
        node("ReduceMax", ["big"], ["image"], axes=[0], keepdims=1),
        weights=[W, SHAPE, ints("size", [huge, 3, 2, 2])],
    ))
    put("tiled-beyond-memory", after(
        node("Tile", ["square", "size"], ["image"]),
        weights=[W, SHAPE, ints("size", [1, 1, 1 << 31, 1 << 31])],
    ))
    put("padded-beyond-memory", after(
        node("Pad", ["square", "size"], ["image"]),
        weights=[W, SHAPE, ints("size", [0, 0, 0, 0, 0, 0, 1 << 40, 1 << 40])],
    ))
    put("resized-beyond-memory", after(
        node("Resize", ["square", "", "scales"], ["image"], mode=("string", "nearest")),
        weights=[W, SHAPE, floats("scales", [4], [1.0, 1.0, 1e9, 1e9])],
    ))
    ranged = lambda start, end, step: after(
        node("Range", ["from", "to", "by"], ["long"]),
        node("ReduceMax", ["long"], ["most"], keepdims=0),
        node("Cast", ["most"], ["value"], to=FLOAT),
        node("Add", ["square", "value"], ["image"]),
        weights=[W, SHAPE, ints("from", [start], []), ints("to", [end], []), ints("by", [step], [])],
    )
    put("range-without-end", ranged(0, 1 << 62, 1))
    put("range-beyond-memory", ranged(0, 1 << 32, 1))
    odd("range-by-steps-beyond-memory", ranged(0, (1 << 49) + 9, 9 << 16))
    put("range-by-nothing", ranged(0, 9, 0))
    put("reshaped-to-nothing", generator(weights=[W, ints("shape", [0, 0, 0, 0])]))
    put("reshaped-to-more", generator(weights=[W, ints("shape", [-1, 3, 2, 1 << 40])]))
    put("reshaped-twice-unknown", generator(weights=[W, ints("shape", [-1, -1, 2, 2])]))

    # Operators with absurd settings.
    kernel = floats("k", [3, 3, 1, 1], [0.0] * 9)
    conv = lambda **a: after(node("Conv", ["square", "k"], ["image"], **a), weights=[W, SHAPE, kernel])
    put("convolution-of-no-group", conv(group=0))
    put("convolution-of-many-groups", conv(group=1 << 40))
    put("convolution-of-no-stride", conv(strides=[0, 0]))
    put("convolution-of-negative-stride", conv(strides=[-1, -1]))
    put("convolution-of-negative-padding", conv(pads=[-9, -9, -9, -9]))
    put("convolution-of-huge-padding", conv(pads=[1 << 40] * 4))
    odd("convolution-of-no-dilation", conv(dilations=[0, 0]))
    widest = node("ReduceMax", ["wide"], ["image"], axes=[2, 3], keepdims=1)
    put("convolved-beyond-memory", after(
        node("Conv", ["square", "k"], ["wide"], pads=[1 << 17] * 4), widest, weights=[W, SHAPE, kernel]
    ))
    put("padded-and-reduced", after(
        node("Pad", ["square", "size"], ["wide"]), widest,
        weights=[W, SHAPE, ints("size", [0, 0, 0, 0, 0, 0, 1 << 17, 1 << 17])],
    ))
    put("transposed-beyond-memory", after(
        node("ConvTranspose", ["square", "k"], ["image"], strides=[1 << 40, 1 << 40]), weights=[W, SHAPE, kernel]
    ))
    odd("axis-out-of-range", after(node("Softmax", ["square"], ["image"], axis=1 << 40)))
    put("permutation-of-nothing", after(node("Transpose", ["square"], ["image"], perm=[9, 9, 9, 9])))
    put("index-out-of-range", after(
        node("Gather", ["square", "at"], ["image"], axis=1), weights=[W, SHAPE, ints("at", [1 << 40])]
    ))
    put("split-into-too-many", after(node("Split", ["square", "parts"], ["image"], axis=1), weights=[W, SHAPE, ints("parts", [1 << 40])]))
    put("cast-to-unknown", after(node("Cast", ["square"], ["image"], to=77)))
    put("divided-by-zero", after(
        node("Div", ["a", "b"], ["c"]), node("Cast", ["c"], ["d"], to=FLOAT), node("Add", ["square", "d"], ["image"]),
        weights=[W, SHAPE, ints("a", [1]), ints("b", [0])],
    ))

    # Nested beyond any use.
    inner = graph([node("Identity", ["square"], ["x"])], [], [port("x", ["batch", 3, 2, 2])])
    for _ in range(200):
        inner = graph(
            [node("If", ["yes"], ["x"], then_branch=("graph", inner), else_branch=("graph", inner[:0]))],
            [], [port("x", ["batch", 3, 2, 2])],
        )
    put("nested-branches", after(
        node("If", ["yes"], ["image"], then_branch=("graph", inner), else_branch=("graph", inner)),
        weights=[W, SHAPE, tensor("yes", [1], b"\1", 9)],
    ))
    put("loop-without-end", after(
        node("Loop", ["times", "yes", "square"], ["image"], body=("graph", graph(
            [node("Identity", ["c"], ["d"]), node("Tanh", ["v"], ["u"])],
            [port("i", [], INT64), port("c", [], 9), port("v", ["batch", 3, 2, 2])],
            [port("d", [], 9), port("u", ["batch", 3, 2, 2])],
        ))),
        weights=[W, SHAPE, ints("times", [(1 << 63) - 1], []), tensor("yes", [], b"\1", 9)],
    ))

    # Files elsewhere, and metadata that lie.
    elsewhere = b"".join(
        field(13, field(1, k) + field(2, v)) for k, v in [("location", "../../../../etc/passwd"), ("offset", "0")]
    ) + field(14, 1)
    put("weights-elsewhere", generator(weights=[
        field(1, 4) + field(1, 12) + field(2, FLOAT) + field(8, "w") + elsewhere, SHAPE
    ]))
    nan = struct.unpack("<f", b"\0\0\xc0\x7f")[0]
    put("weights-not-finite", generator(weights=[floats("w", [4, 12], [nan] * 48), SHAPE]))
    put("metadata-of-another-size", generator(metadata={**METADATA, "gannet.latent": "5"}))
    put("metadata-of-overflow", generator(metadata={**METADATA, "gannet.latent": "99999999999999999999"}))
    put("metadata-of-nothing", generator(metadata={**METADATA, "gannet.height": "0"}))
    put("metadata-of-another-kind", generator(metadata={**METADATA, "gannet.kind": "features"}))
    put("metadata-of-another-format", generator(metadata={**METADATA, "gannet.format": "2"}))
    put("metadata-twice", SOUND + field(14, field(1, "gannet.latent") + field(2, "9")))


# --- NumPy ---------------------------------------------------------------------------


def npy(descr, shape, data=b"", order=False, version=1, length=None):
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    length = len(header) if length is None else length
    prefix = struct.pack("<H", length) if version == 1 else struct.pack("<I", length)
    return b"\x93NUMPY" + bytes([version, 0]) + prefix + header + data


def f8(shape, values):
    return npy("'<f8'", shape, struct.pack(f"<{len(values)}d", *values))


def arrays():
    put = lambda name, content: write(f"arrays/{name}.npy", content)
    put("sound", npy("'<f4'", "(2, 3)", struct.pack("<6f", *range(6))))
    put("sound-big-endian", npy("'>f2'", "(2, 1)", b"\x3c\x00\x40\x00"))
    put("empty", b"")
    put("magic-alone", b"\x93NUMPY")
    put("no-array", b"PK\x03\x04 or so it says")
    put("header-of-4-gib", npy("'<f4'", "(1, 1)", b"\0" * 4, version=2, length=0xFFFFFFFF))
    put("header-longer-than-the-file", npy("'<f4'", "(1, 1)", length=9000))
    put("header-not-utf-8", b"\x93NUMPY\1\0" + struct.pack("<H", 64) + b"\xff" * 64)
    put("unknown-version", npy("'<f4'", "(1, 1)", b"\0" * 4, version=9))
    put("nested-brackets", npy("[" * 4000 + "]" * 4000, "(1, 1)", b"\0" * 4))
    put("nested-shape", npy("'<f4'", "(" * 4000 + ")" * 4000, b"\0" * 4))
    put("structured", npy("[('a', '<f4'), ('b', '<i8')]", "(1, 1)", b"\0" * 12))
    put("of-objects", npy("'|O'", "(1, 1)", b"\x80\x04cos\nsystem\n."))
    put("of-dates", npy("'<M8[ns]'", "(1, 1)", b"\0" * 8))
    put("of-complex", npy("'<c16'", "(1, 1)", b"\0" * 16))
    put("of-text", npy("'<U1000000000'", "(1, 1)", b"\0" * 8))
    put("fortran", npy("'<f4'", "(2, 2)", b"\0" * 16, order=True))
    put("shape-beyond-memory", npy("'<f4'", "(1099511627776, 1)", b"\0" * 4))
    put("shape-of-overflow", npy("'<f4'", "(4294967296, 4294967296, 4)", b"\0" * 4))
    put("shape-of-overflow-and-zero", npy("'<f4'", "(4294967296, 4294967296, 4294967296, 0)"))
    put("shape-of-one-number-too-long", npy("'<f4'", "(99999999999999999999, 1)", b"\0" * 4))
    put("shape-negative", npy("'<f4'", "(-2, -2)", b"\0" * 16))
    put("shape-of-many", npy("'<f4'", "(" + "1, " * 2000 + ")", b"\0" * 4))
    put("shape-of-none", npy("'<f4'", "()", b"\0" * 4))
    put("shape-empty", npy("'<f4'", "(0, 0)"))
    put("truncated", npy("'<f4'", "(2, 3)", b"\0" * 23))
    put("trailing", npy("'<f4'", "(2, 3)", b"\0" * 25))
    put("not-finite", npy("'<f4'", "(1, 2)", struct.pack("<2f", 1, float("inf"))))


# --- Statistics ----------------------------------------------------------------------


def archive(entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=9) as zip:
        for name, content in entries:
            zip.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


MU, SIGMA = f8("(2,)", [0.5, -1.0]), f8("(2, 2)", [2.0, 0.5, 0.5, 1.0])
DIGEST = hashlib.sha256(b"").hexdigest()
PROTOCOL = {
    "format": 1,
    "protocol": {"extractor": "tiny", "extractor_sha256": DIGEST, "real_data": "d", "split": "train"},
    "reservoir_capacity": 5000,
    "reservoir_seed": 0,
}


def protocol(**changes):
    return text({**PROTOCOL, **changes})


def text(value):
    data = (value if isinstance(value, str) else json.dumps(value)).encode()
    return npy("'|u1'", f"({len(data)},)", data)


def count(*values):
    return npy("'<i8'", f"({len(values)},)", struct.pack(f"<{len(values)}q", *values))


ROWS = npy("'<f4'", "(3, 2)", struct.pack("<6f", *range(6)))
OWN = {
    "mu": MU, "sigma": SIGMA, "n": count(3), "reservoir": ROWS,
    "class_counts": count(1, 2), "protocol": protocol(),
}


def own(**changes):
    arrays = {**OWN, **changes}
    return archive([(f"{name}.npy", content) for name, content in arrays.items() if content is not None])


def statistics():
    put = lambda name, content: write(f"statistics/{name}.npz", content)
    sound = own()
    put("sound", sound)
    put("sound-of-pytorch-fid", archive([("mu.npy", MU), ("sigma.npy", SIGMA)], zipfile.ZIP_STORED))
    put("empty", b"")
    put("no-archive", b"mu, sigma\n0.5, 1.0\n")
    put("truncated", sound[: len(sound) // 2])
    put("directory-alone", sound[sound.index(b"PK\x01\x02"):])
    put("no-entries", archive([]))
    put("no-sigma", own(sigma=None))
    put("unknown-array", own(evil=MU))
    put("twice", archive([("mu.npy", MU), ("mu", MU), ("sigma.npy", SIGMA)]))
    put("name-that-leaves", archive([("../../mu.npy", MU), ("/etc/sigma.npy", SIGMA)]))

    # Bombs: little that inflates to much, or claims to.
    nothing = bytes(64 << 20)
    put("bomb-of-mu", own(mu=f8("(8388608,)", [])[:128] + nothing))
    put("bomb-of-protocol", own(protocol=npy("'|u1'", f"({len(nothing)},)", nothing)))
    put("bomb-of-counts", own(class_counts=npy("'<i8'", "(8388608,)", nothing)))
    put("bomb-of-rows", own(reservoir=npy("'<f4'", "(8388608, 2)", nothing)))
    size = sound.index(b"PK\x01\x02") + 24
    lying = bytearray(sound)
    lying[size : size + 4] = struct.pack("<I", 0xFFFFFFF0)
    put("size-that-lies-upward", bytes(lying))
    small = archive([("mu.npy", MU), ("sigma.npy", SIGMA)])
    lying = bytearray(small)
    for at in (small.index(b"PK\x03\x04") + 22, small.index(b"PK\x01\x02") + 24):
        lying[at : at + 4] = struct.pack("<I", 1)
    put("size-that-lies-downward", bytes(lying))
    wrong = bytearray(small)
    at = small.index(b"PK\x03\x04") + 14
    for at in (at, small.index(b"PK\x01\x02") + 16):
        wrong[at : at + 4] = b"\0\0\0\0"
    put("checksum-that-lies", bytes(wrong))
    offset = bytearray(small)
    at = small.index(b"PK\x01\x02") + 42
    offset[at : at + 4] = struct.pack("<I", 0x7FFFFFFF)
    put("offset-beyond-the-file", bytes(offset))
    method = bytearray(small)
    for at in (small.index(b"PK\x03\x04") + 8, small.index(b"PK\x01\x02") + 10):
        method[at : at + 2] = struct.pack("<H", 99)
    put("unknown-compression", bytes(method))
    locked = bytearray(small)
    for at in (small.index(b"PK\x03\x04") + 6, small.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    put("encrypted", bytes(locked))
    end = bytearray(small)
    at = small.index(b"PK\x05\x06") + 8
    end[at : at + 4] = b"\xff\xfe\xff\xfe"
    put("entries-that-are-not-there", bytes(end))

    # Numbers that are none, or that do not belong together.
    put("mu-not-finite", own(mu=f8("(2,)", [0.5, float("nan")])))
    put("sigma-not-finite", own(sigma=f8("(2, 2)", [2.0, float("inf"), float("inf"), 1.0])))
    put("sigma-asymmetric", own(sigma=f8("(2, 2)", [2.0, 0.5, -0.5, 1.0])))
    put("sigma-negative", own(sigma=f8("(2, 2)", [-2.0, 0.5, 0.5, 1.0])))
    put("sigma-of-another-size", own(sigma=f8("(3, 3)", [1.0] * 9)))
    put("mu-of-two-dimensions", own(mu=f8("(1, 2)", [0.5, -1.0])))
    put("mu-empty", own(mu=f8("(0,)", []), sigma=f8("(0, 0)", [])))
    put("mu-of-text", own(mu=npy("'|S8'", "(2,)", bytes(16))))
    put("count-of-one", own(n=count(1)))
    put("count-negative", own(n=count(-3)))
    put("counts-of-too-many", own(class_counts=count(1, 9)))
    put("counts-of-overflow", own(class_counts=count(*[(1 << 63) - 1] * 3)))
    put("rows-of-another-size", own(reservoir=npy("'<f4'", "(2, 3)", bytes(24))))
    put("rows-not-finite", own(reservoir=npy("'<f4'", "(3, 2)", b"\0\0\x80\x7f" * 6)))
    put("reservoir-without-end", own(n=count((1 << 62)), class_counts=None, protocol=protocol(reservoir_capacity=1 << 62)))
    put("protocol-not-json", own(protocol=text("not JSON")))
    put("protocol-nested", own(protocol=text("[" * 100000)))
    put("protocol-of-another-format", own(protocol=protocol(format=2)))
    put("protocol-with-more", own(protocol=protocol(evil=1)))
    put("protocol-of-overflow", own(protocol=text(json.dumps(PROTOCOL).replace("5000", "9" * 400))))


# --- Manifests -----------------------------------------------------------------------


def file_entry(name, content):
    return f'\n[files."{name}"]\nsha256 = "{hashlib.sha256(content).hexdigest()}"\nbytes = {len(content)}\n'


HEAD = """format = 1
name = "tiny"
licence = "MIT"

[contract]
latent = 4
channels = 3
height = 2
width = 2

[provenance]
recipe = "default"
dataset = "none"
images_seen = 1000000
seed = 7
gannet = "0.1.0"
"""


def manifests():
    put = lambda name, content: write(f"manifest/{name}.toml", content)
    own = file_entry("generator.onnx", SOUND)
    sound = HEAD + own
    put("sound", sound)
    put("empty", "")
    put("not-utf-8", sound.encode() + b"# \xff\xfe")
    put("truncated", sound[:200])
    put("no-format", sound.replace("format = 1\n", ""))
    put("another-format", sound.replace("format = 1", "format = 2"))
    put("format-of-text", sound.replace("format = 1", 'format = "1"'))
    put("unknown-key", "evil = true\n" + sound)
    put("key-twice", sound.replace("latent = 4", "latent = 4\nlatent = 5"))
    put("negative-size", sound.replace("latent = 4", "latent = -4"))
    put("size-of-overflow", sound.replace("latent = 4", "latent = 99999999999999999999"))
    put("another-contract", sound.replace("latent = 4", "latent = 5"))
    put("huge-contract", sound.replace("latent = 4", "latent = 9223372036854775807"))
    put("no-generator", HEAD)
    digest = hashlib.sha256(SOUND).hexdigest()
    put("wrong-digest", sound.replace(digest, "0" * 64))
    put("wrong-size", sound.replace(f"bytes = {len(SOUND)}", "bytes = 1"))
    put("huge-size", sound.replace(f"bytes = {len(SOUND)}", "bytes = 9223372036854775807"))
    put("short-digest", HEAD + '\n[files."generator.onnx"]\nsha256 = "00"\nbytes = 1\n')
    put("digest-of-other-letters", HEAD + f'\n[files."generator.onnx"]\nsha256 = "{"g" * 64}"\nbytes = 1\n')
    for name, path in [
        ("up", "../secret"), ("up-two", "../../etc/passwd"), ("absolute", "/etc/passwd"), ("below", "below/secret"),
        ("backslash", "..\\\\secret"), ("drive", "C:secret"), ("stream", "generator.onnx:stream"), ("dots", ".."),
        ("dot", "."), ("nothing", ""), ("nul", "a\\u0000b"),
    ]:
        put(f"name-{name}", sound + file_entry(path, b""))
    put("nested-arrays", sound + "\nevil = " + "[" * 20000)
    put("nested-tables", "evil = " + "{a = " * 20000)
    put("nested-keys", "[" + ".".join(["a"] * 20000) + "]\n" + sound)
    put("long-number", sound.replace("seed = 7", "seed = " + "9" * 100000))


networks()
arrays()
statistics()
manifests()
