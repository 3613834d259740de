//! The `threadsnake` command.

fn main() -> std::process::ExitCode {
    threadsnake::cli::main()
}
