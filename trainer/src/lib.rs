//! Placeholder.

pub mod export;
