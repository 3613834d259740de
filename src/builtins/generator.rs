//! Generators and coroutines as objects: `send`, `throw`, `close`, and what they tell about themselves. Resuming is
//! `interp::generator`'s.

use super::common::this;
use super::exceptions::is_exception_class;
use crate::interp::frameobj;
use crate::interp::generator::{self as interp, Resumed};
use crate::object::code::Code;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::exception::{BaseException, Traceback};
use crate::object::frame::{Generator, state};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_front::code::flags as co;
use threadsnake_threads::sync::atomic::Ordering;

pub(super) fn generator(o: &Obj) -> &Py<Generator> {
    this::<Generator>(o)
}

fn is_coroutine(th: &Thread, o: &Obj) -> bool {
    th.type_of(o).id == Some(TypeId::Coroutine)
}

/// What a method gives for a resumption: the value yielded, or StopIteration with the value returned.
fn outcome(th: &Thread, o: &Obj, r: Option<Resumed>) -> Res {
    match r {
        Some(Resumed::Yielded(v)) => Ok(v),
        Some(Resumed::Returned(v)) => Err(stop(th, v)),
        None if is_coroutine(th, o) => {
            Err(th.runtime_error("cannot reuse already awaited coroutine"))
        }
        None => Err(th.stop_iteration(None)),
    }
}

/// StopIteration with a value, which may be a tuple or an exception.
pub fn stop(th: &Thread, v: Obj) -> Exc {
    if v.is_none() {
        th.stop_iteration(None)
    } else {
        th.stop_iteration(Some(v))
    }
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    interp::next(th, generator(o))
}

/// `g.send(value)`
pub fn send(th: &Thread, o: &Obj, v: &Obj) -> Res {
    let r = interp::resume(th, generator(o), Some(v.clone()))?;
    outcome(th, o, r)
}

/// The exception that the arguments of `throw` stand for.
pub fn thrown(th: &Thread, typ: &Obj, val: Option<&Obj>, tb: Option<&Obj>) -> Res<Exc> {
    let tb = tb.filter(|t| !t.is_none());
    if tb.is_some_and(|t| t.cast::<Traceback>().is_none()) {
        return Err(th.type_error("throw() third argument must be a traceback object"));
    }
    let val = val.filter(|v| !v.is_none());
    let e = if is_exception_class(typ) {
        let made = match val {
            Some(v) if th.isinstance(v, typ)? => v.clone(),
            Some(v) => match v.cast::<crate::object::tuple::Tuple>() {
                Some(args) => th.call(typ, args.items())?,
                None => th.call(typ, std::slice::from_ref(v))?,
            },
            None => th.call(typ, &[])?,
        };
        match made.into_py::<BaseException>() {
            Ok(e) => e,
            Err(o) => {
                return Err(th.type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    th.repr(typ)?.to_rust(),
                    th.repr(th.type_of(&o).obj())?.to_rust()
                )));
            }
        }
    } else if let Some(e) = typ.cast::<BaseException>() {
        if val.is_some() {
            return Err(th.type_error("instance exception may not have a separate value"));
        }
        e.clone()
    } else {
        return Err(th.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            th.type_name(typ)
        )));
    };
    if let Some(t) = tb {
        e.raw_traceback.set(th, Some(t.clone()));
    }
    Ok(Exc(e))
}

/// What is thrown.
pub enum Thrown<'a> {
    Made(Exc),
    /// The arguments of `throw`, which a delegate of a class of one's own gets as they are.
    Given(&'a [Obj]),
}

impl Thrown<'_> {
    fn is_exit(&self, th: &Thread) -> Res<bool> {
        match self {
            Thrown::Made(e) => Ok(e.is(th, TypeId::GeneratorExit)),
            Thrown::Given(args) if is_exception_class(&args[0]) => {
                th.issubclass(&args[0], th.ty(TypeId::GeneratorExit).obj())
            }
            Thrown::Given(args) => Ok(th.is_a(&args[0], TypeId::GeneratorExit)),
        }
    }
    fn made(self, th: &Thread) -> Res<Exc> {
        match self {
            Thrown::Made(e) => Ok(e),
            Thrown::Given(args) => thrown(th, &args[0], args.get(1), args.get(2)),
        }
    }
}

/// Throws into a generator, through its delegates; GeneratorExit closes them.
pub fn throw(th: &Thread, o: &Obj, e: Exc) -> Res<Option<Resumed>> {
    throw_with(th, o, Thrown::Made(e), true)
}

