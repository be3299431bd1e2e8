//! Lines that may hold secrets, out of a stream: one wiped buffer, and a wiped copy of each line.

use std::io;

use strongroom::SecretBytes;
use zeroize::Zeroizing;

/// Reads lines by `read`, which is a stream's.
pub struct Lines<R> {
    read: R,
    buffer: Zeroizing<Vec<u8>>,
    /// Bytes of the buffer that were read and not taken yet.
    filled: usize,
}

impl<R: FnMut(&mut [u8]) -> io::Result<usize>> Lines<R> {
    pub fn new(read: R) -> Self {
        Self { read, buffer: Zeroizing::new(vec![0; LINE_MAX]), filled: 0 }
    }
    /// The next line, without its end; `None` at the end of the stream, whatever stands before it unfinished.
    ///
    /// A line longer than [`LINE_MAX`] is `InvalidData`, after which there is no telling where the next one begins.
    pub fn next(&mut self) -> io::Result<Option<SecretBytes>> {
        let mut looked = 0;
        loop {
            let fresh = self.buffer.get(looked..self.filled).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n').and_then(|at| looked.checked_add(at)) {
                let line = SecretBytes::copy_of(self.buffer.get(..end).unwrap_or_default());
                let next = end.saturating_add(1);
                self.buffer.copy_within(next..self.filled, 0);
                self.filled = self.filled.saturating_sub(next);
                return Ok(Some(line));
            }
            looked = self.filled;
            let Some(room) = self.buffer.get_mut(self.filled..).filter(|room| !room.is_empty()) else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            match (self.read)(room) {
                Ok(0) => return Ok(None),
                Ok(count) => self.filled = self.filled.saturating_add(count).min(self.buffer.len()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

/// A value of 65,536 bytes, each of them escaped in six, and a policy's worth besides.
pub const LINE_MAX: usize = 524_288;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(chunks: &[&[u8]]) -> (Vec<Vec<u8>>, bool) {
        let mut chunks = chunks.iter();
        let mut lines = Lines::new(|room: &mut [u8]| {
            let Some(chunk) = chunks.next() else { return Ok(0) };
            room[..chunk.len()].copy_from_slice(chunk);
            Ok(chunk.len())
        });
        let mut found = Vec::new();
        loop {
            match lines.next() {
                Ok(Some(line)) => found.push(line.expose().to_vec()),
                Ok(None) => return (found, true),
                Err(_) => return (found, false),
            }
        }
    }

    #[test]
    fn lines_come_out_whole_however_they_come_in() {
        assert_eq!(all(&[b"a\nbc", b"", b"never"]), (vec![b"a".to_vec()], true));
        assert_eq!(all(&[b"a", b"b", b"\n\n", b"c\nd\n"]).0, [&b"ab"[..], b"", b"c", b"d"]);
        assert_eq!(all(&[b"unfinished"]), (vec![], true));
    }
    #[test]
    fn a_line_without_end_is_refused_and_one_of_the_greatest_length_is_not() {
        let half = vec![b'x'; LINE_MAX / 2];
        assert_eq!(all(&[b"a\n", &half, &half]).0, [b"a"]);
        assert!(!all(&[&half, &half, b"\n"]).1);
        let longest = &half[1..];
        assert_eq!(all(&[&half, longest, b"\n"]).0[0].len(), LINE_MAX - 1);
    }
}
