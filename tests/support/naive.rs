//! A second evaluator, written from the rules and not from the first: it walks the JSON documents, substitutes as it
//! goes, matches by recursion, and knows no index, no bit set and no compiled form. Slow and plain on purpose.

#![allow(clippy::pedantic, reason = "as plain as can be: it is there to be read against the rules")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

/// A whole question.
pub struct Question<'a> {
    pub principal: &'a str,
    pub action: &'a str,
    pub resource: &'a str,
    pub resource_account: &'a str,
    /// `secret`, `key` or `role`.
    pub trust: &'a str,
    pub context: &'a BTreeMap<String, Vec<String>>,
    pub identity: &'a [Value],
    pub resource_policy: Option<&'a Value>,
    pub boundary: Option<&'a Value>,
    pub session: Option<&'a Value>,
    pub scps: &'a [Vec<Value>],
}

pub fn decide(q: &Question<'_>) -> &'static str {
    if q.action.eq_ignore_ascii_case("sts:GetCallerIdentity") {
        return "allow";
    }
    let is_service = !q.principal.starts_with("arn:");
    let is_root = q.principal.ends_with(":root");
    let account = if is_service { "" } else { field(q.principal, 4) };
    let no_levels = Vec::new();
    let scps = if is_service { &no_levels[..] } else { q.scps };

    // Everything that may deny.
    let mut own: Vec<&Value> = q.identity.iter().collect();
    own.extend(q.boundary);
    own.extend(q.session);
    own.extend(scps.iter().flatten());
    if own.iter().any(|policy| some_statement(q, policy, "Deny")) {
        return "explicitDeny";
    }
    if grants(q, "Deny").next().is_some() {
        return "explicitDeny";
    }

    for level in scps {
        if !level.iter().any(|policy| some_statement(q, policy, "Allow")) {
            return "implicitDeny";
        }
    }
    let kinds: Vec<&str> = grants(q, "Allow").collect();
    let has = |kind: &str| kinds.contains(&kind);
    let answer = |yes: bool| if yes { "allow" } else { "implicitDeny" };
    if is_service {
        return answer(has("direct"));
    }
    let identity = is_root || q.identity.iter().any(|policy| some_statement(q, policy, "Allow"));
    let boundary = q.boundary.is_none_or(|policy| some_statement(q, policy, "Allow"));
    let session = match q.session {
        Some(policy) => some_statement(q, policy, "Allow"),
        None => !q.principal.contains(":federated-user/"),
    };
    let limits = boundary && session;
    if account != q.resource_account {
        return answer(!kinds.is_empty() && identity && limits);
    }
    let trusts = q.trust == "secret" || has("account");
    answer(has("direct") || (has("parent") && limits) || (identity && limits && trusts))
}

fn field(arn: &str, number: usize) -> &str {
    arn.splitn(6, ':').nth(number).unwrap_or("")
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn statements(policy: &Value) -> Vec<&Value> {
    list(&policy["Statement"])
}

fn some_statement(q: &Question<'_>, policy: &Value, effect: &str) -> bool {
    statements(policy).into_iter().any(|statement| statement["Effect"] == effect && applies(q, policy, statement))
}

/// How the resource's policy means the caller, for each statement of that effect that applies.
fn grants<'q>(q: &'q Question<'_>, effect: &'q str) -> impl Iterator<Item = &'static str> + 'q {
    q.resource_policy.into_iter().flat_map(move |policy| {
        statements(policy)
            .into_iter()
            .filter(move |statement| statement["Effect"] == effect && applies(q, policy, statement))
            .filter_map(move |statement| principal(q, statement))
    })
}

fn applies(q: &Question<'_>, policy: &Value, statement: &Value) -> bool {
    let variables = policy["Version"] == "2012-10-17";
    let allow = statement["Effect"] == "Allow";
    action(q, statement) && resource(q, statement, variables, allow) && conditions(q, statement, variables, allow)
}

// ---- principals

fn principal(q: &Question<'_>, statement: &Value) -> Option<&'static str> {
    if let Some(written) = statement.get("Principal") {
        let kinds: Vec<_> = entries(written).into_iter().filter_map(|(kind, name)| means(q, &kind, &name)).collect();
        return ["direct", "parent", "account"].into_iter().find(|kind| kinds.contains(kind));
    }
    let written = &statement["NotPrincipal"];
    if statement["Effect"] == "Allow" {
        return None;
    }
    let listed: Vec<_> = entries(written)
        .into_iter()
        .filter(|(_, name)| name != "*")
        .filter_map(|(kind, name)| means(q, &kind, &name))
        .collect();
    let exempt = if q.principal.starts_with("arn:aws:sts:") {
        listed.contains(&"direct") && listed.contains(&"parent")
    } else if q.principal.ends_with(":root") {
        listed.contains(&"account")
    } else {
        listed.contains(&"direct")
    };
    if exempt && q.boundary.is_none() { None } else { Some("direct") }
}

fn entries(written: &Value) -> Vec<(String, String)> {
    match written {
        Value::String(star) => vec![("AWS".to_owned(), star.clone())],
        Value::Object(map) => map
            .iter()
            .flat_map(|(kind, names)| {
                list(names).into_iter().map(|name| (kind.clone(), name.as_str().unwrap().to_owned()))
            })
            .collect(),
        _ => panic!("principal"),
    }
}

fn means(q: &Question<'_>, kind: &str, name: &str) -> Option<&'static str> {
    let caller = q.principal;
    if kind == "Service" {
        return (caller == name && !name.starts_with("arn:")).then_some("direct");
    }
    if kind != "AWS" {
        return None;
    }
    if name == "*" {
        return Some("direct");
    }
    if !caller.starts_with("arn:") || name.contains(['*', '?']) {
        return None;
    }
    let account = field(caller, 4);
    if name == account || name == format!("arn:aws:iam::{account}:root") {
        return Some("account");
    }
    if !name.starts_with("arn:aws:") {
        return None;
    }
    if name == caller {
        return Some("direct");
    }
    // Sessions and what they come from.
    let last = name.rsplit('/').next().unwrap();
    let resource = field(name, 5);
    if field(name, 2) != "iam" || field(name, 4) != account {
        return None;
    }
    let from = if let Some(rest) = caller.split_once(":assumed-role/") {
        resource.starts_with("role/") && rest.1.split('/').next() == Some(last)
    } else if let Some(rest) = caller.split_once(":federated-user/") {
        resource.starts_with("user/") && rest.1 == last
    } else {
        false
    };
    from.then_some("parent")
}

// ---- actions and resources

fn action(q: &Question<'_>, statement: &Value) -> bool {
    let (asked_service, asked_name) = q.action.split_once(':').unwrap();
    let matches = |pattern: &Value| {
        let pattern = pattern.as_str().unwrap();
        if pattern == "*" {
            return true;
        }
        let (service, name) = pattern.split_once(':').unwrap();
        let tokens: Vec<Token> = name
            .to_lowercase()
            .chars()
            .map(|letter| match letter {
                '*' => Token::Any,
                '?' => Token::One,
                other => Token::Letter(other),
            })
            .collect();
        service.to_lowercase() == asked_service.to_lowercase() && glob(&tokens, &asked_name.to_lowercase())
    };
    match statement.get("Action") {
        Some(patterns) => list(patterns).into_iter().any(matches),
        None => !list(&statement["NotAction"]).into_iter().any(matches),
    }
}

fn resource(q: &Question<'_>, statement: &Value, variables: bool, allow: bool) -> bool {
    let matches = |pattern: &Value| one_resource(q, pattern.as_str().unwrap(), variables);
    if let Some(patterns) = statement.get("Resource") {
        return list(patterns).into_iter().any(|pattern| matches(pattern) == Some(true));
    }
    if let Some(patterns) = statement.get("NotResource") {
        let answers: Vec<_> = list(patterns).into_iter().map(matches).collect();
        if allow && answers.contains(&None) {
            return false;
        }
        return !answers.contains(&Some(true));
    }
    true
}

/// `None`: some variable has no value.
fn one_resource(q: &Question<'_>, pattern: &str, variables: bool) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    if variables && pattern.splitn(6, ':').take(5).any(|field| field.contains("${")) {
        return None;
    }
    arn(tokens(q, pattern, true, variables)?, q.resource)
}

fn arn(tokens: Vec<Token>, text: &str) -> Option<bool> {
    let open = tokens.last() == Some(&Token::Any);
    let mut fields = vec![Vec::new()];
    for token in tokens {
        if token == Token::Letter(':') && fields.len() < 6 {
            fields.push(Vec::new());
        } else {
            fields.last_mut().unwrap().push(token);
        }
    }
    if fields.len() < 6 && open {
        while fields.len() < 6 {
            fields.push(vec![Token::Any]);
        }
    }
    let texts: Vec<&str> = text.splitn(6, ':').collect();
    if fields.len() < 6 || texts.len() < 6 {
        return Some(false);
    }
    Some(fields.iter().zip(texts).all(|(field, text)| glob(field, text)))
}

// ---- patterns

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Letter(char),
    /// A variable's value, literal as a whole.
    Literal(String),
    One,
    Any,
}

fn tokens(q: &Question<'_>, pattern: &str, wild: bool, variables: bool) -> Option<Vec<Token>> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if variables && letters[at] == '$' && letters.get(at + 1) == Some(&'{') {
            let rest: String = letters[at + 2..].iter().collect();
            if let Some(escape) = ["*}", "?}", "$}"].into_iter().find(|escape| rest.starts_with(escape)) {
                tokens.push(Token::Letter(escape.chars().next().unwrap()));
                at += 4;
                continue;
            }
            let key: String = rest.chars().take_while(|letter| !['}', ','].contains(letter)).collect();
            if key.is_empty() || key.chars().any(|letter| letter.is_whitespace() || "'*?${".contains(letter)) {
                return None;
            }
            let behind = &rest[key.len()..];
            let (default, length) = if behind.starts_with('}') {
                (None, 1)
            } else {
                let quoted = behind.strip_prefix(", '")?;
                let default = quoted.split('\'').next().unwrap();
                if !quoted[default.len()..].starts_with("'}") {
                    return None;
                }
                (Some(default.to_owned()), 3 + default.chars().count() + 2)
            };
            let value = match context(q, &key) {
                [one] => Some(one.clone()),
                _ => default,
            };
            tokens.push(Token::Literal(value?));
            at += 2 + key.chars().count() + length;
            continue;
        }
        tokens.push(match letters[at] {
            '*' if wild => Token::Any,
            '?' if wild => Token::One,
            letter => Token::Letter(letter),
        });
        at += 1;
    }
    Some(tokens)
}

