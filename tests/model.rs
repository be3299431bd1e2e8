//! Goal: the store answers, step by step, what a plain map of secrets would answer; also after it was closed and opened
//! again, after the power went, and whatever the clock does.
//! Method: sequences of operations drawn from a seed, put to a store on a disk that keeps a record of its writes, and to the
//! model of `support/model.rs`; every answer and every refusal is compared. A crash cuts the record within the step before it:
//! the store then holds what the model held after that step or before it, as the number of its last commit says. A failure is
//! cut down to the steps that it needs and printed with its seed.
//!
//! The suite runs 100,000 steps. `STRONGROOM_MODEL_STEPS` sets another number, `STRONGROOM_MODEL_SEED` the first seed:
//!
//! ```sh
//! STRONGROOM_MODEL_STEPS=1000000 STRONGROOM_MODEL_SEED=7 cargo test --release --test model
//! ```
#![allow(clippy::pedantic, clippy::drop_non_drop, dropping_copy_types, reason = "tests read better short")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "common/mod.rs"]
mod common;
#[path = "support/model.rs"]
mod model;

use strongroom::Strongroom;
use strongroom::testing::{CrashBackend, Draws, Loss, ManualClock, MemoryBackend};

use common::{NOW, builder, clock, key};
use model::{Model, Op, Outcome, World, agree, outcome};

/// A store, its disk, and the model that it should be like.
struct Play {
    seed: u64,
    disk: CrashBackend,
    clock: ManualClock,
    world: Option<World>,
    model: Model,
    /// How things stood before the last step: the model, the record of the disk, the number of the last commit.
    before: (Model, usize, u64),
}

impl Play {
    fn begin(seed: u64) -> Self {
        let (disk, clock) = (CrashBackend::new(), clock());
        let room = builder(&clock, seed).create_on_backend(disk.clone(), key()).unwrap();
        World::found(&room).unwrap();
        let (model, sequence) = (Model::new(NOW), room.status().unwrap().sequence);
        let world = Some(World::of(room, clock.clone()).unwrap());
        let before = (model.clone(), disk.cuts(), sequence);
        Self { seed, disk, clock, world, model, before }
    }
    fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }
    fn open(&self, disk: &CrashBackend, number: usize) -> Strongroom {
        builder(&self.clock, self.seed + number as u64).open_on_backend(disk.clone(), key()).unwrap()
    }
    fn enter(&mut self, room: Strongroom) {
        self.world = Some(World::of(room, self.clock.clone()).unwrap());
    }

    /// What store and model make of a step.
    fn step(&mut self, number: usize, op: &Op) -> (Outcome, Outcome) {
        match op {
            Op::Reopen => {
                drop(self.world.take());
                let room = self.open(&self.disk, number);
                self.enter(room);
            }
            Op::Crash { loss, coin } => self.crash(number, Loss::ALL[loss % Loss::ALL.len()], *coin),
            _ => {}
        }
        self.before = (self.model.clone(), self.disk.cuts(), self.world().room.status().unwrap().sequence);
        let (answer, drawn) = self.world().perform(op);
        (outcome(answer), self.model.apply(op, drawn.as_deref()))
    }

    /// The power goes at some moment of the step before.
    fn crash(&mut self, number: usize, loss: Loss, coin: u64) {
        let (before, from, sequence) = &self.before;
        let cut = from + usize::try_from(coin).unwrap() % (self.disk.cuts() - from + 1);
        let image = self.disk.image(cut, loss, coin);
        let done = self.world().room.status().unwrap().sequence;
        let disk = CrashBackend::from_image(image.clone());
        let room = self.open(&disk, number);
        let found = room.status().unwrap().sequence;
        if found != done {
            assert_eq!(found, *sequence, "seed {}, step {number}: neither before nor after", self.seed);
            self.model = before.clone().at_the_time_of(&self.model);
        }
        // Looked at in a store of its own: to look at values is to read them.
        let mirror = World::of(self.open(&CrashBackend::from_image(image), number), self.clock.clone()).unwrap();
        mirror.room.verify().unwrap();
        assert_eq!(mirror.content().unwrap(), self.model.content(), "seed {}, step {number}", self.seed);
        drop(self.world.take());
        self.disk = disk;
        self.enter(room);
    }
}

/// Runs the steps; the first that the two disagree on, with both answers.
fn run(seed: u64, steps: &[Op]) -> Result<(), (usize, Outcome, Outcome)> {
    let mut play = Play::begin(seed);
    for (number, op) in steps.iter().enumerate() {
        let (store, model) = play.step(number, op);
        if !agree(&store, &model) {
            return Err((number, store, model));
        }
    }
    assert_eq!(play.world().content().unwrap(), play.model.content(), "seed {seed}");
    play.world().room.verify().unwrap();
    Ok(())
}

