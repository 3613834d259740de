//! Functions that compiled code calls: `extern "C"`, the thread record first. They never unwind: a panic becomes a Python
//! SystemError (our bug), and a raised exception is left in `ThreadJit::raised` while the result is empty.
//!
//! Values passed are borrowed unless said otherwise; a value returned owns its reference.

pub mod classes;
pub mod exceptions;
pub mod imports;
pub mod iterate;
pub mod lookups;
pub mod slices;
pub mod sums;

use crate::builtins::descriptors;
use crate::interp::call::{call_in_place, call_python};
use crate::interp::{ops, reg};
use crate::modules::array::Array;
use crate::object::bytes::Bytes;
use crate::object::def::NativeFn;
use crate::object::dict::Dict;
use crate::object::function::{Function, MethodDescriptor};
use crate::object::list::List;
use crate::object::set::{FrozenSet, Set, SetRef};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::record::ThreadRecord;
use threadsnake_threads::refcount::{self, ZeroState};
use threadsnake_threads::sync::atomic::Ordering;

/// The thread that the record belongs to.
///
/// # Safety
/// The record of the calling thread.
#[inline(always)]
unsafe fn thread<'a>(rec: *const ThreadRecord) -> &'a Thread {
    // SAFETY: `vm` of an attached thread's record is its `Thread`.
    unsafe { &*(*rec).vm.load(Ordering::Relaxed).cast::<Thread>() }
}

/// Runs a helper's body; an exception or a panic is noted, and the result empty.
#[inline(always)]
fn guarded(th: &Thread, f: impl FnOnce() -> Res<Value>) -> u64 {
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    match r {
        Ok(Ok(v)) => v.0,
        Ok(Err(e)) => noted(th, e),
        Err(_) => noted(th, th.system_error("a helper of compiled code panicked")),
    }
}

/// See [`guarded`].
#[cold]
#[inline(never)]
fn noted(th: &Thread, e: Exc) -> u64 {
    crate::interp::unwind::contextualise(th, &e);
    *th.jit.raised.borrow_mut() = Some(e);
    Value::EMPTY.0
}

/// A word as a reference.
///
/// # Safety
/// Not empty; alive while used.
unsafe fn obj(v: &u64) -> &Obj {
    // SAFETY: `Value` is a transparent word.
    unsafe { reg::obj((v as *const u64).cast::<Value>()) }
}

/// See `RuntimeCalls::zero`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn zero(rec: *const ThreadRecord, o: *const Header) {
    // SAFETY: the calling thread's record; a live object.
    unsafe {
        if refcount::dec_cold(&*o, &*rec) == ZeroState::Zero {
            let r = std::panic::catch_unwind(|| crate::object::destroy::destroy(&*o));
            debug_assert!(r.is_ok());
        }
    }
}

/// See `RuntimeCalls::incref_shared`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn incref_shared(rec: *const ThreadRecord, o: *const Header) {
    // SAFETY: the calling thread's record; a readable object.
    unsafe { refcount::inc_other(&*o, &*rec) }
}

/// See `RuntimeCalls::decref_shared`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn decref_shared(rec: *const ThreadRecord, o: *const Header) {
    // SAFETY: the calling thread's record; the caller owned a reference.
    unsafe {
        if refcount::dec_other(&*o, &*rec) == ZeroState::Zero {
            let r = std::panic::catch_unwind(|| crate::object::destroy::destroy(&*o));
            debug_assert!(r.is_ok());
        }
    }
}

/// See `RuntimeCalls::publish`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn publish(_rec: *const ThreadRecord, o: u64) {
    // SAFETY: a live object.
    unsafe { crate::object::rc::publish(Value(o)) };
}

/// See `RuntimeCalls::alloc`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn alloc(rec: *const ThreadRecord, size: u64, shape_flags: u64) -> u64 {
    // SAFETY: the calling thread's record.
    let th = unsafe { thread(rec) };
    th.raw_sized(shape_flags as u32, size as usize)
        .map_or(0, |p| p.as_ptr() as u64)
}

/// A binary operator of the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// One with a slot of its own.
    Of(BinOp),
    /// `**`
    Pow,
}

