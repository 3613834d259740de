//! `PickleBuffer`: an object's buffer, for pickles that carry buffers apart.

use crate::modules::prelude::*;

/// Payload of `PickleBuffer`: a view of an object's buffer, until it is released.
pub struct PickleBuffer {
    view: Slot,
}
native!(PickleBuffer, PickleBuffer, "PickleBuffer", view);

/// The type.
pub static BUFFER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("PickleBuffer", "(object, /)", args, |a| {
                let view = view_of(th, a.get(0))?;
                let payload = PickleBuffer {
                    view: Slot::new(Some(view)),
                };
                Ok(th.alloc_as(cls, payload)?.into_obj())
            })
        }),
        buffer: Some(|th, o, writable| th.buffer(&live(th, o)?, writable)),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("raw", "($self, /)", raw),
        MethodDef::new("release", "($self, /)", |th, a| {
            let view = this::<PickleBuffer>(th, a.get(0))?.view.swap(th, None);
            if let Some(view) = view {
                th.call_method(&view, "release", &[])?;
            }
            Ok(Obj::NONE)
        }),
    ],
    ..TypeDef::new(
        TypeId::PickleBuffer,
        "pickle.PickleBuffer",
        PickleBuffer::LAYOUT,
    )
};

fn view_of(th: &Thread, o: &Obj) -> Res {
    th.call(th.ty(TypeId::MemoryView).obj(), std::slice::from_ref(o))
}

fn live(th: &Thread, o: &Obj) -> Res {
    match this::<PickleBuffer>(th, o)?.view.get() {
        Some(v) => Ok(v),
        None => Err(th.value_error("operation forbidden on released PickleBuffer object")),
    }
}

/// What a `PickleBuffer` is of; `None`: it is none.
pub fn viewed(th: &Thread, o: &Obj) -> Option<Res> {
    o.cast::<PickleBuffer>().map(|b| live(th, b.obj()))
}

/// A view of the bytes as such.
fn raw(th: &Thread, a: Args<'_>) -> Res {
    raw_of(th, a.get(0))
}

/// The same.
pub fn raw_of(th: &Thread, o: &Obj) -> Res {
    let view = live(th, o)?;
    let contiguous = th.getattr(&view, "contiguous")?;
    if !th.truthy(&contiguous)? {
        let text = "cannot extract raw buffer from non-contiguous buffer";
        return Err(th.err(TypeId::BufferError, text));
    }
    let format = th.getattr(&view, "format")?;
    let one = th.getattr(&view, "ndim")?;
    if th.str_text(&format) == "B" && th.int_like_i64(&one) == Some(1) {
        return view_of(th, &view);
    }
    th.call_method(&view, "cast", &[th.str("B")?])
}
