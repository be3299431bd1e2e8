//! A strict JSON reader for policies: every value keeps its place in the text, duplicate members are refused (letter case
//! aside too), numbers keep their spelling, and depth and size are bounded before anything is built.
//!
//! General readers keep the last of two members in silence, and a second `Effect` that wins is a policy that means
//! something else than it shows. RFC 8259; whatever that grammar does not allow (comments, trailing commas, a byte order
//! mark, lone surrogates, `NaN`) is a fault with its place.

use std::borrow::Cow;
use std::collections::HashSet;

/// A value and the bytes it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    pub value: Value<'t>,
}

#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    Null,
    Bool(bool),
    /// As it is spelt.
    Number(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Map(Vec<Member<'t>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Member<'t> {
    /// Where the name stands.
    pub start: usize,
    pub name: Cow<'t, str>,
    pub value: Node<'t>,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The text is longer than allowed.
    TooLong(usize),
    /// Lists and maps are nested deeper than allowed.
    TooDeep,
    /// The same member twice, perhaps in another case.
    Duplicate(String),
    /// Something else was expected here.
    Expected(&'static str),
}

/// Longest text that is read, in bytes: the largest policy AWS takes, a key policy.
pub(crate) const LEN_MAX: usize = 32_768;
/// Deepest nesting that is read; a policy needs six.
pub(crate) const DEPTH_MAX: usize = 8;

/// Reads one value and nothing behind it but white space.
pub(crate) fn read(text: &str) -> Result<Node<'_>, Fault> {
    if text.len() > LEN_MAX {
        return Err(Fault { at: 0, what: What::TooLong(text.len()) });
    }
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.expected("the end of the text"));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }
    fn expected(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what: What::Expected(what) }
    }
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.step();
        }
    }
    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Fault> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Node { start, end: self.at, value })
    }
    fn word(&mut self, word: &'static str, value: Value<'t>) -> Result<Value<'t>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at = self.at.saturating_add(word.len());
        Ok(value)
    }
    fn deeper(&self, depth: usize) -> Result<usize, Fault> {
        let depth = depth.saturating_add(1);
        if depth > DEPTH_MAX { Err(Fault { at: self.at, what: What::TooDeep }) } else { Ok(depth) }
    }
    fn list(&mut self, depth: usize) -> Result<Value<'t>, Fault> {
        let depth = self.deeper(depth)?;
        self.step();
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.step();
            return Ok(Value::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.step(),
                Some(b']') => {
                    self.step();
                    return Ok(Value::List(items));
                }
                _ => return Err(self.expected("`,` or `]`")),
            }
        }
    }
    fn map(&mut self, depth: usize) -> Result<Value<'t>, Fault> {
        let depth = self.deeper(depth)?;
        self.step();
        let mut members = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.step();
            return Ok(Value::Map(members));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a member name in quotes"));
            }
            let name = self.string()?;
            if !names.insert(name.to_lowercase()) {
                return Err(Fault { at: start, what: What::Duplicate(name.into_owned()) });
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.expected("`:`"));
            }
            self.step();
            self.skip_space();
            let value = self.value(depth)?;
            members.push(Member { start, name, value });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.step(),
                Some(b'}') => {
                    self.step();
                    return Ok(Value::Map(members));
                }
                _ => return Err(self.expected("`,` or `}`")),
            }
        }
    }
    fn number(&mut self) -> Result<&'t str, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.step();
        }
        match self.peek() {
            Some(b'0') => self.step(),
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.expected("a digit")),
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.step();
            if let Some(b'+' | b'-') = self.peek() {
                self.step();
            }
            self.digits()?;
        }
        Ok(self.slice(start, self.at))
    }
    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.expected("a digit"));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.step();
        }
        Ok(())
    }
    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        self.step();
        let start = self.at;
        let mut unescaped: Option<String> = None;
        let mut copied = start;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let last = self.slice(copied, self.at);
                    self.step();
                    return Ok(match unescaped {
                        Some(mut text) => {
                            text.push_str(last);
                            Cow::Owned(text)
                        }
                        None => Cow::Borrowed(last),
                    });
                }
                Some(b'\\') => {
                    let before = self.slice(copied, self.at);
                    let letter = self.escape()?;
                    let text = unescaped.get_or_insert_default();
                    text.push_str(before);
                    text.push(letter);
                    copied = self.at;
                }
                Some(0..=0x1F) => return Err(self.expected("no control character in a string")),
                Some(_) => self.step(),
                None => return Err(self.expected("the closing quote")),
            }
        }
    }
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.step();
        let letter = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.step();
                return self.unicode(start);
            }
            _ => return Err(self.expected("an escape")),
        };
        self.step();
        Ok(letter)
    }
    fn unicode(&mut self, start: usize) -> Result<char, Fault> {
        let lone = Fault { at: start, what: What::Expected("no lone surrogate") };
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
                    return Err(lone);
                }
                self.at = self.at.saturating_add(2);
                let second = self.hex()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(lone);
                }
                0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            other => other,
        };
        char::from_u32(code).ok_or(lone)
    }
    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at.saturating_add(4)).unwrap_or_default();
        let mut code = 0;
        for digit in digits {
            code =
                code * 16 + char::from(*digit).to_digit(16).ok_or_else(|| self.expected("four hexadecimal digits"))?;
        }
        if digits.len() < 4 {
            return Err(self.expected("four hexadecimal digits"));
        }
        self.at = self.at.saturating_add(4);
        Ok(code)
    }
}

