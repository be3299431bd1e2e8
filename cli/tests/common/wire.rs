//! A program that serves, and a client that signs.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A child that serves, ended when it is dropped.
pub struct Served {
    pub child: Child,
    pub errors: BufReader<std::process::ChildStderr>,
}

impl Served {
    pub fn start(command: Command) -> Self {
        Self::start_with(command, Stdio::null())
    }
    pub fn start_with(mut command: Command, stdin: Stdio) -> Self {
        let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self { child, errors }
    }
    /// The next line on standard error that begins like this; what stands before it is passed over.
    #[track_caller]
    pub fn told(&mut self, start: &str) -> String {
        let mut before = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.errors.read_line(&mut line).unwrap(), 0, "no line `{start}…` in\n{before}");
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim_end().to_owned();
            }
            before += &line;
        }
    }
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }
    /// Ends it in good order; the rest of standard error.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        self.signal(rustix::process::Signal::TERM);
        let mut rest = String::new();
        self.errors.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who signs.
#[derive(Clone, Debug)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: String,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
/// `YYYYMMDDTHHMMSSZ`, by the civil calendar of the proleptic Gregorian year.
#[allow(clippy::disallowed_methods, reason = "a signature is of now")]
fn now() -> String {
    let seconds = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let text = strongroom::clock::Timestamp::from_secs(seconds).to_string();
    text.split('.').next().unwrap().replace(['-', ':'], "") + "Z"
}

/// One signed JSON 1.1 request as AWS's clients send it: status and body.
pub fn call(
    mut stream: impl Read + Write,
    host: &str,
    keys: &Keys,
    (service, operation): (&str, &str),
    body: &str,
) -> (u16, Value) {
    let prefix = if service == "kms" { "TrentService" } else { service };
    let (time, target) = (now(), format!("{prefix}.{operation}"));
    let mut headers = vec![("content-type", "application/x-amz-json-1.1"), ("host", host), ("x-amz-date", &time)];
    if let Some(token) = &keys.token {
        headers.push(("x-amz-security-token", token));
    }
    headers.push(("x-amz-target", &target));
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect::<Vec<_>>().concat();
    let hashed = hex(&Sha256::digest(body));
    let canonical = hex(&Sha256::digest(format!("POST\n/\n\n{lines}\n{names}\n{hashed}")));
    let scope = format!("{}/{}/{service}/aws4_request", &time[..8], keys.region);
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in scope.split('/') {
        key = hmac(&key, part);
    }
    let signature = hex(&hmac(&key, &format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}")));
    let fields = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let sent = format!(
        "POST / HTTP/1.1\r\n{fields}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, \
         Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        keys.id,
        body.len()
    );
    stream.write_all(sent.as_bytes()).unwrap();
    let (status, body) = answer(&mut stream);
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// A plain request: status and body.
pub fn get(mut stream: impl Read + Write, host: &str, target: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let more = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n").as_bytes()).unwrap();
    answer(&mut stream)
}

fn answer(stream: &mut impl Read) -> (u16, String) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {line:?}")).parse().unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

pub fn connect(host: &str) -> TcpStream {
    TcpStream::connect(host).unwrap()
}
