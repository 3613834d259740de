//! The folding rules, as data.
//!
//! A rule is `pattern => replacement`, optionally `if` a condition. In a pattern `x y z` are any values, `K L`
//! constants, numbers and `true`/`false` literals, `(op ...)` the result of an operation. A replacement may compute
//! with constants: an operation on constants is evaluated when the rule applies. `nop` removes a guard or count.
//! Operands of commutative operations are tried in both orders. The tests run every rule over all pairs of 8-bit
//! integers, over random words and over special doubles, and compare with the evaluator.

use crate::ir::Op;
use crate::ir::Type;
use crate::ir::op::Kind;
use threadsnake_threads::sync::LazyLock;

/// The rules.
pub const RULES: &[&str] = &[
    // Integers: identities.
    "(iadd x 0) => x",
    "(isub x 0) => x",
    "(isub x x) => 0",
    "(imul x 1) => x",
    "(imul x 0) => 0",
    "(imul x -1) => (ineg x)",
    "(imul x K) => (ishl x (log2 K)) if pow2 K",
    "(iand x 0) => 0",
    "(iand x -1) => x",
    "(iand x x) => x",
    "(ior x 0) => x",
    "(ior x -1) => -1",
    "(ior x x) => x",
    "(ixor x 0) => x",
    "(ixor x x) => 0",
    "(ixor x -1) => (inot x)",
    "(ineg (ineg x)) => x",
    "(inot (inot x)) => x",
    "(ishl x 0) => x",
    "(isar x 0) => x",
    "(ishr x 0) => x",
    "(iadd (iadd x K) L) => (iadd x (iadd K L))",
    "(isub x K) => (iadd x (ineg K))",
    "(iand (iand x K) L) => (iand x (iand K L))",
    "(isub (iadd x y) y) => x",
    "(iadd (isub x y) y) => x",
    "(iadd x (ineg y)) => (isub x y)",
    "(isub 0 x) => (ineg x)",
    // Checked arithmetic that cannot fail.
    "(iadd_ovf x 0) => x",
    "(isub_ovf x 0) => x",
    "(imul_ovf x 1) => x",
    "(imul_ovf x 0) => 0",
    "(ishl_ovf x 0) => x",
    "(isub_ovf x x) => 0",
    "(idiv x 1) => x",
    "(imod x 1) => 0",
    "(idiv x K) => (isar x (log2 K)) if pow2 K",
    "(imod x K) => (iand x (iadd K -1)) if pow2 K",
    // Comparisons.
    "(ieq x x) => true",
    "(ine x x) => false",
    "(ilt x x) => false",
    "(ile x x) => true",
    "(igt x x) => false",
    "(ige x x) => true",
    "(ult x x) => false",
    "(uge x x) => true",
    "(ult x 0) => false",
    "(uge x 0) => true",
    "(veq x x) => true",
    "(oeq x x) => true",
    "(peq x x) => true",
    "(ieq (iadd x K) L) => (ieq x (isub L K))",
    "(ine (iadd x K) L) => (ine x (isub L K))",
    "(ine (b2i x) 0) => x",
    "(ieq (b2i x) 0) => (bnot x)",
    "(ieq (b2i x) 1) => x",
    // Truth values.
    "(bnot (bnot x)) => x",
    "(bnot (ieq x y)) => (ine x y)",
    "(bnot (ine x y)) => (ieq x y)",
    "(bnot (ilt x y)) => (ige x y)",
    "(bnot (ile x y)) => (igt x y)",
    "(bnot (igt x y)) => (ile x y)",
    "(bnot (ige x y)) => (ilt x y)",
    "(bnot (ult x y)) => (uge x y)",
    "(bnot (uge x y)) => (ult x y)",
    "(bnot (feq x y)) => (fne x y)",
    "(bnot (fne x y)) => (feq x y)",
    "(band x true) => x",
    "(band x false) => false",
    "(band x x) => x",
    "(bor x false) => x",
    "(bor x true) => true",
    "(bor x x) => x",
    "(bxor x false) => x",
    "(bxor x true) => (bnot x)",
    "(bxor x x) => false",
    "(isel true x y) => x",
    "(isel false x y) => y",
    "(isel z x x) => x",
    "(fsel true x y) => x",
    "(fsel false x y) => y",
    "(fsel z x x) => x",
    "(vsel true x y) => x",
    "(vsel false x y) => y",
    "(vsel z x x) => x",
    // Doubles: only what is exact, the sign of zero and NaN included.
    "(fmul x 1.0) => x",
    "(fdiv x 1.0) => x",
    "(fsub x 0.0) => x",
    "(fadd x -0.0) => x",
    "(fmul x 2.0) => (fadd x x)",
    "(fneg (fneg x)) => x",
    "(fabs (fabs x)) => (fabs x)",
    "(fabs (fneg x)) => (fabs x)",
    "(fadd x (fneg y)) => (fsub x y)",
    "(fsub x (fneg y)) => (fadd x y)",
    "(ffloor (i2f x)) => (i2f x)",
    "(fceil (i2f x)) => (i2f x)",
    "(ftrunc (i2f x)) => (i2f x)",
    "(fbits (bitsf x)) => x",
    "(bitsf (fbits x)) => x",
    // Boxes.
    "(unbox_int (box_int x)) => x",
    "(box_int (unbox_int x)) => x",
    "(veq (box_int x) (box_int y)) => (ieq x y)",
    "(unbox_float (box_float x)) => x",
    "(unbox_bool (box_bool x)) => x",
    "(unbox_obj (box_obj x)) => x",
    "(box_obj (unbox_obj x)) => x",
    "(box_float (unbox_float x)) => x",
    "(is_int (box_int x)) => true",
    "(is_int (box_bool x)) => false",
    "(is_float (box_int x)) => false",
    "(is_float (box_bool x)) => false",
    "(is_obj (box_int x)) => false",
    "(is_obj (box_bool x)) => false",
    "(fits (unbox_int x)) => true",
    "(veq (box_obj x) (box_obj y)) => (oeq x y)",
    "(veq (box_bool x) (box_bool y)) => (bnot (bxor x y))",
    "(veq (box_bool x) 7) => x",
    "(veq (box_bool x) 6) => (bnot x)",
    // Guards.
    "(guard_true true) => nop",
    "(guard_false false) => nop",
    "(guard_true (bnot x)) => (guard_false x)",
    "(guard_false (bnot x)) => (guard_true x)",
    "(guard_true (is_int x)) => (guard_int x)",
    "(guard_true (is_float x)) => (guard_float x)",
    "(guard_true (is_obj x)) => (guard_obj x)",
    "(guard_true (fits x)) => (guard_fit x)",
    "(guard_int (box_int x)) => nop",
    "(guard_bool (box_bool x)) => nop",
    "(guard_fit (unbox_int x)) => nop",
    "(guard_fit (b2i x)) => nop",
    "(guard_not_empty (box_int x)) => nop",
    "(guard_not_empty (box_bool x)) => nop",
    // Reference counts of what is not counted.
    "(incref_val (box_int x)) => nop",
    "(incref_val (box_bool x)) => nop",
    "(incref_val (box_float x)) => nop",
    "(decref_val (box_int x)) => nop",
    "(decref_val (box_bool x)) => nop",
    "(decref_val (box_float x)) => nop",
    "(publish (box_int x)) => nop",
    "(publish (box_bool x)) => nop",
    "(publish (box_float x)) => nop",
    "(incref_val (box_obj x)) => (incref x)",
    "(decref_val (box_obj x)) => (decref x)",
    "(guard_obj (box_obj x)) => nop",
    "(guard_not_empty (box_obj x)) => nop",
    "(guard_float (box_float x)) => nop",
    "(guard_not_empty (box_float x)) => nop",
];

