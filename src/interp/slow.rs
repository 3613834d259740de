//! What the handlers of the loop do off their fast paths: each function does the whole of its instruction, operands
//! killed and result stored. Out of line, so that the loop keeps its state in registers.
//!
//! Each is called with `(*f).pc` up to date (L1 of `run`); the frame on top is the same again afterwards.

use super::reg::{self, kill, set};
use super::{attr, ops};
use crate::builtins::descriptors;
use crate::object::cache::Found;
use crate::object::code::Site;
use crate::object::exception::BaseException;
use crate::object::iters::{ListIter, TupleIter};
use crate::object::list::List;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::tuple::Tuple;
use crate::object::{Native, Obj, Py, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_threads::header::Header;
use threadsnake_threads::refcount;

type Done = Result<(), Exc>;

/// Kills the operands b and c that the instruction kills.
#[inline(always)]
unsafe fn kill_bc(th: &Thread, base: *mut Value, i: Instr) {
    // SAFETY: registers of the running frame.
    unsafe {
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        if i.k() & KILL_C != 0 {
            kill(th, base.add(i.c()));
        }
    }
}

#[inline(always)]
unsafe fn finish(th: &Thread, base: *mut Value, i: Instr, v: Obj) -> Done {
    // SAFETY: registers of the running frame.
    unsafe {
        kill_bc(th, base, i);
        set(th, base.add(i.a()), v.into_value());
    }
    Ok(())
}

/// `R[a] = R[b] OP R[c]`
///
/// # Safety
/// `base` is that of the running frame, `i` its instruction; see the module's head. So for all of this file.
#[inline(never)]
pub unsafe fn binary(th: &Thread, base: *mut Value, i: Instr, op: BinOp) -> Done {
    // SAFETY: the caller's promise: full registers.
    unsafe {
        let v = th.binary(op, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        finish(th, base, i, v)
    }
}

/// `R[a] = R[b] OP= R[c]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn inplace(th: &Thread, base: *mut Value, i: Instr, op: BinOp) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let v = th.inplace(op, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        finish(th, base, i, v)
    }
}

/// `R[a] = R[b] OP I[c]`, in place where kill bit c is set.
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn imm(th: &Thread, base: *mut Value, i: Instr, op: BinOp) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let y = Obj::small_int(i.sc() as i64);
        let x = reg::obj(base.add(i.b()));
        let v = if i.k() & KILL_C != 0 {
            th.inplace(op, x, &y)?
        } else {
            th.binary(op, x, &y)?
        };
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        set(th, base.add(i.a()), v.into_value());
        Ok(())
    }
}

/// `R[a] = f(R[b], R[c])`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn with2(
    th: &Thread,
    base: *mut Value,
    i: Instr,
    f: fn(&Thread, &Obj, &Obj) -> Res,
) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let v = f(th, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        finish(th, base, i, v)
    }
}

/// `R[a] = f(R[b])`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn with1(th: &Thread, base: *mut Value, i: Instr, f: fn(&Thread, &Obj) -> Res) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let v = f(th, reg::obj(base.add(i.b())))?;
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        set(th, base.add(i.a()), v.into_value());
        Ok(())
    }
}

/// `R[a] = iter(R[b])`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn get_iter(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let src = base.add(i.b());
        let o = reg::obj(src);
        let shape = o.shape_id();
        let it = if shape == List::SHAPE {
            th.alloc(ListIter::new(o.clone(), 0)).into_obj()
        } else if shape == Tuple::SHAPE {
            th.alloc(TupleIter::new(o.clone(), 0)).into_obj()
        } else {
            th.iter(o)?
        };
        if i.k() & KILL_B != 0 {
            kill(th, src);
        }
        set(th, base.add(i.a()), it.into_value());
        Ok(())
    }
}

/// `R[a] = R[b][R[c]]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn getitem(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let v = ops::getitem(th, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())))?;
        finish(th, base, i, v)
    }
}

/// `R[a] = R[b] OP R[c]`, a comparison.
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn compare(th: &Thread, base: *mut Value, i: Instr, op: CmpOp) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let v = ops::compare(th, reg::obj(base.add(i.b())), reg::obj(base.add(i.c())), op)?;
        finish(th, base, i, v)
    }
}

/// `bool(R[a] OP R[b])`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn compare_jump(
    th: &Thread,
    base: *mut Value,
    i: Instr,
    op: CmpOp,
) -> Result<bool, Exc> {
    // SAFETY: as `binary`.
    unsafe {
        let v = ops::compare_bool(th, reg::obj(base.add(i.a())), reg::obj(base.add(i.b())), op)?;
        if i.k() & KILL_A != 0 {
            kill(th, base.add(i.a()));
        }
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        Ok(v)
    }
}

/// `bool(R[a] OP I[b])`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn compare_jump_imm(
    th: &Thread,
    base: *mut Value,
    i: Instr,
    op: CmpOp,
) -> Result<bool, Exc> {
    // SAFETY: as `binary`.
    unsafe {
        let y = Obj::small_int(i.sb() as i64);
        let v = ops::compare_bool(th, reg::obj(base.add(i.a())), &y, op)?;
        if i.k() & KILL_A != 0 {
            kill(th, base.add(i.a()));
        }
        Ok(v)
    }
}

