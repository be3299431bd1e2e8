//! Unlock secrets. Goal: each kind opens its slot and nothing else does; what is unsafe is refused before it is used.
//! Method: real files in a temporary folder; headers with hostile parameters; a stopwatch that the test reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::*;
use strongroom_keystore::*;

fn create(unlock: &Unlock) -> Result<Store, Error> {
    Root::create(STORE, false, unlock, &Hardening::cheap(), seeded(1)).map(Store::from)
}
fn opens(store: &Store, with: &Unlock) -> Result<(), Error> {
    unlock(&region(&store.root.copy()), with).map(|_| ())
}
fn key_file(folder: &Path, name: &str, content: &[u8], mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}
fn fault_of(path: impl Into<PathBuf>) -> KeyFileFault {
    match create(&Unlock::key_file(path)).map(|_| ()).unwrap_err() {
        Error::Provider(ProviderFault::KeyFile(fault)) => fault,
        other => panic!("{other}"),
    }
}

#[test]
fn a_passphrase_opens_exactly_as_given() {
    let store = create(&Unlock::passphrase("pass phrase")).unwrap();
    assert_eq!(opens(&store, &Unlock::passphrase("pass phrase")), Ok(()));
    for wrong in ["pass phras", "pass phrase ", " pass phrase", "Pass phrase", "pass phrase\n", "pass\u{a0}phrase"] {
        assert_eq!(opens(&store, &Unlock::passphrase(wrong)), Err(Error::WrongUnlock), "{wrong:?}");
    }
    // No normalisation: one letter, or a letter and its accent.
    let store = create(&Unlock::passphrase("\u{e9}")).unwrap();
    assert_eq!(opens(&store, &Unlock::passphrase("e\u{301}")), Err(Error::WrongUnlock));
}

#[test]
fn a_passphrase_has_1_to_1024_bytes() {
    for len in [0, 1025] {
        let refused = create(&Unlock::passphrase("x".repeat(len))).map(|_| ());
        assert_eq!(refused.unwrap_err(), Error::Provider(ProviderFault::PassphraseLength(len)));
    }
    for len in [1, 1024] {
        let passphrase = || Unlock::passphrase("x".repeat(len));
        assert_eq!(opens(&create(&passphrase()).unwrap(), &passphrase()), Ok(()));
    }
    let store = create(&Unlock::passphrase("x")).unwrap();
    let empty = opens(&store, &Unlock::passphrase(""));
    assert_eq!(empty, Err(Error::Provider(ProviderFault::PassphraseLength(0))));
}

#[test]
fn the_same_passphrase_in_two_slots_or_stores_makes_different_bytes() {
    let one = create(&Unlock::passphrase("same")).unwrap();
    let two = Root::create(STORE, false, &Unlock::passphrase("same"), &Hardening::cheap(), seeded(2)).unwrap();
    assert_ne!(one.root.copy()[64..864], two.0.copy()[64..864]);
    let next = one.root.add_slot(&Unlock::passphrase("same"), &Hardening::cheap()).unwrap();
    assert_ne!(next.copy[64 + 132..64 + 158], next.copy[864 + 132..864 + 158]);
}

#[test]
fn hardening_has_a_floor_and_a_ceiling() {
    for (m_kib, t, p) in [
        (19 * 1024, 2, 1),
        (46 * 1024, 1, 1),
        (64 * 1024, 3, 4),
        (256 * 1024, 4, 4),
        (2 * 1024 * 1024, 1, 4),
        (4 * 1024 * 1024, 64, 16),
    ] {
        let hardening = Hardening::new(m_kib, t, p).unwrap();
        assert_eq!((hardening.m_kib(), hardening.t(), hardening.p()), (m_kib, t, p));
    }
    for (m_kib, t, p) in [
        (19 * 1024 - 1, 2, 1),
        (19 * 1024, 1, 1),
        (46 * 1024 - 1, 1, 1),
        (65_536, 0, 1),
        (65_536, 3, 0),
        (0, 0, 0),
        (8, 64, 16),
    ] {
        assert_eq!(Hardening::new(m_kib, t, p), Err(Error::Parameters(ParameterFault::BelowFloor)), "{m_kib} {t} {p}");
    }
    for (m_kib, t, p) in [(4 * 1024 * 1024 + 1, 3, 4), (65_536, 65, 4), (65_536, 3, 17), (u32::MAX, u32::MAX, u8::MAX)]
    {
        assert_eq!(
            Hardening::new(m_kib, t, p),
            Err(Error::Parameters(ParameterFault::AboveCeiling)),
            "{m_kib} {t} {p}"
        );
    }
    assert_eq!(Hardening::default(), Hardening::DEFAULT);
    for profile in [Hardening::DEFAULT, Hardening::STRONG, Hardening::FLOOR, Hardening::RFC_FIRST] {
        assert_eq!(Hardening::new(profile.m_kib(), profile.t(), profile.p()), Ok(profile));
    }
}

