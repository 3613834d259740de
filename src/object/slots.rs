//! Type slots: the operations that a type gives natively, CPython's `tp_*`, `nb_*`, `sq_*`, `mp_*` in one table of plain
//! function pointers. A class written in Python gets generic functions here that look up the dunder and call it
//! (`interp::dunder`); a built-in type gets its dunders from here as wrapper descriptors (`builtins::wrappers`).

use super::buffer::Buffer;
use super::obj::{Obj, Py};
use super::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Arguments of a call: positional ones, then the values of keyword arguments whose names are `kwnames` (exact str).
#[derive(Clone, Copy)]
pub struct CallArgs<'a> {
    /// Positional arguments, then keyword values.
    pub all: &'a [Obj],
    /// Names of the last `kwnames.len()` of `all`.
    pub kwnames: &'a [Obj],
}

impl<'a> CallArgs<'a> {
    /// No keyword arguments.
    #[inline(always)]
    pub fn pos(all: &'a [Obj]) -> Self {
        CallArgs { all, kwnames: &[] }
    }
    /// The positional arguments.
    #[inline(always)]
    pub fn positional(&self) -> &'a [Obj] {
        &self.all[..self.all.len() - self.kwnames.len()]
    }
    /// Names and values of the keyword arguments.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a Obj, &'a Obj)> + use<'a> {
        self.kwnames
            .iter()
            .zip(&self.all[self.all.len() - self.kwnames.len()..])
    }
    /// Whether there are no arguments at all.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// A rich comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CmpOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CmpOp {
    /// The comparison with its operands exchanged.
    pub fn swapped(self) -> CmpOp {
        match self {
            CmpOp::Lt => CmpOp::Gt,
            CmpOp::Le => CmpOp::Ge,
            CmpOp::Gt => CmpOp::Lt,
            CmpOp::Ge => CmpOp::Le,
            o => o,
        }
    }
    /// What it says of two things that compare so.
    #[inline]
    pub fn holds(self, o: std::cmp::Ordering) -> bool {
        match self {
            CmpOp::Lt => o.is_lt(),
            CmpOp::Le => o.is_le(),
            CmpOp::Eq => o.is_eq(),
            CmpOp::Ne => o.is_ne(),
            CmpOp::Gt => o.is_gt(),
            CmpOp::Ge => o.is_ge(),
        }
    }
    /// What it says of two floats, of which one may be NaN.
    #[inline(always)]
    pub fn holds_f64(self, x: f64, y: f64) -> bool {
        match self {
            CmpOp::Lt => x < y,
            CmpOp::Le => x <= y,
            CmpOp::Eq => x == y,
            CmpOp::Ne => x != y,
            CmpOp::Gt => x > y,
            CmpOp::Ge => x >= y,
        }
    }
    /// Its sign in source text.
    pub fn sign(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
}

/// A binary operator with a numeric slot (`pow` has one of its own: it takes three operands).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    TrueDiv,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `@`
    MatMul,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `divmod()`
    DivMod,
}

/// Number of [`BinOp`]s.
pub const NBIN: usize = 13;

