//! The `gannet` command.

mod cli;

use std::process::ExitCode;

// Training allocates and frees large tensors at every step; glibc gives each back to the system
// and faults it in again, which costs a tenth to a fifth of a run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
