#!/usr/bin/env python3
"""Proves that the page draws what the native library draws.

    cargo build --release -p gannet-c && runtime/examples/web/build.sh
    python3 runtime/examples/web/check.py

serves the repository on a port of its own, opens the page in headless Chromium, waits
for its samples, compares the canvas with the pixels that the shared library gives for
the same seed (at most one level of 255 apart: the instructions differ), writes
`screenshot.png` beside itself and ends with 1 if anything is wrong. Needs Python 3.9
and Chromium (Debian's `chromium`, or --browser).
"""

import argparse
import base64
import ctypes
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODEL = "models/fashion-mnist/generator.onnx"
COLUMNS = 8  # as in index.html


class Contract(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("latent", "classes", "channels", "height", "width")]


class Draw(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("seed", "first", "count")] + [
        ("class_index", ctypes.POINTER(ctypes.c_size_t)), ("truncation", ctypes.c_double)
    ]


def native(library, seed, count):
    """The samples by the C ABI: the contract, and bytes [count, c, h, w]."""
    gannet = ctypes.CDLL(str(library))
    gannet.gannet_last_error_message.restype = ctypes.c_char_p

    def must(status):
        if status != 0:
            sys.exit(f"gannet: {gannet.gannet_last_error_message().decode()}")

    generator, contract = ctypes.c_void_p(), Contract()
    must(gannet.gannet_generator_open(str(ROOT / MODEL).encode(), 0, ctypes.byref(generator)))
    must(gannet.gannet_generator_contract(generator, ctypes.byref(contract)))
    length = count * contract.channels * contract.height * contract.width
    pixels = (ctypes.c_uint8 * length)()
    draw = Draw(seed=seed, count=count)
    must(gannet.gannet_sample_bytes(generator, ctypes.byref(draw), pixels, ctypes.c_size_t(length)))
    gannet.gannet_generator_free(generator)
    return contract, bytes(pixels)


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm"}

    def log_message(self, *_):
        pass


class Browser:
    """Chromium by its DevTools protocol over a pair of pipes: JSON that ends with a zero byte."""

    def __init__(self, program, profile):
        theirs_in, self.ours_out = os.pipe()
        self.ours_in, theirs_out = os.pipe()
        script = 'exec "$@" 3<&%d 4>&%d' % (theirs_in, theirs_out)
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", program, "--headless", "--no-sandbox", "--disable-gpu",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "--window-size=760,1000"],
            pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in), os.close(theirs_out)
        self.reader = os.fdopen(self.ours_in, "rb")
        self.buffer, self.id, self.session = b"", 0, None

    def message(self):
        while b"\0" not in self.buffer:
            chunk = self.reader.read1(1 << 20)
            if not chunk:
                sys.exit("the browser went away")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.id += 1
        request = {"id": self.id, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.ours_out, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.id:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']}")
                return message["result"]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"the page: {result['exceptionDetails']}")
        return result["result"].get("value")


WAIT = """new Promise((done) => {
  const look = () => document.documentElement.dataset.state ? done(document.documentElement.dataset.state)
                                                             : setTimeout(look, 50);
  look();
})"""

PIXELS = """(() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return { width: canvas.width, height: canvas.height, data: btoa(text) };
})()"""


def drawn(address, browser, seed, count):
    browser.call("Page.navigate", url=f"{address}?seed={seed}&count={count}")
    # Of the page that was there before nothing is asked.
    while browser.evaluate("location.search") != f"?seed={seed}&count={count}":
        pass
    state = browser.evaluate(WAIT)
    said = browser.evaluate('document.querySelector("output").textContent')
    if state != "drawn":
        sys.exit(f"the page failed: {said}")
    return said, browser.evaluate(PIXELS)


def compare(canvas, contract, expected, count):
    """The greatest difference between the canvas and the native pixels, and how many differ."""
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    size = (columns * contract.width, rows * contract.height)
    if (canvas["width"], canvas["height"]) != size:
        sys.exit(f"expected a canvas of {size}, got {canvas['width']}x{canvas['height']}")
    data = base64.b64decode(canvas["data"])
    greatest, differing = 0, 0
    area = contract.height * contract.width
    for i in range(count):
        left, top = i % columns * contract.width, i // columns * contract.height
        for p in range(area):
            y, x = divmod(p, contract.width)
            at = 4 * ((top + y) * canvas["width"] + left + x)
            for c in range(3):
                channel = min(c, contract.channels - 1)
                wanted = expected[(i * contract.channels + channel) * area + p]
                difference = abs(wanted - data[at + c])
                greatest, differing = max(greatest, difference), differing + (difference > 0)
            if data[at + 3] != 255:
                sys.exit(f"sample {i}: a pixel is not opaque")
    return greatest, differing, 3 * area * count


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--browser", default=shutil.which("chromium") or shutil.which("chrome"))
    arguments.add_argument("--library", type=pathlib.Path, default=ROOT / "target/release/libgannet_c.so")
    arguments = arguments.parse_args()
    if not arguments.browser:
        sys.exit("no Chromium: install Debian's `chromium` or name one with --browser")
    for needed in (arguments.library, HERE / "gannet_web.wasm"):
        if not needed.is_file():
            sys.exit(f"{needed} is not there: build it first (see --help)")

    handler = functools.partial(Quiet, directory=str(ROOT))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/{HERE.relative_to(ROOT).as_posix()}/index.html"
    failed = False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(arguments.browser, profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
            browser.session = attached["sessionId"]
            browser.call("Page.enable")
            for seed, count in [(2**53, 5), (7, 64)]:
                contract, expected = native(arguments.library, seed, count)
                said, canvas = drawn(address, browser, seed, count)
                greatest, differing, values = compare(canvas, contract, expected, count)
                print(f"seed {seed}: {said} {differing} of {values} values differ, by {greatest} of 255 at most")
                failed |= greatest > 1
            shot = browser.call("Page.captureScreenshot", format="png")["data"]
            (HERE / "screenshot.png").write_bytes(base64.b64decode(shot))
            print(f"wrote {HERE / 'screenshot.png'}")
        finally:
            browser.process.terminate()
            browser.process.wait()
    sys.exit("the page draws other samples than the native library" if failed else 0)


if __name__ == "__main__":
    main()
