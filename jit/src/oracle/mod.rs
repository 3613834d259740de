//! The oracle: one function, run by the IR interpreter as it came, by the IR interpreter after optimisation, by
//! Single and by Multi code; every way must leave the same memory and rebuild the same state.
//!
//! `cargo test` runs it for a second or so; fuzzing and stress run it for as long as wanted. A comparison that fails
//! names the way and shows both results.

pub mod generate;
pub mod vm;

use crate::ir::{Func, boxed, interp, interp::Outcome};
use crate::{
    CodeMemory, CompileError, Compiled, Mode, Options, PatchKind, RETURNED, Rebuilt, State,
    compile, opt, rebuild,
};
use vm::{TestVm, World};

/// What a run left behind, in a form that does not depend on the way it ran.
#[derive(Clone, PartialEq, Debug)]
pub struct Result {
    /// The rebuilt state or returned value, objects made during the run shown by content.
    pub state: String,
    /// Memory of the objects that were there before, reference counts included; the register window; destroyed objects.
    pub memory: Vec<u64>,
}

/// A difference between two ways.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The way that differs from the interpreter on the function as it came.
    pub way: String,
    /// What the interpreter says.
    pub expected: String,
    /// What that way says.
    pub found: String,
}

/// How far the ways may run: instructions of the interpreter.
pub const FUEL: u64 = 2_000_000;

fn show(world: &TestVm, state: &State, r: &Rebuilt, depth: u32) -> String {
    match *r {
        Rebuilt::Big(n) => format!("int:{n}"),
        Rebuilt::Ptr(p) => format!("ptr:{:x}", p.wrapping_sub(world.start())),
        Rebuilt::Virtual(n) => {
            let Some((info, fields)) = state.objects.get(n as usize) else {
                return "virtual?".into();
            };
            let mut words = vec![0; info.size as usize / 8 - 2];
            let mut text: Vec<String> = Vec::new();
            for (at, f, _) in fields {
                if let (Rebuilt::Boxed(b), Some(w)) =
                    (f, words.get_mut((*at as usize / 8).wrapping_sub(2)))
                {
                    *w = *b;
                }
            }
            for (k, w) in words.iter().enumerate() {
                let field = fields
                    .iter()
                    .find(|f| f.0 as usize / 8 == k + 2)
                    .map(|f| f.1);
                text.push(show(
                    world,
                    state,
                    &field.unwrap_or(Rebuilt::Boxed(*w)),
                    depth + 1,
                ));
            }
            format!("{{shape {}: {}}}", info.shape, text.join(" "))
        }
        Rebuilt::Boxed(v) if boxed::is_int(v) => format!("int:{}", boxed::to_int(v)),
        Rebuilt::Boxed(v) if boxed::is_float(v) => {
            let x = f64::from_bits(boxed::to_float(v));
            if x.is_nan() {
                "float:nan".into()
            } else {
                format!("float:{x:?}")
            }
        }
        Rebuilt::Boxed(v) => match world.fresh(v) {
            Some((shape, fields)) if depth < 8 => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|f| show(world, state, &Rebuilt::Boxed(*f), depth + 1))
                    .collect();
                format!("{{shape {shape}: {}}}", fields.join(" "))
            }
            Some(_) => "deep".into(),
            None if boxed::is_obj(v) => format!("obj:{:x}", v.wrapping_sub(world.start())),
            None => format!("{v:#x}"),
        },
    }
}

/// Takes the references that the state asks for, renders it, and looks at memory.
fn finish(world: &mut TestVm, left: std::result::Result<State, Rebuilt>) -> Result {
    let state = match left {
        Err(value) => format!("ret {}", show(world, &State::default(), &value, 0)),
        Ok(state) => {
            let entries = state
                .frames
                .iter()
                .flat_map(|f| &f.3)
                .chain(state.objects.iter().flat_map(|o| &o.1));
            let takes: Vec<u64> = entries
                .filter(|e| e.2)
                .filter_map(|e| {
                    if let Rebuilt::Boxed(v) = e.1 {
                        Some(v)
                    } else {
                        None
                    }
                })
                .collect();
            takes.into_iter().for_each(|v| world.count(v, 1));
            let drops: Vec<Rebuilt> = state.release.clone();
            for r in drops {
                if let Rebuilt::Boxed(v) = r {
                    world.count(v, -1);
                }
            }
            let mut s = String::new();
            for (code, pc, how, regs) in &state.frames {
                s += &format!("{code:#x}@{pc}/{how}");
                for (at, v, _) in regs {
                    s += &format!(" r{at}={}", show(world, &state, v, 0));
                }
                s += "; ";
            }
            s
        }
    };
    Result {
        state,
        memory: world.memory(),
    }
}

/// Runs a function in the interpreter. `None`: it ran out of fuel.
pub fn interpret(f: &Func, world: &World) -> Option<Result> {
    interpret_in(f, TestVm::new(world))
}

