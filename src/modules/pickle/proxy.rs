//! What `Pickler.memo` and `Unpickler.memo` give: the memo of that object, to be emptied or copied.

use super::{pickler, unpickler};
use crate::modules::prelude::*;

macro_rules! proxy {
    ($payload:ident $id:ident $name:literal $def:ident, $of:ident) => {
        /// Payload: the object whose memo it is.
        pub struct $payload {
            of: Slot,
        }
        native!($payload, $id, $name, of);

        impl $payload {
            /// The memo of an object.
            pub fn make(th: &Thread, of: &Obj) -> Obj {
                let of = Slot::new(Some(of.clone()));
                th.alloc($payload { of }).into_obj()
            }
            /// That object.
            pub fn of(&self, th: &Thread) -> Res {
                let gone = || th.runtime_error("the object of this memo is gone");
                self.of.get().ok_or_else(gone)
            }
        }

        /// The type.
        pub static $def: TypeDef = TypeDef {
            flags: type_flags::NO_NEW,
            slots: Slots {
                hash: Some(crate::builtins::unhashable),
                ..Slots::NONE
            },
            methods: &[
                MethodDef::new("clear", "($self, /)", |th, a| {
                    $of::clear_memo(th, &this::<$payload>(th, a.get(0))?.of(th)?)?;
                    Ok(Obj::NONE)
                })
                .doc("Remove all items from memo."),
                MethodDef::new("copy", "($self, /)", |th, a| {
                    $of::memo_dict(th, &this::<$payload>(th, a.get(0))?.of(th)?)
                })
                .doc("Copy the memo to a new object."),
                MethodDef::new("__reduce__", "($self, /)", |th, a| {
                    let copy = $of::memo_dict(th, &this::<$payload>(th, a.get(0))?.of(th)?)?;
                    let dict = th.ty(TypeId::Dict).obj().clone();
                    th.pair(dict, tuple_of(th, [copy])?)
                })
                .doc("Implement pickle support."),
            ],
            ..TypeDef::new(TypeId::$id, concat!("_pickle.", $name), $payload::LAYOUT)
        };
    };
}

proxy!(PicklerMemo PicklerMemoProxy "PicklerMemoProxy" PICKLER_MEMO, pickler);
proxy!(UnpicklerMemo UnpicklerMemoProxy "UnpicklerMemoProxy" UNPICKLER_MEMO, unpickler);
