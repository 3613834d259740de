//! Slots of classes written in Python: functions that look up the special method and call it, and the setting of slots
//! when a class gets or loses one.

use super::call::call_straight;
use crate::builtins::wrappers::{self, Dunder};
use crate::object::buffer::Buffer;
use crate::object::def::type_flags;
use crate::object::function::Function;
use crate::object::slots::{BinOp, BinaryFn, CallArgs, CmpOp, NBIN, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use crate::runtime::attr::with_self;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// Calls special method `name`, which exists because the slot is set.
fn must(th: &Thread, o: &Obj, name: &Obj, args: &[Obj]) -> Res {
    match th.call_special(o, name, args)? {
        Some(r) => Ok(r),
        None => Err(th.no_attribute(o, name)),
    }
}

fn expect_str(th: &Thread, r: Obj, name: &str) -> Res {
    match r.cast::<Str>() {
        Some(_) => Ok(r),
        None => Err(th.type_error(format!(
            "{name} returned non-string (type {})",
            th.type_name(&r)
        ))),
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let names = th.rt().names();
    let t = th.type_of(o);
    let Some(f) = t.lookup(th, &names.__init__) else {
        return Ok(());
    };
    let r = call_bound(th, &f, o, args)?;
    if r.is_none() {
        return Ok(());
    }
    Err(th.type_error(format!(
        "__init__() should return None, not '{}'",
        th.type_name(&r)
    )))
}

/// Calls `f`, found on the type of `me`, as a method.
pub fn call_bound(th: &Thread, f: &Obj, me: &Obj, args: CallArgs<'_>) -> Res {
    if th.type_of(f).has(type_flags::METHOD_DESCRIPTOR) {
        return with_self(me, args.all, |all| {
            let kwnames = args.kwnames;
            th.call_args(f, CallArgs { all, kwnames })
        });
    }
    match th.type_of(f).slots().get {
        Some(get) => {
            let b = get(th, f, Some(me), Some(th.type_of(me).obj()))?;
            th.call_args(&b, args)
        }
        None => th.call_args(f, args),
    }
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let names = th.rt().names();
    let f = th.getattr_obj(cls.obj(), &names.__new__)?;
    with_self(cls.obj(), args.all, |all| {
        let kwnames = args.kwnames;
        th.call_args(&f, CallArgs { all, kwnames })
    })
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    let _d = th.enter("")?;
    let t = th.type_of(o);
    match t.lookup(th, &th.rt().names().__call__) {
        Some(f) => call_bound(th, &f, o, args),
        None => Err(th.type_error(format!("'{}' object is not callable", t.name_text()))),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let r = must(th, o, &th.rt().names().__repr__, &[])?;
    expect_str(th, r, "__repr__")
}
fn str(th: &Thread, o: &Obj) -> Res {
    let r = must(th, o, &th.rt().names().__str__, &[])?;
    expect_str(th, r, "__str__")
}
fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let f = match th.type_of(o).lookup(th, &th.rt().names().__hash__) {
        Some(f) if !f.is_none() => f,
        _ => return crate::builtins::unhashable(th, o),
    };
    let r = call_bound(th, &f, o, CallArgs::pos(&[]))?;
    match r.as_small_int() {
        Some(-1) => Ok(-2),
        Some(n) => Ok(n),
        None if th.is_int(&r) => match th.int_like_i64(&r) {
            Some(-1) => Ok(-2),
            Some(n) => Ok(n),
            None => th.hash(&th.index(&r)?),
        },
        None => Err(th.type_error("__hash__ method should return an integer")),
    }
}
fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let names = th.rt().names();
    let n = match op {
        CmpOp::Lt => &names.__lt__,
        CmpOp::Le => &names.__le__,
        CmpOp::Eq => &names.__eq__,
        CmpOp::Ne => &names.__ne__,
        CmpOp::Gt => &names.__gt__,
        CmpOp::Ge => &names.__ge__,
    };
    match th.call_special(a, n, std::slice::from_ref(b))? {
        Some(r) => Ok(r),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// `__getattribute__` and, on AttributeError, `__getattr__`.
fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    let names = th.rt().names();
    let t = th.type_of(o);
    // Without a `__getattribute__` of its own a missing attribute needs no exception on the way to `__getattr__`.
    let first = match t.lookup_where(th, &names.__getattribute__) {
        Some((f, owner)) if owner.id.is_none() => {
            call_bound(th, &f, o, CallArgs::pos(std::slice::from_ref(name))).map(Some)
        }
        Some((_, owner)) => match owner.slots().getattr {
            Some(f)
                if f as usize != getattr as *const () as usize
                    && f as usize
                        != crate::builtins::objecttype::getattribute as *const () as usize =>
            {
                f(th, o, name).map(Some)
            }
            _ => th.generic_getattr_opt(o, name),
        },
        None => th.generic_getattr_opt(o, name),
    };
    match first {
        Ok(Some(v)) => Ok(v),
        Ok(None) => match t.lookup(th, &names.__getattr__) {
            Some(f) => call_bound(th, &f, o, CallArgs::pos(std::slice::from_ref(name))),
            None => Err(th.no_attribute(o, name)),
        },
        Err(e) if e.is(th, TypeId::AttributeError) => match t.lookup(th, &names.__getattr__) {
            Some(f) => call_bound(th, &f, o, CallArgs::pos(std::slice::from_ref(name))),
            None => Err(e),
        },
        Err(e) => Err(e),
    }
}

fn setattr(th: &Thread, o: &Obj, name: &Obj, value: Option<&Obj>) -> Res<()> {
    match value {
        Some(v) => must(
            th,
            o,
            &th.rt().names().__setattr__,
            &[name.clone(), v.clone()],
        )
        .map(drop),
        None => must(
            th,
            o,
            &th.rt().names().__delattr__,
            std::slice::from_ref(name),
        )
        .map(drop),
    }
}
fn iter(th: &Thread, o: &Obj) -> Res {
    match th.type_of(o).lookup(th, &th.rt().names().__iter__) {
        Some(f) if f.is_none() => {
            Err(th.type_error(format!("'{}' object is not iterable", th.type_name(o))))
        }
        Some(f) => {
            let straight = f
                .exact::<Function>()
                .and_then(|f| call_straight(th, f, Some(o), &[]));
            straight.unwrap_or_else(|| must(th, o, &th.rt().names().__iter__, &[]))
        }
        None => must(th, o, &th.rt().names().__iter__, &[]),
    }
}
fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    match must(th, o, &th.rt().names().__next__, &[]) {
        Ok(v) => Ok(Some(v)),
        // One with a value goes on as it is: `yield from` wants the value.
        Err(e) if e.is(th, TypeId::StopIteration) && e.0.extra[0].raw().is_empty() => Ok(None),
        Err(e) => Err(e),
    }
}
fn bool_(th: &Thread, o: &Obj) -> Res<bool> {
    let r = must(th, o, &th.rt().names().__bool__, &[])?;
    if r.is(&Obj::TRUE) {
        Ok(true)
    } else if r.is(&Obj::FALSE) {
        Ok(false)
    } else {
        Err(th.type_error(format!(
            "__bool__ should return bool, returned {}",
            th.type_name(&r)
        )))
    }
}
fn len(th: &Thread, o: &Obj) -> Res<usize> {
    let r = must(th, o, &th.rt().names().__len__, &[])?;
    let n = th.index(&r)?;
    match th.int_like_i64(&n) {
        Some(n) if n >= 0 => Ok(n as usize),
        None if th.as_bigint(&n).is_some_and(|b| b > dashu_int::IBig::ZERO) => {
            Err(th.overflow_error("cannot fit 'int' into an index-sized integer"))
        }
        _ => Err(th.value_error("__len__() should return >= 0")),
    }
}
fn getitem(th: &Thread, o: &Obj, k: &Obj) -> Res {
    must(th, o, &th.rt().names().__getitem__, std::slice::from_ref(k))
}
fn setitem(th: &Thread, o: &Obj, k: &Obj, v: Option<&Obj>) -> Res<()> {
    let t = th.type_of(o);
    match v {
        Some(v) => {
            match th.call_special(o, &th.rt().names().__setitem__, &[k.clone(), v.clone()])? {
                Some(_) => Ok(()),
                None => Err(th.type_error(format!(
                    "'{}' object does not support item assignment",
                    t.name_text()
                ))),
            }
        }
        None => match th.call_special(o, &th.rt().names().__delitem__, std::slice::from_ref(k))? {
            Some(_) => Ok(()),
            None => Err(th.type_error(format!(
                "'{}' object does not support item deletion",
                t.name_text()
            ))),
        },
    }
}
fn contains(th: &Thread, o: &Obj, k: &Obj) -> Res<bool> {
    match th.type_of(o).lookup(th, &th.rt().names().__contains__) {
        Some(f) if f.is_none() => {
            Err(th.type_error(format!("'{}' object is not a container", th.type_name(o))))
        }
        Some(f) => {
            let r = call_bound(th, &f, o, CallArgs::pos(std::slice::from_ref(k)))?;
            th.truthy(&r)
        }
        None => Ok(false),
    }
}
fn get(th: &Thread, d: &Obj, o: Option<&Obj>, t: Option<&Obj>) -> Res {
    let none = Obj::NONE;
    must(
        th,
        d,
        &th.rt().names().__get__,
        &[o.unwrap_or(&none).clone(), t.unwrap_or(&none).clone()],
    )
}
fn set(th: &Thread, d: &Obj, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let names = th.rt().names();
    let (name, done) = match v {
        Some(v) => (
            &names.__set__,
            th.call_special(d, &names.__set__, &[o.clone(), v.clone()])?,
        ),
        None => (
            &names.__delete__,
            th.call_special(d, &names.__delete__, std::slice::from_ref(o))?,
        ),
    };
    match done {
        Some(_) => Ok(()),
        None => Err(th.attribute_error(th.str_text(name))),
    }
}
fn del(th: &Thread, o: &Obj) -> Res<()> {
    match th.call_special(o, &th.rt().names().__del__, &[])? {
        Some(_) | None => Ok(()),
    }
}
fn buffer(th: &Thread, o: &Obj, writable: bool) -> Res<Buffer> {
    let flags = Obj::small_int(if writable { 0x0001 } else { 0 });
    let m = must(th, o, &th.rt().names().__buffer__, &[flags])?;
    if !th.is_a(&m, TypeId::MemoryView) {
        return Err(th.type_error("__buffer__ returned non-memoryview object"));
    }
    th.buffer(&m, writable)
}

macro_rules! unary {
    ($($f:ident $n:ident),* $(,)?) => {
        $(fn $f(th: &Thread, o: &Obj) -> Res { must(th, o, &th.rt().names().$n, &[]) })*
    };
}
unary! {
    int __int__, float __float__, index __index__, neg __neg__, pos __pos__, abs __abs__,
    invert __invert__, await_ __await__, aiter __aiter__, anext __anext__,
}

/// `a OP b` where the class of `a` or of `b` has the method (CPython's SLOT1BIN).
fn binary<const OP: usize>(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let op = BinOp::ALL[OP];
    let [plain, reflected, _] = &th.rt().names().binary[op as usize];
    let me: BinaryFn = binary::<OP>;
    let has = |o: &Obj| th.type_of(o).slots().binary[OP].is_some_and(|f| f as usize == me as usize);
    reflect(th, a, b, has(a), has(b), plain, reflected, &[])
}

#[allow(clippy::too_many_arguments)]
fn reflect(
    th: &Thread,
    a: &Obj,
    b: &Obj,
    a_has: bool,
    b_has: bool,
    plain: &Obj,
    reflected: &Obj,
    more: &[Obj],
) -> Res {
    let (ta, tb) = (th.type_of(a), th.type_of(b));
    let mut other = b_has && !ta.obj().is(tb.obj());
    let args = |x: &Obj| -> smallvec::SmallVec<[Obj; 2]> {
        std::iter::once(x.clone())
            .chain(more.iter().cloned())
            .collect()
    };
    if a_has {
        if other && tb.is_subtype_of(ta) && overrides(th, ta, tb, reflected) {
            if let Some(r) = th.call_special(b, reflected, &args(a))? {
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
            other = false;
        }
        if let Some(r) = th.call_special(a, plain, &args(b))? {
            if !r.is_not_implemented() || ta.obj().is(tb.obj()) {
                return Ok(r);
            }
        }
    }
    if other {
        if let Some(r) = th.call_special(b, reflected, &args(a))? {
            return Ok(r);
        }
    }
    Ok(Obj::NOT_IMPLEMENTED)
}

/// Whether `sub` has another `name` than `base`.
fn overrides(th: &Thread, base: &Py<Type>, sub: &Py<Type>, name: &Obj) -> bool {
    match (base.lookup(th, name), sub.lookup(th, name)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(x), Some(y)) => !x.is(&y),
    }
}

fn inplace<const OP: usize>(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let n = &th.rt().names().binary[OP][2];
    match th.call_special(a, n, std::slice::from_ref(b))? {
        Some(r) => Ok(r),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn pow(th: &Thread, a: &Obj, b: &Obj, m: &Obj) -> Res {
    let has = |o: &Obj| {
        th.type_of(o)
            .slots()
            .pow
            .is_some_and(|f| f as usize == pow as *const () as usize)
    };
    let n = th.rt().names();
    let more = if m.is_none() {
        &[]
    } else {
        std::slice::from_ref(m)
    };
    reflect(th, a, b, has(a), has(b), &n.__pow__, &n.__rpow__, more)
}
fn ipow(th: &Thread, a: &Obj, b: &Obj, _m: &Obj) -> Res {
    must(th, a, &th.rt().names().__ipow__, std::slice::from_ref(b))
}

const BINARY: [BinaryFn; NBIN] = [
    binary::<0>,
    binary::<1>,
    binary::<2>,
    binary::<3>,
    binary::<4>,
    binary::<5>,
    binary::<6>,
    binary::<7>,
    binary::<8>,
    binary::<9>,
    binary::<10>,
    binary::<11>,
    binary::<12>,
];
const INPLACE: [BinaryFn; NBIN] = [
    inplace::<0>,
    inplace::<1>,
    inplace::<2>,
    inplace::<3>,
    inplace::<4>,
    inplace::<5>,
    inplace::<6>,
    inplace::<7>,
    inplace::<8>,
    inplace::<9>,
    inplace::<10>,
    inplace::<11>,
    inplace::<12>,
];

/// Sets in `s` the slot that a Python-level `what` needs.
fn set_generic(s: &mut Slots, what: Dunder) {
    use Dunder as D;
    match what {
        D::Init => s.init = Some(init),
        D::Call => s.call = Some(call),
        D::Repr => s.repr = Some(repr),
        D::Str => s.str = Some(str),
        D::Hash => s.hash = Some(hash),
        D::Cmp(_) => s.compare = Some(compare),
        D::GetAttribute | D::GetAttr => s.getattr = Some(getattr),
        D::SetAttr | D::DelAttr => s.setattr = Some(setattr),
        D::Iter => s.iter = Some(iter),
        D::Next => s.next = Some(next),
        D::Bool => s.bool = Some(bool_),
        D::Int => s.int = Some(int),
        D::Float => s.float = Some(float),
        D::Index => s.index = Some(index),
        D::Neg => s.neg = Some(neg),
        D::Pos => s.pos = Some(pos),
        D::Abs => s.abs = Some(abs),
        D::Invert => s.invert = Some(invert),
        D::Bin(op) | D::RBin(op) => s.binary[op as usize] = Some(BINARY[op as usize]),
        D::IBin(op) => s.inplace[op as usize] = Some(INPLACE[op as usize]),
        D::Pow | D::RPow => s.pow = Some(pow),
        D::IPow => s.ipow = Some(ipow),
        D::Len => s.len = Some(len),
        D::GetItem => s.getitem = Some(getitem),
        D::SetItem | D::DelItem => s.setitem = Some(setitem),
        D::Contains => s.contains = Some(contains),
        // A class's `__add__` is numeric; the sequence slots of its native base stay.
        D::Concat | D::Repeat | D::RRepeat | D::IConcat | D::IRepeat => {}
        D::Get => s.get = Some(get),
        D::Set | D::Delete => s.set = Some(set),
        D::Await => s.await_ = Some(await_),
        D::AIter => s.aiter = Some(aiter),
        D::ANext => s.anext = Some(anext),
        D::Del => s.del = Some(del),
        D::Buffer => s.buffer = Some(buffer),
    }
}

/// The slots of a class: those of its bases, and generic ones for the special methods that its MRO finds in classes
/// written in Python. `bases` in MRO order without the class itself.
pub fn compute_slots(th: &Thread, t: &Py<Type>) -> Slots {
    let Some(mro) = t.mro_tuple() else {
        return *t.slots();
    };
    let mut s = Slots::NONE;
    // Native slots come from the first native class of each chain; Python classes in front of it contribute methods only.
    let native: Vec<Py<Type>> = mro
        .items()
        .iter()
        .skip(1)
        .filter_map(|o| o.cast::<Type>().cloned())
        .collect();
    for b in native.iter().filter(|b| b.id.is_some()) {
        s.inherit(b.slots());
    }
    for &(name, what, _) in wrappers::rows() {
        let key = th.intern(name);
        let Some((f, owner)) = t.lookup_where(th, &key) else {
            continue;
        };
        if owner.id.is_some() {
            continue;
        }
        if what == Dunder::Hash && f.is_none() {
            s.hash = Some(crate::builtins::unhashable);
            continue;
        }
        // `__repr__ = list.__repr__`: the native slot itself, where it is the same operation.
        if let Some(w) = f.exact::<wrappers::Wrapper>() {
            if w.dunder() == what && native_slot(&mut s, w.owner().slots(), what) {
                continue;
            }
        }
        set_generic(&mut s, what);
    }
    let n = th.rt().names();
    if let Some((_, owner)) = t.lookup_where(th, &n.__new__) {
        if owner.id.is_none() {
            s.new = Some(new);
        }
    }
    s
}

fn native_slot(s: &mut Slots, from: &Slots, what: Dunder) -> bool {
    match what {
        Dunder::Repr => s.repr = from.repr,
        Dunder::Str => s.str = from.str,
        Dunder::Hash => s.hash = from.hash,
        Dunder::Iter => s.iter = from.iter,
        Dunder::Init => s.init = from.init,
        _ => return false,
    }
    true
}

/// Flags of a class that follow from its slots.
pub fn slot_flags(t: &Py<Type>) {
    let s = t.slots();
    let plain_get = s.getattr.is_none_or(|f| {
        f as usize == crate::builtins::objecttype::getattribute as *const () as usize
    });
    let plain_set = s
        .setattr
        .is_none_or(|f| f as usize == crate::builtins::objecttype::setattr as *const () as usize);
    let mut f = t.flags.load(Ordering::Relaxed);
    for (on, flag) in [
        (plain_get, type_flags::PLAIN_GETATTR),
        (plain_set, type_flags::PLAIN_SETATTR),
        (s.del.is_some(), type_flags::HAS_DEL),
    ] {
        if on {
            f |= flag;
        } else {
            f &= !flag;
        }
    }
    t.flags.store(f, Ordering::Release);
}

/// Recomputes the slots of a class and its subclasses after special method `name` changed. In Multi the world is stopped
/// for the exchange (T2 of `object::types`).
pub fn update_slots(th: &Thread, t: &Py<Type>, name: &str) {
    if !(name.starts_with("__") && name.ends_with("__")) {
        return;
    }
    if name != "__new__" && !wrappers::rows().any(|r| r.0 == name) {
        return;
    }
    let mut todo = vec![t.clone()];
    let mut new = Vec::new();
    while let Some(t) = todo.pop() {
        if t.id.is_none() {
            new.push((t.clone(), compute_slots(th, &t)));
        }
        let subs = t.direct_subclasses();
        todo.extend(subs.into_iter().filter_map(|o| o.into_py::<Type>().ok()));
    }
    let apply = || {
        for (t, s) in &new {
            // SAFETY: the world is stopped, or nobody else runs.
            unsafe { t.slots_mut(|old| *old = *s) };
            slot_flags(t);
        }
    };
    if th.multi() {
        th.rec().domain().stop_the_world(th.rec(), |_| apply());
    } else {
        apply();
    }
}
