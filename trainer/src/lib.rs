//! Placeholder.

pub mod data;
pub mod features;
