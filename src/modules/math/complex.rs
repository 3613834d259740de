//! `cmath`.

use super::{float, libm};
use crate::modules::prelude::*;
use crate::object::int::Complex;
use std::f64::consts::{FRAC_PI_2, LN_2, LN_10, PI};

/// A complex number.
#[derive(Clone, Copy, PartialEq, Debug)]
struct C {
    re: f64,
    im: f64,
}

const fn c(re: f64, im: f64) -> C {
    C { re, im }
}

/// What a function gives: a number, or one of C's two errors.
enum Answer {
    Value(C),
    Domain,
    Range,
}

/// An argument as a complex number.
fn arg(th: &Thread, o: &Obj) -> Res<C> {
    if let Some(z) = o.cast::<Complex>() {
        return Ok(c(z.re, z.im));
    }
    if o.as_f64_exact().is_none()
        && let Some(f) = th.special(o, "__complex__")?
    {
        let r = th.call(&f, &[])?;
        return match r.cast::<Complex>() {
            Some(z) => Ok(c(z.re, z.im)),
            None => Err(th.type_error(format!(
                "{}.__complex__() must return a complex, not {}",
                th.type_name(o),
                th.type_name(&r)
            ))),
        };
    }
    Ok(c(th.to_f64(o)?, 0.0))
}

fn make(th: &Thread, z: C) -> Obj {
    th.alloc(Complex { re: z.re, im: z.im }).into_obj()
}

fn answer(th: &Thread, a: Answer) -> Res {
    match a {
        Answer::Value(z) => Ok(make(th, z)),
        Answer::Domain => Err(th.value_error("math domain error")),
        Answer::Range => Err(th.overflow_error("math range error")),
    }
}

macro_rules! function {
    ($name:literal, $f:ident) => {
        MethodDef::new($name, "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            answer(th, $f(z))
        })
    };
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        function!("acos", acos),
        function!("acosh", acosh),
        function!("asin", asin),
        function!("asinh", asinh),
        function!("atan", atan),
        function!("atanh", atanh),
        function!("cos", cos),
        function!("cosh", cosh),
        function!("exp", exp),
        function!("log10", log10),
        function!("sin", sin),
        function!("sinh", sinh),
        function!("sqrt", sqrt),
        function!("tan", tan),
        function!("tanh", tanh),
        MethodDef::new("log", "(z, base=<unrepresentable>, /)", log_function),
        MethodDef::new("phase", "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            Ok(Obj::float(z.im.atan2(z.re)))
        }),
        MethodDef::new("polar", "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            let r = z.re.hypot(z.im);
            if r.is_infinite() && z.re.is_finite() && z.im.is_finite() {
                return Err(th.overflow_error("math range error"));
            }
            tuple_of(th, [Obj::float(r), Obj::float(z.im.atan2(z.re))])
        }),
        MethodDef::new("rect", "(r, phi, /)", rect),
        MethodDef::new("isfinite", "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            Ok(Obj::bool(z.re.is_finite() && z.im.is_finite()))
        }),
        MethodDef::new("isinf", "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            Ok(Obj::bool(z.re.is_infinite() || z.im.is_infinite()))
        }),
        MethodDef::new("isnan", "(z, /)", |th, a| {
            let z = arg(th, a.get(0))?;
            Ok(Obj::bool(z.re.is_nan() || z.im.is_nan()))
        }),
        MethodDef::new("isclose", "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", is_close),
    ],
    init: Some(|th, m| {
        for (name, x) in [
            ("pi", PI),
            ("e", std::f64::consts::E),
            ("tau", std::f64::consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ] {
            put(th, m, name, Obj::float(x))?;
        }
        put(th, m, "infj", make(th, c(0.0, f64::INFINITY)))?;
        put(th, m, "nanj", make(th, c(0.0, f64::NAN)))
    }),
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    ..ModuleDef::new("cmath")
};

fn finite(z: C) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

fn value(re: f64, im: f64) -> Answer {
    Answer::Value(c(re, im))
}

/// A result of finite arguments: too large is a range error.
fn bounded(z: C) -> Answer {
    if z.re.is_infinite() || z.im.is_infinite() {
        Answer::Range
    } else {
        Answer::Value(z)
    }
}

const LARGE: f64 = f64::MAX / 4.0;

