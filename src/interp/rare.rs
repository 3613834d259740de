//! Instructions that are done out of the loop, so that it stays small to read: a function each (inlined into it again where
//! they are frequent), and those that are seldom executed in a second step of dispatch, [`step`].
//!
//! All are called for the running record `f` with registers `base`, as `run::execute` runs instruction `i`, with `(*f).pc`
//! up to date, behind the Ext word where the instruction has one (L1 of `run`); the frame on top is the same again
//! afterwards.

use super::reg::{self, inc, kill, set, take};
use super::{fast, matching, names, ops};
use crate::builtins::functions::sum;
use crate::object::dict::Dict;
use crate::object::frame::Frame;
use crate::object::function::{Cell, Function};
use crate::object::tuple::Tuple;
use crate::object::{Obj, Slot, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::code::Common;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;

type Done = Result<(), Exc>;

/// Kills the operands of the list that the instruction kills.
#[inline(always)]
unsafe fn kills(th: &Thread, base: *mut Value, i: Instr, which: &[(u8, usize)]) {
    for (bit, r) in which {
        if i.k() & bit != 0 {
            // SAFETY: a register of the running frame.
            unsafe { kill(th, base.add(*r)) };
        }
    }
}

/// Stores the result.
#[inline(always)]
unsafe fn result(th: &Thread, base: *mut Value, i: Instr, v: Obj) {
    // SAFETY: a register of the running frame.
    unsafe { set(th, base.add(i.a()), v.into_value()) };
}

/// `LoadName`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn load_name(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = names::load_name(th, f, &(&*(*f).code).sites[i.bc() as usize])?;
        result(th, base, i, v);
    }
    Ok(())
}

/// `StoreName`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn store_name(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = take_or_copy(th, i.k() & KILL_A, base.add(i.a()));
        names::store_name(th, f, &(&*(*f).code).sites[i.bc() as usize], v)?;
    }
    Ok(())
}

/// `StoreGlobal`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn store_global(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let site = &(&*(*f).code).sites[i.bc() as usize];
        let v = take_or_copy(th, i.k() & KILL_A, base.add(i.a()));
        names::store_global(th, f, site, v)?;
    }
    Ok(())
}

/// `StoreCell`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn store_cell(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = take_or_copy(th, i.k() & KILL_B, base.add(i.b()));
        reg::obj(base.add(i.a()))
            .cast_unchecked::<Cell>()
            .v
            .set(th, Some(v));
    }
    Ok(())
}

/// `StoreFree`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn store_free(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = take_or_copy(th, i.k() & KILL_B, base.add(i.b()));
        free_cell(f, i.a())
            .cast_unchecked::<Cell>()
            .v
            .set(th, Some(v));
    }
    Ok(())
}

/// `MakeCell`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn make_cell(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = Obj::from_value_opt(take(base.add(i.a())));
        let c = th.alloc(Cell { v: Slot::new(v) });
        *base.add(i.a()) = c.into_obj().into_value();
    }
    Ok(())
}

/// `SetAdd`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn set_add(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        ops::set_add(th, reg::obj(base.add(i.a())), reg::obj(base.add(i.b())))?;
        kills(th, base, i, &[(KILL_B, i.b())]);
    }
    Ok(())
}

/// `LoadBuiltin`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn load_builtin(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    let always = i.b() == Common::AssertionError as usize;
    let v = match always || th.jit.recording.get() {
        true => th.rt().common(i.b()).clone(),
        false => Obj::NONE,
    };
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe { result(th, base, i, v) };
    Ok(())
}

/// `SumAdd`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn sum_add(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let (so_far, lost) = (base.add(i.a()), base.add(i.a() + 1));
        match fast::add(*so_far, *base.add(i.b())) {
            Some(v) if v.is_int() && (*lost).is_int() => *so_far = v,
            _ => {
                let x = reg::obj(base.add(i.b()));
                let (a, b) = sum::add_item(th, reg::obj(so_far), reg::obj(lost), x)?;
                set(th, so_far, a.into_value());
                set(th, lost, b.into_value());
            }
        }
        kills(th, base, i, &[(KILL_B, i.b())]);
    }
    Ok(())
}

/// `DictSet`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn dict_set(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let x = reg::obj(base.add(i.c())).clone();
        reg::obj(base.add(i.a()))
            .cast_unchecked::<Dict>()
            .set_item(th, reg::obj(base.add(i.b())), x)?;
        kills(th, base, i, &[(KILL_B, i.b()), (KILL_C, i.c())]);
    }
    Ok(())
}

