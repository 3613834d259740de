//! `math` and `cmath`.

pub mod complex;
mod float;
mod integer;
mod libm;
mod sums;

use crate::modules::prelude::*;

/// The module `math`.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("acos", "(x, /)", |th, a| {
            float::plain(th, a, f64::acos, "a number in range from -1 up to 1", None)
        }),
        MethodDef::new("acosh", "(x, /)", |th, a| {
            float::plain(th, a, libm::acosh, "argument value not less than 1", None)
        }),
        MethodDef::new("asin", "(x, /)", |th, a| {
            float::plain(th, a, f64::asin, "a number in range from -1 up to 1", None)
        }),
        MethodDef::new("asinh", "(x, /)", |th, a| {
            float::plain(th, a, libm::asinh, "", None)
        }),
        MethodDef::new("atan", "(x, /)", |th, a| {
            float::plain(th, a, f64::atan, "", None)
        }),
        MethodDef::new("atan2", "(y, x, /)", float::atan2),
        MethodDef::new("atanh", "(x, /)", |th, a| {
            float::plain(th, a, libm::atanh, "a number between -1 and 1", None)
        }),
        MethodDef::new("cbrt", "(x, /)", |th, a| {
            float::plain(th, a, f64::cbrt, "", None)
        }),
        MethodDef::new("ceil", "(x, /)", |th, a| {
            float::rounded(th, a.get(0), "__ceil__", f64::ceil)
        }),
        MethodDef::new("copysign", "(x, y, /)", |th, a| {
            Ok(Obj::float(
                th.to_f64(a.get(0))?.copysign(th.to_f64(a.get(1))?),
            ))
        }),
        MethodDef::new("cos", "(x, /)", |th, a| {
            float::plain(th, a, f64::cos, "a finite input", None)
        }),
        MethodDef::new("cosh", "(x, /)", |th, a| {
            float::plain(th, a, f64::cosh, "", Some(()))
        }),
        MethodDef::new("degrees", "(x, /)", |th, a| {
            Ok(Obj::float(
                th.to_f64(a.get(0))? * (180.0 / std::f64::consts::PI),
            ))
        }),
        MethodDef::new("dist", "(p, q, /)", sums::dist),
        MethodDef::new("erf", "(x, /)", |th, a| {
            Ok(Obj::float(libm::erf(th.to_f64(a.get(0))?)))
        }),
        MethodDef::new("erfc", "(x, /)", |th, a| {
            Ok(Obj::float(libm::erfc(th.to_f64(a.get(0))?)))
        }),
        MethodDef::new("exp", "(x, /)", |th, a| {
            float::plain(th, a, f64::exp, "", Some(()))
        }),
        MethodDef::new("exp2", "(x, /)", |th, a| {
            float::plain(th, a, f64::exp2, "", Some(()))
        }),
        MethodDef::new("expm1", "(x, /)", |th, a| {
            float::plain(th, a, f64::exp_m1, "", Some(()))
        }),
        MethodDef::new("fabs", "(x, /)", |th, a| {
            Ok(Obj::float(th.to_f64(a.get(0))?.abs()))
        }),
        MethodDef::new("factorial", "(n, /)", integer::factorial),
        MethodDef::new("floor", "(x, /)", |th, a| {
            float::rounded(th, a.get(0), "__floor__", f64::floor)
        }),
        MethodDef::new("fma", "(x, y, z, /)", float::fma),
        MethodDef::new("fmod", "(x, y, /)", float::fmod),
        MethodDef::new("frexp", "(x, /)", float::frexp),
        MethodDef::new("fsum", "(seq, /)", sums::fsum),
        MethodDef::new("gamma", "(x, /)", float::gamma),
        MethodDef::new("gcd", "(*integers)", integer::gcd),
        MethodDef::new("hypot", "(*coordinates)", sums::hypot),
        MethodDef::new(
            "isclose",
            "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
            float::is_close,
        ),
        MethodDef::new("isfinite", "(x, /)", |th, a| {
            Ok(Obj::bool(th.to_f64(a.get(0))?.is_finite()))
        }),
        MethodDef::new("isinf", "(x, /)", |th, a| {
            Ok(Obj::bool(th.to_f64(a.get(0))?.is_infinite()))
        }),
        MethodDef::new("isnan", "(x, /)", |th, a| {
            Ok(Obj::bool(th.to_f64(a.get(0))?.is_nan()))
        }),
        MethodDef::new("isqrt", "(n, /)", integer::isqrt),
        MethodDef::new("lcm", "(*integers)", integer::lcm),
        MethodDef::new("ldexp", "(x, i, /)", float::ldexp),
        MethodDef::new("lgamma", "(x, /)", float::lgamma),
        MethodDef::new("log", "(x, base=math.e, /)", float::log),
        MethodDef::new("log10", "(x, /)", |th, a| {
            Ok(Obj::float(float::log_of(th, a.get(0), f64::log10)?))
        }),
        MethodDef::new("log1p", "(x, /)", |th, a| {
            float::plain(th, a, f64::ln_1p, "argument value > -1", None)
        }),
        MethodDef::new("log2", "(x, /)", |th, a| {
            Ok(Obj::float(float::log_of(th, a.get(0), f64::log2)?))
        }),
        MethodDef::new("modf", "(x, /)", float::modf),
        MethodDef::new("nextafter", "(x, y, /, *, steps=None)", float::nextafter),
        MethodDef::new("perm", "(n, k=None, /)", integer::perm),
        MethodDef::new("comb", "(n, k, /)", integer::comb),
        MethodDef::new("pow", "(x, y, /)", float::pow),
        MethodDef::new("prod", "(iterable, /, *, start=1)", sums::prod),
        MethodDef::new("radians", "(x, /)", |th, a| {
            Ok(Obj::float(
                th.to_f64(a.get(0))? * (std::f64::consts::PI / 180.0),
            ))
        }),
        MethodDef::new("remainder", "(x, y, /)", float::remainder),
        MethodDef::new("sin", "(x, /)", |th, a| {
            float::plain(th, a, f64::sin, "a finite input", None)
        }),
        MethodDef::new("sinh", "(x, /)", |th, a| {
            float::plain(th, a, f64::sinh, "", Some(()))
        }),
        MethodDef::new("sqrt", "(x, /)", |th, a| {
            float::plain(th, a, f64::sqrt, "a nonnegative input", None)
        }),
        MethodDef::new("sumprod", "(p, q, /)", sums::sumprod),
        MethodDef::new("tan", "(x, /)", |th, a| {
            float::plain(th, a, f64::tan, "a finite input", None)
        }),
        MethodDef::new("tanh", "(x, /)", |th, a| {
            float::plain(th, a, f64::tanh, "", None)
        }),
        MethodDef::new("trunc", "(x, /)", float::trunc),
        MethodDef::new("ulp", "(x, /)", float::ulp),
    ],
    init: Some(|th, m| {
        for (name, x) in [
            ("pi", std::f64::consts::PI),
            ("e", std::f64::consts::E),
            ("tau", std::f64::consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ] {
            put(th, m, name, Obj::float(x))?;
        }
        Ok(())
    }),
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    ..ModuleDef::new("math")
};
