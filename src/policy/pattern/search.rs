//! Where the tokens of a pattern stand in a text.

/// A token with the variable's value put in.
#[derive(Clone, Copy)]
pub(super) enum Atom<'a> {
    Literal(&'a str),
    One,
    Any,
}

/// What the matcher runs over: tokens with values put in, or tokens that need none.
pub(super) trait Token {
    fn atom(&self) -> Atom<'_>;
}
impl Token for Atom<'_> {
    fn atom(&self) -> Atom<'_> {
        *self
    }
}

/// The matcher. `steps` counts how often a token is held against a place, or against a block of places at once.
pub(super) fn run(atoms: &[impl Token], text: &str, steps: &mut u64) -> bool {
    // A text shorter than the literals and `?` of the pattern cannot match; without this, long patterns over short
    // texts would cost their product for nothing.
    let least = atoms.iter().fold(0_usize, |sum, token| match token.atom() {
        Atom::Literal(literal) => sum.saturating_add(literal.len()),
        Atom::One => sum.saturating_add(1),
        Atom::Any => sum,
    });
    if text.len() < least {
        return false;
    }
    // What stands before the first star begins the text, what stands behind the last one ends it.
    let mut segments = atoms.split(|token| matches!(token.atom(), Atom::Any));
    let Some(mut rest) = segments.next().and_then(|head| without_head(head, text, steps)) else { return false };
    let Some(tail) = segments.next_back() else { return rest.is_empty() };
    let Some(before) = without_tail(tail, rest, steps) else { return false };
    rest = before;
    // Between stars the leftmost place is never worse than a later one.
    for segment in segments {
        match behind_first(segment, rest, steps) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

/// The text behind the tokens, none of them a star, when it begins with them.
fn without_head<'t>(tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    tokens.iter().try_fold(text, |rest, token| {
        *steps = steps.saturating_add(1);
        match token.atom() {
            Atom::Literal(literal) => rest.strip_prefix(literal),
            Atom::One => without_first(rest),
            Atom::Any => Some(rest),
        }
    })
}

/// The text before the tokens, none of them a star, when it ends with them.
fn without_tail<'t>(tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    tokens.iter().rev().try_fold(text, |rest, token| {
        *steps = steps.saturating_add(1);
        match token.atom() {
            Atom::Literal(literal) => rest.strip_suffix(literal),
            Atom::One => {
                let mut letters = rest.chars();
                letters.next_back()?;
                Some(letters.as_str())
            }
            Atom::Any => Some(rest),
        }
    })
}

fn without_first(text: &str) -> Option<&str> {
    let mut letters = text.chars();
    letters.next()?;
    Some(letters.as_str())
}

/// The text behind the first place where the tokens, none of them a star, stand.
fn behind_first<'t>(mut tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    let mut rest = text;
    // A `?` behind the star may as well stand before it.
    while let Some((token, behind)) = tokens.split_first() {
        match token.atom() {
            Atom::One => rest = without_first(rest)?,
            Atom::Literal("") => {}
            Atom::Literal(_) | Atom::Any => break,
        }
        *steps = steps.saturating_add(1);
        tokens = behind;
    }
    let Some(Atom::Literal(first)) = tokens.first().map(Token::atom) else { return Some(rest) };
    if tokens.len() == 1 && first.len() > LONG {
        *steps = steps.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        return rest.split_once(first).map(|(_, behind)| behind);
    }
    let one_inside = tokens.iter().any(|token| matches!(token.atom(), Atom::One));
    let found = if one_inside && !rest.is_ascii() {
        // `?` is a character: places are counted in characters. Rare, so it may take an allocation.
        let letters: Vec<char> = rest.chars().collect();
        let found = first_place(&letters, || units(tokens, |literal| literal.chars()), steps);
        found.map(|place| place.and_then(|place| Some(rest.char_indices().nth(place)?.0)))
    } else {
        first_place(rest.as_bytes(), || units(tokens, |literal| literal.bytes()), steps)
    };
    match found {
        Ok(place) => without_head(tokens, rest.get(place?..)?, steps),
        Err(FewPlaces) => loop {
            if let Some(behind) = without_head(tokens, rest, steps) {
                return Some(behind);
            }
            rest = from_next(rest, first, steps)?;
        },
    }
}

