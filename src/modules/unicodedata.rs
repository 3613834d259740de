//! `unicodedata`: properties of characters, Unicode 16.0.

use crate::modules::prelude::*;
use threadsnake_algo::unicode::{self, database};

/// `unicodedata.ucd_3_2_0`, for the codecs of host names: the same data. Characters that are newer than Unicode 3.2 count
/// as what they are now, not as unassigned.
static OLD: ModuleDef = ModuleDef {
    functions: FUNCTIONS,
    init: Some(|th, m| {
        let version = th.str("3.2.0")?;
        put(th, m, "unidata_version", version)
    }),
    ..ModuleDef::new("unicodedata.ucd_3_2_0")
};

static FUNCTIONS: &[MethodDef] = &[
    MethodDef::new("category", "(chr, /)", |th, a| {
        th.str(database::category(one(th, a, "category")?))
    }),
    MethodDef::new("bidirectional", "(chr, /)", |th, a| {
        th.str(database::bidirectional(one(th, a, "bidirectional")?))
    }),
    MethodDef::new("combining", "(chr, /)", |th, a| {
        Ok(th.int(i64::from(database::combining(one(th, a, "combining")?))))
    }),
    MethodDef::new("east_asian_width", "(chr, /)", |th, a| {
        th.str(database::east_asian_width(one(th, a, "east_asian_width")?))
    }),
    MethodDef::new("mirrored", "(chr, /)", |th, a| {
        Ok(th.int(i64::from(database::mirrored(one(th, a, "mirrored")?))))
    }),
    MethodDef::new("decomposition", "(chr, /)", |th, a| {
        th.str(&database::decomposition(one(th, a, "decomposition")?))
    }),
    MethodDef::new("decimal", "(chr, default=<unrepresentable>, /)", |th, a| {
        let n = unicode::decimal(one(th, a, "decimal")?).map(|n| th.int(i64::from(n)));
        or_default(th, a, n, "not a decimal")
    }),
    MethodDef::new("digit", "(chr, default=<unrepresentable>, /)", |th, a| {
        let n = unicode::digit(one(th, a, "digit")?).map(|n| th.int(i64::from(n)));
        or_default(th, a, n, "not a digit")
    }),
    MethodDef::new("numeric", "(chr, default=<unrepresentable>, /)", |th, a| {
        let n = database::numeric(one(th, a, "numeric")?).map(Obj::float);
        or_default(th, a, n, "not a numeric character")
    }),
    MethodDef::new("name", "(chr, default=<unrepresentable>, /)", |th, a| {
        let name = match database::name(one(th, a, "name")?) {
            Some(n) => Some(th.str(&n)?),
            None => None,
        };
        or_default(th, a, name, "no such name")
    }),
    MethodDef::new("lookup", "(name, /)", |th, a| {
        let name = th.text_of(a.get(0), "lookup() argument")?.to_rust();
        match database::lookup(&name) {
            Some(c) => {
                let mut b = StrBuf::new();
                b.push(c);
                th.str_data(b.finish())
            }
            None => Err(th.key_error(&th.str(&format!("undefined character name '{name}'"))?)),
        }
    }),
    MethodDef::new("normalize", "(form, unistr, /)", |th, a| {
        let form = form(th, a.get(0))?;
        let s = th.text_of(a.get(1), "normalize() argument 2")?;
        if s.as_ascii().is_some() {
            return Ok(a.get(1).clone());
        }
        th.str_data(StrData::from(
            database::normalize(form, s.text().chars()).as_slice(),
        ))
    }),
    MethodDef::new("is_normalized", "(form, unistr, /)", |th, a| {
        let form = form(th, a.get(0))?;
        let text: Vec<u32> = th
            .text_of(a.get(1), "is_normalized() argument 2")?
            .text()
            .chars()
            .collect();
        Ok(Obj::bool(database::is_normalized(form, &text)))
    }),
];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: FUNCTIONS,
    init: Some(|th, m| {
        let version = th.str("16.0.0")?;
        put(th, m, "unidata_version", version)?;
        let old = crate::modules::import::make_native(th, &OLD)?;
        put(th, m, "ucd_3_2_0", old.into_obj())
    }),
    doc: "This module provides access to the Unicode Character Database.",
    ..ModuleDef::new("unicodedata")
};

fn one(th: &Thread, a: Args<'_>, what: &str) -> Res<u32> {
    match a.get(0).cast::<Str>() {
        Some(s) if s.len() == 1 => Ok(s.at(0)),
        Some(s) => Err(th.type_error(format!(
            "{what}(): argument 1 must be a unicode character, not a string of length {}",
            s.len()
        ))),
        None => Err(th.type_error(format!(
            "{what}() argument 1 must be a unicode character, not {}",
            th.type_name(a.get(0))
        ))),
    }
}

fn or_default(th: &Thread, a: Args<'_>, found: Option<Obj>, message: &str) -> Res {
    match found.or_else(|| a.opt(1).cloned()) {
        Some(o) => Ok(o),
        None => Err(th.value_error(message)),
    }
}

fn form(th: &Thread, o: &Obj) -> Res<database::Form> {
    let name = th.text_of(o, "normalize() argument 1")?.to_rust();
    database::Form::from_name(&name).ok_or_else(|| th.value_error("invalid normalization form"))
}
