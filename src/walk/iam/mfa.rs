//! Virtual MFA devices: Create, Enable, Deactivate, Delete, List; and the codes that they show.

use strongroom_keystore::{MfaCode, SecretBytes, SecretText};

use super::access_key::user;
use super::{admitted, list, number, stored};
use crate::access::acts::sts::ProveMfa;
use crate::access::{Pass, Tie};
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::credential::{CredentialRow, Holder, MFA_DEVICES_MAX, MfaDeviceRow, serial};
use crate::model::paging::Place;
use crate::model::principal::PrincipalKind;
use crate::model::tag::TagRules;
use crate::name::Text;
use crate::operation::iam::{
    AssignmentStatusType, CreateVirtualMFADevice, CreateVirtualMFADeviceResponse, DeactivateMFADevice,
    DeactivateMFADeviceResponse, DeleteVirtualMFADevice, DeleteVirtualMFADeviceResponse, EnableMFADevice,
    EnableMFADeviceResponse, ListMFADevices, ListMFADevicesResponse, ListVirtualMFADevices,
    ListVirtualMFADevicesResponse, MfaDevice, VirtualMfaDevice,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListMFADevices, ListVirtualMFADevices);
writes!(CreateVirtualMFADevice, DeleteVirtualMFADevice, EnableMFADevice, DeactivateMFADevice);

impl CreateVirtualMFADevice {
    fn serial<L: Look>(&self, visit: &Visit<'_, L>) -> Text {
        serial(visit.home(), self.path.as_ref().map_or("/", Text::as_str), &self.virtual_mfa_device_name)
    }
}
impl Write for CreateVirtualMFADevice {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        visit.admit(self, visit.look.new_device(&self.serial(visit))).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateVirtualMFADeviceResponse, Error> {
        let pass = visit.admit(self, visit.look.new_device(&self.serial(visit)))?;
        let serial = pass.resource().clone();
        if visit.look.is_device_taken(&pass, &self.virtual_mfa_device_name)? {
            return Err(error::iam::device_exists());
        }
        let made = visit.keystore.make_seed(&serial)?;
        let tags = self.tags.as_ref().map_or_else(Vec::new, |tags| stored(tags));
        let row = MfaDeviceRow {
            name: self.virtual_mfa_device_name.clone(),
            path: self.path.clone().unwrap_or_else(|| Text::from("/")),
            serial: serial.clone(),
            created: visit.observed(),
            sealed: made.sealed,
            holder: None,
            spent: 0,
            tags: TagRules::Iam.set(&[], &tags)?,
        };
        visit.look.save_credential(&pass, &CredentialRow::MfaDevice(row))?;
        let seed = SecretBytes::copy_of(made.secret.expose().as_bytes());
        Ok(CreateVirtualMFADeviceResponse::new(VirtualMfaDevice::new(serial).base32_string_seed(seed)))
    }
}

impl Write for DeleteVirtualMFADevice {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        visit.admit(self, visit.look.device(&self.serial_number)?).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteVirtualMFADeviceResponse, Error> {
        let missing = || error::iam::device_not_found(&self.serial_number);
        let device = visit.admit(self, visit.look.device(&self.serial_number)?)?.found(missing)?;
        if device.row().holder.is_some() {
            return Err(error::iam::deactivate_first());
        }
        visit.look.remove_credential(&device, &CredentialRow::MfaDevice(device.row().clone()))?;
        Ok(DeleteVirtualMFADeviceResponse::new())
    }
}

impl Write for EnableMFADevice {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::User, &self.user_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<EnableMFADeviceResponse, Error> {
        let user = admitted(self, PrincipalKind::User, &self.user_name, visit)?;
        let missing = || error::iam::device_not_found(&self.serial_number);
        let mut device = visit.look.device_to_give(&user, &self.serial_number)?.ok_or_else(missing)?;
        if device.holder.is_some() {
            return Err(error::iam::device_is_held(&device.serial));
        }
        let held = visit.look.credentials_of(&user)?.into_iter().filter_map(CredentialRow::mfa_device).count();
        if held >= MFA_DEVICES_MAX {
            return Err(error::iam::quota("MfaDevicesPerUser", MFA_DEVICES_MAX));
        }
        let first = step_of(visit, &device, &self.authentication_code1);
        let second = step_of(visit, &device, &self.authentication_code2);
        match (first, second) {
            (Some(first), Some(second)) if second == first.saturating_add(1) => device.spent = second,
            _ => return Err(error::iam::wrong_codes()),
        }
        device.holder = Some(Holder::of(&user.row().row, visit.observed()));
        visit.look.save_credential(&user, &CredentialRow::MfaDevice(device))?;
        Ok(EnableMFADeviceResponse::new())
    }
}

