//! Numbers and lists of places as bytes: what [`crate::exits`] and [`crate::ir::pack`] have in common.
//!
//! A number is seven bits a byte, low ones first, the last byte without its high bit. A list of places is its length, then
//! for each entry the place, a tag (kind, type, whether to take a reference) and what the kind says. Constants of more
//! than 28 bits are eight bytes.

use crate::exit::Place;
use crate::ir::{SnapEntry, SnapVal, Type, Value};
use foldhash::fast::FixedState;
use std::collections::HashMap;

const TYPES: [Type; 6] = [
    Type::I64,
    Type::F64,
    Type::Bool,
    Type::Val,
    Type::Obj,
    Type::Ptr,
];

/// What a value is in a packed list.
pub(crate) enum Is {
    /// It keeps its number.
    Number,
    /// Of that type, in that place.
    At(Type, Place),
}

/// Kinds of entries: a value by its number or its word of the exit buffer; a value that is constant; a constant of the
/// snapshot; an object.
const VALUE: u8 = 0;
const KNOWN: u8 = 1;
const CONST: u8 = 2;
const VIRTUAL: u8 = 3;
/// The constant is eight bytes.
const LONG: u8 = 1 << 6;

/// A type as a number.
pub(crate) fn code(ty: Type) -> u8 {
    TYPES.iter().position(|t| *t == ty).unwrap_or(0) as u8
}

/// The type of a number.
pub(crate) fn ty(code: u8) -> Type {
    TYPES[code as usize]
}

/// Writes a number.
pub(crate) fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Writes lists, equal ones once.
#[derive(Default)]
pub(crate) struct Lists {
    known: HashMap<Box<[u8]>, u32, FixedState>,
    list: Vec<u8>,
}

impl Lists {
    /// Where in `out` the list is, which is written there if it is new.
    pub(crate) fn put(
        &mut self,
        out: &mut Vec<u8>,
        entries: &[SnapEntry],
        is: &impl Fn(Value) -> Is,
    ) -> u64 {
        let list = &mut self.list;
        list.clear();
        number(list, entries.len() as u64);
        for e in entries {
            number(list, u64::from(e.place));
            let tag = |kind: u8, ty: Type| kind | code(ty) << 2 | u8::from(e.incref) << 5;
            let constant = |list: &mut Vec<u8>, tag: u8, bits: u64| {
                if bits < 1 << 28 {
                    list.push(tag);
                    number(list, bits);
                } else {
                    list.push(tag | LONG);
                    list.extend(bits.to_le_bytes());
                }
            };
            let mut small = |tag: u8, n: u32| {
                list.push(tag);
                number(list, u64::from(n));
            };
            match e.val {
                SnapVal::Value(v) => match is(v) {
                    Is::Number => small(tag(VALUE, Type::Val), v.0),
                    Is::At(ty, Place::Word(n)) => small(tag(VALUE, ty), n),
                    Is::At(ty, Place::Const(bits)) => constant(list, tag(KNOWN, ty), bits),
                },
                SnapVal::Const(ty, bits) => constant(list, tag(CONST, ty), bits),
                SnapVal::Virtual(n) => small(tag(VIRTUAL, Type::Val), n),
            }
        }
        if let Some(at) = self.known.get(&list[..]) {
            return u64::from(*at);
        }
        let at = out.len() as u32;
        out.extend_from_slice(list);
        self.known.insert(list[..].into(), at);
        u64::from(at)
    }
}

/// Reads what was written.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl Reader<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let b = self.bytes[self.at];
        self.at += 1;
        b
    }
    pub(crate) fn number(&mut self) -> u64 {
        let (mut n, mut shift) = (0, 0);
        loop {
            let b = self.byte();
            n |= u64::from(b & 0x7F) << shift;
            if b < 0x80 {
                return n;
            }
            shift += 7;
        }
    }
    pub(crate) fn word(&mut self) -> u32 {
        self.number() as u32
    }
    fn constant(&mut self, tag: u8) -> u64 {
        if tag & LONG == 0 {
            return self.number();
        }
        (0..8).fold(0, |n, k| n | u64::from(self.byte()) << (8 * k))
    }
    /// The list whose place is next; `value` says what a value becomes, of which the list says the type and the place, the
    /// number of a value being a word.
    pub(crate) fn list(&mut self, value: impl FnMut(Type, Place) -> Value) -> Vec<SnapEntry> {
        let at = self.word();
        self.list_at(at, value)
    }
    /// As [`Reader::list`], of the list there.
    pub(crate) fn list_at(
        &self,
        at: u32,
        mut value: impl FnMut(Type, Place) -> Value,
    ) -> Vec<SnapEntry> {
        let at = at as usize;
        let mut r = Reader { at, ..*self };
        let n = r.word();
        (0..n)
            .map(|_| {
                let place = r.word();
                let tag = r.byte();
                let ty = ty(tag >> 2 & 7);
                let val = match tag & 3 {
                    VALUE => SnapVal::Value(value(ty, Place::Word(r.word()))),
                    KNOWN => SnapVal::Value(value(ty, Place::Const(r.constant(tag)))),
                    CONST => SnapVal::Const(ty, r.constant(tag)),
                    _ => SnapVal::Virtual(r.word()),
                };
                SnapEntry {
                    place,
                    val,
                    incref: tag >> 5 & 1 != 0,
                }
            })
            .collect()
    }
}
