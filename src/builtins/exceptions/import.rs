//! `ImportError`: knows the module.

use super::base::{self, args_of, exc, instance_state, keywords, member, reduce_with, set_args};
use crate::object::def::{MethodDef, TypeDef};
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

const NAMES: [&str; 3] = ["name", "path", "name_from"];

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let e = exc(o);
    let mut state = instance_state(th, o)?;
    for (i, n) in [(0, "name"), (1, "path"), (3, "name_from")] {
        if let Some(v) = e.extra[i].get() {
            let d = match &state {
                Some(d) => d.clone(),
                None => th.new_dict()?,
            };
            d.set_str(th, n, v)?;
            state = Some(d);
        }
    }
    reduce_with(th, o, args_of(th, e), state)
}

/// `ImportError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        init: Some(|th, o, args| {
            set_args(th, o, args)?;
            let [name, path, name_from] = keywords(th, args, "ImportError", NAMES)?;
            let e = exc(o);
            e.extra[0].set(th, name);
            e.extra[1].set(th, path);
            e.extra[3].set(th, name_from);
            let msg = match args.positional() {
                [one] => Some(one.clone()),
                _ => None,
            };
            e.extra[2].set(th, msg);
            Ok(())
        }),
        str: Some(|th, o| match exc(o).extra[2].get() {
            Some(m) if m.is_exact::<Str>() => Ok(m),
            _ => base::str(th, o),
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", reduce)],
    getset: &[
        member!("msg", 2),
        member!("name", 0),
        member!("path", 1),
        member!("name_from", 3),
    ],
    flags: base::FLAGS,
    doc: "Import can't find module, or can't find name in module.",
    ..TypeDef::new(TypeId::ImportError, "ImportError", BaseException::LAYOUT)
};