/// The same; where not `close_on_exit`, GeneratorExit is thrown into the delegates like any other exception (`aclose`).
pub fn throw_with(
    th: &Thread,
    o: &Obj,
    what: Thrown<'_>,
    close_on_exit: bool,
) -> Res<Option<Resumed>> {
    let g = generator(o);
    let Some(inner) = interp::delegate(g) else {
        return interp::throw_here(th, g, what.made(th)?);
    };
    let _d = th.enter("")?;
    if close_on_exit && what.is_exit(th)? {
        let e = what.made(th)?;
        // The delegate is closed; what that raises goes on in its place.
        if let Err(err) = close_iterator(th, &inner) {
            return interp::throw_here(th, g, err);
        }
        return interp::throw_here(th, g, e);
    }
    let r = if inner.cast::<Generator>().is_some()
        && th.type_of(&inner).id != Some(TypeId::AsyncGenerator)
    {
        match throw_with(th, &inner, what, close_on_exit) {
            Ok(r) => outcome(th, &inner, r),
            Err(x) => Err(x),
        }
    } else {
        match th.getattr_opt_obj(&inner, &th.rt().names().throw)? {
            None => return interp::throw_here(th, g, what.made(th)?),
            Some(m) => match &what {
                Thrown::Made(e) => th.call(&m, std::slice::from_ref(e.obj())),
                Thrown::Given(args) => th.call(&m, args),
            },
        }
    };
    match r {
        Ok(v) => Ok(Some(Resumed::Yielded(v))),
        Err(x) if x.is(th, TypeId::StopIteration) => {
            let v = x.0.extra[0].get().unwrap_or(Obj::NONE);
            interp::resume_after_delegate(th, g, v)
        }
        Err(x) => interp::throw_here(th, g, x),
    }
}

fn close_iterator(th: &Thread, it: &Obj) -> Res<()> {
    if it.cast::<Generator>().is_some() && th.type_of(it).id != Some(TypeId::AsyncGenerator) {
        return close(th, it).map(drop);
    }
    match th.getattr_opt_obj(it, &th.rt().names().close) {
        Ok(Some(m)) => th.call(&m, &[]).map(drop),
        Ok(None) => Ok(()),
        Err(e) => {
            th.unraisable(e, "Exception ignored while closing generator", Some(it));
            Ok(())
        }
    }
}

/// `g.close()`: what the generator returned, if it caught GeneratorExit and returned.
pub fn close(th: &Thread, o: &Obj) -> Res {
    let g = generator(o);
    match g.state.load(Ordering::Acquire) {
        state::FINISHED => return Ok(Obj::NONE),
        state::CREATED if g.begin(state::CREATED) => {
            // SAFETY: begun (F3 of `object::frame`).
            unsafe { g.release_registers() };
            g.state.store(state::FINISHED, Ordering::Release);
            return Ok(Obj::NONE);
        }
        _ if interp::close_quietly(g) => return Ok(Obj::NONE),
        _ => {}
    }
    let exit = th.err_obj(TypeId::GeneratorExit, &[]);
    match throw(th, o, exit) {
        Ok(Some(Resumed::Yielded(_))) => {
            Err(th.runtime_error(format!("{} ignored GeneratorExit", interp::kind(th, o))))
        }
        Ok(Some(Resumed::Returned(v))) => Ok(v),
        Ok(None) => Ok(Obj::NONE),
        Err(e) if e.is(th, TypeId::StopIteration) || e.is(th, TypeId::GeneratorExit) => {
            Ok(Obj::NONE)
        }
        Err(e) => Err(e),
    }
}

/// A suspended generator that dies is closed, so that its `finally` blocks run. A coroutine that was never awaited warns.
fn del(th: &Thread, o: &Obj) -> Res<()> {
    let g = generator(o);
    match g.state.load(Ordering::Acquire) {
        state::CREATED if is_coroutine(th, o) => {
            let name = th.str_text(&g.qualname_text());
            th.warn(
                TypeId::RuntimeWarning,
                &format!("coroutine '{name}' was never awaited"),
            )
        }
        state::SUSPENDED => close(th, o).map(drop),
        _ => Ok(()),
    }
}

pub(super) fn set_name(
    th: &Thread,
    s: &crate::object::obj::Slot,
    what: &str,
    v: Option<&Obj>,
) -> Res<()> {
    match v {
        Some(v) if v.cast::<Str>().is_some() => {
            s.set(th, Some(v.clone()));
            Ok(())
        }
        _ => Err(th.type_error(format!("{what} must be set to a string object"))),
    }
}

pub(super) fn running(_th: &Thread, o: &Obj) -> Res {
    Ok(Obj::bool(
        generator(o).state.load(Ordering::Acquire) == state::RUNNING,
    ))
}

pub(super) fn suspended(_th: &Thread, o: &Obj) -> Res {
    Ok(Obj::bool(
        generator(o).state.load(Ordering::Acquire) == state::SUSPENDED,
    ))
}

pub(super) fn frame(th: &Thread, o: &Obj) -> Res {
    Ok(frameobj::generator_frame(th, generator(o)).unwrap_or(Obj::NONE))
}

pub(super) fn delegate(_th: &Thread, o: &Obj) -> Res {
    Ok(interp::delegate(generator(o)).unwrap_or(Obj::NONE))
}

pub(super) fn code(_th: &Thread, o: &Obj) -> Res {
    Ok(generator(o).code.clone())
}

pub(super) fn repr(th: &Thread, o: &Obj) -> Res {
    let q = th.str_text(&generator(o).qualname_text());
    th.str(&format!(
        "<{} object {q} at {:#x}>",
        th.type_name(o),
        o.value().0
    ))
}

fn m_send(th: &Thread, a: Args<'_>) -> Res {
    send(th, a.get(0), a.get(1))
}

