#!/usr/bin/env python3
"""Runs the tutorial as written: writes its files and runs its commands in the order of the page.

In a clean clone of this repository in a temporary folder; the first command that fails ends it.
Blocks ```console are commands, one a line; blocks ```LANGUAGE title=PATH are files; others are
for reading. Needs git, npm, python3 with venv, cargo, and whichever registries these are set to.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

DOCS = pathlib.Path(__file__).resolve().parent
BLOCK = re.compile(r"^```(\S+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHIM = '#!/bin/sh\nexec {command} "$@"\n'


def put_gannet_on_path(folder, clone, binary):
    """A command `gannet`: the binary given, or what `cargo run --release` builds of the clone."""
    if binary:
        command = f"'{binary}'"
    else:
        command = f"cargo run --quiet --release --manifest-path '{clone}/Cargo.toml' --"
    shim = folder / "gannet"
    shim.write_text(SHIM.format(command=command))
    shim.chmod(0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gannet", type=pathlib.Path, help="a binary that is built already")
    parser.add_argument("--page", type=pathlib.Path, default=DOCS / "tutorial.md")
    args = parser.parse_args()
    page = args.page.read_text()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", DOCS.parent, clone], check=True)
        put_gannet_on_path(folder, clone, args.gannet and args.gannet.resolve())
        environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        commands = 0
        for language, title, text in BLOCK.findall(page):
            if title:
                path = clone / title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            elif language == "console":
                for command in text.splitlines():
                    print(f"$ {command}", flush=True)
                    start = time.monotonic()
                    done = subprocess.run(command, shell=True, cwd=clone, env=environment)
                    print(f"({time.monotonic() - start:.0f} s)", flush=True)
                    if done.returncode:
                        sys.exit(f"it ended with {done.returncode}: {command}")
                    commands += 1
    if commands == 0:
        sys.exit(f"no commands in {args.page}")
    print(f"{commands} commands ran")


if __name__ == "__main__":
    main()
