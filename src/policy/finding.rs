//! Findings on a policy document: what is wrong, how bad it is, where it stands, and what may have been meant.

use std::fmt;

use crate::name::Text;
use crate::policy::json;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a thought.
    Hint,
    /// Probably not what was meant.
    Warning,
    /// Grants more than it seems to.
    Security,
    /// The document is not valid.
    Error,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $text:literal $level:ident,)*) => {
        /// The kind of a finding. The codes are this crate's own; the levels follow AWS's policy validation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }
        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The code as it is printed, such as `UNKNOWN_ACTION`.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
            /// Its level.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level),* }
            }
        }
    };
}

codes! {
    /// Not JSON, or not an object.
    JsonSyntax "JSON_SYNTAX" Error,
    /// The same member twice, letter case aside.
    DuplicateKey "DUPLICATE_KEY" Error,
    /// A member that policies do not have.
    UnknownElement "UNKNOWN_ELEMENT" Error,
    /// No statement.
    MissingStatement "MISSING_STATEMENT" Error,
    /// No `Effect`.
    MissingEffect "MISSING_EFFECT" Error,
    /// Neither `Action` nor `NotAction`.
    MissingAction "MISSING_ACTION" Error,
    /// Neither `Resource` nor `NotResource`.
    MissingResource "MISSING_RESOURCE" Error,
    /// Neither `Principal` nor `NotPrincipal` in a policy of a resource.
    MissingPrincipal "MISSING_PRINCIPAL" Error,
    /// Not one of the two versions.
    BadVersion "BAD_VERSION" Error,
    /// Neither `Allow` nor `Deny`.
    BadEffect "BAD_EFFECT" Error,
    /// A character that a `Sid` may not have.
    BadSid "BAD_SID" Error,
    /// The rules of 2008 apply: no variables.
    MissingVersion "MISSING_VERSION" Warning,
    /// Two statements of one `Sid`.
    DuplicateSid "DUPLICATE_SID" Error,
    /// An element and its negation together.
    ElementConflict "ELEMENT_CONFLICT" Error,
    /// An element that this kind of policy does not have.
    ElementNotAllowed "ELEMENT_NOT_ALLOWED" Error,
    /// A list without entries.
    EmptyList "EMPTY_LIST" Error,
    /// Not `service:Name`.
    BadAction "BAD_ACTION" Error,
    /// No action of this name.
    UnknownAction "UNKNOWN_ACTION" Error,
    /// Not an ARN of six fields.
    ArnFields "ARN_FIELDS" Error,
    /// An empty region matches no secret and no key.
    ArnEmptyRegion "ARN_EMPTY_REGION" Error,
    /// An empty account matches no secret and no key.
    ArnEmptyAccount "ARN_EMPTY_ACCOUNT" Error,
    /// A wildcard in the service field.
    ArnServiceWildcard "ARN_SERVICE_WILDCARD" Error,
    /// The statement's actions have no such resource.
    ResourceActionMismatch "RESOURCE_ACTION_MISMATCH" Warning,
    /// A secret's ARN ends with six random characters; this one matches none.
    SecretNoSuffix "SECRET_NO_SUFFIX" Warning,
    /// `-*` also matches longer names.
    SecretStarSuffix "SECRET_STAR_SUFFIX" Warning,
    /// Not a principal.
    BadPrincipal "BAD_PRINCIPAL" Error,
    /// Not a service.
    BadServicePrincipal "BAD_SERVICE_PRINCIPAL" Error,
    /// Principals have no partial wildcards.
    PrincipalWildcard "PRINCIPAL_WILDCARD" Error,
    /// `NotPrincipal` goes with `Deny` only.
    NotPrincipalAllow "NOTPRINCIPAL_ALLOW" Error,
    /// The exempt principal's account is not listed beside it.
    NotPrincipalWithoutAccount "NOTPRINCIPAL_WITHOUT_ACCOUNT" Warning,
    /// No such condition operator.
    UnknownOperator "UNKNOWN_OPERATOR" Error,
    /// `Null` has no `IfExists`.
    NullIfExists "NULL_IFEXISTS" Error,
    /// No such global condition key.
    UnknownConditionKey "UNKNOWN_CONDITION_KEY" Error,
    /// No such condition key of a known service.
    UnknownServiceKey "UNKNOWN_SERVICE_KEY" Warning,
    /// The value does not parse for the operator.
    ConditionType "CONDITION_TYPE" Error,
    /// The operator does not suit the key.
    OperatorType "OPERATOR_TYPE" Warning,
    /// A wildcard that is compared literally.
    WildcardWithoutLike "WILDCARD_WITHOUT_LIKE" Warning,
    /// A key of several values needs a set operator.
    SetOperatorMissing "SET_OPERATOR_MISSING" Error,
    /// `ForAllValues` allows when the key is absent.
    ForAllAllow "FORALL_ALLOW" Security,
    /// `ForAllValues` over a key of one value.
    ForAllSingle "FORALL_SINGLE" Security,
    /// A misspelt variable.
    VariableSyntax "VARIABLE_SYNTAX" Error,
    /// A variable where none may stand.
    VariablePlace "VARIABLE_PLACE" Error,
    /// A variable under the rules of 2008.
    VariableVersion "VARIABLE_VERSION" Error,
    /// Everybody may do something.
    Public "PUBLIC" Security,
    /// Another account is named.
    ExternalAccount "EXTERNAL_ACCOUNT" Hint,
    /// Allow with `NotAction`.
    AllowNotAction "ALLOW_NOTACTION" Security,
    /// Allow with `NotResource`.
    AllowNotResource "ALLOW_NOTRESOURCE" Security,
    /// One action entry covers another.
    RedundantAction "REDUNDANT_ACTION" Hint,
    /// One resource entry covers another.
    RedundantResource "REDUNDANT_RESOURCE" Hint,
    /// Longer than this kind of policy may be.
    Size "SIZE" Error,
    /// The caller could no longer change the policy; found by whoever stores it, who knows the caller.
    Lockout "LOCKOUT" Security,
}

