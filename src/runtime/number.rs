//! Operators, and conversions to native numbers.

use super::error::{Exc, Res};
use super::thread::Thread;
use crate::object::int::{BigInt, FloatBox};
use crate::object::slots::{BinOp, BinaryFn, CmpOp};
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Value};
use dashu_int::IBig;

impl Thread {
    /// `a OP b`
    pub fn binary(&self, op: BinOp, a: &Obj, b: &Obj) -> Res {
        let r = self.binary_slots(op, a, b)?;
        self.or_sequence(r, op, a, b, false)
    }

    /// `a OP= b`
    pub fn inplace(&self, op: BinOp, a: &Obj, b: &Obj) -> Res {
        if let Some(f) = self.type_of(a).slots().inplace[op as usize] {
            let r = f(self, a, b)?;
            if !r.is_not_implemented() {
                return Ok(r);
            }
        }
        let r = self.binary_slots(op, a, b)?;
        self.or_sequence(r, op, a, b, true)
    }

    /// `r`, what the numeric slots of both sides gave, or if they do not know the operation, that of sequences, or the error.
    #[inline]
    fn or_sequence(&self, r: Obj, op: BinOp, a: &Obj, b: &Obj, inplace: bool) -> Res {
        if !r.is_not_implemented() {
            return Ok(r);
        }
        if let Some(r) = self.sequence_op(op, a, b, inplace)? {
            return Ok(r);
        }
        let sign = op.sign();
        match inplace {
            true => Err(self.unsupported(&format!("{sign}="), a, b)),
            false => Err(self.unsupported(sign, a, b)),
        }
    }

    /// What `a OP b`, or `a OP= b`, gives where the method of `a`, written in Python, was asked first and has declined.
    pub fn declined(&self, op: BinOp, a: &Obj, b: &Obj, inplace: bool) -> Res {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let r = if inplace && ta.slots().inplace[op as usize].is_some() {
            self.binary_slots(op, a, b)?
        } else {
            let fa = ta.slots().binary[op as usize];
            let fb = tb.slots().binary[op as usize].filter(|_| !ta.obj().is(tb.obj()));
            match fb {
                // That of all classes with methods of their own: it would ask `a` again.
                Some(g) if fa.is_some_and(|f| same_fn(f, g)) => {
                    let reflected = &self.rt().names().binary[op as usize][1];
                    let r = self.call_special(b, reflected, std::slice::from_ref(a))?;
                    r.unwrap_or(Obj::NOT_IMPLEMENTED)
                }
                Some(g) => g(self, a, b)?,
                None => Obj::NOT_IMPLEMENTED,
            }
        };
        self.or_sequence(r, op, a, b, inplace)
    }

    fn binary_slots(&self, op: BinOp, a: &Obj, b: &Obj) -> Res {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let fa = ta.slots().binary[op as usize];
        let mut fb = if ta.obj().is(tb.obj()) {
            None
        } else {
            tb.slots().binary[op as usize]
        };
        if let (Some(x), Some(y)) = (fa, fb) {
            if same_fn(x, y) {
                fb = None;
            }
        }
        if let Some(f) = fa {
            if let Some(g) = fb {
                if tb.is_subtype_of(ta) {
                    let r = g(self, a, b)?;
                    if !r.is_not_implemented() {
                        return Ok(r);
                    }
                    fb = None;
                }
            }
            let r = f(self, a, b)?;
            if !r.is_not_implemented() {
                return Ok(r);
            }
        }
        match fb {
            Some(g) => g(self, a, b),
            None => Ok(Obj::NOT_IMPLEMENTED),
        }
    }

