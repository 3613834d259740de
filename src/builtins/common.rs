//! What the files of built-in types share: payload access, sequence keys, reprs of items, iteration helpers.

use crate::interp::sink::{Take, next_into};
use crate::object::frame::Generator;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slice::Slice;
use crate::object::slots::{CallArgs, CmpOp};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

pub use super::{self_iter, unhashable};

/// The `self` of a slot or method, whose type dispatch or descriptor has checked.
#[inline(always)]
pub fn this<T: Native>(o: &Obj) -> &Py<T> {
    debug_assert!(o.cast::<T>().is_some());
    // SAFETY: slots and methods are called on instances of the type that they belong to: dispatch and descriptors check.
    unsafe { o.cast_unchecked() }
}

/// `__class_getitem__` of generic containers.
pub fn class_getitem(th: &Thread, cls: &Obj, item: &Obj) -> Res {
    th.call(
        th.ty(TypeId::GenericAlias).obj(),
        &[cls.clone(), item.clone()],
    )
}

/// The arguments that `__new__` of the built-in type `id` looks at: a class with an `__init__` of its own may take keyword
/// arguments there, so they are not `__new__`'s concern.
pub fn args_of_new<'a>(
    th: &Thread,
    cls: &Py<Type>,
    id: TypeId,
    args: CallArgs<'a>,
) -> CallArgs<'a> {
    let same_init = match (cls.slots().init, th.ty(id).slots().init) {
        (Some(f), Some(g)) => std::ptr::fn_addr_eq(f, g),
        (f, g) => f.is_none() && g.is_none(),
    };
    if same_init {
        args
    } else {
        CallArgs::pos(args.positional())
    }
}

/// The function of module `builtins` by this name, for `__reduce__`.
pub fn builtin(th: &Thread, name: &str) -> Res {
    let m = th.import("builtins")?;
    th.getattr(&m, name)
}

/// A subscript of a sequence.
pub enum Key<'a> {
    /// An index, not yet relative to the length.
    At(i64),
    /// A slice.
    Slice(&'a Py<Slice>),
}

/// The subscript of a sequence; `what` names its type for "list indices must be …".
#[inline]
pub fn seq_key<'a>(th: &Thread, key: &'a Obj, what: &str) -> Res<Key<'a>> {
    if let Some(n) = key.as_small_int() {
        return Ok(Key::At(n));
    }
    if let Some(s) = key.exact::<Slice>() {
        return Ok(Key::Slice(s));
    }
    if !has_index(th, key) {
        return Err(th.type_error(format!(
            "{what} indices must be integers or slices, not {}",
            th.type_name(key)
        )));
    }
    index_or(th, key, TypeId::IndexError).map(Key::At)
}

/// Whether `operator.index` can work on it.
pub fn has_index(th: &Thread, o: &Obj) -> bool {
    o.as_small_int().is_some() || th.type_of(o).slots().index.is_some()
}

/// `operator.index(o)` in 64 bits; out of range raises `kind`, "cannot fit 'int' into an index-sized integer".
#[inline]
pub fn index_or(th: &Thread, o: &Obj, kind: TypeId) -> Res<i64> {
    match o.as_small_int() {
        Some(n) => Ok(n),
        None => any_index_or(th, o, kind),
    }
}

#[inline(never)]
fn any_index_or(th: &Thread, o: &Obj, kind: TypeId) -> Res<i64> {
    let n = th.index(o)?;
    th.int_like_i64(&n).ok_or_else(|| {
        th.err(
            kind,
            format!(
                "cannot fit '{}' into an index-sized integer",
                th.type_name(o)
            ),
        )
    })
}

/// An index against a length: where it points to, if inside.
#[inline(always)]
pub fn position(i: i64, len: usize) -> Option<usize> {
    let at = if i < 0 { i.wrapping_add(len as i64) } else { i };
    if at >= 0 && (at as u64) < len as u64 {
        Some(at as usize)
    } else {
        None
    }
}

/// A start or stop argument of `index()`, saturated.
pub fn slice_bound(th: &Thread, o: Option<&Obj>, default: i64) -> Res<i64> {
    match o {
        None => Ok(default),
        Some(o) if !has_index(th, o) => {
            Err(th.type_error("slice indices must be integers or have an __index__ method"))
        }
        Some(o) => th.index_clamped(o),
    }
}

/// A start or stop made relative to a length, as `index()` does: at least 0.
pub fn clamp_bound(i: i64, len: usize) -> usize {
    let i = if i < 0 {
        i.saturating_add(len as i64).max(0)
    } else {
        i
    };
    i as usize
}