/// The header with other costs in its first slot, and a check made right: what anyone with the file can write.
fn with_costs(store: &Store, m_kib: u32, t: u32, p: u8) -> Vec<u8> {
    let mut copy = store.root.copy();
    copy[64 + 133..64 + 137].copy_from_slice(&m_kib.to_be_bytes());
    copy[64 + 137..64 + 141].copy_from_slice(&t.to_be_bytes());
    copy[64 + 141] = p;
    let check = <sha2::Sha256 as sha2::Digest>::digest(&copy[..8160]);
    copy[8160..].copy_from_slice(&check);
    region(&copy)
}

#[test]
fn hostile_costs_in_a_header_are_refused_before_they_run() {
    // If these ran, they would take terabytes or days.
    let store = create(&Unlock::passphrase("x")).unwrap();
    for (m_kib, t, p) in
        [(u32::MAX, 1, 1), (8, u32::MAX, 1), (8 * 255, 1, 255), (4 * 1024 * 1024 + 1, 1, 1), (8, 65, 1)]
    {
        let refused = unlock(&with_costs(&store, m_kib, t, p), &Unlock::passphrase("x")).map(|_| ());
        assert_eq!(refused.unwrap_err(), Error::Parameters(ParameterFault::AboveCeiling), "{m_kib} {t} {p}");
    }
    for (m_kib, t, p) in [(0, 1, 1), (7, 1, 1), (8, 0, 1), (8, 1, 0), (15, 1, 2)] {
        let refused = unlock(&with_costs(&store, m_kib, t, p), &Unlock::passphrase("x")).map(|_| ());
        assert_eq!(refused.unwrap_err(), Error::Parameters(ParameterFault::BelowFloor), "{m_kib} {t} {p}");
    }
    // Lowered costs that can run give another key.
    let lowered = unlock(&with_costs(&store, 16, 1, 1), &Unlock::passphrase("x")).map(|_| ());
    assert_eq!(lowered.unwrap_err(), Error::WrongUnlock);
}

#[test]
fn hardening_below_the_floor_needs_leave_at_unlock() {
    let store = create(&Unlock::passphrase("x")).unwrap();
    let region = region(&store.root.copy());
    let refused = Root::unlock(&region, &Unlock::passphrase("x"), &Limits::default(), seeded(1)).map(|_| ());
    assert_eq!(refused.unwrap_err(), Error::Parameters(ParameterFault::BelowFloor));
    let strict = Root::create(STORE, false, &raw_unlock(7), &Hardening::DEFAULT, seeded(1)).map(Store::from).unwrap();
    let refused = strict.root.add_slot(&Unlock::passphrase("x"), &Hardening::cheap());
    assert_eq!(refused.unwrap_err(), Error::Parameters(ParameterFault::BelowFloor));
}

#[test]
fn one_slot_out_of_bounds_does_not_hide_another_that_opens() {
    let mut store = create(&Unlock::passphrase("first")).unwrap();
    let next = store.root.add_slot(&Unlock::passphrase("second"), &Hardening::cheap()).unwrap();
    store.root.adopt(next).unwrap();
    // The first slot is hostile now. The second still gives the root key, and with it the MAC that shows the change.
    let refused = unlock(&with_costs(&store, u32::MAX, 1, 1), &Unlock::passphrase("second")).map(|_| ());
    assert_eq!(refused.unwrap_err(), Error::Header(HeaderFault::Damaged));
}

#[test]
fn a_key_file_opens_its_slot_and_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = key_file(folder.path(), "key", &[1; 32], 0o600);
    let longer = key_file(folder.path(), "longer", &[1; 33], 0o400);
    let store = create(&Unlock::key_file(&path)).unwrap();
    assert_eq!(store.root.slots(), [SlotInfo { index: 0, provider: 2, hardening: None, sharing: None }]);
    assert_eq!(opens(&store, &Unlock::key_file(&path)), Ok(()));
    assert_eq!(opens(&store, &Unlock::key_file(&longer)), Err(Error::WrongUnlock));
    // The same bytes by another way are another key.
    assert_eq!(opens(&store, &raw_unlock(1)), Err(Error::WrongUnlock));
    assert_eq!(opens(&store, &Unlock::passphrase("x")), Err(Error::WrongUnlock));
}

