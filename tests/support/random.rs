//! A small generator of choices: of a seed, so that a failure is repeated by it, or steered by a fuzzer's input.

#![allow(dead_code, reason = "each test file that includes this uses a part of it")]

use std::collections::VecDeque;

use strongroom::testing::Draws;

pub struct Random {
    /// A choice each, as long as there are any.
    input: VecDeque<u8>,
    draws: Draws,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { input: VecDeque::new(), draws: Draws::from_seed(seed) }
    }
    /// After the end of the input: a fixed sequence, so that every input is a whole one.
    pub fn steered(input: &[u8]) -> Self {
        Self { input: input.iter().copied().collect(), draws: Draws::from_seed(1) }
    }
    pub fn next(&mut self) -> u64 {
        self.draws.next_u64()
    }
    /// Below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        self.input.pop_front().map_or_else(|| self.draws.below(bound), |byte| usize::from(byte) % bound)
    }
    /// True once in `one_in` times.
    pub fn once_in(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}
