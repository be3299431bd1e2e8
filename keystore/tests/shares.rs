//! Shares of a slot key. Goal: any of them, as many as it takes, open the slot; fewer, mistyped or foreign ones do not, and are told
//! for what they are. Method: known answers of another implementation, every choice of shares, every letter changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use strongroom_keystore::*;

/// Three of five with the key 0x40 to 0x5f, by a program of another kind: logarithms to the base 3, Python's own integers and hash.
/// The coefficients have zeros among them.
const KNOWN: [&str; 5] = [
    "05gj-0wv5-egg6-js03-04v1-ek8g-e5er-t9bm-jbf0-18h4-eehd-fkmd-pez9-hvzn-3fqm-env3-5j6m-2yvg-cs8g",
    "05gj-0wv5-egg6-js03-0ap4-7gpq-5tzf-1y9g-0gbe-12xx-4b5m-axxf-8tdp-9yym-vr0y-vbs2-hjcq-zbxc-ne1g",
    "05gj-0wv5-egg6-js03-0fd1-bkc4-3ek3-q6rc-vy1a-psem-3wkc-5t3g-msrt-jgkp-kpvz-18rx-zn56-21cx-yfd0",
    "05gj-0wv5-egg6-js03-0j1w-p5xr-j2mx-vmxr-fsaz-5p9y-ss9q-m4e8-dk8w-2agq-9xaj-tdd0-50w6-ywtc-396g",
    "05gj-0wv5-egg6-js03-s157-qwe5-vmz5-8q83-mran-qmwt-x2yt-apyd-dq3d-53hg-sehh-qk2m-exng-5pkk-j9s0",
];

fn create(with: &Unlock) -> Result<Store, Error> {
    Root::create(STORE, false, with, &Hardening::cheap(), seeded(1)).map(Store::from)
}
fn opens(store: &Store, shares: &[&str]) -> Result<(), Error> {
    unlock(&region(&store.root.copy()), &Unlock::shares(shares.iter().copied())).map(drop)
}
fn drawn(threshold: u8, count: u8, seed: u64) -> Vec<String> {
    let shares = Sharing::new(threshold, count).unwrap().draw(&SeededEntropy::new(seed)).unwrap();
    shares.iter().map(|share| share.expose().to_owned()).collect()
}
fn texts(shares: &[String]) -> Vec<&str> {
    shares.iter().map(String::as_str).collect()
}
/// Every way to take some of five.
fn choices() -> impl Iterator<Item = Vec<usize>> {
    (0..32_u32).map(|mask| (0..5).filter(|at| mask >> at & 1 == 1).collect())
}
fn bad(number: usize, fault: ShareFault) -> Result<(), Error> {
    Err(Error::Provider(ProviderFault::Share { number, fault }))
}

#[test]
fn known_shares_give_the_known_key() {
    let store = create(&Unlock::shares(KNOWN)).unwrap();
    let sharing = store.root.slots()[0].sharing.unwrap();
    assert_eq!((store.root.slots()[0].provider, sharing.threshold(), sharing.count()), (7, 3, 5));
    // The slot is sealed under the key itself.
    let key: Vec<u8> = (0x40..0x60).collect();
    let header = testing_header(1, KeyId { id: STORE, multi_region: false }, 0);
    let params = [&[1, 3, 5], b"a set id".as_slice()].concat();
    let aad = [header.to_vec(), tlv(1, &STORE), tlv(6, &[0, 1]), tlv(7, &params)].concat();
    let copy = store.root.copy();
    let blob = copy.windows(128).find(|bytes| bytes.starts_with(&header)).unwrap();
    assert_eq!(testing::open(key.as_slice().try_into().unwrap(), 1, &aad, blob).unwrap().len(), 32);
    for choice in choices().filter(|choice| choice.len() >= 3) {
        let shares: Vec<&str> = choice.iter().rev().map(|at| KNOWN[*at]).collect();
        assert_eq!(opens(&store, &shares), Ok(()), "{choice:?}");
    }
}

#[test]
fn any_of_them_open_as_many_as_it_takes_and_fewer_do_not() {
    for threshold in 2..=5 {
        let shares = drawn(threshold, 5, threshold.into());
        let store = create(&Unlock::shares(texts(&shares))).unwrap();
        for choice in choices() {
            let some: Vec<&str> = choice.iter().map(|at| shares[*at].as_str()).collect();
            let expected = match choice.len() {
                0 => Err(Error::Provider(ProviderFault::TooFewShares { given: 0, needed: 2 })),
                given if given < threshold.into() => {
                    Err(Error::Provider(ProviderFault::TooFewShares { given, needed: threshold }))
                }
                _ => Ok(()),
            };
            assert_eq!(opens(&store, &some), expected, "{threshold} of 5, {choice:?}");
        }
        // One of them again is no further one.
        let again = vec![shares[0].as_str(); threshold.into()];
        let expected = ProviderFault::TooFewShares { given: 1, needed: threshold };
        assert_eq!(opens(&store, &again), Err(Error::Provider(expected)));
    }
    let most = drawn(255, 255, 1);
    let store = create(&Unlock::shares(texts(&most))).unwrap();
    assert_eq!(opens(&store, &texts(&most)), Ok(()));
    assert!(opens(&store, &texts(&most[1..])).is_err());
    for (threshold, count) in [(0, 0), (0, 3), (1, 1), (1, 3), (4, 3)] {
        assert_eq!(Sharing::new(threshold, count), Err(Error::Provider(ProviderFault::ShareCounts)));
    }
}