#[test]
fn a_key_file_has_32_to_4096_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for len in [0, 31, 4097, 100_000_usize] {
        let path = key_file(folder.path(), "key", &vec![1; len], 0o600);
        assert_eq!(fault_of(path), KeyFileFault::Size(len as u64));
    }
    for len in [32, 4096] {
        let path = key_file(folder.path(), "key", &vec![1; len], 0o600);
        assert!(create(&Unlock::key_file(path)).is_ok());
    }
}

#[test]
fn a_key_file_that_others_can_get_at_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777, 0o440] {
        let path = key_file(folder.path(), "key", &[1; 32], mode);
        assert_eq!(fault_of(&path), KeyFileFault::OpenToOthers { mode });
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_key_file_that_is_no_file_of_its_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = key_file(folder.path(), "key", &[1; 32], 0o600);
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(fault_of(link), KeyFileFault::SymbolicLink);
    assert_eq!(fault_of(folder.path()), KeyFileFault::NotAFile);
    assert_eq!(fault_of(folder.path().join("none")), KeyFileFault::Unreadable(std::io::ErrorKind::NotFound));
    assert_eq!(fault_of("/dev/zero"), KeyFileFault::NotAFile);
    // A pipe must not make us wait for somebody to write.
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert_eq!(fault_of(pipe), KeyFileFault::NotAFile);
}

#[test]
fn a_key_file_of_another_user_is_refused() {
    // Only root can give a file away; elsewhere, a file of root's that all may read stands in.
    if rustix::process::geteuid().is_root() {
        let folder = tempfile::tempdir().unwrap();
        let path = key_file(folder.path(), "key", &[1; 32], 0o600);
        std::os::unix::fs::chown(&path, Some(12_345), None).unwrap();
        assert_eq!(fault_of(path), KeyFileFault::NotOwned);
    } else {
        assert_eq!(fault_of("/etc/passwd"), KeyFileFault::NotOwned);
    }
}

