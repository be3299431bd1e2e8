//! The gate of the read path: GetSecretValue against the hand-written floor, in one run, in turns of a few milliseconds.
//!
//! 256 B, random over 10,000 secrets that were all read before, 20 inline policies, the managed key.
//!
//! ```text
//! cargo bench --bench ratio                        # prints medians and the ratio
//! cargo bench --bench ratio -- --bound 1.2         # exits 1 above the bound
//! cargo bench --bench ratio -- --rounds 301        # longer, steadier
//! ```
//! The ratio is free of the machine's speed, but not of its noise: on a busy machine run it again. `by round` is the median of
//! the ratios of neighbouring slices and moves less.

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::process::ExitCode;
use std::time::Duration;

use common::draws::Ring;
use common::floor::Floor;
use common::slices::{Case, interleave};
use common::store::{self, Plan};

#[expect(clippy::print_stdout, reason = "a report for people")]
fn main() -> ExitCode {
    let Some(asked) = Asked::read(std::env::args().skip(1)) else {
        println!("usage: ratio [--bound RATIO] [--rounds COUNT]");
        return ExitCode::from(2);
    };
    let plan = Plan::of(10_000);
    let names = plan.names();
    let folder = store::folder();
    let (file, floor_file) = (folder.join("ratio.strongroom"), folder.join("ratio.redb"));
    plan.lay_down(&file);
    let contents: Vec<(String, String)> = plan.contents().collect();
    drop(Floor::create(&floor_file, contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes()))));

    let floor = Floor::open(&floor_file);
    let room = store::open(&file);
    let session = room.session("user/reader").expect("a session");
    for (name, value) in &contents {
        assert_eq!(floor.get(name), value.as_bytes());
        assert_eq!(session.get_secret_value(name.as_str()).expect("get").value(), value.as_bytes());
    }
    let (mut ring, mut other_ring) = (Ring::new(0x6E7, names.len()), Ring::new(0x6E7, names.len()));
    let cases = vec![
        Case::new("floor", || floor.get(&names[ring.next()])),
        Case::new("get", || session.get_secret_value(names[other_ring.next()].as_str()).expect("get")),
    ];
    let figures = interleave(cases, asked.rounds, Duration::from_millis(2));
    let [floor_figure, get] = figures.as_slice() else { return ExitCode::from(2) };

    println!(
        "GetSecretValue, 256 B, warm, random over 10,000 secrets, 20 policies, managed key; {} rounds",
        asked.rounds
    );
    println!("{:<8} {:>12} {:>12}", "", "median ns", "least ns");
    for figure in &figures {
        println!("{:<8} {:>12.0} {:>12.0}", figure.name, figure.median(), figure.least());
    }
    let ratio = get.times(floor_figure);
    println!(
        "ratio    {ratio:>12.3} {:>12.3}   by round {:.3}",
        get.least() / floor_figure.least(),
        get.times_by_round(floor_figure)
    );
    drop((session, room));
    let _ = std::fs::remove_file(file);
    let _ = std::fs::remove_file(floor_file);
    match asked.bound {
        Some(bound) if ratio > bound => {
            println!("FAILED: above the bound of {bound}");
            ExitCode::FAILURE
        }
        Some(bound) => {
            println!("within the bound of {bound}");
            ExitCode::SUCCESS
        }
        None => ExitCode::SUCCESS,
    }
}

struct Asked {
    bound: Option<f64>,
    rounds: u32,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut asked = Self { bound: None, rounds: 101 };
        while let Some(word) = words.next() {
            match word.as_str() {
                // What `cargo bench` itself says to every bench.
                "--bench" => {}
                "--bound" => asked.bound = Some(words.next()?.parse().ok()?),
                "--rounds" => asked.rounds = words.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
                _ => return None,
            }
        }
        Some(asked)
    }
}
