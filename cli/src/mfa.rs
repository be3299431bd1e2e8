//! `strongroom mfa`.

use clap::Subcommand;
use strongroom::Strongroom;
use strongroom::operation::iam::{
    CreateVirtualMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice, EnableMFADevice, ListVirtualMFADevices,
    ListVirtualMFADevicesResponse,
};

use crate::failure::Done;
use crate::output::{self, Format};
use crate::pages;
use crate::run::Run;
use crate::value::shown;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom mfa create phone\n  strongroom mfa enable phone anaya 123456 654321\n\nThe seed goes into any authenticator program (TOTP, RFC 6238: SHA-1, six digits, 30 seconds). Two codes, one behind the\nother, prove that it shows the right ones."
)]
pub enum Mfa {
    /// Make a virtual device and print its serial number and seed: the seed is never told again
    Create {
        /// Name
        name: String,
        /// Print the seed on a terminal
        #[arg(long)]
        show: bool,
    },
    /// Give a device to a user
    Enable {
        /// Name or serial number of the device
        device: String,
        /// Name of the user
        user: String,
        /// What the device shows
        code: String,
        /// What it shows next
        next: String,
    },
    /// Take a device from its user; sessions that it proved end at once
    Disable {
        /// Name or serial number of the device
        device: String,
        /// Name of the user
        user: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// List the devices and who has them
    List,
    /// Delete a device that nobody has
    Rm {
        /// Name or serial number of the device
        device: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl Mfa {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create { name, show } => run.as_principal(|session| {
                shown(*show || run.out.quiet)?;
                let answer = session.iam().create_virtual_mfa_device(CreateVirtualMFADevice::new(name))?;
                if run.out.quiet || run.out.format == Format::Json {
                    return run.out.line(&answer, &["VirtualMFADevice.SerialNumber"]);
                }
                let device = &answer.virtual_mfa_device;
                let seed = device.base32_string_seed.as_ref().map_or(b"".as_slice(), |seed| seed.expose());
                if run.out.format.is_pairs() {
                    let serial = ("SerialNumber", device.serial_number.as_bytes());
                    return run.out.pairs(&[serial, ("Base32StringSeed", seed)]);
                }
                output::write(&[device.serial_number.as_bytes(), b"\t", seed, b"\n"])
            }),
            Self::Enable { device, user, code, next } => run.as_principal_in(|room, session| {
                let serial = serial(room, device);
                let request = EnableMFADevice::new(user, serial.as_str(), code.as_str(), next.as_str());
                run.out.nothing(&session.iam().enable_mfa_device(request)?)
            }),
            Self::Disable { device, user, yes } => {
                run.terminal.confirm(*yes, &format!("Take device `{device}` from `{user}`"))?;
                run.as_principal_in(|room, session| {
                    let serial = serial(room, device);
                    let request = DeactivateMFADevice::new(serial.as_str()).user_name(user);
                    run.out.nothing(&session.iam().deactivate_mfa_device(request)?)
                })
            }
            Self::List => run.as_principal(|session| {
                let devices = pages::every(|marker| {
                    let mut request = ListVirtualMFADevices::new();
                    request.marker = marker;
                    let page = session.iam().list_virtual_mfa_devices(request)?;
                    Ok((page.virtual_mfa_devices, page.marker))
                })?;
                let answer = ListVirtualMFADevicesResponse::new(devices, false);
                run.out.list(&answer, &answer.virtual_mfa_devices, &["SerialNumber", "User.UserName", "EnableDate"])
            }),
            Self::Rm { device, yes } => {
                run.terminal.confirm(*yes, &format!("Delete device `{device}`"))?;
                run.as_principal_in(|room, session| {
                    let serial = serial(room, device);
                    let request = DeleteVirtualMFADevice::new(serial.as_str());
                    run.out.nothing(&session.iam().delete_virtual_mfa_device(request)?)
                })
            }
        }
    }
}

/// A device by its serial number, or by its name if its path is `/`.
fn serial(room: &Strongroom, device: &str) -> String {
    if device.starts_with("arn:") { device.to_owned() } else { format!("arn:aws:iam::{}:mfa/{device}", room.account()) }
}