fn glob(tokens: &[Token], text: &str) -> bool {
    let mut spread = Vec::new();
    for token in tokens {
        match token {
            Token::Literal(value) => spread.extend(value.chars().map(Token::Letter)),
            other => spread.push(other.clone()),
        }
    }
    let text: Vec<char> = text.chars().collect();
    let mut known = vec![vec![None; text.len() + 1]; spread.len() + 1];
    rest_matches(&spread, &text, 0, 0, &mut known)
}

/// Recursion over both; what was answered once is remembered, or a run of stars would take for ever.
fn rest_matches(tokens: &[Token], text: &[char], t: usize, x: usize, known: &mut [Vec<Option<bool>>]) -> bool {
    if let Some(answer) = known[t][x] {
        return answer;
    }
    let answer = match tokens.get(t) {
        None => x == text.len(),
        Some(Token::Any) => {
            rest_matches(tokens, text, t + 1, x, known)
                || (x < text.len() && rest_matches(tokens, text, t, x + 1, known))
        }
        Some(Token::One) => x < text.len() && rest_matches(tokens, text, t + 1, x + 1, known),
        Some(Token::Letter(letter)) => text.get(x) == Some(letter) && rest_matches(tokens, text, t + 1, x + 1, known),
        Some(Token::Literal(_)) => unreachable!(),
    };
    known[t][x] = Some(answer);
    answer
}

