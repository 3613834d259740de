//! `_decimal`: decimal floating-point arithmetic. The arithmetic itself is `threadsnake_algo::decimal`; here are the
//! objects around it: `number` and `methods` (Decimal), `context` and `operations` (Context), `signals` (exceptions,
//! conditions, the mappings of flags and traps), `current` (a thread's context), `convert` (what becomes a Decimal).

mod context;
mod convert;
mod current;
mod methods;
mod number;
mod operations;
mod signals;
mod tables;

use crate::modules::prelude::*;
use threadsnake_algo::decimal as algo;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &number::DECIMAL,
    &context::CONTEXT,
    &signals::SIGNALS,
    &current::MANAGER,
];

/// What the module keeps for a runtime. Every slot is filled at the first import and stays as it is; `ready` is last.
#[derive(Default)]
struct State {
    /// The exceptions of the signals and of the conditions, in the order of `signals::SIGNAL` and `signals::CONDITION`.
    classes: Empty,
    /// `SignalDict`
    signal_dict: Empty,
    /// `DecimalTuple`
    tuple: Empty,
    /// `numbers.Rational`
    rational: Empty,
    /// The context variable.
    variable: Empty,
    /// `DefaultContext`, `BasicContext`, `ExtendedContext`
    templates: Empty,
    ready: Empty,
}

/// A slot that starts empty.
#[derive(Default)]
struct Empty(Slot);

impl Empty {
    fn get(&self, th: &Thread) -> Res {
        self.0
            .get()
            .ok_or_else(|| th.runtime_error("module _decimal is not initialised"))
    }
    fn fill(&self, value: Obj) {
        // Two threads may import at once: what the first one made stays.
        drop(self.0.set_if_empty(value));
    }
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("getcontext", "()", |th, _| {
            Ok(current::current(th)?.into_obj())
        })
        .doc("Get the current default context."),
        MethodDef::new("setcontext", "(context, /)", current::set)
            .doc("Set a new default context."),
        MethodDef::new(
            "localcontext",
            "(ctx=None, **kwargs)",
            current::local,
        )
        .doc("Return a context manager for a copy of the supplied context."),
        MethodDef::new("IEEEContext", "(bits, /)", context::ieee)
            .doc("Return a context object initialized to the proper values for one of the\nIEEE interchange formats."),
    ],
    types: &[
        ("Decimal", TypeId::Decimal),
        ("Context", TypeId::DecimalContext),
    ],
    init: Some(init),
    doc: "C decimal arithmetic module",
    ..ModuleDef::new("_decimal")
};

fn init(th: &Thread, m: &Py<Module>) -> Res<()> {
    let st = state(th);
    if st.ready.0.get().is_none() {
        prepare(th, st)?;
    }
    signals::publish(th, m)?;
    context::publish(th, m)?;
    put(th, m, "DecimalTuple", st.tuple.get(th)?)?;
    for (name, n) in [
        ("MAX_PREC", algo::MAX_PREC),
        ("MAX_EMAX", algo::MAX_EMAX),
        ("MIN_EMIN", algo::MIN_EMIN),
        ("MIN_ETINY", algo::MIN_ETINY),
        ("IEEE_CONTEXT_MAX_BITS", context::IEEE_MAX_BITS),
    ] {
        put(th, m, name, th.int(n))?;
    }
    put(th, m, "HAVE_THREADS", Obj::bool(true))?;
    put(th, m, "HAVE_CONTEXTVAR", Obj::bool(true))?;
    for r in algo::Rounding::ALL {
        put(th, m, r.name(), th.intern(r.name()))?;
    }
    put(th, m, "__version__", th.str("1.70")?)?;
    put(th, m, "__libmpdec_version__", th.str("2.5.1")?)
}

/// What is made once for a runtime.
fn prepare(th: &Thread, st: &State) -> Res<()> {
    let numbers = th.import("numbers")?;
    let number = th.getattr(&numbers, "Number")?;
    th.call_method(&number, "register", &[th.ty(TypeId::Decimal).obj().clone()])?;
    st.rational.fill(th.getattr(&numbers, "Rational")?);
    let collections = th.import("collections")?;
    let make = th.getattr(&collections, "namedtuple")?;
    let names = [th.str("DecimalTuple")?, th.str("sign digits exponent")?];
    let tuple = th.call_kw(&make, &names, &[("module", th.str("decimal")?)])?;
    st.tuple.fill(tuple);
    signals::prepare(th, st)?;
    st.variable.fill(crate::modules::contextvars::new_variable(
        th,
        "decimal_context",
    )?);
    context::prepare(th, st)?;
    st.ready.fill(Obj::bool(true));
    Ok(())
}
