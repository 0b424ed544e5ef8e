#!/usr/bin/env bash
# Writes include/gannet.h from the sources, or with --verify says whether it is up to
# date. Needs cbindgen 0.29: cargo install cbindgen --version 0.29.4 --locked
set -euo pipefail
cd "$(dirname "$0")"
exec cbindgen --quiet --config cbindgen.toml --output include/gannet.h "$@" src/lib.rs
