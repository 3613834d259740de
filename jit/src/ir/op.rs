//! The operations of the IR: one table, from which the enum, printer, parser, verifier and documentation come.
//!
//! A row: name, text, operand kinds, result, behaviour, what the immediate means, prose. Behaviours are the
//! constants of [`Behaviour`]. `Base` accepts an object or another pointer.

use super::types::{AliasClass, ClassSet, Type};

/// What an operand may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Exactly this type.
    Is(Type),
    /// An object or another pointer.
    Base,
}

/// What the immediate of an instruction means, and so how it prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Imm {
    /// There is none.
    No,
    /// A signed integer.
    Int,
    /// The bits of a double.
    Float,
    /// 0 or 1.
    Bool,
    /// A raw 64-bit word, printed in hexadecimal.
    Word,
    /// An offset and an alias class.
    Mem,
    /// Only an offset.
    Off,
    /// A called helper.
    Helper,
    /// Size in bytes, shape id and flags of an object to be made.
    Alloc,
}

/// What an operation does besides producing its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// Memory read, beyond what the instruction's own alias class says.
    pub reads: ClassSet,
    /// Memory written, likewise.
    pub writes: ClassSet,
    /// Reads the alias class that the instruction names.
    pub load: bool,
    /// Writes the alias class that the instruction names.
    pub store: bool,
    /// Needs a snapshot and may leave through it.
    pub guard: bool,
    /// May leave a Python exception pending.
    pub raises: bool,
    /// May run Python code.
    pub python: bool,
    /// May appear in Multi code.
    pub multi: bool,
    /// Must stay even if its result is unused, beyond what the columns above say.
    pub keep: bool,
    /// Ends a block.
    pub term: bool,
}

impl Behaviour {
    /// No effect and total: may be computed anywhere, any number of times, or not at all.
    pub const PURE: Behaviour = Behaviour {
        reads: ClassSet::NONE,
        writes: ClassSet::NONE,
        load: false,
        store: false,
        guard: false,
        raises: false,
        python: false,
        multi: true,
        keep: false,
        term: false,
    };
    /// Reads the class it names.
    pub const LOAD: Behaviour = Behaviour {
        load: true,
        ..Self::PURE
    };
    /// Writes the class it names.
    pub const STORE: Behaviour = Behaviour {
        store: true,
        keep: true,
        ..Self::PURE
    };
    /// Leaves if its condition is false, has no other effect.
    pub const GUARD: Behaviour = Behaviour {
        guard: true,
        keep: true,
        ..Self::PURE
    };
    /// A guard that computes a result; it goes when the result is not used and it cannot fail.
    pub const CHECKED: Behaviour = Behaviour {
        guard: true,
        keep: true,
        ..Self::PURE
    };
    /// A guard that reads the header of an object.
    pub const GUARD_SHAPE: Behaviour = Behaviour {
        reads: ClassSet(1 << AliasClass::HEADER.0),
        ..Self::GUARD
    };
    /// Changes a reference count and nothing else.
    pub const COUNT: Behaviour = Behaviour {
        writes: ClassSet(1 << AliasClass::REFCOUNT.0),
        keep: true,
        ..Self::PURE
    };
    /// Drops a reference; at zero a finaliser may run, which may do anything.
    pub const DROP: Behaviour = Behaviour {
        reads: ClassSet::ALL,
        writes: ClassSet::ALL,
        python: true,
        keep: true,
        ..Self::PURE
    };
    /// Drops a reference and leaves if that was the last.
    pub const DROP_GUARD: Behaviour = Behaviour {
        guard: true,
        ..Self::COUNT
    };
    /// Makes an object; leaves if there is no memory.
    pub const ALLOC: Behaviour = Behaviour {
        guard: true,
        keep: false,
        ..Self::PURE
    };
    /// What the helper declares.
    pub const CALL: Behaviour = Behaviour {
        keep: true,
        ..Self::PURE
    };
    /// Calls compiled code.
    pub const ENTER: Behaviour = Behaviour {
        raises: true,
        ..Self::DROP
    };
    /// A place where others may make this thread leave.
    pub const POINT: Behaviour = Behaviour {
        guard: true,
        keep: true,
        ..Self::PURE
    };
    /// Ends a block.
    pub const TERM: Behaviour = Behaviour {
        term: true,
        keep: true,
        ..Self::PURE
    };
    /// Ends a block by leaving.
    pub const EXIT: Behaviour = Behaviour {
        guard: true,
        ..Self::TERM
    };
}

