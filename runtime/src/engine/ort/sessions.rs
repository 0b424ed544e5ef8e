//! Sessions that threads share: one runs for one thread at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ort::session::Session;

use super::{BoxedError, Recipe};

/// Up to `most` sessions of one network, made when they are first needed.
pub(super) struct Sessions {
    recipe: Recipe,
    most: usize,
    state: Mutex<State>,
    given_back: Condvar,
}

struct State {
    idle: Vec<Session>,
    made: usize,
}

impl Sessions {
    pub(super) fn new(recipe: Recipe, first: Session, most: usize) -> Self {
        Self {
            recipe,
            most,
            state: Mutex::new(State {
                idle: vec![first],
                made: 1,
            }),
            given_back: Condvar::new(),
        }
    }

    /// Works with a session that nobody else has, waiting for one if all are taken.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, BoxedError>,
    ) -> Result<T, BoxedError> {
        let mut session = self.take()?;
        // A panic is an error before it comes here: the session always goes back.
        let result = super::guarded(|| work(&mut session));
        self.state().idle.push(session);
        self.given_back.notify_one();
        result
    }

    fn take(&self) -> Result<Session, BoxedError> {
        let mut state = self.state();
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok(session);
            }
            if state.made < self.most {
                state.made += 1;
                drop(state);
                return self.recipe.session().inspect_err(|_| {
                    self.state().made -= 1;
                    self.given_back.notify_one();
                });
            }
            state = self
                .given_back
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
