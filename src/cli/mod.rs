//! The command: `threadsnake FILE`, `-c`, `-m`, `-`, `dis FILE`; see `usage`.

mod args;
mod run;

use std::process::ExitCode;

/// Native stack of the thread that runs Python: address space, committed as it is used.
const STACK: usize = 64 << 20;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let given: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let mut command = match args::parse(given) {
        Ok(c) => c,
        Err(e) => {
            eprintln!("threadsnake: {e}\nTry `threadsnake -h' for more information.");
            return ExitCode::from(2);
        }
    };
    if let Err(e) = args::environment(&mut command) {
        eprintln!("Fatal Python error: {e}");
        return ExitCode::FAILURE;
    }
    match command.what {
        args::What::Help => {
            print!("{}", args::USAGE);
            return ExitCode::SUCCESS;
        }
        args::What::Version => {
            println!("Threadsnake {} (Python 3.14.0)", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    // Here, where it takes no time: there is one thread.
    threadsnake_threads::sync::asymmetric::prepare();
    // The main thread's own stack is often 8 MiB, which deep Python recursion through native code would use up.
    let job = threadsnake_threads::sync::thread::Builder::new()
        .name("main".into())
        .stack_size(STACK)
        .spawn(move || {
            let process = std::process::id();
            let status = run::run(command);
            if std::process::id() != process {
                // A copy made by `fork` has no other thread that could end it with this status.
                std::process::exit(status.into());
            }
            status
        });
    let status = match job {
        Ok(h) => {
            // A signal that this thread took would not interrupt what Python's thread waits in.
            crate::modules::signal::leave_to_others();
            h.join().unwrap_or(120)
        }
        Err(e) => {
            eprintln!("threadsnake: no thread to run on: {e}");
            1
        }
    };
    ExitCode::from(status)
}