/// One row of the table of operations.
#[derive(Debug)]
pub struct OpInfo {
    /// The operation.
    pub op: Op,
    /// Its name in textual IR.
    pub text: &'static str,
    /// Kinds of its operands (calls, jumps: given elsewhere).
    pub args: &'static [Kind],
    /// Type of its result.
    pub result: Option<Type>,
    /// Its effects.
    pub behaviour: Behaviour,
    /// What its immediate means.
    pub imm: Imm,
    /// What it computes.
    pub doc: &'static str,
}

macro_rules! kind {
    (I) => {
        Kind::Is(Type::I64)
    };
    (F) => {
        Kind::Is(Type::F64)
    };
    (B) => {
        Kind::Is(Type::Bool)
    };
    (V) => {
        Kind::Is(Type::Val)
    };
    (O) => {
        Kind::Is(Type::Obj)
    };
    (P) => {
        Kind::Is(Type::Ptr)
    };
    (M) => {
        Kind::Base
    };
}
macro_rules! result {
    (I) => {
        Some(Type::I64)
    };
    (F) => {
        Some(Type::F64)
    };
    (B) => {
        Some(Type::Bool)
    };
    (V) => {
        Some(Type::Val)
    };
    (O) => {
        Some(Type::Obj)
    };
    (P) => {
        Some(Type::Ptr)
    };
    (_) => {
        None
    };
}

macro_rules! ops {
    ($($name:ident $text:literal ($($arg:ident)*) -> $res:tt $beh:ident $imm:ident $doc:literal)*) => {
        /// An operation of the IR.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }

        /// The table of operations, in the order of [`Op`].
        pub static OPS: &[OpInfo] = &[
            $(OpInfo {
                op: Op::$name,
                text: $text,
                args: &[$(kind!($arg)),*],
                result: result!($res),
                behaviour: Behaviour::$beh,
                imm: Imm::$imm,
                doc: $doc,
            },)*
        ];
    };
}

