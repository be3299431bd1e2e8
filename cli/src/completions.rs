//! `strongroom completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::args::Arguments;
use crate::failure::Done;
use crate::output;

#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Done {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "strongroom", &mut script);
        output::write(&[&script])
    }
}
