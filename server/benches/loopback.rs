//! What the wire costs on this machine: signed GetSecretValue over loopback, on one kept connection and over 64, first from a
//! store in memory that records no read, then from a file, `available` and `strict`; and a flood of requests that are malformed
//! or signed wrongly, with the memory that it leaves behind. A program, and not a statistic: it
//! prints requests a second, and fails if a bad request is answered well or memory grows by 64 MiB.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::assigning_clones,
    reason = "a measurement reads the clock, prints, and ends when something is wrong"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use common::{Draft, House, NOW, house, house_by};
use strongroom::audit::ReadAudit;
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom_server::{Endpoint, Level, Limits, Listener, Log, Metrics, Request, Server};

const RUN: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 64;
const CLIENTS: usize = 2;
const FLOOD: usize = 100_000;

fn main() {
    let house = house();
    let (address, good, len) = open(&house);
    over_one("no read is recorded", address, &good, len);
    over_many("no read is recorded", &house, (address, &good, len));
    flood(address, &good);
    for (what, reads) in [("available", ReadAudit::Available), ("strict", ReadAudit::Strict)] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("store");
        let house = house_by(|builder, unlock| builder.read_audit(reads).create(&path, unlock));
        let (address, good, len) = open(&house);
        over_one(what, address, &good, len);
        over_many(what, &house, (address, &good, len));
        let verified = house.room.verify().unwrap();
        println!(
            "{what}: {} records in the journal of {} bytes",
            verified.audit_records,
            house.room.status().unwrap().file_bytes
        );
    }
}

/// Serves a store with one secret: the address, a signed request, and the length of its answer.
fn open(house: &House) -> (SocketAddr, Vec<u8>, usize) {
    house.root.create_secret(CreateSecret::text("bench", "v".repeat(256))).unwrap();
    let address = serve(Endpoint::new(house.room.door()));
    let good = bytes(&get_of(house, address, "bench"));
    let len = exchange(&mut TcpStream::connect(address).unwrap(), &good, None).1;
    (address, good, len)
}

fn over_one(audit: &str, address: SocketAddr, good: &[u8], len: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    report(&format!("GetSecretValue, 256 B, one kept connection, {audit}"), &mut || {
        assert_eq!(exchange(&mut stream, good, Some(len)).0, 200);
        1
    });
}

fn serve(endpoint: Endpoint) -> SocketAddr {
    let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address().rsplit('/').next().unwrap().parse().unwrap();
    let log = Log::new(Level::Error, |_, line| eprintln!("{line}"));
    let limits = Limits { connections: CONNECTIONS + CLIENTS, ..Limits::default() };
    let server = Server::new(limits, Arc::new(Metrics::default()), log).listen(listener, Arc::new(endpoint));
    let (ready, is_ready) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = server.run(std::future::pending(), || ready.send(()).map_err(std::io::Error::other));
        runtime.block_on(run).unwrap();
    });
    is_ready.recv().unwrap();
    address
}

fn get_of(house: &House, address: SocketAddr, name: &str) -> Request {
    let draft = Draft::json("secretsmanager", "GetSecretValue", format!(r#"{{"SecretId":"{name}"}}"#));
    draft.at(NOW).set("host", &address.to_string()).sign(&house.keys)
}

fn bytes(request: &Request) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", request.body.len()).into_bytes());
    bytes.extend_from_slice(&request.body);
    bytes
}

/// Status, and length of the whole answer. An answer of a known length is read without being looked at.
fn exchange(stream: &mut TcpStream, request: &[u8], len: Option<usize>) -> (u16, usize) {
    stream.write_all(request).unwrap();
    read(stream, len)
}

fn read(stream: &mut TcpStream, len: Option<usize>) -> (u16, usize) {
    let mut answer = vec![0; 16 << 10];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut answer[filled..]).unwrap_or(0);
        filled += count;
        let head = answer[..filled].windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
        let whole = len.or_else(|| {
            let text = std::str::from_utf8(&answer[..head?]).ok()?.to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            Some(head? + length.parse::<usize>().ok()?)
        });
        if count == 0 || whole.is_some_and(|whole| filled >= whole) {
            let status = std::str::from_utf8(&answer[..filled]).ok().and_then(|text| text.get(9..12)?.parse().ok());
            return (status.unwrap_or(0), filled);
        }
    }
}

