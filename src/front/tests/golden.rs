//! Bytecode of small programs, compared with what is kept beside them. `BLESS=1` writes what is found.

use threadsnake_front::{CompileOptions, Mode, compile, disassemble};

#[test]
fn bytecode_is_as_kept() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .expect("the folder of golden tests")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|x| x == "py"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for f in files {
        let source = std::fs::read_to_string(&f).expect("source");
        let compiled =
            compile(&source, "golden.py", Mode::Exec, &CompileOptions::default()).expect("valid");
        let text = disassemble(&compiled.code);
        let kept = f.with_extension("dis");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&kept, &text).expect("writable");
        } else if std::fs::read_to_string(&kept).unwrap_or_default() != text {
            wrong.push(f);
        }
    }
    assert!(wrong.is_empty(), "changed (BLESS=1 to accept): {wrong:?}");
}
