//! Instructions whose work is done elsewhere: in a second step of dispatch, so that the loop itself stays small.
//!
//! [`step`] is called with `(*f).pc` up to date, behind the Ext word where the instruction has one (L1 of `run`); the frame
//! on top is the same again afterwards.

use super::reg::{self, inc, kill, set, take};
use super::{matching, names, ops};
use crate::object::dict::Dict;
use crate::object::frame::Frame;
use crate::object::function::{Cell, Function};
use crate::object::tuple::Tuple;
use crate::object::{Obj, Slot, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;

/// Does one instruction whole: operands killed, result stored.
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
        macro_rules! r {
            ($n:expr) => {
                base.add($n)
            };
        }
        macro_rules! kills {
            ($i:ident, $($bit:ident $n:expr),*) => {
                if $i.k() != 0 {
                    $( if $i.k() & $bit != 0 { kill(th, base.add($n)); } )*
                }
            };
        }
        macro_rules! code {
            () => {
                (&*(*f).code)
            };
        }
        macro_rules! obj_result {
            ($i:ident, $v:expr) => {{
                let v: Obj = $v;
                set(th, r!($i.a()), v.into_value());
            }};
        }
        match op {
            Op::DeleteLocal => {
                if (*r!(i.a())).is_empty() {
                    return Err(ops::unbound_local(th, &code!().names[i.b()]));
                }
                let v = take(r!(i.a()));
                reg::dec(th, v);
            }
            Op::DeleteCell => {
                let old = reg::obj(r!(i.a()))
                    .cast_unchecked::<Cell>()
                    .v
                    .swap(th, None);
                if old.is_none() {
                    return Err(ops::unbound_local(th, &code!().names[i.b()]));
                }
                drop(old);
            }
            Op::DeleteFree => {
                let old = free_cell(f, i.a())
                    .cast_unchecked::<Cell>()
                    .v
                    .swap(th, None);
                if old.is_none() {
                    return Err(ops::unbound_free(th, code!(), i.a()));
                }
                drop(old);
            }
            Op::LoadDictOrCell => {
                let name = &code!().names[i.c()];
                let found = names::from_locals(th, f, name)?;
                let v = match found {
                    Some(v) => v,
                    None => match reg::obj(r!(i.b())).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(th.name_error(name)),
                    },
                };
                obj_result!(i, v);
            }
            Op::LoadDictOrFree => {
                let name = &code!().names[i.c()];
                let found = names::from_locals(th, f, name)?;
                let v = match found {
                    Some(v) => v,
                    None => match free_cell(f, i.b()).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(ops::unbound_free(th, code!(), i.b())),
                    },
                };
                obj_result!(i, v);
            }
            Op::LoadFromDictOrFree => {
                let name = &code!().names[code!().front.freevars[i.c()] as usize];
                let found = names::from_mapping(th, reg::obj(r!(i.b())), name)?;
                kills!(i, KILL_B i.b());
                let v = match found {
                    Some(v) => v,
                    None => match free_cell(f, i.c()).cast_unchecked::<Cell>().v.get() {
                        Some(v) => v,
                        None => return Err(ops::unbound_free(th, code!(), i.c())),
                    },
                };
                obj_result!(i, v);
            }
            Op::LoadFromDictOrGlobal => {
                let site = &code!().sites[i.c()];
                let name = Obj::ref_from(&site.name);
                let found = names::from_mapping(th, reg::obj(r!(i.b())), name)?;
                kills!(i, KILL_B i.b());
                let v = match found {
                    Some(v) => v,
                    None => names::load_global(th, f, site)?,
                };
                obj_result!(i, v);
            }
            Op::DeleteGlobal => {
                names::delete_global(th, f, &code!().sites[i.bc() as usize])?;
            }
            Op::DeleteName => {
                names::delete_name(th, f, &code!().sites[i.bc() as usize])?;
            }
            Op::LoadLocals => {
                let v = names::locals(th, f)?;
                obj_result!(i, v);
            }
            Op::LoadBuildClass => {
                let v = names::build_class(th, f)?;
                obj_result!(i, v);
            }
            Op::LoadAssertionError => {
                let t = th
                    .ty(crate::object::type_ids::TypeId::AssertionError)
                    .obj()
                    .clone();
                obj_result!(i, t);
            }
            Op::DeleteAttr => {
                let name = Obj::ref_from(&code!().sites[i.b()].name);
                th.delattr_obj(reg::obj(r!(i.a())), name)?;
                kills!(i, KILL_A i.a());
            }
            Op::LoadSuperAttr | Op::LoadSuperMethod => {
                let name = Obj::ref_from(&code!().sites[i.c()].name);
                let w = r!(i.b());
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
                set(th, r!(i.a()), m.into_value());
                if method {
                    set(th, r!(i.a() + 1), me.map_or(Value::EMPTY, Obj::into_value));
                }
            }
            Op::LoadSpecial => {
                let (m, me) = ops::load_special(th, reg::obj(r!(i.b())), i.c())?;
                kills!(i, KILL_B i.b());
                set(th, r!(i.a()), m.into_value());
                set(th, r!(i.a() + 1), me.map_or(Value::EMPTY, Obj::into_value));
            }
            Op::UnpackEx => {
                let items = ops::unpack_ex(th, reg::obj(r!(i.b())), i.c() & 0xFF, i.c() >> 8)?;
                kills!(i, KILL_B i.b());
                for (k, x) in items.into_iter().enumerate() {
                    set(th, r!(i.a() + k), x.into_value());
                }
            }
            Op::DelItem => {
                th.delitem(reg::obj(r!(i.a())), reg::obj(r!(i.b())))?;
                kills!(i, KILL_A i.a(), KILL_B i.b());
            }
            Op::BuildSet => {
                let v = ops::build_set(th, window_refs(r!(i.b()), i.c()))?;
                reg::clear(th, r!(i.b()), i.c());
                obj_result!(i, v);
            }
            Op::BuildDict => {
                let n = i.c() * 2;
                let v = ops::build_dict(th, window_refs(r!(i.b()), n))?;
                reg::clear(th, r!(i.b()), n);
                obj_result!(i, v);
            }
            Op::BuildSlice => {
                let w = r!(i.b());
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
                obj_result!(i, s.into_obj());
            }
            Op::ListExtend => {
                ops::list_extend(th, reg::obj(r!(i.a())), reg::obj(r!(i.b())))?;
                kills!(i, KILL_B i.b());
            }
            Op::ListToTuple => {
                let t = ops::list_to_tuple(th, reg::obj(r!(i.b())))?;
                kills!(i, KILL_B i.b());
                obj_result!(i, t);
            }
            Op::SetUpdate => {
                th.call_method(
                    reg::obj(r!(i.a())),
                    "update",
                    std::slice::from_ref(reg::obj(r!(i.b()))),
                )?;
                kills!(i, KILL_B i.b());
            }
            Op::DictUpdate => {
                ops::dict_update(th, reg::obj(r!(i.a())), reg::obj(r!(i.b())))?;
                kills!(i, KILL_B i.b());
            }
            Op::DictMerge => {
                ops::dict_merge(
                    th,
                    reg::obj(r!(i.a())),
                    reg::obj(r!(i.b())),
                    reg::obj(r!(i.c())),
                )?;
                kills!(i, KILL_B i.b());
            }
            Op::Convert => {
                let o = reg::obj(r!(i.b()));
                let v = match i.c() {
                    1 => th.to_str(o),
                    2 => th.repr(o),
                    _ => th.ascii(o),
                }?;
                kills!(i, KILL_B i.b());
                obj_result!(i, v.into_obj());
            }
            Op::Format => {
                let v = th.format(reg::obj(r!(i.b())), reg::obj(r!(i.c())))?;
                kills!(i, KILL_B i.b(), KILL_C i.c());
                obj_result!(i, v);
            }
            Op::BuildInterpolation => {
                let v = ops::build_interpolation(th, window_refs(r!(i.b()), 3), i.c())?;
                reg::clear(th, r!(i.b()), 3);
                obj_result!(i, v);
            }
            Op::BuildTemplate => {
                let v = ops::build_template(th, window_refs(r!(i.b()), 2))?;
                reg::clear(th, r!(i.b()), 2);
                obj_result!(i, v);
            }
            Op::MakeFunction => {
                let v = ops::make_function(th, f, i.b(), i.c(), r!(i.a() + 1))?;
                obj_result!(i, v);
            }
            Op::GetAwaitable => {
                let v = ops::get_awaitable(th, reg::obj(r!(i.b())), i.c())?;
                kills!(i, KILL_B i.b());
                obj_result!(i, v);
            }
            Op::MatchExc => {
                let t = matching::match_exception(th, reg::obj(r!(i.b())), reg::obj(r!(i.c())))?;
                kills!(i, KILL_B i.b(), KILL_C i.c());
                set(th, r!(i.a()), Value::from_bool(t));
            }
            Op::MatchEg => {
                let (m, rest) =
                    matching::match_group(th, reg::obj(r!(i.b())), reg::obj(r!(i.c())))?;
                kills!(i, KILL_B i.b(), KILL_C i.c());
                set(th, r!(i.a()), m.into_value());
                set(th, r!(i.a() + 1), rest.into_value());
            }
            Op::ExcArgs => {
                let e = reg::obj(r!(i.b()));
                let tb = th
                    .getattr_opt(e, "__traceback__")
                    .ok()
                    .flatten()
                    .unwrap_or(Obj::NONE);
                let (t, e) = (th.type_of(e).obj().clone(), e.clone());
                kills!(i, KILL_B i.b());
                set(th, r!(i.a()), t.into_value());
                set(th, r!(i.a() + 1), e.into_value());
                set(th, r!(i.a() + 2), tb.into_value());
            }
            Op::StopIterToRuntime => {
                let e = matching::stop_iter_to_runtime(th, code!(), reg::obj(r!(i.a())));
                if let Some(e) = e {
                    set(th, r!(i.a()), e.into_value());
                }
            }
            Op::MatchClass => {
                let ext = *(*f).pc.sub(1);
                let kw = code!().consts[ext.bc() as usize].clone();
                let v = matching::match_class(
                    th,
                    reg::obj(r!(i.b())),
                    reg::obj(r!(i.c())),
                    ext.a(),
                    &kw,
                )?;
                kills!(i, KILL_B i.b(), KILL_C i.c());
                obj_result!(i, v);
            }
            Op::ImportName => {
                let ext = *(*f).pc.sub(1);
                let name = Obj::ref_from(&code!().sites[i.b()].name);
                let from = code!().consts[ext.bc() as usize].clone();
                let v = ops::import_name(th, f, name, &from, ext.a())?;
                obj_result!(i, v);
            }
            Op::ImportFrom => {
                let name = Obj::ref_from(&code!().sites[i.c()].name);
                let v = ops::import_from(th, reg::obj(r!(i.b())), name)?;
                obj_result!(i, v);
            }
            Op::ImportStar => {
                let ns = names::locals(th, f)?;
                ops::import_star(th, reg::obj(r!(i.a())), &ns)?;
                kills!(i, KILL_A i.a());
            }
            Op::SetupAnnotations => {
                names::setup_annotations(th, f)?;
            }
            Op::TypeVar => {
                let w = r!(i.b());
                let eval = if i.c() == 1 || i.c() == 2 {
                    Some(reg::obj(w.add(1)))
                } else {
                    None
                };
                let v = ops::type_var(th, reg::obj(w), eval, i.c())?;
                if eval.is_some() {
                    kill(th, w.add(1));
                }
                kills!(i, KILL_B i.b());
                obj_result!(i, v);
            }
            Op::TypeParamDefault => {
                ops::type_param_default(th, reg::obj(r!(i.a())), reg::obj(r!(i.b())))?;
                kills!(i, KILL_B i.b());
            }
            Op::TypeAlias => {
                let v = ops::type_alias(th, window_refs(r!(i.b()), 3))?;
                reg::clear(th, r!(i.b()), 3);
                obj_result!(i, v);
            }
            Op::SetTypeParams => {
                let v = reg::obj(r!(i.b())).clone();
                reg::obj(r!(i.a()))
                    .cast_unchecked::<Function>()
                    .type_params
                    .set(th, Some(v));
                kills!(i, KILL_B i.b());
            }
            Op::PrintExpr => {
                ops::print_expr(th, reg::obj(r!(i.a())))?;
                kills!(i, KILL_A i.a());
            }
            Op::BuildString => {
                let v = ops::build_string(th, window_refs(r!(i.b()), i.c()))?;
                reg::clear(th, r!(i.b()), i.c());
                obj_result!(i, v);
            }
            Op::GetSlice => {
                let w = r!(i.c());
                let v = ops::get_slice(th, reg::obj(r!(i.b())), reg::obj(w), reg::obj(w.add(1)))?;
                reg::clear(th, w, 2);
                kills!(i, KILL_B i.b());
                obj_result!(i, v);
            }
            Op::SetSlice => {
                let w = r!(i.c());
                ops::set_slice(
                    th,
                    reg::obj(r!(i.a())),
                    reg::obj(w),
                    reg::obj(w.add(1)),
                    reg::obj(r!(i.b())),
                )?;
                reg::clear(th, w, 2);
                kills!(i, KILL_A i.a(), KILL_B i.b());
            }
            Op::StoreCell => {
                let v = take_or_copy(th, i, KILL_B, r!(i.b()));
                reg::obj(r!(i.a()))
                    .cast_unchecked::<Cell>()
                    .v
                    .set(th, Some(v));
            }
            Op::StoreFree => {
                let v = take_or_copy(th, i, KILL_B, r!(i.b()));
                free_cell(f, i.a())
                    .cast_unchecked::<Cell>()
                    .v
                    .set(th, Some(v));
            }
            Op::MakeCell => {
                let v = Obj::from_value_opt(take(r!(i.a())));
                let c = th.alloc(Cell { v: Slot::new(v) });
                *r!(i.a()) = c.into_obj().into_value();
            }
            Op::NewCell => {
                let c = th.alloc(Cell { v: Slot::empty() });
                set(th, r!(i.a()), c.into_obj().into_value());
            }
            Op::LoadFreeCell => {
                let c = free_cell(f, i.b()).clone();
                obj_result!(i, c);
            }
            Op::LoadName => {
                let v = names::load_name(th, f, &code!().sites[i.bc() as usize])?;
                obj_result!(i, v);
            }
            Op::StoreName => {
                let v = take_or_copy(th, i, KILL_A, r!(i.a()));
                names::store_name(th, f, &code!().sites[i.bc() as usize], v)?;
            }
            Op::StoreGlobal => {
                let site = &code!().sites[i.bc() as usize];
                let v = take_or_copy(th, i, KILL_A, r!(i.a()));
                names::store_global(th, f, site, v)?;
            }
            Op::SetAdd => {
                ops::set_add(th, reg::obj(r!(i.a())), reg::obj(r!(i.b())))?;
                kills!(i, KILL_B i.b());
            }
            Op::DictSet => {
                let x = reg::obj(r!(i.c())).clone();
                reg::obj(r!(i.a())).cast_unchecked::<Dict>().set_item(
                    th,
                    reg::obj(r!(i.b())),
                    x,
                )?;
                kills!(i, KILL_B i.b(), KILL_C i.c());
            }
            Op::FormatPlain => {
                let v = th.format(reg::obj(r!(i.b())), &th.empty_str())?;
                kills!(i, KILL_B i.b());
                obj_result!(i, v);
            }
            Op::PushExc => {
                let old = (*f).exc;
                if old.is_empty() {
                    th.handling.set(th.handling.get() + 1);
                }
                // A borrowed word of an exception that an outer handler's register keeps alive.
                inc(th, old);
                set(th, r!(i.a() + 1), old);
                (*f).exc = *r!(i.a());
            }
            Op::PopExc => {
                let old = *r!(i.a() + 1);
                (*f).exc = old;
                if old.is_empty() {
                    th.handling.set(th.handling.get() - 1);
                }
                kill(th, r!(i.a() + 1));
                kill(th, r!(i.a()));
            }
            _ => return Err(th.system_error(format!("{} has no handler", op.name()))),
        }
        Ok(())
    }
}

/// The register's value: taken out where the instruction kills it, else counted.
#[inline(always)]
pub(super) unsafe fn take_or_copy(th: &Thread, i: Instr, bit: u8, p: *mut Value) -> Obj {
    // SAFETY: a full register of the running frame.
    unsafe {
        if i.k() & bit != 0 {
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
