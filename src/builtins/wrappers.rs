//! The one table of special methods: which slot each stands for, how the slot is called through the method
//! (`WrapperDescriptor`, for native types), and how the method is called through the slot (`interp::dunder`, for classes
//! written in Python).

use super::wrapper_docs;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A special method with a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dunder {
    /// `__init__`
    Init,
    /// `__call__`
    Call,
    /// `__repr__`
    Repr,
    /// `__str__`
    Str,
    /// `__hash__`
    Hash,
    /// A comparison.
    Cmp(CmpOp),
    /// `__getattribute__`
    GetAttribute,
    /// `__getattr__` (no native type has it).
    GetAttr,
    /// `__setattr__`
    SetAttr,
    /// `__delattr__`
    DelAttr,
    /// `__iter__`
    Iter,
    /// `__next__`
    Next,
    /// `__bool__`
    Bool,
    /// `__int__`
    Int,
    /// `__float__`
    Float,
    /// `__index__`
    Index,
    /// `__neg__`
    Neg,
    /// `__pos__`
    Pos,
    /// `__abs__`
    Abs,
    /// `__invert__`
    Invert,
    /// A binary operator.
    Bin(BinOp),
    /// A reflected binary operator.
    RBin(BinOp),
    /// An in-place operator.
    IBin(BinOp),
    /// `__pow__`
    Pow,
    /// `__rpow__`
    RPow,
    /// `__ipow__`
    IPow,
    /// `__len__`
    Len,
    /// `__getitem__`
    GetItem,
    /// `__setitem__`
    SetItem,
    /// `__delitem__`
    DelItem,
    /// `__contains__`
    Contains,
    /// `__add__` of a sequence.
    Concat,
    /// `__mul__` of a sequence.
    Repeat,
    /// `__rmul__` of a sequence.
    RRepeat,
    /// `__iadd__` of a sequence.
    IConcat,
    /// `__imul__` of a sequence.
    IRepeat,
    /// `__get__`
    Get,
    /// `__set__`
    Set,
    /// `__delete__`
    Delete,
    /// `__await__`
    Await,
    /// `__aiter__`
    AIter,
    /// `__anext__`
    ANext,
    /// `__del__`
    Del,
    /// `__buffer__`
    Buffer,
}

use Dunder as D;

