//! A fence around engines, which may panic on a malformed network.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Makes a panic an error (where the program is built to unwind).
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, BoxedError>) -> Result<T, BoxedError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => Err(format!("panicked: {}", panic_message(&*panic)).into()),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
