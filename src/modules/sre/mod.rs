//! `_sre`: what `re` is built on. Patterns hold a program of the engine in `threadsnake_algo::sre`; matches hold the
//! subject and the places of the groups.

mod matches;
mod pattern;
mod run;
mod scanner;
mod template;

use crate::modules::prelude::*;
use threadsnake_algo::sre;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &pattern::PATTERN,
    &matches::MATCH,
    &scanner::SCANNER,
    &template::TEMPLATE,
];

fn code_point(th: &Thread, o: &Obj) -> Res<u32> {
    let n = th.index_i64(o)?;
    u32::try_from(n).map_err(|_| th.overflow_error("signed integer is greater than maximum"))
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "compile",
            "(pattern, flags, code, groups, groupindex, indexgroup)",
            pattern::compile,
        ),
        MethodDef::new("template", "(pattern, template, /)", template::template),
        MethodDef::new("getcodesize", "()", |th, _| {
            Ok(th.int(i64::from(sre::CODESIZE)))
        }),
        MethodDef::new("ascii_iscased", "(character, /)", |th, a| {
            Ok(Obj::bool(sre::ascii_iscased(code_point(th, a.get(0))?)))
        }),
        MethodDef::new("unicode_iscased", "(character, /)", |th, a| {
            Ok(Obj::bool(sre::unicode_iscased(code_point(th, a.get(0))?)))
        }),
        MethodDef::new("ascii_tolower", "(character, /)", |th, a| {
            Ok(th.int(i64::from(sre::ascii_tolower(code_point(th, a.get(0))?))))
        }),
        MethodDef::new("unicode_tolower", "(character, /)", |th, a| {
            Ok(th.int(i64::from(sre::unicode_tolower(code_point(th, a.get(0))?))))
        }),
    ],
    init: Some(|th, m| {
        for (name, n) in [
            ("MAGIC", sre::MAGIC),
            ("CODESIZE", sre::CODESIZE),
            ("MAXREPEAT", sre::MAXREPEAT),
            ("MAXGROUPS", sre::MAXGROUPS),
        ] {
            put(th, m, name, th.int(i64::from(n)))?;
        }
        Ok(())
    }),
    ..ModuleDef::new("_sre")
};
