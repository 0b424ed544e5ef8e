//! gannet behind a web page: what `index.html` calls.
//!
//! Plain exports instead of wasm-bindgen: the page hands over bytes and takes bytes, for
//! which numbers and the module's memory are enough. No function here reads through a
//! pointer; the page does, with bounds that JavaScript checks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gannet::{Contract, Generator, Source};

/// What the page has asked for last.
struct State {
    /// The bytes of the network, as the page writes them.
    input: Vec<u8>,
    generator: Option<Generator>,
    /// The pixels, or the message of an error, as the page reads them.
    output: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State {
    input: Vec::new(),
    generator: None,
    output: Vec::new(),
});

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for a network of `length` bytes, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    let mut state = state();
    state.input = vec![0; length];
    state.input.as_mut_ptr()
}

/// Opens the network that was put into [`input`]: 1, or 0 with a message in [`output`].
#[unsafe(no_mangle)]
pub extern "C" fn open() -> u32 {
    let mut state = state();
    let bytes = std::mem::take(&mut state.input);
    match Generator::builder(Source::bytes(bytes)).build() {
        Ok(generator) => state.generator = Some(generator),
        Err(error) => return state.failed(&error),
    }
    1
}

/// Draws samples into [`output`], `[count, c, h, w]` in 8 bits: 1, or 0 with a message
/// there.
#[unsafe(no_mangle)]
pub extern "C" fn sample(seed: u64, first: u64, count: u32) -> u32 {
    let mut state = state();
    let Some(generator) = &state.generator else {
        return state.failed(&"no generator is open");
    };
    match generator.sample(seed, first..first.saturating_add(count.into())) {
        Ok(samples) => {
            state.output = (0..samples.len())
                .flat_map(|i| samples.quantised(i))
                .collect();
            1
        }
        Err(error) => state.failed(&error),
    }
}

/// Where the result of the last call is.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    state().output.as_ptr()
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn output_length() -> usize {
    state().output.len()
}

/// The channels of an image, 0 if no generator is open.
#[unsafe(no_mangle)]
pub extern "C" fn channels() -> usize {
    state().of_contract(|contract| contract.channels)
}

/// The rows of an image.
#[unsafe(no_mangle)]
pub extern "C" fn height() -> usize {
    state().of_contract(|contract| contract.height)
}

/// The columns of an image.
#[unsafe(no_mangle)]
pub extern "C" fn width() -> usize {
    state().of_contract(|contract| contract.width)
}

impl State {
    fn failed(&mut self, error: &dyn std::fmt::Display) -> u32 {
        self.output = error.to_string().into_bytes();
        0
    }

    fn of_contract(&self, size: impl FnOnce(&Contract) -> usize) -> usize {
        self.generator
            .as_ref()
            .map_or(0, |generator| size(generator.contract()))
    }
}