/// `bool(*p)`, killed where `killed`.
///
/// # Safety
/// `p` is a full register of the running frame.
#[inline(never)]
pub unsafe fn truthy(th: &Thread, p: *mut Value, killed: bool) -> Result<bool, Exc> {
    // SAFETY: the caller's promise.
    unsafe {
        let t = ops::truthy(th, reg::obj(p))?;
        if killed {
            kill(th, p);
        }
        Ok(t)
    }
}

/// `R[b] in R[c]`, operands killed.
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn contains(th: &Thread, base: *mut Value, i: Instr) -> Result<bool, Exc> {
    // SAFETY: as `binary`.
    unsafe {
        let t = ops::contains(th, reg::obj(base.add(i.c())), reg::obj(base.add(i.b())))?;
        kill_bc(th, base, i);
        Ok(t)
    }
}

/// `R[a] = R[b][I[c]]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn getitem_imm(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let k = Obj::small_int(i.sc() as i64);
        let v = ops::getitem(th, reg::obj(base.add(i.b())), &k)?;
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        set(th, base.add(i.a()), v.into_value());
        Ok(())
    }
}

/// `R[a][R[b]] = R[c]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn setitem(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        ops::setitem(
            th,
            reg::obj(base.add(i.a())),
            reg::obj(base.add(i.b())),
            reg::obj(base.add(i.c())),
        )?;
        if i.k() & KILL_A != 0 {
            kill(th, base.add(i.a()));
        }
        kill_bc(th, base, i);
        Ok(())
    }
}

/// `R[a..a+c] = the c items of R[b]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn unpack(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`; each word that is stored owns its reference.
    unsafe {
        let n = i.c();
        let src = base.add(i.b());
        let o = reg::obj(src);
        if o.is_exact::<Tuple>() && o.cast_unchecked::<Tuple>().len() == n {
            let v = *src;
            let items = o.cast_unchecked::<Tuple>().items().as_ptr().cast::<Value>();
            if i.k() & KILL_B != 0 {
                *src = Value::EMPTY;
                let h = &*(v.0 as *const Header);
                if refcount::is_uniquely_owned(h, th.rec()) {
                    // Nobody else has the tuple: its items move out and only its memory is left.
                    for k in 0..n {
                        set(th, base.add(i.a() + k), *items.add(k));
                    }
                    th.free_tuple_shell(v, n);
                    return Ok(());
                }
            } else {
                reg::inc_ptr(th, v);
            }
            // The tuple is held until its items are counted, whatever the registers held before.
            for k in 0..n {
                let x = *items.add(k);
                reg::inc(th, x);
                set(th, base.add(i.a() + k), x);
            }
            reg::dec_ptr(th, v);
            return Ok(());
        }
        unpack_other(th, base, i)
    }
}

/// [`unpack`] of anything but a tuple of as many items.
///
/// # Safety
/// As [`binary`].
#[inline(never)]
unsafe fn unpack_other(th: &Thread, base: *mut Value, i: Instr) -> Done {
    // SAFETY: as `binary`; each word that is stored owns its reference.
    unsafe {
        let n = i.c();
        let src = base.add(i.b());
        let o = reg::obj(src);
        let mut few = [Value::EMPTY; FEW];
        if o.is_exact::<List>()
            && n <= FEW
            && items_of(th, o.cast_unchecked::<List>(), &mut few[..n])
        {
            put_unpacked(th, base, i, &few[..n]);
            return Ok(());
        }
        let words: SmallVec<[Value; FEW]> = ops::unpack(th, o, n)?
            .into_iter()
            .map(Obj::into_value)
            .collect();
        put_unpacked(th, base, i, &words);
        Ok(())
    }
}

/// So many items are unpacked without memory for them.
const FEW: usize = 16;

/// The items of a list, each with a reference, if there are as many as room for them.
#[inline(always)]
fn items_of(th: &Thread, l: &Py<List>, room: &mut [Value]) -> bool {
    let _guard = th.lock_briefly(l.head());
    if l.len() != room.len() {
        return false;
    }
    for (k, place) in room.iter_mut().enumerate() {
        *place = l.raw_at(k);
        // SAFETY: O2.
        unsafe { reg::inc(th, *place) };
    }
    true
}

/// Stores what was unpacked.
///
/// # Safety
/// As [`binary`]; the words own references.
#[inline(always)]
unsafe fn put_unpacked(th: &Thread, base: *mut Value, i: Instr, words: &[Value]) {
    // SAFETY: the caller's promise.
    unsafe {
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        for (k, x) in words.iter().enumerate() {
            set(th, base.add(i.a() + k), *x);
        }
    }
}

/// What an attribute load off the fastest path came to.
pub enum Loaded {
    /// It is done.
    Done,
    /// A property's getter, a Python function: to be called with R[b].
    Getter(Obj),
}