/// The operators that `binary` knows, by number.
pub const OPERATORS: [Operator; 13] = [
    Operator::Of(BinOp::Add),
    Operator::Of(BinOp::Sub),
    Operator::Of(BinOp::Mul),
    Operator::Of(BinOp::TrueDiv),
    Operator::Of(BinOp::FloorDiv),
    Operator::Of(BinOp::Mod),
    Operator::Of(BinOp::MatMul),
    Operator::Of(BinOp::LShift),
    Operator::Of(BinOp::RShift),
    Operator::Of(BinOp::And),
    Operator::Of(BinOp::Or),
    Operator::Of(BinOp::Xor),
    Operator::Pow,
];

/// `a OP b`, in place where bit 8 of `op` is set.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn binary(rec: *const ThreadRecord, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: live values.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    guarded(th, || {
        let Some(o) = OPERATORS.get(op as usize & 255) else {
            return Err(th.system_error("an operator without a number"));
        };
        let v = match (*o, op & 256 != 0) {
            (Operator::Pow, true) => th.ipow(a, b)?,
            (Operator::Pow, false) => th.pow(a, b, &Obj::NONE)?,
            (Operator::Of(o), true) => th.inplace(o, a, b)?,
            (Operator::Of(o), false) => th.binary(o, a, b)?,
        };
        Ok(v.into_value())
    })
}

/// Comparison operators by number.
pub const CMPOPS: [CmpOp; 6] = [
    CmpOp::Lt,
    CmpOp::Le,
    CmpOp::Eq,
    CmpOp::Ne,
    CmpOp::Gt,
    CmpOp::Ge,
];

/// `a OP b`; as a truth value where bit 8 of `op` is set.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn compare(rec: *const ThreadRecord, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: live values.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    guarded(th, || {
        let o = CMPOPS[op as usize & 7];
        if op & 256 != 0 {
            return Ok(Value::from_bool(ops::compare_bool(th, a, b, o)?));
        }
        Ok(ops::compare(th, a, b, o)?.into_value())
    })
}

/// Operators of one operand, by number: `-x`, `+x`, `~x`, `iter(x)`, `bool(x)`, `str(x)`, `repr(x)`, `format(x)`, the tuple
/// of a list, `len(x)`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn unary(rec: *const ThreadRecord, a: u64, op: u64) -> u64 {
    // SAFETY: a live value.
    let (th, a) = unsafe { (thread(rec), obj(&a)) };
    guarded(th, || {
        let v = match op {
            0 => th.unary_neg(a)?,
            1 => th.unary_pos(a)?,
            2 => th.unary_invert(a)?,
            3 => th.iter(a)?,
            4 => return Ok(Value::from_bool(ops::truthy(th, a)?)),
            5 => th.to_str(a)?.into_obj(),
            6 => th.repr(a)?.into_obj(),
            7 => th.format(a, &th.empty_str())?,
            8 => {
                let l = a.exact::<List>();
                let items = l.map(|l| l.to_vec(th)).unwrap_or_default();
                th.tuple(items)?
            }
            9 => th.uint(th.len(a)? as u64),
            _ => return Err(th.system_error("an operator without a number")),
        };
        Ok(v.into_value())
    })
}

/// `o[k]`
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn getitem(rec: *const ThreadRecord, o: u64, k: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, k) = unsafe { (thread(rec), obj(&o), obj(&k)) };
    guarded(th, || Ok(ops::getitem(th, o, k)?.into_value()))
}

/// `o[k] = v`; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn setitem(rec: *const ThreadRecord, o: u64, k: u64, v: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, k, v) = unsafe { (thread(rec), obj(&o), obj(&k), obj(&v)) };
    guarded(th, || {
        ops::setitem(th, o, k, v)?;
        Ok(Value::NONE)
    })
}

/// `o[a:b]`
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn getslice(rec: *const ThreadRecord, o: u64, a: u64, b: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, a, b) = unsafe { (thread(rec), obj(&o), obj(&a), obj(&b)) };
    guarded(th, || Ok(ops::get_slice(th, o, a, b)?.into_value()))
}

/// `o[a:b] = v`; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn setslice(rec: *const ThreadRecord, o: u64, a: u64, b: u64, v: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, a, b, v) = unsafe { (thread(rec), obj(&o), obj(&a), obj(&b), obj(&v)) };
    guarded(th, || {
        ops::set_slice(th, o, a, b, v)?;
        Ok(Value::NONE)
    })
}

/// `k in o`, as a truth value.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn contains(rec: *const ThreadRecord, o: u64, k: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, k) = unsafe { (thread(rec), obj(&o), obj(&k)) };
    guarded(th, || Ok(Value::from_bool(ops::contains(th, o, k)?)))
}

