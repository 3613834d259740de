//! Comparison, truth, hashing.

use super::error::Res;
use super::thread::Thread;
use crate::object::bytes::Bytes;
use crate::object::int::{BigInt, FloatBox};
use crate::object::slots::CmpOp;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Value};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Hash of bytes under a key; never -1, and 0 for none.
pub fn hash_bytes(key: [u64; 2], bytes: &[u8]) -> u64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut h = SipHasher13::new_with_keys(key[0], key[1]);
    h.write(bytes);
    match h.finish() {
        u64::MAX => u64::MAX - 1,
        n => n,
    }
}

/// Hash of a string: of its code units, in the narrowest kind.
pub fn hash_str(key: [u64; 2], s: &Str) -> u64 {
    hash_bytes(key, s.raw_bytes())
}

/// Tuples inside tuples that [`Thread::eq_quick`] looks into.
const NESTED: usize = 4;

impl Thread {
    /// `hash(o)`
    #[inline]
    pub fn hash(&self, o: &Obj) -> Res<i64> {
        if let Some(s) = o.exact::<Str>() {
            return Ok(self.hash_of_str(s) as i64);
        }
        if let Some(n) = o.as_small_int() {
            return Ok(hash_small(n));
        }
        self.hash_slow(o)
    }
    fn hash_slow(&self, o: &Obj) -> Res<i64> {
        match self.type_of(o).slots().hash {
            Some(f) => f(self, o),
            None => Ok(hash_address(o)),
        }
    }
    /// The hash of a str, remembered.
    #[inline]
    pub fn hash_of_str(&self, s: &Str) -> u64 {
        match s.cached_hash() {
            Some(h) => h,
            None => {
                let h = hash_str(self.rt().hash_key(), s);
                s.set_hash(h);
                h
            }
        }
    }

    /// `a == b` where no Python can run: identical, or both of built-in types that compare natively and without items.
    #[inline]
    pub fn eq_simple(&self, a: &Obj, b: &Obj) -> Option<bool> {
        if a.is(b) {
            return Some(true);
        }
        let (x, y) = (a.value(), b.value());
        if x.is_int() && y.is_int() {
            return Some(false);
        }
        if !x.is_ptr() && !y.is_ptr() {
            return match (simple_number(x), simple_number(y)) {
                (Some(p), Some(q)) => Some(p == q),
                _ => Some(false),
            };
        }
        // One kind is asked first, so that tuples and instances do not go through all of them.
        let shape = a.shape_id();
        if shape != b.shape_id() {
            let str_and_number = |s: &Obj, n: Value| s.is_exact::<Str>() && !n.is_ptr();
            return (str_and_number(a, y) || str_and_number(b, x)).then_some(false);
        }
        if let (Some(p), Some(q)) = (a.exact::<Str>(), b.exact::<Str>()) {
            return Some(p.same(q));
        }
        if let (Some(p), Some(q)) = (a.exact::<BigInt>(), b.exact::<BigInt>()) {
            return Some(p.n == q.n);
        }
        if let (Some(p), Some(q)) = (a.exact::<Bytes>(), b.exact::<Bytes>()) {
            return Some(p.bytes() == q.bytes());
        }
        None
    }

    /// `a OP b` of two ints or two floats that are words, or of two strings: no Python runs.
    #[inline(always)]
    pub fn compare_simple(&self, a: &Obj, b: &Obj, op: CmpOp) -> Option<bool> {
        let (x, y) = (a.value(), b.value());
        if x.is_ptr() {
            let (p, q) = (a.exact::<Str>()?, b.exact::<Str>()?);
            return Some(op.holds(p.order(q)));
        }
        if x.is_int() && y.is_int() {
            return Some(op.holds(x.as_int().cmp(&y.as_int())));
        }
        (x.is_float() && y.is_float()).then(|| op.holds_f64(x.as_f64(), y.as_f64()))
    }

    /// [`Thread::eq_simple`], also of tuples whose items compare so.
    pub fn eq_quick(&self, a: &Obj, b: &Obj) -> Option<bool> {
        self.eq_nested(a, b, NESTED)
    }

