#!/usr/bin/env bash
# What embedding gannet costs in bytes and crates: `runtime/scripts/size.sh`.
#
# Builds the program runtime/examples/minimal twice: naively, with gannet's default
# features and `cargo build --release` as it comes, and as its own Cargo.toml says,
# without default features and with a profile for size. Both draw the same sample, and
# both sizes are of stripped binaries; crates are what `cargo tree` lists for the
# platform. Takes minutes; builds into target/size, or $CARGO_TARGET_DIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target/size}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/naive/src"
cp runtime/examples/minimal/src/main.rs "$work/naive/src/"
cat >"$work/naive/Cargo.toml" <<END
[package]
name = "gannet-naive"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
gannet = { path = "$root/runtime" }
END
for folder in "$work/naive" runtime/examples/minimal; do
    # The versions that the workspace is tested with.
    cp Cargo.lock "$folder/Cargo.lock"
done

crates() {
    cargo tree --manifest-path "$1/Cargo.toml" -e normal --prefix none --format '{p}' |
        sed 's/ (.*//' | sort -u | tail -n +1 | grep -cv '^gannet-'
}
build() {
    cargo build --quiet --release --manifest-path "$1/Cargo.toml"
    strip -o "$work/$2" "$CARGO_TARGET_DIR/release/$2"
    "$work/$2" models/fashion-mnist 7 | sha256sum | cut -c 1-16 >"$work/$2.digest"
    stat -c %s "$work/$2"
}

naive=$(build "$work/naive" gannet-naive)
minimal=$(build runtime/examples/minimal gannet-minimal)
printf '%-10s %12s %8s  %s\n' build bytes crates 'SHA-256 of sample 0 of seed 7'
printf '%-10s %12d %8d  %s\n' naive "$naive" "$(crates "$work/naive")" "$(<"$work/gannet-naive.digest")" \
    minimal "$minimal" "$(crates runtime/examples/minimal)" "$(<"$work/gannet-minimal.digest")"
printf 'minimal is %d %% smaller\n' $((100 - 100 * minimal / naive))
