//! Frames as Python sees them.

use super::common::this;
use crate::interp::frameobj;
use crate::object::code::Code;
use crate::object::def::{GetSetDef, MethodDef, TypeDef};
use crate::object::frame::FrameObj;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

fn frame(o: &Obj) -> &Py<FrameObj> {
    this::<FrameObj>(o)
}

fn code(o: &Obj) -> Option<&Py<Code>> {
    frame(o).code.cast::<Code>()
}

/// The line that a frame is at.
pub fn line(th: &Thread, o: &Obj) -> u32 {
    let told = frame(o).line.load(Ordering::Relaxed);
    if told != 0 {
        return told;
    }
    match code(o) {
        Some(c) => c.line_of(frameobj::current_index(th, frame(o))),
        None => 0,
    }
}

fn option(o: &Obj, bit: u8) -> bool {
    frame(o).trace_options.load(Ordering::Relaxed) & bit != 0
}

fn set_option(th: &Thread, o: &Obj, v: Option<&Obj>, bit: u8, inverted: bool) -> Res<()> {
    let Some(v) = v.filter(|v| v.is(&Obj::TRUE) || v.is(&Obj::FALSE)) else {
        return Err(th.type_error("attribute value type must be bool"));
    };
    let options = &frame(o).trace_options;
    match v.is(&Obj::TRUE) != inverted {
        true => options.fetch_or(bit, Ordering::Relaxed),
        false => options.fetch_and(!bit, Ordering::Relaxed),
    };
    Ok(())
}

/// `frame.clear()`: the variables of a frame that has ended are given up.
fn clear(th: &Thread, a: Args<'_>) -> Res {
    let f = frame(a.get(0));
    let live = f.live.load(Ordering::Acquire);
    if !live.is_null() {
        // The record of a suspended generator is not among the thread's.
        let suspended = f.thread.load(Ordering::Relaxed) == th.rec().slot.0 as u32
            && (live <= th.frames || live > th.top.get());
        let what = if suspended {
            "a suspended"
        } else {
            "an executing"
        };
        return Err(th.runtime_error(format!("cannot clear {what} frame")));
    }
    let old = f.values.with(th, f.head(), std::mem::take);
    drop(old);
    Ok(Obj::NONE)
}

/// `frame`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(|th, o| {
            let (file, name) = match code(o) {
                Some(c) => (th.repr(&c.filename)?.to_rust(), th.str_text(&c.name)),
                None => Default::default(),
            };
            th.str(&format!(
                "<frame at {:#x}, file {file}, line {}, code {name}>",
                o.value().0,
                line(th, o)
            ))
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("clear", "($self, /)", clear)],
    getset: &[
        GetSetDef::ro("f_back", |th, o| Ok(frameobj::back(th, frame(o)))),
        GetSetDef::ro("f_code", |_, o| Ok(frame(o).code.clone())),
        GetSetDef::ro("f_globals", |_, o| Ok(frame(o).globals.clone())),
        GetSetDef::ro("f_builtins", |_, o| Ok(frame(o).builtins.clone())),
        GetSetDef::ro("f_locals", |th, o| frameobj::locals(th, frame(o))),
        GetSetDef::ro("f_lasti", |th, o| {
            let f = frame(o);
            let at_start = f.trace_options.load(Ordering::Relaxed) & FrameObj::AT_START != 0;
            Ok(Obj::small_int(match at_start {
                true => 0,
                false => i64::from(frameobj::offset(frameobj::current_index(th, f))),
            }))
        }),
        GetSetDef::rw(
            "f_lineno",
            |th, o| {
                Ok(match line(th, o) {
                    0 => Obj::NONE,
                    l => Obj::small_int(i64::from(l)),
                })
            },
            |th, o, v| {
                if v.is_none() {
                    return Err(th.attribute_error("cannot delete attribute"));
                }
                if frame(o).line.load(Ordering::Relaxed) == 0 {
                    let text = "f_lineno can only be set in a trace function";
                    return Err(th.value_error(text));
                }
                Err(th.value_error("can't jump: f_lineno cannot be set in this runtime"))
            },
        ),
        GetSetDef::ro("f_generator", |th, o| {
            Ok(frameobj::generator_of(th, frame(o)))
        }),
        GetSetDef::rw(
            "f_trace",
            |_, o| Ok(frame(o).trace.get().unwrap_or(Obj::NONE)),
            |th, o, v| {
                frame(o).trace.set(th, v.filter(|v| !v.is_none()).cloned());
                Ok(())
            },
        ),
        GetSetDef::rw(
            "f_trace_lines",
            |_, o| Ok(Obj::bool(!option(o, FrameObj::NO_LINES))),
            |th, o, v| set_option(th, o, v, FrameObj::NO_LINES, true),
        ),
        GetSetDef::rw(
            "f_trace_opcodes",
            |_, o| Ok(Obj::bool(option(o, FrameObj::OPCODES))),
            |th, o, v| set_option(th, o, v, FrameObj::OPCODES, false),
        ),
    ],
    ..TypeDef::new(TypeId::Frame, "frame", FrameObj::LAYOUT)
};
