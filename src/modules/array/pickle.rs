//! Pickling: `__reduce_ex__`, and the function that makes an array from bytes of any machine.

use super::kind::Kind;
use super::kind_arg;
use super::methods;
use super::store::Array;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use dashu_int::IBig;

/// What a machine format says: bytes an item, whether big-endian, and how to read it.
#[derive(Clone, Copy)]
struct Machine {
    width: usize,
    big: bool,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Unsigned,
    Signed,
    Float,
    Utf16,
    Utf32,
}

const fn m(width: usize, big: bool, what: What) -> Machine {
    Machine { width, big, what }
}

/// By number.
static MACHINES: [Machine; 22] = [
    m(1, false, What::Unsigned),
    m(1, false, What::Signed),
    m(2, false, What::Unsigned),
    m(2, true, What::Unsigned),
    m(2, false, What::Signed),
    m(2, true, What::Signed),
    m(4, false, What::Unsigned),
    m(4, true, What::Unsigned),
    m(4, false, What::Signed),
    m(4, true, What::Signed),
    m(8, false, What::Unsigned),
    m(8, true, What::Unsigned),
    m(8, false, What::Signed),
    m(8, true, What::Signed),
    m(4, false, What::Float),
    m(4, true, What::Float),
    m(8, false, What::Float),
    m(8, true, What::Float),
    m(2, false, What::Utf16),
    m(2, true, What::Utf16),
    m(4, false, What::Utf32),
    m(4, true, What::Utf32),
];

/// `array.__reduce_ex__(protocol)`
pub fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let me = this::<Array>(th, o)?;
    let Some(protocol) = th.is_int(a.get(1)).then(|| th.index_clamped(a.get(1))) else {
        return Err(th.type_error("__reduce_ex__ argument should be an integer"));
    };
    let dict = th.getattr_opt(o, "__dict__")?.unwrap_or(Obj::NONE);
    let class = th.type_of(o).obj().clone();
    let code = th.str(&me.kind.letter().to_string())?;
    if protocol? < 3 {
        // Characters go as a list of str, which the constructor takes as well.
        let args = tuple_of(th, [code, methods::list(th, me)?])?;
        return tuple_of(th, [class, args, dict]);
    }
    let module = th.import("array")?;
    let f = th.getattr(&module, "_array_reconstructor")?;
    let bytes = th.bytes(&me.all(th)?)?;
    let machine = Obj::small_int(i64::from(me.kind.machine));
    let args = tuple_of(th, [class, code, machine, bytes])?;
    tuple_of(th, [f, args, dict])
}

/// `_array_reconstructor(type, typecode, machine format, bytes)`
pub fn reconstruct(th: &Thread, a: Args<'_>) -> Res {
    let Some(class) = a.get(0).cast::<Type>() else {
        return Err(th.type_error(format!(
            "first argument must be a type object, not {}",
            th.type_name(a.get(0))
        )));
    };
    if !class.is_subtype_of(th.ty(TypeId::Array)) {
        return Err(th.type_error(format!(
            "{} is not a subtype of array.array",
            class.name_text()
        )));
    }
    let Some(kind) = kind_arg(th, a.get(1), "_array_reconstructor", "2")? else {
        return Err(th.value_error("second argument must be a valid type code"));
    };
    let number = th.index_i64(a.get(2))?;
    let machine = usize::try_from(number)
        .ok()
        .and_then(|n| MACHINES.get(n))
        .copied();
    let Some(machine) = machine else {
        return Err(th.value_error("third argument must be a valid machine format code."));
    };
    let Some(bytes) = a.get(3).cast::<Bytes>() else {
        return Err(th.type_error(format!(
            "fourth argument should be bytes, not {}",
            th.type_name(a.get(3))
        )));
    };
    let code = th.str(&kind.letter().to_string())?;
    if methods::native(kind, number) {
        if !bytes.bytes().len().is_multiple_of(machine.width) {
            return Err(th.value_error("string length not a multiple of item size"));
        }
        let new = th.call(a.get(0), &[code])?;
        methods::append_bytes(th, this::<Array>(th, &new)?, a.get(3))?;
        return Ok(new);
    }
    let (kind, items) = decode(th, kind, machine, bytes.bytes())?;
    let code = th.str(&kind.letter().to_string())?;
    th.call(a.get(0), &[code, items])
}

/// The items of foreign bytes, and the kind of array that holds them.
fn decode(
    th: &Thread,
    kind: &'static Kind,
    machine: Machine,
    bytes: &[u8],
) -> Res<(&'static Kind, Obj)> {
    if matches!(machine.what, What::Utf16 | What::Utf32) {
        let bits = 8 * machine.width;
        let codec = format!("utf-{bits}-{}", if machine.big { "be" } else { "le" });
        let text = th.call_method(&th.bytes(bytes)?, "decode", &[th.str(&codec)?])?;
        return Ok((kind, text));
    }
    if !bytes.len().is_multiple_of(machine.width) {
        return Err(th.value_error("string length not a multiple of item size"));
    }
    let mut items = Vec::with_capacity(bytes.len() / machine.width);
    for b in bytes.chunks_exact(machine.width) {
        let mut raw = [0u8; 8];
        raw[..b.len()].copy_from_slice(b);
        if machine.big {
            raw[..b.len()].reverse();
        }
        let word = u64::from_le_bytes(raw);
        let unused = 64 - 8 * machine.width as u32;
        items.push(match machine.what {
            What::Float if machine.width == 4 => Obj::float(f64::from(f32::from_bits(word as u32))),
            What::Float => Obj::float(f64::from_bits(word)),
            What::Signed => th.int(((word << unused) as i64) >> unused),
            _ => th.bigint(IBig::from(word)),
        });
    }
    // A kind of the same size and sign holds the numbers of a machine whose types have other sizes.
    let signed = machine.what == What::Signed;
    let kind = if machine.what != What::Float && kind.is_int() && kind.width != machine.width {
        let code = match (machine.width, signed) {
            (1, true) => b'b',
            (1, false) => b'B',
            (2, true) => b'h',
            (2, false) => b'H',
            (4, true) => b'i',
            (4, false) => b'I',
            (_, true) => b'l',
            (_, false) => b'L',
        };
        Kind::of(u32::from(code)).unwrap_or(kind)
    } else {
        kind
    };
    Ok((kind, th.list(items)?))
}