fn root(z: C) -> C {
    let (x, y) = (z.re.abs(), z.im.abs());
    if z.re == 0.0 && z.im == 0.0 {
        return c(0.0, z.im);
    }
    if y.is_infinite() {
        return c(f64::INFINITY, z.im);
    }
    if x.is_infinite() {
        let other = if z.im.is_nan() { f64::NAN } else { 0.0 };
        return if z.re > 0.0 {
            c(f64::INFINITY, other.copysign(z.im))
        } else {
            c(other, f64::INFINITY.copysign(z.im))
        };
    }
    if z.re.is_nan() || z.im.is_nan() {
        return c(f64::NAN, f64::NAN);
    }
    let s = if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE && (x > 0.0 || y > 0.0) {
        // Both subnormal: work on larger ones.
        let (x, y) = (float::scale(x, 53), float::scale(y, 53));
        float::scale((x + x.hypot(y)).sqrt(), -27)
    } else {
        let (x, y) = (x / 8.0, y / 8.0);
        2.0 * (x + x.hypot(y)).sqrt()
    };
    let d = y / (2.0 * s);
    if z.re >= 0.0 {
        c(s, d.copysign(z.im))
    } else {
        c(d, s.copysign(z.im))
    }
}

fn sqrt(z: C) -> Answer {
    Answer::Value(root(z))
}

fn times_i(z: C) -> C {
    c(-z.im, z.re)
}
fn times_minus_i(z: C) -> C {
    c(z.im, -z.re)
}

fn map(a: Answer, f: fn(C) -> C) -> Answer {
    match a {
        Answer::Value(z) => Answer::Value(f(z)),
        other => other,
    }
}

fn acos(z: C) -> Answer {
    if !finite(z) {
        let re = z.im.abs().atan2(z.re);
        return match (z.re.is_nan(), z.im.is_nan()) {
            (false, false) => value(re, (-f64::INFINITY).copysign(-z.im)),
            _ if z.re.is_infinite() || z.im.is_infinite() => value(
                f64::NAN,
                if z.re.is_infinite() {
                    f64::INFINITY
                } else {
                    (-f64::INFINITY).copysign(-z.im)
                },
            ),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LARGE || z.im.abs() > LARGE {
        let re = z.im.abs().atan2(z.re);
        let size = (z.re / 2.0).hypot(z.im / 2.0).ln() + LN_2 * 2.0;
        return value(re, size.copysign(-z.im));
    }
    let s1 = root(c(1.0 - z.re, -z.im));
    let s2 = root(c(1.0 + z.re, z.im));
    value(
        2.0 * s1.re.atan2(s2.re),
        libm::asinh(s2.re * s1.im - s2.im * s1.re),
    )
}

fn acosh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re.is_nan(), z.im.is_nan()) {
            (false, false) => value(f64::INFINITY, z.im.atan2(z.re)),
            _ if z.re.is_infinite() || z.im.is_infinite() => value(f64::INFINITY, f64::NAN),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LARGE || z.im.abs() > LARGE {
        return value(
            (z.re / 2.0).hypot(z.im / 2.0).ln() + LN_2 * 2.0,
            z.im.atan2(z.re),
        );
    }
    let s1 = root(c(z.re - 1.0, z.im));
    let s2 = root(c(z.re + 1.0, z.im));
    value(
        libm::asinh(s1.re * s2.re + s1.im * s2.im),
        2.0 * s1.im.atan2(s2.re),
    )
}

fn asinh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re.is_nan(), z.im.is_nan()) {
            (false, false) => value(f64::INFINITY.copysign(z.re), z.im.atan2(z.re.abs())),
            (false, true) if z.re.is_infinite() => value(z.re, f64::NAN),
            (true, false) if z.im.is_infinite() => value(f64::INFINITY, f64::NAN),
            (true, false) if z.im == 0.0 => value(f64::NAN, z.im),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LARGE || z.im.abs() > LARGE {
        let size = (z.re / 2.0).hypot(z.im / 2.0).ln() + LN_2 * 2.0;
        return value(size.copysign(z.re), z.im.atan2(z.re.abs()));
    }
    let s1 = root(c(1.0 + z.im, -z.re));
    let s2 = root(c(1.0 - z.im, z.re));
    value(
        libm::asinh(s1.re * s2.im - s2.re * s1.im),
        z.im.atan2(s1.re * s2.re - s1.im * s2.im),
    )
}

fn asin(z: C) -> Answer {
    map(asinh(times_i(z)), times_minus_i)
}

