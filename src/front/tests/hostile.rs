//! Programs made to break the compiler are answered, promptly, on a small stack.

use std::time::{Duration, Instant};
use threadsnake_front::{CompileOptions, ErrorKind, Mode, compile};

/// Compiles on a 2 MiB stack; what matters is that there is an answer, and that it comes soon.
fn answer(source: String) -> Result<(), ErrorKind> {
    let start = Instant::now();
    let result = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            compile(&source, "hostile", Mode::Exec, &CompileOptions::default())
                .map(|_| ())
                .map_err(|e| e.kind)
        })
        .expect("a thread")
        .join()
        .expect("no panic");
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "took {:?}",
        start.elapsed()
    );
    result
}

#[test]
fn nested_brackets_are_refused() {
    for open in ["(", "[", "{", "f(", "x[", "-(", "f'{"] {
        assert!(answer(open.repeat(100_000)).is_err());
    }
    assert_eq!(
        answer(format!("{}1{}", "(".repeat(150), ")".repeat(150))),
        Ok(())
    );
}

#[test]
fn long_chains_are_answered() {
    let chains = [
        ("x = 1".to_owned(), "+1", ""),
        ("x = a".to_owned(), ".b", ""),
        ("x = a".to_owned(), "()", ""),
        ("x = a".to_owned(), "[0]", ""),
        ("x = ".to_owned(), "-", "1"),
        ("x = ".to_owned(), "not ", "1"),
        ("x = ".to_owned(), "lambda: ", "1"),
        ("x = ".to_owned(), "a if b else ", "1"),
        ("x = 2".to_owned(), "**2", ""),
        ("x = a".to_owned(), " and a", ""),
        ("x = a".to_owned(), " < a", ""),
        ("x = ".to_owned(), "'a' ", ""),
        ("x".to_owned(), " = x", ""),
        ("if a: pass\n".to_owned(), "elif a: pass\n", ""),
    ];
    for (start, piece, end) in chains {
        for n in [500, 5_000, 100_000] {
            let r = answer(format!("{start}{}{end}\n", piece.repeat(n)));
            if n == 500 {
                assert_eq!(r, Ok(()), "{piece:?} {n} times");
            }
        }
    }
}

#[test]
fn deep_blocks_are_answered() {
    for header in [
        "if a:",
        "while a:",
        "for a in b:",
        "def f():",
        "class C:",
        "try:",
        "with a:",
    ] {
        let mut s = String::new();
        for i in 0..3_000 {
            s.push_str(&" ".repeat(i));
            s.push_str(header);
            s.push('\n');
        }
        assert!(answer(s).is_err());
    }
}

#[test]
fn a_line_of_ten_megabytes_is_answered() {
    let _ = answer(format!("x = [{}]\n", "1, ".repeat(3_300_000)));
    let _ = answer(format!("x = '{}'\n", "a".repeat(10_000_000)));
    let _ = answer("a".repeat(10_000_000));
    let _ = answer(format!("f({})\n", "a, ".repeat(3_000_000)));
}