/// `FormatPlain`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn format_plain(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = th.format(reg::obj(base.add(i.b())), &th.empty_str())?;
        kills(th, base, i, &[(KILL_B, i.b())]);
        result(th, base, i, v);
    }
    Ok(())
}

/// `Format`
///
/// # Safety
/// See the module.
pub unsafe fn format(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = th.format(reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        kills(th, base, i, &[(KILL_B, i.b()), (KILL_C, i.c())]);
        result(th, base, i, v);
    }
    Ok(())
}

/// `BuildString`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn build_string(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = ops::build_string(th, window_refs(base.add(i.b()), i.c()))?;
        reg::clear(th, base.add(i.b()), i.c());
        result(th, base, i, v);
    }
    Ok(())
}

/// `BuildDict`
///
/// # Safety
/// See the module.
pub unsafe fn build_dict(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let n = i.c() * 2;
        let v = ops::build_dict(th, window_refs(base.add(i.b()), n))?;
        reg::clear(th, base.add(i.b()), n);
        result(th, base, i, v);
    }
    Ok(())
}

/// `BuildSet`
///
/// # Safety
/// See the module.
pub unsafe fn build_set(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = ops::build_set(th, window_refs(base.add(i.b()), i.c()))?;
        reg::clear(th, base.add(i.b()), i.c());
        result(th, base, i, v);
    }
    Ok(())
}

/// `BuildSlice`
///
/// # Safety
/// See the module.
pub unsafe fn build_slice(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let w = base.add(i.b());
        let step = if i.c() == 3 {
            Obj::from_value(take(w.add(2)))
        } else {
            Obj::NONE
        };
        let s = th.alloc(crate::object::slice::Slice {
            start: Obj::from_value(take(w)),
            stop: Obj::from_value(take(w.add(1))),
            step,
        });
        result(th, base, i, s.into_obj());
    }
    Ok(())
}

/// `GetSlice`
///
/// # Safety
/// See the module.
pub unsafe fn get_slice(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let w = base.add(i.c());
        let v = ops::get_slice(
            th,
            reg::obj(base.add(i.b())),
            reg::obj(w),
            reg::obj(w.add(1)),
        )?;
        reg::clear(th, w, 2);
        kills(th, base, i, &[(KILL_B, i.b())]);
        result(th, base, i, v);
    }
    Ok(())
}

/// `SetSlice`
///
/// # Safety
/// See the module.
pub unsafe fn set_slice(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let w = base.add(i.c());
        ops::set_slice(
            th,
            reg::obj(base.add(i.a())),
            reg::obj(w),
            reg::obj(w.add(1)),
            reg::obj(base.add(i.b())),
        )?;
        reg::clear(th, w, 2);
        kills(th, base, i, &[(KILL_A, i.a()), (KILL_B, i.b())]);
    }
    Ok(())
}

/// `PushExc`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn push_exc(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let old = (*f).exc;
        if old.is_empty() {
            th.handling.set(th.handling.get() + 1);
        }
        // A borrowed word of an exception that an outer handler's register keeps alive.
        inc(th, old);
        set(th, base.add(i.a() + 1), old);
        (*f).exc = *base.add(i.a());
    }
    Ok(())
}

/// `PopExc`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn pop_exc(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let old = *base.add(i.a() + 1);
        (*f).exc = old;
        if old.is_empty() {
            th.handling.set(th.handling.get() - 1);
        }
        kill(th, base.add(i.a() + 1));
        kill(th, base.add(i.a()));
    }
    Ok(())
}

/// `MatchExc`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn match_exc(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let t =
            matching::match_exception(th, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        kills(th, base, i, &[(KILL_B, i.b()), (KILL_C, i.c())]);
        set(th, base.add(i.a()), Value::from_bool(t));
    }
    Ok(())
}

/// `MakeFunction`
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn make_function(th: &Thread, f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let v = ops::make_function(th, f, i.b(), i.c(), base.add(i.a() + 1))?;
        result(th, base, i, v);
    }
    Ok(())
}

