//! Golden listings: the code of small loops, to the instruction. With `BLESS=1` they are rewritten.

use threadsnake_jit::ir::parse;
use threadsnake_jit::oracle::vm::TestVm;
use threadsnake_jit::{CodeMemory, Mode, Options, compile};

fn listing(name: &str, mode: Mode) -> String {
    let path = format!("{}/tests/ir/{name}.ir", env!("CARGO_MANIFEST_DIR"));
    let mut f = parse(&std::fs::read_to_string(path).expect("the file")).expect("IR");
    TestVm::bind(&mut f);
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let opts = Options {
        dump: true,
        ..TestVm::options()
    };
    let code = compile(&f, mode, &opts, &mem).expect("compiles");
    code.dumps.code
}

fn golden(name: &str, mode: Mode) {
    let text = listing(name, mode);
    let path = format!(
        "{}/tests/golden/{name}.{mode:?}.txt",
        env!("CARGO_MANIFEST_DIR")
    )
    .to_lowercase();
    let path = path.replace(
        &env!("CARGO_MANIFEST_DIR").to_lowercase(),
        env!("CARGO_MANIFEST_DIR"),
    );
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).expect("writable");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{path}");
}

/// The instructions from the last loop header up to the cold part.
fn last_loop(text: &str) -> Vec<&str> {
    let hot = text.split("cold:").next().unwrap_or("");
    let at = hot.rfind(" loop:").expect("a loop");
    hot[at..].lines().skip(1).map(str::trim).collect()
}

#[test]
fn the_counting_loop_is_golden() {
    golden("count", Mode::Single);
    golden("count", Mode::Multi);
}

#[test]
fn single_code_of_the_counting_loop_has_no_instruction_for_threads() {
    let text = listing("count", Mode::Single);
    let code = last_loop(&text);
    assert!(
        !code
            .iter()
            .any(|l| l.contains('[') || l.contains("lock") || l.contains("r15")),
        "{code:?}"
    );
    // Guards are forward branches to exits that are not taken; the only jump is the back edge, which is a patch point.
    for l in &code {
        if l.starts_with('j') && !l.starts_with("jmp") {
            assert!(l.contains("exit"), "{l}");
        }
    }
    assert!(
        code.last()
            .is_some_and(|l| l.starts_with("jmp L") && l.contains("patch point")),
        "{code:?}"
    );
}
