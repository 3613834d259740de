//! Async generators: `asend`, `athrow` and `aclose` give awaitables that drive the generator; a value that it yields comes
//! out of them wrapped, which tells it from what it awaits.
//!
//! The flags of `Generator::async_flags`: RUNNING while an awaitable drives it, CLOSED after `aclose` or its end, HOOKED once
//! the hooks of `sys.set_asyncgen_hooks` were called.

use super::common::this;
use super::generator::{self as gens, generator, stop, thrown};
use crate::interp::generator::{self as interp, Resumed};
use crate::modules::prelude::native;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::frame::{Generator, state};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicU8, Ordering};

const RUNNING: u8 = 1;
const CLOSED: u8 = 2;
const HOOKED: u8 = 4;

/// States of an awaitable.
const INIT: u8 = 0;
const ITER: u8 = 1;
const DONE: u8 = 2;

/// Payload of a value that an async generator yielded.
pub struct Wrapped {
    value: Obj,
}

native!(
    Wrapped,
    AsyncGenWrapped,
    "async_generator_wrapped_value",
    value
);

/// A value that an async generator yields, told from one that it awaits.
pub fn wrap(th: &Thread, o: &Obj) -> Res {
    Ok(th.alloc(Wrapped { value: o.clone() }).into_obj())
}

/// Payload of what `asend` gives.
pub struct ASend {
    gen_: Obj,
    value: Obj,
    state: AtomicU8,
}

native!(ASend, AsyncGenASend, "async_generator_asend", gen_, value);

/// Payload of what `athrow` and `aclose` give; `aclose` has no arguments.
pub struct AThrow {
    gen_: Obj,
    args: Option<Obj>,
    state: AtomicU8,
}

native!(AThrow, AsyncGenAThrow, "async_generator_athrow", gen_, args);

fn has(g: &Generator, flag: u8) -> bool {
    g.async_flags.load(Ordering::Acquire) & flag != 0
}
fn set(g: &Generator, flag: u8) {
    g.async_flags.fetch_or(flag, Ordering::AcqRel);
}
fn unset(g: &Generator, flag: u8) {
    g.async_flags.fetch_and(!flag, Ordering::AcqRel);
}

fn stop_async(th: &Thread) -> Exc {
    th.err_obj(TypeId::StopAsyncIteration, &[])
}

/// The plain outcome of driving the generator: what it yields (wrapped or awaited), StopAsyncIteration at its end.
fn plain(th: &Thread, r: Res<Option<Resumed>>) -> Res {
    match r? {
        Some(Resumed::Yielded(v)) => Ok(v),
        Some(Resumed::Returned(_)) | None => Err(stop_async(th)),
    }
}

fn ends(th: &Thread, e: &Exc) -> bool {
    e.is(th, TypeId::StopAsyncIteration) || e.is(th, TypeId::GeneratorExit)
}

/// The outcome for who awaits: a yielded value ends the awaiting (StopIteration), an awaited one passes through.
fn unwrap(th: &Thread, g: &Generator, r: Res) -> Res {
    match r {
        Ok(v) => match v.exact::<Wrapped>() {
            Some(w) => {
                unset(g, RUNNING);
                Err(stop(th, w.value.clone()))
            }
            None => Ok(v),
        },
        Err(e) => {
            if ends(th, &e) {
                set(g, CLOSED);
            }
            unset(g, RUNNING);
            Err(e)
        }
    }
}

/// Calls the hooks, once for each generator.
fn init_hooks(th: &Thread, o: &Obj) -> Res<()> {
    let g = generator(o);
    if g.async_flags.fetch_or(HOOKED, Ordering::AcqRel) & HOOKED != 0 {
        return Ok(());
    }
    let (first, finalizer) = crate::modules::sys::asyncgen_hooks(th);
    g.extra.set(th, finalizer);
    match first {
        Some(f) => th.call(&f, std::slice::from_ref(o)).map(drop),
        None => Ok(()),
    }
}

fn asend(th: &Thread, o: &Obj, value: Obj) -> Res {
    init_hooks(th, o)?;
    Ok(th
        .alloc(ASend {
            gen_: o.clone(),
            value,
            state: AtomicU8::new(INIT),
        })
        .into_obj())
}

