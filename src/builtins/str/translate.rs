//! `str.maketrans` and `str.translate`.

use super::{arg, string};
use crate::builtins::number::IntRef;
use crate::object::dict::Dict;
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::layout::{self, Translated};

pub(super) fn translate(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let table = a.get(1);
    let out = layout::translate(s.text(), |c| {
        let found = match th.getitem(table, &Obj::small_int(i64::from(c))) {
            Ok(o) => o,
            Err(e) if e.is(th, TypeId::LookupError) => return Ok(Translated::Same),
            Err(e) => return Err(e),
        };
        if found.is_none() {
            return Ok(Translated::Deleted);
        }
        if let Some(t) = found.cast::<Str>() {
            return Ok(Translated::Text(t.text().to_data()));
        }
        let Some(n) = IntRef::of(&found) else {
            return Err(th.type_error("character mapping must return integer, None or str"));
        };
        match n
            .small()
            .and_then(|n| u32::try_from(n).ok())
            .filter(|&c| c < 0x110000)
        {
            Some(c) => Ok(Translated::Char(c)),
            None => Err(th.value_error("character mapping must be in range(0x110000)")),
        }
    })?;
    th.str_data(out)
}

pub(super) fn maketrans(th: &Thread, a: Args<'_>) -> Res {
    let table = th.new_dict()?;
    let x = a.get(0);
    let Some(y) = a.opt(1) else {
        let Some(d) = x.cast::<Dict>() else {
            return Err(
                th.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        for (k, v) in d.items() {
            let key = if let Some(s) = k.cast::<Str>() {
                if s.len() != 1 {
                    return Err(
                        th.value_error("string keys in translate table must be of length 1")
                    );
                }
                Obj::small_int(i64::from(s.at(0)))
            } else if IntRef::of(&k).is_some() {
                k.clone()
            } else {
                return Err(th.type_error("keys in translate table must be strings or integers"));
            };
            table.set_item(th, &key, v)?;
        }
        return Ok(table.into_obj());
    };
    let y = arg(th, y, "maketrans() argument 2")?;
    let z = a
        .opt(2)
        .map(|z| arg(th, z, "maketrans() argument 3"))
        .transpose()?;
    let Some(x) = x.cast::<Str>() else {
        return Err(th.type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    if x.len() != y.len() {
        return Err(th.value_error("the first two maketrans arguments must have equal length"));
    }
    for (k, v) in x.text().chars().zip(y.text().chars()) {
        table.set_item(
            th,
            &Obj::small_int(i64::from(k)),
            Obj::small_int(i64::from(v)),
        )?;
    }
    if let Some(z) = z {
        for k in z.text().chars() {
            table.set_item(th, &Obj::small_int(i64::from(k)), Obj::NONE)?;
        }
    }
    Ok(table.into_obj())
}
