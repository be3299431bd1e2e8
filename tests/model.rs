//! Goal: the store answers, step by step, what a plain map of secrets would answer; also after it was closed and opened
//! again, and whatever the clock does.
//! Method: sequences of operations drawn from a seed, put to a store in memory and to the model of `support/model.rs`, every
//! answer and every refusal compared. A failure is cut down to the steps that it needs and printed with its seed.
//!
//! The suite runs 250 sequences. `STRONGROOM_MODEL_SEQUENCES` sets another count, `STRONGROOM_MODEL_SEED` the first seed:
//!
//! ```sh
//! STRONGROOM_MODEL_SEQUENCES=100000 STRONGROOM_MODEL_SEED=7 cargo test --release --test model
//! ```
#![allow(clippy::pedantic, clippy::drop_non_drop, dropping_copy_types, reason = "tests read better short")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "common/mod.rs"]
mod common;
#[path = "support/model.rs"]
mod model;

use strongroom::testing::{Draws, MemoryBackend};

use common::{NOW, builder, clock, key};
use model::{Model, Op, Outcome, World, agree, outcome};

/// Runs the steps; the first that the two disagree on, with both answers.
fn run(seed: u64, steps: &[Op]) -> Result<(), (usize, Outcome, Outcome)> {
    let (disk, clock) = (MemoryBackend::new(), clock());
    let room = builder(&clock, seed).create_on_backend(disk.clone(), key()).unwrap();
    World::found(&room).unwrap();
    let mut world = Some(World::of(room, clock.clone()).unwrap());
    let mut model = Model::new(NOW);
    for (number, op) in steps.iter().enumerate() {
        if matches!(op, Op::Reopen) {
            drop(world.take());
            let room = builder(&clock, seed + number as u64).open_on_backend(disk.clone(), key()).unwrap();
            world = Some(World::of(room, clock.clone()).unwrap());
        }
        let (answer, drawn) = world.as_ref().unwrap().perform(op);
        let (store, model) = (outcome(answer), model.apply(op, drawn.as_deref()));
        if !agree(&store, &model) {
            return Err((number, store, model));
        }
    }
    let world = world.unwrap();
    assert_eq!(world.content().unwrap(), model.content(), "seed {seed}");
    world.room.verify().unwrap();
    Ok(())
}

/// Leaves out every step that the disagreement does not need.
fn cut_down(seed: u64, mut steps: Vec<Op>) -> Vec<Op> {
    let mut place = steps.len();
    while place > 0 {
        place -= 1;
        let mut fewer = steps.clone();
        fewer.remove(place);
        if let Err((last, ..)) = run(seed, &fewer) {
            fewer.truncate(last + 1);
            place = place.min(fewer.len());
            steps = fewer;
        }
    }
    steps
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn every_answer_is_the_models() {
    let (count, first) = (setting("STRONGROOM_MODEL_SEQUENCES", 250), setting("STRONGROOM_MODEL_SEED", 1));
    let (mut done, mut steps_done, mut refusals) = (0, 0, 0);
    for seed in first..first + count {
        let mut draws = Draws::from_seed(seed);
        let length = 15 + draws.below(25);
        let steps = Op::sequence(&mut draws, length);
        if let Err((number, ..)) = run(seed, &steps) {
            let steps = cut_down(seed, steps[..=number].to_vec());
            let (_, store, model) = run(seed, &steps).unwrap_err();
            panic!("seed {seed}\n{steps:#?}\nstore: {store:?}\nmodel: {model:?}");
        }
        done += 1;
        steps_done += steps.len();
        refusals += refusals_of(&steps);
    }
    // Sequences must collide, and they must get somewhere.
    assert!(refusals * 5 > steps_done && refusals * 5 < steps_done * 3, "{refusals} of {steps_done} refused");
    println!("{done} sequences, {steps_done} steps, {refusals} of them refused");
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
        if matches!(op, Op::Reopen | Op::Clock { .. } | Op::Delete { .. }) {
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
