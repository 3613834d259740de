//! `memoryview`: a window on the bytes of another object, with a format, a shape and strides.
//!
//! Each view holds a buffer of the object that lends, so a slice of a view outlives the view. `item` packs and unpacks,
//! `methods` has the methods, `iter` the iterator.

mod item;
mod iter;
mod methods;

use crate::object::buffer::Buffer;
use crate::object::def::{TypeDef, type_flags};
use crate::object::guarded::Guarded;
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Py};
use crate::object::slice::Slice;
use crate::object::slots::{CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::compare::hash_bytes;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

pub use item::Format;
pub use iter::ITER_DEF;

/// Payload of memoryviews.
pub struct MemoryView {
    /// What is lent; nothing after `release`.
    buffer: Guarded<Option<Buffer>>,
    /// Views and buffers that were taken of this view and keep it from being released.
    exports: AtomicUsize,
    shape: Shape,
}

/// Where the items of a view are. Immutable.
#[derive(Clone)]
struct Shape {
    format: Format,
    /// Byte offset of the first item.
    start: usize,
    /// Number of items in each dimension.
    dims: Vec<usize>,
    /// Bytes between items in each dimension.
    strides: Vec<isize>,
    readonly: bool,
}

impl Shape {
    fn items(&self) -> usize {
        self.dims.iter().product()
    }
    fn nbytes(&self) -> usize {
        self.items() * self.format.size()
    }
    /// Whether items lie in C order (first index slowest), or in Fortran order.
    fn ordered(&self, fortran: bool) -> bool {
        let mut expected = self.format.size() as isize;
        let mut check = |i: usize| {
            let ok = self.dims[i] <= 1 || self.strides[i] == expected;
            expected *= self.dims[i] as isize;
            ok
        };
        let n = self.dims.len();
        self.items() == 0
            || if fortran {
                (0..n).all(&mut check)
            } else {
                (0..n).rev().all(&mut check)
            }
    }
    /// Byte offset of each item, in C order.
    fn offsets(&self) -> Vec<usize> {
        let mut all = vec![self.start as isize];
        for (&n, &stride) in self.dims.iter().zip(&self.strides) {
            all = all
                .iter()
                .flat_map(|&at| (0..n as isize).map(move |i| at + i * stride))
                .collect();
        }
        all.into_iter().map(|at| at as usize).collect()
    }
}

fn c_strides(dims: &[usize], size: usize) -> Vec<isize> {
    let mut step = size as isize;
    let mut strides: Vec<isize> = dims
        .iter()
        .rev()
        .map(|&n| {
            let this = step;
            step *= n as isize;
            this
        })
        .collect();
    strides.reverse();
    strides
}

static LAYOUT: Layout = Layout::of::<MemoryView>("memoryview");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for MemoryView {
    const TYPE: TypeId = TypeId::MemoryView;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        // SAFETY: called with the world stopped.
        if let Some(b) = unsafe { self.buffer.peek() } {
            visit(b.owner.value());
        }
    }
}

/// `memoryview`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::SEQUENCE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, _, args| th.bind("memoryview", "(object)", args, |a| of(th, a.get(0)))),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter::iter),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        buffer: Some(buffer),
        ..Slots::NONE
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    ..TypeDef::new(TypeId::MemoryView, "memoryview", MemoryView::LAYOUT)
};

fn payload<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<MemoryView>> {
    o.cast::<MemoryView>().ok_or_else(|| {
        th.type_error(format!(
            "descriptor requires a 'memoryview' object but received '{}'",
            th.type_name(o)
        ))
    })
}

#[cold]
fn released(th: &Thread) -> Exc {
    th.value_error("operation forbidden on released memoryview object")
}