/// The count of a repetition.
pub fn repeat_count(th: &Thread, o: &Obj) -> Res<usize> {
    if !has_index(th, o) {
        return Err(th.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            th.type_name(o)
        )));
    }
    Ok(index_or(th, o, TypeId::OverflowError)?.max(0) as usize)
}

/// Whether `e` is a TypeError.
pub fn is_type_error(th: &Thread, e: &Exc) -> bool {
    e.is(th, TypeId::TypeError)
}

/// `op open item, item close` with the reprs of the items that `next` gives; a tuple of one gets its comma.
pub fn repr_items(
    th: &Thread,
    open: &str,
    close: &str,
    comma_of_one: bool,
    mut next: impl FnMut(usize) -> Option<Obj>,
) -> Res {
    let mut buf = StrBuf::new();
    buf.push_utf8(open);
    let mut n = 0;
    while let Some(item) = next(n) {
        if n > 0 {
            buf.push_ascii(b", ");
        }
        buf.push_str(th.repr(&item)?.text());
        n += 1;
    }
    if n == 1 && comma_of_one {
        buf.push_ascii(b",");
    }
    buf.push_utf8(close);
    th.str_data(buf.finish())
}

/// Compares two sequences item by item; `get` gives the items at an index, `None` where one of them has ended.
pub fn compare_items(
    th: &Thread,
    op: CmpOp,
    lens: impl Fn() -> (usize, usize),
    get: impl Fn(usize) -> Option<(Obj, Obj)>,
) -> Res {
    let (a, b) = lens();
    if a != b && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::bool(op == CmpOp::Ne));
    }
    let mut i = 0;
    while let Some((x, y)) = get(i) {
        if !th.eq(&x, &y)? {
            let (a, b) = lens();
            if i >= a || i >= b {
                // The comparison shortened one of them: the lengths decide.
                break;
            }
            return match op {
                CmpOp::Eq => Ok(Obj::FALSE),
                CmpOp::Ne => Ok(Obj::TRUE),
                _ => th.compare(&x, &y, op),
            };
        }
        i += 1;
    }
    let (a, b) = lens();
    Ok(Obj::bool(op.holds(a.cmp(&b))))
}

/// Calls `f` with every item of an iterable, until it says `false`. Fast for exact lists and tuples, and interruptible.
pub fn for_each(th: &Thread, iterable: &Obj, mut f: impl FnMut(Obj) -> Res<bool>) -> Res<()> {
    use crate::object::{list::List, tuple::Tuple};
    let mut n = 0u32;
    let mut tick = || {
        n = n.wrapping_add(1);
        if n & 0xFFF == 0 { th.poll() } else { Ok(()) }
    };
    if let Some(l) = iterable.exact::<List>() {
        let mut i = 0;
        while i < l.len() {
            let Some(item) = l.get(th, i) else { break };
            i += 1;
            tick()?;
            if !f(item)? {
                break;
            }
        }
        return Ok(());
    }
    if let Some(t) = iterable.exact::<Tuple>() {
        for item in t.items() {
            tick()?;
            if !f(item.clone())? {
                break;
            }
        }
        return Ok(());
    }
    if th.multi()
        && let Some(items) = th.collect_at_once(iterable)?
    {
        for item in items {
            tick()?;
            if !f(item)? {
                break;
            }
        }
        return Ok(());
    }
    let it = th.iter(iterable)?;
    while let Some(item) = th.next(&it)? {
        tick()?;
        if !f(item)? {
            break;
        }
    }
    Ok(())
}

/// [`for_each`] that runs a generator dry (`interp::sink`): `take` takes items that need no Python, `f` all others.
pub fn for_each_with<C>(
    th: &Thread,
    iterable: &Obj,
    to: &mut C,
    take: Take<C>,
    f: fn(&Thread, &mut C, Obj) -> Res<bool>,
) -> Res<()> {
    let Some(g) = iterable.exact::<Generator>() else {
        return for_each(th, iterable, |x| f(th, to, x));
    };
    while let Some(x) = next_into(th, g, to, take)? {
        if !f(th, to, x)? {
            break;
        }
    }
    Ok(())
}

/// All items of an iterable; where it is none, TypeError with this message.
pub fn collect_or(th: &Thread, o: &Obj, msg: &str) -> Res<Vec<Obj>> {
    use crate::object::{list::List, tuple::Tuple};
    if o.is_exact::<List>() || o.is_exact::<Tuple>() {
        return th.collect(o);
    }
    match th.iter(o) {
        Ok(it) => th.collect(&it),
        Err(e) if is_type_error(th, &e) => Err(th.type_error(msg)),
        Err(e) => Err(e),
    }
}

/// An int from a length or count.
#[inline]
pub fn count_obj(th: &Thread, n: usize) -> Obj {
    th.int(n as i64)
}
