//! `_contextvars`: context variables (PEP 567). A context is a dict from variable to value, copied when a context is;
//! each thread has its current one, made when first needed.

use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Payload of contexts.
pub struct Context {
    vars: Py<Dict>,
    entered: AtomicBool,
    /// What the context variable of `decimal` is, where that was asked for since a variable changed last. Arithmetic asks
    /// for it each time.
    pub decimal: Slot,
}
native!(Context, Context, "Context", vars, decimal);

/// Payload of variables.
pub struct ContextVar {
    name: Obj,
    default: Option<Obj>,
}
native!(ContextVar, ContextVar, "ContextVar", name, default);

/// Payload of tokens: what a `set` has replaced.
pub struct Token {
    context: Py<Context>,
    var: Obj,
    old: Option<Obj>,
    used: AtomicBool,
}
native!(Token, ContextToken, "Token", context, var, old);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&CONTEXT, &VAR, &TOKEN];

/// The current context of a thread.
#[derive(Default)]
struct Current(Slot);

/// `Token.MISSING`
#[derive(Default)]
struct Missing(Slot);

fn new_context(th: &Thread, vars: Py<Dict>) -> Py<Context> {
    th.alloc(Context {
        vars,
        entered: AtomicBool::new(false),
        decimal: Slot::empty(),
    })
}

/// The calling thread's current context.
pub fn current(th: &Thread) -> Res<Py<Context>> {
    let slot = &th.locals.get::<Current>().0;
    if let Some(c) = slot.get().and_then(|o| o.into_py::<Context>().ok()) {
        return Ok(c);
    }
    let c = new_context(th, th.new_dict()?);
    slot.set(th, Some(c.clone().into_obj()));
    Ok(c)
}

/// A copy of the calling thread's current context.
pub fn copy_current(th: &Thread) -> Res<Py<Context>> {
    let vars = current(th)?.vars.copy(th)?;
    Ok(new_context(th, vars))
}

/// A context that was entered, and what was current before.
pub struct Entered {
    context: Py<Context>,
    before: Option<Obj>,
}

/// Makes a context the thread's current one, until [`leave`].
pub fn enter(th: &Thread, context: &Obj) -> Res<Entered> {
    let Some(c) = context.cast::<Context>() else {
        return Err(th.type_error("an instance of Context was expected"));
    };
    if c.entered.swap(true, Ordering::AcqRel) {
        let r = th.repr(c.obj())?.to_rust();
        return Err(th.runtime_error(format!("cannot enter context: {r} is already entered")));
    }
    let slot = &th.locals.get::<Current>().0;
    Ok(Entered {
        context: c.clone(),
        before: slot.swap(th, Some(context.clone())),
    })
}

/// Goes back to what was current before.
pub fn leave(th: &Thread, entered: Entered) {
    drop(th.locals.get::<Current>().0.swap(th, entered.before));
    entered.context.entered.store(false, Ordering::Release);
}

impl Context {
    /// The value of a variable in this context.
    pub fn value(&self, th: &Thread, var: &Obj) -> Res<Option<Obj>> {
        self.vars.get_item(th, var)
    }
    /// Gives a variable a value in this context.
    pub fn set_value(&self, th: &Thread, var: &Obj, value: Obj) -> Res<()> {
        self.vars.set_item(th, var, value)?;
        self.decimal.set(th, None);
        Ok(())
    }
}

/// A new variable without a default.
pub fn new_variable(th: &Thread, name: &str) -> Res {
    let name = th.str(name)?;
    Ok(th
        .alloc(ContextVar {
            name,
            default: None,
        })
        .into_obj())
}

