//! Words that Multi code replaces under the thread's own lock, and when it asks the helper instead.

use std::cell::RefCell;
use threadsnake_jit::ir::interp::Host;
use threadsnake_jit::ir::{boxed, parse};
use threadsnake_jit::oracle::vm::{Slot, TestVm, World};
use threadsnake_jit::{CodeMemory, Mode, Options, compile};

thread_local! {
    /// What the helper was called with, but for the thread and the object.
    static ASKED: RefCell<Vec<(u64, u64)>> = const { RefCell::new(Vec::new()) };
}

/// What the helper gives.
const ANSWER: u64 = boxed::INT_TAG | 77;

extern "C" fn helper(_thread: u64, _object: u64, place: u64, new: u64) -> u64 {
    ASKED.with_borrow_mut(|asked| asked.push((place, new)));
    ANSWER
}

/// What is asked of the machine: the object is number 0, its storage number 1, the new value register 0, an index register 1.
fn code(replaces: &str, place: &str) -> String {
    format!(
        r#"
func "replace" {{
helper h0 "swap" (ptr, val, i64, val) -> val replaces {replaces}
snap s0 [frame 0x1 pc 1 how 0 {{ r0: v8, r1: v9 }}]
b0(v0: ptr, v1: ptr):
    v2 = load_val v1 [0] frame
    v3 = load_val v1 [8] frame
    v4 = unbox_int v3
    v5 = load_val v1 [16] frame
    v6 = {place}
    v9 = iadd v4, v4
    v8 = call h0(v0, v5, v6, v2)
    exit @s0
}}
"#
    )
}

/// The same for a number, of `width` bytes.
fn number(width: u8, place: &str) -> String {
    code(&format!("number 16 40 24 {width}"), place)
        .replace("i64, val)", "i64, i64)")
        .replace("v6 =", "v10 = unbox_int v2\n    v6 =")
        .replace("v6, v2)", "v6, v10)")
}

/// Shape of the object, and of the one it gets.
const SHAPE: u32 = 9;
/// As written in the text.
const SLOT: &str = "slot 24 9";
const ADD: &str = "add 32 9 12";
const ITEM: &str = "item 16 40 24";

/// The machine before the code runs: the fields of the object are a length of 3, a value, an empty word, and the storage.
fn world() -> World {
    World {
        window: vec![Slot::int(5), Slot::int(1), Slot::Obj(0)],
        objects: vec![
            (
                SHAPE,
                vec![Slot::Bits(3), Slot::int(-8), Slot::Bits(0), Slot::Obj(1)],
            ),
            (
                1,
                vec![Slot::Bits(0), Slot::int(20), Slot::int(21), Slot::int(22)],
            ),
        ],
        allocations: 0,
    }
}

/// What came of a run: the old value, whether the helper was asked, and the fields of both objects, and the shape.
struct Ran {
    old: u64,
    asked: Vec<(u64, u64)>,
    fields: Vec<u64>,
    shape: u64,
}

fn run(text: &str, prepare: impl FnOnce(&mut TestVm), chaos: u64) -> Ran {
    let mut f = parse(text).expect("IR");
    f.helpers[0].addr = helper as *const () as u64;
    let mem = CodeMemory::new(1 << 16).expect("code memory");
    let opts = Options {
        chaos,
        ..TestVm::options()
    };
    let code = compile(&f, Mode::Multi, &opts, &mem).expect("compiles");
    let mut vm = TestVm::new(&world());
    prepare(&mut vm);
    let was = *vm.using();
    // SAFETY: the record has the layout of the options.
    let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
    let exit = code.exits.get(left.exit as usize);
    let values: Vec<u64> = exit.values.iter().map(|v| vm.buffer().read(v.1)).collect();
    assert_eq!(values[1], 2, "what lives over it is kept");
    assert_eq!(*vm.using(), was, "the lock is released");
    let (a, b) = (vm.object(0), vm.object(1));
    Ran {
        old: values[0],
        asked: ASKED.take(),
        fields: (2..6)
            .flat_map(|k| [vm.load(a + 8 * k, 8), vm.load(b + 8 * k, 8)])
            .collect(),
        shape: vm.load(a, 4),
    }
}

const NEW: u64 = boxed::INT_TAG | 5;

#[test]
fn words_are_replaced_in_line() {
    for chaos in [0, 5, 0x7731, 0x1234_5678] {
        let slot = run(&code(SLOT, "iconst 7"), |_| {}, chaos);
        assert_eq!((slot.old, slot.asked.len()), (boxed::int(-8), 0));
        assert_eq!((slot.fields[2], slot.shape), (NEW, u64::from(SHAPE)));
        let add = run(&code(ADD, "iconst 7"), |_| {}, chaos);
        assert_eq!((add.old, add.asked.len()), (boxed::NONE, 0));
        assert_eq!((add.fields[4], add.shape), (NEW, 12));
        for place in ["iadd v4, v4", "iconst 2", "iconst 0"] {
            let n = if place == "iconst 0" { 0 } else { 2 };
            let item = run(&code(ITEM, place), |_| {}, chaos);
            assert_eq!(
                (item.old, item.asked.len()),
                (boxed::int(20 + n), 0),
                "{place}"
            );
            assert_eq!(item.fields[3 + 2 * n as usize], NEW);
        }
    }
}