/// Name, what it stands for, whether the slot is filled in a table.
type Row = (&'static str, Dunder, fn(&Slots) -> bool);

macro_rules! bin_rows {
    ($($op:ident $p:literal $r:literal $i:literal;)*) => {
        const BIN_ROWS: &[Row] = &[$(
            ($p, D::Bin(BinOp::$op), |s| s.binary[BinOp::$op as usize].is_some()),
            ($r, D::RBin(BinOp::$op), |s| s.binary[BinOp::$op as usize].is_some()),
            ($i, D::IBin(BinOp::$op), |s| s.inplace[BinOp::$op as usize].is_some()),
        )*];
    };
}

bin_rows! {
    Add "__add__" "__radd__" "__iadd__";
    Sub "__sub__" "__rsub__" "__isub__";
    Mul "__mul__" "__rmul__" "__imul__";
    TrueDiv "__truediv__" "__rtruediv__" "__itruediv__";
    FloorDiv "__floordiv__" "__rfloordiv__" "__ifloordiv__";
    Mod "__mod__" "__rmod__" "__imod__";
    MatMul "__matmul__" "__rmatmul__" "__imatmul__";
    LShift "__lshift__" "__rlshift__" "__ilshift__";
    RShift "__rshift__" "__rrshift__" "__irshift__";
    And "__and__" "__rand__" "__iand__";
    Or "__or__" "__ror__" "__ior__";
    Xor "__xor__" "__rxor__" "__ixor__";
    DivMod "__divmod__" "__rdivmod__" "";
}

const ROWS: &[Row] = &[
    ("__init__", D::Init, |s| s.init.is_some()),
    ("__call__", D::Call, |s| s.call.is_some()),
    ("__repr__", D::Repr, |s| s.repr.is_some()),
    ("__str__", D::Str, |s| s.str.is_some()),
    ("__hash__", D::Hash, |s| s.hash.is_some()),
    ("__lt__", D::Cmp(CmpOp::Lt), |s| s.compare.is_some()),
    ("__le__", D::Cmp(CmpOp::Le), |s| s.compare.is_some()),
    ("__eq__", D::Cmp(CmpOp::Eq), |s| s.compare.is_some()),
    ("__ne__", D::Cmp(CmpOp::Ne), |s| s.compare.is_some()),
    ("__gt__", D::Cmp(CmpOp::Gt), |s| s.compare.is_some()),
    ("__ge__", D::Cmp(CmpOp::Ge), |s| s.compare.is_some()),
    ("__getattribute__", D::GetAttribute, |s| s.getattr.is_some()),
    ("__getattr__", D::GetAttr, |_| false),
    ("__setattr__", D::SetAttr, |s| s.setattr.is_some()),
    ("__delattr__", D::DelAttr, |s| s.setattr.is_some()),
    ("__iter__", D::Iter, |s| s.iter.is_some()),
    ("__next__", D::Next, |s| s.next.is_some()),
    ("__bool__", D::Bool, |s| s.bool.is_some()),
    ("__int__", D::Int, |s| s.int.is_some()),
    ("__float__", D::Float, |s| s.float.is_some()),
    ("__index__", D::Index, |s| s.index.is_some()),
    ("__neg__", D::Neg, |s| s.neg.is_some()),
    ("__pos__", D::Pos, |s| s.pos.is_some()),
    ("__abs__", D::Abs, |s| s.abs.is_some()),
    ("__invert__", D::Invert, |s| s.invert.is_some()),
    ("__pow__", D::Pow, |s| s.pow.is_some()),
    ("__rpow__", D::RPow, |s| s.pow.is_some()),
    ("__ipow__", D::IPow, |s| s.ipow.is_some()),
    ("__len__", D::Len, |s| s.len.is_some()),
    ("__getitem__", D::GetItem, |s| s.getitem.is_some()),
    ("__setitem__", D::SetItem, |s| s.setitem.is_some()),
    ("__delitem__", D::DelItem, |s| s.setitem.is_some()),
    ("__contains__", D::Contains, |s| s.contains.is_some()),
    ("__add__", D::Concat, |s| s.concat.is_some()),
    ("__mul__", D::Repeat, |s| s.repeat.is_some()),
    ("__rmul__", D::RRepeat, |s| s.repeat.is_some()),
    ("__iadd__", D::IConcat, |s| s.iconcat.is_some()),
    ("__imul__", D::IRepeat, |s| s.irepeat.is_some()),
    ("__get__", D::Get, |s| s.get.is_some()),
    ("__set__", D::Set, |s| s.set.is_some()),
    ("__delete__", D::Delete, |s| s.set.is_some()),
    ("__await__", D::Await, |s| s.await_.is_some()),
    ("__aiter__", D::AIter, |s| s.aiter.is_some()),
    ("__anext__", D::ANext, |s| s.anext.is_some()),
    ("__del__", D::Del, |s| s.del.is_some()),
    ("__buffer__", D::Buffer, |s| s.buffer.is_some()),
];

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(BIN_ROWS).filter(|r| !r.0.is_empty())
}

/// Payload of `wrapper_descriptor`.
pub struct Wrapper {
    name: &'static str,
    what: Dunder,
    ty: Obj,
}

static LAYOUT: Layout = Layout::of::<Wrapper>("wrapper_descriptor");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Wrapper {
    const TYPE: TypeId = TypeId::WrapperDescriptor;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.ty.value());
    }
}

/// Puts a wrapper descriptor into the dictionary of a native type for each slot that its definition fills.
pub fn add_wrappers(th: &Thread, t: &Py<Type>, own: &Slots) -> Res<()> {
    for &(name, what, filled) in rows() {
        if !filled(own) || what == D::Del {
            continue;
        }
        let key = th.intern(name);
        if t.dict.get_interned(th, &key).is_some() {
            continue;
        }
        if what == D::Hash && is_unhashable(own) {
            t.dict.set_item(th, &key, Obj::NONE)?;
            continue;
        }
        let w = th.alloc(Wrapper {
            name,
            what,
            ty: t.obj().clone(),
        });
        t.dict.set_item(th, &key, w.into_obj())?;
    }
    Ok(())
}

