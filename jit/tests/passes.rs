//! Each pass alone on textual IR: what it must leave, and what it must not touch.

use threadsnake_jit::Mode;
use threadsnake_jit::ir::{Func, boxed, parse, verify};
use threadsnake_jit::opt::{
    escape, fold, gvn, loops, memory, range, refcount, rules::RuleSet, tidy, unbox,
};

/// The function with this body of its entry block and these further lines.
fn func(body: &str) -> Func {
    let text = format!(
        "func \"t\" {{\nhelper h0 \"f\" (i64) -> i64 writes all python\nhelper h1 \"g\" (i64) -> i64 writes list\n\
         snap s0 [frame 0x1 pc 0 how 0 {{}}]\n{body}\n}}\n"
    );
    let f = parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    verify(&f).unwrap_or_else(|e| panic!("{e}\n{text}"));
    f
}

/// How often a word occurs in the function's blocks.
fn count(f: &Func, word: &str) -> usize {
    let text = f.to_string();
    let blocks = text.split("\nb0(").nth(1).unwrap_or("");
    blocks
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| *w == word)
        .count()
}

fn check(f: &Func) {
    verify(f).unwrap_or_else(|e| panic!("{e}\n{f}"));
}

const ENTRY: &str = "b0(v0: ptr, v1: ptr):
    v2 = load_val v1 [0] frame
    guard_obj v2 @s0
    v3 = unbox_obj v2
    v4 = load_i64 v1 [8] frame
    v5 = load_i64 v1 [16] frame\n";

fn entry(rest: &str) -> Func {
    func(&format!("{ENTRY}{rest}"))
}

#[test]
fn folding_computes_constants_and_drops_guards_that_pass() {
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = iconst 20
    v3 = iconst 22
    v4 = iadd_ovf v2, v3 @s0
    v5 = iconst 42
    v6 = ieq v4, v5
    guard_true v6 @s0
    v7 = box_int v4
    ret v7",
    );
    assert!(fold::run(&mut f, &RuleSet::new()));
    tidy::run(&mut f);
    check(&f);
    assert_eq!(
        (count(&f, "guard_true"), count(&f, "iadd_ovf")),
        (0, 0),
        "{f}"
    );
    assert!(f.to_string().contains("vconst 0xfffe00000000002a"), "{f}");
}

#[test]
fn folding_keeps_a_guard_that_fails() {
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = bconst false
    guard_true v2 @s0
    exit @s0",
    );
    fold::run(&mut f, &RuleSet::new());
    assert_eq!(count(&f, "guard_true"), 1);
}

#[test]
fn a_branch_on_a_constant_becomes_a_jump_and_the_blocks_join() {
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = bconst true
    brif v2, b1(), b2()
b1():
    exit @s0
b2():
    exit @s0",
    );
    fold::run(&mut f, &RuleSet::new());
    tidy::run(&mut f);
    check(&f);
    assert_eq!(
        (count(&f, "brif"), count(&f, "jump"), count(&f, "exit")),
        (0, 0, 1),
        "{f}"
    );
}

#[test]
fn equal_computations_and_guards_are_joined_but_not_across_branches() {
    let mut f = entry(
        "    v6 = iadd v4, v5
    v7 = iadd v5, v4
    v8 = ilt v6, v7
    guard_true v8 @s0
    v9 = iadd_ovf v4, v5 @s0
    v10 = iadd_ovf v4, v5 @s0
    brif v8, b1(), b2()
b1():
    v11 = imul v9, v10
    v12 = box_int v11
    ret v12
b2():
    v13 = imul v9, v10
    v14 = box_int v13
    ret v14",
    );
    assert!(gvn::run(&mut f, true));
    check(&f);
    assert_eq!(
        (count(&f, "iadd"), count(&f, "iadd_ovf"), count(&f, "imul")),
        (1, 1, 2),
        "{f}"
    );
}

