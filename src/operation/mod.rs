//! The one definition of each operation: shapes only.