// ---- conditions

/// The values of a key; empty when it is absent.
fn context<'a>(q: &'a Question<'_>, key: &str) -> &'a [String] {
    q.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map_or(&[], |(_, values)| values)
}

fn conditions(q: &Question<'_>, statement: &Value, variables: bool, allow: bool) -> bool {
    let Some(Value::Object(operators)) = statement.get("Condition") else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, values)| {
            let texts: Vec<String> = list(values)
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect();
            condition(q, operator, context(q, key), &texts, variables, allow)
        })
    })
}

fn condition(
    q: &Question<'_>,
    operator: &str,
    asked: &[String],
    wanted: &[String],
    variables: bool,
    allow: bool,
) -> bool {
    let (set, name) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
    if name == "Null" {
        let answer = if asked.is_empty() { "true" } else { "false" };
        return wanted.iter().any(|text| text.to_lowercase() == answer);
    }
    let negated = name.contains("Not");
    if asked.is_empty() {
        return match set {
            "ForAllValues" => true,
            "ForAnyValue" => if_exists,
            _ => if_exists || negated,
        };
    }
    let base = name.replace("Not", "");
    let satisfies = |text: &String| match equals(q, &base, text, wanted, variables) {
        None => negated && !allow,
        Some(equal) => equal != negated,
    };
    match set {
        "ForAllValues" => asked.iter().all(String::is_empty) || asked.iter().all(satisfies),
        "ForAnyValue" => asked.iter().any(satisfies),
        _ => asked.len() == 1 && satisfies(&asked[0]),
    }
}