/// The same; a panic is a disagreement as well.
fn fails(seed: u64, steps: &[Op]) -> Option<(usize, String)> {
    match std::panic::catch_unwind(|| run(seed, steps)) {
        Ok(Ok(())) => None,
        Ok(Err((number, store, model))) => Some((number, format!("store: {store:?}\nmodel: {model:?}"))),
        Err(_) => Some((steps.len() - 1, "a panic, see above".to_owned())),
    }
}

/// Leaves out every step that the disagreement does not need: first many at once, in the end one by one.
fn cut_down(seed: u64, mut steps: Vec<Op>) -> Vec<Op> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut place = steps.len();
        while place > 0 {
            place = place.saturating_sub(size);
            let mut fewer = steps.clone();
            fewer.drain(place..(place + size).min(fewer.len()));
            if !fewer.is_empty()
                && let Some((last, _)) = fails(seed, &fewer)
            {
                fewer.truncate(last + 1);
                place = place.min(fewer.len());
                steps = fewer;
            }
        }
        size /= 2;
    }
    steps
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Plays worlds of the seeds `first`, `first + 2`, … until so many steps are done. Steps, refusals, crashes.
fn campaign(first: u64, wanted: u64) -> [u64; 3] {
    let mut sum = [0; 3];
    for seed in (first..).step_by(2) {
        let mut draws = Draws::from_seed(seed);
        let length = 100 + draws.below(300);
        let steps = Op::sequence(&mut draws, length);
        if let Some((number, told)) = fails(seed, &steps) {
            eprintln!("seed {seed}, step {number}:\n{told}");
            let steps = cut_down(seed, steps[..=number].to_vec());
            let told = fails(seed, &steps).map(|(_, told)| told);
            panic!("seed {seed}\n{steps:#?}\n{}", told.unwrap_or_default());
        }
        let crashes = steps.iter().filter(|op| matches!(op, Op::Crash { .. })).count();
        for (sum, more) in sum.iter_mut().zip([steps.len(), refusals_of(&steps), crashes]) {
            *sum += more as u64;
        }
        if sum[0] >= wanted {
            break;
        }
    }
    sum
}

#[test]
fn every_answer_is_the_models() {
    let (wanted, first) = (setting("STRONGROOM_MODEL_STEPS", 100_000), setting("STRONGROOM_MODEL_SEED", 1));
    let halves: Vec<[u64; 3]> = std::thread::scope(|scope| {
        let halves: Vec<_> =
            (0..2).map(|half| scope.spawn(move || campaign(first + half, wanted.div_ceil(2)))).collect();
        halves.into_iter().map(|half| half.join().unwrap()).collect()
    });
    let [steps, refusals, crashes] =
        halves.into_iter().fold([0; 3], |sum, half| [sum[0] + half[0], sum[1] + half[1], sum[2] + half[2]]);
    println!("{steps} steps, {refusals} of them refused, {crashes} crashes");
    assert!(steps >= wanted);
    // Sequences must collide, and they must get somewhere.
    assert!(refusals * 6 > steps && refusals * 5 < steps * 3, "{refusals} of {steps} refused");
    assert!(crashes * 100 > steps, "{crashes} crashes in {steps} steps");
}

/// How many steps the model refuses.
fn refusals_of(steps: &[Op]) -> usize {
    let mut model = Model::new(NOW);
    steps.iter().enumerate().filter(|(number, op)| model.apply(op, Some(&format!("{number:06}"))).is_err()).count()
}

#[test]
fn the_model_bites() {
    // A step that the store does not see must show: the comparison is worth nothing otherwise.
    let (disk, clock) = (MemoryBackend::new(), clock());
    let room = builder(&clock, 1).create_on_backend(disk, key()).unwrap();
    World::found(&room).unwrap();
    let world = World::of(room, clock).unwrap();
    let mut model = Model::new(NOW);
    let mut seen = 0;
    for (number, op) in Op::sequence(&mut Draws::from_seed(5), 200).into_iter().enumerate() {
        if matches!(op, Op::Reopen | Op::Crash { .. } | Op::Clock { .. } | Op::Delete { .. }) {
            continue;
        }
        let (answer, drawn) = world.perform(&op);
        let store = outcome(answer);
        // Every fifth step is kept from the model.
        if number % 5 != 4 {
            seen += usize::from(!agree(&store, &model.apply(&op, drawn.as_deref())));
        }
    }
    assert!(seen > 10, "{seen}");
}
