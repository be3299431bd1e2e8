//! The pattern matcher against the textbook's table, and its documented bound on steps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::policy::testing::count_steps;

#[path = "../../tests/support/table.rs"]
mod table;

use table::by_table;

/// The table costs the product of both lengths.
const LONGEST: usize = 600;

/// Few letters, so that patterns and texts meet; some of several bytes.
fn squeezed(text: &str, letters: &[char]) -> String {
    text.chars().map(|letter| letters[letter as usize % letters.len()]).collect()
}

fn check(pattern: &str, text: &str) {
    let (matched, steps) = count_steps(pattern, text);
    assert_eq!(matched, by_table(pattern, text), "`{pattern}` on `{text}`");
    let product = 2 * (pattern.len() as u64 + 1) * (text.len() as u64 + 1);
    // A pattern that needs more than the text has costs nothing: a long one is no worse than a short one.
    let square = 3 * (text.len() as u64 + 2).pow(2);
    assert!(steps <= product.min(square), "{steps} steps for `{pattern}` on `{text}`");
}

// Pattern and text, parted by the first line feed.
fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\n').unwrap_or((input, ""));
    if pattern.len() > LONGEST || text.len() > LONGEST {
        return;
    }
    check(pattern, text);
    check(&squeezed(pattern, &['a', '*', 'b', '?', 'ä', 'a', '€']), &squeezed(text, &['a', 'b', 'ä', 'a', '€']));
});
