//! The types of SSA values, the alias classes of memory, and the NaN-boxed layout of a `Val`.

use core::fmt;

/// The type of an SSA value. Every value occupies one 64-bit register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// A 64-bit signed integer; in a snapshot it stands for a Python `int` of that value.
    I64,
    /// A double.
    F64,
    /// 0 or 1.
    Bool,
    /// A NaN-boxed Python value (see [`boxed`]).
    Val,
    /// A pointer to a heap object, never null.
    Obj,
    /// Any other address: thread record, register window, storage of a container.
    Ptr,
}

impl Type {
    /// The name in textual IR.
    pub fn name(self) -> &'static str {
        match self {
            Type::I64 => "i64",
            Type::F64 => "f64",
            Type::Bool => "bool",
            Type::Val => "val",
            Type::Obj => "obj",
            Type::Ptr => "ptr",
        }
    }

    /// The type with that textual name.
    pub fn parse(s: &str) -> Option<Type> {
        [
            Type::I64,
            Type::F64,
            Type::Bool,
            Type::Val,
            Type::Obj,
            Type::Ptr,
        ]
        .into_iter()
        .find(|t| t.name() == s)
    }

    /// True for the type that lives in vector registers.
    pub fn is_float(self) -> bool {
        self == Type::F64
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A class of memory. Accesses of different classes never overlap. Within one class, accesses at different
/// constant offsets never overlap whatever their bases are (bases are starts of objects or of storage areas);
/// an indexed access may overlap every access of its class.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasClass(pub u8);

macro_rules! alias_classes {
    ($($(#[$doc:meta])* $name:ident = $n:literal $text:literal;)*) => {
        impl AliasClass {
            $($(#[$doc])* pub const $name: AliasClass = AliasClass($n);)*
            /// Names of the classes that this crate names.
            pub const NAMES: &'static [(AliasClass, &'static str)] = &[$((AliasClass($n), $text)),*];
        }
    };
}

alias_classes! {
    /// Never written after it could be read: tuple items, code constants. Loads from it are never invalidated; what is stored
    /// is stored in an object that was just made.
    IMMUTABLE = 0 "immutable";
    /// The interpreter's register window.
    FRAME = 1 "frame";
    /// Shape ids in object headers.
    HEADER = 2 "header";
    /// Reference counts and owners.
    REFCOUNT = 3 "refcount";
    /// Attribute slots of instances.
    SLOTS = 4 "slots";
    /// Length and storage pointer of lists.
    LIST = 5 "list";
    /// Items of lists.
    ITEMS = 6 "items";
    /// Dictionaries and sets.
    DICT = 7 "dict";
    /// Closure cells.
    CELL = 8 "cell";
    /// State of iterators and generators.
    ITER = 9 "iter";
    /// The thread record.
    THREAD = 10 "thread";
    /// Bytes, arrays, raw buffers.
    BYTES = 11 "bytes";
}

impl AliasClass {
    /// A class of the caller's own; `n` from 16 to 31.
    pub const fn user(n: u8) -> AliasClass {
        AliasClass(n & 31)
    }
    /// The class with that textual name.
    pub fn parse(s: &str) -> Option<AliasClass> {
        if let Some(found) = Self::NAMES.iter().find(|(_, n)| *n == s) {
            return Some(found.0);
        }
        let n: u8 = s.strip_prefix("class")?.parse().ok()?;
        (n < 32).then_some(AliasClass(n))
    }
    /// The set that holds only this class; the immutable class is in no set of written memory.
    pub const fn set(self) -> ClassSet {
        ClassSet(1 << self.0)
    }
}

impl fmt::Display for AliasClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(c, _)| c == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "class{}", self.0),
        }
    }
}

impl fmt::Debug for AliasClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of alias classes: what an operation reads, or writes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ClassSet(pub u32);

impl ClassSet {
    /// No class.
    pub const NONE: ClassSet = ClassSet(0);
    /// Every class that can be written.
    pub const ALL: ClassSet = ClassSet(!1);
    /// Whether `c` is in the set.
    pub fn has(self, c: AliasClass) -> bool {
        self.0 & (1 << c.0) != 0
    }
    /// Both sets together.
    pub const fn union(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 | other.0)
    }
    /// Whether the sets have a class in common.
    pub fn meets(self, other: ClassSet) -> bool {
        self.0 & other.0 != 0
    }
    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The classes in the set.
    pub fn iter(self) -> impl Iterator<Item = AliasClass> {
        (0..32u8).map(AliasClass).filter(move |c| self.has(*c))
    }
}

/// The layout of a NaN-boxed value and of the object header: the only facts about Python objects in this crate.
pub mod boxed {
    /// Added to the bits of a double.
    pub const FLOAT_OFFSET: u64 = 0x0002_0000_0000_0000;
    /// Values from here upward are inline integers.
    pub const INT_TAG: u64 = 0xFFFE_0000_0000_0000;
    /// Bits of an inline integer's payload.
    pub const INT_BITS: u32 = 49;
    /// "No value", an unbound register, an error return.
    pub const EMPTY: u64 = 0;
    /// `None`.
    pub const NONE: u64 = 2;
    /// `False`.
    pub const FALSE: u64 = 6;
    /// `True`.
    pub const TRUE: u64 = 7;
    /// Offset of the shape id (u32) in an object.
    pub const SHAPE: i32 = 0;
    /// Offset of the local count (i32).
    pub const LOCAL: i32 = 4;
    /// Offset of the shared count (u32).
    pub const SHARED: i32 = 8;
    /// Offset of the owner slot (u16).
    pub const OWNER: i32 = 12;
    /// Offset of the lock byte.
    pub const LOCK: i32 = 14;
    /// Offset of the flags byte.
    pub const FLAGS: i32 = 15;
    /// Flag: other threads may know of the object.
    pub const PUBLISHED: i32 = 1;

    /// Whether `v` is an inline integer.
    pub fn is_int(v: u64) -> bool {
        v >= INT_TAG
    }
    /// Whether `v` is a double.
    pub fn is_float(v: u64) -> bool {
        (FLOAT_OFFSET..INT_TAG).contains(&v)
    }
    /// Whether `v` is a heap pointer.
    pub fn is_obj(v: u64) -> bool {
        (16..FLOAT_OFFSET >> 1).contains(&v)
    }
    /// Whether an integer fits an inline payload.
    #[inline]
    pub fn fits_int(x: i64) -> bool {
        x << 15 >> 15 == x
    }
    /// The value of an integer that fits; the excess bits of one that does not are lost.
    #[inline]
    pub fn int(x: i64) -> u64 {
        INT_TAG | (x as u64 & (!0 >> 15))
    }
    /// The payload of an inline integer.
    #[inline]
    pub fn to_int(v: u64) -> i64 {
        (v << 15) as i64 >> 15
    }
    /// The value of a double.
    #[inline]
    pub fn float(bits: u64) -> u64 {
        bits.wrapping_add(FLOAT_OFFSET)
    }
    /// The bits of the double in `v`.
    #[inline]
    pub fn to_float(v: u64) -> u64 {
        v.wrapping_sub(FLOAT_OFFSET)
    }
    /// The value of a truth value.
    #[inline]
    pub fn bool(b: bool) -> u64 {
        if b { TRUE } else { FALSE }
    }
}
