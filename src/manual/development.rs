//! Local development instead of an emulator: `strongroom dev`.
//!
//! Emulators answer anybody and allow everything, so that a wrong policy or a missing signature is found in production.
//! `strongroom dev` is the store itself, in memory: the same operations, the same errors, signatures and policies in earnest, ready in
//! some ten milliseconds, gone when it ends.
//!
//! ```console
//! $ strongroom dev --listen 127.0.0.1:8200 --env-file .env.aws --seed secrets.json &
//! export AWS_ENDPOINT_URL=http://127.0.0.1:8200
//! export AWS_ACCESS_KEY_ID=AKIA…
//! export AWS_SECRET_ACCESS_KEY=…
//! export AWS_DEFAULT_REGION=us-east-1
//! export AWS_REGION=us-east-1
//! $ set -a; . ./.env.aws; set +a
//! $ aws secretsmanager get-secret-value --secret-id prod/db
//! ```
//!
//! The lines are printed, and the file is written, when requests are answered: whoever waits for either needs no retries. The
//! file has `NAME=value` lines, for shells and for `docker run --env-file`. The key is that of a user who may do everything; make
//! users and roles with less of it by the IAM operations, as in production, and run the program under test as one of them.
//!
//! - `--listen 127.0.0.1:0`, the default, takes any port that is free.
//! - `--account`, `--region`: what stands in ARNs.
//! - `--seed FILE`: secrets to begin with. An object is read as values by name; text is stored as it is, objects and lists as the
//!   JSON that stands there: `{"prod/db": {"user": "app", "password": "x"}, "api-key": "abc"}`. A list is read as requests of
//!   CreateSecret: `[{"Name": "prod/db", "SecretString": "x", "Tags": [{"Key": "env", "Value": "dev"}]}]`.
//! - Secrets rotate by the built-in function `arn:aws:lambda:REGION:ACCOUNT:function:strongroom-generate`, which makes a new random
//!   value, a second or less after RotateSecret; `--functions` adds programs and PostgreSQL.