impl BinOp {
    /// Its sign in source text; `None` for divmod.
    pub fn sign(self) -> &'static str {
        [
            "+", "-", "*", "/", "//", "%", "@", "<<", ">>", "&", "|", "^", "divmod()",
        ][self as usize]
    }
    /// Names of the dunders: plain, reflected, in place.
    pub fn dunders(self) -> (&'static str, &'static str, &'static str) {
        match self {
            BinOp::Add => ("__add__", "__radd__", "__iadd__"),
            BinOp::Sub => ("__sub__", "__rsub__", "__isub__"),
            BinOp::Mul => ("__mul__", "__rmul__", "__imul__"),
            BinOp::TrueDiv => ("__truediv__", "__rtruediv__", "__itruediv__"),
            BinOp::FloorDiv => ("__floordiv__", "__rfloordiv__", "__ifloordiv__"),
            BinOp::Mod => ("__mod__", "__rmod__", "__imod__"),
            BinOp::MatMul => ("__matmul__", "__rmatmul__", "__imatmul__"),
            BinOp::LShift => ("__lshift__", "__rlshift__", "__ilshift__"),
            BinOp::RShift => ("__rshift__", "__rrshift__", "__irshift__"),
            BinOp::And => ("__and__", "__rand__", "__iand__"),
            BinOp::Or => ("__or__", "__ror__", "__ior__"),
            BinOp::Xor => ("__xor__", "__rxor__", "__ixor__"),
            BinOp::DivMod => ("__divmod__", "__rdivmod__", ""),
        }
    }
    /// Every operator, in order.
    pub const ALL: [BinOp; NBIN] = [
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::TrueDiv,
        BinOp::FloorDiv,
        BinOp::Mod,
        BinOp::MatMul,
        BinOp::LShift,
        BinOp::RShift,
        BinOp::And,
        BinOp::Or,
        BinOp::Xor,
        BinOp::DivMod,
    ];
}

