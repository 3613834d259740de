//! Compiles each program of a file (separated by lines of `----`) and prints the error in one line.

use threadsnake_front::{CompileOptions, ErrorKind, Mode, compile};

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    for program in text.split("\n----\n") {
        match compile(program, "f", Mode::Exec, &CompileOptions::default()) {
            Ok(_) => println!("OK"),
            Err(e) => {
                let name = match e.kind {
                    ErrorKind::Syntax => "SyntaxError",
                    ErrorKind::Indentation => "IndentationError",
                    ErrorKind::Tab => "TabError",
                    ErrorKind::Recursion => "RecursionError",
                    ErrorKind::Memory => "MemoryError",
                    ErrorKind::Value => "ValueError",
                };
                println!(
                    "{name}: {} @{}:{}-{}:{}",
                    e.msg, e.line, e.col, e.end_line, e.end_col
                );
            }
        }
    }
}