#[test]
fn a_credential_is_a_plain_name_in_the_directory_that_the_manager_named() {
    // The environment of this process is not to be changed: the test runs itself again with another.
    const AS_UNIT: &str = "STRONGROOM_TEST_AS_UNIT";
    let with = |name: &str| create(&Unlock::systemd_credential(name)).map(|_| ());
    if std::env::var_os(AS_UNIT).is_some() {
        let store = create(&Unlock::systemd_credential("strongroom.key")).unwrap();
        assert_eq!(store.root.slots()[0].provider, 6);
        assert_eq!(opens(&store, &Unlock::systemd_credential("strongroom.key")), Ok(()));
        assert_eq!(opens(&store, &Unlock::systemd_credential("other.key")), Err(Error::WrongUnlock));
        // An access list shows in the group's bits; the manager's own files look so.
        assert_eq!(with("group.key"), Ok(()));
        let refused = |fault| Err(Error::Provider(ProviderFault::KeyFile(fault)));
        assert_eq!(with("world.key"), refused(KeyFileFault::OpenToOthers { mode: 0o444 }));
        assert_eq!(with("short.key"), refused(KeyFileFault::Size(8)));
        assert_eq!(with("none.key"), refused(KeyFileFault::Unreadable(std::io::ErrorKind::NotFound)));
        for name in ["", ".", "..", "/etc/passwd", "../strongroom.key", "a/b", "./strongroom.key", "strongroom.key/"] {
            assert_eq!(with(name), Err(Error::Provider(ProviderFault::CredentialName)), "{name:?}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    key_file(folder.path(), "strongroom.key", &[1; 48], 0o400);
    key_file(folder.path(), "other.key", &[2; 48], 0o400);
    key_file(folder.path(), "group.key", &[1; 48], 0o440);
    key_file(folder.path(), "world.key", &[1; 48], 0o444);
    key_file(folder.path(), "short.key", &[1; 8], 0o400);
    let mut run = std::process::Command::new(std::env::current_exe().unwrap());
    run.args(["--exact", "a_credential_is_a_plain_name_in_the_directory_that_the_manager_named"]);
    let ran = run.env(AS_UNIT, "1").env("CREDENTIALS_DIRECTORY", folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    if std::env::var_os("CREDENTIALS_DIRECTORY").is_none() {
        assert_eq!(with("strongroom.key"), Err(Error::Provider(ProviderFault::NoCredentialsDirectory)));
    }
}

#[test]
fn a_raw_root_key_is_32_bytes() {
    for len in [0, 16, 31, 33, 64] {
        let refused = create(&Unlock::root_key(vec![1; len])).map(|_| ());
        assert_eq!(refused.unwrap_err(), Error::Provider(ProviderFault::RootKeyLength(len)));
    }
}

struct Host {
    kind: u8,
    params: usize,
    key: usize,
    fails: bool,
}
impl RootKeyProvider for Host {
    fn kind(&self) -> u8 {
        self.kind
    }
    fn new_params(&self) -> Result<Vec<u8>, ProviderFault> {
        Ok(vec![3; self.params])
    }
    fn slot_key(&self, store_id: &[u8; 16], params: &[u8]) -> Result<SecretBytes, ProviderFault> {
        if self.fails {
            return Err(ProviderFault::Host("the token was pulled".into()));
        }
        assert_eq!((store_id, params.len()), (&STORE, self.params));
        Ok(SecretBytes::from(vec![5; self.key]))
    }
}

#[test]
fn a_provider_of_the_host_opens_its_slot_or_says_why_not() {
    let host = |kind, params, key, fails| Unlock::provider(Host { kind, params, key, fails });
    let store = create(&host(8, 20, 32, false)).unwrap();
    assert_eq!(opens(&store, &host(8, 20, 32, false)), Ok(()));
    let words = Error::Provider(ProviderFault::Host("the token was pulled".into()));
    assert_eq!(opens(&store, &host(8, 20, 32, true)), Err(words.clone()));
    assert_eq!(words.to_string(), "the token was pulled");
    let fault = |unlock: &Unlock| create(unlock).map(|_| ()).unwrap_err();
    assert_eq!(fault(&host(8, 20, 31, false)), Error::Provider(ProviderFault::RootKeyLength(31)));
    assert_eq!(fault(&host(8, 669, 32, false)), Error::Provider(ProviderFault::ParametersLength(669)));
    assert_eq!(fault(&host(0, 0, 32, false)), Error::Provider(ProviderFault::Kind(0)));
    assert_eq!(fault(&host(1, 26, 32, false)), Error::Provider(ProviderFault::Kind(1)));
    assert_eq!(fault(&host(7, 11, 32, false)), Error::Provider(ProviderFault::Kind(7)));
}

/// A machine on which memory and passes cost alike, and which needs so many milliseconds for the default.
fn calibrated(default_ms: u64, target_ms: u64) -> (Hardening, Vec<u64>) {
    let (mut answers, mut expected) = (Vec::new(), default_ms);
    // Only the first measure is of the default; a later one is of whatever memory could be afforded.
    while expected * 2 <= target_ms && expected < default_ms * 16 {
        expected *= 2;
    }
    let mut next = [default_ms, expected].into_iter();
    let hardening = Hardening::calibrate(Duration::from_millis(target_ms), &mut |_| {
        answers.push(next.next().unwrap());
        Duration::from_millis(*answers.last().unwrap())
    });
    (hardening.unwrap(), answers)
}

#[test]
fn calibration_raises_memory_first_and_then_passes_and_never_lowers_them() {
    let costs = |hardening: Hardening| (hardening.m_kib() / 1024, hardening.t(), hardening.p());
    for (default_ms, target_ms, expected) in [
        (700, 700, (64, 3, 4)),
        (5000, 700, (64, 3, 4)),
        (410, 700, (64, 5, 4)),
        (350, 700, (128, 3, 4)),
        (100, 700, (256, 5, 4)),
        (1, 700, (1024, 64, 4)),
    ] {
        let (hardening, measured) = calibrated(default_ms, target_ms);
        assert_eq!(costs(hardening), expected, "{default_ms} ms, measured {measured:?}");
        assert_eq!(Hardening::new(hardening.m_kib(), hardening.t(), hardening.p()), Ok(hardening));
    }
    // A stopwatch that does not run stops nothing.
    let stopped = Hardening::calibrate(Duration::from_millis(700), &mut |_| Duration::ZERO).unwrap();
    assert_eq!(costs(stopped), (1024, 64, 4));
}

#[test]
fn calibration_measures_the_real_thing() {
    let mut runs = 0;
    let hardening = Hardening::calibrate(Duration::ZERO, &mut |run| {
        runs += 1;
        run();
        Duration::from_secs(1)
    });
    assert_eq!((hardening, runs), (Ok(Hardening::DEFAULT), 1));
}
