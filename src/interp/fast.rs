//! The fast paths of operators on value words: small integers and doubles, no heap, no Python. `None`: take the slow path.

use crate::object::bytes::Bytes;
use crate::object::list::List;
use crate::object::slots::CmpOp;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Native, Obj, Value};
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrRef;

/// Both as doubles, where at least one is a double and the other a double or an inline integer.
#[inline(always)]
fn floats(x: Value, y: Value) -> Option<(f64, f64)> {
    if x.is_float() {
        if y.is_float() {
            Some((x.as_f64(), y.as_f64()))
        } else if y.is_int() {
            Some((x.as_f64(), y.as_int() as f64))
        } else {
            None
        }
    } else if x.is_int() && y.is_float() {
        Some((x.as_int() as f64, y.as_f64()))
    } else {
        None
    }
}

/// `x + y`
#[inline(always)]
pub fn add(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        return x
            .int_at_top()
            .checked_add(y.int_at_top())
            .map(Value::of_top);
    }
    floats(x, y).map(|(a, b)| Value::from_f64_arith(a + b))
}
/// `x - y`
#[inline(always)]
pub fn sub(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        return x
            .int_at_top()
            .checked_sub(y.int_at_top())
            .map(Value::of_top);
    }
    floats(x, y).map(|(a, b)| Value::from_f64_arith(a - b))
}
/// `x * y`
#[inline(always)]
pub fn mul(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        return x.as_int().checked_mul(y.int_at_top()).map(Value::of_top);
    }
    floats(x, y).map(|(a, b)| Value::from_f64_arith(a * b))
}
/// `x / y`
#[inline(always)]
pub fn truediv(x: Value, y: Value) -> Option<Value> {
    // Inline integers have 49 bits: exact as doubles, so the quotient is correctly rounded.
    let (a, b) = if x.is_int() && y.is_int() {
        (x.as_int() as f64, y.as_int() as f64)
    } else {
        floats(x, y)?
    };
    if b == 0.0 {
        None
    } else {
        Some(Value::from_f64_arith(a / b))
    }
}
/// `x // y`
#[inline(always)]
pub fn floordiv(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        let (a, b) = (x.as_int(), y.as_int());
        if b == 0 {
            return None;
        }
        let q = a / b;
        return Value::try_int(if a % b != 0 && (a < 0) != (b < 0) {
            q - 1
        } else {
            q
        });
    }
    None
}
/// `x % y`
#[inline(always)]
pub fn modulo(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        let (a, b) = (x.as_int(), y.as_int());
        if b == 0 {
            return None;
        }
        let r = a % b;
        return Value::try_int(if r != 0 && (r < 0) != (b < 0) {
            r + b
        } else {
            r
        });
    }
    None
}
/// `x << y`
#[inline(always)]
pub fn lshift(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        let (a, n) = (x.as_int(), y.as_int());
        if (0..48).contains(&n) {
            let r = (a as i128) << n;
            return i64::try_from(r).ok().and_then(Value::try_int);
        }
    }
    None
}
/// `x >> y`
#[inline(always)]
pub fn rshift(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() && y.as_int() >= 0 {
        return Some(Value::from_int(x.as_int() >> y.as_int().min(63)));
    }
    None
}
/// `x & y`
#[inline(always)]
pub fn and(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        Some(Value::from_int(x.as_int() & y.as_int()))
    } else {
        None
    }
}
/// `x | y`
#[inline(always)]
pub fn or(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        Some(Value::from_int(x.as_int() | y.as_int()))
    } else {
        None
    }
}
/// `x ^ y`
#[inline(always)]
pub fn xor(x: Value, y: Value) -> Option<Value> {
    if x.is_int() && y.is_int() {
        Some(Value::from_int(x.as_int() ^ y.as_int()))
    } else {
        None
    }
}
/// `-x`
#[inline(always)]
pub fn neg(x: Value) -> Option<Value> {
    if x.is_int() {
        Value::try_int(-x.as_int())
    } else if x.is_float() {
        Some(Value::from_f64_arith(-x.as_f64()))
    } else {
        None
    }
}

/// `x OP y`
#[inline(always)]
pub fn compare(op: CmpOp, x: Value, y: Value) -> Option<bool> {
    if x.is_int() && y.is_int() {
        let (a, b) = (x.as_int(), y.as_int());
        return Some(match op {
            CmpOp::Lt => a < b,
            CmpOp::Le => a <= b,
            CmpOp::Eq => a == b,
            CmpOp::Ne => a != b,
            CmpOp::Gt => a > b,
            CmpOp::Ge => a >= b,
        });
    }
    let (a, b) = floats(x, y)?;
    Some(match op {
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
    })
}

/// `bool(x)` of an immediate.
#[inline(always)]
pub fn truth(x: Value) -> Option<bool> {
    match x {
        Value::TRUE => Some(true),
        Value::FALSE | Value::NONE => Some(false),
        _ if x.is_int() => Some(x.as_int() != 0),
        _ if x.is_float() => Some(x.as_f64() != 0.0),
        _ => None,
    }
}

/// Item `n` of an exact list or tuple (a borrowed word, O2 of `object::obj`); empty: take the slow path.
#[inline(always)]
pub fn item(th: &Thread, o: &Obj, n: i64) -> Value {
    let shape = o.shape_id();
    if shape == List::SHAPE {
        // SAFETY: the shape says that it is a list.
        let l = unsafe { o.cast_unchecked::<List>() };
        let at = if n < 0 { n + l.len() as i64 } else { n };
        return l.raw_at(at as usize);
    }
    if shape == Tuple::SHAPE {
        // SAFETY: as above.
        let t = unsafe { o.cast_unchecked::<Tuple>() }.items();
        let at = if n < 0 { n + t.len() as i64 } else { n };
        if let Some(x) = t.get(at as usize) {
            return x.value();
        }
    }
    if shape == Str::SHAPE || shape == Bytes::SHAPE {
        return char_or_byte(th, o, n);
    }
    Value::EMPTY
}

/// [`item`] of an exact str, where it is one of the characters that are kept, or of exact bytes.
#[inline(never)]
pub fn char_or_byte(th: &Thread, o: &Obj, n: i64) -> Value {
    let at = |u: &[u8]| {
        let at = if n < 0 { n + u.len() as i64 } else { n };
        // A negative one is beyond every end.
        u.get(at as usize).copied()
    };
    let found = match o.exact::<Str>() {
        Some(s) => match s.text() {
            StrRef::Ascii(u) | StrRef::Latin1(u) => at(u).map(|c| th.latin1_word(c)),
            _ => None,
        },
        None => o
            .exact::<Bytes>()
            .and_then(|b| at(b.bytes()))
            .map(|b| Value::from_int(i64::from(b))),
    };
    found.unwrap_or(Value::EMPTY)
}