/// `list.append(v)` of an exact list; takes over `v` where it does not raise; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn append(rec: *const ThreadRecord, l: u64, v: u64) -> u64 {
    // SAFETY: an exact list; an owned value.
    let (th, l, v) = unsafe { (thread(rec), obj(&l), Obj::from_value(Value(v))) };
    guarded(th, || {
        let mine = v.clone();
        // SAFETY: the caller has checked the type.
        let done = unsafe { l.cast_unchecked::<List>() }.push(th, v);
        if done.is_err() {
            // The caller keeps its reference.
            mine.into_value();
        }
        done.map(|()| Value::NONE)
    })
}

/// `list[i] = v` for an exact list in Multi; takes over `v` and gives what was there, owned, or empty where `i` is out of
/// range (then `v` was not taken).
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn swap_item(rec: *const ThreadRecord, l: u64, i: u64, v: u64) -> u64 {
    // SAFETY: an exact list; an owned value.
    let (th, l, v) = unsafe { (thread(rec), obj(&l), Obj::from_value(Value(v))) };
    // SAFETY: the caller has checked the type.
    match unsafe { l.cast_unchecked::<List>() }.swap(th, i as usize, v) {
        Ok(old) => old.into_value().0,
        Err(v) => {
            v.into_value();
            0
        }
    }
}

/// `array[i] = word` for an `array.array` of plain items in Multi; gives `None`, or empty where `i` is out of range.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn set_number(rec: *const ThreadRecord, a: u64, i: u64, word: u64) -> u64 {
    // SAFETY: an array, says the caller.
    let (th, a) = unsafe { (thread(rec), obj(&a).cast_unchecked::<Array>()) };
    match a.set(th, i as usize, word) {
        true => Value::NONE.0,
        false => 0,
    }
}

/// Stores into an inline attribute slot in Multi: takes over `v` and gives what was there, owned, or empty where the object
/// has another shape by now (then `v` was not taken). `place`: offset in the low half, shape in the high half.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn swap_slot(rec: *const ThreadRecord, o: u64, place: u64, v: u64) -> u64 {
    // SAFETY: a live object; the slot is one of its shape, which is checked under the lock.
    unsafe {
        let th = thread(rec);
        let (off, shape) = (place as u32, (place >> 32) as u32);
        crate::interp::attr::swap_slot(th, Value(o), off, shape, None, Value(v)).0
    }
}

/// Adds an attribute in Multi: as [`swap_slot`], and the object moves to another shape; gives `None`, or empty where it has
/// another shape by now. `place`: offset / 8 in bits 0 to 7, old shape in 8 to 35, new shape from 36.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn add_slot(rec: *const ThreadRecord, o: u64, place: u64, v: u64) -> u64 {
    let (off, old) = ((place & 255) as u32 * 8, (place >> 8) as u32 & 0xFFF_FFFF);
    // SAFETY: a live object; the slot is one of its shape, which is checked under the lock.
    unsafe {
        let th = thread(rec);
        let new = Some((place >> 36) as u32);
        crate::interp::attr::swap_slot(th, Value(o), off, old, new, Value(v)).0
    }
}

