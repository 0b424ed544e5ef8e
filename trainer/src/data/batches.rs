//! Batches of training images, read ahead in the background.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rayon::ThreadPool;

use super::order::Order;
use super::{Batch, DataError, Dataset};

/// Batches that are ready or being made while another is used.
const AHEAD: usize = 4;

/// The batches of a training run, step by step.
///
/// A thread makes the next ones while one is used; a
/// [streamed](Dataset::is_streamed) set is decoded on threads of its own, so that
/// reading does not wait for arithmetic nor arithmetic for reading. What a step
/// gets depends on the set, the seed, the step and the batch only: a run that
/// goes on from step k sees what an uninterrupted one sees.
#[derive(Debug)]
pub struct Batches {
    ready: Option<Receiver<Result<Batch, DataError>>>,
    reader: Option<JoinHandle<()>>,
}

impl Batches {
    /// Starts to read the batches of `first_step` (from 0), and those after it, of
    /// `batch` images each in the order of `seed`: every epoch shows every image
    /// once, in an order of its own.
    ///
    /// # Errors
    ///
    /// [`DataError::Threads`] if the system gives no thread.
    pub fn start(
        set: &Dataset,
        seed: u64,
        first_step: u64,
        batch: usize,
    ) -> Result<Self, DataError> {
        Self::ahead(set, seed, first_step, batch, AHEAD)
    }

    fn ahead(
        set: &Dataset,
        seed: u64,
        first_step: u64,
        batch: usize,
        ahead: usize,
    ) -> Result<Self, DataError> {
        // One batch is in the reader's hand, the others wait.
        let (sender, ready) = sync_channel(ahead.saturating_sub(1));
        let order = Order::new(seed, set.len());
        let reader = Reader {
            pool: set.is_streamed().then(decoders).transpose()?,
            set: set.clone(),
            order,
            batch,
        };
        let reader = thread::Builder::new()
            .name("gannet-batches".to_owned())
            .spawn(move || reader.run(first_step, &sender))
            .map_err(|error| DataError::Threads {
                reason: error.to_string(),
            })?;
        Ok(Self {
            ready: Some(ready),
            reader: Some(reader),
        })
    }

    /// The batch of the next step.
    ///
    /// # Errors
    ///
    /// What is wrong with an image of it, by its file; after an error
    /// [`DataError::Stopped`].
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, and an error is the last item"
    )]
    pub fn next(&mut self) -> Result<Batch, DataError> {
        let received = self.ready.as_ref().and_then(|ready| ready.recv().ok());
        received.unwrap_or(Err(DataError::Stopped))
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        // Without a receiver the reader stops at its next batch.
        self.ready = None;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// As many threads as the machine has, apart from those that train.
fn decoders() -> Result<ThreadPool, DataError> {
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|i| format!("gannet-decode-{i}"));
    pool.build().map_err(|error| DataError::Threads {
        reason: error.to_string(),
    })
}

struct Reader {
    set: Dataset,
    order: Order,
    batch: usize,
    pool: Option<ThreadPool>,
}

impl Reader {
    /// Makes batches until nobody takes them or one fails.
    fn run(mut self, first_step: u64, sender: &SyncSender<Result<Batch, DataError>>) {
        for step in first_step.. {
            let indices = self.order.batch(step, self.batch);
            let batch = match &self.pool {
                Some(pool) => pool.install(|| self.set.batch(&indices)),
                None => self.set.batch(&indices),
            };
            let failed = batch.is_err();
            if sender.send(batch).is_err() || failed {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
