//! `_operator`: the operators as functions, and the getters of attributes, items and method results.

mod getters;

use crate::modules::prelude::*;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &getters::ATTR_GETTER,
    &getters::ITEM_GETTER,
    &getters::METHOD_CALLER,
];

macro_rules! binary {
    ($name:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", |th, a| {
            th.binary(BinOp::$op, a.get(0), a.get(1))
        })
    };
}
macro_rules! inplace {
    ($name:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", |th, a| {
            th.inplace(BinOp::$op, a.get(0), a.get(1))
        })
    };
}
macro_rules! compare {
    ($name:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", |th, a| {
            th.compare(a.get(0), a.get(1), CmpOp::$op)
        })
    };
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        compare!("lt", Lt),
        compare!("le", Le),
        compare!("eq", Eq),
        compare!("ne", Ne),
        compare!("gt", Gt),
        compare!("ge", Ge),
        binary!("add", Add),
        binary!("sub", Sub),
        binary!("mul", Mul),
        binary!("truediv", TrueDiv),
        binary!("floordiv", FloorDiv),
        binary!("mod", Mod),
        binary!("matmul", MatMul),
        binary!("lshift", LShift),
        binary!("rshift", RShift),
        binary!("and_", And),
        binary!("or_", Or),
        binary!("xor", Xor),
        inplace!("iadd", Add),
        inplace!("isub", Sub),
        inplace!("imul", Mul),
        inplace!("itruediv", TrueDiv),
        inplace!("ifloordiv", FloorDiv),
        inplace!("imod", Mod),
        inplace!("imatmul", MatMul),
        inplace!("ilshift", LShift),
        inplace!("irshift", RShift),
        inplace!("iand", And),
        inplace!("ior", Or),
        inplace!("ixor", Xor),
        MethodDef::new("pow", "(a, b, /)", |th, a| {
            th.pow(a.get(0), a.get(1), &Obj::NONE)
        }),
        MethodDef::new("ipow", "(a, b, /)", ipow),
        MethodDef::new("neg", "(a, /)", |th, a| th.unary_neg(a.get(0))),
        MethodDef::new("pos", "(a, /)", |th, a| th.unary_pos(a.get(0))),
        MethodDef::new("abs", "(a, /)", |th, a| th.unary_abs(a.get(0))),
        MethodDef::new("inv", "(a, /)", |th, a| th.unary_invert(a.get(0))),
        MethodDef::new("invert", "(a, /)", |th, a| th.unary_invert(a.get(0))),
        MethodDef::new("not_", "(a, /)", |th, a| {
            Ok(Obj::bool(!th.truthy(a.get(0))?))
        }),
        MethodDef::new("truth", "(a, /)", |th, a| {
            Ok(Obj::bool(th.truthy(a.get(0))?))
        }),
        MethodDef::new("is_", "(a, b, /)", |_, a| {
            Ok(Obj::bool(a.get(0).is(a.get(1))))
        }),
        MethodDef::new("is_not", "(a, b, /)", |_, a| {
            Ok(Obj::bool(!a.get(0).is(a.get(1))))
        }),
        MethodDef::new("is_none", "(a, /)", |_, a| {
            Ok(Obj::bool(a.get(0).is_none()))
        }),
        MethodDef::new("is_not_none", "(a, /)", |_, a| {
            Ok(Obj::bool(!a.get(0).is_none()))
        }),
        MethodDef::new("index", "(a, /)", |th, a| th.index(a.get(0))),
        MethodDef::new("concat", "(a, b, /)", |th, a| {
            concatenable(th, a)?;
            th.binary(BinOp::Add, a.get(0), a.get(1))
        }),
        MethodDef::new("iconcat", "(a, b, /)", |th, a| {
            concatenable(th, a)?;
            th.inplace(BinOp::Add, a.get(0), a.get(1))
        }),
        MethodDef::new("contains", "(a, b, /)", |th, a| {
            Ok(Obj::bool(th.contains(a.get(0), a.get(1))?))
        }),
        MethodDef::new("countOf", "(a, b, /)", count_of),
        MethodDef::new("indexOf", "(a, b, /)", index_of),
        MethodDef::new("getitem", "(a, b, /)", |th, a| {
            th.getitem(a.get(0), a.get(1))
        }),
        MethodDef::new("setitem", "(a, b, c, /)", |th, a| {
            th.setitem(a.get(0), a.get(1), a.get(2))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("delitem", "(a, b, /)", |th, a| {
            th.delitem(a.get(0), a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("length_hint", "(obj, default=0, /)", length_hint),
        MethodDef::new("call", "(obj, /, *args, **kwargs)", call),
        MethodDef::new("_compare_digest", "(a, b, /)", compare_digest),
    ],
    types: &[
        ("attrgetter", TypeId::AttrGetter),
        ("itemgetter", TypeId::ItemGetter),
        ("methodcaller", TypeId::MethodCaller),
    ],
    doc: "Operator interface.",
    ..ModuleDef::new("_operator")
};

fn ipow(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = (a.get(0), a.get(1));
    if let Some(f) = th.type_of(x).slots().ipow {
        let r = f(th, x, y, &Obj::NONE)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    th.pow(x, y, &Obj::NONE)
}

fn concatenable(th: &Thread, a: Args<'_>) -> Res<()> {
    for o in [a.get(0), a.get(1)] {
        if th.type_of(o).slots().getitem.is_none() {
            return Err(th.type_error(format!(
                "'{}' object can't be concatenated",
                th.type_name(o)
            )));
        }
    }
    Ok(())
}

fn count_of(th: &Thread, a: Args<'_>) -> Res {
    let it = th.iter(a.get(0))?;
    let mut n = 0;
    while let Some(x) = th.next(&it)? {
        n += i64::from(th.eq(&x, a.get(1))?);
        th.poll()?;
    }
    Ok(th.int(n))
}

fn index_of(th: &Thread, a: Args<'_>) -> Res {
    let it = th.iter(a.get(0))?;
    let mut n = 0;
    while let Some(x) = th.next(&it)? {
        if th.eq(&x, a.get(1))? {
            return Ok(th.int(n));
        }
        n += 1;
        th.poll()?;
    }
    Err(th.value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(th: &Thread, a: Args<'_>) -> Res {
    let default = match a.opt(1) {
        None => 0,
        Some(d) if th.is_a(d, TypeId::Int) => th.index_i64(d)?,
        Some(d) => {
            return Err(th.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                th.type_name(d)
            )));
        }
    };
    if default < 0 {
        // Asked only where the object knows no better.
        return Ok(th.int(th.length_hint(a.get(0), 0)? as i64));
    }
    Ok(th.uint(th.length_hint(a.get(0), default as usize)? as u64))
}

fn call(th: &Thread, a: Args<'_>) -> Res {
    let mut all = this::<Tuple>(th, a.get(1))?.items().to_vec();
    let mut names = Vec::new();
    for (k, v) in this::<Dict>(th, a.get(2))?.items() {
        names.push(k);
        all.push(v);
    }
    th.call_args(
        a.get(0),
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}

/// Equality in a time that does not depend on where the two differ.
fn compare_digest(th: &Thread, a: Args<'_>) -> Res {
    let same = |x: &[u8], y: &[u8]| {
        let mut diff = u8::from(x.len() != y.len());
        for (i, b) in y.iter().enumerate() {
            diff |= b ^ x.get(i).copied().unwrap_or(!b);
        }
        Obj::bool(std::hint::black_box(diff) == 0)
    };
    match (a.get(0).cast::<Str>(), a.get(1).cast::<Str>()) {
        (Some(x), Some(y)) => match (x.as_ascii(), y.as_ascii()) {
            (Some(x), Some(y)) => Ok(same(x.as_bytes(), y.as_bytes())),
            _ => Err(th.type_error("comparing strings with non-ASCII characters is not supported")),
        },
        (None, None) => {
            let (Ok(x), Ok(y)) = (th.bytes_like(a.get(0)), th.bytes_like(a.get(1))) else {
                return Err(th.type_error(format!(
                    "unsupported operand types(s) or combination of types: '{}' and '{}'",
                    th.type_name(a.get(0)),
                    th.type_name(a.get(1))
                )));
            };
            Ok(same(x.bytes(), y.bytes()))
        }
        _ => Err(th.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            th.type_name(a.get(0)),
            th.type_name(a.get(1))
        ))),
    }
}
