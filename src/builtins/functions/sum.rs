//! `sum`, also item by item for the loop that the compiler makes of `sum(x for …)`.

use crate::builtins::common::*;
use crate::object::int::{BigInt, Complex};
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::slots::BinOp;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A sum of doubles with its rounding errors kept apart (Neumaier 1974), as CPython sums since 3.12.
#[derive(Clone, Copy)]
struct Compensated {
    hi: f64,
    lo: f64,
}

impl Compensated {
    fn new(x: f64) -> Self {
        Compensated { hi: x, lo: 0.0 }
    }
    #[inline]
    fn add(&mut self, x: f64) {
        let t = self.hi + x;
        if self.hi.abs() >= x.abs() {
            self.lo += (self.hi - t) + x;
        } else {
            self.lo += (x - t) + self.hi;
        }
        self.hi = t;
    }
    fn total(self) -> f64 {
        if self.lo != 0.0 && self.lo.is_finite() {
            self.hi + self.lo
        } else {
            self.hi
        }
    }
}

/// What has been summed so far. It begins with ints, may go on with floats and then with complex numbers; once anything else
/// was added it is added to with `+` for good.
enum Sum {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Obj),
}

/// An exact int of 64 bits, or a bool.
#[inline]
fn int(x: &Obj) -> Option<i64> {
    x.as_small_int()
        .or_else(|| x.value().is_bool().then(|| x.is(&Obj::TRUE) as i64))
        .or_else(|| i64::try_from(&x.exact::<BigInt>()?.n).ok())
}

impl Sum {
    /// Of something that is no int.
    fn of(o: Obj) -> Sum {
        match (o.as_f64_exact(), o.exact::<Complex>()) {
            (Some(x), _) => Sum::Float(Compensated::new(x)),
            (_, Some(c)) => Sum::Complex(Compensated::new(c.re), Compensated::new(c.im)),
            _ => Sum::Any(o),
        }
    }
    fn into_obj(self, th: &Thread) -> Obj {
        match self {
            Sum::Int(n) => th.int(n),
            Sum::Float(c) => Obj::float(c.total()),
            Sum::Complex(re, im) => complex(th, re.total(), im.total()),
            Sum::Any(o) => o,
        }
    }
    /// Adds where it can be done without asking the objects.
    #[inline]
    fn add_simple(&mut self, x: &Obj) -> bool {
        match self {
            Sum::Int(n) => match int(x).and_then(|k| n.checked_add(k)) {
                Some(m) => *n = m,
                None => return false,
            },
            Sum::Float(c) => match (x.as_f64_exact(), int(x)) {
                (Some(y), _) => c.add(y),
                (_, Some(k)) => c.add(k as f64),
                _ => return false,
            },
            Sum::Complex(re, im) => match (x.exact::<Complex>(), x.as_f64_exact(), int(x)) {
                (Some(z), ..) => {
                    re.add(z.re);
                    im.add(z.im);
                }
                (_, Some(y), _) => re.add(y),
                (.., Some(k)) => re.add(k as f64),
                _ => return false,
            },
            Sum::Any(_) => return false,
        }
        true
    }
    /// Adds.
    fn add(&mut self, th: &Thread, x: &Obj) -> Res<()> {
        if self.add_simple(x) {
            return Ok(());
        }
        let was = std::mem::replace(self, Sum::Int(0));
        let (ints, floats) = (matches!(was, Sum::Int(_)), matches!(was, Sum::Float(_)));
        let total = th.binary(BinOp::Add, &was.into_obj(th), x)?;
        *self = match Sum::of(total) {
            new @ Sum::Float(_) if ints => new,
            new @ Sum::Complex(..) if ints || floats => new,
            new => Sum::Any(new.into_obj(th)),
        };
        Ok(())
    }
}

fn complex(th: &Thread, re: f64, im: f64) -> Obj {
    th.alloc(Complex { re, im }).into_obj()
}

/// `sum(iterable, start=0)`
pub fn sum(th: &Thread, a: Args<'_>) -> Res {
    let zero = Obj::small_int(0);
    let start = a.opt(1).unwrap_or(&zero);
    for (id, what) in [
        (TypeId::Str, "strings [use ''.join(seq) instead]"),
        (TypeId::Bytes, "bytes [use b''.join(seq) instead]"),
        (TypeId::ByteArray, "bytearray [use b''.join(seq) instead]"),
    ] {
        if th.is_a(start, id) {
            return Err(th.type_error(format!("sum() can't sum {what}")));
        }
    }
    let mut sum = match int(start).filter(|_| !start.value().is_bool()) {
        Some(n) => Sum::Int(n),
        None => Sum::of(start.clone()),
    };
    for_each_with(
        th,
        a.get(0),
        &mut sum,
        |_, sum, x| match sum.add_simple(&x) {
            true => Ok(()),
            false => Err(x),
        },
        |th, sum, x| sum.add(th, &x).map(|()| true),
    )?;
    Ok(sum.into_obj(th))
}

/// A sum that lies in two registers (`SumAdd`): so far, and what rounding has lost of it.
fn of_words(so_far: &Obj, lost: &Obj) -> Sum {
    let both = |hi, lo| Compensated { hi, lo };
    if let (Some(hi), Some(lo)) = (so_far.as_f64_exact(), lost.as_f64_exact()) {
        return Sum::Float(both(hi, lo));
    }
    if let (Some(hi), Some(lo)) = (so_far.exact::<Complex>(), lost.exact::<Complex>()) {
        return Sum::Complex(both(hi.re, lo.re), both(hi.im, lo.im));
    }
    match int(so_far) {
        Some(n) if !lost.is_none() => Sum::Int(n),
        _ => Sum::Any(so_far.clone()),
    }
}

/// Adds an item to such a sum: both words anew.
pub fn add_item(th: &Thread, so_far: &Obj, lost: &Obj, x: &Obj) -> Res<(Obj, Obj)> {
    let mut sum = of_words(so_far, lost);
    sum.add(th, x)?;
    Ok(match sum {
        Sum::Int(n) => (th.int(n), Obj::small_int(0)),
        Sum::Float(c) => (Obj::float(c.hi), Obj::float(c.lo)),
        Sum::Complex(re, im) => (complex(th, re.hi, im.hi), complex(th, re.lo, im.lo)),
        Sum::Any(o) => (o, Obj::NONE),
    })
}

/// What such a sum comes to.
pub fn total(th: &Thread, so_far: &Obj, lost: &Obj) -> Obj {
    of_words(so_far, lost).into_obj(th)
}
