//! Prints the bytecode of the files named on the command line, or their errors.

use threadsnake_front::{CompileOptions, Mode, compile_bytes, disassemble};

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(b) => b,
            Err(e) => {
                eprintln!("{path}: {e}");
                continue;
            }
        };
        match compile_bytes(&bytes, &path, Mode::Exec, &CompileOptions::default()) {
            Ok(c) => print!("{}", disassemble(&c.code)),
            Err(e) => println!("{path}: {e}"),
        }
    }
}
