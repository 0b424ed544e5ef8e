#!/usr/bin/env bash
# Builds gannet_web.wasm beside this script.
#
# With rustup: `rustup target add wasm32-unknown-unknown`, then this script. Where that
# target cannot be had, Debian's Rust for the web builds its standard library from
# source: unpack the packages rustc-web, libstd-rust-web-dev,
# libstd-rust-web-1.96, rust-web-src, lld, lld-14, libllvm14 and libllvm22 into a folder
# (`apt-get download PACKAGE …`, `dpkg-deb -x FILE FOLDER`) and name it:
#
#     DEBIAN_RUST=FOLDER ./build.sh
set -euo pipefail
cd "$(dirname "$0")"

export RUSTFLAGS='-C target-feature=+simd128'
arguments=(build --release --target wasm32-unknown-unknown)
if [[ -n ${DEBIAN_RUST:-} ]]; then
    folder=$(realpath "$DEBIAN_RUST")
    export RUSTC="$folder/usr/bin/rustc" RUSTDOC="$folder/usr/bin/rustdoc" RUSTC_BOOTSTRAP=1
    export LD_LIBRARY_PATH="$folder/usr/lib/x86_64-linux-gnu:$folder/usr/lib/llvm-14/lib"
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$folder/usr/bin/wasm-ld"
    arguments+=(-Zbuild-std=std,panic_abort)
fi
cargo "${arguments[@]}"
cp "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/gannet_web.wasm" .
ls -l gannet_web.wasm
