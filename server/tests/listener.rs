//! Goal: the listener takes nothing that could be read in two ways, gives no client more than its share, and loses no request
//! that it has begun. Method: clients that write bytes as they please; limits are set so that only the rule under test can
//! end what it ends, and everything waits for bytes, never for time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod raw;

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::time::Duration;

use raw::{Echo, Running, Shared, answer, exchange, get, rest};
use strongroom_server::{BindError, Health, Limits, Listener, Nothing, Router};

const HOUR: Duration = Duration::from_secs(3600);
/// As good as at once.
const MOMENT: Duration = Duration::from_millis(20);

/// Nothing ends by time.
fn patient() -> Limits {
    Limits { head_time: HOUR, request_time: HOUR, idle_time: HOUR, drain_time: HOUR, ..Limits::default() }
}
/// So many header fields, in lines of their own.
fn fields(count: usize) -> String {
    (0..count).fold(String::new(), |lines, n| format!("{lines}X-{n}: a\r\n"))
}
fn echo() -> (Running, Arc<Echo>) {
    echo_with(patient())
}
fn echo_with(limits: Limits) -> (Running, Arc<Echo>) {
    let echo = Echo::plain();
    (Running::with(limits, Arc::new(Shared(Arc::clone(&echo)))), echo)
}

#[test]
fn what_could_be_read_in_two_ways_is_answered_400_and_ends_the_connection() {
    let (running, echo) = echo();
    let host = running.socket();
    // Behind each stands a good request that must not be reached.
    let behind = format!("GET /behind HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let heads = [
        "GET / HTTP/1.1\nHost: %\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\r\nX: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\r\nHost: %\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %\r\nX: a\r\nx: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : %\r\n\r\n",
        "GET http://%/ HTTP/1.1\r\nHost: %\r\n\r\n",
        "GET //u:p@%/#f HTTP/1.1\r\nHost: %\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: %\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: %\r\n\r\n",
        "GET /\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: %\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: %\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: +2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: 2, 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: 2 \r\n\r\nab",
        "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ];
    for head in heads {
        let sent = head.replace('%', &host.to_string()) + &behind;
        let told = exchange(running.connect(), sent.as_bytes());
        let body = told_in_json(&told);
        assert!(body.starts_with(r#"{"__type":"SerializationException","message":""#), "{head:?}: {body}");
        assert_eq!(told.matches("HTTP/1.1").count(), 1, "{head:?}: {told:?}");
    }
    assert_eq!(echo.seen(), [""; 0]);
    // The same behind a good one: that one is answered.
    let good = format!("GET /good HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let told = exchange(running.connect(), format!("{good}GET / HTTP/1.1\nHost: {host}\r\n\r\n{behind}").as_bytes());
    assert!(told.starts_with("HTTP/1.1 200 ") && told.contains("/good 0"), "{told}");
    assert_eq!((told.matches("HTTP/1.1").count(), told.matches("HTTP/1.1 400 ").count()), (2, 1), "{told}");
    assert_eq!(echo.seen(), ["/good"]);
    let metrics = running.metrics.text(None);
    assert!(metrics.contains("strongroom_refused_total{reason=\"duplicate_field\"} 3"), "{metrics}");
}

/// The body of a refusal by 400 that ends the connection; its headers are those that AWS's clients look at.
#[track_caller]
fn told_in_json(told: &str) -> &str {
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    for line in ["HTTP/1.1 400 ", "content-type: application/x-amz-json-1.1", "connection: close"] {
        assert!(head.contains(line), "{told:?}");
    }
    assert!(head.contains("x-amzn-errortype: SerializationException"), "{told:?}");
    let id = head.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap();
    assert_eq!(id.len(), 36);
    body
}

#[test]
fn a_refused_head_is_answered_in_the_protocol_that_it_speaks_as_far_as_it_shows() {
    let (running, echo) = echo();
    let host = running.socket();
    let send = |fields: &str| {
        let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nX: a\r\nX: b\r\n{fields}\r\n\r\n");
        exchange(running.connect(), head.as_bytes())
    };
    let scope = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000000/20270115/us-east-1";
    let why = "A header field of the request is there more than once.";
    for fields in ["X-Amz-Target: TrentService.ListKeys", &format!("{scope}/kms/aws4_request"), "Y: z"] {
        assert_eq!(told_in_json(&send(fields)), format!(r#"{{"__type":"SerializationException","message":"{why}"}}"#));
    }
    let form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8";
    for (fields, space) in [(form, "iam"), (&format!("{scope}/sts/aws4_request\r\n{form}"), "sts")] {
        let told = send(fields);
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("x-amzn-requestid: "), "{told}");
        assert!(told.contains("content-type: text/xml") && told.contains("<Code>MalformedInput</Code>"), "{told}");
        assert!(told.contains(&format!("<Message>{why}</Message>")) && told.contains(&format!("//{space}.")), "{told}");
    }
    assert_eq!(echo.seen(), [""; 0]);
    // What it says instead cannot be said by anybody else.
    let told = exchange(running.connect(), b"refused /bytes/kms HTTP/1.1\r\n\r\n");
    assert!(told_in_json(&told).contains("The first line of the request"), "{told}");
}

#[test]
fn a_head_that_comes_in_parts_reaches_nobody_until_it_is_whole_and_good() {
    let (running, echo) = echo();
    let host = running.socket();
    let good = format!("POST /good HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\nab");
    let bad = format!("POST /bad HTTP/1.1\r\nHost: {host}\r\nX: a\r\nX: b\r\n\r\n");
    let both = format!("{good}{bad}");
    // The parts as they may come: a head and the beginning of the next, a byte at a time, all at once.
    for len in [1, 7, good.len() + 20, both.len()] {
        let mut stream = running.connect();
        stream.set_nodelay(true).unwrap();
        for part in both.as_bytes().chunks(len) {
            // Whoever is refused midway hears about it all the same.
            let _ = stream.write_all(part).and_then(|()| stream.flush());
        }
        assert_eq!(answer(&mut stream), (200, "/good 2".into()), "parts of {len}");
        assert!(told_in_json(&rest(stream)).contains("more than once"), "parts of {len}");
    }
    assert_eq!(echo.seen(), ["/good"; 4]);
}

#[test]
fn heads_have_bounds_in_bytes_and_fields() {
    let (running, echo) = echo();
    let host = running.socket();
    let long = format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "a".repeat(16 << 10));
    let endless = format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {}", "a".repeat(64 << 10));
    let many = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", fields(64));
    for head in [long, endless, many] {
        let told = exchange(running.connect(), head.as_bytes());
        assert!(told.starts_with("HTTP/1.1 400 "), "{told:?}");
    }
    assert_eq!(echo.seen(), [""; 0]);
    let fits = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", fields(63));
    let mut stream = running.connect();
    stream.write_all(fits.as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).0, 200);
}

#[test]
fn requests_may_follow_each_other_at_once_and_come_byte_by_byte() {
    let (running, _) = echo();
    let host = running.socket();
    let two = format!(
        "POST /a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\n\r\nabcGET /b?c=d HTTP/1.1\r\nHost: {host}\r\n\r\n"
    );
    let mut stream = running.connect();
    stream.write_all(two.as_bytes()).unwrap();
    assert_eq!(answer(&mut stream), (200, "/a 3".into()));
    assert_eq!(answer(&mut stream), (200, "/b?c=d 0".into()));
    stream.set_nodelay(true).unwrap();
    for byte in two.as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    assert_eq!(answer(&mut stream), (200, "/a 3".into()));
    assert_eq!(answer(&mut stream), (200, "/b?c=d 0".into()));
}

#[test]
fn another_host_a_browser_and_a_great_body_are_refused_with_a_request_id() {
    let (running, echo) = echo();
    let host = running.socket();
    let port = host.port();
    for (head, status) in [
        (format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"), 421),
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_owned(), 421),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".to_owned(), 421),
        ("GET / HTTP/1.1\r\nX: y\r\n\r\n".to_owned(), 421),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n"), 403),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: cross-site\r\n\r\n"), 403),
        (format!("OPTIONS / HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n\r\n"), 403),
        (format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1048577\r\n\r\n"), 413),
        (format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 999999999999999999\r\n\r\n"), 413),
        (format!("POST / HTTP/1.1\r\nHost: {host}\r\nExpect: something\r\nContent-Length: 1\r\n\r\n"), 417),
    ] {
        let told = exchange(running.connect(), head.as_bytes()).to_ascii_lowercase();
        assert!(told.starts_with(&format!("http/1.1 {status} ")), "{head:?}: {told:?}");
        assert!(told.contains("\r\nx-amzn-requestid: ") && told.contains("\r\nconnection: close\r\n"), "{told}");
        assert!(!told.contains("access-control"), "{told}");
        assert!(told.contains("{\"__type\":\""), "{told}");
    }
    assert_eq!(echo.seen(), [""; 0]);
    for name in [format!("localhost:{port}"), format!("LOCALHOST:{port}"), host.to_string()] {
        assert_eq!(get(&mut running.connect(), &name, "/").0, 200);
    }
    // The greatest body that is taken, after it was asked for.
    let mut stream = running.connect();
    let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1048576\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).0, 100);
    stream.write_all(&vec![b'a'; 1 << 20]).unwrap();
    assert_eq!(answer(&mut stream), (200, "/ 1048576".into()));
}

#[test]
fn who_is_slow_with_a_head_or_a_body_or_idle_is_cut() {
    for (limits, sent) in [
        (Limits { head_time: MOMENT, ..patient() }, "GET / HTTP/1.1\r\nHost: "),
        (Limits { request_time: MOMENT, ..patient() }, "POST / HTTP/1.1\r\nHost: %\r\nContent-Length: 2\r\n\r\na"),
        (Limits { idle_time: MOMENT, ..patient() }, ""),
    ] {
        let (running, echo) = echo_with(limits);
        let mut stream = running.connect();
        stream.write_all(sent.replace('%', &running.socket().to_string()).as_bytes()).unwrap();
        let told = rest(stream);
        assert!(!told.contains(" 200 "), "{told}");
        assert_eq!(echo.seen(), [""; 0]);
    }
    // An answered request is no reason to stay for ever either.
    let (running, _) = echo_with(Limits { idle_time: MOMENT, ..patient() });
    let mut stream = running.connect();
    assert_eq!(get(&mut stream, &running.socket().to_string(), "/").0, 200);
    assert_eq!(rest(stream), "");
}

#[test]
fn who_does_not_take_an_answer_is_cut() {
    let (running, _) = echo_with(Limits { request_time: MOMENT, ..patient() });
    let host = running.socket();
    let mut stream = running.connect();
    // Answers nobody reads fill the sockets; then the server reads no further, until it ends the connection.
    let request = format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(8 << 10));
    while stream.write_all(request.as_bytes()).is_ok() {}
    let mut good = running.connect();
    assert_eq!(get(&mut good, &host.to_string(), "/").0, 200);
}

