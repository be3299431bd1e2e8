//! Roads not taken, as questions and answers.
//!
//! **Why not derive requests with serde?** AWS tells all violations of a request at once and in its own words, condition keys
//! are filled from members, secrets must go straight into wiped buffers (a JSON library unescapes through a scratch buffer that
//! nobody wipes), and one half of the services speaks a form encoding that fits no serde format. One table
//! (`operation!`) has names, types, limits and condition keys on one line a member, and a format is a `Source` and a `Sink`.
//! Both were drawn for four operations of two services before the choice.
//!
//! **Why is there no storage trait?** redb has the seam already (`StorageBackend`): faults, power cuts and memory come in there,
//! and the header goes through the same backend. A trait of our own waits for a second engine.
//!
//! **Why no async?** The database is synchronous and a read takes microseconds. A server gives writes to a thread.
//!
//! **Why are values not cached?** Sealed rows, opened records and compiled policies are; plaintext and data keys never. What is
//! not in memory cannot be read from it.
//!
//! **Why not keep a hash of the value for idempotency?** A hash beside a ciphertext lets guesses be tested offline. The stored
//! value is opened and compared instead, in constant time, inside the keystore.
//!
//! **Why a cache of 32 MiB?** At 10,000 secrets of 256 bytes opened rows and sealed versions take about 16 MiB by our own
//! reckoning; with less, warm reads miss. It is one number in the [`Builder`](crate::Builder).
//!
//! **Why a catalogue for lists, and not the cache of opened secrets?** Row keys are hashes, so a list has to look at every secret. A
//! hundred thousand opened secrets take 100 MiB and are visited by leaps from allocation to allocation; the catalogue has what lists
//! sort by and search in, some 200 bytes a secret in a few strings that are searched as they lie. Nothing tells it of a commit: it
//! compares seals, one shelf for each first byte of a row key, and opens what is new. It takes its room from the opened secrets'.
//!
//! **Why is nothing kept sorted?** A page has at most a hundred rows. One pass that turns away what cannot be among them any
//! more costs less than keeping four orders through every commit.
//!
//! **Why HKDF for each seal, and not random nonces?** One GCM key for each seal has no nonce to repeat and no limit of 2^32
//! seals, and its other half is a key commitment. It costs about a quarter of a microsecond.
//!
//! **Why is a policy's unknown action no error when it is put?** AWS stores such a policy; it grants nothing. `policy lint`
//! tells.
//!
//! **Why does a call that fails not end its transaction?** A program that asks whether it may do something, or whether a name is
//! free, by trying, would have to begin anew. What the failed call had written is taken back by itself, so going on is safe, and
//! `?` ends the transaction for whoever wants it to.
//!
//! **Why is a backup no format of its own?** A store is sealed, authenticated and read by every later version already. A second
//! format would be a second thing to get wrong, and to open when it matters.
//!
//! **Why our own reader of dotenv files?** Those that there are replace `$NAME` by what the environment holds, and a password with a
//! dollar sign does not survive that. For YAML there is `saphyr-parser`, which tells events with their lines, is maintained and has no
//! unsafe code: anchors, tags and keys that stand twice are refused on top of it. `serde_yaml` is archived.
//!
//! **Why does a watch not say what has changed?** It would be a value, or half of one, kept for whoever may ask later. A number and
//! a look through the gate hold nothing, however many changes there are, and to read is a call that is weighed by itself.