#[test]
fn numbers_are_replaced_in_line() {
    for (chaos, width) in [
        (0, 8),
        (5, 4),
        (0x7731, 1),
        (0x1234_5678, 8),
        (0, 1),
        (9, 4),
    ] {
        for place in ["iadd v4, v4", "iconst 2", "iconst 0"] {
            let n = if place == "iconst 0" { 0 } else { 2 };
            let ran = run(&number(width, place), |_| {}, chaos);
            assert_eq!((ran.old, ran.asked.len()), (boxed::NONE, 0), "{place}");
            let storage: Vec<u8> = [boxed::int(20), boxed::int(21), boxed::int(22)]
                .iter()
                .flat_map(|w| w.to_le_bytes())
                .collect();
            let mut want = storage.clone();
            let at = n * usize::from(width);
            want[at..at + usize::from(width)].copy_from_slice(&5u64.to_le_bytes()[..width.into()]);
            let is: Vec<u8> = [3, 5, 7]
                .iter()
                .flat_map(|k| ran.fields[*k].to_le_bytes())
                .collect();
            assert_eq!(is, want, "{place}, {width} bytes");
        }
        let short = |vm: &mut TestVm| {
            let o = vm.object(0);
            vm.store(o + 16, 8, 2);
        };
        let ran = run(&number(width, "iconst 2"), short, chaos);
        assert_eq!((ran.old, ran.asked), (ANSWER, vec![(2, 5)]));
        let ran = run(&number(width, "iconst 4294967296"), |_| {}, chaos);
        assert_eq!((ran.old, ran.asked), (ANSWER, vec![(1 << 32, 5)]));
    }
}

#[test]
fn everything_else_is_for_the_helper() {
    type Prepare = fn(&mut TestVm);
    let cases: &[(&str, &str, Prepare)] = &[
        ("locked", SLOT, |vm| {
            let o = vm.object(0);
            vm.store(o + boxed::LOCK as u64, 1, 0x80);
        }),
        ("of another thread", ITEM, |vm| *vm.maker() = 6),
        ("at work on another object", ADD, |vm| {
            *vm.using() = vm.object(1)
        }),
        ("another shape", SLOT, |vm| {
            let o = vm.object(0);
            vm.store(o, 4, 10);
        }),
        ("another shape", ADD, |vm| {
            let o = vm.object(0);
            vm.store(o, 4, 12);
        }),
        ("nothing there", SLOT, |vm| {
            let o = vm.object(0);
            vm.store(o + 24, 8, 0);
        }),
        ("something there", ADD, |vm| {
            let o = vm.object(0);
            vm.store(o + 32, 8, boxed::NONE);
        }),
        ("no such item", ITEM, |vm| {
            let o = vm.object(0);
            vm.store(o + 16, 8, 2);
        }),
        ("no storage", ITEM, |vm| {
            let o = vm.object(0);
            vm.store(o + 40, 8, 0);
        }),
        ("a new object that others do not know", SLOT, |vm| {
            let (base, o) = (vm.base(), vm.object(1));
            vm.store(base, 8, o);
        }),
    ];
    for (why, what, prepare) in cases {
        let before = std::cell::Cell::new((0, 0));
        let place = if *what == ITEM {
            "iadd v4, v4"
        } else {
            "iconst 8589934599"
        };
        let ran = run(
            &code(what, place),
            |vm| {
                prepare(vm);
                let (a, base) = (vm.object(0), vm.base());
                before.set((vm.load(a, 4), vm.load(base, 8)));
            },
            0,
        );
        let place = if *what == ITEM { 2 } else { 8_589_934_599 };
        let (shape, new) = before.get();
        assert_eq!(ran.old, ANSWER, "{why}");
        assert_eq!(ran.asked, [(place, new)], "{why}");
        assert_eq!(ran.shape, shape, "{why}: nothing is changed before");
    }
}

#[test]
fn an_object_that_others_know_is_put_in_line() {
    let ran = run(
        &code(SLOT, "iconst 7"),
        |vm| {
            let (base, o) = (vm.base(), vm.object(1));
            vm.store(o + boxed::FLAGS as u64, 1, boxed::PUBLISHED as u64);
            vm.store(base, 8, o);
        },
        0,
    );
    assert_eq!((ran.old, ran.asked.len()), (boxed::int(-8), 0));
    assert!(boxed::is_obj(ran.fields[2]));
}