/// A tuple of the `n` values at `p`, which it takes over; the words at `p` are empty afterwards.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn tuple(rec: *const ThreadRecord, p: *mut Value, n: u64) -> u64 {
    // SAFETY: `n` owned words.
    unsafe {
        let th = thread(rec);
        let words = std::slice::from_raw_parts(p, n as usize);
        let r = guarded(th, || Ok(th.tuple_of_words(words)?.into_value()));
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// A list of the `n` values at `p`, which it takes over; the words at `p` are empty afterwards.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn list(rec: *const ThreadRecord, p: *mut Value, n: u64) -> u64 {
    // SAFETY: `n` owned words.
    unsafe {
        let th = thread(rec);
        let r = guarded(th, || {
            let l = crate::object::list::list_of_words(th, p, n as usize)?;
            Ok(l.into_obj().into_value())
        });
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// Calls `f` with the `n` values at `p`, all borrowed; the words at `p` are empty afterwards.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn call(rec: *const ThreadRecord, f: u64, p: *mut Value, n: u64) -> u64 {
    // SAFETY: live values.
    unsafe {
        let (th, f) = (thread(rec), obj(&f));
        let args = std::slice::from_raw_parts(p.cast::<Obj>(), n as usize);
        let r = guarded(th, || {
            let r = match f.is_exact::<Function>() {
                true => call_python(th, f, CallArgs::pos(args))?,
                false => call_native(th, f, args)?,
            };
            Ok(r.into_value())
        });
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// Calls the simple Python function `f` with its arguments at `p`, as many as it has parameters, where they become its
/// registers: they are taken over.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn call_known(rec: *const ThreadRecord, f: u64, p: *mut Value) -> u64 {
    // SAFETY: a function that the code keeps alive; owned values, behind which nothing is in use.
    unsafe {
        let (th, f) = (thread(rec), obj(&f));
        guarded(th, || {
            let f = f.cast_unchecked::<Function>();
            Ok(call_in_place(th, f, p)?.into_value())
        })
    }
}

/// As [`call`], the last of the values being keyword arguments of these names, a tuple.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn call_kw(
    rec: *const ThreadRecord,
    f: u64,
    p: *mut Value,
    n: u64,
    names: u64,
) -> u64 {
    // SAFETY: live values.
    unsafe {
        let (th, f, names) = (thread(rec), obj(&f), obj(&names));
        let args = std::slice::from_raw_parts(p.cast::<Obj>(), n as usize);
        let kwnames = names.exact::<Tuple>().map_or(&[][..], |t| t.items());
        let r = guarded(th, || {
            let args = CallArgs { all: args, kwnames };
            if let Some(m) = f.exact::<MethodDescriptor>() {
                return Ok(descriptors::call_method(th, m, args)?.into_value());
            }
            Ok(th.call_args(f, args)?.into_value())
        });
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// `f(*args, **kw)`: a tuple, and a dict or `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn call_ex(rec: *const ThreadRecord, f: u64, args: u64, kw: u64) -> u64 {
    // SAFETY: live values.
    let (th, f, args, kw) = unsafe { (thread(rec), obj(&f), obj(&args), obj(&kw)) };
    guarded(th, || {
        let positional = args.exact::<Tuple>().map_or(&[][..], |t| t.items());
        let (mut all, mut names) = (positional.to_vec(), Vec::new());
        if let Some(d) = kw.cast::<Dict>() {
            let mut at = 0;
            while let Some((k, v)) = d.next_entry(&mut at) {
                names.push(th.intern_obj(&k));
                all.push(v);
            }
        }
        let (all, kwnames) = (&all[..], &names[..]);
        Ok(th.call_args(f, CallArgs { all, kwnames })?.into_value())
    })
}

/// `super(cls, me).name`, what that is being bound to `me`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn super_attr(
    rec: *const ThreadRecord,
    sup: u64,
    cls: u64,
    me: u64,
    name: u64,
) -> u64 {
    // SAFETY: live values.
    unsafe {
        let (th, sup, cls) = (thread(rec), obj(&sup), obj(&cls));
        let (me, name) = (obj(&me), obj(&name));
        guarded(th, || {
            let (v, _) = ops::super_attr(th, sup, cls, me, name, false)?;
            Ok(v.into_value())
        })
    }
}

/// Makes something of the `n` values at `p`, all borrowed; the words at `p` are empty afterwards. By number: a set, a dict
/// of `n / 2` pairs, a slice of two or three, one string of several.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn window(rec: *const ThreadRecord, p: *mut Value, n: u64, kind: u64) -> u64 {
    // SAFETY: live values.
    unsafe {
        let th = thread(rec);
        let items = std::slice::from_raw_parts(p.cast::<Obj>(), n as usize);
        let r = guarded(th, || {
            let v = match kind {
                0 => ops::build_set(th, items)?,
                1 => ops::build_dict(th, items)?,
                2 => {
                    let step = items.get(2).cloned().unwrap_or(Obj::NONE);
                    let (start, stop) = (items[0].clone(), items[1].clone());
                    let s = crate::object::slice::Slice { start, stop, step };
                    th.alloc(s).into_obj()
                }
                _ => ops::build_string(th, items)?,
            };
            Ok(v.into_value())
        });
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// Changes `a` with `b` (and `c`), by number: a set's new item, a list's new items, a set's, a dict's; a dict's item `b`
/// becomes `c`; `del a[b]`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn mutate(
    rec: *const ThreadRecord,
    a: u64,
    b: u64,
    c: u64,
    kind: u64,
) -> u64 {
    // SAFETY: live values; `c` is one where the number says so.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    guarded(th, || {
        match kind {
            0 => ops::set_add(th, a, b)?,
            1 => ops::list_extend(th, a, b)?,
            2 => drop(th.call_method(a, "update", std::slice::from_ref(b))?),
            3 => ops::dict_update(th, a, b)?,
            4 => match a.cast::<Dict>() {
                // SAFETY: as above.
                Some(d) => d.set_item(th, b, unsafe { obj(&c) }.clone())?,
                None => return Err(th.system_error("an item of what is no dict")),
            },
            // SAFETY: as above: what is called, for the message.
            6 => ops::dict_merge(th, a, b, unsafe { obj(&c) })?,
            _ => th.delitem(a, b)?,
        }
        Ok(Value::NONE)
    })
}

