//! The front end's trees as objects.

use super::{State, class};
use crate::modules::prelude::*;
use threadsnake_front::code::{Const, StrConst};
use threadsnake_front::tree::{Kind, Node, Value as Field};

/// The object of a node.
pub fn give(th: &Thread, n: &Node) -> Res {
    let _deep = th.enter("during ast construction")?;
    if n.fields.is_empty() && n.kind.group().placed().is_none() {
        return word(th, n.kind);
    }
    let o = bare(th, n.kind)?;
    for (f, v) in n.kind.fields().iter().zip(&n.fields) {
        th.setattr(&o, f.name, value(th, v)?)?;
    }
    if n.kind.group().placed().is_some() {
        let p = n.pos;
        for (name, v) in [
            ("lineno", p.line),
            ("col_offset", p.col),
            ("end_lineno", p.end_line),
            ("end_col_offset", p.end_col),
        ] {
            th.setattr(&o, name, Obj::small_int(i64::from(v)))?;
        }
    }
    Ok(o)
}

/// An instance without any field.
fn bare(th: &Thread, kind: Kind) -> Res {
    let c = class(th, kind)?;
    match c.cast::<Type>() {
        Some(t) => th.new_instance(t, CallArgs::pos(&[])),
        None => Err(th.system_error("module _ast is not complete")),
    }
}

/// The one instance of a class without fields.
pub fn word(th: &Thread, kind: Kind) -> Res {
    let st = th.rt().module_state::<State>();
    let slot = &st.words.0[kind as usize];
    if let Some(o) = slot.get() {
        return Ok(o);
    }
    let o = bare(th, kind)?;
    match slot.set_if_empty(o.clone()) {
        Ok(()) => Ok(o),
        Err(_) => Ok(slot.get().unwrap_or(o)),
    }
}

fn value(th: &Thread, v: &Field) -> Res {
    match v {
        Field::None => Ok(Obj::NONE),
        Field::Node(n) => give(th, n),
        Field::List(l) => {
            let items: Res<Vec<Obj>> = l.iter().map(|v| value(th, v)).collect();
            th.list(items?)
        }
        Field::Text(t) => Ok(th.intern(t)),
        Field::Int(n) => Ok(th.int(*n)),
        Field::Const(c) => constant(th, c),
    }
}

/// A constant as an object that dies like any other (those of code objects never do).
fn constant(th: &Thread, c: &Const) -> Res {
    match c {
        Const::Str(StrConst::Text(t)) => th.str(t),
        Const::Str(StrConst::Points(p)) => th.str_data(StrData::from(&**p)),
        Const::Bytes(b) => th.bytes(b),
        Const::BigInt(n) => Ok(th.bigint((**n).clone())),
        Const::Complex(re, im) => {
            let ty = th.ty(TypeId::Complex).obj().clone();
            th.call(&ty, &[Obj::float(*re), Obj::float(*im)])
        }
        other => crate::interp::load::constant(th, other),
    }
}