ops! {
    // Constants.
    Iconst "iconst" () -> I PURE Int "An integer constant."
    Fconst "fconst" () -> F PURE Float "A double constant."
    Bconst "bconst" () -> B PURE Bool "A truth constant."
    Vconst "vconst" () -> V PURE Word "A boxed constant; a pointer in it is kept alive by the recorder."
    Oconst "oconst" () -> O PURE Word "The address of an object kept alive by the recorder."
    Pconst "pconst" () -> P PURE Word "Another address."

    // Integers.
    Iadd "iadd" (I I) -> I PURE No "Sum, wrapping."
    Isub "isub" (I I) -> I PURE No "Difference, wrapping."
    Imul "imul" (I I) -> I PURE No "Product, wrapping."
    Ineg "ineg" (I) -> I PURE No "Negation, wrapping."
    Iand "iand" (I I) -> I PURE No "Bitwise and."
    Ior "ior" (I I) -> I PURE No "Bitwise or."
    Ixor "ixor" (I I) -> I PURE No "Bitwise exclusive or."
    Inot "inot" (I) -> I PURE No "Bitwise complement."
    Ishl "ishl" (I I) -> I PURE No "Shift left by the low 6 bits of the count."
    Isar "isar" (I I) -> I PURE No "Arithmetic shift right by the low 6 bits of the count."
    Ishr "ishr" (I I) -> I PURE No "Logical shift right by the low 6 bits of the count."
    Isel "isel" (B I I) -> I PURE No "The second operand if the first is true, else the third."
    IaddOvf "iadd_ovf" (I I) -> I CHECKED No "Sum; leaves if it does not fit 64 bits."
    IsubOvf "isub_ovf" (I I) -> I CHECKED No "Difference; leaves if it does not fit 64 bits."
    ImulOvf "imul_ovf" (I I) -> I CHECKED No "Product; leaves if it does not fit 64 bits."
    IshlOvf "ishl_ovf" (I I) -> I CHECKED No "Shift left; leaves if the count is outside 0..63 or a significant bit is lost."
    Idiv "idiv" (I I) -> I CHECKED No "Quotient rounded toward minus infinity; leaves on a zero divisor or overflow."
    Imod "imod" (I I) -> I CHECKED No "Remainder with the sign of the divisor; leaves on a zero divisor or overflow."
    Ieq "ieq" (I I) -> B PURE No "Equal."
    Ine "ine" (I I) -> B PURE No "Not equal."
    Ilt "ilt" (I I) -> B PURE No "Less, signed."
    Ile "ile" (I I) -> B PURE No "Less or equal, signed."
    Igt "igt" (I I) -> B PURE No "Greater, signed."
    Ige "ige" (I I) -> B PURE No "Greater or equal, signed."
    Ult "ult" (I I) -> B PURE No "Less, unsigned: the bounds check of an index."
    Uge "uge" (I I) -> B PURE No "Greater or equal, unsigned."

    // Doubles.
    Fadd "fadd" (F F) -> F PURE No "Sum."
    Fsub "fsub" (F F) -> F PURE No "Difference."
    Fmul "fmul" (F F) -> F PURE No "Product."
    Fdiv "fdiv" (F F) -> F PURE No "Quotient as IEEE 754 has it; Python's zero check is a guard before."
    Fneg "fneg" (F) -> F PURE No "Sign flipped."
    Fabs "fabs" (F) -> F PURE No "Sign cleared."
    Fsqrt "fsqrt" (F) -> F PURE No "Square root."
    Ffloor "ffloor" (F) -> F PURE No "Rounded toward minus infinity."
    Fceil "fceil" (F) -> F PURE No "Rounded toward plus infinity."
    Ftrunc "ftrunc" (F) -> F PURE No "Rounded toward zero."
    Fsel "fsel" (B F F) -> F PURE No "The second operand if the first is true, else the third."
    Feq "feq" (F F) -> B PURE No "Equal; false with a NaN."
    Fne "fne" (F F) -> B PURE No "Not equal; true with a NaN."
    Flt "flt" (F F) -> B PURE No "Less; false with a NaN."
    Fle "fle" (F F) -> B PURE No "Less or equal; false with a NaN."
    Fgt "fgt" (F F) -> B PURE No "Greater; false with a NaN."
    Fge "fge" (F F) -> B PURE No "Greater or equal; false with a NaN."
    I2f "i2f" (I) -> F PURE No "The nearest double, ties to even."
    F2i "f2i" (F) -> I CHECKED No "Truncated to an integer; leaves unless that is strictly between -2^63 and 2^63."
    Fbits "fbits" (F) -> I PURE No "The bits of a double."
    Bitsf "bitsf" (I) -> F PURE No "The double with these bits."

    // Truth values.
    Bnot "bnot" (B) -> B PURE No "Not."
    Band "band" (B B) -> B PURE No "And."
    Bor "bor" (B B) -> B PURE No "Or."
    Bxor "bxor" (B B) -> B PURE No "Exclusive or."
    B2i "b2i" (B) -> I PURE No "0 or 1."

    // Boxing.
    BoxInt "box_int" (I) -> V PURE No "The inline integer; the operand must fit 49 bits (guard_fit)."
    UnboxInt "unbox_int" (V) -> I PURE No "The payload of an inline integer."
    BoxFloat "box_float" (F) -> V PURE No "The boxed double."
    UnboxFloat "unbox_float" (V) -> F PURE No "The double of a boxed one."
    BoxBool "box_bool" (B) -> V PURE No "True or False."
    UnboxBool "unbox_bool" (V) -> B PURE No "Whether the operand, True or False, is True."
    BoxObj "box_obj" (O) -> V PURE No "The object as a value: the same bits."
    UnboxObj "unbox_obj" (V) -> O PURE No "The value, known to be a heap pointer, as an object."
    ObjPtr "obj_ptr" (O) -> P PURE No "The object's address."
    Vsel "vsel" (B V V) -> V PURE No "The second operand if the first is true, else the third."
    Veq "veq" (V V) -> B PURE No "The same bits."
    Oeq "oeq" (O O) -> B PURE No "The same object."
    Peq "peq" (P P) -> B PURE No "The same address."
    IsInt "is_int" (V) -> B PURE No "Is an inline integer."
    IsFloat "is_float" (V) -> B PURE No "Is a double."
    IsObj "is_obj" (V) -> B PURE No "Is a heap pointer."
    Fits "fits" (I) -> B PURE No "Fits the 49 bits of an inline integer."
    Padd "padd" (M) -> P PURE Off "Address plus a constant."

    // Memory.
    LoadVal "load_val" (M) -> V LOAD Mem "A boxed value at base + offset."
    LoadI64 "load_i64" (M) -> I LOAD Mem "A 64-bit integer."
    LoadI32 "load_i32" (M) -> I LOAD Mem "A 32-bit integer, sign-extended."
    LoadU32 "load_u32" (M) -> I LOAD Mem "A 32-bit integer, zero-extended."
    LoadU8 "load_u8" (M) -> I LOAD Mem "A byte, zero-extended."
    LoadF64 "load_f64" (M) -> F LOAD Mem "A double."
    LoadPtr "load_ptr" (M) -> P LOAD Mem "An address."
    LoadObj "load_obj" (M) -> O LOAD Mem "An object's address."
    LoadxVal "loadx_val" (M I) -> V LOAD Mem "A boxed value at base + 8 × index + offset."
    LoadxI64 "loadx_i64" (M I) -> I LOAD Mem "A 64-bit integer at base + 8 × index + offset."
    LoadxF64 "loadx_f64" (M I) -> F LOAD Mem "A double at base + 8 × index + offset."
    LoadxU32 "loadx_u32" (M I) -> I LOAD Mem "A 32-bit integer at base + 4 × index + offset, zero-extended."
    LoadxI32 "loadx_i32" (M I) -> I LOAD Mem "A 32-bit integer at base + 4 × index + offset, sign-extended."
    LoadxU8 "loadx_u8" (M I) -> I LOAD Mem "A byte at base + index + offset."
    StoreVal "store_val" (M V) -> _ STORE Mem "Stores a boxed value; counts are not touched."
    StoreI64 "store_i64" (M I) -> _ STORE Mem "Stores 64 bits."
    StoreU32 "store_u32" (M I) -> _ STORE Mem "Stores the low 32 bits."
    StoreU8 "store_u8" (M I) -> _ STORE Mem "Stores the low byte."
    StoreF64 "store_f64" (M F) -> _ STORE Mem "Stores a double."
    StorePtr "store_ptr" (M P) -> _ STORE Mem "Stores an address."
    StorexVal "storex_val" (M I V) -> _ STORE Mem "Stores a boxed value at base + 8 × index + offset."
    StorexI64 "storex_i64" (M I I) -> _ STORE Mem "Stores 64 bits at base + 8 × index + offset."
    StorexF64 "storex_f64" (M I F) -> _ STORE Mem "Stores a double at base + 8 × index + offset."
    StorexU32 "storex_u32" (M I I) -> _ STORE Mem "Stores the low 32 bits at base + 4 × index + offset."
    StorexU8 "storex_u8" (M I I) -> _ STORE Mem "Stores a byte at base + index + offset."

    // Guards.
    GuardTrue "guard_true" (B) -> _ GUARD No "Leaves if false."
    GuardFalse "guard_false" (B) -> _ GUARD No "Leaves if true."
    GuardShape "guard_shape" (O) -> _ GUARD_SHAPE Word "Leaves if the object's shape id is not the immediate."
    GuardVal "guard_val" (V) -> _ GUARD Word "Leaves if the value's bits are not the immediate."
    GuardObj "guard_obj" (V) -> _ GUARD No "Leaves if not a heap pointer."
    GuardInt "guard_int" (V) -> _ GUARD No "Leaves if not an inline integer."
    GuardFloat "guard_float" (V) -> _ GUARD No "Leaves if not a double."
    GuardBool "guard_bool" (V) -> _ GUARD No "Leaves if neither True nor False."
    GuardNotEmpty "guard_not_empty" (V) -> _ GUARD No "Leaves if the value is 0: unbound, or a helper raised."
    GuardFit "guard_fit" (I) -> _ GUARD No "Leaves if the integer does not fit 49 bits."

    // Reference counts and objects; lowered for the mode.
    Incref "incref" (O) -> _ COUNT No "Takes a reference."
    Decref "decref" (O) -> _ DROP No "Drops a reference; at zero the object is destroyed, and Python may run. A snapshot, if there is one, is the state after."
    DecrefLeaf "decref_leaf" (O) -> _ COUNT No "Drops a reference; at zero the object goes, but no Python runs."
    DecrefLive "decref_live" (O) -> _ COUNT No "Drops a reference that is not the last."
    DecrefGuard "decref_guard" (O) -> _ DROP_GUARD No "Drops a reference; if it was the last the object is destroyed and the code leaves. Snapshot: state after."
    IncrefVal "incref_val" (V) -> _ COUNT No "Takes a reference if the value is a heap pointer."
    DecrefVal "decref_val" (V) -> _ DROP No "Drops a reference if the value is a heap pointer."
    Publish "publish" (V) -> _ COUNT No "Multi: marks the object, if the value is one, as one that others may find, before it is stored where they look."
    Alloc "alloc" () -> O ALLOC Alloc "An object with its header set: the shape, one reference, this thread the owner. Its fields are not set."

    // Control.
    Call "call" () -> _ CALL Helper "Calls a helper; effects are those that it declares."
    Enter "enter" (P P) -> I ENTER No "Calls compiled code at the first address with the second as register window: the number of its exit. A returned value is in the thread record."
    Safepoint "safepoint" () -> _ POINT No "First in a loop header: where others can make this thread leave. Single: the back edges are patch points; Multi: tests the guard word."
    Patch "patch" () -> _ POINT Int "A place, after a call, that leaves once the assumption with this id is broken."
    Jump "jump" () -> _ TERM No "Goes on in a block."
    Brif "brif" (B) -> _ TERM No "Goes on in the first block if true, else in the second. The first is expected."
    Exit "exit" () -> _ EXIT No "Leaves."
    Ret "ret" (V) -> _ TERM No "Returns a value to the caller of the code."
}