/// `format(a, b)`
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn format(rec: *const ThreadRecord, a: u64, b: u64) -> u64 {
    // SAFETY: live values.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    guarded(th, || Ok(th.format(a, b)?.into_value()))
}

/// A function of a code object in these globals and builtins. `bits` says which words are at `p`, all owned: see
/// `MakeFunction`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn function(
    rec: *const ThreadRecord,
    code: u64,
    globals: u64,
    builtins: u64,
    p: *mut Value,
    bits: u64,
) -> u64 {
    // SAFETY: live values.
    unsafe {
        let (th, code, globals) = (thread(rec), obj(&code), obj(&globals));
        let builtins = obj(&builtins).clone();
        guarded(th, || match globals.exact::<Dict>() {
            Some(g) => {
                let f = ops::make_function_in(th, code.clone(), g, builtins, bits as usize, p)?;
                Ok(f.into_value())
            }
            None => Err(th.system_error("the globals of a function are no dict")),
        })
    }
}

/// Calls the native function at `f`, a [`NativeFn`], with the `n` slots at `p`, all borrowed; the words at `p` are empty
/// afterwards.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn call_native_at(
    rec: *const ThreadRecord,
    f: *const (),
    p: *mut Value,
    n: u64,
) -> u64 {
    // SAFETY: live values or none, as many as the function has parameters.
    unsafe {
        let th = thread(rec);
        let f: NativeFn = std::mem::transmute::<*const (), NativeFn>(f);
        let slots = std::slice::from_raw_parts(p.cast::<Option<Obj>>(), n as usize);
        let r = guarded(th, || Ok(f(th, Args::of(slots))?.into_value()));
        for i in 0..n as usize {
            *p.add(i) = Value::EMPTY;
        }
        r
    }
}

/// Whether [`len`] knows objects of this type.
pub fn has_len(o: &Obj) -> bool {
    o.is_exact::<Str>()
        || o.is_exact::<Dict>()
        || o.is_exact::<Bytes>()
        || o.is_exact::<Set>()
        || o.is_exact::<FrozenSet>()
}

/// The length of an object that [`has_len`].
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn len(o: u64) -> i64 {
    // SAFETY: a live object.
    let o = unsafe { obj(&o) };
    if let Some(s) = o.exact::<Str>() {
        return s.len() as i64;
    }
    if let Some(b) = o.exact::<Bytes>() {
        return b.bytes().len() as i64;
    }
    if let Some(d) = o.exact::<Dict>() {
        return d.len() as i64;
    }
    SetRef::of_exact(o).map_or(0, |s| s.table.len() as i64)
}

/// Whether two exact strs are equal.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn same_str(a: u64, b: u64) -> i64 {
    // SAFETY: live strs.
    let (a, b) = unsafe { (obj(&a), obj(&b)) };
    if a.is(b) {
        return 1;
    }
    match (a.exact::<Str>(), b.exact::<Str>()) {
        (Some(a), Some(b)) => a.same(b) as i64,
        _ => 0,
    }
}

/// Item `n` of an exact str or of exact bytes, where it is one of the words that are kept; else 0.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn char_at(rec: *const ThreadRecord, o: u64, n: i64) -> u64 {
    // SAFETY: the calling thread's record, a live object.
    let (th, o) = unsafe { (thread(rec), obj(&o)) };
    crate::interp::fast::char_or_byte(th, o, n).0
}

/// As the interpreter calls: the common kinds of native callables without a way through slots.
fn call_native(th: &Thread, f: &Obj, args: &[Obj]) -> Res {
    if let Some(m) = f.exact::<MethodDescriptor>() {
        return descriptors::call_method(th, m, CallArgs::pos(args));
    }
    th.call_args(f, CallArgs::pos(args))
}

