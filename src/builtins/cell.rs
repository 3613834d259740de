//! Cells: variables shared by closures.

use super::common::this;
use crate::object::def::{GetSetDef, TypeDef};
use crate::object::function::Cell;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;

/// `cell`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("cell", "(contents=None, /)", args, |a| {
                let v = Slot::new(a.opt(0).cloned());
                th.alloc_as::<Cell>(cls, Cell { v }).map(Py::into_obj)
            })
        }),
        repr: Some(|th, o| {
            let at = o.value().0;
            match this::<Cell>(o).v.get() {
                None => th.str(&format!("<cell at {at:#x}: empty>")),
                Some(v) => th.str(&format!(
                    "<cell at {at:#x}: {} object at {:#x}>",
                    th.type_name(&v),
                    v.value().0
                )),
            }
        }),
        hash: Some(crate::builtins::unhashable),
        compare: Some(|th, a, b, op| {
            let (Some(x), Some(y)) = (a.cast::<Cell>(), b.cast::<Cell>()) else {
                return Ok(Obj::NOT_IMPLEMENTED);
            };
            match (x.v.get(), y.v.get()) {
                (Some(p), Some(q)) => th.compare(&p, &q, op),
                (p, q) => Ok(Obj::bool(op.holds(p.is_some().cmp(&q.is_some())))),
            }
        }),
        ..Slots::NONE
    },
    getset: &[GetSetDef::rw(
        "cell_contents",
        |th, o| match this::<Cell>(o).v.get() {
            Some(v) => Ok(v),
            None => Err(th.value_error("cell is empty")),
        },
        |th, o, v| {
            this::<Cell>(o).v.set(th, v.cloned());
            Ok(())
        },
    )],
    doc: "Create a new cell object.",
    ..TypeDef::new(TypeId::Cell, "cell", Cell::LAYOUT)
};