#[test]
fn a_guard_tells_about_tags_truth_and_opposites() {
    let mut f = entry(
        "    guard_obj v2 @s0
    guard_not_empty v2 @s0
    v6 = is_int v2
    guard_false v6 @s0
    v7 = ilt v4, v5
    guard_true v7 @s0
    v8 = ige v4, v5
    guard_false v8 @s0
    v9 = igt v5, v4
    guard_true v9 @s0
    incref_val v2
    exit @s0",
    );
    gvn::run(&mut f, true);
    fold::run(&mut f, &RuleSet::new());
    tidy::run(&mut f);
    check(&f);
    assert_eq!(
        count(&f, "guard_obj") + count(&f, "guard_not_empty") + count(&f, "guard_false"),
        1,
        "{f}"
    );
    assert_eq!(
        (
            count(&f, "guard_true"),
            count(&f, "incref"),
            count(&f, "incref_val")
        ),
        (1, 1, 0),
        "{f}"
    );
}

#[test]
fn loads_are_forwarded_until_their_class_is_written() {
    let mut f = entry(
        "    v6 = load_val v3 [16] slots
    v7 = load_val v3 [16] slots
    store_val v3, v6 [24] slots
    v8 = load_val v3 [24] slots
    v9 = call h1(v4)
    v10 = load_val v3 [16] slots
    v11 = call h0(v4)
    v12 = load_val v3 [16] slots
    ret v12",
    );
    assert!(memory::run(&mut f, Mode::Single));
    check(&f);
    // The window's three, the first, and the one after the call that writes everything.
    assert_eq!(count(&f, "load_val"), 3, "{f}");
}

#[test]
fn what_is_immutable_is_written_once_and_stays_known() {
    let mut f = entry(
        "    v6 = load_val v3 [32] immutable
    v7 = alloc size 40 shape 12 flags 0 @s0
    store_val v7, v6 [32] immutable
    v8 = load_val v7 [32] immutable
    v9 = call h0(v4)
    v10 = load_val v3 [32] immutable
    ret v10",
    );
    memory::run(&mut f, Mode::Single);
    check(&f);
    // That of the new object is what was stored; that of the other one is what it was.
    assert_eq!(count(&f, "immutable"), 2, "{f}");
}

#[test]
fn a_constant_index_becomes_part_of_the_offset() {
    let mut f = entry(
        "    v6 = iconst 3
    v7 = loadx_val v3, v6 [32] immutable
    v8 = loadx_u8 v3, v6 [16] bytes
    storex_u32 v3, v6, v8 [16] bytes
    v9 = iconst 4611686018427387904
    v10 = loadx_i64 v3, v9 [16] bytes
    ret v7",
    );
    fold::run(&mut f, RuleSet::get());
    check(&f);
    let text = f.to_string();
    for access in [
        "load_val v3 [56]",
        "load_u8 v3 [19]",
        "store_u32 v3, v8 [28]",
    ] {
        assert!(text.contains(access), "{access}: {f}");
    }
    // What does not fit a displacement stays.
    assert_eq!(count(&f, "loadx_i64"), 1, "{f}");
}

#[test]
fn shapes_are_known_until_headers_are_written() {
    let mut f = entry(
        "    guard_shape v3 0x7 @s0
    v6 = call h1(v4)
    guard_shape v3 0x7 @s0
    v7 = call h0(v4)
    guard_shape v3 0x7 @s0
    exit @s0",
    );
    memory::run(&mut f, Mode::Single);
    assert_eq!(count(&f, "guard_shape"), 2, "{f}");
}

#[test]
fn a_store_that_is_overwritten_unseen_goes() {
    let mut f = entry(
        "    store_i64 v3, v4 [16] bytes
    store_i64 v3, v5 [16] bytes
    guard_obj v2 @s0
    store_i64 v3, v4 [16] bytes
    exit @s0",
    );
    memory::run(&mut f, Mode::Single);
    assert_eq!(count(&f, "store_i64"), 2, "{f}");
}