/// The time step of a code that the device shows, or is about to show.
fn step_of<L: Look>(visit: &Visit<'_, L>, device: &MfaDeviceRow, digits: &SecretText) -> Option<u64> {
    let now = u64::try_from(visit.observed().as_secs()).unwrap_or_default();
    visit.keystore.check_code(
        &device.sealed,
        &device.serial,
        MfaCode { digits: digits.expose(), now, spent: device.spent },
    )
}

/// A second factor that came with a request, found right: what must be written for it, and what a session made with it
/// rests on.
#[derive(Debug)]
pub(crate) struct Proof<'v> {
    pass: Pass<'v, ProveMfa, MfaDeviceRow>,
    step: u64,
    pub(crate) tie: Tie,
}

/// Checks the code of the caller's own device; from then on the call counts as made with a second factor.
///
/// # Errors
/// `AccessDenied`: one member without the other, another's device, a wrong code or one that was taken before.
pub(crate) fn prove<'v, L: Look>(
    visit: &Visit<'v, L>,
    serial: Option<&Text>,
    code: Option<&SecretText>,
) -> Result<Option<Proof<'v>>, Error> {
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(None),
        (Some(serial), Some(code)) => (serial, code),
        _ => return Err(error::iam::half_a_factor()),
    };
    let held = visit.gate.held::<ProveMfa>(visit.call, visit.look.device(serial)?);
    let pass = held.ok_or_else(error::iam::not_your_device)?.found(error::iam::not_your_device)?;
    let step = step_of(visit, pass.row(), code).ok_or_else(error::iam::wrong_code)?;
    let holder = pass.row().holder.clone().ok_or_else(error::iam::not_your_device)?;
    visit.call.prove_mfa();
    let tie = Tie::Device { serial: serial.clone(), user_id: holder.id, since: holder.since };
    Ok(Some(Proof { pass, step, tie }))
}

impl Proof<'_> {
    /// Writes that the code was taken: it is good once.
    pub(crate) fn spend(&self, visit: &Writing<'_, '_>) -> Result<(), Error> {
        let device = MfaDeviceRow { spent: self.step, ..self.pass.row().clone() };
        visit.look.save_credential(&self.pass, &CredentialRow::MfaDevice(device))
    }
}

impl Write for DeactivateMFADevice {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        user(self, self.user_name.as_ref(), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeactivateMFADeviceResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        let missing = || error::iam::device_not_found(&self.serial_number);
        let devices = visit.look.credentials_of(&user)?.into_iter().filter_map(CredentialRow::mfa_device);
        let mut device = devices.into_iter().find(|device| device.serial == self.serial_number).ok_or_else(missing)?;
        device.holder = None;
        visit.look.save_credential(&user, &CredentialRow::MfaDevice(device))?;
        Ok(DeactivateMFADeviceResponse::new())
    }
}

/// The devices among credentials, in the order of lists.
fn devices(rows: Vec<CredentialRow>) -> Vec<MfaDeviceRow> {
    let mut devices: Vec<_> = rows.into_iter().filter_map(CredentialRow::mfa_device).collect();
    devices.sort_by(|one, other| one.serial.cmp(&other.serial));
    devices
}

impl Read for ListMFADevices {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListMFADevicesResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        let rows = visit.look.credentials_of(&user)?;
        let devices = devices(rows);
        let list = list(number::DEVICES_OF_USER, user.row().row.id.as_bytes());
        let (page, next) = visit
            .page(&list, self.marker.as_deref(), self.max_items, &devices, |device| Place::by_text(&device.serial))?;
        let shown = |device: &MfaDeviceRow| {
            device.holder.as_ref().map(|holder| MfaDevice::new(&holder.name, &device.serial, holder.since))
        };
        let mut answer = ListMFADevicesResponse::new(page.iter().filter_map(shown).collect::<Vec<_>>(), next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Read for ListVirtualMFADevices {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListVirtualMFADevicesResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let wanted = |device: &MfaDeviceRow| match &self.assignment_status {
            Some(AssignmentStatusType::Assigned) => device.holder.is_some(),
            Some(AssignmentStatusType::Unassigned) => device.holder.is_none(),
            _ => true,
        };
        let rows = visit.look.credentials(&all)?;
        let mut devices = devices(rows);
        devices.retain(wanted);
        let scope = self.assignment_status.as_ref().map_or("", AssignmentStatusType::as_str);
        let list = list(number::DEVICES, scope.as_bytes());
        let (page, next) = visit
            .page(&list, self.marker.as_deref(), self.max_items, &devices, |device| Place::by_text(&device.serial))?;
        let mut shown = Vec::with_capacity(page.len());
        for device in page {
            let mut one = VirtualMfaDevice::new(&device.serial);
            if let Some(holder) = &device.holder {
                one.enable_date = Some(holder.since);
                one.user = visit.look.holder_of(&all, holder)?.map(|row| super::user::shown(&row));
            }
            shown.push(one);
        }
        let mut answer = ListVirtualMFADevicesResponse::new(shown, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}
