//! The table: `operation!`, `structure!`, `choice!` and `catalogue!`.
//!
//! # Why not serde derives?
//!
//! Four operations were drawn both ways: GetSecretValue and PutSecretValue in JSON, CreateUser and PutUserPolicy in Query.
//!
//! - *Secrets.* serde_json unescapes a string with `\"` through a scratch vector that nobody wipes, and nearly every JSON
//!   secret has one. `RawValue` gets round it, at the price of a hand-written visitor for each secret member.
//! - *A second table is needed anyway.* Lengths, patterns, enumerations, condition keys and "secret or not" have no place in
//!   a derive. Beside it they need a list by member name that nothing keeps in step with the struct; here one line has all.
//! - *All violations at once.* A derive stops at the first missing member; AWS tells every violation of a request together.
//! - *Query.* `Tags.member.1.Key` fits no serde format: that half would be written by hand, per operation.
//!
//! The table costs the macros below, no dependency, and some lines of `Source` and `Sink` a format. Two groups, `must` and
//! `may`, because one list with both kinds of member is ambiguous to `macro_rules!`.
//!
//! # How a line reads
//!
//! ```text
//! /// Documentation.
//! secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
//! version_stages: Vec<Text> = "VersionStages" [Items(1, 20)] each [Length(1, 256)];
//! ```
//! Name in Rust, type, name at AWS, constraints, constraints on each element, condition keys that it fills.

