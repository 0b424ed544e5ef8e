//! Which provider runs how many nodes, as ONNX Runtime recorded it.

#![allow(
    unsafe_code,
    reason = "ort has no safe way to the record of assignments"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr;

use ort::session::Session;
use ort::{AsPointer, Error, sys};

use super::super::info::Assignment;
use super::Provider;

/// The entry of a session's configuration that makes it keep the record.
pub(super) const RECORD: &str = "session.record_ep_graph_assignment_info";

/// How many nodes each provider runs, the most first.
pub(super) fn of(session: &Session) -> ort::Result<Vec<Assignment>> {
    let api = ort::api();
    let (mut parts, mut count) = (ptr::null(), 0);
    // SAFETY: the session lives, and both pointers are to be written to; what is written there
    // belongs to the session and lives as long.
    let parts = unsafe {
        let status =
            (api.Session_GetEpGraphAssignmentInfo)(session.ptr(), &raw mut parts, &raw mut count);
        Error::result_from_status(status)?;
        slice(parts, count)
    };
    let mut nodes = BTreeMap::<String, usize>::new();
    for &part in parts {
        let mut name: *const c_char = ptr::null();
        let (mut list, mut count): (*const *const sys::OrtEpAssignedNode, _) = (ptr::null(), 0);
        // SAFETY: `part` is one of the session's, the pointers are to be written to, and the name
        // is a string that the session owns.
        let name = unsafe {
            let status = (api.EpAssignedSubgraph_GetEpName)(part, &raw mut name);
            Error::result_from_status(status)?;
            let status = (api.EpAssignedSubgraph_GetNodes)(part, &raw mut list, &raw mut count);
            Error::result_from_status(status)?;
            match name.is_null() {
                true => "unnamed".into(),
                false => CStr::from_ptr(name).to_string_lossy(),
            }
        };
        *nodes.entry(name.into_owned()).or_default() += count;
    }
    let mut assignments: Vec<_> = nodes
        .into_iter()
        .map(|(provider, nodes)| Assignment { provider, nodes })
        .collect();
    assignments.sort_by_key(|assignment| std::cmp::Reverse(assignment.nodes));
    Ok(assignments)
}

/// # Safety
///
/// `count` values must lie at `first`, and live for `'a`, unless it is null.
unsafe fn slice<'a, T>(first: *const T, count: usize) -> &'a [T] {
    match first.is_null() {
        true => &[],
        // SAFETY: the caller's.
        false => unsafe { std::slice::from_raw_parts(first, count) },
    }
}

/// Whether the provider runs a node; a graph without a node has none to run.
pub(super) fn takes_part(provider: &Provider, assignments: &[Assignment]) -> bool {
    let name = match provider {
        Provider::Cpu => return true,
        Provider::Cuda { .. } => "CUDAExecutionProvider",
        Provider::TensorRt { .. } => "TensorrtExecutionProvider",
        Provider::CoreMl => "CoreMLExecutionProvider",
        Provider::DirectMl { .. } => "DmlExecutionProvider",
        Provider::OpenVino { .. } => "OpenVINOExecutionProvider",
        Provider::Rocm { .. } => "ROCMExecutionProvider",
        Provider::MiGraphX { .. } => "MIGraphXExecutionProvider",
        Provider::WebGpu => "WebGpuExecutionProvider",
        Provider::Xnnpack => "XnnpackExecutionProvider",
    };
    assignments.is_empty() || assignments.iter().any(|a| a.provider == name)
}