const LOOP: &str = "    jump b1(v4)
b1(v6: i64):
    safepoint @s0
    v7 = load_i64 v3 [24] list
    v8 = ilt v6, v7
    guard_true v8 @s0
    v9 = ult v6, v7
    guard_true v9 @s0
    v10 = iconst 1
    v11 = iadd_ovf v6, v10 @s0
    jump b1(v11)";

#[test]
fn in_multi_a_safepoint_forgets_what_others_may_write() {
    for (mode, inside) in [(Mode::Single, 0), (Mode::Multi, 1)] {
        let mut f = entry(LOOP);
        assert!(loops::peel(&mut f));
        check(&f);
        memory::run(&mut f, mode);
        tidy::run(&mut f);
        check(&f);
        let text = f.to_string();
        let in_loop = text.split("safepoint").nth(1).unwrap_or("");
        assert_eq!(in_loop.matches("load_i64").count(), inside, "{mode:?} {f}");
    }
}

#[test]
fn ranges_remove_the_overflow_check_and_the_bounds_check_of_a_counted_loop() {
    let mut f = func(&format!(
        "{ENTRY}    v20 = iconst 0\n{}",
        LOOP.replace("b1(v4)", "b1(v20)")
    ));
    assert!(range::run(&mut f));
    // The bounds check has become the loop's own comparison.
    gvn::run(&mut f, true);
    tidy::run(&mut f);
    check(&f);
    assert_eq!(
        (count(&f, "iadd_ovf"), count(&f, "iadd"), count(&f, "ult")),
        (0, 1, 0),
        "{f}"
    );
    assert_eq!(count(&f, "guard_true"), 1, "{f}");
}

#[test]
fn ranges_keep_a_check_that_can_fail() {
    let mut f = entry(
        "    v6 = iadd_ovf v4, v5 @s0
    v7 = ult v4, v5
    guard_true v7 @s0
    v8 = box_int v6
    ret v8",
    );
    range::run(&mut f);
    assert_eq!((count(&f, "iadd_ovf"), count(&f, "ult")), (1, 1), "{f}");
}

#[test]
fn a_loop_that_carries_a_box_carries_its_contents() {
    let mut f = func(
        "snap s1 [frame 0x1 pc 3 how 0 { r0: v3 }]
b0(v0: ptr, v1: ptr):
    v2 = vconst 0xfffe000000000000
    jump b1(v2)
b1(v3: val):
    safepoint @s1
    v4 = unbox_int v3
    v5 = iconst 1
    v6 = iadd_ovf v4, v5 @s1
    guard_fit v6 @s1
    v7 = box_int v6
    jump b1(v7)",
    );
    assert!(unbox::run(&mut f));
    fold::run(&mut f, &RuleSet::new());
    tidy::run(&mut f);
    check(&f);
    assert_eq!(
        (
            count(&f, "box_int"),
            count(&f, "unbox_int"),
            count(&f, "val")
        ),
        (0, 0, 0),
        "{f}"
    );
}

#[test]
fn an_object_that_only_an_exit_sees_becomes_a_recipe() {
    let mut f = func(
        "snap s1 [frame 0x1 pc 3 how 0 { r0: v6 }]
b0(v0: ptr, v1: ptr):
    v2 = load_val v1 [0] frame
    v3 = load_i64 v1 [8] frame
    v4 = iconst 3
    v6 = alloc size 32 shape 9 flags 0 @s0
    store_val v6, v2 [16] slots
    store_i64 v6, v3 [24] slots
    guard_shape v6 0x9 @s1
    v7 = load_i64 v6 [24] slots
    v8 = ilt v7, v4
    guard_true v8 @s1
    decref v6
    exit @s0",
    );
    assert!(escape::run(&mut f));
    check(&f);
    assert_eq!(
        (
            count(&f, "alloc"),
            count(&f, "load_i64"),
            count(&f, "guard_shape")
        ),
        (0, 1, 0),
        "{f}"
    );
    // What the field owned is dropped in the object's stead.
    assert_eq!(count(&f, "decref_val"), 1, "{f}");
    let text = f.to_string();
    assert!(
        text.contains("r0: virtual 0 }; object size 32 shape 9 flags 0 { 16: v2, 24: v3 }"),
        "{f}"
    );
}