/// Line and column, from 1; columns count characters.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
    let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
    let column = before.get(line_start..).unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

/// The same for many places in rising order, at the cost of one walk over the text.
pub(crate) struct Places<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
}

impl<'t> Places<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }
    pub fn at(&mut self, at: usize) -> (usize, usize) {
        let Some(between) = self.text.get(self.at..at) else { return place(self.text, at) };
        for letter in between.chars() {
            if letter == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.at = at;
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(node: &Node<'_>) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Number(spelt) => serde_json::from_str(spelt).unwrap(),
            Value::Text(text) => text.to_string().into(),
            Value::List(items) => items.iter().map(value_of).collect(),
            Value::Map(members) => {
                members.iter().map(|member| (member.name.to_string(), value_of(&member.value))).collect()
            }
        }
    }

    #[test]
    fn what_is_accepted_means_what_serde_json_reads() {
        for text in [
            r#"{"a":[1,-2.5e+3,true,false,null,"x"],"b":{"c":""}}"#,
            " [ ] ",
            r#""\ud83d\ude00\u00e4\n\/\\\"""#,
            "0",
            "-0.0",
            "{\"\u{e4}\":\"\u{1F600}\"}",
        ] {
            let ours = value_of(&read(text).unwrap());
            assert_eq!(ours, serde_json::from_str::<serde_json::Value>(text).unwrap(), "{text}");
        }
    }
    #[test]
    fn what_is_no_json_is_refused_at_its_place() {
        for (text, at) in [
            ("", 0),
            ("\u{feff}{}", 0),
            ("{} x", 3),
            ("{\"a\":1,}", 7),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{a:1}", 1),
            ("{\"a\" 1}", 5),
            ("01", 1),
            ("1.", 2),
            (".5", 0),
            ("+1", 0),
            ("NaN", 0),
            ("nul", 0),
            ("\"\\x\"", 2),
            ("\"\\ud800\"", 1),
            ("\"\\udc00\"", 1),
            ("\"\\ud800\\u0041\"", 1),
            ("\"\\u12", 3),
            ("\"a\nb\"", 2),
            ("\"a", 2),
            ("/* */{}", 0),
            ("'a'", 0),
            ("{\"a\":}", 5),
        ] {
            let fault = read(text).unwrap_err();
            assert_eq!(fault.at, at, "{text}: {fault:?}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }
    /// Has some map of it a member twice, letter case aside? Asked of the text, since `serde_json` keeps the last.
    fn doubled(text: &str) -> bool {
        matches!(read(text), Err(Fault { what: What::Duplicate(_), .. }))
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(20_000))]

        #[test]
        fn s31_what_serde_json_reads_is_read_and_nothing_else(text in r#"[\[\]{}:,"\\ a0-2.eE+\-tn]{0,12}|(\{"[aA]":(1|"[a\\n"]{0,3}"|\[(0|true|null)?,?\]),?\}?){1,2}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (read(&text), theirs) {
                (Ok(ours), Ok(theirs)) => proptest::prop_assert_eq!(value_of(&ours), theirs),
                (Ok(_), Err(error)) => proptest::prop_assert!(error.to_string().contains("out of range"), "{}: {}", text, error),
                (Err(fault), Ok(_)) => proptest::prop_assert!(doubled(&text) || fault.what == What::TooDeep, "{}: {:?}", text, fault),
                (Err(_), Err(_)) => {}
            }
        }
    }

    #[test]
    fn a_member_twice_is_refused_in_any_case() {
        for text in
            [r#"{"a":1,"a":2}"#, r#"{"Effect":1,"effect":2}"#, r#"[{"x":{"y":1,"\u0079":2}}]"#, "{\"Ä\":1,\"ä\":1}"]
        {
            assert!(matches!(read(text).unwrap_err().what, What::Duplicate(_)), "{text}");
        }
        assert!(read(r#"{"a":{"a":{"a":1}}}"#).is_ok());
    }
    #[test]
    fn depth_and_length_are_bounded() {
        assert!(read(&format!("{}{}", "[".repeat(8), "]".repeat(8))).is_ok());
        assert_eq!(
            read(&format!("{}{}", "[".repeat(9), "]".repeat(9))).unwrap_err(),
            Fault { at: 8, what: What::TooDeep }
        );
        assert_eq!(read(&"[".repeat(LEN_MAX)).unwrap_err().what, What::TooDeep);
        assert_eq!(read(&" ".repeat(LEN_MAX + 1)).unwrap_err().what, What::TooLong(LEN_MAX + 1));
    }
    #[test]
    fn places_count_lines_and_characters() {
        let text = "ä\n  ö{";
        assert_eq!(place(text, text.find('{').unwrap()), (2, 4));
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.len()), (2, 5));
        let mut places = Places::new(text);
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)).chain([3]) {
            assert_eq!(places.at(at), place(text, at), "{at}");
        }
    }
}
