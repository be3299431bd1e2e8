//! What one client may take, and all of them together.

use std::time::Duration;

/// Bounds of a listener. The defaults are for clients on the same machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a head: 16 KiB.
    pub head_bytes: usize,
    /// Header fields: 64.
    pub fields: usize,
    /// Bytes of a body: 1 MiB.
    pub body_bytes: usize,
    /// Bytes that bodies of more than 64 KiB take together, 16 MiB: a request that finds no room is answered 503.
    pub bodies_bytes: usize,
    /// Time from the first byte of a head to its last: 5 s. A TLS handshake has as much.
    pub head_time: Duration,
    /// Time from the first byte of a request to its last, and for an answer to be taken: 30 s.
    pub request_time: Duration,
    /// Time that a connection may be open without a request: 60 s.
    pub idle_time: Duration,
    /// Connections, over all listeners: 64. One more takes the place of the one that has waited longest without a request, first
    /// among those on which nobody has proved anything.
    pub connections: usize,
    /// Time that requests which are under way have to end when the server stops: 30 s.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 << 10,
            fields: 64,
            body_bytes: 1 << 20,
            bodies_bytes: 16 << 20,
            head_time: Duration::from_secs(5),
            request_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(60),
            connections: 64,
            drain_time: Duration::from_secs(30),
        }
    }
}
