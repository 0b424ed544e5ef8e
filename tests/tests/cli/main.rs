//! The command line as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod arrays;
mod colours;
mod completions;
mod diagnose;
mod dry_run;
mod folders;
mod harness;
mod idx;
mod judged;
mod live;
mod numpy;
mod preview;
mod refusals;
mod report;
mod resume;
mod sample;
mod score;
mod tiny;
