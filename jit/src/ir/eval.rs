//! The meaning of scalar operations on raw 64-bit words: the one definition, used by the IR interpreter, by
//! constant folding and by the tests of the folding rules.

use super::op::Op;
use super::types::boxed;

fn f(x: u64) -> f64 {
    f64::from_bits(x)
}

/// The result of a pure operation that is not a constant. `None` for any other operation.
pub fn pure(op: Op, a: &[u64], imm: u64) -> Option<u64> {
    use Op::*;
    let i = |n: usize| a[n] as i64;
    let b = |x: bool| u64::from(x);
    Some(match op {
        Iconst | Fconst | Bconst | Vconst | Oconst | Pconst => imm,
        Iadd => a[0].wrapping_add(a[1]),
        Isub => a[0].wrapping_sub(a[1]),
        Imul => a[0].wrapping_mul(a[1]),
        Ineg => a[0].wrapping_neg(),
        Iand => a[0] & a[1],
        Ior => a[0] | a[1],
        Ixor => a[0] ^ a[1],
        Inot => !a[0],
        Ishl => a[0] << (a[1] & 63),
        Isar => (i(0) >> (a[1] & 63)) as u64,
        Ishr => a[0] >> (a[1] & 63),
        Isel | Fsel | Vsel => {
            if a[0] != 0 {
                a[1]
            } else {
                a[2]
            }
        }
        Ieq | Veq | Oeq | Peq => b(a[0] == a[1]),
        Ine => b(a[0] != a[1]),
        Ilt => b(i(0) < i(1)),
        Ile => b(i(0) <= i(1)),
        Igt => b(i(0) > i(1)),
        Ige => b(i(0) >= i(1)),
        Ult => b(a[0] < a[1]),
        Uge => b(a[0] >= a[1]),
        Fadd => (f(a[0]) + f(a[1])).to_bits(),
        Fsub => (f(a[0]) - f(a[1])).to_bits(),
        Fmul => (f(a[0]) * f(a[1])).to_bits(),
        Fdiv => (f(a[0]) / f(a[1])).to_bits(),
        Fneg => a[0] ^ (1 << 63),
        Fabs => a[0] & !(1 << 63),
        Fsqrt => f(a[0]).sqrt().to_bits(),
        Ffloor => f(a[0]).floor().to_bits(),
        Fceil => f(a[0]).ceil().to_bits(),
        Ftrunc => f(a[0]).trunc().to_bits(),
        Feq => b(f(a[0]) == f(a[1])),
        Fne => b(f(a[0]) != f(a[1])),
        Flt => b(f(a[0]) < f(a[1])),
        Fle => b(f(a[0]) <= f(a[1])),
        Fgt => b(f(a[0]) > f(a[1])),
        Fge => b(f(a[0]) >= f(a[1])),
        I2f => (i(0) as f64).to_bits(),
        Fbits | Bitsf | BoxObj | UnboxObj | ObjPtr | B2i => a[0],
        Bnot => a[0] ^ 1,
        Band => a[0] & a[1],
        Bor => a[0] | a[1],
        Bxor => a[0] ^ a[1],
        BoxInt => boxed::int(i(0)),
        UnboxInt => boxed::to_int(a[0]) as u64,
        BoxFloat => boxed::float(a[0]),
        UnboxFloat => boxed::to_float(a[0]),
        BoxBool => boxed::bool(a[0] != 0),
        UnboxBool => a[0] & 1,
        IsInt => b(boxed::is_int(a[0])),
        IsFloat => b(boxed::is_float(a[0])),
        IsObj => b(boxed::is_obj(a[0])),
        Fits => b(boxed::fits_int(i(0))),
        Padd => a[0].wrapping_add(imm),
        _ => return None,
    })
}

/// What a guard without memory does: `Some(Some(result))` to go on (0 if it has no result), `Some(None)` to
/// leave, `None` if the operation is no such guard.
pub fn guard(op: Op, a: &[u64], imm: u64) -> Option<Option<u64>> {
    use Op::*;
    let i = |n: usize| a[n] as i64;
    let pass = |x: bool| x.then_some(0);
    Some(match op {
        IaddOvf => i(0).checked_add(i(1)).map(|x| x as u64),
        IsubOvf => i(0).checked_sub(i(1)).map(|x| x as u64),
        ImulOvf => i(0).checked_mul(i(1)).map(|x| x as u64),
        IshlOvf => {
            let x = i(0) << (a[1] & 63);
            (a[1] < 64 && x >> (a[1] & 63) == i(0)).then_some(x as u64)
        }
        Idiv => i(0)
            .checked_div(i(1))
            .map(|q| (q - i64::from(i(0) % i(1) != 0 && (i(0) < 0) != (i(1) < 0))) as u64),
        Imod => i(0).checked_rem(i(1)).map(|r| {
            (if r != 0 && (r < 0) != (i(1) < 0) {
                r + i(1)
            } else {
                r
            }) as u64
        }),
        F2i => {
            let x = f(a[0]);
            // Both bounds are excluded: the smallest integer is what the machine answers for "does not fit".
            (x.trunc() > -9223372036854775808.0 && x < 9223372036854775808.0)
                .then_some(x as i64 as u64)
        }
        GuardTrue => pass(a[0] != 0),
        GuardFalse => pass(a[0] == 0),
        GuardVal => pass(a[0] == imm),
        GuardObj => pass(boxed::is_obj(a[0])),
        GuardInt => pass(boxed::is_int(a[0])),
        GuardFloat => pass(boxed::is_float(a[0])),
        GuardBool => pass(a[0] | 1 == boxed::TRUE),
        GuardNotEmpty => pass(a[0] != boxed::EMPTY),
        GuardFit => pass(boxed::fits_int(i(0))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_toward_minus_infinity() {
        for x in -20i64..=20 {
            for y in -7i64..=7 {
                let q = guard(Op::Idiv, &[x as u64, y as u64], 0).unwrap();
                let r = guard(Op::Imod, &[x as u64, y as u64], 0).unwrap();
                if y == 0 {
                    assert_eq!((q, r), (None, None));
                    continue;
                }
                let (q, r) = (q.unwrap() as i64, r.unwrap() as i64);
                assert_eq!(q * y + r, x);
                assert!(r == 0 || (r < 0) == (y < 0));
                assert!(r.abs() < y.abs());
            }
        }
        assert_eq!(
            guard(Op::Idiv, &[i64::MIN as u64, -1i64 as u64], 0),
            Some(None)
        );
    }

    #[test]
    fn boxing_is_undone_by_unboxing() {
        for x in [0i64, 1, -1, (1 << 48) - 1, -(1 << 48)] {
            assert!(boxed::fits_int(x));
            assert!(boxed::is_int(boxed::int(x)));
            assert_eq!(boxed::to_int(boxed::int(x)), x);
        }
        assert!(!boxed::fits_int(1 << 48) && !boxed::fits_int(-(1 << 48) - 1));
        for x in [
            0.0f64,
            -0.0,
            1.5,
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -f64::NAN,
        ] {
            let v = boxed::float(x.to_bits());
            assert!(boxed::is_float(v) && !boxed::is_int(v) && !boxed::is_obj(v));
            assert_eq!(boxed::to_float(v), x.to_bits());
        }
    }
}
