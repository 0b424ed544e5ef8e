//! Networks: layers, generators and critics.

pub mod conv;
