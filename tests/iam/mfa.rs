//! MFA devices: made, given, used once a code, taken back; and what a second factor does to a session.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{ACCOUNT, House, allow, allow_if, bring, house, policy, refused, refused_as, user_arn};
use strongroom::operation::iam::{
    AssignmentStatusType, CreateRole, CreateVirtualMFADevice, DeactivateMFADevice, DeleteUser, DeleteVirtualMFADevice,
    EnableMFADevice, GetUser, ListMFADevices, ListVirtualMFADevices, PutRolePolicy, Tag,
};
use strongroom::operation::sts::{AssumeRole, Credentials, GetSessionToken};
use strongroom::{Error, ErrorKind, Session};
use strongroom_keystore::testing;

const GET: &str = "secretsmanager:GetSecretValue";
const STEP_MS: i64 = 30_000;

fn serial(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:mfa/{name}")
}
fn unbase32(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for group in text.chunks(8) {
        let bits = group.iter().fold(0_u64, |bits, letter| {
            bits << 5 | u64::from(if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 })
        });
        bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    bytes
}

/// A device as its holder has it.
struct Device {
    serial: String,
    seed: Vec<u8>,
}
impl Device {
    fn make(house: &House, name: &str) -> Self {
        let made = house.root.iam().create_virtual_mfa_device(CreateVirtualMFADevice::new(name)).unwrap();
        let device = made.virtual_mfa_device;
        let seed = unbase32(device.base32_string_seed.unwrap().expose());
        assert_eq!(seed.len(), 20);
        Self { serial: device.serial_number.to_string(), seed }
    }
    /// What it shows so many milliseconds from now.
    fn shows(&self, house: &House, later: i64) -> String {
        use strongroom::clock::Clock as _;
        let now = house.clock.now().plus_millis(later).as_secs();
        testing::mfa_code(&self.seed, u64::try_from(now).unwrap())
    }
    fn give(&self, house: &House, user: &str) -> Result<(), Error> {
        let (one, two) = (self.shows(house, 0), self.shows(house, STEP_MS));
        let request = EnableMFADevice::new(user, self.serial.as_str(), one, two);
        house.root.iam().enable_mfa_device(request).map(|_| ())?;
        // Both codes are spent.
        house.clock.advance_millis(2 * STEP_MS);
        Ok(())
    }
    fn take(&self, house: &House, user: &str) -> Result<(), Error> {
        let request = DeactivateMFADevice::new(self.serial.as_str()).user_name(user);
        house.root.iam().deactivate_mfa_device(request).map(|_| ())
    }
}

fn session_token(session: &Session, device: &Device, code: String) -> Result<Credentials, Error> {
    let request = GetSessionToken::new().serial_number(device.serial.as_str()).token_code(code);
    Ok(session.sts().get_session_token(request)?.credentials.unwrap())
}

#[test]
fn a_device_is_made_given_listed_taken_back_and_deleted() {
    let house = house();
    house.user("anaya");
    let device = Device::make(&house, "phone");
    assert_eq!(device.serial, serial("phone"));
    refused(
        house.root.iam().create_virtual_mfa_device(CreateVirtualMFADevice::new("PHONE").path("/x/")),
        "EntityAlreadyExists",
        "MFADevice entity at the same path and name already exists.",
    );
    let listed = |status: AssignmentStatusType| {
        let request = ListVirtualMFADevices::new().assignment_status(status);
        house.root.iam().list_virtual_mfa_devices(request).unwrap().virtual_mfa_devices
    };
    assert_eq!(listed(AssignmentStatusType::Unassigned).len(), 1);
    assert!(listed(AssignmentStatusType::Assigned).is_empty());
    device.give(&house, "anaya").unwrap();
    let held = listed(AssignmentStatusType::Assigned);
    assert_eq!(*held[0].user.as_ref().unwrap().arn, *user_arn("anaya"));
    assert!(held[0].base32_string_seed.is_none() && held[0].enable_date.is_some());
    let of_anaya = house.root.iam().list_mfa_devices(ListMFADevices::new().user_name("anaya")).unwrap().mfa_devices;
    assert_eq!((of_anaya.len(), of_anaya[0].serial_number.as_str()), (1, device.serial.as_str()));

    house.user("ben");
    refused_as(device.give(&house, "ben"), "EntityAlreadyExists");
    refused_as(house.root.iam().delete_virtual_mfa_device(device.serial.as_str()), "DeleteConflict");
    refused(
        house.root.iam().delete_user(DeleteUser::new("anaya")),
        "DeleteConflict",
        "Cannot delete entity, must delete MFA device first.",
    );
    refused_as(device.take(&house, "ben"), "NoSuchEntity");
    device.take(&house, "anaya").unwrap();
    refused_as(device.take(&house, "anaya"), "NoSuchEntity");
    house.root.iam().delete_user(DeleteUser::new("anaya")).unwrap();
    house.root.iam().delete_virtual_mfa_device(DeleteVirtualMFADevice::new(device.serial.as_str())).unwrap();
    refused(
        house.root.iam().delete_virtual_mfa_device(device.serial.as_str()),
        "NoSuchEntity",
        &format!("VirtualMFADevice with serial number {} does not exist.", device.serial),
    );
}

#[test]
fn a_device_is_given_for_two_codes_one_behind_the_other() {
    let house = house();
    house.user("anaya");
    let device = Device::make(&house, "phone");
    let (now, next) = (device.shows(&house, 0), device.shows(&house, STEP_MS));
    for (one, two) in [(&now, &now), (&next, &now), (&now, &"000000".to_owned()), (&"000000".to_owned(), &next)] {
        let request = EnableMFADevice::new("anaya", device.serial.as_str(), one.as_str(), two.as_str());
        refused(
            house.root.iam().enable_mfa_device(request),
            "InvalidAuthenticationCode",
            "Authentication code for device is not valid",
        );
    }
    let request = EnableMFADevice::new("anaya", device.serial.as_str(), "12345", "abcdef");
    refused_as(house.root.iam().enable_mfa_device(request), "ValidationError");
    device.give(&house, "anaya").unwrap();
}