impl Op {
    /// The operation's row.
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }
    /// The operation with that textual name.
    pub fn parse(text: &str) -> Option<Op> {
        OPS.iter().find(|i| i.text == text).map(|i| i.op)
    }
    /// No effect and total.
    pub fn is_pure(self) -> bool {
        self.info().behaviour == Behaviour::PURE
    }
    /// May leave through a snapshot.
    pub fn is_guard(self) -> bool {
        self.info().behaviour.guard
    }
    /// Ends a block.
    pub fn is_term(self) -> bool {
        self.info().behaviour.term
    }
    /// Is one of the constants.
    pub fn is_const(self) -> bool {
        self <= Op::Pconst
    }
    /// The operands may be exchanged.
    pub fn commutes(self) -> bool {
        use Op::*;
        matches!(
            self,
            Iadd | Imul
                | Iand
                | Ior
                | Ixor
                | IaddOvf
                | ImulOvf
                | Ieq
                | Ine
                | Fadd
                | Fmul
                | Feq
                | Fne
                | Band
                | Bor
                | Bxor
                | Veq
                | Oeq
                | Peq
        )
    }
    /// The comparison that is true exactly when this one is false.
    pub fn negated(self) -> Option<Op> {
        use Op::*;
        Some(match self {
            Ieq => Ine,
            Ine => Ieq,
            Ilt => Ige,
            Ige => Ilt,
            Ile => Igt,
            Igt => Ile,
            Ult => Uge,
            Uge => Ult,
            Feq => Fne,
            Fne => Feq,
            _ => return None,
        })
    }
    /// The comparison of exchanged operands.
    pub fn swapped(self) -> Option<Op> {
        use Op::*;
        Some(match self {
            Ieq => Ieq,
            Ine => Ine,
            Ilt => Igt,
            Igt => Ilt,
            Ile => Ige,
            Ige => Ile,
            Flt => Fgt,
            Fgt => Flt,
            Fle => Fge,
            Fge => Fle,
            Feq => Feq,
            Fne => Fne,
            _ => return None,
        })
    }
    /// For a load: the store that writes what it reads (same width and type).
    pub fn store_of_load(self) -> Option<Op> {
        use Op::*;
        Some(match self {
            LoadVal => StoreVal,
            LoadI64 => StoreI64,
            LoadF64 => StoreF64,
            LoadPtr => StorePtr,
            LoadxVal => StorexVal,
            LoadxI64 => StorexI64,
            LoadxF64 => StorexF64,
            _ => return None,
        })
    }
    /// The access of the same width without an index, of one with an index.
    pub fn without_index(self) -> Option<Op> {
        use Op::*;
        Some(match self {
            LoadxVal => LoadVal,
            LoadxI64 => LoadI64,
            LoadxF64 => LoadF64,
            LoadxU32 => LoadU32,
            LoadxI32 => LoadI32,
            LoadxU8 => LoadU8,
            StorexVal => StoreVal,
            StorexI64 => StoreI64,
            StorexF64 => StoreF64,
            StorexU32 => StoreU32,
            StorexU8 => StoreU8,
            _ => return None,
        })
    }
    /// Accesses memory at base + scaled index.
    pub fn is_indexed(self) -> bool {
        use Op::*;
        matches!(
            self,
            LoadxVal
                | LoadxI64
                | LoadxF64
                | LoadxU32
                | LoadxI32
                | LoadxU8
                | StorexVal
                | StorexI64
                | StorexF64
                | StorexU32
                | StorexU8
        )
    }
    /// Bytes accessed by a load or store.
    pub fn width(self) -> u8 {
        use Op::*;
        match self {
            LoadI32 | LoadU32 | LoadxU32 | LoadxI32 | StoreU32 | StorexU32 => 4,
            LoadU8 | LoadxU8 | StoreU8 | StorexU8 => 1,
            _ => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (i, info) in OPS.iter().enumerate() {
            assert_eq!(info.op as usize, i);
            assert_eq!(
                Op::parse(info.text),
                Some(info.op),
                "{} names two operations",
                info.text
            );
        }
        assert!(Op::Pconst.is_const() && !Op::Iadd.is_const());
    }

    #[test]
    fn negation_and_exchange_are_their_own_inverse() {
        for info in OPS {
            if let Some(n) = info.op.negated() {
                assert_eq!(n.negated(), Some(info.op));
            }
            if let Some(s) = info.op.swapped() {
                assert_eq!(s.swapped(), Some(info.op));
            }
        }
    }
}
