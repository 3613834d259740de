//! `types.SimpleNamespace`

use super::common::this;
use super::objecttype;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::layout::{Layout, Native};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

/// Payload: none, everything is an attribute.
pub struct Namespace;

static LAYOUT: Layout = Layout::of::<Namespace>("SimpleNamespace");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Namespace {
    const TYPE: TypeId = TypeId::SimpleNamespace;
    const LAYOUT: &'static Layout = &LAYOUT;
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let pos = args.positional();
    if pos.len() > 1 {
        return Err(th.type_error(format!(
            "{} expected at most 1 argument, got {}",
            th.type_name(o),
            pos.len()
        )));
    }
    if let Some(m) = pos.first() {
        let d = match m.exact::<Dict>() {
            Some(d) => d.clone(),
            None => {
                let d = th.call(th.ty(TypeId::Dict).obj(), std::slice::from_ref(m))?;
                this::<Dict>(&d).clone()
            }
        };
        for (k, v) in d.items() {
            if k.cast::<Str>().is_none() {
                return Err(th.type_error("keywords must be strings"));
            }
            let k = th.attr_name(&k)?;
            o.set_instance_attr(th, &k, v)?;
        }
    }
    for (k, v) in args.keywords() {
        o.set_instance_attr(th, &th.intern_obj(k), v.clone())?;
    }
    Ok(())
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = th.type_of(o);
    let name = if t.id == Some(TypeId::SimpleNamespace) {
        "namespace".to_owned()
    } else {
        t.name_text()
    };
    let Some(_guard) = th.repr_enter(o) else {
        return th.str(&format!("{name}(...)"));
    };
    let mut b = StrBuf::new();
    b.push_utf8(&name);
    b.push_ascii(b"(");
    let mut first = true;
    for (k, v) in o.instance_items(th) {
        let Some(k) = k.cast::<Str>().filter(|k| !k.is_empty()) else {
            continue;
        };
        if !first {
            b.push_ascii(b", ");
        }
        first = false;
        b.push_str(k.text());
        b.push_ascii(b"=");
        b.push_str(th.repr(&v)?.text());
    }
    b.push_ascii(b")");
    th.str_data(b.finish())
}

fn dict(th: &Thread, o: &Obj) -> Res {
    objecttype::get_dict(th, o)
}

fn replace(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    if let Some(p) = a.get(1).cast::<crate::object::tuple::Tuple>() {
        if !p.is_empty() {
            return Err(th.type_error("__replace__() takes no positional arguments"));
        }
    }
    let new = th.call(th.type_of(o).obj(), &[])?;
    for (k, v) in o.instance_items(th) {
        new.set_instance_attr(th, &k, v)?;
    }
    for (k, v) in this::<Dict>(a.get(2)).items() {
        new.set_instance_attr(th, &th.attr_name(&k)?, v)?;
    }
    Ok(new)
}

/// `types.SimpleNamespace`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, _| th.alloc_as::<Namespace>(cls, Namespace).map(Py::into_obj)),
        init: Some(init),
        repr: Some(repr),
        hash: Some(crate::builtins::unhashable),
        compare: Some(|th, a, b, op| {
            if a.cast::<Namespace>().is_none() || b.cast::<Namespace>().is_none() {
                return Ok(Obj::NOT_IMPLEMENTED);
            }
            if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
                return Ok(Obj::NOT_IMPLEMENTED);
            }
            th.compare(&dict(th, a)?, &dict(th, b)?, op)
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let o = a.get(0);
            th.tuple(vec![
                th.type_of(o).obj().clone(),
                th.empty_tuple(),
                dict(th, o)?,
            ])
        }),
        MethodDef::new("__replace__", "($self, /, *args, **changes)", replace),
    ],
    getset: &[GetSetDef::ro("__dict__", dict)],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    doc: "A simple attribute-based namespace.",
    ..TypeDef::new(TypeId::SimpleNamespace, "types.SimpleNamespace", &LAYOUT)
};