#[test]
fn a_share_is_read_as_people_write_it_and_no_letter_of_it_can_be_another() {
    let shares = drawn(2, 3, 9);
    let store = create(&Unlock::shares(texts(&shares))).unwrap();
    let [one, two, _] = shares.as_slice() else { panic!() };
    let loud = one.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "I");
    let bare = format!("  {}\r\n", two.replace('-', "").replace('1', "l"));
    assert_eq!(opens(&store, &[&loud, &bare]), Ok(()));
    for at in (0..one.len()).filter(|at| one.as_bytes()[*at] != b'-') {
        for letter in "0123456789abcdefghjkmnpqrstvwxyz".chars().filter(|letter| !one[at..].starts_with(*letter)) {
            let mut wrong = one.clone();
            wrong.replace_range(at..=at, letter.encode_utf8(&mut [0; 4]));
            let told = opens(&store, &[two, &wrong]);
            let letters = at == one.len() - 1 && told == bad(2, ShareFault::Letters);
            assert!(letters || told == bad(2, ShareFault::Check), "{at} {letter} {told:?}");
        }
    }
    let changed = |change: &dyn Fn(&str) -> String| opens(&store, &[two, &change(one)]);
    assert_eq!(changed(&|one| one[1..].to_owned()), bad(2, ShareFault::Length(75)));
    assert_eq!(changed(&|one| format!("{one}0")), bad(2, ShareFault::Length(77)));
    assert_eq!(changed(&|_| String::new()), bad(2, ShareFault::Length(0)));
    for letter in ["u", "U", "!", "_", "ä"] {
        let told = changed(&|one| one.replacen(|letter: char| letter != '-', letter, 1));
        assert!(
            [bad(2, ShareFault::Letters), bad(2, ShareFault::Length(76 + letter.len() - 1))].contains(&told),
            "{told:?}"
        );
    }
    assert_eq!(shares_needed(&one.as_str().into()), Ok(2));
    assert_eq!(shares_needed(&"one".into()), Err(ShareFault::Length(3)));
}

#[test]
fn shares_of_another_set_are_no_help() {
    let (ours, theirs) = (drawn(2, 3, 1), drawn(2, 3, 2));
    let store = create(&Unlock::shares(texts(&ours))).unwrap();
    assert_eq!(opens(&store, &texts(&theirs)), Err(Error::WrongUnlock));
    assert_eq!(opens(&store, &[&ours[0], &theirs[1]]), bad(2, ShareFault::OtherSet));
    assert_eq!(create(&Unlock::shares([&*ours[0], &*theirs[1]])).map(drop), bad(2, ShareFault::OtherSet));
    // Both may be slots of one store.
    let mut store = store;
    let next = store.root.add_slot(&Unlock::shares(texts(&theirs)), &Hardening::cheap()).unwrap();
    store.root.adopt(next).unwrap();
    assert_eq!(opens(&store, &texts(&theirs[1..])), Ok(()));
    assert_eq!(opens(&store, &texts(&ours[..2])), Ok(()));
    assert_eq!(opens(&store, &[KNOWN[0], KNOWN[1], KNOWN[2]]), Err(Error::WrongUnlock));
}

#[test]
fn coefficients_are_uniform_with_zero_among_them() {
    // Of two, one is the key and c, the other the key and 2c: together 3c, which is zero where c is.
    let value = |share: &str| -> Vec<u8> {
        let letters = "0123456789abcdefghjkmnpqrstvwxyz";
        let bits = share.chars().filter(|letter| *letter != '-').flat_map(|letter| {
            let value = letters.find(letter).unwrap();
            (0..5).rev().map(move |bit| value >> bit & 1)
        });
        let bits: Vec<usize> = bits.collect();
        bits.chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::try_from(*bit).unwrap()))
            .collect()
    };
    let mut counts = [0_u32; 256];
    for seed in 0..400 {
        let shares = drawn(2, 2, seed);
        let (one, two) = (value(&shares[0]), value(&shares[1]));
        for at in 11..43 {
            counts[usize::from(one[at] ^ two[at])] += 1;
        }
    }
    // 50 of each are expected of 12,800; the seeds are fixed.
    assert!(counts.iter().all(|count| (20..100).contains(count)), "{counts:?}");
}
