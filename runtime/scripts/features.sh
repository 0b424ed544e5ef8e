#!/usr/bin/env bash
# What each Cargo feature of gannet costs in crates and bytes: `runtime/scripts/features.sh`.
#
# Crates are what `cargo tree` lists for this platform; bytes are those of the stripped
# example `embed` of a release build. `--crates` builds nothing and takes seconds, else it
# takes minutes. Builds into target/, or $CARGO_TARGET_DIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-$PWD/target}
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT

row() {
    local name=$1 bytes=-
    shift
    local crates
    crates=$(cargo tree --locked -p gannet -e normal --prefix none --format '{p}' "$@" |
        sed 's| (.*||' | sort -u | wc -l)
    if [[ $mode != --crates ]]; then
        cargo build --quiet --locked --release -p gannet --example embed "$@"
        strip -o "$stripped" "$target/release/examples/embed"
        bytes=$(stat -c %s "$stripped")
    fi
    printf '%-22s %8d %12s\n' "$name" "$crates" "$bytes"
}

mode=${1:-}
printf '%-22s %8s %12s\n' features crates bytes
row tract --no-default-features --features tract
row ort --no-default-features --features ort
row 'ort, cuda' --no-default-features --features cuda
row default
row 'default, image' --features image
row 'default, ort' --features ort