    fn eq_nested(&self, a: &Obj, b: &Obj, depth: usize) -> Option<bool> {
        if let Some(r) = self.eq_simple(a, b) {
            return Some(r);
        }
        if depth == 0 {
            return None;
        }
        let (x, y) = (self.plain_tuple(a)?, self.plain_tuple(b)?);
        for (p, q) in x.items().iter().zip(y.items()) {
            if !self.eq_nested(p, q, depth - 1)? {
                return Some(false);
            }
        }
        Some(x.len() == y.len())
    }

    /// A tuple that compares and hashes as tuples do: its class, as named tuples' do, leaves both to `tuple`.
    #[inline]
    pub fn plain_tuple<'a>(&self, o: &'a Obj) -> Option<&'a Tuple> {
        if let Some(t) = o.exact::<Tuple>() {
            return Some(t);
        }
        let t = o.cast::<Tuple>()?;
        let (own, of_tuple) = (self.type_of(o).slots(), self.ty(TypeId::Tuple).slots());
        let compares = std::ptr::fn_addr_eq(own.compare?, of_tuple.compare?);
        (compares && std::ptr::fn_addr_eq(own.hash?, of_tuple.hash?)).then_some(t)
    }

    /// `a is b or a == b`
    #[inline]
    pub fn eq(&self, a: &Obj, b: &Obj) -> Res<bool> {
        match self.eq_simple(a, b) {
            Some(r) => Ok(r),
            None => self.eq_slow(a, b),
        }
    }

    fn eq_slow(&self, a: &Obj, b: &Obj) -> Res<bool> {
        if let (Some(x), Some(y)) = (self.plain_tuple(a), self.plain_tuple(b)) {
            let _d = self.enter("in comparison")?;
            return self.eq_items(x.items(), y.items());
        }
        if self.compare_by_identity(a, b) {
            return Ok(a.is(b));
        }
        let r = self.compare(a, b, CmpOp::Eq)?;
        self.truthy(&r)
    }

    /// Whether each is equal to itself only, as `object` has it.
    #[inline]
    pub fn compare_by_identity(&self, a: &Obj, b: &Obj) -> bool {
        self.is_compared_as_object(a) && self.is_compared_as_object(b)
    }

    /// Whether the class compares as `object` does.
    #[inline]
    pub fn is_compared_as_object(&self, o: &Obj) -> bool {
        let object: fn(&Thread, &Obj, &Obj, CmpOp) -> Res = crate::builtins::objecttype::compare;
        let own = self.type_of(o).slots().compare;
        own.is_none_or(|f| std::ptr::fn_addr_eq(f, object))
    }

    /// Whether two tuples of these items are equal: as CPython, item by item before their lengths.
    fn eq_items(&self, x: &[Obj], y: &[Obj]) -> Res<bool> {
        for (p, q) in x.iter().zip(y) {
            if !self.eq(p, q)? {
                return Ok(false);
            }
        }
        Ok(x.len() == y.len())
    }

    /// `x OP y` of tuples of these items: equal ones first, then those that decide.
    fn compare_items(&self, x: &[Obj], y: &[Obj], op: CmpOp) -> Res<bool> {
        for (p, q) in x.iter().zip(y) {
            if !self.eq(p, q)? {
                return match op {
                    CmpOp::Eq => Ok(false),
                    CmpOp::Ne => Ok(true),
                    _ => self.compare_bool(p, q, op),
                };
            }
        }
        Ok(op.holds(x.len().cmp(&y.len())))
    }

    /// `a OP b`
    pub fn compare(&self, a: &Obj, b: &Obj, op: CmpOp) -> Res {
        if let Some(r) = self.compare_simple(a, b, op) {
            return Ok(Obj::bool(r));
        }
        self.compare_by_types(a, b, op)
    }

    fn compare_by_types(&self, a: &Obj, b: &Obj, op: CmpOp) -> Res {
        let _d = self.enter("in comparison")?;
        let ta = self.type_of(a);
        let same = a.shape_id() == b.shape_id() && a.value().is_ptr();
        let tb = if same { ta } else { self.type_of(b) };
        let mut tried_b = false;
        if !ta.obj().is(tb.obj()) && tb.is_subtype_of(ta) {
            if let Some(f) = tb.slots().compare {
                tried_b = true;
                let r = f(self, b, a, op.swapped())?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
        }
        if let Some(f) = ta.slots().compare {
            let r = f(self, a, b, op)?;
            if !r.is_not_implemented() {
                return Ok(r);
            }
        }
        if !tried_b {
            if let Some(f) = tb.slots().compare {
                let r = f(self, b, a, op.swapped())?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
        }
        self.compare_by_default(a, b, op)
    }

    /// What `a OP b` is where neither of them knows.
    #[inline(never)]
    fn compare_by_default(&self, a: &Obj, b: &Obj, op: CmpOp) -> Res {
        match op {
            CmpOp::Eq => Ok(Obj::bool(a.is(b))),
            CmpOp::Ne => Ok(Obj::bool(!a.is(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.sign(),
                self.type_name_full(a),
                self.type_name_full(b)
            ))),
        }
    }

    /// `bool(a OP b)`; identical objects are equal.
    pub fn compare_bool(&self, a: &Obj, b: &Obj, op: CmpOp) -> Res<bool> {
        if matches!(op, CmpOp::Eq | CmpOp::Ne) {
            let e = self.eq_simple(a, b);
            if let Some(e) = e {
                return Ok(e == (op == CmpOp::Eq));
            }
            if self.compare_by_identity(a, b) {
                return Ok(a.is(b) == (op == CmpOp::Eq));
            }
        } else if let Some(r) = self.compare_simple(a, b, op) {
            return Ok(r);
        }
        if let (Some(x), Some(y)) = (a.exact::<Tuple>(), b.exact::<Tuple>()) {
            let _d = self.enter("in comparison")?;
            return self.compare_items(x.items(), y.items(), op);
        }
        let r = self.compare_by_types(a, b, op)?;
        self.truthy(&r)
    }

    /// `bool(o)`
    #[inline]
    pub fn truthy(&self, o: &Obj) -> Res<bool> {
        let v = o.value();
        match v {
            Value::TRUE => return Ok(true),
            Value::FALSE | Value::NONE => return Ok(false),
            _ => {}
        }
        if v.is_int() {
            return Ok(v.as_int() != 0);
        }
        if v.is_float() {
            return Ok(v.as_f64() != 0.0);
        }
        self.truthy_slow(o)
    }
    fn truthy_slow(&self, o: &Obj) -> Res<bool> {
        let s = self.type_of(o).slots();
        if let Some(f) = s.bool {
            return f(self, o);
        }
        if let Some(f) = s.len {
            return Ok(f(self, o)? != 0);
        }
        Ok(true)
    }
}

fn simple_number(v: Value) -> Option<f64> {
    // Inline integers have 49 bits: exact as doubles.
    if v.is_int() {
        Some(v.as_int() as f64)
    } else if v.is_float() {
        Some(v.as_f64())
    } else if v.is_bool() {
        Some((v == Value::TRUE) as i32 as f64)
    } else {
        None
    }
}

/// Hash of an inline integer: below the modulus 2^61-1, so itself, but for -1.
#[inline(always)]
pub fn hash_small(n: i64) -> i64 {
    if n == -1 { -2 } else { n }
}

/// The default hash: from the address.
pub fn hash_address(o: &Obj) -> i64 {
    let a = o.value().0.rotate_right(4);
    // Objects of one kind lie a power of two apart: what differs must reach the low bits, where tables look.
    let h = (a ^ a >> 6 ^ a >> 12) as i64;
    if h == -1 { -2 } else { h }
}

/// Whether a payload is that of a float subclass instance, for users of `Obj::cast`.
pub fn float_box(o: &Obj) -> Option<f64> {
    o.cast::<FloatBox>().map(|b| b.x)
}
