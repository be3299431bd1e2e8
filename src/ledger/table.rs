//! The tables: a letter each, so that the file tells nothing by their names.

/// One table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// The commit row and the bucket rows.
    Control,
    /// The audit chain.
    Audit,
    /// Secret versions: wrapped data key and payload.
    Versions,
    /// Secrets.
    Secrets,
    /// KMS keys.
    Keys,
    /// Backing keys.
    BackingKeys,
    /// KMS aliases.
    Aliases,
    /// Grants, by key and grantee.
    Grants,
    /// Grants, by identifier.
    GrantIds,
    /// Users, roles and groups.
    Principals,
    /// Kept free: groups are rows like users.
    Groups,
    /// Managed policies.
    ManagedPolicies,
    /// Access keys and MFA devices.
    Credentials,
    /// Kept free.
    Reserved,
}

impl Table {
    /// All of them; a store has every one from its first commit.
    pub(crate) const ALL: [Self; 14] = [
        Self::Control,
        Self::Audit,
        Self::Versions,
        Self::Secrets,
        Self::Keys,
        Self::BackingKeys,
        Self::Aliases,
        Self::Grants,
        Self::GrantIds,
        Self::Principals,
        Self::Groups,
        Self::ManagedPolicies,
        Self::Credentials,
        Self::Reserved,
    ];
    /// The name in the file.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::Control => "c",
            Self::Audit => "a",
            Self::Versions => "p",
            Self::Secrets => "s",
            Self::Keys => "k",
            Self::BackingKeys => "b",
            Self::Aliases => "l",
            Self::Grants => "g",
            Self::GrantIds => "h",
            Self::Principals => "u",
            Self::Groups => "q",
            Self::ManagedPolicies => "m",
            Self::Credentials => "y",
            Self::Reserved => "t",
        }
    }
    /// The number in row keys, associated data and sums: the ASCII byte of the letter.
    pub(crate) const fn id(self) -> u8 {
        match self.letter().as_bytes() {
            [byte] => *byte,
            _ => 0,
        }
    }
    /// Is the table in the sums of its buckets? The control rows are pinned by each other, audit rows by their chain,
    /// version rows by the record that names them.
    pub(crate) const fn is_covered(self) -> bool {
        !matches!(self, Self::Control | Self::Audit | Self::Versions)
    }
    pub(super) const fn slot(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_letter_of_its_own_and_stands_at_its_slot() {
        let mut letters: Vec<u8> = Table::ALL.iter().map(|table| table.id()).collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), Table::ALL.len());
        assert!(Table::ALL.iter().enumerate().all(|(slot, table)| table.slot() == slot));
        assert!(letters.iter().all(u8::is_ascii_lowercase));
    }
}
