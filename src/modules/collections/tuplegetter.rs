//! `_tuplegetter`: the descriptor of a named tuple's field.

use crate::modules::prelude::*;

pub(super) struct TupleGetter {
    index: i64,
    doc: Slot,
}
native!(TupleGetter, TupleGetter, "_tuplegetter", doc);

pub(super) static TUPLE_GETTER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("_tuplegetter", "(index, doc, /)", args, |a| {
                let index = th.index_i64(a.get(0))?;
                let doc = Slot::new(Some(a.get(1).clone()));
                Ok(th
                    .alloc_as::<TupleGetter>(cls, TupleGetter { index, doc })?
                    .into_obj())
            })
        }),
        get: Some(get),
        set: Some(|th, _, _, value| {
            Err(th.attribute_error(if value.is_some() {
                "can't set attribute"
            } else {
                "can't delete attribute"
            }))
        }),
        repr: Some(|th, o| {
            let s = this::<TupleGetter>(th, o)?;
            let doc = th.repr(&s.doc.get().unwrap_or(Obj::NONE))?.to_rust();
            th.str(&format!(
                "{}({}, {doc})",
                th.type_of(o).name_text(),
                s.index
            ))
        }),
        ..Slots::NONE
    },
    getset: &[GetSetDef::rw(
        "__doc__",
        |th, o| Ok(this::<TupleGetter>(th, o)?.doc.get().unwrap_or(Obj::NONE)),
        |th, o, v| {
            this::<TupleGetter>(th, o)?.doc.set(th, v.cloned());
            Ok(())
        },
    )],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let o = a.get(0);
        let s = this::<TupleGetter>(th, o)?;
        let args = tuple_of(th, [th.int(s.index), s.doc.get().unwrap_or(Obj::NONE)])?;
        tuple_of(th, [th.type_of(o).obj().clone(), args])
    })],
    ..TypeDef::new(
        TypeId::TupleGetter,
        "collections._tuplegetter",
        TupleGetter::LAYOUT,
    )
};

fn get(th: &Thread, o: &Obj, instance: Option<&Obj>, _owner: Option<&Obj>) -> Res {
    let s = this::<TupleGetter>(th, o)?;
    let Some(x) = instance.filter(|x| !x.is_none()) else {
        return Ok(o.clone());
    };
    let Some(t) = x.cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
            s.index,
            th.type_name(x)
        )));
    };
    match usize::try_from(s.index).ok().and_then(|i| t.items().get(i)) {
        Some(v) => Ok(v.clone()),
        None => Err(th.index_error("tuple index out of range")),
    }
}
