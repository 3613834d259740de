//! The context that a thread (or task) calculates in: the value of a context variable, made from `DefaultContext` when it
//! is first needed. And `localcontext`.

use super::context::{self, Context};
use super::state;
use crate::modules::contextvars;
use crate::modules::prelude::*;

/// The current context.
#[inline]
pub fn current(th: &Thread) -> Res<Py<Context>> {
    let vars = contextvars::current(th)?;
    match vars.decimal.get().map(Obj::into_py::<Context>) {
        Some(Ok(c)) => Ok(c),
        _ => look_up(th, &vars),
    }
}

#[cold]
fn look_up(th: &Thread, vars: &Py<contextvars::Context>) -> Res<Py<Context>> {
    let variable = state(th).variable.get(th)?;
    let found = vars.value(th, &variable)?.map(Obj::into_py::<Context>);
    let c = match found {
        Some(Ok(c)) => c,
        _ => {
            let c = context::template(th, 0)?.copied(th, None)?;
            c.clear_flags();
            vars.set_value(th, &variable, c.obj().clone())?;
            c
        }
    };
    vars.decimal.set(th, Some(c.obj().clone()));
    Ok(c)
}

fn set_current(th: &Thread, c: &Py<Context>) -> Res<()> {
    let variable = state(th).variable.get(th)?;
    let mut chosen = c.clone();
    // The templates stay what they are.
    for i in 0..3 {
        if context::template(th, i)?.obj().is(c.obj()) {
            chosen = c.copied(th, None)?;
            chosen.clear_flags();
        }
    }
    contextvars::current(th)?.set_value(th, &variable, chosen.into_obj())
}

/// `setcontext(context)`
pub fn set(th: &Thread, a: Args<'_>) -> Res {
    match a.get(0).cast::<Context>() {
        Some(c) => {
            set_current(th, c)?;
            Ok(Obj::NONE)
        }
        None => Err(th.type_error("argument must be a context")),
    }
}

/// Payload of what `localcontext` gives.
pub struct Manager {
    local: Py<Context>,
    global: Py<Context>,
}
native!(Manager, DecimalManager, "ContextManager", local, global);

/// What `localcontext` sets by keyword, in the order of `Context::configure`.
const NAMES: [&str; 8] = [
    "prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps",
];

/// `localcontext(ctx=None, …)`
pub fn local(th: &Thread, a: Args<'_>) -> Res {
    let global = current(th)?;
    let from = match a.opt_not_none(0) {
        None => global.clone(),
        Some(o) => match o.cast::<Context>() {
            Some(c) => c.clone(),
            None => return Err(th.type_error("optional argument must be a context")),
        },
    };
    let local = from.copied(th, None)?;
    let mut given = [const { None }; NAMES.len()];
    if let Some(more) = a.opt(1).and_then(|o| o.cast::<Dict>()) {
        for (name, value) in more.items() {
            let name = th.str_text(&name);
            match NAMES.iter().position(|n| *n == name) {
                Some(i) => given[i] = Some(value).filter(|v| !v.is_none()),
                None => {
                    return Err(th.type_error(format!(
                        "'{name}' is an invalid keyword argument for this function"
                    )));
                }
            }
        }
    }
    local.configure(th, |i| given[i].as_ref())?;
    Ok(th.alloc(Manager { local, global }).into_obj())
}

/// Its type.
pub static MANAGER: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            let m = this::<Manager>(th, a.get(0))?;
            set_current(th, &m.local)?;
            Ok(m.local.obj().clone())
        }),
        MethodDef::new("__exit__", "($self, /, *args)", |th, a| {
            set_current(th, &this::<Manager>(th, a.get(0))?.global)?;
            Ok(Obj::bool(false))
        }),
    ],
    ..TypeDef::new(
        TypeId::DecimalManager,
        "decimal.ContextManager",
        Manager::LAYOUT,
    )
};