/// `R[a] = R[b].name`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn load_attr(
    th: &Thread,
    base: *mut Value,
    i: Instr,
    site: &Site,
) -> Result<Loaded, Exc> {
    // SAFETY: as `binary`.
    unsafe {
        let src = base.add(i.b());
        let v = *src;
        if v.is_ptr() {
            if let Some(e) = attr::find(site, reg::obj(src).shape_id()) {
                if let Some(x) = attr::load_entry(th, v, e) {
                    if i.k() & KILL_B != 0 {
                        kill(th, src);
                    }
                    set(th, base.add(i.a()), x);
                    return Ok(Loaded::Done);
                }
                match (e.found, &e.value) {
                    (Found::Property, Some(getter)) => {
                        return Ok(Loaded::Getter(getter.clone()));
                    }
                    (Found::Descriptor, Some(d)) => {
                        if let Some(get) = descriptors::native_getter(d) {
                            let x = get(th, reg::obj(src))?;
                            if i.k() & KILL_B != 0 {
                                kill(th, src);
                            }
                            set(th, base.add(i.a()), x.into_value());
                            return Ok(Loaded::Done);
                        }
                    }
                    _ => {}
                }
            }
        }
        let x = attr::load_slow(th, site, reg::obj(src))?;
        if i.k() & KILL_B != 0 {
            kill(th, src);
        }
        set(th, base.add(i.a()), x.into_value());
        Ok(Loaded::Done)
    }
}

/// `R[a].name = R[b]`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn store_attr(th: &Thread, base: *mut Value, i: Instr, site: &Site) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let dst = base.add(i.a());
        let src = base.add(i.b());
        let v = *dst;
        let entry = if v.is_ptr() {
            attr::find(site, reg::obj(dst).shape_id())
        } else {
            None
        };
        match entry {
            Some(e) => {
                let x = if i.k() & KILL_B != 0 {
                    reg::take(src)
                } else {
                    reg::inc(th, *src);
                    *src
                };
                if let Err(x) = attr::store_cached(th, v, e, x) {
                    let x = Obj::from_value(x);
                    attr::store_slow(th, site, reg::obj(dst), &x)?;
                }
            }
            None => {
                attr::store_slow(th, site, reg::obj(dst), reg::obj(src))?;
                if i.k() & KILL_B != 0 {
                    kill(th, src);
                }
            }
        }
        if i.k() & KILL_A != 0 {
            kill(th, dst);
        }
        Ok(())
    }
}

/// `R[a], R[a+1] = method R[b].name`
///
/// # Safety
/// As [`binary`].
#[inline(never)]
pub unsafe fn load_method(th: &Thread, base: *mut Value, i: Instr, site: &Site) -> Done {
    // SAFETY: as `binary`.
    unsafe {
        let src = base.add(i.b());
        let v = *src;
        let mut quick = None;
        if v.is_ptr() {
            if let Some(e) = attr::find(site, reg::obj(src).shape_id()) {
                quick = attr::load_entry(th, v, e);
            }
        }
        let (m, me) = match quick {
            Some(x) => (x, Value::EMPTY),
            None => {
                let (m, me) = attr::method_slow(th, site, reg::obj(src))?;
                (m.into_value(), me.map_or(Value::EMPTY, Obj::into_value))
            }
        };
        if i.k() & KILL_B != 0 {
            kill(th, src);
        }
        set(th, base.add(i.a()), m);
        set(th, base.add(i.a() + 1), me);
        Ok(())
    }
}

/// What a raised exception is, and whether it gets a traceback entry here: one that is raised again does not.
pub fn again(th: &Thread, e: Obj) -> (Exc, bool) {
    match e.into_py::<BaseException>() {
        Ok(e) => (Exc(e), false),
        Err(_) => {
            let e = th.system_error("reraise of something that is no exception");
            (e, true)
        }
    }
}

/// `Raise`: as [`again`].
///
/// # Safety
/// As [`binary`].
pub unsafe fn raise(th: &Thread, base: *mut Value, i: Instr) -> (Exc, bool) {
    // SAFETY: as `binary`.
    unsafe {
        if i.c() == 0 {
            return match super::api::handled_exception(th) {
                // As in CPython, no further traceback entry.
                Some(e) => again(th, e),
                None => (th.runtime_error("No active exception to reraise"), true),
            };
        }
        let cause = (i.c() == 2).then(|| reg::obj(base.add(i.b())));
        let e = super::unwind::make_exception(th, reg::obj(base.add(i.a())), cause);
        for (bit, r) in [(KILL_A, i.a()), (KILL_B, i.b())] {
            if i.k() & bit != 0 {
                kill(th, base.add(r));
            }
        }
        (e, true)
    }
}

/// The instance that a call of a class has made, `me`, now that its `__init__` has returned `v`; both owned.
///
/// # Errors
/// `v` is not None.
///
/// # Safety
/// Both words are owned by the caller.
#[inline(always)]
pub unsafe fn made(th: &Thread, me: Value, v: Value) -> Result<Value, Exc> {
    if v == Value::NONE {
        return Ok(me);
    }
    // SAFETY: the caller's promise.
    let v = unsafe {
        reg::dec(th, me);
        Obj::from_value(v)
    };
    let name = th.type_name(&v);
    Err(th.type_error(format!("__init__() should return None, not '{name}'")))
}
