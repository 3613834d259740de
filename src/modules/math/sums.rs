//! Sums and products over iterables: exact or nearly so.

use crate::modules::prelude::*;

/// `fsum`: the exact sum, rounded once (Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997).
pub(super) fn fsum(th: &Thread, a: Args<'_>) -> Res {
    let it = th.iter(a.get(0))?;
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0, 0.0);
    let mut count = 0u32;
    while let Some(o) = th.next(&it)? {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            th.poll()?;
        }
        let given = th.to_f64(&o)?;
        let mut x = given;
        let mut kept = 0;
        for j in 0..partials.len() {
            let mut y = partials[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        if x != 0.0 {
            if x.is_finite() {
                partials.push(x);
            } else if given.is_finite() {
                return Err(th.overflow_error("intermediate overflow in fsum"));
            } else {
                if given.is_infinite() {
                    infinities += given;
                }
                special += given;
                partials.clear();
            }
        }
    }
    if special != 0.0 {
        if infinities.is_nan() {
            return Err(th.value_error("-inf + inf in fsum"));
        }
        return Ok(Obj::float(special));
    }
    let Some(mut hi) = partials.pop() else {
        return Ok(Obj::float(0.0));
    };
    let mut lo = 0.0;
    while let Some(y) = partials.pop() {
        let x = hi;
        hi = x + y;
        lo = y - (hi - x);
        if lo != 0.0 {
            break;
        }
    }
    // Half-way cases are decided by the sign of what comes below.
    if let Some(&below) = partials.last()
        && ((lo < 0.0 && below < 0.0) || (lo > 0.0 && below > 0.0))
    {
        let y = lo * 2.0;
        let x = hi + y;
        if y == x - hi {
            hi = x;
        }
    }
    Ok(Obj::float(hi))
}

/// The length of a vector: scaled by a power of two, squares added with their errors, corrected once.
fn norm(v: &[f64]) -> f64 {
    let mut max = 0f64;
    let mut nan = false;
    for &x in v {
        nan |= x.is_nan();
        max = max.max(x.abs());
    }
    if max.is_infinite() {
        return max;
    }
    if nan {
        return f64::NAN;
    }
    if max == 0.0 || v.len() <= 1 {
        return max;
    }
    let (_, e) = super::float::split_exponent(max);
    if e < -1023 {
        // All are subnormal: bring them up first.
        let up: Vec<f64> = v.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * norm(&up);
    }
    let scale = super::float::scale(1.0, -i64::from(e));
    let (mut sum, mut frac1, mut frac2) = (1.0, 0.0, 0.0);
    for &x in v {
        let x = x.abs() * scale;
        let hi = x * x;
        let lo = x.mul_add(x, -hi);
        let t = sum + hi;
        frac1 += lo;
        frac2 += (sum - t) + hi;
        sum = t;
    }
    let h = (sum - 1.0 + (frac1 + frac2)).sqrt();
    // One Newton step with the exact residue.
    let x = -(h * h);
    let xl = -(h.mul_add(h, x));
    let t = sum + x;
    frac1 += xl;
    frac2 += (sum - t) + x;
    let residue = t - 1.0 + (frac1 + frac2);
    (h + residue / (2.0 * h)) / scale
}

pub(super) fn hypot(th: &Thread, a: Args<'_>) -> Res {
    let v = this::<Tuple>(th, a.get(0))?
        .items()
        .iter()
        .map(|o| th.to_f64(o))
        .collect::<Res<Vec<f64>>>()?;
    Ok(Obj::float(norm(&v)))
}

pub(super) fn dist(th: &Thread, a: Args<'_>) -> Res {
    let (p, q) = (th.collect(a.get(0))?, th.collect(a.get(1))?);
    if p.len() != q.len() {
        return Err(th.value_error("both points must have the same number of dimensions"));
    }
    let mut v = Vec::with_capacity(p.len());
    for (x, y) in p.iter().zip(&q) {
        v.push(th.to_f64(x)? - th.to_f64(y)?);
    }
    Ok(Obj::float(norm(&v)))
}

pub(super) fn prod(th: &Thread, a: Args<'_>) -> Res {
    let mut acc = a.opt(1).cloned().unwrap_or(Obj::small_int(1));
    let it = th.iter(a.get(0))?;
    while let Some(x) = th.next(&it)? {
        acc = th.binary(BinOp::Mul, &acc, &x)?;
        th.poll()?;
    }
    Ok(acc)
}

/// A sum of products of floats in three parts.
#[derive(Default)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    let z = x - a;
    (x, (a - (x - z)) + (b - z))
}

impl Triple {
    fn add_product(&mut self, x: f64, y: f64) {
        let p = x * y;
        let e = x.mul_add(y, -p);
        let (hi, s) = two_sum(self.hi, p);
        let (lo, t) = two_sum(self.lo, e);
        let (lo, u) = two_sum(lo, s);
        self.hi = hi;
        self.lo = lo;
        self.tiny += t + u;
    }
    fn total(&self) -> f64 {
        let (hi, lo) = two_sum(self.lo, self.tiny);
        let (total, rest) = two_sum(self.hi, hi);
        total + (rest + lo)
    }
}

/// `sumprod`: floats in extended precision, anything else by `+` and `*`.
pub(super) fn sumprod(th: &Thread, a: Args<'_>) -> Res {
    let (p, q) = (th.iter(a.get(0))?, th.iter(a.get(1))?);
    let mut total = Obj::small_int(0);
    let mut floats = Triple::default();
    let mut in_floats = false;
    let plain = |o: &Obj| {
        o.as_f64_exact()
            .or_else(|| o.as_small_int().map(|n| n as f64))
    };
    loop {
        let (x, y) = match (th.next(&p)?, th.next(&q)?) {
            (Some(x), Some(y)) => (x, y),
            (None, None) => break,
            _ => return Err(th.value_error("Inputs are not the same length")),
        };
        let any_float = x.as_f64_exact().is_some() || y.as_f64_exact().is_some();
        if any_float && let (Some(fx), Some(fy)) = (plain(&x), plain(&y)) {
            let before = Triple {
                hi: floats.hi,
                lo: floats.lo,
                tiny: floats.tiny,
            };
            floats.add_product(fx, fy);
            if floats.hi.is_finite() {
                in_floats = true;
                continue;
            }
            floats = before;
        }
        if in_floats {
            total = th.binary(BinOp::Add, &total, &Obj::float(floats.total()))?;
            floats = Triple::default();
            in_floats = false;
        }
        let product = th.binary(BinOp::Mul, &x, &y)?;
        total = th.binary(BinOp::Add, &total, &product)?;
        th.poll()?;
    }
    if in_floats {
        total = th.binary(BinOp::Add, &total, &Obj::float(floats.total()))?;
    }
    Ok(total)
}