fn is_unhashable(s: &Slots) -> bool {
    s.hash
        .is_some_and(|f| f as usize == crate::builtins::unhashable as *const () as usize)
}

impl Wrapper {
    /// What it stands for.
    pub fn dunder(&self) -> Dunder {
        self.what
    }
    /// The type whose slot it calls.
    pub fn owner(&self) -> &Py<Type> {
        match self.ty.cast::<Type>() {
            Some(t) => t,
            None => unreachable!("made with a type"),
        }
    }
}

/// `type.__op__(self, …)`: calls the slot of the type that the wrapper belongs to.
pub fn call_wrapper(th: &Thread, w: &Py<Wrapper>, me: &Obj, args: CallArgs<'_>) -> Res {
    let t = w.owner();
    if !th.type_of(me).is_subtype_of(t) {
        return Err(th.type_error(format!(
            "descriptor '{}' requires a '{}' object but received a '{}'",
            w.name,
            t.name_text(),
            th.type_name(me)
        )));
    }
    let s = t.slots();
    let pos = args.positional();
    let none = || Ok(Obj::NONE);
    let arity = |min: usize, max: usize| -> Res<()> {
        if !args.kwnames.is_empty() {
            return Err(th.type_error(format!("wrapper {}() takes no keyword arguments", w.name)));
        }
        if pos.len() < min || pos.len() > max {
            let (word, n) = if min == max {
                ("", min)
            } else if pos.len() < min {
                ("at least ", min)
            } else {
                ("at most ", max)
            };
            return Err(th.type_error(format!(
                "expected {word}{n} argument{}, got {}",
                if n == 1 { "" } else { "s" },
                pos.len()
            )));
        }
        Ok(())
    };
    let missing = || th.system_error(format!("slot of {} is empty", w.name));
    macro_rules! slot {
        ($f:expr) => {
            match $f {
                Some(f) => f,
                None => return Err(missing()),
            }
        };
    }
    match w.what {
        D::Init => slot!(s.init)(th, me, args).and_then(|()| none()),
        D::Call => slot!(s.call)(th, me, args),
        what => {
            let (min, max) = match what {
                D::SetAttr | D::SetItem | D::Set => (2, 2),
                D::Get => (1, 2),
                D::Pow | D::IPow | D::RPow => (1, 2),
                D::Cmp(_)
                | D::GetAttribute
                | D::GetAttr
                | D::DelAttr
                | D::Bin(_)
                | D::RBin(_)
                | D::IBin(_)
                | D::GetItem
                | D::DelItem
                | D::Contains
                | D::Concat
                | D::Repeat
                | D::RRepeat
                | D::IConcat
                | D::IRepeat
                | D::Delete
                | D::Buffer => (1, 1),
                _ => (0, 0),
            };
            arity(min, max)?;
            match what {
                D::Repr => slot!(s.repr)(th, me),
                D::Str => slot!(s.str)(th, me),
                D::Hash => Ok(th.int(slot!(s.hash)(th, me)?)),
                D::Cmp(op) => slot!(s.compare)(th, me, &pos[0], op),
                D::GetAttribute | D::GetAttr => {
                    let n = th.attr_name(&pos[0])?;
                    slot!(s.getattr)(th, me, &n)
                }
                D::SetAttr => {
                    let n = th.attr_name(&pos[0])?;
                    check_setattr(th, me, t, w.name)?;
                    slot!(s.setattr)(th, me, &n, Some(&pos[1])).and_then(|()| none())
                }
                D::DelAttr => {
                    let n = th.attr_name(&pos[0])?;
                    check_setattr(th, me, t, w.name)?;
                    slot!(s.setattr)(th, me, &n, None).and_then(|()| none())
                }
                D::Iter => slot!(s.iter)(th, me),
                D::Next => match slot!(s.next)(th, me)? {
                    Some(v) => Ok(v),
                    None => Err(th.stop_iteration(None)),
                },
                D::Bool => Ok(Obj::bool(slot!(s.bool)(th, me)?)),
                D::Int => slot!(s.int)(th, me),
                D::Float => slot!(s.float)(th, me),
                D::Index => slot!(s.index)(th, me),
                D::Neg => slot!(s.neg)(th, me),
                D::Pos => slot!(s.pos)(th, me),
                D::Abs => slot!(s.abs)(th, me),
                D::Invert => slot!(s.invert)(th, me),
                D::Bin(op) => slot!(s.binary[op as usize])(th, me, &pos[0]),
                D::RBin(op) => slot!(s.binary[op as usize])(th, &pos[0], me),
                D::IBin(op) => slot!(s.inplace[op as usize])(th, me, &pos[0]),
                D::Pow => slot!(s.pow)(th, me, &pos[0], pos.get(1).unwrap_or(&Obj::NONE)),
                D::RPow => slot!(s.pow)(th, &pos[0], me, pos.get(1).unwrap_or(&Obj::NONE)),
                D::IPow => slot!(s.ipow)(th, me, &pos[0], &Obj::NONE),
                D::Len => Ok(th.uint(slot!(s.len)(th, me)? as u64)),
                D::GetItem => slot!(s.getitem)(th, me, &pos[0]),
                D::SetItem => {
                    slot!(s.setitem)(th, me, &pos[0], Some(&pos[1])).and_then(|()| none())
                }
                D::DelItem => slot!(s.setitem)(th, me, &pos[0], None).and_then(|()| none()),
                D::Contains => Ok(Obj::bool(slot!(s.contains)(th, me, &pos[0])?)),
                D::Concat => slot!(s.concat)(th, me, &pos[0]),
                D::Repeat | D::RRepeat => slot!(s.repeat)(th, me, &pos[0]),
                D::IConcat => slot!(s.iconcat)(th, me, &pos[0]),
                D::IRepeat => slot!(s.irepeat)(th, me, &pos[0]),
                D::Get => {
                    let obj = Some(&pos[0]).filter(|o| !o.is_none());
                    let ty = pos.get(1).filter(|o| !o.is_none());
                    if obj.is_none() && ty.is_none() {
                        return Err(th.type_error("__get__(None, None) is invalid"));
                    }
                    slot!(s.get)(th, me, obj, ty)
                }
                D::Set => slot!(s.set)(th, me, &pos[0], Some(&pos[1])).and_then(|()| none()),
                D::Delete => slot!(s.set)(th, me, &pos[0], None).and_then(|()| none()),
                D::Await => slot!(s.await_)(th, me),
                D::AIter => slot!(s.aiter)(th, me),
                D::ANext => slot!(s.anext)(th, me),
                D::Del => slot!(s.del)(th, me).and_then(|()| none()),
                D::Buffer => th.call(th.ty(TypeId::MemoryView).obj(), std::slice::from_ref(me)),
                D::Init | D::Call => Err(missing()),
            }
        }
    }
}

