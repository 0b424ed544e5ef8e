//! gannet for C, and for every language that can call C.
//!
//! `cargo build --release -p gannet-c` makes the shared library
//! (`libgannet_c.so`, `libgannet_c.dylib`, `gannet_c.dll`);
//! [`include/gannet.h`](https://docs.rs/crate/gannet-c/latest/source/include/gannet.h)
//! declares it. `cargo rustc --release -p gannet-c --crate-type staticlib` makes one
//! to link statically.
//!
//! It is a crate of its own and no feature of `gannet`, because a feature cannot
//! change what kinds of library a crate makes: every build of the embedded crate
//! would link a shared library that only C asks for. And `unsafe` stays here.
//!
//! ```c
//! #include <stdio.h>
//! #include <stdlib.h>
//! #include "gannet.h"
//!
//! int main(void) {
//!     GannetGenerator *generator;
//!     GannetContract contract;
//!     if (gannet_generator_open("models/fashion-mnist", 0, &generator) != GANNET_STATUS_OK) {
//!         fprintf(stderr, "%s\n", gannet_last_error_message());
//!         return 1;
//!     }
//!     gannet_generator_contract(generator, &contract);
//!     GannetDraw draw = {.seed = 7, .count = 64};
//!     size_t length = draw.count * contract.channels * contract.height * contract.width;
//!     uint8_t *pixels = malloc(length);
//!     if (pixels && gannet_sample_bytes(generator, &draw, pixels, length) != GANNET_STATUS_OK)
//!         fprintf(stderr, "%s\n", gannet_last_error_message());
//!     free(pixels);
//!     gannet_generator_free(generator);
//!     return 0;
//! }
//! ```
//!
//! # Errors
//!
//! A function that can fail gives a [`GannetStatus`]. What it has to say besides is
//! kept for the thread that called it, as by SQLite and libgit2:
//! [`gannet_last_error_message`] lends it until the next failure on that thread. So no
//! caller has an error to free, and one who only looks at the status loses nothing.
//!
//! # What is guaranteed
//!
//! - No panic crosses the border: one is a bug, and becomes
//!   [`GannetStatus::Panic`] (if the library is built to unwind, which is the
//!   default).
//! - A null pointer where none is allowed, a text that is no UTF-8 and a buffer of
//!   another size than the result are errors, and nothing is written then.
//! - What a pointer that is not null points to is the caller's word: each function
//!   says under *Safety* what must hold.
//! - Nothing is printed, and nothing is kept for the process but a pool of threads
//!   where none was asked for, and each thread's last message.

mod border;
mod error;
mod generator;
mod scorer;

pub use error::{GannetStatus, gannet_last_error_message};
pub use generator::{
    GannetContract, GannetDraw, GannetGenerator, gannet_generator_contract, gannet_generator_free,
    gannet_generator_name, gannet_generator_open, gannet_generator_open_bytes, gannet_sample_bytes,
    gannet_sample_floats,
};
pub use scorer::{
    GannetScorer, GannetScores, gannet_score, gannet_scorer_free, gannet_scorer_open,
};

use std::ffi::{CStr, c_char};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// The version of the library, such as `0.1.0`. It is never null and never freed.
#[unsafe(no_mangle)]
pub extern "C" fn gannet_version() -> *const c_char {
    VERSION.as_ptr()
}
