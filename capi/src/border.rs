//! What every function does at the border between C and Rust.

use std::any::Any;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Failure, GannetStatus, keep};

/// Does the work of a call. A failure leaves its message, and so does a panic, which
/// ends here.
pub(crate) fn guarded(work: impl FnOnce() -> Result<(), Failure>) -> GannetStatus {
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return GannetStatus::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => Failure {
            status: GannetStatus::Panic,
            message: format!(
                "gannet panicked, which is a bug in it: {}",
                panic_message(&*panic)
            ),
        },
    };
    keep(failure.message);
    failure.status
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// The text behind a pointer.
///
/// # Safety
///
/// `text` is null or points to bytes that end with a null byte, all of which stay as
/// they are for `'a`.
pub(crate) unsafe fn text<'a>(name: &str, text: *const c_char) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(null(name));
    }
    // SAFETY: it is not null, and ends and stays by the caller's word.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| {
        Failure::input(format!(
            "`{name}`: expected UTF-8, got {}",
            text.to_string_lossy()
        ))
    })
}

/// The value behind a pointer to one that is lent.
///
/// # Safety
///
/// `value` is null or points to a `T` that stays as it is for `'a`.
pub(crate) unsafe fn lent<'a, T>(name: &str, value: *const T) -> Result<&'a T, Failure> {
    // SAFETY: it is null or valid by the caller's word.
    unsafe { value.as_ref() }.ok_or_else(|| null(name))
}

/// Refuses a place for a result that is none.
pub(crate) fn check_place<T>(name: &str, place: *mut T) -> Result<(), Failure> {
    match place.is_null() {
        true => Err(null(name)),
        false => Ok(()),
    }
}

/// Frees what [`Box::into_raw`] made; nothing if it is null.
///
/// # Safety
///
/// `handle` is null or came from [`Box::into_raw`], and nobody uses it any more.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        let work = || {
            // SAFETY: it came out of a box and goes back once by the caller's word.
            drop(unsafe { Box::from_raw(handle) });
            Ok(())
        };
        guarded(work);
    }
}

fn null(name: &str) -> Failure {
    Failure::input(format!("`{name}` is null"))
}
