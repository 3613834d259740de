//! Prints every stage of an IR file: `cargo run -p threadsnake-jit --example show FILE [multi]`.

use threadsnake_jit::oracle::vm::TestVm;
use threadsnake_jit::{CodeMemory, Mode, Options, compile, ir::parse};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("which file?")?;
    let mode = if args.next().is_some() {
        Mode::Multi
    } else {
        Mode::Single
    };
    let mut f = parse(&std::fs::read_to_string(path)?)?;
    TestVm::bind(&mut f);
    let mem = CodeMemory::new(1 << 20)?;
    let code = compile(
        &f,
        mode,
        &Options {
            dump: true,
            ..TestVm::options()
        },
        &mem,
    )?;
    for (pass, text) in &code.dumps.ir {
        println!("== {pass}\n{text}");
    }
    println!(
        "== lowered\n{}\n== allocated\n{}",
        code.dumps.lowered, code.dumps.allocated
    );
    println!("== code\n{}\n{:?}", code.dumps.code, code.stats);
    Ok(())
}
