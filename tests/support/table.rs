//! Patterns by the textbook.

/// Dynamic programming over both texts: the definition, cell by cell.
pub fn by_table(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row: Vec<bool> = (0..=text.len()).map(|x| x == 0).collect();
    for letter in pattern.chars() {
        let before = row.clone();
        for x in 0..=text.len() {
            row[x] = match letter {
                '*' => before[x] || (x > 0 && row[x - 1]),
                '?' => x > 0 && before[x - 1],
                other => x > 0 && before[x - 1] && text[x - 1] == other,
            };
        }
    }
    row[text.len()]
}