#[test]
fn a_good_client_beside_64_slow_ones_is_served() {
    let (running, echo) = echo();
    let host = running.socket().to_string();
    let slow: Vec<TcpStream> = (0..64)
        .map(|_| {
            let mut stream = running.connect();
            stream.write_all(b"POST / HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    // No limit of time ends the slow ones: who has waited longest makes room.
    let mut good = running.connect();
    assert_eq!(get(&mut good, &host, "/good"), (200, "/good 0".into()));
    assert_eq!(rest(&slow[0]), "");
    // More of them displace each other, not the one that has proved who it is.
    let _more: Vec<TcpStream> = (0..64)
        .map(|_| {
            let mut stream = running.connect();
            stream.write_all(b"POST / HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    assert_eq!(rest(&slow[63]), "");
    assert_eq!(get(&mut good, &host, "/still"), (200, "/still 0".into()));
    assert_eq!(echo.seen(), ["/good", "/still"]);
    assert!(running.metrics.text(None).contains("\nstrongroom_connections 64\n"));
}

#[test]
fn a_request_under_way_is_never_displaced() {
    let (echo, let_go, has_begun) = Echo::new();
    let running = Running::with(Limits { connections: 1, ..patient() }, Arc::new(Shared(echo)));
    let host = running.socket();
    let mut first = running.connect();
    first.write_all(format!("GET /wait HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    has_begun.recv().unwrap();
    let mut second = running.connect();
    second.write_all(format!("GET /second HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    let_go.send(()).unwrap();
    assert_eq!(answer(&mut first), (200, "/wait 0".into()));
    drop(first);
    assert_eq!(answer(&mut second), (200, "/second 0".into()));
}

#[test]
fn reads_are_answered_while_a_write_waits_and_a_panic_costs_its_own_request_only() {
    let (echo, let_go, has_begun) = Echo::new();
    let running = Running::with(patient(), Arc::new(Shared(echo)));
    let host = running.socket().to_string();
    let mut writing = running.connect();
    writing.write_all(format!("GET /wait HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    has_begun.recv().unwrap();
    assert_eq!(get(&mut running.connect(), &host, "/read"), (200, "/read 0".into()));
    let_go.send(()).unwrap();
    assert_eq!(answer(&mut writing).0, 200);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (status, body) = get(&mut writing, &host, "/panic");
    std::panic::set_hook(hook);
    assert_eq!(status, 500);
    assert!(body.contains("InternalFailure") && !body.contains("of the work"), "{body}");
    assert_eq!(get(&mut writing, &host, "/write"), (200, "/write 0".into()));
}

#[test]
fn great_bodies_share_a_bound_and_small_ones_need_none() {
    let (running, _) = echo_with(Limits { bodies_bytes: 150_000, ..patient() });
    let host = running.socket();
    let post = |length: usize| format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
    let mut first = running.connect();
    first.write_all(post(100_000).as_bytes()).unwrap();
    first.write_all(b"Expect").unwrap();
    // The room is taken once the head was read: then, and only then, a second one finds none.
    let refused = loop {
        let mut second = running.connect();
        second.write_all(post(100_000).as_bytes()).unwrap();
        second.write_all(&vec![b'b'; 100_000]).unwrap_or_default();
        let (status, body) = answer(&mut second);
        if status == 503 {
            break body;
        }
    };
    assert!(refused.contains("ServiceUnavailable"), "{refused}");
    let mut small = running.connect();
    small.write_all(post(60_000).as_bytes()).unwrap();
    small.write_all(&vec![b'c'; 60_000]).unwrap();
    assert_eq!(answer(&mut small).0, 200);
    first.write_all(&vec![b'a'; 100_000 - 6]).unwrap();
    assert_eq!(answer(&mut first), (200, "/ 100000".into()));
}

#[test]
fn a_server_that_stops_ends_what_it_has_begun_and_nothing_more() {
    let (echo, let_go, has_begun) = Echo::new();
    let mut running = Running::with(patient(), Arc::new(Shared(Arc::clone(&echo))));
    let host = running.socket();
    let mut idle = running.connect();
    assert_eq!(get(&mut idle, &host.to_string(), "/before").0, 200);
    let mut working = running.connect();
    working.write_all(format!("GET /wait HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    has_begun.recv().unwrap();
    running.begin_to_stop();
    assert_eq!(rest(&idle), "", "who waits for nothing is let go");
    assert!(TcpStream::connect(host).is_err(), "nobody else comes in");
    let_go.send(()).unwrap();
    assert_eq!(answer(&mut working), (200, "/wait 0".into()));
    assert_eq!(rest(working), "");
    running.stop();
    assert_eq!(echo.seen(), ["/before", "/wait"]);
}

#[test]
fn an_answer_that_waits_for_its_record_keeps_nobody_else_waiting() {
    let (echo, let_go, has_begun) = Echo::new();
    let running = Running::with(patient(), Arc::new(Shared(Arc::clone(&echo))));
    let host = running.socket();
    let mut waiting = running.connect();
    waiting.write_all(format!("GET /held HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    has_begun.recv().unwrap();
    assert_eq!(get(&mut running.connect(), &host.to_string(), "/meanwhile"), (200, "/meanwhile 0".into()));
    let_go.send(()).unwrap();
    assert_eq!(answer(&mut waiting), (200, "/held 0".into()));
}

#[test]
fn a_server_that_stops_waits_only_so_long() {
    let (echo, let_go, has_begun) = Echo::new();
    let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let server = strongroom_server::Server::new(
        Limits { drain_time: MOMENT, ..patient() },
        Arc::default(),
        strongroom_server::Log::new(strongroom_server::Level::Error, |_, _| {}),
    );
    let address: std::net::SocketAddr = listener.address().rsplit('/').next().unwrap().parse().unwrap();
    let server = server.listen(listener, Arc::new(Shared(echo)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server.run(async { drop(stopped.await) }, || Ok(()))).unwrap();
    });
    let mut working = TcpStream::connect(address).unwrap();
    working.write_all(format!("GET /wait HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    has_begun.recv().unwrap();
    drop(stop);
    thread.join().unwrap();
    assert_eq!(rest(working), "");
    drop(let_go);
}

#[test]
fn a_unix_socket_is_for_its_owner_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    // Left behind by somebody who is gone.
    drop(UnixListener::bind(&path).unwrap());
    let mut running = Running::on(Listener::unix(&path).unwrap(), patient(), Arc::new(Shared(Echo::plain())));
    assert_eq!(running.address, format!("unix:{}", path.display()));
    assert_eq!(path.symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    assert_eq!(get(&mut stream, "whatever", "/"), (200, "/ 0".into()));
    assert!(matches!(Listener::unix(&path), Err(BindError::Taken(_))));
    drop(stream);
    running.stop();
    assert!(path.symlink_metadata().is_err());
    // Not in the place of a file, and not where others could put theirs.
    std::fs::write(&path, "x").unwrap();
    assert!(matches!(Listener::unix(&path), Err(BindError::Taken(_))));
    let open = folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(matches!(Listener::unix(&open.join("s")), Err(BindError::Folder(_))));
    assert!(matches!(Listener::unix(&folder.path().join("not/s")), Err(BindError::Io(..))));
}

#[test]
fn nothing_is_bound_beyond_this_machine_without_tls() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Listener::tcp(address.parse().unwrap());
        assert!(matches!(refused, Err(BindError::NotLoopback(_))), "{address}");
    }
    let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
    assert!(matches!(Listener::inherited_tcp(everywhere), Err(BindError::NotLoopback(_))));
    let here = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = here.address().rsplit('/').next().unwrap().parse().unwrap();
    assert!(matches!(Listener::tcp(address), Err(BindError::Taken(_))));
}

#[test]
fn paths_lead_to_their_handlers() {
    let router = Router::new(Arc::new(Nothing)).at("/health", Arc::new(Health));
    let running = Running::with(patient(), Arc::new(router));
    let host = running.socket().to_string();
    let mut stream = running.connect();
    assert_eq!(get(&mut stream, &host, "/health"), (200, "healthy".into()));
    assert_eq!(get(&mut stream, &host, "/health?x=y"), (200, "healthy".into()));
    assert_eq!(get(&mut stream, &host, "/healthy").0, 404);
    assert_eq!(get(&mut stream, &host, "/").0, 404);
    stream.write_all(format!("POST /health HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).0, 405);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(rest(stream), "");
}