/// `memoryview(o)`
pub fn of(th: &Thread, o: &Obj) -> Res {
    if let Some(m) = o.cast::<MemoryView>() {
        return view_of(th, m, m.shape.clone());
    }
    if let Some(view) = crate::modules::pickle::viewed(th, o) {
        return of(th, &view?);
    }
    let slots = th.type_of(o).slots();
    let Some(f) = slots.buffer else {
        return Err(th.type_error(format!(
            "memoryview: a bytes-like object is required, not '{}'",
            th.type_name(o)
        )));
    };
    let b = f(th, o, false)?;
    let format = Format::parse(b.format).unwrap_or(Format::BYTE);
    let size = format.size();
    let shape = Shape {
        format,
        start: 0,
        dims: vec![b.len() / size],
        strides: vec![size as isize],
        readonly: b.readonly,
    };
    make(th, b, shape)
}

fn make(th: &Thread, buffer: Buffer, shape: Shape) -> Res {
    let m = MemoryView {
        buffer: Guarded::new(Some(buffer)),
        exports: AtomicUsize::new(0),
        shape,
    };
    Ok(th.alloc(m).into_obj())
}

/// The object that lends to `m`.
fn owner(th: &Thread, m: &Py<MemoryView>) -> Res<Obj> {
    m.buffer
        .with(th, m.head(), |b| b.as_ref().map(|b| b.owner.clone()))
        .ok_or_else(|| released(th))
}

/// Another view of what `m` shows. The lender keeps its place while `m` holds its bytes.
fn view_of(th: &Thread, m: &Py<MemoryView>, shape: Shape) -> Res {
    let owner = owner(th, m)?;
    let Some(f) = th.type_of(&owner).slots().buffer else {
        return Err(released(th));
    };
    let b = f(th, &owner, false)?;
    // A lender written in Python may give other bytes than before.
    let end = shape
        .offsets()
        .into_iter()
        .max()
        .map_or(0, |at| at + shape.format.size());
    if end > b.len() {
        return Err(th.err(
            TypeId::BufferError,
            "memoryview: underlying buffer has shrunk",
        ));
    }
    make(th, b, shape)
}

/// Runs `f` with the whole buffer.
fn with<R>(th: &Thread, m: &Py<MemoryView>, f: impl FnOnce(&Buffer) -> R) -> Res<R> {
    m.buffer
        .with(th, m.head(), |b| b.as_ref().map(f))
        .ok_or_else(|| released(th))
}

