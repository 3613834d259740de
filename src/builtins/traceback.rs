//! Traceback entries.

use super::common::this;
use crate::object::code::Code;
use crate::object::def::{GetSetDef, MethodDef, TypeDef};
use crate::object::exception::{Traceback, UNKNOWN};
use crate::object::frame::FrameObj;
use crate::object::layout::Native;
use crate::object::obj::{DeepSlot, Obj, Py};
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// Most entries that a walk along `tb_next` looks at.
const MAX_CHAIN: usize = 1 << 22;

fn tb(o: &Obj) -> &Py<Traceback> {
    this::<Traceback>(o)
}

fn set_next(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let Some(v) = v else {
        return Err(th.type_error("can't delete tb_next attribute"));
    };
    if v.is_none() {
        tb(o).next.set(th, None);
        return Ok(());
    }
    let Some(first) = v.cast::<Traceback>() else {
        return Err(th.type_error(format!(
            "expected traceback object or None, got '{}'",
            th.type_name(v)
        )));
    };
    let mut at = first.obj().clone();
    for _ in 0..MAX_CHAIN {
        if at.is(o) {
            return Err(th.value_error("traceback loop detected"));
        }
        match this::<Traceback>(&at).next.get() {
            Some(n) => at = n,
            None => break,
        }
    }
    tb(o).next.set(th, Some(v.clone()));
    Ok(())
}

/// The source line of an entry.
pub fn line(t: &Traceback) -> u32 {
    let line = t.line.load(Ordering::Relaxed);
    if line != UNKNOWN {
        return line;
    }
    let frame = t.frame.get();
    let frame = frame.as_ref().and_then(|f| f.exact::<FrameObj>());
    let code = frame.and_then(|f| f.code.exact::<Code>());
    let found = code.map_or(0, |c| c.line_of(t.lasti as usize));
    t.line.store(found, Ordering::Relaxed);
    found
}

/// `traceback`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind(
                "traceback",
                "(tb_next, tb_frame, tb_lasti, tb_lineno)",
                args,
                |a| {
                    let next = match a.get(0) {
                        n if n.is_none() => None,
                        n if n.cast::<Traceback>().is_some() => Some(n.clone()),
                        n => {
                            return Err(th.type_error(format!(
                                "expected traceback object or None, got '{}'",
                                th.type_name(n)
                            )));
                        }
                    };
                    if a.get(1).cast::<FrameObj>().is_none() {
                        return Err(th.type_error(format!(
                            "traceback() argument 'tb_frame' must be frame, not {}",
                            th.type_name(a.get(1))
                        )));
                    }
                    let lasti = th.index_i64(a.get(2))?;
                    let line = th.index_i64(a.get(3))?;
                    th.alloc_as::<Traceback>(
                        cls,
                        Traceback {
                            next: DeepSlot::new(next),
                            frame: DeepSlot::new(Some(a.get(1).clone())),
                            lasti: (lasti.max(0) / 2).saturating_sub(1) as u32,
                            line: AtomicU32::new(line.max(0) as u32),
                        },
                    )
                    .map(Py::into_obj)
                },
            )
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__dir__", "($self, /)", |th, _| {
        th.list(
            ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"]
                .iter()
                .map(|n| th.intern(n))
                .collect(),
        )
    })],
    getset: &[
        GetSetDef::rw(
            "tb_next",
            |_, o| Ok(tb(o).next.get().unwrap_or(Obj::NONE)),
            set_next,
        ),
        GetSetDef::ro("tb_frame", |_, o| {
            Ok(tb(o).frame.get().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("tb_lasti", |_, o| {
            Ok(Obj::small_int(i64::from(crate::interp::frameobj::offset(
                tb(o).lasti as usize,
            ))))
        }),
        GetSetDef::ro("tb_lineno", |_, o| {
            let l = line(tb(o));
            Ok(if l == 0 {
                Obj::NONE
            } else {
                Obj::small_int(i64::from(l))
            })
        }),
    ],
    doc: "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    ..TypeDef::new(TypeId::Traceback, "traceback", Traceback::LAYOUT)
};
