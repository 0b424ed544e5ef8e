//! The command line of gannet.
fn main() {}
