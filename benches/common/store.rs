//! Stores to measure: secrets in twenty teams, and callers whose policies let them in.
//!
//! A store is filled on a disk in memory, because a durable commit for each of 10,000 secrets would take longer than the
//! bench, and then laid down as a file. Names, values and visits are drawn from fixed seeds.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateGroup, CreatePolicy, CreateRole,
    CreateUser, PutGroupPolicy, PutRolePolicy, PutUserPolicy,
};
use strongroom::operation::kms::{CreateGrant, CreateKey, GrantOperation};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::testing::MemoryBackend;
use strongroom::{Builder, Principal, Session, Strongroom, Unlock};

use super::draws::Draws;

/// What a store holds.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many secrets.
    pub secrets: usize,
    /// Bytes of each value.
    pub value_len: usize,
    /// Under which key.
    pub key: Key,
}

/// The key of all secrets of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The store's managed key.
    Managed,
    /// A customer key: its policy names `by-policy`, a grant names `by-grant`.
    Customer,
}

impl Plan {
    /// So many secrets of 256 B under the managed key.
    pub const fn of(secrets: usize) -> Self {
        Self { secrets, value_len: 256, key: Key::Managed }
    }
    /// The names, as both the store and the floor have them.
    pub fn names(&self) -> Vec<String> {
        (0..self.secrets).map(|number| format!("t{:02}/database-{number:06}/password", number % TEAMS)).collect()
    }
    /// The names and their values.
    pub fn contents(&self) -> impl Iterator<Item = (String, String)> {
        let (value_len, mut draws) = (self.value_len, Draws::from_seed(0x0005_EC2E_7500));
        self.names().into_iter().map(move |name| (name, value(&mut draws, value_len)))
    }
    /// Fills a store on a disk in memory.
    pub fn fill(&self) -> MemoryBackend {
        self.fill_on(Strongroom::builder())
    }
    /// The same, with a clock and randomness of the caller's.
    pub fn fill_on(&self, builder: Builder) -> MemoryBackend {
        let disk = MemoryBackend::new();
        let room = builder.create_on_backend(disk.clone(), unlock()).expect("create a store");
        let root = room.root();
        people(&root);
        let customer = (self.key == Key::Customer).then(|| customer_key(&room));
        for (name, value) in self.contents() {
            let mut request = CreateSecret::text(name, value);
            if let Some(customer) = &customer {
                request = request.kms_key_id(customer.as_str());
            }
            root.create_secret(request).expect("create a secret");
        }
        disk
    }
    /// Fills a store and lays it down as a file of this name, mode 0600.
    pub fn lay_down(&self, path: &Path) {
        let image = self.fill().image();
        let _ = std::fs::remove_file(path);
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a new file");
        file.write_all(&image).expect("write the image");
        file.sync_all().expect("sync the image");
    }
}

/// A text of letters and digits.
pub fn value(draws: &mut Draws, len: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    draws.bytes(len).into_iter().map(|byte| char::from(LETTERS[usize::from(byte) & 63])).collect()
}

/// The raw root key of every store here.
pub fn unlock() -> Unlock {
    Unlock::root_key(Draws::from_seed(0x4007).bytes(32))
}

/// Opens a store by its file, with everything as by default.
pub fn open(path: &Path) -> Strongroom {
    Strongroom::open(path, unlock()).expect("open the store")
}

/// A place for files of benches, on the disk that the build is on.
pub fn folder() -> PathBuf {
    let folder = match option_env!("CARGO_TARGET_TMPDIR") {
        Some(folder) => PathBuf::from(folder),
        // cargo names that folder to benches and tests only; elsewhere, beside the program.
        None => std::env::current_exe().expect("a program").with_file_name("tmp"),
    };
    std::fs::create_dir_all(&folder).expect("a folder for the benches' files");
    folder
}

