//! The patterns of the AWS models: a closed set, matched by hand in one pass, printed as AWS prints them.

/// A named pattern. It holds for a text as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pattern {
    /// Secrets Manager: a region, such as `eu-central-1`.
    Region,
    /// Secrets Manager: a rotation token.
    RotationToken,
    /// Secrets Manager: how long a rotation window is open.
    RotationWindow,
    /// Secrets Manager: a schedule of rotations.
    ScheduleExpression,
    /// Secrets Manager: a value of a list filter.
    FilterValue,
    /// Secrets Manager: the name of a resource policy.
    ResourcePolicyName,
    /// KMS: an alias or the name of a grant.
    AliasName,
    /// KMS: the name of a key policy.
    KeyPolicyName,
    /// KMS: a principal of a grant.
    GrantPrincipal,
    /// KMS: a key of an external key store.
    ExternalKeyId,
    /// KMS: a paging marker.
    KeyMarker,
    /// KMS: a word about imported material.
    KeyMaterialDescription,
    /// KMS: the id of a material.
    KeyMaterialId,
    /// KMS and IAM: the text of a policy.
    PolicyText,
    /// IAM: the name of a user, role or policy.
    EntityName,
    /// IAM: a path.
    EntityPath,
    /// IAM: the beginning of a path.
    PathPrefix,
    /// IAM: a paging marker.
    EntityMarker,
    /// Number of a managed policy's version, behind a `v`.
    PolicyVersion,
    /// IAM: the description of a role.
    RoleDescription,
    /// IAM: the key of a tag.
    TagKey,
    /// IAM: the value of a tag.
    TagValue,
    /// IAM: the id of an access key.
    AccessKeyId,
    /// IAM and STS: the serial number of an MFA device.
    SerialNumber,
    /// STS: an external id.
    ExternalId,
    /// IAM and STS: what an MFA device shows.
    Digits,
}

impl Pattern {
    /// The regular expression of the AWS model.
    #[must_use]
    pub const fn expression(self) -> &'static str {
        match self {
            Self::Region => r"^([a-z]+-)+\d+$",
            Self::RotationToken => r"^[a-zA-Z0-9\-]+$",
            Self::RotationWindow => r"[0-9]+h",
            Self::ScheduleExpression => r"[0-9A-Za-z\(\)#\?\*\-\/, ]+",
            Self::FilterValue => r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$",
            Self::ResourcePolicyName => r"[0-9A-Za-z\-\_]+",
            Self::AliasName => r"^[a-zA-Z0-9:/_-]+$",
            Self::KeyPolicyName | Self::AccessKeyId => r"[\w]+",
            Self::GrantPrincipal => r"^[\w+=,.@:/-]+$",
            Self::ExternalKeyId => r"^[a-zA-Z0-9-_.]+$",
            Self::KeyMarker => r"[\u0020-\u00FF]*",
            Self::KeyMaterialDescription => r"^[a-zA-Z0-9:/_\s.-]+$",
            Self::KeyMaterialId => r"^[a-f0-9]+$",
            Self::PolicyText => r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            Self::EntityName => r"[\w+=,.@-]+",
            Self::EntityPath => r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            Self::PathPrefix => r"\u002F[\u0021-\u007F]*",
            Self::EntityMarker => r"[\u0020-\u00FF]+",
            Self::PolicyVersion => r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
            Self::RoleDescription => r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
            Self::TagKey => r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            Self::TagValue => r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*",
            Self::SerialNumber => r"[\w+=/:,.@-]+",
            Self::ExternalId => r"[\w+=,.@:\/-]*",
            Self::Digits => r"[\d]+",
        }
    }

    /// Does the whole text match?
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        match self {
            Self::Region => is_region(text),
            Self::RotationToken => some_of(text, |c| c.is_ascii_alphanumeric() || c == '-'),
            Self::RotationWindow => text.strip_suffix('h').is_some_and(|hours| some_of(hours, |c| c.is_ascii_digit())),
            Self::ScheduleExpression => some_of(text, |c| c.is_ascii_alphanumeric() || "()#?*-/, ".contains(c)),
            Self::FilterValue => text.chars().all(|c| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c)),
            Self::ResourcePolicyName => some_of(text, |c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            Self::AliasName => some_of(text, |c| c.is_ascii_alphanumeric() || ":/_-".contains(c)),
            Self::KeyPolicyName | Self::AccessKeyId => some_of(text, is_word),
            Self::GrantPrincipal => some_of(text, |c| is_word(c) || "+=,.@:/-".contains(c)),
            Self::ExternalKeyId => some_of(text, |c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
            Self::KeyMarker => text.chars().all(|c| (' '..='\u{FF}').contains(&c)),
            Self::KeyMaterialDescription => {
                some_of(text, |c| c.is_ascii_alphanumeric() || c.is_whitespace() || ":/_.-".contains(c))
            }
            Self::KeyMaterialId => some_of(text, |c| matches!(c, 'a'..='f' | '0'..='9')),
            Self::PolicyText => some_of(text, |c| is_layout(c) || (' '..='\u{FF}').contains(&c)),
            Self::EntityName => some_of(text, |c| is_word(c) || "+=,.@-".contains(c)),
            Self::EntityPath => is_path(text),
            Self::PathPrefix => {
                text.strip_prefix('/').is_some_and(|rest| rest.chars().all(|c| ('!'..='\u{7F}').contains(&c)))
            }
            Self::EntityMarker => some_of(text, |c| (' '..='\u{FF}').contains(&c)),
            Self::PolicyVersion => is_policy_version(text),
            Self::RoleDescription => {
                text.chars().all(|c| is_layout(c) || (' '..='~').contains(&c) || ('\u{A1}'..='\u{FF}').contains(&c))
            }
            Self::TagKey => some_of(text, is_tag),
            Self::TagValue => text.chars().all(is_tag),
            Self::SerialNumber => some_of(text, |c| is_word(c) || "+=/:,.@-".contains(c)),
            Self::ExternalId => text.chars().all(|c| is_word(c) || "+=,.@:/-".contains(c)),
            Self::Digits => some_of(text, |c| c.is_ascii_digit()),
        }
    }
}

fn is_policy_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, more) = rest.split_once('.').map_or((rest, ""), |(number, more)| (number, more));
    !number.starts_with('0')
        && some_of(number, |c| c.is_ascii_digit())
        && more.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
fn some_of(text: &str, of: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(of)
}
/// `\w` without the Unicode flag, as the services have it.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
fn is_layout(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}
/// One or more words of small letters, each followed by a hyphen, then digits.
fn is_region(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(words, number)| {
        some_of(number, |c| c.is_ascii_digit())
            && words.split('-').all(|word| some_of(word, |c| c.is_ascii_lowercase()))
    })
}
fn is_path(text: &str) -> bool {
    let inside = |text: &str| some_of(text, |c| ('!'..='~').contains(&c));
    text == "/" || text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).is_some_and(inside)
}
/// `\p{L}` is taken as Unicode's Alphabetic, which adds the vowel signs that words of some scripts are written with.
fn is_tag(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}