/// `object.__setattr__(cls, …)` must not go around `type.__setattr__`.
fn check_setattr(th: &Thread, me: &Obj, t: &Py<Type>, name: &str) -> Res<()> {
    if me.cast::<Type>().is_some() && t.id == Some(TypeId::Object) {
        return Err(th.type_error(format!(
            "can't apply this {name} to {} object",
            th.type_name(me)
        )));
    }
    Ok(())
}

fn wrapper(o: &Obj) -> &Py<Wrapper> {
    match o.cast::<Wrapper>() {
        Some(w) => w,
        None => unreachable!("a slot of wrapper_descriptor is called for one only"),
    }
}

fn descr_call(th: &Thread, f: &Obj, args: CallArgs<'_>) -> Res {
    let w = wrapper(f);
    if args.positional().is_empty() {
        return Err(th.type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            w.name,
            w.owner().name_text()
        )));
    }
    call_wrapper(
        th,
        w,
        &args.all[0],
        CallArgs {
            all: &args.all[1..],
            kwnames: args.kwnames,
        },
    )
}

fn descr_get(th: &Thread, f: &Obj, obj: Option<&Obj>, _ty: Option<&Obj>) -> Res {
    match obj {
        Some(o) => Ok(th
            .alloc(BoundWrapper {
                w: f.clone(),
                me: o.clone(),
            })
            .into_obj()),
        None => Ok(f.clone()),
    }
}

fn descr_repr(th: &Thread, f: &Obj) -> Res {
    let w = wrapper(f);
    th.str(&format!(
        "<slot wrapper '{}' of '{}' objects>",
        w.name,
        w.owner().name_text()
    ))
}

