//! One connection: a request, its response, the end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use gannet_trainer::report;

/// The longest head of a request, bytes.
const LONGEST_HEAD: usize = 8 << 10;

/// The most headers in it.
const MOST_HEADERS: usize = 64;

/// How long a connection may last.
const LONGEST: Duration = Duration::from_secs(30);

/// A page carries everything in itself, and may ask for nothing but itself.
const HEADERS: &str = "Cache-Control: no-store\r\n\
    Connection: close\r\n\
    Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; \
    script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    X-Content-Type-Options: nosniff\r\n";

/// How far a connection is.
enum Stage {
    /// What has come of a request.
    Asking(Vec<u8>),
    /// A response, and how much of it has gone.
    Answering(Vec<u8>, usize),
    /// The response has gone. A connection that is closed while something is on its way is reset,
    /// and the end of the response lost.
    Leaving,
}

/// A connection that is never waited for.
pub(super) struct Visitor {
    stream: TcpStream,
    since: Instant,
    stage: Stage,
}

impl Visitor {
    /// None if the connection is broken already.
    pub(super) fn welcome(stream: TcpStream) -> Option<Self> {
        stream.set_nonblocking(true).ok()?;
        Some(Self {
            stream,
            since: Instant::now(),
            stage: Stage::Asking(Vec::new()),
        })
    }

    /// Does what can be done at once; whether there will be more to do.
    pub(super) fn stays(&mut self, root: &Path) -> bool {
        if self.since.elapsed() > LONGEST {
            return false;
        }
        loop {
            match self.proceed(root) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    /// One step on; whether another may follow.
    fn proceed(&mut self, root: &Path) -> std::io::Result<bool> {
        let mut buffer = [0; 4096];
        match &mut self.stage {
            Stage::Asking(request) => {
                let read = self.stream.read(&mut buffer)?;
                request.extend_from_slice(&buffer[..read]);
                if let Some(response) = response(request, root) {
                    self.stage = Stage::Answering(response, 0);
                }
                Ok(read > 0)
            }
            Stage::Answering(response, gone) => {
                *gone += self.stream.write(&response[*gone..])?;
                if *gone == response.len() {
                    self.stream.shutdown(Shutdown::Write)?;
                    self.stage = Stage::Leaving;
                }
                Ok(true)
            }
            Stage::Leaving => Ok(self.stream.read(&mut buffer)? > 0),
        }
    }
}

/// The response to what has come of a request; none while its head is not whole.
fn response(request: &[u8], root: &Path) -> Option<Vec<u8>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let (status, body) = match head.parse(request) {
        Ok(httparse::Status::Partial) if request.len() < LONGEST_HEAD => return None,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            refusal("431 Request Header Fields Too Large")
        }
        Err(_) => refusal("400 Bad Request"),
        Ok(httparse::Status::Complete(_)) if !names_this_machine(head.headers) => {
            refusal("403 Forbidden")
        }
        Ok(httparse::Status::Complete(_)) => match (head.method, head.path) {
            (Some("GET"), Some("/")) => match report::live_page(root) {
                Ok(page) => ("200 OK\r\nContent-Type: text/html; charset=utf-8", page),
                Err(error) => (
                    "500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8",
                    format!("there is no report: {:#}\n", anyhow::Error::new(error)),
                ),
            },
            (_, Some("/")) => refusal("405 Method Not Allowed\r\nAllow: GET"),
            _ => refusal("404 Not Found"),
        },
    };
    let length = body.len();
    Some(
        format!("HTTP/1.1 {status}\r\n{HEADERS}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes(),
    )
}

fn refusal(status: &str) -> (&str, String) {
    (status, String::new())
}

/// Whether the one `Host` is this machine by a name that no name server gives. A page of another
/// site, which had its own name resolve to 127.0.0.1, would else read what is served here.
fn names_this_machine(headers: &[httparse::Header]) -> bool {
    let mut hosts = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("host"));
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let host = String::from_utf8_lossy(host.value).to_ascii_lowercase();
    // Whoever comes through a tunnel names the port of its other end.
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => &host,
    };
    ["localhost", "127.0.0.1"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &str) -> Option<String> {
        let response = response(request.as_bytes(), Path::new("nowhere"))?;
        let text = String::from_utf8_lossy(&response).into_owned();
        text.split(' ').nth(1).map(str::to_owned)
    }

    #[test]
    fn only_this_machine_is_served_by_its_own_names() {
        for (host, expected) in [
            ("Host: localhost", "404"),
            ("hOST: LocalHost:8080", "404"),
            ("Host: 127.0.0.1:1", "404"),
            ("Host: evil.example", "403"),
            ("Host: localhost.evil.example:80", "403"),
            ("Host: 127.0.0.1.evil.example", "403"),
            ("Host: evil.example:localhost", "403"),
            ("Host: ", "403"),
            ("Accept: */*", "403"),
            ("Host: localhost\r\nHost: evil.example", "403"),
        ] {
            let got = status(&format!("GET /else HTTP/1.1\r\n{host}\r\n\r\n"));
            assert_eq!(got.as_deref(), Some(expected), "{host}");
        }
    }

    #[test]
    fn requests_that_are_none_are_refused_and_half_ones_waited_for() {
        assert_eq!(status(""), None);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: local"), None);
        assert_eq!(status("GET\r\n\r\n").as_deref(), Some("400"));
        assert_eq!(status("\x16\x03\x01\x02").as_deref(), Some("400"));
        let long = format!("GET /{}", "x".repeat(LONGEST_HEAD));
        assert_eq!(status(&long).as_deref(), Some("431"));
        let many = "A: b\r\n".repeat(MOST_HEADERS + 1);
        let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
        assert_eq!(status(&many).as_deref(), Some("431"));
        // A folder that is no run.
        let asked = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(status(asked).as_deref(), Some("500"));
        let posted = asked.replace("GET", "POST");
        assert_eq!(status(&posted).as_deref(), Some("405"));
    }
}
