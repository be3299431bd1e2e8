//! Random passwords.

use strongroom_keystore::SecretText;

use crate::name::Text;
use crate::operation::table::operation;

operation! {
    /// A random password of printable ASCII.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager GetRandomPassword {
        must {}
        may {
            /// Characters; 32 without it.
            password_length: i64 = "PasswordLength" [Range(1, 4096)];
            /// Characters that must not be in it.
            exclude_characters: Text = "ExcludeCharacters" [Length(0, 4096)];
            /// No digits.
            exclude_numbers: bool = "ExcludeNumbers";
            /// None of the 32 punctuation characters.
            exclude_punctuation: bool = "ExcludePunctuation";
            /// No capital letters.
            exclude_uppercase: bool = "ExcludeUppercase";
            /// No small letters.
            exclude_lowercase: bool = "ExcludeLowercase";
            /// The space may be in it.
            include_space: bool = "IncludeSpace";
            /// At least one of each class that is not excluded; so it is without this member.
            require_each_included_type: bool = "RequireEachIncludedType";
        }
    } -> GetRandomPasswordResponse {
        must {
            /// The password.
            random_password: SecretText = "RandomPassword";
        }
        may {}
    }
}