fn interpret_in(f: &Func, mut vm: TestVm) -> Option<Result> {
    let (thread, base) = (vm.thread(), vm.base());
    Some(match interp::run(f, &mut vm, thread, base, FUEL) {
        Outcome::Ret(v) => finish(&mut vm, Err(Rebuilt::Boxed(v))),
        Outcome::Exit(snap, values) => {
            let s = &f.snaps[snap.index()];
            let mut at = values.into_iter();
            let mut look = Vec::new();
            s.for_each(|v| look.push((v, at.next().unwrap_or(0))));
            let state = rebuild(s, |v| {
                (f.ty(v), look.iter().find(|l| l.0 == v).map_or(0, |l| l.1))
            });
            finish(&mut vm, Ok(state))
        }
        Outcome::Fuel => return None,
        Outcome::Bad(m) => Result {
            state: format!("bad: {m}"),
            memory: Vec::new(),
        },
    })
}

/// Compiles and runs a function.
///
/// # Errors
/// The compilation's.
pub fn native(
    f: &Func,
    world: &World,
    mode: Mode,
    opts: &Options,
    mem: &CodeMemory,
) -> std::result::Result<Result, CompileError> {
    let mut code = compile(f, mode, opts, mem)?;
    let result = run_in(&code, TestVm::new(world));
    // SAFETY: the only thread that ran it has left.
    unsafe { code.release(mem) };
    Ok(result)
}

fn run_in(code: &Compiled, mut vm: TestVm) -> Result {
    // SAFETY: the record and window have the layout of `TestVm::options`; the helpers are those of the world.
    let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
    if left.exit == u64::from(RETURNED) {
        return finish(&mut vm, Err(Rebuilt::Boxed(left.value)));
    }
    let exit = code.exits.get(left.exit as usize);
    let state = rebuild(&exit.snap, |v| exit.value(vm.buffer(), v));
    finish(&mut vm, Ok(state))
}

/// Runs a function while somebody wants the thread to leave: Single code with every back edge patched, Multi code with
/// the guard word set; both must leave as the interpreter does on the optimised function.
///
/// # Errors
/// The first way that differs.
pub fn compare_interrupted(
    f: &Func,
    world: &World,
    opts: &Options,
    mem: &CodeMemory,
) -> std::result::Result<(), Difference> {
    for mode in [Mode::Single, Mode::Multi] {
        let way = format!("{mode:?} code, interrupted");
        let fail = |e: CompileError| Difference {
            way: way.clone(),
            expected: String::new(),
            found: e.to_string(),
        };
        let mut g = f.clone();
        opt::optimise(&mut g, mode, opts, &mut Vec::new()).map_err(fail)?;
        let mut code = compile(f, mode, opts, mem).map_err(fail)?;
        let (mut a, mut b) = (TestVm::new(world), TestVm::new(world));
        if mode == Mode::Single {
            a.leave_at_back_edges();
            for p in code
                .patch_points
                .iter()
                .filter(|p| p.kind == PatchKind::Jump)
            {
                code.fire(mem, p);
            }
        } else {
            a.set_guard(true);
            b.set_guard(true);
        }
        let expected = interpret_in(&g, a);
        let found = expected.as_ref().map(|_| run_in(&code, b));
        // SAFETY: the only thread that ran it has left.
        unsafe { code.release(mem) };
        if expected != found {
            return Err(Difference {
                way,
                expected: format!("{expected:x?}"),
                found: format!("{found:x?}"),
            });
        }
    }
    Ok(())
}

/// Runs a function in every way.
///
/// # Errors
/// The first way that differs.
pub fn compare(
    f: &Func,
    world: &World,
    opts: &Options,
    mem: &CodeMemory,
) -> std::result::Result<Option<Result>, Difference> {
    let Some(expected) = interpret(f, world) else {
        return Ok(None);
    };
    let check = |way: String, found: std::result::Result<Result, String>| match found {
        Ok(r) if r == expected => Ok(()),
        Ok(r) => Err(Difference {
            way,
            expected: format!("{expected:x?}"),
            found: format!("{r:x?}"),
        }),
        Err(e) => Err(Difference {
            way,
            expected: expected.state.clone(),
            found: e,
        }),
    };
    for mode in [Mode::Single, Mode::Multi] {
        let mut g = f.clone();
        let optimised =
            opt::optimise(&mut g, mode, opts, &mut Vec::new()).map_err(|e| e.to_string());
        let found =
            optimised.and_then(|()| interpret(&g, world).ok_or_else(|| "out of fuel".into()));
        check(format!("interpreter, optimised for {mode:?}"), found)?;
        check(
            format!("{mode:?} code"),
            native(f, world, mode, opts, mem).map_err(|e| e.to_string()),
        )?;
    }
    Ok(Some(expected))
}