/// A pattern or replacement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pat {
    /// Any value.
    Var(u8),
    /// Any constant.
    Const(u8),
    /// This constant.
    Lit(u64),
    /// The result of an operation.
    Op(Op, Vec<Pat>),
    /// The exponent of a constant power of two.
    Log2(u8),
    /// Nothing: only as a replacement.
    Nop,
}

/// A rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its text.
    pub text: &'static str,
    /// What it matches: always an operation.
    pub from: Pat,
    /// What that becomes.
    pub to: Pat,
    /// A constant that must be a power of two, at least 2.
    pub pow2: Option<u8>,
}

fn tokens(text: &str) -> Vec<String> {
    text.replace('(', " ( ")
        .replace(')', " ) ")
        .split_whitespace()
        .map(String::from)
        .collect()
}

fn pattern(t: &[String], at: &mut usize, ty: Type) -> Option<Pat> {
    let w = t.get(*at)?;
    *at += 1;
    Some(match w.as_str() {
        "x" | "y" | "z" => Pat::Var(w.as_bytes()[0] - b'x'),
        "K" | "L" => Pat::Const(w.as_bytes()[0] - b'K'),
        "nop" => Pat::Nop,
        "true" => Pat::Lit(1),
        "false" => Pat::Lit(0),
        "(" => {
            let op = t.get(*at)?;
            *at += 1;
            let pat = if op == "log2" {
                let Pat::Const(k) = pattern(t, at, Type::I64)? else {
                    return None;
                };
                Pat::Log2(k)
            } else {
                let op = Op::parse(op)?;
                let args: Option<Vec<Pat>> = op
                    .info()
                    .args
                    .iter()
                    .map(|k| pattern(t, at, if let Kind::Is(t) = k { *t } else { Type::Ptr }))
                    .collect();
                Pat::Op(op, args?)
            };
            if t.get(*at)? != ")" {
                return None;
            }
            *at += 1;
            pat
        }
        n if ty == Type::F64 => Pat::Lit(n.parse::<f64>().ok()?.to_bits()),
        n => Pat::Lit(n.parse::<i64>().ok()? as u64),
    })
}

