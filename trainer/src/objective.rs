//! What the networks minimise: losses as functions of the critic's scores, and penalties.

mod losses;
mod penalties;

pub use losses::RelativisticLogistic;
pub use penalties::{InputGradients, squared_input_gradients};

#[cfg(test)]
mod tests;
