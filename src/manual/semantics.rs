//! The rules of calls, decisions and keys.
//!
//! # One call
//!
//! - **CALL-1** A call is checked in this order: store unlocked; the request against the AWS model, all violations told at once;
//!   the syntax of a secret's name; presence of an idempotency token; the decision; existence; state; the operation's rules; the
//!   decision on the key; the cipher.
//! - **CALL-2** Everything that a call reads, policies, grants, key state and ciphertext, is read from one view of the store; a
//!   change is decided again inside its write transaction.
//! - **CALL-3** A change that has returned binds every call that starts later, on every thread and session: a policy that was
//!   changed, a grant that was revoked, a user that was deleted.
//! - **CALL-4** A request that AWS's SDKs would give a random idempotency token gets one here, when it comes from Rust or the
//!   command line without. One that comes over the wire without is refused, as at AWS.
//!
//! # Decisions
//!
//! - **DEC-1** Deny by default; an explicit deny anywhere wins; no order of policies or statements matters.
//! - **DEC-2** Every operation of every service passes the same gate. Root is a principal under IAM's rules for root: allowed in
//!   its own account without a policy, but subject to denies in resource policies, and to key policies altogether.
//! - **DEC-3** A secret's value needs two decisions, on the secret and on the key, for the same caller. The managed key's policy
//!   lets everybody of the account use it, but only through Secrets Manager; a customer key's policy or a grant must allow it.
//! - **DEC-4** A caller without the right to a secret cannot tell whether it exists: same code, same text. Key identifiers, as at
//!   AWS, resolve first: an unknown key is told to anybody.
//! - **DEC-5** A denial names principal, action and resource as the caller gave them, and a reason of the resource's side only if
//!   the caller's own side would have allowed. Which statement decided is told by [`Session::explain`](crate::Session::explain),
//!   itself an authorised call (`iam:SimulatePrincipalPolicy` and the right to read the resource's policy).
//! - **DEC-6** Policies are kept as the text that was put, checked by compiling; one that no longer compiles denies, and the call
//!   answers `Damaged`.
//! - **DEC-7** Users and roles in stored policies and grants are bound to their unique ids: one created anew under an old name
//!   inherits nothing, and one that was renamed (UpdateUser) loses nothing. The text of such a policy stays as it was put. Sessions
//!   of a user end when its ARN changes: the host asks for new ones under the new name.
//! - **DEC-8** A user's own policies are its inline and attached ones and those of its groups; what they allow is cut to what its
//!   permissions boundary allows. A policy of a resource that names the user or the session itself is not cut; one that names
//!   the role of a session is. A group is no principal of any request.
//! - **DEC-9** A managed policy that is attached, or a group that has members, cannot be deleted; a row of either that is missing
//!   all the same is damage, not a right less or a prohibition less.
//!
//! - **DEC-10** A session of AssumeRole, GetSessionToken or GetFederationToken rests on its principal, on the principal that asked
//!   for it, on the access key that signed for that one, and on the MFA device that proved it; each is looked at again at each
//!   call. Its session policies cut what its role was given, by policies and by grants, and not what was given to the session
//!   itself.
//! - **DEC-11** A code of an MFA device is taken once, within half a minute of its time; after five wrong ones none is looked at
//!   before the next half minute.
//!
//! # Versions and labels
//!
//! - **VER-1** A version's value is immutable. Labels move: each is on at most one version, `AWSCURRENT` on exactly one once a
//!   version has had it; when it leaves a version, `AWSPREVIOUS` goes there.
//! - **VER-2** Versions without labels are kept: at least the newest 100 and all of the last 24 hours.
//! - **VER-3** The same token with the same value changes nothing; with another value it is refused. The stored value is compared
//!   inside the keystore and never comes out of a put.
//!
//! # Several calls
//!
//! - **TXN-1** The calls of a [`Session::transaction`](crate::Session::transaction) are committed together or not at all. They see
//!   what those before them did, policies and tags included; nobody else does before the commit.
//! - **TXN-2** Each call is weighed and recorded as if it came alone. Reads and refusals are told to the host's sink at once; a call
//!   that wrote, at the commit, with its event in the journal; one that was undone, to the sink as `RolledBack`. Strict records of
//!   reads and refusals are durable before the closure goes on, whatever becomes of the transaction.
//! - **TXN-3** A call that fails is taken back by itself, whatever it had written, and the transaction goes on. An error of the
//!   closure, or a panic, takes everything back.
//! - **TXN-4** A transaction has the writer's turn. Its own thread is refused (`Busy`) when it writes beside it; others wait.
//! - **TXN-5** A put on condition needs the right to put. Which version it found instead of the expected one is told to those who may
//!   DescribeSecret. A repeated request is answered as the first time, whatever is current by then.
//!
//! # Watching
//!
//! - **WATCH-1** A [`Watch`](crate::Watch) tells a change of versions and labels, a deletion, its scheduling and its undoing, and
//!   another secret of the name; each of them once, several together once, what was undone before it was asked not at all.
//!   Not tags, descriptions, policies, keys or dates.
//! - **WATCH-2** Its caller is weighed for DescribeSecret when it begins, before anything is told, and whenever principals, policies
//!   or the secret have changed: once the right is gone, it answers the denial, whether or not there was something to tell.
//! - **WATCH-3** What is told, or refused, is recorded; a look that finds nothing new is not.
//!
//! # Lists
//!
//! - **LIST-1** A list is one decision on `*`: whoever may list is shown every secret, and nobody else is told how many there are. To
//!   find secrets for a batch by filters is to list.
//! - **LIST-2** A list shows what its view has: its own caller's last write, and nothing half done. A token names the last secret
//!   that was shown, so pages neither repeat nor skip what stayed while others came and went; it is sealed, and good for the
//!   same filters, order and operation alone.
//! - **LIST-3** A secret of a batch answers what GetSecretValue would answer, its refusal as an entry of errors, and stands in the
//!   journal of reads as such; one that cannot be read for damage spoils no other, a fault of the whole store is the answer for all.
//!   A batch is a call within the caller's own account: for a caller of another account its own policies decide on it, then
//!   both sides on each secret.
//!
//! # Rotation of secrets
//!
//! - **ROT-1** RotateSecret makes the new version, with `AWSPENDING` and without a value, and a run that is due; nothing else.
//!   [`Strongroom::run_due`](crate::Strongroom::run_due) calls the four steps. What a step has come to is committed before the next
//!   one is called, and no transaction is held while a function runs.
//! - **ROT-2** A function acts as its role, by a session that ends with the step; the role's trust policy must admit
//!   `lambda.amazonaws.com` (`aws:SourceArn` is the function, `aws:SourceAccount` its account). `lambda:SourceFunctionArn` is filled in
//!   that session's calls, and not in those of sessions that it makes itself.
//! - **ROT-3** A step fails that returns a failure or panics, whose function is not registered, or whose role is gone or may not be
//!   assumed; so does finishSecret when `AWSCURRENT` is not on the new version afterwards. Labels stay as they are. All four steps
//!   are tried again with the same token, 1, 2, 4, … minutes later, at most an hour; or at once after
//!   [`Session::resume_rotation`](crate::Session::resume_rotation). After a crash the step is called that was under way.
//! - **ROT-4** Only one run at a time. While `AWSPENDING` is on a version that is not current, another RotateSecret is refused, but
//!   for the same token. A new current value by PutSecretValue or UpdateSecret settles a run (`AWSPENDING` goes), and so does
//!   taking `AWSPENDING` off its version.
//! - **ROT-5** A scheduled rotation runs when its window has opened; windows that were missed are made up for once. A version that
//!   carries `AWSPENDING` already, by whatever hand, is the one that it finishes.
//! - **ROT-6** With `RotateImmediately: false` only testSecret is called, once, on a version that stands in for the current one and
//!   then goes. No key is reached for that.
//! - **ROT-7** Days count from the last rotation or new current value and end with the UTC day; `rate` in hours counts from the midnight
//!   after it was set.
//!
//! # Regions
//!
//! - **REG-1** A store has the regions that sessions ask for; none needs making. A session is in one
//!   ([`Session::in_region`](crate::Session::in_region); a signature's scope names it): secrets, keys, aliases, lists and their
//!   markers, `aws:RequestedRegion` and `kms:ViaService` are of that region, and nothing of it is found from another. Each region has
//!   a managed key of its own, made on first need. IAM and STS have no region.
//! - **REG-2** A replica is a secret of its own, of the same name and suffix, under its own key. It is written in the commit of its
//!   primary: whoever reads both sees the same at every moment, and a crash parts them never.
//! - **REG-3** What needs no key (tags, description, policy, rotation settings) reaches every replica always; a policy that was
//!   put on a replica itself stands until that of the primary changes. Values reach it if the caller of the change may open the
//!   primary's version (`kms:Decrypt`) and seal under the replica's key (`kms:GenerateDataKey`, `kms:Encrypt`). If not, the change
//!   succeeds, the replica keeps the versions and labels it has and is `Failed` with the reason; the next change of the primary by
//!   somebody who may brings everything that was missed. In the request that adds a region, a key that refuses refuses the request.
//! - **REG-4** A replica is changed through its primary; of its own it has its key (UpdateSecret with `KmsKeyId` alone), its policy,
//!   and the date of its last read. StopReplicationToReplica makes it a secret of its own, its rotation switched off.
//! - **REG-5** A statement of a resource policy that names the primary's ARN says nothing of a replica, whose ARN is another: write
//!   `"Resource": "*"`.
//!
//! # Time
//!
//! - **TIME-1** The store remembers the latest time it committed and never acts on an earlier one.
//! - **TIME-2** What is due behaves as done before it is written: a secret whose recovery window is over is found by nobody.
//!   [`Strongroom::run_due`](crate::Strongroom::run_due) writes it. The same goes for a key whose time of waiting is over.
//! - **TIME-3** A read never writes: dates of last access are noted in memory and written with a later commit or by `run_due`. So
//!   is a key's last use: its row is written at most once an hour, and of uses of one kind within a minute the first counts.
//! - **TIME-4** What time destroys (keys with their material, aliases and grants; secrets) must be past its date by the clock as it
//!   is now. After a jump of more than 90 days since the last commit nothing is destroyed until
//!   [`Strongroom::confirm_clock`](crate::Strongroom::confirm_clock): other commits do not make up for it.
//! - **TIME-5** A deleted key leaves its id and the time of its deletion for 90 days:
//!   [`Strongroom::deleted_keys`](crate::Strongroom::deleted_keys).
//! - **TIME-6** A date of expiry ([`Session::set_expiry`](crate::Session::set_expiry)) is told by
//!   [`Session::due`](crate::Session::due), and does nothing: the value is served as before.
//!
//! # Differences from AWS
//!
//! | where | AWS | here | why |
//! |---|---|---|---|
//! | `secretsmanager:VersionStage` in GetSecretValue | present only if the request names a stage | all labels on the version that the request resolves to; an operator without set operator compares with the stage the request names | a Deny on a label then also catches the version asked for by its id; a policy that allows there allows here |
//! | `secretsmanager:VersionId` | present if sent | the resolved version's id | same |
//! | `aws:SourceIp`, `aws:UserAgent`, `aws:SecureTransport` | of the connection | what the host tells with [`Circumstances`](crate::Circumstances); else the first two are absent and the third is `true` | embedded |
//! | keys of a caller of another account | all known to AWS | `aws:userid` of its users and role sessions is absent, the ARN of its roles has no path | a session's ARN does not tell them |
//! | CreateSecret's resource | not said | the full ARN with the suffix already drawn | `NAME-??????` and `NAME-*` both work |
//! | a secret moved to another key | one data key wrapped twice | a new data key and a new payload; one key is listed | one data key opens one payload |
//! | eventual consistency | seconds to minutes | none: grants, policies and lists are in force on return | one file |
//! | simulations of `sts:AssumeRole` | ignore trust policies | weigh the one that is passed, else the role's own (needs `iam:GetRole`) | an answer without it is wrong |
//! | temporary credentials when what they rest on is gone | live on after the access key was switched off or the assuming user deleted | end at the next call, and those that were made with them too | a store without a network has no other way to take them back |
//! | a role session that was asked for with an MFA code | says nothing of it | the same: ask for the code in the trust policy | |
//! | GetAccessKeyInfo of `ASIA…` | the account | not found | nothing of temporary credentials is stored |
//! | the QR code of CreateVirtualMFADevice | a PNG | left out; the seed is there | any program draws one of `otpauth://totp/NAME?secret=SEED` |
//! | groups as principals | a page of the guide lists them | refused, as the service does | the page is wrong |
//! | request rates | limited | not limited | embedded |
//! | rotation functions | Lambda's | code that the host registers by ARN; an unregistered one behaves as a missing one; not kept in the file | no network here |
//! | a rotation that fails | is tried again, it is not said when | after 1, 2, 4, … minutes, at most an hour | something must be said |
//! | replication | in the background, `InProgress` at first | done when the call returns | one file |
//! | ForceOverwriteReplicaSecret | asks for the right to replicate the primary | and for the same right on the secret that is overwritten | that secret's policy can protect it |
//! | multi-account stores | offered | answer `UnsupportedOperationException` | an account is a store |
//! | rotation of a key | a job in the background | done when the call returns; what is due, at the next write that seals under the key, or by `run_due` | no threads here |
//! | a signature's time, over the wire | within 15 minutes at IAM, five at most services | within five at all; [`Strongroom::authenticate`](crate::Strongroom::authenticate) itself takes 15 | one rule |
//! | a signed request that is sent twice, over the wire | accepted within the window | one that changes something is refused the second time, unless it says by `amz-sdk-invocation-id` or `amz-sdk-request` that it is another | a copy must not be of use; botocore adds those two after signing, so whoever can also change them is kept out by the window alone |
//! | presigned requests, unsigned or chunked payloads, GET | accepted by some services | refused | one way in |
//! | headers that need not be signed | some services take what is not signed | `host`, `content-type` and all of `x-amz-…` must be | nothing that means something is without a signature |
//! | statuses of IAM and STS with a malformed form | `MalformedInput` or `ValidationError` | `MalformedInput`; a name twice, and a list not numbered from 1, are malformed | a signed text means one thing |
//! | imported material | wrapped under an RSA key | raw, or with AES-KWP under a key that a token remembers; under RSA with the feature `rsa-import` | RSA is AWS-LC's, which needs a C compiler (the RSA crate has a timing advisory) |
