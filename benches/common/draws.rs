//! Repeatable draws: one seed, one sequence, on every machine. Not for keys.

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// Starts the sequence of `seed`.
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    /// A number below `bound`, which is not 0. The remainder's bias does not matter to a bench.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a count fits 64 bits");
        usize::try_from(self.next_u64() % bound).expect("below a count")
    }
    /// Fills `out`.
    pub fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }
    /// So many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }
    /// So many bytes in one array.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The order in which a bench visits `count` things: drawn once, then walked in a ring, so that no draw is timed.
#[derive(Clone, Debug)]
pub struct Ring {
    order: Vec<u32>,
    next: usize,
}

impl Ring {
    /// A ring over `0..count`, longer than the caches of a CPU remember.
    pub fn new(seed: u64, count: usize) -> Self {
        let mut draws = Draws::from_seed(seed);
        let place = |draws: &mut Draws| u32::try_from(draws.below(count)).expect("below a count");
        Self { order: (0..1 << 16).map(|_| place(&mut draws)).collect(), next: 0 }
    }
    /// The next place.
    pub fn next(&mut self) -> usize {
        let at = self.order[self.next & (self.order.len() - 1)];
        self.next += 1;
        at as usize
    }
}