fn atanh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re.is_nan(), z.im.is_nan()) {
            (false, false) => value(0f64.copysign(z.re), FRAC_PI_2.copysign(z.im)),
            (false, true) if z.re.is_infinite() || z.re == 0.0 => {
                value(0f64.copysign(z.re), f64::NAN)
            }
            (true, false) if z.im.is_infinite() => value(0.0, FRAC_PI_2.copysign(z.im)),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re < 0.0 || (z.re == 0.0 && z.re.is_sign_negative()) {
        return map(atanh(c(-z.re, -z.im)), |r| c(-r.re, -r.im));
    }
    let y = z.im.abs();
    let root_max = (f64::MAX / 4.0).sqrt();
    if z.re > root_max || y > root_max {
        let h = (z.re / 2.0).hypot(z.im / 2.0);
        return value(z.re / 4.0 / h / h, FRAC_PI_2.copysign(z.im));
    }
    let root_min = f64::MIN_POSITIVE.sqrt();
    if z.re == 1.0 && y < root_min {
        if y == 0.0 {
            return Answer::Domain;
        }
        let re = -(y.sqrt() / y.hypot(2.0).sqrt()).ln();
        return value(re, 2f64.atan2(-y).copysign(z.im) / 2.0);
    }
    let q = (1.0 - z.re) * (1.0 - z.re) + y * y;
    value(
        (4.0 * z.re / q).ln_1p() / 4.0,
        -(-2.0 * z.im).atan2((1.0 - z.re) * (1.0 + z.re) - y * y) / 2.0,
    )
}

fn atan(z: C) -> Answer {
    map(atanh(times_i(z)), times_minus_i)
}

/// Beyond this `exp` and `cosh` overflow, though their product with a sine may not.
const LOG_LARGE: f64 = 708.3964185322641;

fn cosh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re, z.im) {
            (re, im) if re.is_infinite() && im.is_finite() && im != 0.0 => {
                let r = c(
                    f64::INFINITY.copysign(im.cos()),
                    f64::INFINITY.copysign(im.sin()),
                );
                Answer::Value(if re > 0.0 { r } else { c(r.re, -r.im) })
            }
            (re, im) if re.is_infinite() && im == 0.0 => {
                value(f64::INFINITY, im.copysign(re.signum() * im.signum()))
            }
            (re, im) if im.is_infinite() && !re.is_nan() => Answer::Domain,
            (re, _) if re.is_infinite() => value(f64::INFINITY, f64::NAN),
            (_, im) if im == 0.0 => value(f64::NAN, im),
            (0.0, _) => value(f64::NAN, 0.0),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LOG_LARGE {
        let x = z.re - 1f64.copysign(z.re);
        return bounded(c(
            z.im.cos() * x.cosh() * std::f64::consts::E,
            z.im.sin() * x.sinh() * std::f64::consts::E,
        ));
    }
    bounded(c(z.im.cos() * z.re.cosh(), z.im.sin() * z.re.sinh()))
}

fn cos(z: C) -> Answer {
    cosh(times_i(z))
}

fn sinh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re, z.im) {
            (re, im) if re.is_infinite() && im.is_finite() && im != 0.0 => {
                let r = c(
                    f64::INFINITY.copysign(im.cos()),
                    f64::INFINITY.copysign(im.sin()),
                );
                Answer::Value(if re > 0.0 { r } else { c(-r.re, r.im) })
            }
            (re, im) if re.is_infinite() && im == 0.0 => value(re, im),
            (re, im) if im.is_infinite() && !re.is_nan() => Answer::Domain,
            (re, _) if re.is_infinite() => value(re, f64::NAN),
            (_, im) if im == 0.0 => value(f64::NAN, im),
            (re, _) if re == 0.0 => value(re, f64::NAN),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LOG_LARGE {
        let x = z.re - 1f64.copysign(z.re);
        return bounded(c(
            z.im.cos() * x.sinh() * std::f64::consts::E,
            z.im.sin() * x.cosh() * std::f64::consts::E,
        ));
    }
    bounded(c(z.im.cos() * z.re.sinh(), z.im.sin() * z.re.cosh()))
}

fn sin(z: C) -> Answer {
    map(sinh(times_i(z)), times_minus_i)
}