#[test]
fn tags_of_a_device_need_their_own_right_and_are_weighed() {
    let house = house();
    let ben = house.user_with("ben", allow("iam:CreateVirtualMFADevice", "*"));
    ben.iam().create_virtual_mfa_device(CreateVirtualMFADevice::new("plain")).unwrap();
    let tagged = || CreateVirtualMFADevice::new("tagged").tags(vec![Tag::new("team", "a")]);
    refused_as(ben.iam().create_virtual_mfa_device(tagged()), "AccessDenied");
    house.set_policy("ben", allow("iam:CreateVirtualMFADevice iam:TagMFADevice", "*"));
    ben.iam().create_virtual_mfa_device(tagged()).unwrap();
    let by_tag = r#""StringEquals":{"aws:ResourceTag/team":"a"}"#;
    house.set_policy("ben", allow_if("iam:DeleteVirtualMFADevice", "*", by_tag));
    refused_as(ben.iam().delete_virtual_mfa_device(serial("plain")), "AccessDenied");
    ben.iam().delete_virtual_mfa_device(serial("tagged")).unwrap();
}

#[test]
fn a_code_is_taken_once_and_only_from_its_holder() {
    let house = house();
    let (anaya, ben) = (house.user("anaya"), house.user("ben"));
    let device = Device::make(&house, "phone");
    device.give(&house, "anaya").unwrap();
    let code = device.shows(&house, 0);
    refused_as(session_token(&ben, &device, code.clone()), "AccessDenied");
    session_token(&anaya, &device, code.clone()).unwrap();
    refused(
        session_token(&anaya, &device, code),
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code.",
    );
    let spent_before = device.shows(&house, -STEP_MS);
    refused_as(session_token(&anaya, &device, spent_before), "AccessDenied");
    session_token(&anaya, &device, device.shows(&house, STEP_MS)).unwrap();
    refused(
        anaya.sts().get_session_token(GetSessionToken::new().serial_number(device.serial.as_str())),
        "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    );
    refused_as(anaya.sts().get_session_token(GetSessionToken::new().token_code("123456")), "AccessDenied");
    let unknown = Device { serial: serial("nobodys"), seed: device.seed.clone() };
    refused_as(session_token(&anaya, &unknown, unknown.shows(&house, 0)), "AccessDenied");
}

#[test]
fn a_role_may_ask_for_a_second_factor() {
    let house = house();
    let anaya = house.user("anaya");
    let device = Device::make(&house, "phone");
    device.give(&house, "anaya").unwrap();
    let trust = policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole",
            "Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"true"}},"NumericLessThan":{{"aws:MultiFactorAuthAge":"60"}}}}}}"#,
        user_arn("anaya")
    )]);
    house.root.iam().create_role(CreateRole::new("ops", trust)).unwrap();
    house.root.iam().put_role_policy(PutRolePolicy::new("ops", "p", allow(GET, "*"))).unwrap();
    house.secret("prod/db", "value");
    let request = || AssumeRole::new(format!("arn:aws:iam::{ACCOUNT}:role/ops"), "anaya");
    refused_as(anaya.assume_role(request()), "AccessDenied");
    let proved = |code: String| request().serial_number(device.serial.as_str()).token_code(code);
    refused_as(anaya.assume_role(proved("000000".to_owned())), "AccessDenied");
    let session = anaya.assume_role(proved(device.shows(&house, 0))).unwrap();
    session.get_secret_value("prod/db").unwrap();
    // Taking the device back ends what it proved.
    device.take(&house, "anaya").unwrap();
    assert_eq!(session.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
    anaya.sts().get_session_token(GetSessionToken::new()).unwrap();
    refused_as(anaya.iam().get_user(GetUser::new()), "AccessDenied");
}

#[test]
fn a_session_says_that_it_was_proved_and_when() {
    let house = house();
    house.secret("prod/db", "value");
    let proved = r#""Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"600"}"#;
    let anaya = house.user("anaya");
    let device = Device::make(&house, "phone");
    device.give(&house, "anaya").unwrap();
    let lasting = allow_if("secretsmanager:* iam:GetUser", "*", proved);
    house.set_policy("anaya", lasting);
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    let credentials = session_token(&anaya, &device, device.shows(&house, 0)).unwrap();
    let session = bring(&house, &credentials).unwrap();
    session.get_secret_value("prod/db").unwrap();
    // With a second factor the session may call IAM.
    session.iam().get_user(GetUser::new()).unwrap();
    house.clock.advance_millis(599_000);
    session.get_secret_value("prod/db").unwrap();
    house.clock.advance_millis(1_000);
    refused_as(session.get_secret_value("prod/db"), "AccessDeniedException");
    let plain = anaya.sts().get_session_token(GetSessionToken::new()).unwrap().credentials.unwrap();
    refused_as(bring(&house, &plain).unwrap().get_secret_value("prod/db"), "AccessDeniedException");
    device.take(&house, "anaya").unwrap();
    assert_eq!(session.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
    refused_as(bring(&house, &credentials), "ExpiredToken");
    // Given back, it proves nothing of before.
    device.give(&house, "anaya").unwrap();
    assert_eq!(session.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
    refused_as(bring(&house, &credentials), "ExpiredToken");
}
