//! `iter(bytes)` and `iter(bytearray)`.

use super::{ByteArray, view};
use crate::object::bytes::Bytes;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Slot};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident, $layout:ident, $def:ident, $text:literal) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            /// The container; empty at the end.
            pub seq: Slot,
            /// Where the next byte is.
            pub index: AtomicUsize,
        }

        static $layout: Layout = Layout::of::<$name>($text);

        // SAFETY: the layout is of this type.
        unsafe impl Native for $name {
            const TYPE: TypeId = TypeId::$name;
            const LAYOUT: &'static Layout = &$layout;
            fn traverse(&self, visit: Visit<'_>) {
                visit(self.seq.raw());
            }
            fn clear(&self, th: &Thread) {
                self.seq.set(th, None);
            }
        }

        impl Cursor for $name {
            fn parts(&self) -> (&Slot, &AtomicUsize) {
                (&self.seq, &self.index)
            }
        }

        #[doc = concat!("`", $text, "`")]
        pub static $def: TypeDef = TypeDef {
            slots: Slots { iter: Some(crate::builtins::self_iter), next: Some(next::<$name>), ..Slots::NONE },
            methods: &[
                MethodDef::new("__length_hint__", "($self, /)", length_hint::<$name>),
                MethodDef::new("__reduce__", "($self, /)", reduce::<$name>),
                MethodDef::new("__setstate__", "($self, state, /)", setstate::<$name>),
            ],
            flags: type_flags::NO_NEW,
            ..TypeDef::new(TypeId::$name, $text, $name::LAYOUT)
        };
    };
}

/// An iterator by index; exhausted, it has let its container go. Threads that share one may see a byte twice.
trait Cursor: Native {
    fn parts(&self) -> (&Slot, &AtomicUsize);
}

iterator! {
    /// Payload of `iter(bytes)`.
    BytesIter, BYTES, ITER_DEF, "bytes_iterator"
}

iterator! {
    /// Payload of `iter(bytearray)`.
    ByteArrayIter, ARRAY, ARRAY_ITER_DEF, "bytearray_iterator"
}

pub(super) fn iter(th: &Thread, o: &Obj) -> Res {
    Ok(th
        .alloc(BytesIter {
            seq: Slot::new(Some(o.clone())),
            index: AtomicUsize::new(0),
        })
        .into_obj())
}

pub(super) fn array_iter(th: &Thread, o: &Obj) -> Res {
    Ok(th
        .alloc(ByteArrayIter {
            seq: Slot::new(Some(o.clone())),
            index: AtomicUsize::new(0),
        })
        .into_obj())
}

fn byte_at(th: &Thread, seq: &Obj, i: usize) -> Option<u8> {
    if let Some(b) = seq.cast::<Bytes>() {
        return b.bytes().get(i).copied();
    }
    let a = seq.cast::<ByteArray>()?;
    a.data.with(th, a.head(), |v| v.get(i).copied())
}

fn next<C: Cursor>(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let Some(it) = o.exact::<C>() else {
        return Ok(None);
    };
    let (seq, index) = it.parts();
    let Some(s) = seq.get() else { return Ok(None) };
    let i = index.load(Ordering::Relaxed);
    match byte_at(th, &s, i) {
        Some(b) => {
            index.store(i + 1, Ordering::Relaxed);
            Ok(Some(Obj::small_int(i64::from(b))))
        }
        None => {
            seq.set(th, None);
            Ok(None)
        }
    }
}

fn len(th: &Thread, seq: Option<Obj>) -> Res<usize> {
    seq.map_or(Ok(0), |s| Ok(view(th, &s)?.len()))
}

fn length_hint<C: Cursor>(th: &Thread, a: Args<'_>) -> Res {
    let Some(it) = a.get(0).exact::<C>() else {
        return Ok(Obj::small_int(0));
    };
    let (seq, index) = it.parts();
    Ok(th.int(len(th, seq.get())?.saturating_sub(index.load(Ordering::Relaxed)) as i64))
}

fn reduce<C: Cursor>(th: &Thread, a: Args<'_>) -> Res {
    let iter = th.getattr(&th.import("builtins")?, "iter")?;
    let live = a
        .get(0)
        .exact::<C>()
        .and_then(|it| it.parts().0.get().map(|s| (it, s)));
    match live {
        Some((it, seq)) => {
            let at = th.int(it.parts().1.load(Ordering::Relaxed) as i64);
            th.tuple(vec![iter, th.tuple(vec![seq])?, at])
        }
        None => th.tuple(vec![iter, th.tuple(vec![th.empty_tuple()])?]),
    }
}

fn setstate<C: Cursor>(th: &Thread, a: Args<'_>) -> Res {
    let at = th.index_i64(a.get(1))?.max(0) as usize;
    if let Some(it) = a.get(0).exact::<C>() {
        let (seq, index) = it.parts();
        if let Some(s) = seq.get() {
            index.store(at.min(len(th, Some(s))?), Ordering::Relaxed);
        }
    }
    Ok(Obj::NONE)
}