fn report(what: &str, work: &mut dyn FnMut() -> usize) {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < RUN {
        for _ in 0..16 {
            count += work();
        }
    }
    println!("{what}: {:.0} requests/s", count as f64 / start.elapsed().as_secs_f64());
}

fn over_many(audit: &str, house: &House, (address, request, len): (SocketAddr, &[u8], usize)) {
    let commits = || house.room.status().unwrap().sequence;
    let before = commits();
    let start = Instant::now();
    let count: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut streams: Vec<TcpStream> =
                        (0..CONNECTIONS / CLIENTS).map(|_| TcpStream::connect(address).unwrap()).collect();
                    let mut count = 0;
                    while start.elapsed() < RUN {
                        for stream in &mut streams {
                            stream.write_all(request).unwrap();
                        }
                        for stream in &mut streams {
                            assert_eq!(read(stream, Some(len)).0, 200);
                            count += 1;
                        }
                    }
                    count
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    println!(
        "GetSecretValue, 256 B, over {CONNECTIONS} connections, {audit}: {:.0} requests/s, {} commits for {count}",
        count as f64 / start.elapsed().as_secs_f64(),
        commits() - before
    );
}

/// Each is wrong in its own way, and again with another byte changed, on a connection of its own.
fn flood(address: SocketAddr, good: &[u8]) {
    // All of them: what is changed at random must not mend one.
    let text = String::from_utf8(good.to_vec()).unwrap().replacen("Signature=", "Signature=0", 1);
    let mut bad: Vec<Vec<u8>> = [
        text.clone(),
        text.replacen("POST / ", "POST /x ", 1),
        text.replacen("\"bench\"", "\"other\"", 1),
        text.replacen("aws4_request", "aws4_reques", 1),
        text.replacen("AKIA", "AKIB", 1),
        text.replacen("GetSecretValue", "PutSecretValue", 1),
        text.replacen("content-length: ", "content-length: +", 1),
        text.replacen("\r\n", "\n", 1),
        text.replacen("POST / HTTP/1.1", "POST / HTTP/1.0", 1),
        text.replacen("host: ", "host: evil.example\r\nx: ", 1),
        text.replacen("authorization: ", "x-authorization: ", 1),
        text.replacen("content-type: ", "transfer-encoding: chunked\r\ncontent-type: ", 1),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    bad.push(vec![b'a'; 20_000]);
    bad.push([text.as_bytes(), text.as_bytes()].concat().split_off(7));
    let before = resident();
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    for n in 0..FLOOD {
        let mut request = bad[n % bad.len()].clone();
        let at = n % request.len();
        // Another byte in another place each time round.
        if n >= bad.len() {
            request[at] = request[at].wrapping_add(u8::try_from(n % 251).unwrap());
        }
        // Who is refused midway need not take the rest.
        let _ = stream.write_all(&request);
        // Half requests wait for more: their end says that there is none.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let (status, _) = read(&mut stream, None);
        assert!(!(200..300).contains(&status), "{}", String::from_utf8_lossy(&request));
        stream = TcpStream::connect(address).unwrap();
    }
    let grown = resident().saturating_sub(before);
    let rate = FLOOD as f64 / start.elapsed().as_secs_f64();
    println!("{FLOOD} bad requests, none accepted: {rate:.0} requests/s, memory grown by {} KiB", grown >> 10);
    assert!(grown < 64 << 20, "memory grew by {grown} bytes");
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