    /// Concatenation and repetition, tried after the numeric slots of both sides.
    fn sequence_op(&self, op: BinOp, a: &Obj, b: &Obj, inplace: bool) -> Res<Option<Obj>> {
        match op {
            BinOp::Add => {
                let s = self.type_of(a).slots();
                let f = if inplace {
                    s.iconcat.or(s.concat)
                } else {
                    s.concat
                };
                match f {
                    Some(f) => f(self, a, b).map(Some),
                    None => Ok(None),
                }
            }
            BinOp::Mul => {
                let s = self.type_of(a).slots();
                let f = if inplace {
                    s.irepeat.or(s.repeat)
                } else {
                    s.repeat
                };
                if let Some(f) = f {
                    return self.repeat_with(f, a, b).map(Some);
                }
                match self.type_of(b).slots().repeat {
                    Some(f) => self.repeat_with(f, b, a).map(Some),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn repeat_with(&self, f: BinaryFn, seq: &Obj, n: &Obj) -> Res {
        if self.type_of(n).slots().index.is_none() {
            return Err(self.type_error(format!(
                "can't multiply sequence by non-int of type '{}'",
                self.type_name_full(n)
            )));
        }
        f(self, seq, n)
    }

    #[cold]
    fn unsupported(&self, sign: &str, a: &Obj, b: &Obj) -> Exc {
        self.type_error(format!(
            "unsupported operand type(s) for {sign}: '{}' and '{}'",
            self.type_name_full(a),
            self.type_name_full(b)
        ))
    }

    /// `a ** b`, `pow(a, b, m)`; `m` None for the former.
    pub fn pow(&self, a: &Obj, b: &Obj, m: &Obj) -> Res {
        self.ternary(a, b, m, false)
    }
    /// `a **= b`
    pub fn ipow(&self, a: &Obj, b: &Obj) -> Res {
        self.ternary(a, b, &Obj::NONE, true)
    }
    fn ternary(&self, a: &Obj, b: &Obj, m: &Obj, inplace: bool) -> Res {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        if inplace {
            if let Some(f) = ta.slots().ipow {
                let r = f(self, a, b, m)?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
        }
        let fa = ta.slots().pow;
        let fb = if ta.obj().is(tb.obj()) {
            None
        } else {
            tb.slots().pow
        };
        let b_first = fb.is_some() && tb.is_subtype_of(ta);
        let order = if b_first { [fb, fa] } else { [fa, fb] };
        for f in order.into_iter().flatten() {
            let r = f(self, a, b, m)?;
            if !r.is_not_implemented() {
                return Ok(r);
            }
        }
        if !m.is_none() {
            let fm = self.type_of(m).slots().pow;
            if let Some(f) = fm {
                let r = f(self, a, b, m)?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
            return Err(self.type_error(format!(
                "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
                self.type_name_full(a),
                self.type_name_full(b),
                self.type_name_full(m)
            )));
        }
        Err(self.unsupported(if inplace { "**=" } else { "** or pow()" }, a, b))
    }

    fn unary(&self, f: Option<crate::object::slots::UnaryFn>, o: &Obj, what: &str) -> Res {
        match f {
            Some(f) => f(self, o),
            None => Err(self.type_error(format!(
                "bad operand type for {what}: '{}'",
                self.type_name(o)
            ))),
        }
    }
    /// `-o`
    pub fn unary_neg(&self, o: &Obj) -> Res {
        self.unary(self.type_of(o).slots().neg, o, "unary -")
    }
    /// `+o`
    pub fn unary_pos(&self, o: &Obj) -> Res {
        self.unary(self.type_of(o).slots().pos, o, "unary +")
    }
    /// `~o`
    pub fn unary_invert(&self, o: &Obj) -> Res {
        self.unary(self.type_of(o).slots().invert, o, "unary ~")
    }
    /// `abs(o)`
    pub fn unary_abs(&self, o: &Obj) -> Res {
        self.unary(self.type_of(o).slots().abs, o, "abs()")
    }

    /// `operator.index(o)`: an exact int.
    pub fn index(&self, o: &Obj) -> Res {
        if o.as_small_int().is_some() || o.is_exact::<BigInt>() {
            return Ok(o.clone());
        }
        if let Some(n) = self.as_bigint(o) {
            return Ok(self.bigint(n));
        }
        let Some(f) = self.type_of(o).slots().index else {
            return Err(self.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                self.type_name(o)
            )));
        };
        let r = f(self, o)?;
        if r.as_small_int().is_some() || r.is_exact::<BigInt>() {
            return Ok(r);
        }
        match self.as_bigint(&r) {
            Some(n) => {
                self.warn(
                    TypeId::DeprecationWarning,
                    &format!(
                        "__index__ returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
                        self.type_name(&r)
                    ),
                )?;
                Ok(self.bigint(n))
            }
            None => Err(self.type_error(format!(
                "__index__ returned non-int (type {})",
                self.type_name(&r)
            ))),
        }
    }
    /// An index as i64; OverflowError where it does not fit.
    pub fn index_i64(&self, o: &Obj) -> Res<i64> {
        if let Some(n) = o.as_small_int() {
            return Ok(n);
        }
        let n = self.index(o)?;
        match self.int_like_i64(&n) {
            Some(n) => Ok(n),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    /// An index as i64, out-of-range ones clamped.
    pub fn index_clamped(&self, o: &Obj) -> Res<i64> {
        if let Some(n) = o.as_small_int() {
            return Ok(n);
        }
        let n = self.index(o)?;
        Ok(match self.int_like_i64(&n) {
            Some(n) => n,
            None => match n.cast::<BigInt>() {
                Some(b) if b.n < IBig::ZERO => i64::MIN,
                _ => i64::MAX,
            },
        })
    }
    /// The integer of an int (bool and subclasses included).
    pub fn as_bigint(&self, o: &Obj) -> Option<IBig> {
        match o.value() {
            v if v.is_int() => Some(IBig::from(v.as_int())),
            Value::TRUE => Some(IBig::ONE),
            Value::FALSE => Some(IBig::ZERO),
            _ => o.cast::<BigInt>().map(|b| b.n.clone()),
        }
    }
    /// The same where it fits an i64.
    pub fn int_like_i64(&self, o: &Obj) -> Option<i64> {
        match o.value() {
            v if v.is_int() => Some(v.as_int()),
            Value::TRUE => Some(1),
            Value::FALSE => Some(0),
            _ => o.cast::<BigInt>().and_then(|b| i64::try_from(&b.n).ok()),
        }
    }
    /// Whether it is an int (bool and subclasses included).
    pub fn is_int(&self, o: &Obj) -> bool {
        let v = o.value();
        v.is_int() || v.is_bool() || (v.is_ptr() && o.cast::<BigInt>().is_some())
    }
    /// The double of a float (subclasses included).
    pub fn as_float(&self, o: &Obj) -> Option<f64> {
        match o.as_f64_exact() {
            Some(x) => Some(x),
            None if o.value().is_ptr() => o.cast::<FloatBox>().map(|b| b.x),
            None => None,
        }
    }
    /// `float(o)` for numbers: `__float__`, then `__index__`.
    pub fn to_f64(&self, o: &Obj) -> Res<f64> {
        if let Some(x) = self.as_float(o) {
            return Ok(x);
        }
        if let Some(n) = o.as_small_int() {
            return Ok(n as f64);
        }
        self.converted_f64(o)
    }
    /// What `__float__` or `__index__` gives, also where the object is a float already (of a subclass).
    pub fn converted_f64(&self, o: &Obj) -> Res<f64> {
        let s = self.type_of(o).slots();
        if let Some(f) = s.float {
            let r = f(self, o)?;
            return match r.as_f64_exact() {
                Some(x) => Ok(x),
                None => match self.as_float(&r) {
                    Some(x) => {
                        self.warn(
                            TypeId::DeprecationWarning,
                            &format!(
                                "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
                                self.type_name(o),
                                self.type_name(&r)
                            ),
                        )?;
                        Ok(x)
                    }
                    None => Err(self.type_error(format!(
                        "{}.__float__ returned non-float (type {})",
                        self.type_name(o),
                        self.type_name(&r)
                    ))),
                },
            };
        }
        if s.index.is_some() {
            let n = self.index(o)?;
            let Some(b) = self.as_bigint(&n) else {
                return Err(self.system_error("index is no int"));
            };
            return self.bigint_to_f64(&b);
        }
        Err(self.type_error(format!("must be real number, not {}", self.type_name(o))))
    }
    /// A big integer as a double, rounded half to even; OverflowError beyond the range.
    pub fn bigint_to_f64(&self, n: &IBig) -> Res<f64> {
        let x = n.to_f64().value();
        if x.is_finite() {
            Ok(x)
        } else {
            Err(self.overflow_error("int too large to convert to float"))
        }
    }

    /// Comparison of two ints.
    pub fn compare_ints(&self, a: &IBig, b: &IBig, op: CmpOp) -> Obj {
        Obj::bool(op.holds(a.cmp(b)))
    }
}

fn same_fn(a: BinaryFn, b: BinaryFn) -> bool {
    // Only an optimisation, and the order of the reflected call: equal addresses mean the same native operation.
    a as usize == b as usize
}
