//! What the programs here print.

use anyhow::Result;
use serde_json::Value;

/// Prints results as JSON.
///
/// # Errors
///
/// None but for values that JSON cannot hold.
#[expect(clippy::print_stdout, reason = "results go to stdout")]
pub fn print(results: &Value) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(results)?);
    Ok(())
}

/// Says something about the way.
#[expect(clippy::print_stderr, reason = "narration goes to stderr")]
pub fn narrate(text: &str) {
    eprintln!("{text}");
}