static CONTEXT: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _cls, args| {
            if !args.all.is_empty() {
                return Err(th.type_error("Context() does not accept any arguments"));
            }
            Ok(new_context(th, th.new_dict()?).into_obj())
        }),
        len: Some(|th, o| Ok(this::<Context>(th, o)?.vars.len())),
        getitem: Some(|th, o, k| {
            variable(th, k)?;
            this::<Context>(th, o)?
                .vars
                .get_item(th, k)?
                .ok_or_else(|| th.key_error(k))
        }),
        contains: Some(|th, o, k| {
            variable(th, k)?;
            Ok(this::<Context>(th, o)?.vars.get_item(th, k)?.is_some())
        }),
        iter: Some(|th, o| th.iter(this::<Context>(th, o)?.vars.obj())),
        hash: Some(crate::builtins::unhashable),
        compare: Some(
            |th, a, b, op| match (a.cast::<Context>(), b.cast::<Context>(), op) {
                (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) => {
                    th.compare(x.vars.obj(), y.vars.obj(), op)
                }
                _ => Ok(Obj::NOT_IMPLEMENTED),
            },
        ),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("run", "($self, callable, /, *args, **kwargs)", run),
        MethodDef::new("copy", "($self, /)", |th, a| {
            let vars = this::<Context>(th, a.get(0))?.vars.copy(th)?;
            Ok(new_context(th, vars).into_obj())
        }),
        MethodDef::new("get", "($self, key, default=None, /)", |th, a| {
            variable(th, a.get(1))?;
            let found = this::<Context>(th, a.get(0))?.vars.get_item(th, a.get(1))?;
            Ok(found.unwrap_or_else(|| a.opt(2).cloned().unwrap_or(Obj::NONE)))
        }),
        MethodDef::new("keys", "($self, /)", |th, a| {
            th.call_method(this::<Context>(th, a.get(0))?.vars.obj(), "keys", &[])
        }),
        MethodDef::new("values", "($self, /)", |th, a| {
            th.call_method(this::<Context>(th, a.get(0))?.vars.obj(), "values", &[])
        }),
        MethodDef::new("items", "($self, /)", |th, a| {
            th.call_method(this::<Context>(th, a.get(0))?.vars.obj(), "items", &[])
        }),
    ],
    ..TypeDef::new(TypeId::Context, "_contextvars.Context", Context::LAYOUT)
};

fn variable(th: &Thread, k: &Obj) -> Res<()> {
    match k.cast::<ContextVar>() {
        Some(_) => Ok(()),
        None => {
            let r = th.repr(k)?.to_rust();
            Err(th.type_error(format!("a ContextVar key was expected, got {r}")))
        }
    }
}

fn run(th: &Thread, a: Args<'_>) -> Res {
    let mut all = this::<Tuple>(th, a.get(2))?.items().to_vec();
    let mut names = Vec::new();
    for (k, v) in this::<Dict>(th, a.get(3))?.items() {
        names.push(k);
        all.push(v);
    }
    let entered = enter(th, a.get(0))?;
    let r = th.call_args(
        a.get(1),
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    );
    leave(th, entered);
    r
}

static VAR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _cls, args| {
            th.bind("ContextVar", "(name, /, *, default=None)", args, |a| {
                if a.get(0).cast::<Str>().is_none() {
                    return Err(th.type_error("context variable name must be a str"));
                }
                let var = ContextVar {
                    name: a.get(0).clone(),
                    default: a.opt(1).cloned(),
                };
                Ok(th.alloc(var).into_obj())
            })
        }),
        repr: Some(|th, o| {
            let v = this::<ContextVar>(th, o)?;
            let name = th.repr(&v.name)?.to_rust();
            let default = match &v.default {
                Some(d) => format!(" default={}", th.repr(d)?.to_rust()),
                None => String::new(),
            };
            th.str(&format!(
                "<ContextVar name={name}{default} at {:#x}>",
                o.value().0
            ))
        }),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("get", "($self, default=<unrepresentable>, /)", |th, a| {
            let v = this::<ContextVar>(th, a.get(0))?;
            if let Some(x) = current(th)?.vars.get_item(th, a.get(0))? {
                return Ok(x);
            }
            match a.opt(1).or(v.default.as_ref()) {
                Some(d) => Ok(d.clone()),
                None => Err(th.err_obj(TypeId::LookupError, &[a.get(0).clone()])),
            }
        }),
        MethodDef::new("set", "($self, value, /)", |th, a| {
            let context = current(th)?;
            let old = context.vars.get_item(th, a.get(0))?;
            context.vars.set_item(th, a.get(0), a.get(1).clone())?;
            context.decimal.set(th, None);
            let token = Token {
                context,
                var: a.get(0).clone(),
                old,
                used: AtomicBool::new(false),
            };
            Ok(th.alloc(token).into_obj())
        }),
        MethodDef::new("reset", "($self, token, /)", |th, a| {
            let Some(t) = a.get(1).cast::<Token>() else {
                let r = th.repr(a.get(1))?.to_rust();
                return Err(th.type_error(format!("expected an instance of Token, got {r}")));
            };
            reset(th, a.get(0), t)
        }),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::ro("name", |th, o| {
        Ok(this::<ContextVar>(th, o)?.name.clone())
    })],
    ..TypeDef::new(
        TypeId::ContextVar,
        "_contextvars.ContextVar",
        ContextVar::LAYOUT,
    )
};

