//! Stopping long work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A flag that stops sampling and scoring, shared by its clones.
///
/// It is looked at between batches of 256 images or fewer, which are finished first; what
/// it stops returns an error of the kind [`Cancelled`](ErrorKind::Cancelled) and leaves no
/// file. It cannot be taken back: make a new one for new work.
///
/// ```
/// use gannet::{Cancel, Draw, ErrorKind, Generator};
///
/// # std::env::set_current_dir("..").unwrap();
/// let generator = Generator::open("models/fashion-mnist")?;
/// let cancel = Cancel::new();
/// let draw = Draw::new(7, 0..1_000_000).cancel(&cancel);
/// std::thread::scope(|scope| {
///     let samples = scope.spawn(|| generator.draw(&draw));
///     cancel.cancel(); // As a button would.
///     let error = samples.join().unwrap().unwrap_err();
///     assert_eq!(error.kind(), ErrorKind::Cancelled);
/// });
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that stops nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops all work that was given this flag or a clone of it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once it is cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        match self.is_cancelled() {
            true => Err(Error::new(ErrorKind::Cancelled, "cancelled by the caller")),
            false => Ok(()),
        }
    }
}
