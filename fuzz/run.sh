#!/usr/bin/env bash
# Fuzzes each target for so many seconds: `fuzz/run.sh SECONDS [TARGET …]`; without
# targets those of the runtime. Needs cargo-fuzz (cargo install cargo-fuzz --locked).
#
# The targets build with the stable compiler and without a sanitizer: the code is safe
# Rust but for the C ABI, so that what there is to find are panics, endless loops and
# memory taken without bound. A line a target says what it ran; a crash ends the script
# and leaves its input in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET …]}
shift
(($#)) || set -- manifest npy npz statistics onnx

export RUSTC_BOOTSTRAP=1
arguments=(--release --sanitizer none)
[[ " $* " =~ \ (idx|images|events)\  ]] && arguments+=(--features trainer)
[[ -n ${CARGO_TARGET_DIR:-} ]] && arguments+=(--target-dir "$CARGO_TARGET_DIR")
[[ -d corpus ]] || python3 seeds.py
# Inputs become files: in memory where there is a folder for it.
[[ -d /dev/shm ]] && export TMPDIR=/dev/shm

for target in "$@"; do
    mkdir -p "artifacts/$target"
    log=artifacts/$target.log
    # A network may ask for memory and time: what gannet bounds is 4 GiB and a minute.
    if ! cargo fuzz run "${arguments[@]}" "$target" -- -max_total_time="$seconds" \
        -rss_limit_mb=4096 -malloc_limit_mb=4096 -timeout=60 -max_len=65536 \
        -print_final_stats=1 >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        exit 1
    fi
    awk -v target="$target" '/^Done/ { print target ": " $0 }' "$log"
done
