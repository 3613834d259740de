//! Compiled code in the process: patch points while it runs, backtraces through it, allocation failures, memory that
//! comes back.

use threadsnake_jit::ir::parse;
use threadsnake_jit::oracle::vm::{Slot, TestVm, World};
use threadsnake_jit::{
    CodeMemory, CodeMemoryError, CompileError, Fires, Mode, Options, PatchForm, PatchKind, compile,
    unwind,
};

const SPIN: &str = r#"
func "spin" {
assume 4
snap s0 [frame 0x1 pc 0 how 0 {}]
snap s1 [frame 0x1 pc 3 how 0 { r0: v3 }]
b0(v0: ptr, v1: ptr):
    v2 = iconst 0
    jump b1(v2)
b1(v3: i64):
    safepoint @s1
    v4 = iconst 1
    v5 = iadd v3, v4
    jump b1(v5)
}
"#;

#[test]
fn an_endless_loop_leaves_when_its_back_edge_is_patched() {
    let f = parse(SPIN).expect("IR");
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let code = compile(&f, Mode::Single, &TestVm::options(), &mem).expect("compiles");
    let p = *code.patch_points.first().expect("a patch point");
    assert_eq!((p.fires, p.kind), (Fires::Any, PatchKind::Jump));
    for round in 0..50 {
        std::thread::scope(|s| {
            s.spawn(|| {
                std::thread::sleep(std::time::Duration::from_micros(200 * (round % 5)));
                assert!(code.fire(&mem, &p));
            });
            let mut vm = TestVm::new(&World::default());
            // SAFETY: the record has the layout of the options.
            let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
            assert_eq!(left.exit, u64::from(p.exit));
            assert_eq!(code.exits.reason(left.exit as usize), "safepoint");
        });
        assert!(code.restore(&mem, &p));
    }
}

#[test]
fn multi_code_and_flag_checked_code_leave_when_the_word_is_set() {
    let f = parse(SPIN).expect("IR");
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let flag = Options {
        patch_form: PatchForm::Flag,
        ..TestVm::options()
    };
    for (mode, opts) in [(Mode::Multi, TestVm::options()), (Mode::Single, flag)] {
        let code = compile(&f, mode, &opts, &mem).expect("compiles");
        assert!(code.patch_points.is_empty());
        let mut vm = TestVm::new(&World::default());
        vm.set_guard(true);
        // SAFETY: the record has the layout of the options.
        let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
        assert_eq!(code.exits.reason(left.exit as usize), "safepoint");
    }
}

const CALL: &str = r#"
func "call" {
helper h0 "mix" (i64, i64) -> i64
snap s1 [frame 0x1 pc 3 how 0 { r0: v3, r1: v2 }]
snap s2 [frame 0x1 pc 4 how 0 { r0: v4 }]
b0(v0: ptr, v1: ptr):
    v2 = iconst 5
    v3 = load_i64 v1 [0] bytes
    v4 = call h0(v3, v2) @s1
    patch 9 @s2
    v5 = iadd v4, v3
    exit @s1
}
"#;

extern "C" fn walk(a: i64, b: i64) -> i64 {
    let trace = std::backtrace::Backtrace::force_capture().to_string();
    assert!(
        trace.contains("a_backtrace_passes_through_compiled_code"),
        "{trace}"
    );
    a + b
}

#[test]
fn a_backtrace_passes_through_compiled_code() {
    let mut f = parse(CALL).expect("IR");
    f.helpers[0].addr = walk as *const () as u64;
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let known = unwind::register(&mem).expect("a description");
    let code = compile(&f, Mode::Single, &TestVm::options(), &mem).expect("compiles");
    let mut vm = TestVm::new(&World {
        window: vec![Slot::Bits(7)],
        ..World::default()
    });
    // SAFETY: the record has the layout of the options.
    let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
    assert_eq!(code.exits.reason(left.exit as usize), "exit");
    assert_eq!(code.calls(), 1);
    drop(known);
}

#[test]
fn a_patched_filler_after_a_call_leaves_with_the_state_after_it() {
    let mut f = parse(CALL).expect("IR");
    TestVm::bind(&mut f);
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let code = compile(&f, Mode::Single, &TestVm::options(), &mem).expect("compiles");
    let p = *code.patch_points.first().expect("a patch point");
    assert_eq!((p.fires, p.kind), (Fires::One(9), PatchKind::Nop));
    let run = || {
        let mut vm = TestVm::new(&World {
            window: vec![Slot::Bits(7)],
            ..World::default()
        });
        // SAFETY: the record has the layout of the options.
        let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
        let exit = code.exits.get(left.exit as usize);
        (
            exit.reason,
            exit.values
                .iter()
                .map(|v| vm.buffer().read(v.1))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(run(), ("exit", vec![7]));
    code.fire(&mem, &p);
    assert_eq!(run(), ("patch", vec![7 * 31 + (5 ^ 0x55)]));
    code.restore(&mem, &p);
    assert_eq!(run(), ("exit", vec![7]));
}

#[test]
fn failing_allocations_of_code_memory_are_errors_and_released_memory_comes_back() {
    let f = parse(SPIN).expect("IR");
    let mem = CodeMemory::new(4096).expect("code memory");
    let all = mem.available();
    mem.fail_allocation(0);
    let failed = compile(&f, Mode::Single, &TestVm::options(), &mem);
    assert_eq!(
        failed.err(),
        Some(CompileError::Memory(CodeMemoryError::Injected))
    );
    let mut kept = Vec::new();
    let full = loop {
        match compile(&f, Mode::Multi, &TestVm::options(), &mem) {
            Ok(code) => kept.push(code),
            Err(e) => break e,
        }
    };
    assert_eq!(full, CompileError::Memory(CodeMemoryError::Full));
    assert!(kept.len() > 3);
    for mut code in kept {
        // SAFETY: nobody runs it.
        unsafe { code.release(&mem) };
    }
    assert_eq!(mem.available(), all);
}

#[test]
fn forced_exits_leave_where_the_guard_would() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ir/count.ir"))
        .expect("the file");
    let f = parse(&text).expect("IR");
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let mut left = Vec::new();
    for exit_every in 1..=8 {
        let opts = Options {
            exit_every,
            ..TestVm::options()
        };
        let code = compile(&f, Mode::Single, &opts, &mem).expect("compiles");
        let window = vec![Slot::int(0), Slot::int(10), Slot::int(0)];
        let mut vm = TestVm::new(&World {
            window,
            ..World::default()
        });
        // SAFETY: the record has the layout of the options.
        left.push(unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) }.exit);
    }
    assert!(left.windows(2).any(|w| w[0] != w[1]), "{left:?}");
}
