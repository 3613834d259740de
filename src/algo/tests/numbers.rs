//! Numbers, formatting and parsing against CPython's answers (`tests/data/numbers.txt`).

use dashu_int::IBig;
use std::fmt::Display;
use threadsnake_algo::format_spec::{self, FormatError, FormatSpec};
use threadsnake_algo::percent::{self, PercentArgs, PercentError, TextKind};
use threadsnake_algo::text::{StrData, StrRef};
use threadsnake_algo::{float, int};

fn f(s: &str) -> f64 {
    float::from_hex(s).unwrap()
}

fn i(s: &str) -> IBig {
    s.parse().unwrap()
}

fn or<T, E: Display>(r: Result<T, E>, show: impl Fn(T) -> String) -> String {
    r.map_or_else(|e| format!("!{e}"), show)
}

fn data(d: StrData) -> String {
    d.as_ref().to_string_lossy()
}

fn spec(s: &str, ty: &str) -> Result<FormatSpec, FormatError> {
    FormatSpec::parse_for_number(StrRef::Ascii(s.replace(';', ",").as_bytes()), ty)
}

struct One(IBig, f64);

impl PercentArgs for One {
    type Error = PercentError;
    fn select(&mut self, _: StrRef<'_>) -> Result<(), PercentError> {
        Ok(())
    }
    fn star(&mut self) -> Result<i64, PercentError> {
        Ok(1)
    }
    fn text(&mut self, _: TextKind) -> Result<StrData, PercentError> {
        Ok(StrData::Ascii(b"x".to_vec()))
    }
    fn int(&mut self, _: char) -> Result<IBig, PercentError> {
        Ok(self.0.clone())
    }
    fn float(&mut self) -> Result<f64, PercentError> {
        Ok(self.1)
    }
    fn error(&mut self, e: PercentError) -> PercentError {
        e
    }
}

