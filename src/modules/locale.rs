//! `_locale`: the C locale, the only one.

use crate::modules::prelude::*;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("setlocale", "(category, locale=None, /)", |th, a| {
            let n = th.index_i64(a.get(0))?;
            let name = a.opt_not_none(1).map(|o| th.str_text(o));
            match name.as_deref() {
                None | Some("" | "C" | "POSIX" | "C.UTF-8" | "C.utf8") if (0..=12).contains(&n) => {
                    th.str("C")
                }
                _ => Err(th.err(TypeId::ValueError, "unsupported locale setting")),
            }
        }),
        MethodDef::new("localeconv", "()", |th, _| {
            let d = th.new_dict()?;
            for (name, text) in [
                ("int_curr_symbol", ""),
                ("currency_symbol", ""),
                ("mon_decimal_point", ""),
                ("mon_thousands_sep", ""),
                ("positive_sign", ""),
                ("negative_sign", ""),
                ("decimal_point", "."),
                ("thousands_sep", ""),
            ] {
                d.set_str(th, name, th.str(text)?)?;
            }
            for name in ["grouping", "mon_grouping"] {
                d.set_str(th, name, th.list(Vec::new())?)?;
            }
            for name in [
                "int_frac_digits",
                "frac_digits",
                "p_cs_precedes",
                "p_sep_by_space",
                "n_cs_precedes",
                "n_sep_by_space",
                "p_sign_posn",
                "n_sign_posn",
            ] {
                d.set_str(th, name, Obj::small_int(127))?;
            }
            Ok(d.into_obj())
        }),
        MethodDef::new("strcoll", "(os1, os2, /)", |th, a| {
            let (x, y) = (
                th.text_of(a.get(0), "strcoll() argument 1")?,
                th.text_of(a.get(1), "strcoll() argument 2")?,
            );
            Ok(Obj::small_int(x.text().cmp(&y.text()) as i64))
        }),
        MethodDef::new("strxfrm", "(string, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("getencoding", "()", |th, _| th.str("utf-8")),
        MethodDef::new("nl_langinfo", "(key, /)", |th, a| {
            match th.index_i64(a.get(0))? {
                14 => th.str("UTF-8"),
                0x10000 => th.str("."),
                0x10001 => th.str(""),
                _ => Err(th.value_error("unsupported langinfo constant")),
            }
        }),
    ],
    init: Some(|th, m| {
        for (name, n) in [
            ("LC_CTYPE", 0),
            ("LC_NUMERIC", 1),
            ("LC_TIME", 2),
            ("LC_COLLATE", 3),
            ("LC_MONETARY", 4),
            ("LC_MESSAGES", 5),
            ("LC_ALL", 6),
            ("CHAR_MAX", 127),
            ("CODESET", 14),
            ("RADIXCHAR", 0x10000),
            ("THOUSEP", 0x10001),
        ] {
            put(th, m, name, th.int(n))?;
        }
        put(th, m, "Error", th.ty(TypeId::ValueError).obj().clone())
    }),
    doc: "Support for POSIX locales.",
    ..ModuleDef::new("_locale")
};
