//! The ONNX Runtime library of the process.
//!
//! ort keeps one library and one environment a process, for good. Both are kept here, so that a
//! second one is an error instead of the first one in silence.

#![allow(
    unsafe_code,
    reason = "a library must be loaded and asked for its version before ort may panic over it"
)]

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::sys::{ORT_API_VERSION, OrtApiBase};

use super::super::guard::guarded;
use super::BoxedError;
use crate::error::{Error, ErrorKind, Result};

/// The one that is loaded.
static LOADED: Mutex<Option<Library>> = Mutex::new(None);

/// A library of an accepted version, ready for sessions.
#[derive(Clone)]
pub(super) struct Library(Arc<Inner>);

struct Inner {
    path: PathBuf,
    version: String,
    environment: Environment,
}

impl Library {
    /// Loads the library at a path, unless it is loaded already.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let path = std::fs::canonicalize(path)
            .map_err(|source| Error::io("open the ONNX Runtime library", path, source))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = &*loaded {
            if library.path() == path {
                return Ok(library.clone());
            }
            return Err(Error::input(format!(
                "{}: the process has loaded {} already, and ONNX Runtime can be loaded once only: \
                 name the same library everywhere",
                path.display(),
                library.path().display()
            )));
        }
        let refused = |source: BoxedError| {
            Error::new(
                ErrorKind::Engine,
                format!(
                    "{}: not an ONNX Runtime library that can be used: expected version \
                     1.{ORT_API_VERSION} or newer (1.x), built for this system",
                    path.display()
                ),
            )
            .because(source)
        };
        let version = guarded(|| version(&path)).map_err(refused)?;
        let environment = guarded(|| environment(&path)).map_err(refused)?;
        let library = Self(Arc::new(Inner {
            path,
            version,
            environment,
        }));
        *loaded = Some(library.clone());
        Ok(library)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn version(&self) -> &str {
        &self.0.version
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.0.environment
    }
}

/// The version of a library that has the functions that are needed.
fn version(path: &Path) -> std::result::Result<String, BoxedError> {
    // SAFETY: a library runs code of its own when it is loaded; the application names one that
    // it trusts, which the documentation of the option says.
    let library = unsafe { libloading::Library::new(path) }?;
    // SAFETY: the symbol has had this type in all versions of ONNX Runtime.
    let base =
        unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(b"OrtGetApiBase") }
            .map_err(|_| "it is no ONNX Runtime: it has no function `OrtGetApiBase`")?;
    // SAFETY: the function takes nothing and gives null or a table that lives as long as the
    // library.
    let Some(base) = (unsafe { base().as_ref() }) else {
        return Err("it gives no table of functions".into());
    };
    // SAFETY: the library is loaded; its version is a constant string.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) };
    let version = version.to_string_lossy().into_owned();
    let minor = version
        .strip_prefix("1.")
        .and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    if minor.is_none_or(|minor| minor < ORT_API_VERSION) {
        return Err(format!("its version is {version}").into());
    }
    // SAFETY: the library is loaded; null stands for a version that it does not have.
    if unsafe { (base.GetApi)(ORT_API_VERSION) }.is_null() {
        return Err(format!("version {version} lacks the functions of 1.{ORT_API_VERSION}").into());
    }
    Ok(version)
}

/// ort's environment: without telemetry, and with a logger that prints nothing.
fn environment(path: &Path) -> std::result::Result<Environment, BoxedError> {
    let silent = |_: ort::logging::LogLevel, _: &str, _: &str, _: &str, _: &str| {};
    Ok(ort::init_from(path)?
        .with_name("gannet")
        .with_telemetry(false)
        .with_logger(Arc::new(silent))
        .build()?)
}
