//! Migrating: secrets from dotenv files, Vault, sops, AWS and others into a store, and out of it.
//!
//! ```console
//! $ strongroom import --from dotenv .env --prefix app/ --tag env=prod --dry-run      # tells what would be done
//! $ strongroom import --from dotenv .env --prefix app/ --tag env=prod
//! ```
//!
//! # What holds for every source
//!
//! - **IMPORT-1** Everything is read before the store is opened, and everything is put in one transaction: what cannot be put (a name, a
//!   value of more than 65,536 bytes, a policy) is told with file and line, all of it at once, and then nothing was. More than
//!   20,000 secrets or 64 MiB of values are put in several transactions, after a pass that looks whether all of them can be.
//! - **IMPORT-2** A secret that is there already stops the import; `--on-conflict skip` leaves it, `--on-conflict update` gives it a
//!   new version if the value differs, and sets description and tags. So an import that was cut short is simply run again.
//! - **IMPORT-3** `--dry-run` decides as the import itself would, and writes nothing. Values are shown by neither.
//! - **IMPORT-4** A text means what it shows: keys that stand twice, YAML's anchors and tags, and `$NAME` in dotenv files are refused
//!   or literal, and nothing is filled in from the environment.
//! - Values are kept in memory that is wiped, and JSON and dotenv are read into nothing else. The readers of YAML and tables are
//!   libraries that keep what they read in memory that is not; the process is not dumpable, and ends soon.
//!
//! # Sources
//!
//! | from | command |
//! |---|---|
//! | dotenv | `strongroom import --from dotenv .env`; one JSON secret of all keys: `--shape secret --name app/env` |
//! | AWS | `aws secretsmanager batch-get-secret-value --filters Key=name,Values=prod/ \| strongroom import --from aws`: names, labels, version ids and bytes come along. What `list-secrets` prints adds descriptions and tags: `cat values.json list.json \| …` |
//! | Vault | `vault kv get -format=json secret/app/db \| strongroom import --from vault-kv --name app/db`: a JSON secret, custom metadata become tags. An object of paths and their data, as dumps have it, is taken whole |
//! | sops | `sops -d secrets.yaml \| strongroom import --from sops --format yaml`; JSON and dotenv by their look. INI: `sops -d --output-type json` |
//! | pass | `strongroom import --from pass ~/.password-store --gpg`, or one by one from `pass show` |
//! | JSON | `strongroom import --from json conf.json`: a secret for each key, one in another is `outer/inner`; all of it as one with `--shape secret` |
//! | tables | `strongroom import --from csv logins.csv --name-column title --value-column password`; each row as a JSON secret with `--shape secret` |
//! | systemd | `strongroom import --from systemd /etc/credstore`; what is encrypted goes through `systemd-creds decrypt` |
//!
//! What is encrypted is recognised and refused with the command that decrypts it; but for `--gpg` nothing else is called.
//!
//! # Out again
//!
//! `strongroom export` writes what `import --from aws` reads: a JSON object a line, with name, description, tags and every
//! labelled version, to a pipe or a file of mode 0600, never to a terminal. `--format json`, `dotenv` and `csv` write current
//! values that are text. `--to-passphrase` writes a store of its own. There is no network in strongroom: to AWS it goes by the
//! AWS CLI, line by line:
//!
//! ```console
//! $ strongroom export 'prod/**' | jq -c '{Name, Description, SecretString: .Versions[0].SecretString}' |
//! >   while read -r secret; do aws secretsmanager create-secret --cli-input-json "file://"<(echo "$secret"); done
//! ```
//!
//! Policies, rotation, replicas, keys, identities and the audit stay with the store; a [backup](super::backups) has them.