fn tanh(z: C) -> Answer {
    if !finite(z) {
        return match (z.re, z.im) {
            (re, im) if re.is_infinite() && im.is_finite() => {
                value(1f64.copysign(re), 0f64.copysign(2.0 * im.sin() * im.cos()))
            }
            (re, _) if re.is_infinite() => value(1f64.copysign(re), 0.0),
            (re, im) if im.is_infinite() && re.is_finite() => Answer::Domain,
            (_, im) if im == 0.0 => value(f64::NAN, im),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re.abs() > LOG_LARGE {
        return value(
            1f64.copysign(z.re),
            4.0 * z.im.sin() * z.im.cos() * (-2.0 * z.re.abs()).exp(),
        );
    }
    let tx = z.re.tanh();
    let ty = z.im.tan();
    let cx = 1.0 / z.re.cosh();
    let txty = tx * ty;
    let denominator = 1.0 + txty * txty;
    value(
        tx * (1.0 + ty * ty) / denominator,
        ((ty / denominator) * cx) * cx,
    )
}

fn tan(z: C) -> Answer {
    map(tanh(times_i(z)), times_minus_i)
}

fn exp(z: C) -> Answer {
    if !finite(z) {
        return match (z.re, z.im) {
            (re, im) if re.is_infinite() && im.is_finite() => {
                if im == 0.0 {
                    return value(if re > 0.0 { re } else { 0.0 }, im);
                }
                let size = if re > 0.0 { f64::INFINITY } else { 0.0 };
                value(size.copysign(im.cos()), size.copysign(im.sin()))
            }
            (re, im) if im.is_infinite() && (re.is_finite() || re > 0.0) => Answer::Domain,
            (re, _) if re.is_infinite() => {
                if re > 0.0 {
                    value(re, f64::NAN)
                } else {
                    value(0.0, 0.0)
                }
            }
            (_, im) if im == 0.0 => value(f64::NAN, im),
            _ => value(f64::NAN, f64::NAN),
        };
    }
    if z.re > LOG_LARGE {
        let l = (z.re - 1.0).exp();
        return bounded(c(
            l * z.im.cos() * std::f64::consts::E,
            l * z.im.sin() * std::f64::consts::E,
        ));
    }
    let l = z.re.exp();
    bounded(c(l * z.im.cos(), l * z.im.sin()))
}

fn log(z: C) -> Answer {
    let im = z.im.atan2(z.re);
    if !finite(z) {
        let infinite = z.re.is_infinite() || z.im.is_infinite();
        return value(if infinite { f64::INFINITY } else { f64::NAN }, im);
    }
    let (x, y) = (z.re.abs(), z.im.abs());
    let re = if x > LARGE || y > LARGE {
        (x / 2.0).hypot(y / 2.0).ln() + LN_2
    } else if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        if x == 0.0 && y == 0.0 {
            return Answer::Domain;
        }
        float::scale(x, 53).hypot(float::scale(y, 53)).ln() - 53.0 * LN_2
    } else {
        let h = x.hypot(y);
        if (0.71..=1.73).contains(&h) {
            let (big, small) = (x.max(y), x.min(y));
            ((big - 1.0) * (big + 1.0) + small * small).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    value(re, im)
}

fn log10(z: C) -> Answer {
    map(log(z), |r| c(r.re / LN_10, r.im / LN_10))
}

fn log_function(th: &Thread, a: Args<'_>) -> Res {
    let z = answer(th, log(arg(th, a.get(0))?))?;
    match a.opt(1) {
        None => Ok(z),
        Some(base) => {
            let base = answer(th, log(arg(th, base)?))?;
            th.binary(BinOp::TrueDiv, &z, &base)
        }
    }
}

fn rect(th: &Thread, a: Args<'_>) -> Res {
    let (r, phi) = (th.to_f64(a.get(0))?, th.to_f64(a.get(1))?);
    if !r.is_finite() || !phi.is_finite() {
        if phi.is_infinite() && r != 0.0 && !r.is_nan() {
            return Err(th.value_error("math domain error"));
        }
        if r.is_infinite() && phi.is_finite() && phi != 0.0 {
            let z = c(
                f64::INFINITY.copysign(phi.cos()),
                f64::INFINITY.copysign(phi.sin()),
            );
            return Ok(make(th, if r > 0.0 { z } else { c(-z.re, -z.im) }));
        }
        if r == 0.0 {
            return Ok(make(th, c(0.0, 0.0)));
        }
        return Ok(make(
            th,
            if phi == 0.0 {
                c(r, r * phi)
            } else {
                c(r * phi.cos(), r * phi.sin())
            },
        ));
    }
    if phi == 0.0 {
        return Ok(make(th, c(r, r * phi)));
    }
    Ok(make(th, c(r * phi.cos(), r * phi.sin())))
}

fn is_close(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = (arg(th, a.get(0))?, arg(th, a.get(1))?);
    let rel = a.opt(2).map_or(Ok(1e-9), |o| th.to_f64(o))?;
    let abs = a.opt(3).map_or(Ok(0.0), |o| th.to_f64(o))?;
    if rel < 0.0 || abs < 0.0 {
        return Err(th.value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(Obj::TRUE);
    }
    if !finite(x) && (x.re.is_infinite() || x.im.is_infinite())
        || (y.re.is_infinite() || y.im.is_infinite())
    {
        return Ok(Obj::FALSE);
    }
    let diff = (x.re - y.re).hypot(x.im - y.im);
    Ok(Obj::bool(
        diff <= rel * y.re.hypot(y.im) || diff <= rel * x.re.hypot(x.im) || diff <= abs,
    ))
}
