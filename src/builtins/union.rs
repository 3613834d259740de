//! `typing.Union`: `int | str`.

use super::common::this;
use super::generic_alias::{items, parameters_of, substitute, type_repr};
use crate::modules::prelude::native;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::slots::{BinOp, CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Payload of unions.
pub struct Union {
    args: Obj,
    parameters: Slot,
}

native!(Union, Union, "Union", args, parameters);

fn un(o: &Obj) -> &Py<Union> {
    this::<Union>(o)
}

/// Whether `|` makes a union of it without further checks.
pub fn is_unionable(th: &Thread, o: &Obj) -> bool {
    o.is_none()
        || o.cast::<Type>().is_some()
        || th.is_a(o, TypeId::GenericAlias)
        || matches!(
            th.type_of(o).id,
            Some(TypeId::Union | TypeId::TypeAliasType)
        )
}

fn add(th: &Thread, out: &mut Vec<Obj>, o: &Obj) -> Res<()> {
    if let Some(u) = o.exact::<Union>() {
        for x in items(&u.args) {
            add(th, out, x)?;
        }
        return Ok(());
    }
    let o = if o.is_none() {
        th.ty(TypeId::NoneType).obj()
    } else {
        o
    };
    for x in out.iter() {
        if x.is(o) {
            return Ok(());
        }
        let types = x.cast::<Type>().is_some() && o.cast::<Type>().is_some();
        if !types && th.eq(x, o)? {
            return Ok(());
        }
    }
    out.push(o.clone());
    Ok(())
}

/// The union of these; what is no type is checked by `typing` where `checked`.
pub fn make(th: &Thread, parts: &[Obj], checked: bool) -> Res {
    let mut out = Vec::new();
    for p in parts {
        if checked && !is_unionable(th, p) {
            let typing = th.import("typing")?;
            let msg = th.str("Union[arg, ...]: each arg must be a type.")?;
            let p = th.call_method(&typing, "_type_check", &[p.clone(), msg])?;
            add(th, &mut out, &p)?;
        } else {
            add(th, &mut out, p)?;
        }
    }
    match out.len() {
        0 => Err(th.type_error("Cannot take a Union of no types.")),
        1 => Ok(out.remove(0)),
        _ => {
            let args = th.tuple(out)?;
            Ok(th
                .alloc(Union {
                    args,
                    parameters: Slot::empty(),
                })
                .into_obj())
        }
    }
}

fn parameters(th: &Thread, o: &Obj) -> Res {
    let u = un(o);
    if let Some(p) = u.parameters.get() {
        return Ok(p);
    }
    let p = th.tuple(parameters_of(th, items(&u.args))?)?;
    u.parameters.set(th, Some(p.clone()));
    Ok(p)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let none = th.ty(TypeId::NoneType).obj();
    let parts = items(&un(o).args)
        .iter()
        .map(|x| {
            if x.is(none) {
                Ok("None".to_owned())
            } else {
                type_repr(th, x)
            }
        })
        .collect::<Res<Vec<_>>>()?;
    th.str(&parts.join(" | "))
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.exact::<Union>(), b.exact::<Union>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let (p, q) = (items(&x.args), items(&y.args));
    let mut same = p.len() == q.len();
    for i in p {
        if !same {
            break;
        }
        let mut found = false;
        for j in q {
            if i.is(j) || th.eq(i, j)? {
                found = true;
                break;
            }
        }
        same = found;
    }
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

/// `typing.Union`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(repr),
        hash: Some(|th, o| {
            // The order of the parts does not matter.
            let mut h = 0i64;
            for x in items(&un(o).args) {
                h ^= th
                    .hash(x)?
                    .wrapping_mul(0x2545_F491_4F6C_DD1D)
                    .rotate_left(17);
            }
            Ok(h)
        }),
        compare: Some(compare),
        getitem: Some(|th, o, item| {
            let params = parameters(th, o)?;
            let new = substitute(th, o, items(&un(o).args), items(&params), item)?;
            make(th, &new, true)
        }),
        ..Slots::NONE
    }
    .bin(BinOp::Or, super::union_or),
    getset: &[
        GetSetDef::ro("__args__", |_, o| Ok(un(o).args.clone())),
        GetSetDef::ro("__parameters__", parameters),
        GetSetDef::ro("__origin__", |th, _| Ok(th.ty(TypeId::Union).obj().clone())),
        GetSetDef::ro("__name__", |th, _| Ok(th.intern("Union"))),
        GetSetDef::ro("__qualname__", |th, _| Ok(th.intern("Union"))),
    ],
    methods: &[
        MethodDef::class("__class_getitem__", "($cls, args, /)", |th, a| {
            match a.get(1).exact::<Tuple>() {
                Some(t) => make(th, t.items(), true),
                None => make(th, std::slice::from_ref(a.get(1)), true),
            }
        }),
        MethodDef::new("__mro_entries__", "($self, bases, /)", |th, a| {
            Err(th.type_error(format!("Cannot subclass {}", th.repr(a.get(0))?.to_rust())))
        }),
        MethodDef::new("__instancecheck__", "($self, instance, /)", |th, a| {
            th.isinstance(a.get(1), &un(a.get(0)).args).map(Obj::bool)
        }),
        MethodDef::new("__subclasscheck__", "($self, subclass, /)", |th, a| {
            th.issubclass(a.get(1), &un(a.get(0)).args).map(Obj::bool)
        }),
    ],
    flags: type_flags::WEAKREFABLE,
    doc: "Represent a union type\n\nE.g. for int | str",
    ..TypeDef::new(TypeId::Union, "typing.Union", Union::LAYOUT)
};
