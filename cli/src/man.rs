//! `strongroom man`: manual pages, made of the same words as the help.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::{Man, generate_to};

use crate::args::Arguments;
use crate::failure::{Done, Failure};
use crate::output;

pub const EXAMPLES: &str = "\
Examples:
  strongroom man | man -l -
  strongroom man --to /usr/local/share/man/man1    # a page for each command";

#[derive(Args, Debug)]
pub struct ManPages {
    /// Write a page for each command into this folder; without it, the first page goes to standard output
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl ManPages {
    pub fn run(&self) -> Done {
        let command = Arguments::command();
        match &self.to {
            None => {
                let mut page = Vec::new();
                Man::new(command).render(&mut page).map_err(|cause| Failure::output(&cause))?;
                output::write(&[&page])
            }
            Some(folder) => generate_to(command, folder)
                .map_err(|cause| Failure::io(format!("the pages in `{}`", folder.display()), &cause)),
        }
    }
}