fn athrow(th: &Thread, o: &Obj, args: Option<Obj>) -> Res {
    init_hooks(th, o)?;
    Ok(th
        .alloc(AThrow {
            gen_: o.clone(),
            args,
            state: AtomicU8::new(INIT),
        })
        .into_obj())
}

// --- asend

const REUSED_SEND: &str = "cannot reuse already awaited __anext__()/asend()";
const REUSED_THROW: &str = "cannot reuse already awaited aclose()/athrow()";

fn asend_begin(th: &Thread, a: &ASend) -> Res<bool> {
    match a.state.load(Ordering::Acquire) {
        DONE => Err(th.runtime_error(REUSED_SEND)),
        INIT => {
            if has(generator(&a.gen_), RUNNING) {
                a.state.store(DONE, Ordering::Release);
                return Err(th.runtime_error("anext(): asynchronous generator is already running"));
            }
            a.state.store(ITER, Ordering::Release);
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn asend_send(th: &Thread, o: &Obj, v: &Obj) -> Res {
    let a = this::<ASend>(o);
    let first = asend_begin(th, a)?;
    let v = if first && v.is_none() { &a.value } else { v };
    let g = generator(&a.gen_);
    set(g, RUNNING);
    let r = plain(th, interp::resume(th, g, Some(v.clone())));
    let r = unwrap(th, g, r);
    if r.is_err() {
        a.state.store(DONE, Ordering::Release);
    }
    r
}

fn asend_throw(th: &Thread, o: &Obj, e: Exc) -> Res {
    let a = this::<ASend>(o);
    asend_begin(th, a)?;
    let g = generator(&a.gen_);
    set(g, RUNNING);
    let r = plain(th, gens::throw(th, &a.gen_, e));
    let r = unwrap(th, g, r);
    if r.is_err() {
        a.state.store(DONE, Ordering::Release);
    }
    r
}

// --- athrow, aclose

fn athrow_begin(th: &Thread, a: &AThrow) -> Res<bool> {
    match a.state.load(Ordering::Acquire) {
        DONE => Err(th.runtime_error(REUSED_THROW)),
        INIT => {
            if has(generator(&a.gen_), RUNNING) {
                a.state.store(DONE, Ordering::Release);
                let what = if a.args.is_some() { "athrow" } else { "aclose" };
                return Err(th.runtime_error(format!(
                    "{what}(): asynchronous generator is already running"
                )));
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// What driving the generator for `aclose` means to who awaits.
fn closing(th: &Thread, a: &AThrow, r: Res) -> Res {
    let g = generator(&a.gen_);
    match r {
        Ok(v) if v.exact::<Wrapped>().is_some() => {
            unset(g, RUNNING);
            a.state.store(DONE, Ordering::Release);
            Err(th.runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(v) => Ok(v),
        Err(e) => {
            unset(g, RUNNING);
            a.state.store(DONE, Ordering::Release);
            if ends(th, &e) {
                Err(th.stop_iteration(None))
            } else {
                Err(e)
            }
        }
    }
}

fn throwing(th: &Thread, a: &AThrow, r: Res) -> Res {
    let r = unwrap(th, generator(&a.gen_), r);
    if r.is_err() {
        a.state.store(DONE, Ordering::Release);
    }
    r
}

fn outcome(th: &Thread, a: &AThrow, r: Res) -> Res {
    if a.args.is_some() {
        throwing(th, a, r)
    } else {
        closing(th, a, r)
    }
}

fn athrow_send(th: &Thread, o: &Obj, v: &Obj) -> Res {
    let a = this::<AThrow>(o);
    let g = generator(&a.gen_);
    if a.state.load(Ordering::Acquire) == DONE {
        return Err(th.runtime_error(REUSED_THROW));
    }
    if g.state.load(Ordering::Acquire) == state::FINISHED {
        a.state.store(DONE, Ordering::Release);
        return Err(th.stop_iteration(None));
    }
    if athrow_begin(th, a)? {
        if has(g, CLOSED) {
            a.state.store(DONE, Ordering::Release);
            return Err(stop_async(th));
        }
        if !v.is_none() {
            return Err(th.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        let e = match &a.args {
            None => th.err_obj(TypeId::GeneratorExit, &[]),
            Some(t) => {
                let args = super::generic_alias::items(t);
                let typ = args.first().cloned().unwrap_or(Obj::NONE);
                match thrown(th, &typ, args.get(1), args.get(2)) {
                    Ok(e) => e,
                    Err(e) => {
                        a.state.store(DONE, Ordering::Release);
                        return Err(e);
                    }
                }
            }
        };
        a.state.store(ITER, Ordering::Release);
        set(g, RUNNING);
        if a.args.is_none() {
            set(g, CLOSED);
        }
        let r = plain(
            th,
            gens::throw_with(th, &a.gen_, gens::Thrown::Made(e), false),
        );
        return outcome(th, a, r);
    }
    let r = plain(th, interp::resume(th, g, Some(v.clone())));
    outcome(th, a, r)
}

fn athrow_throw(th: &Thread, o: &Obj, e: Exc) -> Res {
    let a = this::<AThrow>(o);
    if athrow_begin(th, a)? {
        a.state.store(ITER, Ordering::Release);
        set(generator(&a.gen_), RUNNING);
    }
    let r = plain(th, gens::throw(th, &a.gen_, e));
    outcome(th, a, r)
}

/// `close()` of an awaitable: GeneratorExit is thrown in unless it is done.
fn close(th: &Thread, done: bool, throw: impl FnOnce(Exc) -> Res) -> Res {
    if done {
        return Ok(Obj::NONE);
    }
    match throw(th.err_obj(TypeId::GeneratorExit, &[])) {
        Ok(_) => Err(th.runtime_error("coroutine ignored GeneratorExit")),
        Err(e) if ends(th, &e) || e.is(th, TypeId::StopIteration) => Ok(Obj::NONE),
        Err(e) => Err(e),
    }
}

fn m_throw(th: &Thread, a: Args<'_>, f: fn(&Thread, &Obj, Exc) -> Res) -> Res {
    let e = thrown(th, a.get(1), a.opt(2), a.opt(3))?;
    f(th, a.get(0), e)
}

const THROW_SIG: &str = "($self, type, value=None, tb=None, /)";

/// `async_generator_asend`
pub static ASEND: TypeDef = TypeDef {
    slots: Slots {
        await_: Some(super::self_iter),
        iter: Some(super::self_iter),
        next: Some(|th, o| asend_send(th, o, &Obj::NONE).map(Some)),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", |th, a| {
            asend_send(th, a.get(0), a.get(1))
        }),
        MethodDef::new("throw", THROW_SIG, |th, a| m_throw(th, a, asend_throw)),
        MethodDef::new("close", "($self, /)", |th, a| {
            let o = a.get(0);
            let done = this::<ASend>(o).state.load(Ordering::Acquire) == DONE;
            close(th, done, |e| asend_throw(th, o, e))
        }),
    ],
    ..TypeDef::new(
        TypeId::AsyncGenASend,
        "async_generator_asend",
        ASend::LAYOUT,
    )
};

/// `async_generator_athrow`
pub static ATHROW: TypeDef = TypeDef {
    slots: Slots {
        await_: Some(super::self_iter),
        iter: Some(super::self_iter),
        next: Some(|th, o| athrow_send(th, o, &Obj::NONE).map(Some)),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", |th, a| {
            athrow_send(th, a.get(0), a.get(1))
        }),
        MethodDef::new("throw", THROW_SIG, |th, a| m_throw(th, a, athrow_throw)),
        MethodDef::new("close", "($self, /)", |th, a| {
            let o = a.get(0);
            let done = this::<AThrow>(o).state.load(Ordering::Acquire) == DONE;
            close(th, done, |e| athrow_throw(th, o, e))
        }),
    ],
    ..TypeDef::new(
        TypeId::AsyncGenAThrow,
        "async_generator_athrow",
        AThrow::LAYOUT,
    )
};

/// `async_generator_wrapped_value`
pub static WRAPPED: TypeDef = TypeDef {
    ..TypeDef::new(
        TypeId::AsyncGenWrapped,
        "async_generator_wrapped_value",
        Wrapped::LAYOUT,
    )
};

/// An async generator that dies is handed to the finalizer hook, which will close it; without one its frame is closed.
fn del(th: &Thread, o: &Obj) -> Res<()> {
    let g = generator(o);
    if g.state.load(Ordering::Acquire) != state::SUSPENDED {
        return Ok(());
    }
    if let (Some(f), false) = (g.extra.get(), has(g, CLOSED)) {
        return th.call(&f, std::slice::from_ref(o)).map(drop);
    }
    gens::close(th, o).map(drop)
}

/// `async_generator`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        aiter: Some(super::self_iter),
        anext: Some(|th, o| asend(th, o, Obj::NONE)),
        repr: Some(gens::repr),
        del: Some(del),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("asend", "($self, value, /)", |th, a| {
            asend(th, a.get(0), a.get(1).clone())
        }),
        MethodDef::new("athrow", THROW_SIG, |th, a| {
            let args: Vec<Obj> = (1..4).filter_map(|i| a.opt(i).cloned()).collect();
            let args = th.tuple(args)?;
            athrow(th, a.get(0), Some(args))
        }),
        MethodDef::new("aclose", "($self, /)", |th, a| athrow(th, a.get(0), None)),
        MethodDef::class(
            "__class_getitem__",
            "($cls, item, /)",
            super::descriptors::generic_alias,
        ),
    ],
    getset: &[
        gens::NAME,
        gens::QUALNAME,
        GetSetDef::ro("ag_running", |_, o| {
            Ok(Obj::bool(has(generator(o), RUNNING)))
        }),
        GetSetDef::ro("ag_suspended", gens::suspended),
        GetSetDef::ro("ag_frame", gens::frame),
        GetSetDef::ro("ag_code", gens::code),
        GetSetDef::ro("ag_await", gens::delegate),
    ],
    flags: type_flags::WEAKREFABLE,
    ..TypeDef::new(TypeId::AsyncGenerator, "async_generator", Generator::LAYOUT)
};

// --- anext(it, default)

/// Payload of `anext(it, default)`.
pub struct ANext {
    wrapped: Obj,
    default: Obj,
}

native!(ANext, ANextAwaitable, "anext_awaitable", wrapped, default);

/// The awaitable of `anext(it, default)`.
pub fn anext_default(th: &Thread, awaitable: Obj, default: Obj) -> Py<ANext> {
    th.alloc(ANext {
        wrapped: awaitable,
        default,
    })
}

/// Calls a method of the wrapped awaitable's iterator; StopAsyncIteration becomes the default.
fn proxied(th: &Thread, o: &Obj, name: &str, args: &[Obj]) -> Res {
    let a = this::<ANext>(o);
    let it = match crate::interp::ops::awaitable_iter(th, &a.wrapped)? {
        Some(it) => it,
        None => {
            return Err(th.type_error(format!(
                "'{}' object can't be awaited",
                th.type_name(&a.wrapped)
            )));
        }
    };
    // A coroutine has no `__next__`: its wrapper has, with the same `send`.
    let r = if name == "send" && args.first().is_some_and(|v| v.is_none()) {
        match interp::send_into(th, &it, &Obj::NONE) {
            Ok(Resumed::Yielded(v)) => Ok(v),
            Ok(Resumed::Returned(v)) => Err(stop(th, v)),
            Err(e) => Err(e),
        }
    } else {
        th.call_method(&it, name, args)
    };
    match r {
        Err(e) if e.is(th, TypeId::StopAsyncIteration) => Err(stop(th, a.default.clone())),
        r => r,
    }
}

/// `anext_awaitable`
pub static ANEXT: TypeDef = TypeDef {
    slots: Slots {
        await_: Some(super::self_iter),
        iter: Some(super::self_iter),
        next: Some(|th, o| proxied(th, o, "send", &[Obj::NONE]).map(Some)),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", |th, a| {
            proxied(th, a.get(0), "send", std::slice::from_ref(a.get(1)))
        }),
        MethodDef::new("throw", THROW_SIG, |th, a| {
            let args: Vec<Obj> = (1..4).filter_map(|i| a.opt(i).cloned()).collect();
            proxied(th, a.get(0), "throw", &args)
        }),
        MethodDef::new("close", "($self, /)", |th, a| {
            proxied(th, a.get(0), "close", &[])
        }),
    ],
    ..TypeDef::new(TypeId::ANextAwaitable, "anext_awaitable", ANext::LAYOUT)
};