/// A request or an answer and how it is told, taken and checked. `pair key value` at the end makes it a tag: its two members
/// name and give the value of condition keys such as `aws:RequestTag/Team`.
macro_rules! structure {
    ($(#[$meta:meta])* $name:ident {
        must { $( $(#[$rdoc:meta])* $rf:ident : $rt:ty = $rw:literal
            $([ $($rrule:ident ( $($rarg:expr),* )),* ])? $(each [ $($reach:ident ( $($rearg:expr),* )),* ])? $(key $rkey:literal)* ; )* }
        may { $( $(#[$odoc:meta])* $of:ident : $ot:ty = $ow:literal
            $([ $($orule:ident ( $($oarg:expr),* )),* ])? $(each [ $($oeach:ident ( $($oearg:expr),* )),* ])? $(key $okey:literal)* ; )* }
    } $(pair $pkey:ident $pvalue:ident)?) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct $name { $( $(#[$rdoc])* pub $rf: $rt, )* $( $(#[$odoc])* pub $of: Option<$ot>, )* }

        impl $name {
            /// Its members: first those that must be there, then those that may.
            pub const MEMBERS: &'static [$crate::operation::Spec] = &[
                $( $crate::operation::Spec::new([stringify!($rf), $rw], true, <$rt as $crate::operation::Take>::SECRET, [
                    &[$($( $crate::operation::Rule::$rrule($($rarg),*) ),*)?],
                    &[$($( $crate::operation::Rule::$reach($($rearg),*) ),*)?],
                ], &[$($rkey),*]), )*
                $( $crate::operation::Spec::new([stringify!($of), $ow], false, <$ot as $crate::operation::Take>::SECRET, [
                    &[$($( $crate::operation::Rule::$orule($($oarg),*) ),*)?],
                    &[$($( $crate::operation::Rule::$oeach($($oearg),*) ),*)?],
                ], &[$($okey),*]), )*
            ];
            /// With the members that must be there; the rest by the functions of their names.
            #[must_use]
            #[allow(clippy::too_many_arguments, reason = "one argument for each member that AWS always sends")]
            pub fn new($( $rf: impl Into<$rt> ),*) -> Self {
                Self { $( $rf: $rf.into(), )* $( $of: None, )* }
            }
            $( $(#[$odoc])* #[must_use] pub fn $of(mut self, value: impl Into<$ot>) -> Self {
                self.$of = Some(value.into());
                self
            } )*
        }
        $crate::operation::table::structure!(@default $name { $($rf)* });

        impl $crate::operation::Tell for $name {
            fn tell(&self, sink: &mut dyn $crate::operation::Sink) {
                sink.structure(&mut |_sink| {
                    let mut _specs = Self::MEMBERS.iter();
                    $( if let Some(spec) = _specs.next() { _sink.member(spec, &self.$rf); } )*
                    $( if let (Some(spec), Some(value)) = (_specs.next(), &self.$of) { _sink.member(spec, value); } )*
                });
            }
            fn facet(&self) -> $crate::operation::Facet<'_> {
                $crate::operation::Facet::Structure
            }
            fn inspect_parts(
                &self,
                _at: &$crate::operation::check::Path<'_>,
                _: &$crate::operation::Spec,
                _found: &mut Vec<$crate::operation::Violation>,
            ) {
                let mut _specs = Self::MEMBERS.iter();
                $( if let Some(spec) = _specs.next() {
                    $crate::operation::check::inspect(spec, &self.$rf, _at, _found);
                } )*
                $( if let (Some(spec), Some(value)) = (_specs.next(), &self.$of) {
                    $crate::operation::check::inspect(spec, value, _at, _found);
                } )*
            }
            fn answer<'a>(&'a self, _: &$crate::operation::Spec, _key: &str) -> Option<$crate::operation::ConditionValue<'a>> {
                let mut _specs = Self::MEMBERS.iter();
                $( if let Some(value) = _specs.next().and_then(|spec| self.$rf.answer(spec, _key)) { return Some(value); } )*
                $( if let (Some(spec), Some(value)) = (_specs.next(), &self.$of)
                    && let Some(value) = value.answer(spec, _key) { return Some(value); } )*
                None
            }
            $( fn pair(&self) -> Option<(&str, &str)> { Some((self.$pkey.as_str(), self.$pvalue.as_str())) } )?
        }

        impl $crate::operation::Take for $name {
            fn take(source: &mut dyn $crate::operation::Source) -> Result<Self, $crate::operation::Refused> {
                $( let mut $rf = $crate::operation::member::Slot::<$rt>::Absent; )*
                $( let mut $of = $crate::operation::member::Slot::<$ot>::Absent; )*
                source.structure(&mut |name, _source| {
                    match name {
                        $( $rw => $rf.fill(_source)?, )*
                        $( $ow => $of.fill(_source)?, )*
                        _ => return Ok(false),
                    }
                    #[allow(unreachable_code, reason = "a structure without members knows no name")]
                    Ok(true)
                })?;
                let mut _found = Vec::new();
                if false $( || $rf.lacks(true) )* $( || $of.lacks(false) )* {
                    let mut _specs = Self::MEMBERS.iter();
                    $( if let Some(spec) = _specs.next() { $rf.report(spec, &mut _found); } )*
                    $( if let Some(spec) = _specs.next() { $of.report(spec, &mut _found); } )*
                    return Err($crate::operation::Refused::Invalid(_found));
                }
                match ($( $rf.taken(), )*) {
                    ($( Some($rf), )*) => Ok(Self { $( $rf, )* $( $of: $of.taken(), )* }),
                    #[allow(unreachable_patterns, reason = "a structure may have no member that must be there")]
                    _ => Err($crate::operation::Refused::Invalid(_found)),
                }
            }
        }
    };
    (@default $name:ident {}) => {
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    (@default $name:ident { $($member:ident)+ }) => {};
}
pub(crate) use structure;

/// An operation: its request, its answer, the service it belongs to. `token member` names the idempotency token, which AWS's
/// SDKs fill when the caller gives none.
macro_rules! operation {
    ($(#[$meta:meta])* $service:ident $name:ident $body:tt $(token $token:ident)? -> $(#[$rmeta:meta])* $response:ident $rbody:tt) => {
        $crate::operation::table::structure! { $(#[$meta])* $name $body }
        $crate::operation::table::structure! {
            #[doc = concat!("Answer of [`", stringify!($name), "`].")]
            #[doc = ""]
            $(#[$rmeta])*
            $response $rbody
        }
        impl $crate::operation::sealed::Sealed for $name {}
        impl $crate::operation::Operation for $name {
            type Response = $response;
            const SERVICE: &'static str = stringify!($service);
            const NAME: &'static str = stringify!($name);
            const MEMBERS: &'static [$crate::operation::Spec] = Self::MEMBERS;
            $( fn client_token(&mut self) -> Option<&mut Option<$crate::name::Text>> {
                Some(&mut self.$token)
            } )?
        }
    };
}
pub(crate) use operation;

/// Text of a closed set. Text outside the set can be taken, so that it is told among all violations of its request.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $( $variant:ident = $text:literal ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!("`", $text, "`")] $variant, )*
            /// Any other text: refused in a request.
            Unknown($crate::operation::Unknown),
        }
        impl $name {
            /// All texts of the set, in AWS's order.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];
            /// The text at AWS.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Unknown(unknown) => unknown.as_str(),
                }
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $( $text => Self::$variant, )*
                    other => Self::Unknown($crate::operation::Unknown::new(other)),
                }
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl $crate::operation::Tell for $name {
            fn tell(&self, sink: &mut dyn $crate::operation::Sink) {
                sink.text(self.as_str());
            }
            fn facet(&self) -> $crate::operation::Facet<'_> {
                $crate::operation::Facet::Choice(self.as_str(), Self::KNOWN)
            }
        }
        impl $crate::operation::Take for $name {
            fn take(source: &mut dyn $crate::operation::Source) -> Result<Self, $crate::operation::Refused> {
                Ok(Self::from(source.text()?.as_str()))
            }
        }
    };
}
pub(crate) use choice;

/// Requests that can be made from the one text they need: `session.get_secret_value("prod/db/password")`.
macro_rules! from_text {
    ($($name:ident),* $(,)?) => { $(
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
        impl From<$crate::name::Text> for $name {
            fn from(text: $crate::name::Text) -> Self {
                Self::new(text)
            }
        }
    )* };
}
pub(crate) use from_text;
