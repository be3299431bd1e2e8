//! The file. Integers are big-endian, `||` joins bytes.
//!
//! # Layout
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8,192 | header, copy A |
//! | 8,192 | 8,192 | header, copy B |
//! | 16,384 | rest | a redb 4 database |
//!
//! The header is outside the database because the database never overwrites: a slot or a keyring that was replaced would live
//! on in a free page. A header is written to the older copy, synced, then to the other, synced, then a commit records its
//! generation.
//!
//! | offset in a copy | size | field |
//! |---|---|---|
//! | 0 | 8 | `STRONGRM` |
//! | 8 | 2 | format, 1 |
//! | 12 | 4 | flags: bit 0 sharing between processes; others zero |
//! | 16 | 16 | store id |
//! | 32 | 8 | generation, from 1 |
//! | 40 | 4 | root epoch, from 1 |
//! | 64 | 6,400 | 8 slots of 800: provider, 0, length of parameters, 128 bytes root key wrapped under the slot, parameters |
//! | 6,464 | 424 | system keyring, sealed under the root key |
//! | 8,128 | 32 | HMAC-SHA-256 over bytes 0 to 8,128 under a key derived from the root key |
//! | 8,160 | 32 | SHA-256 over bytes 0 to 8,160, for torn writes |
//!
//! # Keys
//!
//! ```text
//! unlock secret -> slot key -> root key -> system keyring (10 random keys)
//!                                           K_wrap -> backing keys of KMS keys (by material version)
//!                                                       backing key -> data key of one version -> that version's payload
//!                                           K_meta -> every other row      K_idx -> row keys
//!                                           K_set  -> set hash             K_audit -> audit chain
//! ```
//!
//! Every arrow but the last is one construction: `okm = HKDF-Expand-SHA-256(K, "S" || type || salt, 64)`; the first half is an
//! AES-256-GCM key used once with a zero nonce, the second half a key commitment that is compared, in constant time, before the
//! cipher runs. The type separates levels: a blob of one level never opens at another. The payload is sealed under its data key
//! directly, which is used once. Salts and data keys are hedged with what they seal, so that a generator that repeats does
//! no harm.
//!
//! Root keys are wrapped in up to eight slots: passphrase (Argon2id; 64 MiB, 3 passes, 4 lanes by default; never below 19 MiB
//! and 2 passes), key file, systemd credential, shares (parameters `0x01 || threshold u8 || count u8 ||
//! set 8`), 32 raw bytes of the host.
//!
//! # Rows
//!
//! The identifier of a secret or an alias is its name; in another region than the store's own, the region and the name.
//! Tables have one-letter names. A row's key is `HMAC-SHA-256(K_idx, table || identifier)`, its value a sealed record, its
//! header left out and proved by the associated data: store, table, row key, format. Records are padded to multiples of 256
//! bytes, values to 64 bytes up to 1 KiB and to sixteenths of the next power of two above. Nothing is readable but the header,
//! sizes and counts.
//!
//! | table | rows |
//! |---|---|
//! | `s` | secrets: everything but values |
//! | `p` | versions: wrapped data key and payload, one row, never changed in place under the same sequence |
//! | `k`, `b` | KMS keys; backing keys, wrapped |
//! | `l`, `g`, `h` | aliases; what grants of a grantee on a key allow, each with the first grant that does; grants by id, each with the next |
//! | `u`, `m`, `y`, `q` | users, groups and roles; managed policies; access keys and MFA devices, their secrets sealed once more; kept free |
//! | `t` | settings of the store; numbers of users, groups, roles and policies; how many records the journal keeps; the mark that something removed is to be shredded |
//! | `a` | audit journal: each record chained to the one before by HMAC; a change's in the transaction of the change; records of one commit share rows, 64 at most: `"SB" \|\| (u32 length \|\| record)*` |
//! | `c` | control: 16 rows of 16 set-hash accumulators, and the commit row |
//!
//! A record is `"SR" || kind u8 || version u16 || length u32 || body`; the body is bincode 2.0.1, legacy configuration, with a
//! limit of 1 MiB. Records of older versions stay readable.
//!
//! A session token is a sealed blob of the same construction under its own key and purpose, in base64; the secret of an access key
//! and the seed of an MFA device are sealed so before they go into their row.
//!
//! # Rows that are put back, removed or moved
//!
//! Each of 256 buckets of every table but `a`, `c` and `p` has a keyed multiset hash over the identities of its rows, kept in
//! the same transaction as the rows and pinned by the commit row. A bucket is verified before anything that depends on it is
//! used, a "not found" included; small stores (below 20,000 rows) are verified whole when they are opened. The audit chain's
//! head and count are in the commit row; once records were evicted, so are the number of the last that went and the head there
//! (40 bytes more; releases that do not know them refuse the file as newer), and the chain is followed from that; a version row is pinned by the sequence in the record that names it.
//!
//! # Shredding
//!
//! Backing keys are sealed under a wrapping key that is in the header's keyring and nowhere else. When some were removed: (1) a
//! header with a new wrapping key, the old one beside it, wrap epoch one up; (2) one transaction that seals every remaining backing
//! key anew, a record of it in the journal, its commit row with the new epoch; (3) a header in which the old wrapping key is zeros, in both copies; (4) a commit
//! row with its generation. A store whose commit row is one epoch behind its keyring goes on at (2) when it is opened; one whose
//! keyring still holds an old wrapping key, at (3). No other row is written.
//!
//! # Moving to a fresh file
//!
//! A revocation writes a new file beside the old one: same store id, next generation, root epoch, keyring epoch, wrap epoch and
//! sequence; every key of the keyring new but the one of fingerprints, since ids of key material were told to people. Every record,
//! backing key and credential is sealed anew at the place that the new keyring gives it, the journal is chained anew, version rows keep
//! their bytes. The fresh file is verified and synced, renamed over the old one, its directory synced; then zeros are written over the
//! old one. `NAME.new` beside a store is what a power cut left of an attempt, and is removed by the next.
//!
//! # What is assumed of the disk
//!
//! A sync that returned has reached the disk, and sectors of 512 bytes are written whole or not at all. Commits are two-phase,
//! with quick repair. Opening marks the file as open; a handle that commits nothing takes that mark back and changes nothing
//! else. After a failed sync nothing more is written until the store is opened again.