/// The bytes of the items, in C order.
fn bytes_of(th: &Thread, m: &Py<MemoryView>) -> Res<Vec<u8>> {
    let shape = &m.shape;
    th.reserve(shape.nbytes())?;
    let size = shape.format.size();
    with(th, m, |b| {
        let all = b.bytes();
        if shape.ordered(false) {
            return all[shape.start..shape.start + shape.nbytes()].to_vec();
        }
        shape
            .offsets()
            .iter()
            .flat_map(|&at| all[at..at + size].iter().copied())
            .collect()
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let m = payload(th, o)?;
    let state = if with(th, m, |_| ()).is_err() {
        "released memory"
    } else {
        "memory"
    };
    th.str(&format!("<{state} at {:#x}>", o.value().0))
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let m = payload(th, o)?;
    with(th, m, |_| ())?;
    if !m.shape.readonly {
        return Err(th.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(m.shape.format.code, b'B' | b'b' | b'c') {
        return Err(th.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    th.hash(&owner(th, m)?)?;
    Ok(hash_bytes(th.rt().hash_key(), &bytes_of(th, m)?) as i64)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let Some(x) = a.cast::<MemoryView>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let answer = |same: bool| Ok(Obj::bool(same == (op == CmpOp::Eq)));
    if with(th, x, |_| ()).is_err() {
        return answer(a.is(b));
    }
    let other = if b.cast::<MemoryView>().is_some() {
        b.clone()
    } else if th.type_of(b).slots().buffer.is_some() {
        of(th, b)?
    } else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(y) = other.cast::<MemoryView>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if with(th, y, |_| ()).is_err() {
        return answer(a.is(b));
    }
    if x.shape.dims != y.shape.dims {
        return answer(false);
    }
    let (p, q) = (bytes_of(th, x)?, bytes_of(th, y)?);
    let (f, g) = (x.shape.format, y.shape.format);
    if f.code == g.code && matches!(f.code, b'B' | b'b' | b'c') {
        return answer(p == q);
    }
    for (p, q) in p.chunks_exact(f.size()).zip(q.chunks_exact(g.size())) {
        let (p, q) = (f.unpack(th, p)?, g.unpack(th, q)?);
        // A NaN differs even from itself.
        if !th.compare_bool(&p, &q, CmpOp::Eq)? {
            return answer(false);
        }
    }
    answer(true)
}

fn len(th: &Thread, o: &Obj) -> Res<usize> {
    let m = payload(th, o)?;
    with(th, m, |_| ())?;
    match m.shape.dims.first() {
        Some(&n) => Ok(n),
        None => Err(th.type_error("0-dim memory has no length")),
    }
}

/// Byte offset of the item at `key`: an index, or a tuple of them, one a dimension.
fn place(th: &Thread, m: &Py<MemoryView>, keys: &[Obj]) -> Res<usize> {
    let shape = &m.shape;
    if keys.len() < shape.dims.len() {
        return Err(th.not_implemented_error("sub-views are not implemented"));
    }
    if keys.len() > shape.dims.len() {
        return Err(th.type_error(format!(
            "cannot index {}-dimension view with {}-element tuple",
            shape.dims.len(),
            keys.len()
        )));
    }
    let mut at = shape.start as isize;
    for (d, key) in keys.iter().enumerate() {
        let n = shape.dims[d] as i64;
        let i = th.index_i64(key)?;
        let i = if i < 0 { i + n } else { i };
        if i < 0 || i >= n {
            return Err(th.index_error(format!("index out of bounds on dimension {}", d + 1)));
        }
        at += i as isize * shape.strides[d];
    }
    Ok(at as usize)
}

fn item_at(th: &Thread, m: &Py<MemoryView>, at: usize) -> Res {
    let format = m.shape.format;
    let size = format.size();
    let mut raw = [0u8; 16];
    with(th, m, |b| {
        raw[..size].copy_from_slice(&b.bytes()[at..at + size])
    })?;
    format.unpack(th, &raw[..size])
}

fn is_index(th: &Thread, o: &Obj) -> bool {
    o.as_small_int().is_some() || th.type_of(o).slots().index.is_some()
}

/// The index or indices that a subscript gives; `None` for slices.
fn indices<'a>(th: &Thread, key: &'a Obj) -> Res<Option<&'a [Obj]>> {
    if is_index(th, key) {
        return Ok(Some(std::slice::from_ref(key)));
    }
    if key.exact::<Slice>().is_some() {
        return Ok(None);
    }
    if let Some(t) = key.cast::<Tuple>() {
        if t.items().iter().all(|o| is_index(th, o)) {
            return Ok(Some(t.items()));
        }
        if !t.is_empty() && t.items().iter().all(|o| o.exact::<Slice>().is_some()) {
            return Err(th.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
    }
    Err(th.type_error("memoryview: invalid slice key"))
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let m = payload(th, o)?;
    with(th, m, |_| ())?;
    if m.shape.dims.is_empty() {
        if key.is(&Obj::ELLIPSIS) {
            return Ok(o.clone());
        }
        if key.cast::<Tuple>().is_some_and(|t| t.is_empty()) {
            return item_at(th, m, m.shape.start);
        }
        return Err(th.type_error("invalid indexing of 0-dim memory"));
    }
    if key.is(&Obj::ELLIPSIS) {
        return Ok(o.clone());
    }
    match indices(th, key)? {
        Some(keys) => {
            if m.shape.dims.len() > 1 && key.cast::<Tuple>().is_none() {
                return Err(
                    th.not_implemented_error("multi-dimensional sub-views are not implemented")
                );
            }
            let at = place(th, m, keys)?;
            item_at(th, m, at)
        }
        None => {
            let shape = sliced(th, m, key)?;
            view_of(th, m, shape)
        }
    }
}

/// The shape of `m[key]`, cut in the first dimension.
fn sliced(th: &Thread, m: &Py<MemoryView>, key: &Obj) -> Res<Shape> {
    let Some(slice) = key.exact::<Slice>() else {
        return Err(th.type_error("memoryview: invalid slice key"));
    };
    let mut shape = m.shape.clone();
    let (start, _, step, count) = th.slice_indices(slice, shape.dims[0])?;
    if count > 0 {
        shape.start = (shape.start as isize + start as isize * shape.strides[0]) as usize;
    }
    shape.strides[0] = shape.strides[0].saturating_mul(step as isize);
    shape.dims[0] = count;
    Ok(shape)
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let m = payload(th, o)?;
    with(th, m, |_| ())?;
    if m.shape.readonly {
        return Err(th.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else {
        return Err(th.type_error("cannot delete memory"));
    };
    let format = m.shape.format;
    let size = format.size();
    let whole = m.shape.dims.is_empty()
        && (key.is(&Obj::ELLIPSIS) || key.cast::<Tuple>().is_some_and(|t| t.is_empty()));
    let keys = if whole {
        Some(&[][..])
    } else {
        indices(th, key)?
    };
    if let Some(keys) = keys {
        let at = place(th, m, keys)?;
        let raw = format.pack(th, value)?;
        return with(th, m, |b| b.write(at, &raw[..size]));
    }
    if m.shape.dims.len() != 1 {
        return Err(th.not_implemented_error(
            "memoryview slice assignments are currently restricted to ndim = 1",
        ));
    }
    let shape = sliced(th, m, key)?;
    let source = if value.cast::<MemoryView>().is_some() {
        value.clone()
    } else {
        of(th, value)?
    };
    let Some(s) = source.cast::<MemoryView>() else {
        return Err(released(th));
    };
    if s.shape.dims != shape.dims || s.shape.format != format {
        return Err(
            th.value_error("memoryview assignment: lvalue and rvalue have different structures")
        );
    }
    // Copied out first: the two may be the same memory.
    let bytes = bytes_of(th, s)?;
    with(th, m, |b| {
        for (at, item) in shape.offsets().into_iter().zip(bytes.chunks_exact(size)) {
            b.write(at, item);
        }
    })
}

/// The view itself as a lender: its own bytes where they lie in C order.
fn buffer(th: &Thread, o: &Obj, writable: bool) -> Res<Buffer> {
    let m = payload(th, o)?;
    let shape = &m.shape;
    if writable && shape.readonly {
        return Err(th.err(
            TypeId::BufferError,
            "memoryview: underlying buffer is not writable",
        ));
    }
    if !shape.ordered(false) {
        return Err(th.err(
            TypeId::BufferError,
            "memoryview: underlying buffer is not C-contiguous",
        ));
    }
    let (ptr, fits) = m
        .buffer
        .with(th, m.head(), |b| {
            b.as_ref().map(|b| {
                m.exports.fetch_add(1, Ordering::Relaxed);
                let n = shape.nbytes();
                (
                    b.ptr().wrapping_add(shape.start),
                    n == 0 || shape.start + n <= b.len(),
                )
            })
        })
        .ok_or_else(|| released(th))?;
    let release = |o: &Obj| {
        if let Some(m) = o.cast::<MemoryView>() {
            // Release: what was done with the bytes is over for who lets them go.
            m.exports.fetch_sub(1, Ordering::Release);
        }
    };
    let len = if fits { shape.nbytes() } else { 0 };
    // SAFETY: while `exports` is not zero the view keeps its own buffer, which keeps the bytes in place.
    let mut b = unsafe { Buffer::new(o.clone(), ptr, len, shape.readonly, Some(release)) };
    b.itemsize = shape.format.size();
    b.format = shape.format.text();
    Ok(b)
}