/// Is the text one of the wanted ones? `None` when the text does not parse.
fn equals(q: &Question<'_>, base: &str, text: &str, wanted: &[String], variables: bool) -> Option<bool> {
    let written = |wanted: &String| -> Option<String> {
        let tokens = tokens(q, wanted, false, variables)?;
        Some(
            tokens
                .into_iter()
                .map(|token| match token {
                    Token::Letter(letter) => letter.to_string(),
                    Token::Literal(text) => text,
                    _ => unreachable!(),
                })
                .collect(),
        )
    };
    let any = |test: &dyn Fn(&String) -> Option<bool>| Some(wanted.iter().any(|wanted| test(wanted) == Some(true)));
    match base {
        "StringEquals" => any(&|wanted| Some(written(wanted)? == text)),
        "StringEqualsIgnoreCase" => any(&|wanted| Some(written(wanted)?.to_lowercase() == text.to_lowercase())),
        "StringLike" => any(&|wanted| Some(glob(&tokens(q, wanted, true, variables)?, text))),
        "ArnEquals" | "ArnLike" => {
            if !text.starts_with("arn:") || text.matches(':').count() < 5 {
                return None;
            }
            any(&|wanted| arn(tokens(q, wanted, true, variables)?, text))
        }
        "Bool" => {
            let text = truth(text)?;
            any(&|wanted| Some(truth(&written(wanted)?)? == text))
        }
        "IpAddress" => {
            let address: IpAddr = text.parse().ok()?;
            any(&|wanted| within(address, wanted))
        }
        "BinaryEquals" => {
            let bytes = base64(text)?;
            any(&|wanted| Some(base64(wanted)? == bytes))
        }
        _ => {
            let (number, order) = match (base.strip_prefix("Numeric"), base.strip_prefix("Date")) {
                (Some(order), _) => (true, order),
                (_, Some(order)) => (false, order),
                _ => panic!("{base}"),
            };
            let read = |text: &str| if number { decimal(text) } else { date(text) };
            let left = read(text)?;
            any(&|wanted| {
                let right = read(wanted)?;
                Some(match order {
                    "Equals" => left == right,
                    "LessThan" => left < right,
                    "LessThanEquals" => left <= right,
                    "GreaterThan" => left > right,
                    "GreaterThanEquals" => left >= right,
                    other => panic!("{other}"),
                })
            })
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    text.to_lowercase().parse().ok()
}

fn within(address: IpAddr, block: &str) -> Option<bool> {
    let (base, prefix) = block.split_once('/').map_or((block, None), |(base, prefix)| (base, Some(prefix)));
    let bits = |address: IpAddr| -> String {
        match address {
            IpAddr::V4(v4) => v4.octets().iter().map(|byte| format!("{byte:08b}")).collect(),
            IpAddr::V6(v6) => v6.octets().iter().map(|byte| format!("{byte:08b}")).collect(),
        }
    };
    let (base, address) = (bits(base.parse().ok()?), bits(address));
    let prefix = match prefix {
        None => base.len(),
        Some(digits) if !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()) => {
            digits.parse().ok().filter(|prefix| *prefix <= base.len())?
        }
        Some(_) => return None,
    };
    Some(base.len() == address.len() && base[..prefix] == address[..prefix])
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    if padding > 2 {
        return None;
    }
    let mut bits = String::new();
    for letter in body.chars() {
        bits += &format!("{:06b}", LETTERS.find(letter)?);
    }
    let whole = bits.len() / 8 * 8;
    if bits[whole..].contains('1') || bits.len() - whole >= 6 {
        return None;
    }
    Some((0..whole / 8).map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).unwrap()).collect())
}