/// `o.name` for an interned name.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn getattr(rec: *const ThreadRecord, o: u64, name: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, name) = unsafe { (thread(rec), obj(&o), obj(&name)) };
    guarded(th, || Ok(th.getattr_obj(o, name)?.into_value()))
}

/// `o.name = v` for an interned name; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn setattr(rec: *const ThreadRecord, o: u64, name: u64, v: u64) -> u64 {
    // SAFETY: live values.
    let (th, o, name, v) = unsafe { (thread(rec), obj(&o), obj(&name), obj(&v)) };
    guarded(th, || {
        th.setattr_obj(o, name, v)?;
        Ok(Value::NONE)
    })
}

/// The value that the dict binds the interned name to, or empty.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn lookup(rec: *const ThreadRecord, d: u64, name: u64) -> u64 {
    // SAFETY: live values; an exact dict.
    let (th, d, name) = unsafe { (thread(rec), obj(&d), obj(&name)) };
    // SAFETY: as above.
    match unsafe { d.cast_unchecked::<Dict>() }.get_interned(th, name) {
        Some(v) => v.into_value().0,
        None => 0,
    }
}

/// `dict[name] = v` for an interned name and an exact dict; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn bind(rec: *const ThreadRecord, d: u64, name: u64, v: u64) -> u64 {
    // SAFETY: live values; an exact dict.
    let (th, d, name, v) = unsafe { (thread(rec), obj(&d), obj(&name), obj(&v)) };
    guarded(th, || {
        // SAFETY: as above.
        unsafe { d.cast_unchecked::<Dict>() }.set_item(th, name, v.clone())?;
        Ok(Value::NONE)
    })
}

/// An instance of a plain class with this instance shape, its attributes empty.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn instance(rec: *const ThreadRecord, class: u64) -> u64 {
    // SAFETY: a live class whose instances have the plain layout.
    let (th, class) = unsafe { (thread(rec), obj(&class)) };
    guarded(th, || {
        use crate::builtins::objecttype::Plain;
        use crate::object::types::Type;
        match class.cast::<Type>() {
            Some(t) => Ok(th.alloc_as::<Plain>(t, Plain)?.into_obj().into_value()),
            None => Err(th.system_error("not a class")),
        }
    })
}

/// A new cell with this content (taken over), or an empty one.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn cell(rec: *const ThreadRecord, v: u64) -> u64 {
    // SAFETY: an owned value or empty.
    unsafe {
        let v = Obj::from_value_opt(Value(v));
        if let Some(v) = &v {
            if let Some(h) = v.header() {
                h.publish();
            }
        }
        let c = crate::object::function::Cell {
            v: crate::object::Slot::new(v),
        };
        thread(rec).alloc(c).into_obj().into_value().0
    }
}

/// Puts another value, owned by the caller, into a cell; gives what was there, owned, or empty.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn swap_cell(rec: *const ThreadRecord, c: u64, v: u64) -> u64 {
    // SAFETY: a live cell; an owned value.
    unsafe {
        let (th, c) = (thread(rec), obj(&c));
        let v = Obj::from_value_opt(Value(v));
        let cell = c.cast_unchecked::<crate::object::function::Cell>();
        cell.v.swap(th, v).map_or(0, |o| o.into_value().0)
    }
}

/// `a % b` of doubles as Python has it; NaN for a divisor of 0.
pub extern "C" fn float_mod(a: f64, b: f64) -> f64 {
    threadsnake_algo::float::modulo(a, b).unwrap_or(f64::NAN)
}

/// `a // b` of doubles as Python has it; NaN for a divisor of 0.
pub extern "C" fn float_floordiv(a: f64, b: f64) -> f64 {
    threadsnake_algo::float::div_mod(a, b).map_or(f64::NAN, |(q, _)| q)
}

/// Power of doubles, as Python's `float ** float` where that neither raises nor leaves the reals.
pub extern "C" fn float_pow(a: f64, b: f64) -> f64 {
    a.powf(b)
}

/// Sine of a finite double.
pub extern "C" fn sin(x: f64) -> f64 {
    x.sin()
}

/// Cosine of a finite double.
pub extern "C" fn cos(x: f64) -> f64 {
    x.cos()
}