fn answer(op: &str, arg: &str) -> String {
    let a: Vec<&str> = arg.split(',').collect();
    let show = |n: IBig| n.to_string();
    let two = |p: (IBig, IBig)| format!("{} {}", p.0, p.1);
    match op {
        "frepr" => float::repr(f(a[0])),
        "fround" => or(
            float::round_digits(f(a[0]), a[1].parse().unwrap()),
            float::to_hex,
        ),
        "fhash" => float::hash_f64(f(a[0])).unwrap().to_string(),
        "fratio" => or(float::as_integer_ratio(f(a[0])), |(n, d)| {
            format!("{n}/{d}")
        }),
        "fdivmod" => or(float::div_mod(f(a[0]), f(a[1])), |(q, r)| {
            format!("{} {}", float::to_hex(q), float::to_hex(r))
        }),
        "ffmt" => or(
            spec(a[1], "float").and_then(|s| format_spec::format_float(f(a[0]), &s, "float")),
            data,
        ),
        "fromhex" => or(float::from_hex(arg), float::to_hex),
        "fparse" => float::parse_float(arg.as_bytes()).map_or("!".into(), float::to_hex),
        "ihash" => {
            let n = i(a[0]);
            if let Ok(small) = i64::try_from(&n) {
                assert_eq!(float::hash_i64(small), float::hash_int(&n));
            }
            float::hash_int(&n).to_string()
        }
        "ifloat" => or(int::to_f64(&i(a[0])), float::to_hex),
        "ibits" => format!("{} {}", int::bit_length(&i(a[0])), int::bit_count(&i(a[0]))),
        "isqrt" => or(int::isqrt(&i(a[0])), show),
        "ibytes" => {
            let r = int::to_bytes(&i(a[0]), a[1].parse().unwrap(), true, a[2] == "1");
            if let Ok(b) = &r {
                assert_eq!(int::from_bytes(b, true, a[2] == "1"), i(a[0]));
            }
            or(r, |b| b.iter().map(|x| format!("{x:02x}")).collect())
        }
        "idivmod" => or(int::div_mod(&i(a[0]), &i(a[1])), two),
        "ibit" => {
            let (x, y) = (i(a[0]), i(a[1]));
            format!(
                "{} {} {}",
                int::bit_and(&x, &y),
                int::bit_or(&x, &y),
                int::bit_xor(&x, &y)
            )
        }
        "igcd" => two((int::gcd(&i(a[0]), &i(a[1])), int::lcm(&i(a[0]), &i(a[1])))),
        "itruediv" => or(int::true_div(&i(a[0]), &i(a[1])), float::to_hex),
        "ipowmod" => or(int::pow_mod(&i(a[0]), &i(a[1]), &i(a[2])), show),
        "ishift" => two((
            int::shl(&i(a[0]), &i(a[1]), 1 << 20).unwrap(),
            int::shr(&i(a[0]), &i(a[1])).unwrap(),
        )),
        "iround" => int::round_to_power_of_ten(&i(a[0]), a[1].parse().unwrap()).to_string(),
        "ifmt" => or(
            spec(a[1], "int").and_then(|s| format_spec::format_int(&i(a[0]), &s, 4300)),
            |d| d.map_or("!int too large to convert to float".into(), data),
        ),
        "sfmt" => {
            let text = a[1].replace(';', ",");
            let s = FormatSpec::parse_for_str(StrRef::Ascii(text.as_bytes()), "str");
            or(
                s.and_then(|s| format_spec::format_str(StrRef::Ascii(a[0].as_bytes()), &s)),
                data,
            )
        }
        "crepr" => float::complex_repr(f(a[0]), f(a[1])),
        "cfmt" => or(
            spec(a[2], "complex").and_then(|s| format_spec::format_complex(f(a[0]), f(a[1]), &s)),
            data,
        ),
        "iparse" => or(
            int::parse_int(a[0].as_bytes(), a[1].parse().unwrap(), 4300),
            |n| n.into_big().to_string(),
        ),
        "pint" => or(
            percent::format(
                StrRef::Ascii(a[0].as_bytes()),
                false,
                &mut One(i(a[1]), 0.0),
            ),
            data,
        ),
        "pfloat" => or(
            percent::format(
                StrRef::Ascii(a[0].as_bytes()),
                false,
                &mut One(IBig::ZERO, f(a[1])),
            ),
            data,
        ),
        _ => panic!("unknown {op}"),
    }
}

#[test]
fn numbers_answer_as_cpython() {
    let mut wrong = 0;
    for line in include_str!("data/numbers.txt").lines() {
        let [op, arg, want] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let got = answer(op, arg);
        if got != want {
            wrong += 1;
            eprintln!("{op} {arg}\n  want {want}\n  got  {got}");
        }
    }
    assert_eq!(wrong, 0);
}

/// Grouping of the fraction is newer than the CPython that wrote the table; answers from CPython 3.15.
#[test]
fn fractions_are_grouped() {
    let float = |x: f64, s: &str| {
        or(
            spec(s, "float").and_then(|s| format_spec::format_float(x, &s, "float")),
            data,
        )
    };
    for (x, s, want) in [
        (1234567.12345678, ".8_f", "1234567.123_456_78"),
        (1234567.12345678, ";.7;f", "1,234,567.123,456,8"),
        (123456.123456, ".6_g", "123456"),
        (1.5, "._f", "1.500_000"),
        (1.5, ".;", "1.5"),
        (0.000123456, ".4_e", "1.234_6e-04"),
        (1.5, ".3;n", "!Cannot specify ',' with 'n'."),
        (1.5, "._;f", "!Cannot specify both ',' and '_'."),
        (1234.5678, "_._", "1_234.567_8"),
        (1.5, "020.4_f", "00000000000001.500_0"),
        (1.5, ".", "!Format specifier missing precision"),
    ] {
        assert_eq!(float(x, s), want, "{s}");
    }
    let complex = spec(".8_f", "complex").and_then(|s| format_spec::format_complex(1.0, 2.0, &s));
    assert_eq!(or(complex, data), "1.000_000_00+2.000_000_00j");
}
