//! What a call came to: a status, and a message for the thread that made it.

use std::cell::RefCell;
use std::error::Error as _;
use std::ffi::{CString, c_char};

use gannet::{Error, ErrorKind};

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum GannetStatus {
    /// It did what was asked.
    Ok = 0,
    /// A file could not be read.
    Io = 1,
    /// A file is not what it should be: truncated, of another format or version.
    Format = 2,
    /// A file's size or SHA-256 differs from what its manifest says.
    Digest = 3,
    /// A network's inputs, outputs or metadata do not fit its use, or two files do
    /// not belong together.
    Contract = 4,
    /// An argument is out of its domain: a null pointer, a buffer of a wrong size.
    Input = 5,
    /// A computation met or made a value that is not finite.
    Numeric = 6,
    /// The inference engine refused the network or failed to run it.
    Engine = 7,
    /// A failure of another kind, of a later version than the header's.
    Other = 8,
    /// The library panicked, which is a bug in it. The handles of the call are
    /// best freed.
    Panic = 9,
}

/// A call that failed.
pub(crate) struct Failure {
    pub(crate) status: GannetStatus,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self {
            status: GannetStatus::Input,
            message: message.into(),
        }
    }
}

impl From<Error> for Failure {
    /// The message of the error and of all that caused it.
    fn from(error: Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            message.push_str(": ");
            message.push_str(&source.to_string());
            cause = source.source();
        }
        let status = match error.kind() {
            ErrorKind::Io => GannetStatus::Io,
            ErrorKind::Format => GannetStatus::Format,
            ErrorKind::Digest => GannetStatus::Digest,
            ErrorKind::Contract => GannetStatus::Contract,
            ErrorKind::Input => GannetStatus::Input,
            ErrorKind::Numeric => GannetStatus::Numeric,
            ErrorKind::Engine => GannetStatus::Engine,
            _ => GannetStatus::Other,
        };
        Self { status, message }
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps the message of a failure for its thread.
pub(crate) fn keep(mut message: String) {
    // C's texts end at the first null byte.
    message.retain(|c| c != '\0');
    let message = CString::new(message).unwrap_or_default();
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = message;
        }
    });
}

/// What was wrong with the last call that failed on this thread: what, where, what was
/// expected, what was found and how to mend it. Empty before the first failure.
///
/// It is never null, belongs to the library, and stands until the next failure on
/// this thread, or the thread's end.
#[unsafe(no_mangle)]
pub extern "C" fn gannet_last_error_message() -> *const c_char {
    LAST.with(|last| last.try_borrow().map_or(c"".as_ptr(), |last| last.as_ptr()))
}
