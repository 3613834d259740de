//! Runs pyperformance's programs on several Python runtimes in turn. See `compare --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match threadsnake_benches::compare::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::from(2)
        }
    }
}