/// The text from the first byte of `literal` on, further than its beginning.
fn from_next<'t>(text: &'t str, literal: &str, steps: &mut u64) -> Option<&'t str> {
    let first = literal.as_bytes().first()?;
    let skipped = text.as_bytes().iter().skip(1).position(|byte| byte == first)?.saturating_add(1);
    *steps = steps.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
    text.get(skipped..)
}

/// Tokens unit by unit, bytes or characters; `None` for `?`.
fn units<'a, T: Token + 'a, U, I: Iterator<Item = U>>(
    tokens: &'a [T],
    split: impl Fn(&'a str) -> I,
) -> impl Iterator<Item = Option<U>> {
    tokens.iter().flat_map(move |token| {
        let (literal, one) = match token.atom() {
            Atom::Literal(literal) => (literal, false),
            Atom::One => ("", true),
            Atom::Any => ("", false),
        };
        split(literal).map(Some).chain(one.then_some(None))
    })
}

/// Too few places for a block: they are asked one by one.
struct FewPlaces;

/// The first place in the text where the units stand. All places of a block are asked together for four units at a time, which
/// processors do in a few instructions, and a block is left as soon as none of its places is possible: a hostile pattern costs a
/// small part of what asking one by one does.
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the processor from asking many places at once")]
fn first_place<U: Copy + PartialEq, I: Iterator<Item = Option<U>>>(
    text: &[U],
    units: impl Fn() -> I,
    steps: &mut u64,
) -> Result<Option<usize>, FewPlaces> {
    if text.len() < BLOCK {
        return Err(FewPlaces);
    }
    let places = text.len().saturating_add(1).saturating_sub(units().count());
    if places < BLOCK {
        return Err(FewPlaces);
    }
    let mut begin = 0_usize;
    while begin < places {
        // The last block is a whole one too: it asks some places again.
        let start = begin.min(places.saturating_sub(BLOCK));
        let mut fits = [u8::MAX; BLOCK];
        let mut possible = true;
        let mut wanted = units().enumerate().filter_map(|(offset, unit)| Some((start.saturating_add(offset), unit?)));
        while possible && let Some(first) = wanted.next() {
            *steps = steps.saturating_add(1);
            // Where four are not left, the first stands in: it asks nothing new.
            let mut lane = || {
                let (at, unit) = wanted.next().unwrap_or(first);
                Some((text.get(at..)?.first_chunk::<BLOCK>()?, unit))
            };
            let (second, third, fourth) = (lane(), lane(), lane());
            let first = text.get(first.0..).and_then(<[U]>::first_chunk::<BLOCK>).map(|letters| (letters, first.1));
            let (Some((a, a_unit)), Some((b, b_unit)), Some((c, c_unit)), Some((d, d_unit))) =
                (first, second, third, fourth)
            else {
                return Ok(None);
            };
            let mut some = 0;
            for ((((fit, a), b), c), d) in fits.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                let same = (*a == a_unit) & (*b == b_unit) & (*c == c_unit) & (*d == d_unit);
                *fit &= if same { u8::MAX } else { 0 };
                some |= *fit;
            }
            possible = some != 0;
        }
        if possible && let Some(place) = fits.iter().position(|fit| *fit != 0) {
            return Ok(start.checked_add(place));
        }
        begin = begin.saturating_add(BLOCK);
    }
    Ok(None)
}

/// How many places are asked together; fewer are asked one by one.
const BLOCK: usize = 64;
/// A lone literal longer than this is left to the standard library's search, whose cost does not grow with it.
const LONG: usize = 12;