/// Makes the callers. Every policy is one short statement about one team, as 100 of them must fit AWS's 10,240 characters
/// for all inline policies of a role, and 20 the 2,048 of a user; so each get is allowed by exactly one of them.
fn people(root: &Session) {
    let iam = root.iam();
    for (user, team) in [("reader", 't'), ("by-policy", 't'), ("by-grant", 't'), ("stranger", 'x')] {
        iam.create_user(CreateUser::new(user)).expect("create a user");
        for number in 0..20 {
            iam.put_user_policy(PutUserPolicy::new(user, format!("p{number}"), allow(&format!("{team}{number:02}/*"))))
                .expect("put a user's policy");
        }
    }
    iam.create_user(CreateUser::new("banned")).expect("create a user");
    iam.put_user_policy(PutUserPolicy::new("banned", "all", allow("*"))).expect("put a policy");
    iam.put_user_policy(PutUserPolicy::new("banned", "none", allow("t*").replace("Allow", "Deny")))
        .expect("put a policy");
    for count in POLICIES {
        let role = format!("reader-{count}");
        iam.create_role(CreateRole::new(role.as_str(), TRUST)).expect("create a role");
        for number in 0..count {
            let names = if count == 1 { "t*".to_owned() } else { format!("t{number:02}/*") };
            iam.put_role_policy(PutRolePolicy::new(role.as_str(), format!("p{number}"), allow(&names)))
                .expect("put a role's policy");
        }
    }
}

/// Makes the two callers with the most to weigh, and gives their sessions: a user in ten groups and a session of a role. Each has a
/// hundred policies, attached and inline, and a boundary; the role's session has four session policies besides. Of the policies one
/// allows each of the teams `t00` to `t99`.
pub fn broad(room: &Strongroom) -> [Session; 2] {
    let root = room.root();
    let iam = root.iam();
    let teams = |number: usize| allow(&format!("t{number:02}/*"));
    let boundary = iam.create_policy(CreatePolicy::new("limit", allow("t*"))).expect("create a policy").policy.arn;
    let attached: Vec<String> = (0..BROAD)
        .map(|number| {
            let made = iam.create_policy(CreatePolicy::new(format!("p{number}"), teams(number)));
            made.expect("create a policy").policy.arn.to_string()
        })
        .collect();
    iam.create_user(CreateUser::new("broad").permissions_boundary(&*boundary)).expect("create a user");
    iam.create_role(CreateRole::new("broad", TRUST).permissions_boundary(&*boundary)).expect("create a role");
    for (number, arn) in attached.iter().take(10).enumerate() {
        let arn = || arn.as_str();
        iam.attach_user_policy(AttachUserPolicy::new("broad", arn())).expect("attach");
        iam.attach_role_policy(AttachRolePolicy::new("broad", arn())).expect("attach");
        let name = format!("p{number}");
        iam.put_user_policy(PutUserPolicy::new("broad", name, teams(number + 10))).expect("put a policy");
    }
    for number in 10..BROAD {
        let name = format!("p{number}");
        iam.put_role_policy(PutRolePolicy::new("broad", name, teams(number))).expect("put a policy");
    }
    for group in 0..10 {
        let name = format!("g{group}");
        iam.create_group(CreateGroup::new(name.as_str())).expect("create a group");
        iam.add_user_to_group(AddUserToGroup::new(name.as_str(), "broad")).expect("join");
        for place in 0..4 {
            let (first, second) = (20 + group * 8 + place, 24 + group * 8 + place);
            let arn = attached[first].as_str();
            iam.attach_group_policy(AttachGroupPolicy::new(name.as_str(), arn)).expect("attach");
            let inline = PutGroupPolicy::new(name.as_str(), format!("p{place}"), teams(second));
            iam.put_group_policy(inline).expect("put a policy");
        }
    }
    let user = room.session(Principal::user("broad")).expect("a session");
    let limits = [allow("t*"), allow("t0*"), allow("x*"), allow("y*")];
    let role = room.session(Principal::role_with_session_policies("broad", "one", limits)).expect("a session");
    [user, role]
}

fn customer_key(room: &Strongroom) -> String {
    let account = room.account();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:user/by-policy"}},"Action":"kms:Decrypt","Resource":"*"}}
        ]}}"#
    );
    let root = room.root();
    let key = root.kms().create_key(CreateKey::new().policy(policy)).expect("create a key").key_metadata.key_id;
    let grantee = format!("arn:aws:iam::{account}:user/by-grant");
    root.kms()
        .create_grant(CreateGrant::new(key.clone(), vec![GrantOperation::Decrypt]).grantee_principal(grantee))
        .expect("create a grant");
    key.to_string()
}

/// A policy of 98 characters that lets its owner do everything with secrets of these names.
pub fn allow(names: &str) -> String {
    format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:{names}"}}}}"#
    )
}

/// How many policies the callers of [`broad`] have, and how many teams they may read.
pub const BROAD: usize = 100;
/// How many policies the roles `reader-1`, `reader-20` and `reader-100` have.
pub const POLICIES: [usize; 3] = [1, 20, 100];
/// Secrets are in the teams `t00` to `t19`.
const TEAMS: usize = 20;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