#[test]
fn an_object_mutated_in_a_loop_becomes_parameters() {
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = iconst 0
    v3 = alloc size 32 shape 9 flags 0 @s0
    store_i64 v3, v2 [16] iter
    jump b1()
b1():
    safepoint @s0
    v4 = load_i64 v3 [16] iter
    v5 = iconst 1
    v6 = iadd_ovf v4, v5 @s0
    store_i64 v3, v6 [16] iter
    jump b1()",
    );
    assert!(escape::run(&mut f));
    check(&f);
    assert_eq!(
        (
            count(&f, "alloc"),
            count(&f, "load_i64"),
            count(&f, "store_i64")
        ),
        (0, 0, 0),
        "{f}"
    );
}

#[test]
fn an_object_that_replaces_another_one_in_each_turn_becomes_parameters() {
    let text = |drops: &str| {
        format!(
            "b0(v0: ptr, v1: ptr):
    v2 = load_val v1 [0] frame
    v3 = alloc size 32 shape 9 flags 0 @s0
    store_val v3, v2 [16] slots
    v4 = iconst 10
    store_u32 v3, v4 [0] header
    v5 = box_obj v3
    jump b1(v5)
b1(v6: val):
    safepoint @s1
    guard_obj v6 @s1
    v7 = unbox_obj v6
    guard_shape v7 0xa @s1
    v8 = load_val v7 [16] slots
    v9 = alloc size 32 shape 10 flags 0 @s0
    store_val v9, v8 [16] slots
    incref_val v8
    {drops}
    v10 = box_obj v9
    jump b1(v10)
snap s1 [frame 0x1 pc 3 how 0 {{ r0: v6 }}]"
        )
    };
    let mut f = func(&text("decref_val v6"));
    assert!(escape::run(&mut f));
    check(&f);
    assert_eq!(
        (
            count(&f, "alloc"),
            count(&f, "load_val"),
            count(&f, "guard_shape")
        ),
        (0, 1, 0),
        "{f}"
    );
    // An exit makes it, of the shape that it has there.
    assert!(f.to_string().contains("object size 32 shape 10"), "{f}");
    // Kept twice: the counts do not agree where the ways meet.
    let mut f = func(&text("incref v9\n    decref_val v6"));
    escape::run(&mut f);
    check(&f);
    assert_eq!(count(&f, "alloc"), 2, "{f}");
}

#[test]
fn how_many_refer_to_an_unmade_object_is_known() {
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = alloc size 40 shape 9 flags 0 @s0
    v3 = load_i64 v2 [4] refcount
    incref v2
    v4 = load_i64 v2 [4] refcount
    decref v2
    v5 = iadd v3, v4
    decref v2
    v6 = box_int v5
    ret v6",
    );
    assert!(escape::run(&mut f));
    fold::run(&mut f, RuleSet::get());
    tidy::run(&mut f);
    check(&f);
    assert_eq!((count(&f, "alloc"), count(&f, "load_i64")), (0, 0), "{f}");
    let three = format!("vconst {:#x}", boxed::int(3));
    assert!(f.to_string().contains(&three), "{f}");
}

#[test]
fn an_object_that_comes_under_two_names_is_made() {
    // Both parameters are the one object from the second turn on, with two references, as each of the first two has.
    let mut f = func(
        "b0(v0: ptr, v1: ptr):
    v2 = iconst 1
    v3 = alloc size 32 shape 9 flags 0 @s0
    store_i64 v3, v2 [16] slots
    incref v3
    v4 = alloc size 32 shape 9 flags 0 @s0
    store_i64 v4, v2 [16] slots
    incref v4
    jump b1(v3, v4)
b1(v5: obj, v6: obj):
    safepoint @s0
    v7 = load_i64 v5 [16] slots
    store_i64 v6, v2 [16] slots
    v8 = load_i64 v5 [16] slots
    v9 = ilt v7, v8
    guard_true v9 @s0
    decref_live v5
    decref v5
    decref_live v6
    decref v6
    v10 = alloc size 32 shape 9 flags 0 @s0
    store_i64 v10, v8 [16] slots
    incref v10
    jump b1(v10, v10)",
    );
    escape::run(&mut f);
    check(&f);
    assert_eq!(count(&f, "alloc"), 3, "{f}");
}

