//! Measures how Python runtimes scale with threads. See `scaling --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match threadsnake_benches::scaling::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scaling: {error}");
            ExitCode::from(2)
        }
    }
}
