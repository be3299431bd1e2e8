//! The pattern matcher against the textbook's table, and its cost by counted steps.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::prelude::*;
use strongroom::policy::testing::count_steps;

use crate::table::by_table;

fn bound(pattern: &str, text: &str) -> u64 {
    2 * (pattern.len() as u64 + 1) * (text.len() as u64 + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_matcher_equals_the_table_and_keeps_its_bound(pattern in "[ab?*ä]{0,12}", text in "[abä]{0,12}") {
        let (matched, steps) = count_steps(&pattern, &text);
        prop_assert_eq!(matched, by_table(&pattern, &text));
        prop_assert!(steps <= bound(&pattern, &text), "{} steps", steps);
    }

    #[test]
    fn long_texts_are_matched_as_the_table_says(
        pattern in prop::collection::vec(prop_oneof!["[ab]{1,3}", "[?*]", "ä", "[ab?]{0,6}\\*", "\\?[ab]{20,70}"], 0..8),
        text in prop_oneof!["[ab]{60,300}", "[abä]{60,200}", "a{60,140}b?a{60,140}"],
    ) {
        let pattern = pattern.concat();
        let (matched, steps) = count_steps(&pattern, &text);
        prop_assert_eq!(matched, by_table(&pattern, &text));
        prop_assert!(steps <= bound(&pattern, &text), "{} steps", steps);
    }

    #[test]
    fn a_piece_of_a_long_text_is_found_wherever_it_stands(text in "[abä]{64,260}", start in 0..200_usize, len in 1..90_usize, one in 0..90_usize) {
        let letters: Vec<char> = text.chars().collect();
        let start = start.min(letters.len() - 1);
        let mut piece: Vec<char> = letters[start..(start + len).min(letters.len())].to_vec();
        if let Some(letter) = piece.get_mut(one) {
            *letter = '?';
        }
        let piece: String = piece.into_iter().collect();
        let (present, absent) = (format!("*{piece}*"), format!("*{piece}c*"));
        prop_assert!(count_steps(&present, &text).0);
        prop_assert!(!count_steps(&absent, &text).0);
    }

    #[test]
    fn a_text_with_its_own_letters_starred_out_matches(text in "[a-c/:.-]{0,30}", places in prop::collection::vec((0..30_usize, any::<bool>()), 0..6)) {
        let mut pattern: Vec<char> = text.chars().collect();
        for (place, star) in places {
            if let Some(letter) = pattern.get_mut(place) {
                *letter = if star { '*' } else { '?' };
            }
        }
        let pattern: String = pattern.into_iter().collect();
        prop_assert!(count_steps(&pattern, &text).0);
    }
}

#[test]
fn s35_hostile_patterns_cost_at_most_the_product_of_the_lengths() {
    let long = "a".repeat(2048);
    for pattern in [
        "*a*a*a*a*a*a*a*a*b".to_owned(),
        "*".repeat(32_000),
        "*a".repeat(1000) + "b",
        "?".repeat(32_000),
        "*?".repeat(1000),
        "*".to_owned() + &"a".repeat(1024) + "b",
        "a*".repeat(16_000),
        "*".to_owned() + &"?a".repeat(500) + "b*c",
    ] {
        for text in [long.as_str(), "", "b"] {
            let (_, steps) = count_steps(&pattern, text);
            assert!(steps <= bound(&pattern, text), "{} stars: {steps} steps", pattern.len());
            // A pattern that needs more than the text has costs nothing, so a long one is no worse than a short one.
            assert!(steps <= 3 * (text.len() as u64 + 2).pow(2), "{steps} steps");
        }
    }
}
