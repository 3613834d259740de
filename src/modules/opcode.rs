//! `_opcode`: what `opcode` and `dis` ask about CPython's bytecode. This runtime has a bytecode of its own, so the answers
//! are about the numbers in `_opcode_metadata` only; `dis` has tables of its own (`super::dis`).

use crate::modules::prelude::*;

/// First number with an argument.
const HAVE_ARGUMENT: i64 = 43;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "stack_effect",
            "(opcode, oparg=None, /, *, jump=None)",
            |th, _| Err(th.value_error("invalid opcode or oparg")),
        ),
        MethodDef::new("is_valid", "(opcode)", |th, a| {
            Ok(Obj::bool((0..256).contains(&th.index_i64(a.get(0))?)))
        }),
        MethodDef::new("has_arg", "(opcode)", |th, a| {
            Ok(Obj::bool(th.index_i64(a.get(0))? > HAVE_ARGUMENT))
        }),
        MethodDef::new("has_const", "(opcode)", no),
        MethodDef::new("has_name", "(opcode)", no),
        MethodDef::new("has_jump", "(opcode)", no),
        MethodDef::new("has_free", "(opcode)", no),
        MethodDef::new("has_local", "(opcode)", no),
        MethodDef::new("has_exc", "(opcode)", no),
        MethodDef::new("get_executor", "(*, code, offset)", |_, _| Ok(Obj::NONE)),
        MethodDef::new("get_specialization_stats", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("get_intrinsic1_descs", "()", |th, _| {
            texts(
                th,
                "INTRINSIC_1_INVALID INTRINSIC_PRINT INTRINSIC_IMPORT_STAR INTRINSIC_STOPITERATION_ERROR \
                 INTRINSIC_ASYNC_GEN_WRAP INTRINSIC_UNARY_POSITIVE INTRINSIC_LIST_TO_TUPLE INTRINSIC_TYPEVAR \
                 INTRINSIC_PARAMSPEC INTRINSIC_TYPEVARTUPLE INTRINSIC_SUBSCRIPT_GENERIC INTRINSIC_TYPEALIAS",
            )
        }),
        MethodDef::new("get_intrinsic2_descs", "()", |th, _| {
            texts(
                th,
                "INTRINSIC_2_INVALID INTRINSIC_PREP_RERAISE_STAR INTRINSIC_TYPEVAR_WITH_BOUND \
                 INTRINSIC_TYPEVAR_WITH_CONSTRAINTS INTRINSIC_SET_FUNCTION_TYPE_PARAMS INTRINSIC_SET_TYPEPARAM_DEFAULT",
            )
        }),
        MethodDef::new("get_special_method_names", "()", |th, _| {
            texts(th, "__enter__ __exit__ __aenter__ __aexit__")
        }),
        MethodDef::new("get_nb_ops", "()", nb_ops),
    ],
    init: Some(|th, m| put(th, m, "ENABLE_SPECIALIZATION", Obj::FALSE)),
    doc: "Opcode support module.",
    ..ModuleDef::new("_opcode")
};

fn no(_th: &Thread, _a: Args<'_>) -> Res {
    Ok(Obj::FALSE)
}

fn texts(th: &Thread, words: &str) -> Res {
    th.list(
        words
            .split_whitespace()
            .map(|w| th.str(w))
            .collect::<Res<Vec<Obj>>>()?,
    )
}

fn nb_ops(th: &Thread, _a: Args<'_>) -> Res {
    const OPS: &str = "ADD + AND & FLOOR_DIVIDE // LSHIFT << MATRIX_MULTIPLY @ MULTIPLY * REMAINDER % OR | POWER ** \
                       RSHIFT >> SUBTRACT - TRUE_DIVIDE / XOR ^";
    let words: Vec<&str> = OPS.split_whitespace().collect();
    let mut out = Vec::new();
    for (prefix, suffix) in [("NB_", ""), ("NB_INPLACE_", "=")] {
        for pair in words.chunks_exact(2) {
            let (name, sign) = (
                th.str(&format!("{prefix}{}", pair[0]))?,
                th.str(&format!("{}{suffix}", pair[1]))?,
            );
            out.push(tuple_of(th, [name, sign])?);
        }
    }
    out.push(tuple_of(th, [th.str("NB_SUBSCR")?, th.str("[]")?])?);
    th.list(out)
}
