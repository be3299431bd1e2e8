//! The commands that there are, as the program's own help lists them.

use super::Home;

/// Names under `Commands:`; `help` is clap's own.
pub fn commands_of(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let names = listed.filter(|line| line.starts_with("  ") && !line[2..].starts_with(' '));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// A command and all below it.
pub fn below(home: &Home, words: &[&str]) -> Vec<Vec<String>> {
    let help = home.ok(words.iter().copied().chain(["--help"]));
    let mut all = vec![words.iter().map(|word| (*word).to_owned()).collect()];
    for name in commands_of(&help) {
        let deeper: Vec<&str> = words.iter().copied().chain([name.as_str()]).collect();
        all.extend(below(home, &deeper));
    }
    all
}

/// Those that do something: without commands below them.
pub fn leaves(home: &Home) -> Vec<String> {
    let mut all: Vec<Vec<String>> =
        commands_of(&home.ok(["--help"])).iter().flat_map(|noun| below(home, &[noun.as_str()])).collect();
    all.sort();
    let has_below = |words: &Vec<String>| all.iter().any(|other| other.len() > words.len() && other.starts_with(words));
    all.iter().filter(|words| !has_below(words)).map(|words| words.join(" ")).collect()
}