#[test]
fn an_object_that_frames_name_during_a_call_is_made() {
    let text = |helper: &str| {
        format!(
            "snap s1 [frame 0x1 pc 3 how 0 {{ r0: v6 }}]
b0(v0: ptr, v1: ptr):
    v4 = iconst 3
    v6 = alloc size 32 shape 9 flags 0 @s0
    store_i64 v6, v4 [24] slots
    v7 = call {helper}(v4) @s1
    v8 = load_i64 v6 [24] slots
    decref v6
    v9 = box_int v8
    ret v9"
        )
    };
    let mut f = func(&text("h0"));
    assert!(!escape::run(&mut f), "h0 runs Python");
    let mut f = func(&text("h1"));
    assert!(escape::run(&mut f), "h1 does not");
    check(&f);
}

#[test]
fn an_object_that_is_stored_or_passed_is_made() {
    let mut f = entry(
        "    v6 = alloc size 32 shape 9 flags 0 @s0
    v7 = box_obj v6
    store_val v3, v7 [16] slots
    exit @s0",
    );
    assert!(!escape::run(&mut f));
    assert_eq!(count(&f, "alloc"), 1);
}

#[test]
fn counts_cancel_and_exits_in_between_take_the_reference() {
    let mut f = func(
        "snap s1 [frame 0x1 pc 3 how 0 { r0: v2 }]
b0(v0: ptr, v1: ptr):
    v2 = load_val v1 [0] frame
    guard_obj v2 @s0
    v3 = unbox_obj v2
    incref v3
    v4 = load_val v3 [16] slots
    guard_int v4 @s1
    decref v3
    exit @s0",
    );
    assert!(refcount::run(&mut f, Mode::Single));
    check(&f);
    assert_eq!((count(&f, "incref"), count(&f, "decref")), (0, 0), "{f}");
    assert!(f.to_string().contains("r0: +v2"), "{f}");
}

#[test]
fn counts_stay_where_another_reference_may_be_dropped() {
    let mut f = entry(
        "    v6 = load_obj v3 [16] slots
    incref v3
    decref v6
    decref v3
    exit @s0",
    );
    assert!(!refcount::run(&mut f, Mode::Single));
    let mut f = entry("    incref v3\n    v6 = call h0(v4)\n    decref v3\n    exit @s0");
    assert!(!refcount::run(&mut f, Mode::Single));
}

#[test]
fn invariant_computations_leave_loops_and_guards_do_not() {
    let mut f = entry(
        "    jump b1(v4)
b1(v6: i64):
    safepoint @s0
    v7 = imul v4, v5
    v8 = iadd_ovf v4, v5 @s0
    v9 = iadd v6, v7
    jump b1(v9)",
    );
    assert!(loops::hoist(&mut f));
    check(&f);
    let text = f.to_string();
    let (before, inside) = text.split_once("safepoint").unwrap_or(("", ""));
    assert!(
        before.contains("imul") && inside.contains("iadd_ovf"),
        "{f}"
    );
}

#[test]
fn values_of_a_loop_that_are_used_after_it_pass_through_parameters_when_it_is_peeled() {
    let mut f = entry(
        "    jump b1(v4)
b1(v6: i64):
    v7 = iadd v6, v5
    v8 = ilt v7, v4
    brif v8, b1(v7), b2()
b2():
    v9 = iadd v7, v6
    v10 = box_int v9
    ret v10",
    );
    assert!(loops::peel(&mut f));
    check(&f);
    assert_eq!(count(&f, "ilt"), 2, "{f}");
}