/// `LoadSpecial`
///
/// # Safety
/// See the module.
pub unsafe fn load_special(th: &Thread, _f: *mut Frame, base: *mut Value, i: Instr) -> Done {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        let (m, me) = ops::load_special(th, reg::obj(base.add(i.b())), i.c())?;
        kills(th, base, i, &[(KILL_B, i.b())]);
        set(th, base.add(i.a()), m.into_value());
        set(
            th,
            base.add(i.a() + 1),
            me.map_or(Value::EMPTY, Obj::into_value),
        );
    }
    Ok(())
}

/// Does one of the others whole: operands killed, result stored.
///
/// # Safety
/// `f` is the running record, `base` its registers, `i` its instruction with operation `op`; as in `run::execute`.
#[inline(never)]
pub unsafe fn step(
    th: &Thread,
    f: *mut Frame,
    base: *mut Value,
    i: Instr,
    op: Op,
) -> Result<(), Exc> {
    // SAFETY: the caller's promise; see `run::execute`.
    unsafe {
        match op {
            Op::DeleteLocal => {
                if (*base.add(i.a())).is_empty() {
                    return Err(ops::unbound_local(th, &(&*(*f).code).names[i.b()]));
                }
                let v = take(base.add(i.a()));
                reg::dec(th, v);
            }
            Op::DeleteCell => {
                let old = reg::obj(base.add(i.a()))
                    .cast_unchecked::<Cell>()
                    .v
                    .swap(th, None);
                if old.is_none() {
                    return Err(ops::unbound_local(th, &(&*(*f).code).names[i.b()]));
                }
                drop(old);
            }
            Op::DeleteFree => {
                let old = free_cell(f, i.a())
                    .cast_unchecked::<Cell>()
                    .v
                    .swap(th, None);
                if old.is_none() {
                    return Err(ops::unbound_free(th, &*(*f).code, i.a()));
                }
                drop(old);
            }
            Op::LoadDictOrCell => {
                let name = &(&*(*f).code).names[i.c()];
                let found = names::from_locals(th, f, name)?;
                let v = match found {
                    Some(v) => v,
                    None => match reg::obj(base.add(i.b())).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(th.name_error(name)),
                    },
                };
                result(th, base, i, v);
            }
            Op::LoadDictOrFree => {
                let name = &(&*(*f).code).names[i.c()];
                let found = names::from_locals(th, f, name)?;
                let v = match found {
                    Some(v) => v,
                    None => match free_cell(f, i.b()).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(ops::unbound_free(th, &*(*f).code, i.b())),
                    },
                };
                result(th, base, i, v);
            }
            Op::LoadFromDictOrFree => {
                let name = &(&*(*f).code).names[(&*(*f).code).front.freevars[i.c()] as usize];
                let found = names::from_mapping(th, reg::obj(base.add(i.b())), name)?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                let v = match found {
                    Some(v) => v,
                    None => match free_cell(f, i.c()).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(ops::unbound_free(th, &*(*f).code, i.c())),
                    },
                };
                result(th, base, i, v);
            }
            Op::LoadFromDictOrGlobal => {
                let site = &(&*(*f).code).sites[i.c()];
                let name = Obj::ref_from(&site.name);
                let found = names::from_mapping(th, reg::obj(base.add(i.b())), name)?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                let v = match found {
                    Some(v) => v,
                    None => names::load_global(th, f, site)?,
                };
                result(th, base, i, v);
            }
            Op::DeleteGlobal => {
                names::delete_global(th, f, &(&*(*f).code).sites[i.bc() as usize])?;
            }
            Op::DeleteName => {
                names::delete_name(th, f, &(&*(*f).code).sites[i.bc() as usize])?;
            }
            Op::LoadLocals => {
                let v = names::locals(th, f)?;
                result(th, base, i, v);
            }
            Op::LoadBuildClass => {
                let v = names::build_class(th, f)?;
                result(th, base, i, v);
            }
            Op::DeleteAttr => {
                let name = Obj::ref_from(&(&*(*f).code).sites[i.b()].name);
                th.delattr_obj(reg::obj(base.add(i.a())), name)?;
                kills(th, base, i, &[(KILL_A, i.a())]);
            }
            Op::LoadSuperAttr | Op::LoadSuperMethod => {
                let name = Obj::ref_from(&(&*(*f).code).sites[i.c()].name);
                let w = base.add(i.b());
                let method = op == Op::LoadSuperMethod;
                let (m, me) = ops::super_attr(
                    th,
                    reg::obj(w),
                    reg::obj(w.add(1)),
                    reg::obj(w.add(2)),
                    name,
                    method,
                )?;
                reg::clear(th, w, 3);
                set(th, base.add(i.a()), m.into_value());
                if method {
                    set(
                        th,
                        base.add(i.a() + 1),
                        me.map_or(Value::EMPTY, Obj::into_value),
                    );
                }
            }
            Op::UnpackEx => {
                let items =
                    ops::unpack_ex(th, reg::obj(base.add(i.b())), i.c() & 0xFF, i.c() >> 8)?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                for (k, x) in items.into_iter().enumerate() {
                    set(th, base.add(i.a() + k), x.into_value());
                }
            }
            Op::DelItem => {
                th.delitem(reg::obj(base.add(i.a())), reg::obj(base.add(i.b())))?;
                kills(th, base, i, &[(KILL_A, i.a()), (KILL_B, i.b())]);
            }
            Op::ListExtend => {
                ops::list_extend(th, reg::obj(base.add(i.a())), reg::obj(base.add(i.b())))?;
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::ListToTuple => {
                let t = ops::list_to_tuple(th, reg::obj(base.add(i.b())))?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                result(th, base, i, t);
            }
            Op::SumEnd => {
                let (so_far, lost) = (base.add(i.b()), base.add(i.b() + 1));
                let v = sum::total(th, reg::obj(so_far), reg::obj(lost));
                kill(th, so_far);
                kill(th, lost);
                result(th, base, i, v);
            }
            Op::SetUpdate => {
                th.call_method(
                    reg::obj(base.add(i.a())),
                    "update",
                    std::slice::from_ref(reg::obj(base.add(i.b()))),
                )?;
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::DictUpdate => {
                ops::dict_update(th, reg::obj(base.add(i.a())), reg::obj(base.add(i.b())))?;
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::DictMerge => {
                ops::dict_merge(
                    th,
                    reg::obj(base.add(i.a())),
                    reg::obj(base.add(i.b())),
                    reg::obj(base.add(i.c())),
                )?;
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::Convert => {
                let o = reg::obj(base.add(i.b()));
                let v = match i.c() {
                    1 => th.to_str(o),
                    2 => th.repr(o),
                    _ => th.ascii(o),
                }?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                result(th, base, i, v.into_obj());
            }
            Op::BuildInterpolation => {
                let v = ops::build_interpolation(th, window_refs(base.add(i.b()), 3), i.c())?;
                reg::clear(th, base.add(i.b()), 3);
                result(th, base, i, v);
            }
            Op::BuildTemplate => {
                let v = ops::build_template(th, window_refs(base.add(i.b()), 2))?;
                reg::clear(th, base.add(i.b()), 2);
                result(th, base, i, v);
            }
            Op::GetAwaitable => {
                let v = ops::get_awaitable(th, reg::obj(base.add(i.b())), i.c())?;
                kills(th, base, i, &[(KILL_B, i.b())]);
                result(th, base, i, v);
            }
            Op::MatchEg => {
                let (m, rest) = matching::match_group(
                    th,
                    reg::obj(base.add(i.b())),
                    reg::obj(base.add(i.c())),
                )?;
                kills(th, base, i, &[(KILL_B, i.b()), (KILL_C, i.c())]);
                set(th, base.add(i.a()), m.into_value());
                set(th, base.add(i.a() + 1), rest.into_value());
            }
            Op::ExcArgs => {
                let e = reg::obj(base.add(i.b()));
                let tb = ops::exit_traceback(th, e);
                let (t, e) = (th.type_of(e).obj().clone(), e.clone());
                kills(th, base, i, &[(KILL_B, i.b())]);
                set(th, base.add(i.a()), t.into_value());
                set(th, base.add(i.a() + 1), e.into_value());
                set(th, base.add(i.a() + 2), tb.into_value());
            }
            Op::StopIterToRuntime => {
                let e = matching::stop_iter_to_runtime(th, &*(*f).code, reg::obj(base.add(i.a())));
                if let Some(e) = e {
                    set(th, base.add(i.a()), e.into_value());
                }
            }
            Op::MatchClass => {
                let ext = *(*f).pc.sub(1);
                let kw = (&*(*f).code).consts[ext.bc() as usize].clone();
                let v = matching::match_class(
                    th,
                    reg::obj(base.add(i.b())),
                    reg::obj(base.add(i.c())),
                    ext.a(),
                    &kw,
                )?;
                kills(th, base, i, &[(KILL_B, i.b()), (KILL_C, i.c())]);
                result(th, base, i, v);
            }
            Op::ImportName => {
                let ext = *(*f).pc.sub(1);
                let name = Obj::ref_from(&(&*(*f).code).sites[i.b()].name);
                let from = (&*(*f).code).consts[ext.bc() as usize].clone();
                let v = ops::import_name(th, f, name, &from, ext.a())?;
                result(th, base, i, v);
            }
            Op::ImportFrom => {
                let name = Obj::ref_from(&(&*(*f).code).sites[i.c()].name);
                let v = ops::import_from(th, reg::obj(base.add(i.b())), name)?;
                result(th, base, i, v);
            }
            Op::ImportStar => {
                let ns = names::locals(th, f)?;
                ops::import_star(th, reg::obj(base.add(i.a())), &ns)?;
                kills(th, base, i, &[(KILL_A, i.a())]);
            }
            Op::SetupAnnotations => {
                names::setup_annotations(th, f)?;
            }
            Op::TypeVar => {
                let w = base.add(i.b());
                let eval = if i.c() == 1 || i.c() == 2 {
                    Some(reg::obj(w.add(1)))
                } else {
                    None
                };
                let v = ops::type_var(th, reg::obj(w), eval, i.c())?;
                if eval.is_some() {
                    kill(th, w.add(1));
                }
                kills(th, base, i, &[(KILL_B, i.b())]);
                result(th, base, i, v);
            }
            Op::TypeParamDefault => {
                ops::type_param_default(th, reg::obj(base.add(i.a())), reg::obj(base.add(i.b())))?;
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::TypeAlias => {
                let v = ops::type_alias(th, window_refs(base.add(i.b()), 3))?;
                reg::clear(th, base.add(i.b()), 3);
                result(th, base, i, v);
            }
            Op::SetTypeParams => {
                let v = reg::obj(base.add(i.b())).clone();
                reg::obj(base.add(i.a()))
                    .cast_unchecked::<Function>()
                    .type_params
                    .set(th, Some(v));
                kills(th, base, i, &[(KILL_B, i.b())]);
            }
            Op::PrintExpr => {
                ops::print_expr(th, reg::obj(base.add(i.a())))?;
                kills(th, base, i, &[(KILL_A, i.a())]);
            }
            Op::NewCell => {
                let c = th.alloc(Cell { v: Slot::empty() });
                set(th, base.add(i.a()), c.into_obj().into_value());
            }
            Op::LoadFreeCell => {
                let c = free_cell(f, i.b()).clone();
                result(th, base, i, c);
            }
            _ => return Err(th.system_error(format!("{} has no handler", op.name()))),
        }
        Ok(())
    }
}

/// The register's value: taken out where the instruction kills it, else counted.
#[inline(always)]
pub(super) unsafe fn take_or_copy(th: &Thread, killed: u8, p: *mut Value) -> Obj {
    // SAFETY: a full register of the running frame.
    unsafe {
        if killed != 0 {
            Obj::from_value(take(p))
        } else {
            inc(th, *p);
            Obj::from_value(*p)
        }
    }
}

/// A cell of the running function's closure.
#[inline(always)]
pub(super) unsafe fn free_cell<'a>(f: *mut Frame, n: usize) -> &'a Obj {
    // SAFETY: code with free variables runs in a function with a closure tuple of that many cells.
    unsafe {
        match (*(*f).func)
            .closure
            .as_ref()
            .and_then(|c| c.exact::<Tuple>())
        {
            Some(t) => &(*(t as *const crate::object::Py<Tuple>)).items()[n],
            None => unreachable!("MakeFunction gives a closure to code with free variables"),
        }
    }
}

/// The items of a window, borrowed.
unsafe fn window_refs<'a>(p: *mut Value, n: usize) -> &'a [Obj] {
    // SAFETY: full registers; `Obj` is a transparent word.
    unsafe { std::slice::from_raw_parts(p.cast::<Obj>(), n) }
}

pub(super) unsafe fn tuple_window(
    th: &Thread,
    p: *mut Value,
    n: usize,
) -> crate::runtime::error::Res {
    // SAFETY: full registers, emptied once the tuple has their references.
    unsafe {
        let words = std::slice::from_raw_parts(p, n);
        let t = th.tuple_of_words(words)?;
        for k in 0..n {
            *p.add(k) = Value::EMPTY;
        }
        Ok(t)
    }
}