/// Reads one rule.
pub fn rule(text: &'static str) -> Option<Rule> {
    let (from, rest) = text.split_once("=>")?;
    let (to, cond) = rest.split_once(" if ").unwrap_or((rest, ""));
    let from = pattern(&tokens(from), &mut 0, Type::I64)?;
    let Pat::Op(op, _) = &from else { return None };
    let to = pattern(&tokens(to), &mut 0, op.info().result.unwrap_or(Type::I64))?;
    let pow2 = cond
        .split_whitespace()
        .nth(1)
        .map(|w| w.as_bytes()[0] - b'K');
    Some(Rule {
        text,
        from,
        to,
        pow2,
    })
}

/// The rules by the operation that they match.
#[derive(Debug)]
pub struct RuleSet {
    by_op: Vec<Vec<Rule>>,
}

impl RuleSet {
    /// Reads the table. A rule that cannot be read is left out; a test sees to it that there is none.
    pub fn new() -> RuleSet {
        let mut by_op = vec![Vec::new(); crate::ir::op::OPS.len()];
        for r in RULES.iter().filter_map(|t| rule(t)) {
            if let Pat::Op(op, _) = r.from {
                by_op[op as usize].push(r);
            }
        }
        RuleSet { by_op }
    }

    /// The table, read once in a process.
    pub fn get() -> &'static RuleSet {
        static TABLE: LazyLock<RuleSet> = LazyLock::new(RuleSet::new);
        &TABLE
    }

    /// The rules for an operation.
    pub fn of(&self, op: Op) -> &[Rule] {
        &self.by_op[op as usize]
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        RuleSet::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::eval;

    thread_local! {
        /// An operand was outside what its operation accepts.
        static OUTSIDE: core::cell::Cell<bool> = const { core::cell::Cell::new(false) };
    }

    /// Evaluates: `None` if it would leave.
    fn run(p: &Pat, vars: &[u64; 3], consts: &[u64; 2]) -> Option<u64> {
        match p {
            Pat::Var(n) => Some(vars[*n as usize]),
            Pat::Const(n) => Some(consts[*n as usize]),
            Pat::Lit(b) => Some(*b),
            Pat::Log2(n) => Some(u64::from(consts[*n as usize].trailing_zeros())),
            Pat::Nop => Some(0),
            Pat::Op(op, args) => {
                let args: Option<Vec<u64>> = args.iter().map(|a| run(a, vars, consts)).collect();
                let args = args?;
                // What the table demands of operands: box_int of what fits, unbox_int of an integer.
                let broken = match op {
                    Op::BoxInt => !crate::ir::boxed::fits_int(args[0] as i64),
                    Op::BoxFloat => !crate::ir::boxed::is_float(crate::ir::boxed::float(args[0])),
                    Op::UnboxInt => !crate::ir::boxed::is_int(args[0]),
                    _ => false,
                };
                OUTSIDE.with(|o| o.set(o.get() | broken));
                match eval::pure(*op, &args, 0) {
                    Some(x) => Some(x),
                    None if op.info().text.contains("cref") || *op == Op::Publish => Some(0),
                    None => eval::guard(*op, &args, 0).expect("a pure operation or a guard"),
                }
            }
        }
    }

    fn var_types(p: &Pat, ty: Type, out: &mut [Option<Type>; 5]) {
        match p {
            Pat::Var(n) => out[*n as usize] = Some(ty),
            Pat::Const(n) => out[3 + *n as usize] = Some(ty),
            Pat::Op(op, args) => {
                for (a, k) in args.iter().zip(op.info().args) {
                    var_types(a, if let Kind::Is(t) = k { *t } else { Type::Ptr }, out);
                }
            }
            _ => {}
        }
    }

    fn result_type(p: &Pat) -> Option<Type> {
        if let Pat::Op(op, _) = p {
            op.info().result
        } else {
            None
        }
    }

    fn same(ty: Option<Type>, a: Option<u64>, b: Option<u64>) -> bool {
        match (ty, a, b) {
            (Some(Type::F64), Some(a), Some(b)) => {
                a == b || (f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan())
            }
            _ => a == b,
        }
    }

    fn samples(ty: Option<Type>, seed: &mut u64) -> Vec<u64> {
        let mut next = || {
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *seed
        };
        match ty {
            None => vec![0],
            Some(Type::Bool) => vec![0, 1],
            Some(Type::F64) => {
                let mut v: Vec<u64> = [
                    0.0,
                    -0.0,
                    1.0,
                    -1.0,
                    0.5,
                    1.5,
                    -2.5,
                    1e300,
                    -1e300,
                    5e-324,
                    f64::INFINITY,
                    f64::NEG_INFINITY,
                    f64::NAN,
                    f64::MAX,
                    4503599627370497.5,
                ]
                .map(f64::to_bits)
                .to_vec();
                v.extend((0..8).map(|_| next()));
                v
            }
            Some(Type::Val) => vec![
                2,
                6,
                7,
                0,
                1 << 20,
                crate::ir::boxed::int(5),
                crate::ir::boxed::int(-5),
                crate::ir::boxed::float(1.5f64.to_bits()),
            ],
            Some(Type::Obj | Type::Ptr) => vec![1 << 20, 1 << 21],
            Some(Type::I64) => {
                let mut v: Vec<u64> = (-128i64..128).map(|x| x as u64).collect();
                v.extend([i64::MIN, i64::MAX, i64::MIN + 1, 1 << 48, -(1 << 48)].map(|x| x as u64));
                v.extend((0..8).map(|_| next()));
                v
            }
        }
    }

    #[test]
    fn every_rule_can_be_read() {
        for t in RULES {
            assert!(rule(t).is_some(), "{t}");
        }
    }

    #[test]
    fn every_rule_keeps_the_meaning() {
        let mut seed = 0x9E37_79B9_7F4A_7C15;
        for t in RULES {
            let r = rule(t).unwrap();
            let mut types = [None; 5];
            var_types(&r.from, Type::I64, &mut types);
            // Objects in boxes stay objects.
            let lists: Vec<Vec<u64>> = types.iter().map(|t| samples(*t, &mut seed)).collect();
            let ty = result_type(&r.from);
            // Three integer variables at once are too many for all combinations: thin out the third.
            for (nk, k) in lists[3].iter().enumerate() {
                if r.pow2.is_some() && !(*k as i64 > 1 && k.is_power_of_two()) {
                    continue;
                }
                for (nl, l) in lists[4].iter().enumerate() {
                    if types[4].is_some() && (nk * 7 + nl) % 5 != 0 {
                        continue;
                    }
                    for (nx, x) in lists[0].iter().enumerate() {
                        if types[3].is_some() && types[4].is_some() && (nx + nk + nl) % 31 != 0 {
                            continue;
                        }
                        for y in &lists[1] {
                            for z in &lists[2] {
                                let (vars, consts) = ([*x, *y, *z], [*k, *l]);
                                OUTSIDE.with(|o| o.set(false));
                                let (a, b) =
                                    (run(&r.from, &vars, &consts), run(&r.to, &vars, &consts));
                                assert!(
                                    OUTSIDE.get() || same(ty, a, b),
                                    "{t}: {vars:x?} {consts:x?}: {a:x?} is not {b:x?}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}
