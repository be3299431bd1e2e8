//! A server in this process, and clients that speak to it byte by byte.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use strongroom::SecretBytes;
use strongroom_server::{Answer, Handler, Limits, Listener, Log, Metrics, Performed, Request, Server, Work};
use tokio::sync::oneshot;

/// A server that runs until it is stopped or dropped.
pub struct Running {
    pub address: String,
    pub metrics: Arc<Metrics>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn on(listener: Listener, limits: Limits, handler: Arc<dyn Handler>) -> Self {
        let metrics = Arc::new(Metrics::default());
        let log = Log::new(strongroom_server::Level::Error, |_, line| panic!("{line}"));
        let server = Server::new(limits, Arc::clone(&metrics), log).listen(listener, handler);
        let address = server.addresses().remove(0);
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let stopped = async { drop(stopped.await) };
            let is_ready = || ready.send(()).map_err(std::io::Error::other);
            runtime.block_on(server.run(stopped, is_ready)).unwrap();
        });
        is_ready.recv().unwrap();
        Self { address, metrics, stop: Some(stop), thread: Some(thread) }
    }
    pub fn with(limits: Limits, handler: Arc<dyn Handler>) -> Self {
        Self::on(Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap(), limits, handler)
    }
    pub fn socket(&self) -> SocketAddr {
        self.address.rsplit('/').next().unwrap().parse().unwrap()
    }
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.socket()).unwrap()
    }
    /// Asks it to stop, and goes on at once.
    pub fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }
    /// Until it has stopped.
    pub fn stop(&mut self) {
        self.begin_to_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && !std::thread::panicking()
        {
            thread.join().unwrap();
        }
    }
}

/// Answers with what it got: target and length of the body. A target `/write` is work for the writer's thread, `/wait` waits
/// there until it is let go, `/panic` panics there.
pub struct Echo {
    pub seen: Mutex<Vec<String>>,
    go: Mutex<Receiver<()>>,
    began: Mutex<Sender<()>>,
}

impl Echo {
    /// With what lets waiting work go, and what hears that it has begun.
    pub fn new() -> (Arc<Self>, Sender<()>, Receiver<()>) {
        let (let_go, go) = channel();
        let (began, has_begun) = channel();
        let echo = Self { seen: Mutex::default(), go: Mutex::new(go), began: Mutex::new(began) };
        (Arc::new(echo), let_go, has_begun)
    }
    pub fn plain() -> Arc<Self> {
        Self::new().0
    }
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// So that work can reach what made it.
pub struct Shared(pub Arc<Echo>);

impl Handler for Shared {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        self.0.seen.lock().unwrap().push(request.target.clone());
        Ok(Box::new(Echoed { echo: Arc::clone(&self.0), request }))
    }
}

struct Echoed {
    echo: Arc<Echo>,
    request: Request,
}

impl Work for Echoed {
    fn writes(&self) -> bool {
        ["/write", "/wait", "/panic"].contains(&self.request.target.as_str())
    }
    fn operation(&self) -> (&'static str, &str) {
        ("local", "health")
    }
    fn perform(self: Box<Self>) -> Performed {
        match self.request.target.as_str() {
            "/wait" => {
                self.echo.began.lock().unwrap().send(()).unwrap();
                // Let go by a message, or by the end of the test.
                let _ = self.echo.go.lock().unwrap().recv();
            }
            "/held" => {
                let Self { echo, request } = *self;
                return Performed::Held(Box::new(move || {
                    echo.began.lock().unwrap().send(()).unwrap();
                    let _ = echo.go.lock().unwrap().recv();
                    echoed(&request)
                }));
            }
            "/panic" => std::panic::panic_any("of the work"),
            _ => {}
        }
        Performed::Done(echoed(&self.request))
    }
}

fn echoed(request: &Request) -> Answer {
    let text = format!("{} {}", request.target, request.body.len());
    Answer { status: 200, headers: Vec::new(), body: SecretBytes::from(text) }
}

/// Sends bytes and reads to the end of the connection.
pub fn exchange(mut stream: impl Read + Write, bytes: &[u8]) -> String {
    // Who is refused midway hears about it all the same.
    let _ = stream.write_all(bytes);
    rest(stream)
}

/// Everything until the end of the connection.
pub fn rest(mut stream: impl Read) -> String {
    let mut text = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads one answer: status and body.
pub fn answer(stream: &mut impl Read) -> (u16, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

/// A request to this place on that connection.
pub fn get(stream: &mut (impl Read + Write), host: &str, target: &str) -> (u16, String) {
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    answer(stream)
}
