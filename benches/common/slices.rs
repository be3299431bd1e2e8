//! Interleaved measuring. All cases take turns in short slices, so that whatever else the machine does meets all of them
//! alike: figures of one run may be compared with each other, and their ratios with those of other runs.

use std::time::{Duration, Instant};

/// One thing to be measured: does its work as often as told, and says how long that took.
pub struct Case<'w> {
    name: &'static str,
    work: Box<dyn FnMut(u32) -> Duration + 'w>,
}

impl<'w> Case<'w> {
    /// Repeats `once`; what it returns is kept from being optimised away.
    pub fn new<T>(name: &'static str, mut once: impl FnMut() -> T + 'w) -> Self {
        Self::fed(name, || (), move |()| once())
    }
    /// The same for work that takes over what it works on: that is made beforehand, untimed.
    pub fn fed<I, T>(name: &'static str, mut make: impl FnMut() -> I + 'w, mut once: impl FnMut(I) -> T + 'w) -> Self {
        let work = Box::new(move |times| {
            let made: Vec<I> = (0..times).map(|_| make()).collect();
            let start = now();
            for input in made {
                std::hint::black_box(once(input));
            }
            start.elapsed()
        });
        Self { name, work }
    }
    fn time(&mut self, times: u32) -> Duration {
        (self.work)(times)
    }
    /// How often it fits a slice: doubles until it fills one.
    fn fit(&mut self, slice: Duration) -> u32 {
        let mut times = 1;
        while times < 1 << 24 {
            let took = self.time(times);
            if took >= slice {
                break;
            }
            times *= 2;
        }
        times
    }
}

/// What the slices of one case cost for one piece of work, in nanoseconds.
pub struct Figure {
    /// The case's name.
    pub name: &'static str,
    slices: Vec<f64>,
}

impl Figure {
    /// The median slice.
    pub fn median(&self) -> f64 {
        middle(self.slices.clone())
    }
    /// The best slice: what the others are when the machine is quiet.
    pub fn least(&self) -> f64 {
        self.slices.iter().copied().fold(f64::INFINITY, f64::min)
    }
    /// This case's median in units of another's.
    pub fn times(&self, floor: &Self) -> f64 {
        self.median() / floor.median()
    }
    /// The median of the ratios within each round: less moved by a spell of noise than the ratio of the medians.
    pub fn times_by_round(&self, floor: &Self) -> f64 {
        middle(self.slices.iter().zip(&floor.slices).map(|(own, floor)| own / floor).collect())
    }
}

/// Measures all cases in turns.
pub fn interleave(mut cases: Vec<Case<'_>>, rounds: u32, slice: Duration) -> Vec<Figure> {
    let times: Vec<u32> = cases.iter_mut().map(|case| case.fit(slice)).collect();
    let mut figures: Vec<Figure> = cases.iter().map(|case| Figure { name: case.name, slices: Vec::new() }).collect();
    let count = cases.len();
    for round in 0..rounds {
        for turn in 0..count {
            // Another one begins each round: nobody always follows the same neighbour's caches out of a pause.
            let at = (turn + round as usize) % count;
            // One untimed visit brings its code and data back into the CPU's caches.
            (cases[at].work)(1);
            let took = cases[at].time(times[at]);
            figures[at].slices.push(took.as_secs_f64() * 1e9 / f64::from(times[at]));
        }
    }
    figures
}

fn middle(mut slices: Vec<f64>) -> f64 {
    slices.sort_by(f64::total_cmp);
    slices[slices.len() / 2]
}

/// The time now, for spans.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// The time that `make` takes, over so many times. What it made is dropped between them, untimed: a store that is open
/// keeps every other handle out.
pub fn time_making<T>(times: u64, mut make: impl FnMut() -> T) -> Duration {
    let mut sum = Duration::ZERO;
    for _ in 0..times {
        let start = now();
        let made = make();
        sum += start.elapsed();
        drop(made);
    }
    sum
}
