//! Ctrl-C: the first one ends training with a checkpoint, the next one ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::{INTERRUPTED, output};

/// Listens for Ctrl-C.
pub(super) struct Interrupt {
    /// Whether training should stop after its step.
    pub(super) raised: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&raised);
        ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                exit();
            }
            output::narrate("stopping after this step; a checkpoint will be saved");
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { raised })
    }

    /// After training there is nothing to save: Ctrl-C ends the program from now on.
    pub(super) fn end_at_once(&self) {
        self.raised.store(true, Ordering::Relaxed);
    }
}

#[allow(clippy::exit, reason = "no thread can be asked to end the process")]
fn exit() {
    std::process::exit(INTERRUPTED.into());
}
