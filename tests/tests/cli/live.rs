//! The report of a run while it trains, as a browser asks for it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::Workshop;
use crate::tiny::{SETTINGS, workshop_with_data};

/// A run that is served.
struct Served {
    child: Child,
    /// Kept open, so that the run can go on to speak.
    narration: BufReader<ChildStderr>,
    port: u16,
}

impl Served {
    /// Runs `gannet ARGS` until it says where it serves.
    fn start(workshop: &Workshop, args: &str) -> Self {
        let mut child = workshop
            .command(args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let narration = BufReader::new(child.stderr.take().unwrap());
        let mut served = Self {
            child,
            narration,
            port: 0,
        };
        let mut said = String::new();
        while served.port == 0 {
            let mut line = String::new();
            let read = served.narration.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended without saying where it serves:\n{said}");
            said += &line;
            if let Some(port) = line.strip_prefix("live: http://127.0.0.1:") {
                served.port = port.trim_end().trim_end_matches('/').parse().unwrap();
            }
        }
        served
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap()
    }

    /// Sends a request to the end, and reads the response to the end.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let length = format!("Content-Length: {}", body.len());
        assert!(head.contains(&length), "{length}: {head}");
        response
    }

    fn page(&self) -> String {
        let page = self.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        page
    }

    /// Ctrl-C, and the exit code that it comes to.
    fn interrupt(mut self) -> Option<i32> {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let mut rest = String::new();
        self.narration.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    /// A test that failed leaves no run behind; one that has ended is not there.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_run_shows_itself_while_it_trains_and_nothing_else() {
    let workshop = workshop_with_data();
    let run = Served::start(
        &workshop,
        &format!("train {SETTINGS} --set training.length_images=100000000 --out run --live"),
    );
    // Browsers open connections ahead; they hold up neither requests nor the end of the run.
    let idle = run.connect();
    let page = run.page();
    for word in [
        "<!DOCTYPE html>",
        "run · gannet report",
        "http-equiv=\"refresh\"",
        "fetch(",
    ] {
        assert!(page.contains(word), "no {word}: {page}");
    }
    for (request, expected) in [
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "HTTP/1.1 403",
        ),
        ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 403"),
        (
            "GET /recipe.toml HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "HTTP/1.1 404",
        ),
        (
            "GET /../recipe.toml HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "HTTP/1.1 404",
        ),
        ("no request\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let response = run.ask(request);
        assert!(response.starts_with(expected), "{request}: {response}");
        assert!(response.ends_with("\r\n\r\n"), "{response}");
    }
    let posted = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n{}",
        "x".repeat(65536)
    );
    let response = run.ask(&posted);
    assert!(response.starts_with("HTTP/1.1 405"), "{response}");
    assert!(response.contains("\r\nAllow: GET\r\n"), "{response}");

    let began = Instant::now();
    while !run.page().contains("<h3>Losses</h3>") {
        let log = fs::read_to_string(workshop.path("run/metrics.jsonl"));
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "no losses: {log:?}"
        );
        sleep(Duration::from_millis(20));
    }
    let port = run.port;
    assert_eq!(run.interrupt(), Some(130));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    drop(idle);

    let again = Served::start(&workshop, &format!("resume run --live {port}"));
    assert_eq!(again.port, port);
    assert!(again.page().contains("It is still training"));
    assert_eq!(again.interrupt(), Some(130));
}

#[test]
fn a_port_that_is_taken_is_refused_before_anything_is_done() {
    let workshop = workshop_with_data();
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    let train = format!("train {SETTINGS} --out run");
    let place = format!("127.0.0.1:{port}");
    workshop.refuses(&format!("{train} --live {port}"), 1, &[&place, "--live"]);
    workshop.refuses(&format!("{train} --live 65536"), 2, &["65536", "--live"]);
    workshop.refuses(&format!("{train} --live my.toml"), 2, &["my.toml", "port"]);
    workshop.refuses(
        &format!("{train} --live --dry-run"),
        2,
        &["--live", "--dry-run"],
    );
}
