//! `math` on integers.

use crate::modules::prelude::*;
use dashu_int::IBig;
use threadsnake_algo::int;

/// An argument as an integer.
fn big(th: &Thread, o: &Obj) -> Res<IBig> {
    let n = th.index(o)?;
    th.as_bigint(&n)
        .ok_or_else(|| th.system_error("int without a value"))
}

/// Folds all arguments.
fn fold(
    th: &Thread,
    a: Args<'_>,
    start: i64,
    small: fn(u64, u64) -> Option<u64>,
    f: fn(&IBig, &IBig) -> IBig,
) -> Res {
    let mut acc = IBig::from(start);
    let mut quick = Some(start as u64);
    for x in this::<Tuple>(th, a.get(0))?.items() {
        if let (Some(q), Some(n)) = (quick, x.as_small_int())
            && let Some(r) = small(q, n.unsigned_abs())
        {
            quick = Some(r);
            continue;
        }
        if let Some(q) = quick.take() {
            acc = IBig::from(q);
        }
        acc = f(&acc, &big(th, x)?);
        th.poll()?;
    }
    Ok(match quick {
        Some(q) => th.uint(q),
        None => th.bigint(acc),
    })
}

fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

pub(super) fn gcd(th: &Thread, a: Args<'_>) -> Res {
    fold(th, a, 0, |x, y| Some(gcd_u64(x, y)), int::gcd)
}

pub(super) fn lcm(th: &Thread, a: Args<'_>) -> Res {
    fold(
        th,
        a,
        1,
        |x, y| {
            if x == 0 || y == 0 {
                Some(0)
            } else {
                (x / gcd_u64(x, y)).checked_mul(y)
            }
        },
        int::lcm,
    )
}

pub(super) fn isqrt(th: &Thread, a: Args<'_>) -> Res {
    match int::isqrt(&big(th, a.get(0))?) {
        Ok(n) => Ok(th.bigint(n)),
        Err(e) => Err(th.value_error(e.to_string())),
    }
}

/// The product of `lo..=hi`, by halves so that the factors stay of like size.
fn product(th: &Thread, lo: u64, hi: u64) -> Res<IBig> {
    if lo > hi {
        return Ok(IBig::ONE);
    }
    if hi - lo < 16 {
        let mut p = IBig::from(lo);
        for k in lo + 1..=hi {
            p *= k;
        }
        return Ok(p);
    }
    th.poll()?;
    let mid = lo + (hi - lo) / 2;
    Ok(product(th, lo, mid)? * product(th, mid + 1, hi)?)
}

pub(super) fn factorial(th: &Thread, a: Args<'_>) -> Res {
    let n = big(th, a.get(0))?;
    if n < IBig::ZERO {
        return Err(th.value_error("factorial() not defined for negative values"));
    }
    let Ok(n) = i64::try_from(&n) else {
        return Err(th.overflow_error(format!(
            "factorial() argument should not exceed {}",
            i64::MAX
        )));
    };
    if n <= 20 {
        return Ok(th.int((1..=n).product()));
    }
    // log2(n!) < n * log2(n)
    let bits = (n as f64) * (n as f64).log2();
    th.reserve((bits / 8.0).min(usize::MAX as f64 / 2.0) as usize)?;
    Ok(th.bigint(product(th, 2, n as u64)?))
}

/// `n` and `k` of `perm` and `comb`, checked.
fn pair(th: &Thread, n: &Obj, k: &Obj) -> Res<(IBig, IBig)> {
    let (n, k) = (big(th, n)?, big(th, k)?);
    if n < IBig::ZERO {
        return Err(th.value_error("n must be a non-negative integer"));
    }
    if k < IBig::ZERO {
        return Err(th.value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}

/// `n * (n-1) * … ` of `k` factors.
fn falling(th: &Thread, n: &IBig, k: u64) -> Res<IBig> {
    if k == 0 {
        return Ok(IBig::ONE);
    }
    if k == 1 {
        return Ok(n.clone());
    }
    th.poll()?;
    let half = k / 2;
    Ok(falling(th, n, half)? * falling(th, &(n - IBig::from(half)), k - half)?)
}

fn room(th: &Thread, n: &IBig, k: u64) -> Res<()> {
    let bits = (int::bit_length(n) as f64) * k as f64;
    th.reserve((bits / 8.0).min(usize::MAX as f64 / 2.0) as usize)
}

pub(super) fn perm(th: &Thread, a: Args<'_>) -> Res {
    let Some(k) = a.opt_not_none(1) else {
        return factorial(th, a);
    };
    let (n, k) = pair(th, a.get(0), k)?;
    if k > n {
        return Ok(Obj::small_int(0));
    }
    let Ok(k) = i64::try_from(&k) else {
        return Err(th.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    room(th, &n, k as u64)?;
    Ok(th.bigint(falling(th, &n, k as u64)?))
}

pub(super) fn comb(th: &Thread, a: Args<'_>) -> Res {
    let (n, k) = pair(th, a.get(0), a.get(1))?;
    if k > n {
        return Ok(Obj::small_int(0));
    }
    let other = &n - &k;
    let k = if other < k { other } else { k };
    let Ok(k) = i64::try_from(&k) else {
        return Err(th.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    room(th, &n, k as u64)?;
    let top = falling(th, &n, k as u64)?;
    Ok(th.bigint(top / product(th, 1, k as u64)?))
}
