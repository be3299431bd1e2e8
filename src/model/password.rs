//! GetRandomPassword.
