//! What compiled code leaves behind when it leaves, and how to read it.

use crate::ir::{SnapVal, Snapshot, Type, Value, boxed};
use crate::lower::lir::{Class, Reg};

/// Spill slots that an exit can hand over; a function that needs more is not compiled.
pub const MAX_SLOTS: usize = 512;

/// Where an exit's tail writes registers and slots. Each thread record points to one. Only the places that some
/// exit of the code names are written.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct ExitBuffer {
    words: [u64; 32 + MAX_SLOTS],
}

impl Default for ExitBuffer {
    fn default() -> Self {
        ExitBuffer {
            words: [0; 32 + MAX_SLOTS],
        }
    }
}

impl ExitBuffer {
    /// The word that belongs to a place: general registers, vector registers, slots.
    pub(crate) fn index(r: Reg) -> usize {
        match r {
            Reg::P(n, Class::Int) => n as usize,
            Reg::P(n, Class::Float) => 16 + n as usize,
            Reg::S(n) | Reg::V(n, _) => 32 + n as usize,
        }
    }

    /// The contents of a place.
    #[inline]
    pub fn read(&self, place: Place) -> u64 {
        match place {
            Place::Word(n) => self.words.get(n as usize).copied().unwrap_or(0),
            Place::Const(bits) => bits,
        }
    }
}

/// Where an exit finds a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A word of the exit buffer: 0 to 15 general registers by hardware number, 16 to 31 vector registers, then slots.
    Word(u32),
    /// It is constant.
    Const(u64),
}

/// What leaves.
#[derive(Clone, Debug)]
pub struct ExitInfo {
    /// The operation that leaves, as in the table: the reason.
    pub reason: &'static str,
    /// The state to rebuild.
    pub snap: Snapshot,
    /// For each value that the snapshot names, by its number: its type, and where it is.
    pub values: Vec<(Type, Place)>,
}

impl ExitInfo {
    /// The type of a value and its raw bits after this exit was taken.
    pub fn value(&self, buffer: &ExitBuffer, v: Value) -> (Type, u64) {
        let (ty, place) = self.values[v.index()];
        (ty, buffer.read(place))
    }
}

/// A value as an exit hands it over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rebuilt {
    /// A boxed value, ready for a register.
    Boxed(u64),
    /// An integer that does not fit an inline one: a big integer must be made.
    Big(i64),
    /// An address.
    Ptr(u64),
    /// Virtual object number n of the snapshot.
    Virtual(u32),
}

impl Rebuilt {
    /// Boxes raw bits of a type.
    #[inline]
    pub fn new(ty: Type, bits: u64) -> Rebuilt {
        match ty {
            Type::I64 if boxed::fits_int(bits as i64) => Rebuilt::Boxed(boxed::int(bits as i64)),
            Type::I64 => Rebuilt::Big(bits as i64),
            Type::F64 => Rebuilt::Boxed(boxed::float(bits)),
            Type::Bool => Rebuilt::Boxed(boxed::bool(bits != 0)),
            Type::Val | Type::Obj => Rebuilt::Boxed(bits),
            Type::Ptr => Rebuilt::Ptr(bits),
        }
    }
}

/// One place of a rebuilt frame or object.
pub type RebuiltEntry = (u32, Rebuilt, bool);

/// The state that an exit describes, with every SSA value looked up. Entries are (place, value, take a reference).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    /// (code, pc, how, registers), outermost first.
    pub frames: Vec<(u64, u32, u32, Vec<RebuiltEntry>)>,
    /// (what to allocate, fields).
    pub objects: Vec<(crate::ir::AllocInfo, Vec<RebuiltEntry>)>,
    /// Values whose reference is to be dropped at last.
    pub release: Vec<Rebuilt>,
}

/// Looks up the values of a snapshot; `look` gives a value's type and raw bits.
pub fn rebuild(s: &Snapshot, mut look: impl FnMut(Value) -> (Type, u64)) -> State {
    let mut value = |v: &SnapVal| match *v {
        SnapVal::Value(v) => {
            let (ty, bits) = look(v);
            Rebuilt::new(ty, bits)
        }
        SnapVal::Const(ty, bits) => Rebuilt::new(ty, bits),
        SnapVal::Virtual(n) => Rebuilt::Virtual(n),
    };
    let mut entries = |list: &[crate::ir::SnapEntry]| -> Vec<RebuiltEntry> {
        list.iter()
            .map(|e| (e.place, value(&e.val), e.incref))
            .collect()
    };
    State {
        frames: s
            .frames
            .iter()
            .map(|f| (f.code, f.pc, f.how, entries(&f.regs)))
            .collect(),
        objects: s
            .virtuals
            .iter()
            .map(|o| (o.alloc, entries(&o.fields)))
            .collect(),
        release: s
            .release
            .iter()
            .map(|v| value(&SnapVal::Value(*v)))
            .collect(),
    }
}
