//! The threads that compute.

use std::thread::available_parallelism;

use rayon::ThreadPoolBuilder;

/// Makes the calling thread one of the workers of the pool that the whole process shares.
///
/// A step of training is many short parallel loops. A thread outside the pool hands each one
/// over and sleeps until it is done, which takes longer than a loop of a small network; a worker
/// takes its own share. A program calls this from the thread that trains, before it does. A
/// pool that exists already stays as it is, and so does that of a single thread: nobody would be
/// left to answer the other threads of the process.
pub fn enlist() {
    let pool = ThreadPoolBuilder::new();
    let threads = std::env::var("RAYON_NUM_THREADS").ok();
    let threads = threads
        .and_then(|threads| threads.parse().ok())
        .filter(|&threads| threads > 0);
    let threads = threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    if threads > 1 {
        // An error says that there is a pool.
        let _ = pool
            .num_threads(threads)
            .use_current_thread()
            .build_global();
    }
}
