//! The binary: parses the command line, runs one command, reports, sets the exit code.
//!
//! 0 done, 1 problems found, 2 failed.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(cli::Outcome::Done) => ExitCode::SUCCESS,
        Ok(cli::Outcome::Problems) => ExitCode::from(1),
        Err(report) => {
            cli::terminal::error(&report);
            ExitCode::from(2)
        }
    }
}