/// `f(self)`
pub type UnaryFn = fn(&Thread, &Obj) -> Res;
/// `f(left, right)`; either may be the one whose type owns the slot; NotImplemented to decline.
pub type BinaryFn = fn(&Thread, &Obj, &Obj) -> Res;
/// `pow(base, exponent, modulus)`
pub type TernaryFn = fn(&Thread, &Obj, &Obj, &Obj) -> Res;
/// Whether a type can take part in a slot's fast paths is up to the slot; all are optional.
#[derive(Clone, Copy)]
pub struct Slots {
    /// `cls.__new__(cls, …)`
    pub new: Option<fn(&Thread, &Py<Type>, CallArgs<'_>) -> Res>,
    /// `__init__`
    pub init: Option<fn(&Thread, &Obj, CallArgs<'_>) -> Res<()>>,
    /// `__call__`
    pub call: Option<fn(&Thread, &Obj, CallArgs<'_>) -> Res>,
    /// `__repr__`
    pub repr: Option<UnaryFn>,
    /// `__str__`
    pub str: Option<UnaryFn>,
    /// `__hash__`; types that set `__hash__ = None` have `hash_unhashable`.
    pub hash: Option<fn(&Thread, &Obj) -> Res<i64>>,
    /// `__eq__` and the others; NotImplemented to decline.
    pub compare: Option<fn(&Thread, &Obj, &Obj, CmpOp) -> Res>,
    /// `__getattribute__`, with `__getattr__` behind it.
    pub getattr: Option<fn(&Thread, &Obj, &Obj) -> Res>,
    /// `__setattr__`, `__delattr__` (no value).
    pub setattr: Option<fn(&Thread, &Obj, &Obj, Option<&Obj>) -> Res<()>>,
    /// `__iter__`
    pub iter: Option<UnaryFn>,
    /// `__next__`; `None` at the end.
    pub next: Option<fn(&Thread, &Obj) -> Res<Option<Obj>>>,
    /// One step of an iterator that `yield from` or `await` goes through, a value sent in: faster than `__next__`, and it
    /// returns without an exception. Types without are stepped by `next` or their method `send`.
    pub send: Option<fn(&Thread, &Obj, &Obj) -> Res<super::frame::Resumed>>,
    /// `__bool__`
    pub bool: Option<fn(&Thread, &Obj) -> Res<bool>>,
    /// `__int__`
    pub int: Option<UnaryFn>,
    /// `__float__`
    pub float: Option<UnaryFn>,
    /// `__index__`
    pub index: Option<UnaryFn>,
    /// `-x`
    pub neg: Option<UnaryFn>,
    /// `+x`
    pub pos: Option<UnaryFn>,
    /// `abs(x)`
    pub abs: Option<UnaryFn>,
    /// `~x`
    pub invert: Option<UnaryFn>,
    /// Binary operators, by [`BinOp`].
    pub binary: [Option<BinaryFn>; NBIN],
    /// In-place operators, by [`BinOp`].
    pub inplace: [Option<BinaryFn>; NBIN],
    /// `**`; the modulus is None but for `pow(a, b, c)`.
    pub pow: Option<TernaryFn>,
    /// `**=`
    pub ipow: Option<TernaryFn>,
    /// `len(x)`, of sequences and mappings.
    pub len: Option<fn(&Thread, &Obj) -> Res<usize>>,
    /// `x[key]`, of sequences and mappings (the key is whatever was written; sequences handle negative indices).
    pub getitem: Option<BinaryFn>,
    /// `x[key] = value`, `del x[key]`
    pub setitem: Option<fn(&Thread, &Obj, &Obj, Option<&Obj>) -> Res<()>>,
    /// `item in x`
    pub contains: Option<fn(&Thread, &Obj, &Obj) -> Res<bool>>,
    /// Sequence concatenation, tried after the numeric `+` of both sides.
    pub concat: Option<BinaryFn>,
    /// Sequence repetition, the count an int or index, tried after the numeric `*`.
    pub repeat: Option<BinaryFn>,
    /// In-place concatenation.
    pub iconcat: Option<BinaryFn>,
    /// In-place repetition.
    pub irepeat: Option<BinaryFn>,
    /// `__get__(self, instance or None, owner or None)`
    pub get: Option<fn(&Thread, &Obj, Option<&Obj>, Option<&Obj>) -> Res>,
    /// `__set__`, `__delete__` (no value).
    pub set: Option<fn(&Thread, &Obj, &Obj, Option<&Obj>) -> Res<()>>,
    /// `__await__`
    pub await_: Option<UnaryFn>,
    /// `__aiter__`
    pub aiter: Option<UnaryFn>,
    /// `__anext__`
    pub anext: Option<UnaryFn>,
    /// `__del__`
    pub del: Option<fn(&Thread, &Obj) -> Res<()>>,
    /// The buffer protocol.
    pub buffer: Option<fn(&Thread, &Obj, bool) -> Res<Buffer>>,
}

impl Slots {
    /// No slot set.
    pub const NONE: Slots = Slots {
        new: None,
        init: None,
        call: None,
        repr: None,
        str: None,
        hash: None,
        compare: None,
        getattr: None,
        setattr: None,
        iter: None,
        next: None,
        send: None,
        bool: None,
        int: None,
        float: None,
        index: None,
        neg: None,
        pos: None,
        abs: None,
        invert: None,
        binary: [None; NBIN],
        inplace: [None; NBIN],
        pow: None,
        ipow: None,
        len: None,
        getitem: None,
        setitem: None,
        contains: None,
        concat: None,
        repeat: None,
        iconcat: None,
        irepeat: None,
        get: None,
        set: None,
        await_: None,
        aiter: None,
        anext: None,
        del: None,
        buffer: None,
    };

    /// The table with a binary operator set.
    pub const fn bin(mut self, op: BinOp, f: BinaryFn) -> Slots {
        self.binary[op as usize] = Some(f);
        self
    }
    /// The table with an in-place operator set.
    pub const fn ibin(mut self, op: BinOp, f: BinaryFn) -> Slots {
        self.inplace[op as usize] = Some(f);
        self
    }

    /// Fills every slot that is empty here from `base`.
    pub fn inherit(&mut self, base: &Slots) {
        macro_rules! each {
            ($($f:ident)*) => { $( if self.$f.is_none() { self.$f = base.$f; } )* };
        }
        // Comparison and hash are inherited together or not at all.
        if self.compare.is_none() && self.hash.is_none() {
            self.compare = base.compare;
            self.hash = base.hash;
        }
        each!(new init call repr str getattr setattr iter next send bool int float index neg pos abs invert pow ipow len
              getitem setitem contains concat repeat iconcat irepeat get set await_ aiter anext del buffer);
        for i in 0..NBIN {
            if self.binary[i].is_none() {
                self.binary[i] = base.binary[i];
            }
            if self.inplace[i].is_none() {
                self.inplace[i] = base.inplace[i];
            }
        }
    }
}
