//! Serving a store to AWS's SDKs: `strongroom serve`.
//!
//! The process opens a store, by any of its slots, and answers what AWS's SDKs and command line send to Secrets Manager, KMS, IAM
//! and STS, all on one port. Clients need no change but an address (`AWS_ENDPOINT_URL`) and an access key of the store
//! (`strongroom access-key create`). Every request is signed, and every policy counts; there is no operation without a signature.
//!
//! **Where it listens.** `http://127.0.0.1:8200` by default; `--listen` takes another address of the machine, `--unix` a unix
//! socket of mode 0600 in a folder that others cannot write; the user at its other end is looked at as well. An address that others
//! reach takes `--allow-remote` and a certificate (`--tls-cert`, `--tls-key`). Sockets that systemd opened are used as they come;
//! `--peer` names the users who may connect to them.
//!
//! **What is taken.** HTTP/1.1 in its strict form: CR LF, each header once and unfolded, a plain `Content-Length`, no transfer
//! coding, a path and no whole URI. All else is answered 400 and ends the connection, in the shape of the protocol that the
//! head shows (`SerializationException`, for IAM and STS `MalformedInput` in XML) and with a request id. What names another host than
//! the one that was bound (a page in a browser cannot pretend to be here), or comes from a browser, is refused likewise.
//!
//! | bound | value |
//! |---|---|
//! | head | 16 KiB, 64 fields, 5 s |
//! | body | 1 MiB; those above 64 KiB take 16 MiB together, and one that finds no room is answered 503 |
//! | request, and its answer | 30 s each |
//! | connection without a request | 60 s |
//! | connections | 64 (`--connections`); one more takes the place of the one that has waited longest without a request, first of those that never proved who they are |
//!
//! **Audit.** Every read and every refusal is in the store's journal before it is answered (`--audit strict`, the default): without
//! a record, on a full disk, there is no answer. Answers that wait at the same time share one sync, so that many connections
//! cost the disk little more than one. With `--audit available` reads wait for no disk; see [`ReadAudit`](crate::audit::ReadAudit).
//! After a failed write the server tries each minute whether the disk is good again. `strongroom audit` needs the file for
//! itself: stop the server, or read a backup.
//!
//! Reads are answered on one thread; writes, and reads that wait for their record, are finished on another; due work (rotations, purges, dates of reads) runs on a
//! third, every minute and when RotateSecret was called.
//!
//! **Signals.** SIGTERM and SIGINT end it when the requests under way are answered, after 30 s at the latest; a second one at
//! once. SIGHUP reads the certificate, the token files and the functions file anew; what cannot be read stays as it was, and the
//! log says so. Sockets, limits and the level of the log are as they were given.
//!
//! **systemd.** READY, RELOADING, STOPPING and the watchdog are told. `examples/systemd` has a hardened unit, and a socket for it.
//!
//! **Lock and unlock.** With `--admin` it takes `strongroom lock` and `strongroom unlock` on a unix socket of its own: beside the
//! store, `STORE.admin`, or where `--admin PATH` says; mode 0600, and the user at its other end must be root or the one that serves.
//! Locking wipes every key and all that was opened. Sockets and the store's file stay held, so that nobody else opens it; every
//! request is answered that the store is locked (status 500: `InternalServiceError`, at KMS `KeyUnavailableException`, at IAM and STS
//! `ServiceFailure`), and due work waits. Any slot unlocks: a passphrase, a root key or shares are sent through the socket, a key file
//! and a systemd credential are read by the server, by path and name. Over the AWS wire there is no such thing. Neither is
//! recorded in the journal, which cannot be written without keys; the log tells both.
//!
//! **Metrics.** `--metrics PATH` serves `/metrics` in Prometheus's text form, and `/health`, on a unix socket of their own:
//! requests by service, operation and status, their times, connections, refusals by reason, due work, sizes of the store.
//! `/health` of the API says only that somebody answers.
//!
//! **For programs that do not sign.** `--agent-as` and `--agent-token` answer `GET /secretsmanager/get?secretId=…` (and
//! `/v1/NAME`) as AWS's Secrets Manager agent does, with one principal's rights. `--machine-role` and `--machine-token` give a
//! machine the temporary credentials of its role, as an EC2 instance has them: set
//! `AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:8200/credentials` and `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, and SDKs
//! ask by themselves. The role's trust policy must name `ec2.amazonaws.com`, or the service that `--machine-service` says. Both ask
//! for a token from a file of mode 0600, which is made if it is not there, and refuse what a proxy forwarded.
//!
//! **Differences from the agent:** nothing is cached, so what changed is seen at once; `refreshNow` is taken and changes nothing.
//!
//! **Memory.** Freed memory is wiped by the program's allocator, so that buffers of the HTTP and TLS libraries keep nothing.
