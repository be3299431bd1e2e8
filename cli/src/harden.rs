//! What a process that holds secrets refuses from the start: being read by its neighbours, and leaving a core file.

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::failure::{Done, Exit, Failure};

/// Turns core files off and, on Linux, the debugger's door (`PR_SET_DUMPABLE`), before the first secret byte is read.
///
/// What this does not do: memory is not locked, and freed memory that is not one of our wiped buffers keeps its bytes until
/// it is used again.
pub fn process() -> Done {
    let refused = |what: &str, cause: rustix::io::Errno| {
        Failure::new(Exit::Other, "Hardening", format!("{what}: {cause}"))
            .why("secrets are not read by a process that may leak them")
    };
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|cause| refused("core files cannot be turned off", cause))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(|cause| refused("this process cannot be closed to others", cause))?;
    Ok(())
}
