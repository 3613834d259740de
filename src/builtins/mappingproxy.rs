//! `types.MappingProxyType`: a read-only view of a mapping.

use super::common::this;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::layout::{Layout, Native, Visit};
use crate::object::list::List;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Payload of mapping proxies.
pub struct Proxy {
    /// What it shows.
    pub mapping: Obj,
}

static LAYOUT: Layout = Layout::of::<Proxy>("mappingproxy");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Proxy {
    const TYPE: TypeId = TypeId::MappingProxy;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.mapping.value());
    }
}

fn inner(o: &Obj) -> &Obj {
    &this::<Proxy>(o).mapping
}

/// The mapping behind a proxy; anything else as it is.
fn unwrap(o: &Obj) -> &Obj {
    match o.cast::<Proxy>() {
        Some(p) => &p.mapping,
        None => o,
    }
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("mappingproxy", "(mapping)", args, |a| {
        let m = a.get(0);
        let is_mapping = th.type_of(m).slots().getitem.is_some()
            && m.cast::<List>().is_none()
            && m.cast::<Tuple>().is_none()
            && !th.is_a(m, TypeId::Str)
            && m.cast::<Type>().is_none();
        if !is_mapping {
            return Err(th.type_error(format!(
                "mappingproxy() argument must be a mapping, not {}",
                th.type_name(m)
            )));
        }
        let p = Proxy { mapping: m.clone() };
        th.alloc_as::<Proxy>(cls, p).map(Py::into_obj)
    })
}

fn forward(th: &Thread, a: Args<'_>, name: &str) -> Res {
    th.call_method(inner(a.get(0)), name, &[])
}

fn get(th: &Thread, a: Args<'_>) -> Res {
    let m = inner(a.get(0));
    let default = a.opt(2).cloned().unwrap_or(Obj::NONE);
    if let Some(d) = m.exact::<Dict>() {
        return Ok(d.get_item(th, a.get(1))?.unwrap_or(default));
    }
    th.call_method(m, "get", &[a.get(1).clone(), default])
}

/// `types.MappingProxyType`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        len: Some(|th, o| th.len(inner(o))),
        getitem: Some(|th, o, k| th.getitem(inner(o), k)),
        contains: Some(|th, o, k| th.contains(inner(o), k)),
        iter: Some(|th, o| th.iter(inner(o))),
        repr: Some(|th, o| {
            let r = th.repr(inner(o))?;
            th.str(&format!("mappingproxy({})", r.to_rust()))
        }),
        str: Some(|th, o| th.to_str(inner(o)).map(Py::into_obj)),
        hash: Some(|th, o| th.hash(inner(o))),
        compare: Some(|th, a, b, op: CmpOp| {
            if a.cast::<Proxy>().is_none() {
                return Ok(Obj::NOT_IMPLEMENTED);
            }
            th.compare(inner(a), unwrap(b), op)
        }),
        ..Slots::NONE
    }
    .bin(BinOp::Or, |th, a, b| {
        th.binary(BinOp::Or, unwrap(a), unwrap(b))
    })
    .ibin(BinOp::Or, |th, a, _| {
        Err(th.type_error(format!(
            "'|=' is not supported by {}; use '|' instead",
            th.type_name(a)
        )))
    }),
    methods: &[
        MethodDef::new("get", "($self, key, default=None, /)", get),
        MethodDef::new("keys", "($self, /)", |th, a| forward(th, a, "keys")),
        MethodDef::new("values", "($self, /)", |th, a| forward(th, a, "values")),
        MethodDef::new("items", "($self, /)", |th, a| forward(th, a, "items")),
        MethodDef::new("copy", "($self, /)", |th, a| forward(th, a, "copy")),
        MethodDef::new("__reversed__", "($self, /)", |th, a| {
            forward(th, a, "__reversed__")
        }),
        MethodDef::class(
            "__class_getitem__",
            "($cls, item, /)",
            super::descriptors::generic_alias,
        ),
    ],
    flags: type_flags::MAPPING,
    doc: "mappingproxy(mapping)\n--\n\nRead-only proxy of a mapping.",
    ..TypeDef::new(TypeId::MappingProxy, "mappingproxy", &LAYOUT)
};