impl Code {
    /// Does the document have no meaning with this finding, so that it cannot even be weighed? The other errors leave
    /// a defined meaning behind, usually "matches nothing".
    pub(crate) const fn is_fatal(self) -> bool {
        matches!(
            self,
            Self::JsonSyntax
                | Self::DuplicateKey
                | Self::UnknownElement
                | Self::MissingStatement
                | Self::MissingEffect
                | Self::MissingAction
                | Self::MissingResource
                | Self::MissingPrincipal
                | Self::BadVersion
                | Self::BadEffect
                | Self::ElementConflict
                | Self::ElementNotAllowed
                | Self::BadAction
                | Self::UnknownOperator
                | Self::NullIfExists
        )
    }
}
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// How bad it is; `PUBLIC` is an error where public access is blocked.
    pub level: Level,
    /// The statement it stands in, counted from 1; absent when it concerns the whole document.
    pub statement: Option<usize>,
    /// Line in the text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong: lower case, no full stop, the document's own words in backticks.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl Finding {
    /// Does it keep the document out of the store? All errors do, but three that AWS stores as well: they grant nothing,
    /// and the service behind an action may be newer than the table.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        let stored = matches!(self.code, Code::UnknownAction | Code::ArnEmptyRegion | Code::ArnEmptyAccount);
        matches!(self.level, Level::Error) && !stored
    }
}
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if let Some(statement) = self.statement {
            write!(f, "statement {statement}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

/// All findings on one document, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// No finding is an error.
    pub valid: bool,
    /// The findings; a code may stand several times, at several places.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| (finding.line, finding.column, finding.code));
        findings.dedup();
        Self { valid: findings.iter().all(|finding| finding.level != Level::Error), findings }
    }
    /// Each code once, in the order of first appearance.
    #[must_use]
    pub fn codes(&self) -> Vec<Code> {
        let mut codes = Vec::new();
        for finding in &self.findings {
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
        }
        codes
    }
}

/// A document that is no policy, or must not be stored. Shows its first finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    findings: Vec<Finding>,
}

impl Malformed {
    pub(crate) fn new(findings: Vec<Finding>) -> Self {
        Self { findings: Report::new(findings).findings }
    }
    /// What keeps the document out; never empty.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
    /// Is there such a finding?
    #[must_use]
    pub fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.first() {
            Some(first) => fmt::Display::fmt(first, f),
            None => f.write_str("not a policy"),
        }
    }
}
impl std::error::Error for Malformed {}

/// Collects findings while a document is read.
pub(crate) struct Findings<'t> {
    text: &'t str,
    /// With the byte where each stands; line and column are counted at the end, for all in one walk over the text.
    found: Vec<(usize, Finding)>,
    /// Of which kinds some were found.
    kinds: [bool; Code::ALL.len()],
    fatal: bool,
}

impl<'t> Findings<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new(), kinds: [false; Code::ALL.len()], fatal: false }
    }
    /// Adds a finding at a byte of the text; `statement` counts from 0. Of one kind no more than [`FINDINGS_MAX`] are kept: a hostile document
    /// could have one for every byte.
    pub fn add(&mut self, code: Code, statement: Option<usize>, at: usize, message: String) {
        self.suggest(code, statement, at, message, None);
    }
    pub fn suggest(
        &mut self,
        code: Code,
        statement: Option<usize>,
        at: usize,
        message: String,
        suggestion: Option<Text>,
    ) {
        self.fatal |= code.is_fatal();
        if !self.keeps(code) {
            return;
        }
        if let Some(found) = self.kinds.get_mut(code as usize) {
            *found = true;
        }
        let finding = Finding {
            code,
            level: code.level(),
            statement: statement.map(|index| index.saturating_add(1)),
            line: 0,
            column: 0,
            message,
            suggestion: suggestion.map(String::from),
        };
        self.found.push((at, finding));
    }
    /// Is a further finding of this kind kept? Whoever has thousands asks before it words them.
    pub fn keeps(&self, code: Code) -> bool {
        let found = self.kinds.get(code as usize).is_some_and(|found| *found);
        self.found.len() < FINDINGS_MAX || !found
    }
    /// Have so many been found that nobody is helped by what further ones may have meant? To find that out is the dearest of all.
    pub fn are_many(&self) -> bool {
        self.found.len() >= SUGGESTIONS_MAX
    }
    /// Makes the last finding an error, where its kind is none everywhere.
    pub fn harden_last(&mut self, code: Code) {
        if let Some((_, last)) = self.found.last_mut().filter(|(_, last)| last.code == code) {
            last.level = Level::Error;
        }
    }
    /// For faults of shape that leave nothing to compile, under codes that otherwise do.
    pub fn mark_fatal(&mut self) {
        self.fatal = true;
    }
    pub fn is_fatal(&self) -> bool {
        self.fatal
    }
    /// What was found, in the order of the text.
    pub fn into_vec(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|(at, _)| *at);
        let mut places = json::Places::new(self.text);
        let placed = self.found.into_iter().map(|(at, finding)| {
            let (line, column) = places.at(at);
            Finding { line, column, ..finding }
        });
        placed.collect()
    }
}

const FINDINGS_MAX: usize = 200;
const SUGGESTIONS_MAX: usize = 50;