/// In units of ten to the power of -30; enough for what the tests write.
fn decimal(text: &str) -> Option<i128> {
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) if power.trim_start_matches(['+', '-']).len() + 1 >= power.len() => {
            (mantissa, power.parse::<i32>().ok()?)
        }
        Some(_) => return None,
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || !whole.chars().chain(fraction.chars()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let scale = 12 - i32::try_from(fraction.len()).ok()? + power;
    let number = number * 10_i128.pow(u32::try_from(scale).expect("tests write short numbers"));
    Some(if negative { -number } else { number })
}

/// In nanoseconds since 1970, by counting the days one by one.
fn date(text: &str) -> Option<i128> {
    let digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit()) && !text.is_empty();
    if digits(text) && text.len() != 4 {
        return if text.len() <= 18 { text.parse::<i128>().ok().map(|seconds| seconds * 1_000_000_000) } else { None };
    }
    let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
    let parts: Vec<&str> = day.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if !parts.iter().all(|part| digits(part))
        || !matches!(lengths[..], [4] | [4, 2] | [4, 2, 2])
        || (clock.is_some() && parts.len() < 3)
    {
        return None;
    }
    let number = |place: usize| parts.get(place).map_or(1, |part| part.parse::<i64>().unwrap());
    let (year, month, day) = (number(0), number(1), number(2));
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || day < 1 || day > lengths[month as usize - 1] {
        return None;
    }
    let mut days = day - 1 + lengths[..month as usize - 1].iter().sum::<i64>();
    for passed in 1970..year {
        days += if leap(passed) { 366 } else { 365 };
    }
    for coming in year..1970 {
        days -= if leap(coming) { 366 } else { 365 };
    }
    let mut nanos = i128::from(days) * 86_400_000_000_000;
    if let Some(clock) = clock {
        let zone = clock.find(['Z', '+', '-'])?;
        let (time, zone) = clock.split_at(zone);
        let two = |text: &str, below: i128| -> Option<i128> {
            if text.len() != 2 || !digits(text) {
                return None;
            }
            text.parse().ok().filter(|number| *number < below)
        };
        let minutes = match zone.split_at(1) {
            ("Z", "") => 0,
            (sign, rest) if sign != "Z" => {
                let (hours, minutes) = rest.split_once(':')?;
                let offset = two(hours, 24)? * 60 + two(minutes, 60)?;
                if sign == "-" { -offset } else { offset }
            }
            _ => return None,
        };
        let mut parts = time.split(':');
        let seconds = two(parts.next()?, 24)? * 3600 + two(parts.next()?, 60)? * 60 - minutes * 60;
        nanos += seconds * 1_000_000_000;
        if let Some(part) = parts.next() {
            let (second, fraction) =
                part.split_once('.').map_or((part, None), |(second, fraction)| (second, Some(fraction)));
            nanos += two(second, 60)? * 1_000_000_000;
            if let Some(fraction) = fraction {
                if !digits(fraction) {
                    return None;
                }
                nanos += format!("{:0<9}", &fraction[..fraction.len().min(9)]).parse::<i128>().unwrap();
            }
        }
        if parts.next().is_some() {
            return None;
        }
    }
    Some(nanos)
}
