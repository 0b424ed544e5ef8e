//! `--live`: the report of a run while it trains, for browsers on this machine.

mod visitor;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;

use super::output;
use visitor::Visitor;

/// Connections at once; further ones are closed.
const MOST_VISITORS: usize = 32;

/// Time between two looks at who is there, without anybody and with somebody.
const IDLE: Duration = Duration::from_millis(100);
const BUSY: Duration = Duration::from_millis(5);

/// A port of the command line.
pub(super) fn port(text: &str) -> Result<u16, String> {
    let parsed = text.parse();
    parsed.map_err(|_| "expected a port, 0 to 65535 (a recipe or run goes before --live)".into())
}

/// A port of 127.0.0.1 that nobody else has.
pub(super) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    /// Takes a port, any free one if it is 0. Who connects waits until it [serves](Self::serve).
    pub(super) fn take(port: u16) -> anyhow::Result<Self> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        });
        taken.with_context(|| {
            format!(
                "cannot serve at 127.0.0.1:{port}: name another port, or none for any free one, \
                 with --live"
            )
        })
    }

    /// Serves the page on a run folder, and says so, until what it returns is dropped.
    pub(super) fn serve(self, root: PathBuf) -> anyhow::Result<Live> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let address = self.address;
        let thread = thread::Builder::new()
            .name("live".to_owned())
            .spawn(move || attend(&self.listener, &root, &stopped))
            .context("cannot start a thread to serve the report")?;
        output::narrate(&format!("live: http://{address}/"));
        Ok(Live {
            stop,
            thread: Some(thread),
        })
    }
}

/// A page that is served.
pub(super) struct Live {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Nothing in the thread waits for a visitor.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Attends to visitors until `stop` is raised. One thread does for all, as none is waited for: a
/// connection without a request, which browsers open ahead, holds nobody up.
fn attend(listener: &TcpListener, root: &Path, stop: &AtomicBool) {
    let mut visitors: Vec<Visitor> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        loop {
            match listener.accept() {
                Ok((stream, _)) if visitors.len() < MOST_VISITORS => {
                    visitors.extend(Visitor::welcome(stream));
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        visitors.retain_mut(|visitor| visitor.stays(root));
        thread::sleep(if visitors.is_empty() { IDLE } else { BUSY });
    }
}