fn m_throw(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    if a.opt(2).is_some() {
        th.warn(
            TypeId::DeprecationWarning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
        )?;
    }
    if is_coroutine(th, o) && generator(o).state.load(Ordering::Acquire) == state::FINISHED {
        return Err(th.runtime_error("cannot reuse already awaited coroutine"));
    }
    let args: Vec<Obj> = (1..4).map_while(|i| a.opt(i)).cloned().collect();
    let r = throw_with(th, o, Thrown::Given(&args), true)?;
    outcome(th, o, r)
}

const SEND: MethodDef = MethodDef::new("send", "($self, value, /)", m_send);
const THROW: MethodDef = MethodDef::new("throw", "($self, type, value=None, tb=None, /)", m_throw);
const CLOSE: MethodDef = MethodDef::new("close", "($self, /)", |th, a| close(th, a.get(0)));
const GENERIC: MethodDef = MethodDef::class(
    "__class_getitem__",
    "($cls, item, /)",
    super::descriptors::generic_alias,
);

/// `generator`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(super::self_iter),
        next: Some(next),
        repr: Some(repr),
        del: Some(del),
        ..Slots::NONE
    },
    methods: &[SEND, THROW, CLOSE, GENERIC],
    getset: &[
        NAME,
        QUALNAME,
        GetSetDef::ro("gi_running", running),
        GetSetDef::ro("gi_suspended", suspended),
        GetSetDef::ro("gi_frame", frame),
        GetSetDef::ro("gi_code", code),
        GetSetDef::ro("gi_yieldfrom", delegate),
    ],
    flags: type_flags::WEAKREFABLE | type_flags::HAS_DEL,
    ..TypeDef::new(TypeId::Generator, "generator", Generator::LAYOUT)
};

pub(super) const NAME: GetSetDef = GetSetDef::rw(
    "__name__",
    |_, o| Ok(generator(o).name_text()),
    |th, o, v| set_name(th, &generator(o).name, "__name__", v),
);
pub(super) const QUALNAME: GetSetDef = GetSetDef::rw(
    "__qualname__",
    |_, o| Ok(generator(o).qualname_text()),
    |th, o, v| set_name(th, &generator(o).qualname, "__qualname__", v),
);

/// Payload of `coroutine_wrapper`: what `coroutine.__await__()` gives.
pub struct Wrapper {
    coro: Obj,
}

static WRAPPER_LAYOUT: Layout = Layout::of::<Wrapper>("coroutine_wrapper");

// SAFETY: WRAPPER_LAYOUT is of this type.
unsafe impl Native for Wrapper {
    const TYPE: TypeId = TypeId::CoroutineWrapper;
    const LAYOUT: &'static Layout = &WRAPPER_LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.coro.value());
    }
}

fn coro(o: &Obj) -> &Obj {
    &this::<Wrapper>(o).coro
}

fn await_(th: &Thread, o: &Obj) -> Res {
    Ok(th.alloc(Wrapper { coro: o.clone() }).into_obj())
}

/// `coroutine`
pub static COROUTINE: TypeDef = TypeDef {
    slots: Slots {
        await_: Some(await_),
        repr: Some(repr),
        del: Some(del),
        ..Slots::NONE
    },
    methods: &[SEND, THROW, CLOSE, GENERIC],
    getset: &[
        NAME,
        QUALNAME,
        GetSetDef::ro("cr_running", running),
        GetSetDef::ro("cr_suspended", suspended),
        GetSetDef::ro("cr_frame", frame),
        GetSetDef::ro("cr_code", code),
        GetSetDef::ro("cr_await", delegate),
        GetSetDef::ro("cr_origin", |_, o| {
            Ok(generator(o).extra.get().unwrap_or(Obj::NONE))
        }),
    ],
    flags: type_flags::WEAKREFABLE | type_flags::HAS_DEL,
    ..TypeDef::new(TypeId::Coroutine, "coroutine", Generator::LAYOUT)
};

/// `coroutine_wrapper`
pub static WRAPPER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(super::self_iter),
        next: Some(|th, o| send(th, coro(o), &Obj::NONE).map(Some)),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", |th, a| {
            send(th, coro(a.get(0)), a.get(1))
        }),
        MethodDef::new("throw", "($self, type, value=None, tb=None, /)", |th, a| {
            let o = coro(a.get(0));
            let e = thrown(th, a.get(1), a.opt(2), a.opt(3))?;
            let r = throw(th, o, e)?;
            outcome(th, o, r)
        }),
        MethodDef::new("close", "($self, /)", |th, a| close(th, coro(a.get(0)))),
    ],
    doc: "A wrapper object implementing __await__ for coroutines.",
    ..TypeDef::new(
        TypeId::CoroutineWrapper,
        "coroutine_wrapper",
        &WRAPPER_LAYOUT,
    )
};

/// Whether `types.coroutine` made a generator awaitable.
pub fn is_iterable_coroutine(o: &Obj) -> bool {
    o.cast::<Generator>()
        .and_then(|g| g.code.cast::<Code>())
        .is_some_and(|c| c.has(co::ITERABLE_COROUTINE))
}
