//! MFA devices: virtual ones, which show six digits that change every 30 seconds (TOTP, RFC 6238).

use strongroom_keystore::{SecretBytes, SecretText};

use super::Tag;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// Which virtual devices are asked for.
    AssignmentStatusType { Assigned = "Assigned", Unassigned = "Unassigned", Any = "Any" }
}
structure! {
    /// The user who holds a device.
    #[derive(Clone, PartialEq, Eq)]
    MfaDevice {
        must {
            /// Whose it is.
            user_name: Text = "UserName";
            /// ARN of a virtual device.
            serial_number: Text = "SerialNumber";
            /// Since when.
            enable_date: Timestamp = "EnableDate";
        }
        may {}
    }
}
structure! {
    /// A virtual device.
    VirtualMfaDevice {
        must {
            /// Its ARN.
            serial_number: Text = "SerialNumber";
        }
        may {
            /// The seed in base32: told once, when the device is made.
            base32_string_seed: SecretBytes = "Base32StringSeed";
            /// The user who holds it.
            user: super::User = "User";
            /// Since when.
            enable_date: Timestamp = "EnableDate";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
        }
    }
}

operation! {
    /// Makes a virtual device: its seed goes into an authenticator program. (AWS also draws the seed as a picture; any program
    /// that draws QR codes makes one of `otpauth://totp/…?secret=SEED`.)
    #[derive(Clone, PartialEq, Eq)]
    iam CreateVirtualMFADevice {
        must {
            /// Name, unique without regard to case.
            virtual_mfa_device_name: Text = "VirtualMFADeviceName" [Length(1, 226), Matches(Pattern::EntityName)];
        }
        may {
            /// `/` without it.
            path: Text = "Path" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// Tags; they need `TagMFADevice` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
    } -> CreateVirtualMFADeviceResponse {
        must {
            /// With its seed, which is never told again.
            virtual_mfa_device: VirtualMfaDevice = "VirtualMFADevice";
        }
        may {}
    }
}
operation! {
    /// Deletes a virtual device that nobody holds.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteVirtualMFADevice {
        must {
            /// Its ARN.
            serial_number: Text = "SerialNumber" [Length(9, 256), Matches(Pattern::SerialNumber)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteVirtualMFADeviceResponse { must {} may {} }
}
operation! {
    /// Gives a device to a user. Two codes, one behind the other, prove that the device shows the right ones.
    iam EnableMFADevice {
        must {
            /// To whom.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Its ARN.
            serial_number: Text = "SerialNumber" [Length(9, 256), Matches(Pattern::SerialNumber)];
            /// Six digits.
            authentication_code1: SecretText = "AuthenticationCode1" [Length(6, 6), Matches(Pattern::Digits)];
            /// The six digits after them.
            authentication_code2: SecretText = "AuthenticationCode2" [Length(6, 6), Matches(Pattern::Digits)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] EnableMFADeviceResponse { must {} may {} }
}
operation! {
    /// Takes a device from its user. Sessions that it proved end at once.
    #[derive(Clone, PartialEq, Eq)]
    iam DeactivateMFADevice {
        must {
            /// Its ARN.
            serial_number: Text = "SerialNumber" [Length(9, 256), Matches(Pattern::SerialNumber)];
        }
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] DeactivateMFADeviceResponse { must {} may {} }
}
operation! {
    /// Lists a user's devices.
    #[derive(Clone, PartialEq, Eq)]
    iam ListMFADevices {
        must {}
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListMFADevicesResponse {
        must {
            /// The page.
            mfa_devices: Vec<MfaDevice> = "MFADevices";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// Lists the virtual devices, held or not, without their seeds.
    #[derive(Clone, PartialEq, Eq)]
    iam ListVirtualMFADevices {
        must {}
        may {
            /// Which; any without it.
            assignment_status: AssignmentStatusType = "AssignmentStatus";
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> ListVirtualMFADevicesResponse {
        must {
            /// The page.
            virtual_mfa_devices: Vec<VirtualMfaDevice> = "VirtualMFADevices";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
from_text!(CreateVirtualMFADevice, DeleteVirtualMFADevice);