/// `wrapper_descriptor`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        call: Some(descr_call),
        get: Some(descr_get),
        repr: Some(descr_repr),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__name__", |th, o| Ok(th.intern(wrapper(o).name))),
        GetSetDef::ro("__objclass__", |_, o| Ok(wrapper(o).ty.clone())),
        GetSetDef::ro("__qualname__", |th, o| {
            th.str(&format!(
                "{}.{}",
                wrapper(o).owner().name_text(),
                wrapper(o).name
            ))
        }),
        GetSetDef::ro("__doc__", |th, o| {
            th.str(&wrapper_docs::doc(wrapper(o).what))
        }),
        GetSetDef::ro("__text_signature__", |th, o| {
            th.str(wrapper_docs::signature(wrapper(o).what))
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let w = wrapper(a.get(0));
        let getattr = super::common::builtin(th, "getattr")?;
        th.pair(getattr, th.pair(w.ty.clone(), th.intern(w.name))?)
    })],
    flags: type_flags::METHOD_DESCRIPTOR,
    ..TypeDef::new(TypeId::WrapperDescriptor, "wrapper_descriptor", &LAYOUT)
};

/// Payload of `method-wrapper`: a wrapper bound to an object.
pub struct BoundWrapper {
    w: Obj,
    me: Obj,
}

static BOUND: Layout = Layout::of::<BoundWrapper>("method-wrapper");

// SAFETY: BOUND is of this type.
unsafe impl Native for BoundWrapper {
    const TYPE: TypeId = TypeId::MethodWrapper;
    const LAYOUT: &'static Layout = &BOUND;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.w.value());
        visit(self.me.value());
    }
}

fn bound(o: &Obj) -> &Py<BoundWrapper> {
    match o.cast::<BoundWrapper>() {
        Some(b) => b,
        None => unreachable!("a slot of method-wrapper is called for one only"),
    }
}

fn bound_call(th: &Thread, f: &Obj, args: CallArgs<'_>) -> Res {
    let b = bound(f);
    call_wrapper(th, wrapper(&b.w), &b.me, args)
}

fn bound_repr(th: &Thread, f: &Obj) -> Res {
    let b = bound(f);
    th.str(&format!(
        "<method-wrapper '{}' of {} object at {:#x}>",
        wrapper(&b.w).name,
        th.type_name(&b.me),
        b.me.value().0
    ))
}

fn bound_compare(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<BoundWrapper>(), b.cast::<BoundWrapper>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let same = x.w.is(&y.w) && x.me.is(&y.me);
    match op {
        CmpOp::Eq => Ok(Obj::bool(same)),
        CmpOp::Ne => Ok(Obj::bool(!same)),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// `method-wrapper`
pub static BOUND_DEF: TypeDef = TypeDef {
    slots: Slots {
        call: Some(bound_call),
        repr: Some(bound_repr),
        compare: Some(bound_compare),
        hash: Some(|_, o| {
            let b = bound(o);
            Ok((b.w.value().0 ^ b.me.value().0.rotate_left(20)) as i64 >> 4)
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__self__", |_, o| Ok(bound(o).me.clone())),
        GetSetDef::ro("__name__", |th, o| Ok(th.intern(wrapper(&bound(o).w).name))),
        GetSetDef::ro("__objclass__", |_, o| Ok(wrapper(&bound(o).w).ty.clone())),
        GetSetDef::ro("__qualname__", |th, o| {
            let w = wrapper(&bound(o).w);
            th.str(&format!("{}.{}", w.owner().name_text(), w.name))
        }),
        GetSetDef::ro("__doc__", |th, o| {
            th.str(&wrapper_docs::doc(wrapper(&bound(o).w).what))
        }),
        GetSetDef::ro("__text_signature__", |th, o| {
            th.str(wrapper_docs::signature(wrapper(&bound(o).w).what))
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let b = bound(a.get(0));
        let getattr = super::common::builtin(th, "getattr")?;
        th.pair(
            getattr,
            th.pair(b.me.clone(), th.intern(wrapper(&b.w).name))?,
        )
    })],
    ..TypeDef::new(TypeId::MethodWrapper, "method-wrapper", &BOUND)
};
