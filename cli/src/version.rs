//! `strongroom version`.

use clap::Args;

use crate::failure::Done;
use crate::output::Out;
use crate::own::Record;
use crate::settings::Global;
use crate::upgrade;

#[derive(Args, Debug)]
pub struct Version {
    /// And what it was built as
    #[arg(long, short)]
    verbose: bool,
}

impl Version {
    pub fn run(&self, global: &Global) -> Done {
        let out = Out { format: global.output.unwrap_or_default(), quiet: global.quiet };
        let mut record = Record::new().with("Version", env!("CARGO_PKG_VERSION"));
        if self.verbose {
            let build = if cfg!(debug_assertions) { "debug" } else { "release" };
            record = record
                .with("Format", upgrade::FORMAT)
                .with("Build", build)
                .with("System", std::env::consts::OS)
                .with("Processor", std::env::consts::ARCH);
        }
        if self.verbose { out.thing(&record, "Version") } else { out.line(&record, &["Version"]) }
    }
}