fn reset(th: &Thread, var: &Obj, t: &Py<Token>) -> Res {
    let shown = || th.repr(t.obj()).map(|r| r.to_rust());
    if !t.var.is(var) {
        return Err(th.value_error(format!(
            "{} was created by a different ContextVar",
            shown()?
        )));
    }
    let context = current(th)?;
    if !context.obj().is(t.context.obj()) {
        return Err(th.value_error(format!("{} was created in a different Context", shown()?)));
    }
    if t.used.swap(true, Ordering::AcqRel) {
        return Err(th.runtime_error(format!("{} has already been used once", shown()?)));
    }
    match &t.old {
        Some(old) => context.vars.set_item(th, var, old.clone())?,
        None => drop(context.vars.del_item(th, var)?),
    }
    context.decimal.set(th, None);
    Ok(Obj::NONE)
}

fn missing(th: &Thread) -> Res {
    let slot = &th.rt().module_state::<Missing>().0;
    if let Some(m) = slot.get() {
        return Ok(m);
    }
    let object = th.ty(TypeId::Object).obj().clone();
    let m = th.call(&object, &[])?;
    match slot.set_if_empty(m.clone()) {
        Ok(()) => Ok(m),
        Err(_) => Ok(slot.get().unwrap_or(m)),
    }
}

static TOKEN: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(|th, o| {
            let t = this::<Token>(th, o)?;
            let var = th.repr(&t.var)?.to_rust();
            let used = if t.used.load(Ordering::Relaxed) {
                " used"
            } else {
                ""
            };
            th.str(&format!("<Token{used} var={var} at {:#x}>", o.value().0))
        }),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    methods: &[
        CLASS_GETITEM,
        MethodDef::new("__enter__", "($self, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("__exit__", "($self, type, value, traceback, /)", |th, a| {
            let t = this::<Token>(th, a.get(0))?;
            reset(th, &t.var.clone(), t)
        }),
    ],
    getset: &[
        GetSetDef::ro("var", |th, o| Ok(this::<Token>(th, o)?.var.clone())),
        GetSetDef::ro("old_value", |th, o| match &this::<Token>(th, o)?.old {
            Some(v) => Ok(v.clone()),
            None => missing(th),
        }),
    ],
    init: Some(|th, ty| {
        let m = missing(th)?;
        ty.set_attr_raw(th, &th.intern("MISSING"), Some(&m))
            .map(drop)
    }),
    ..TypeDef::new(TypeId::ContextToken, "_contextvars.Token", Token::LAYOUT)
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new("copy_context", "()", |th, _| {
        Ok(copy_current(th)?.into_obj())
    })],
    types: &[
        ("Context", TypeId::Context),
        ("ContextVar", TypeId::ContextVar),
        ("Token", TypeId::ContextToken),
    ],
    doc: "Context Variables",
    ..ModuleDef::new("_contextvars")
};
