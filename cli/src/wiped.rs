//! Text with secrets in it that is put together piece by piece.

use zeroize::Zeroizing;

/// Bytes that are wiped, those of the buffers it has outgrown included.
#[derive(Default)]
pub struct Wiped(Zeroizing<Vec<u8>>);

impl Wiped {
    pub fn push(&mut self, more: &[u8]) {
        let len = self.0.len().saturating_add(more.len());
        if len > self.0.capacity() {
            // A vector that grows by itself leaves its old content behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(len.saturating_mul(2)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(more);
    }
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Wiped;

    #[test]
    fn what_is_pushed_is_there_in_order() {
        let mut wiped = Wiped::default();
        let mut whole = Vec::new();
        for number in 0..500_u16 {
            wiped.push(&number.to_le_bytes());
            whole.extend(number.to_le_bytes());
        }
        assert_eq!(wiped.expose(), whole);
    }
}
