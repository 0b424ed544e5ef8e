//! Placeholder.

pub mod nets;
