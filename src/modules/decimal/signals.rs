//! Signals: their exceptions, how conditions become them, and the mappings that show a context's flags and traps.

use super::algo::{self, Status};
use super::context::Context;
use super::{State, state};
use crate::modules::prelude::*;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// The signals in the order of the mappings: name and conditions.
pub const SIGNAL: [(&str, Status); 9] = [
    ("InvalidOperation", algo::INVALID),
    ("FloatOperation", algo::FLOAT_OPERATION),
    ("DivisionByZero", algo::DIVISION_BY_ZERO),
    ("Overflow", algo::OVERFLOW),
    ("Underflow", algo::UNDERFLOW),
    ("Subnormal", algo::SUBNORMAL),
    ("Inexact", algo::INEXACT),
    ("Rounded", algo::ROUNDED),
    ("Clamped", algo::CLAMPED),
];
/// The kinds of an invalid operation that have exceptions of their own.
const CONDITION: [(&str, Status); 4] = [
    ("ConversionSyntax", algo::CONVERSION_SYNTAX),
    ("DivisionImpossible", algo::DIVISION_IMPOSSIBLE),
    ("DivisionUndefined", algo::DIVISION_UNDEFINED),
    ("InvalidContext", algo::INVALID_CONTEXT),
];
/// The order in which a context's repr names them.
const SHOWN: [usize; 9] = [8, 0, 2, 6, 1, 3, 7, 5, 4];

const UNKNOWN: &str = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";

/// The classes: those of the signals, those of the conditions, `DecimalException`.
fn classes(th: &Thread) -> Res<Py<Tuple>> {
    match state(th).classes.get(th)?.into_py::<Tuple>() {
        Ok(t) => Ok(t),
        Err(_) => Err(th.runtime_error("module _decimal is not initialised")),
    }
}

/// Makes the exceptions and `SignalDict`.
pub fn prepare(th: &Thread, st: &State) -> Res<()> {
    let ty = th.ty(TypeId::Type).obj().clone();
    let module = th.str("decimal")?;
    let make = |name: &str, bases: &[&Obj]| -> Res {
        let dict = th.new_dict()?;
        dict.set_str(th, "__module__", module.clone())?;
        let bases = th.tuple(bases.iter().map(|b| (*b).clone()).collect())?;
        th.call(&ty, &[th.str(name)?, bases, dict.into_obj()])
    };
    let builtin = |id: TypeId| th.ty(id).obj();
    let (zero, wrong) = (
        builtin(TypeId::ZeroDivisionError),
        builtin(TypeId::TypeError),
    );
    let base = make("DecimalException", &[builtin(TypeId::ArithmeticError)])?;
    let plain = |name: &str| make(name, &[&base]);
    let invalid = plain("InvalidOperation")?;
    let float = make("FloatOperation", &[&base, wrong])?;
    let by_zero = make("DivisionByZero", &[&base, zero])?;
    let (inexact, rounded) = (plain("Inexact")?, plain("Rounded")?);
    let (subnormal, clamped) = (plain("Subnormal")?, plain("Clamped")?);
    let overflow = make("Overflow", &[&inexact, &rounded])?;
    let underflow = make("Underflow", &[&inexact, &rounded, &subnormal])?;
    let syntax = make("ConversionSyntax", &[&invalid])?;
    let impossible = make("DivisionImpossible", &[&invalid])?;
    let undefined = make("DivisionUndefined", &[&invalid, zero])?;
    let context = make("InvalidContext", &[&invalid])?;
    st.classes.fill(th.tuple(vec![
        invalid, float, by_zero, overflow, underflow, subnormal, inexact, rounded, clamped, syntax,
        impossible, undefined, context, base,
    ])?);

    let abc = th.import("collections.abc")?;
    let mapping = th.getattr(&abc, "MutableMapping")?;
    let meta = th.type_of(&mapping).obj().clone();
    let dict = th.new_dict()?;
    dict.set_str(th, "__module__", module)?;
    let bases = tuple_of(th, [th.ty(TypeId::DecimalSignals).obj().clone(), mapping])?;
    let class = th.call(&meta, &[th.str("SignalDict")?, bases, dict.into_obj()])?;
    st.signal_dict.fill(class);
    Ok(())
}

/// Puts the exceptions into the module.
pub fn publish(th: &Thread, m: &Py<Module>) -> Res<()> {
    let all = classes(th)?;
    let names = SIGNAL.iter().chain(&CONDITION).map(|s| s.0);
    for (name, class) in names.chain(["DecimalException"]).zip(all.items()) {
        put(th, m, name, class.clone())?;
    }
    Ok(())
}

/// Notes conditions in the context; one that is trapped is an exception.
#[inline]
pub fn note(th: &Thread, c: &Py<Context>, status: Status) -> Res<()> {
    if status == 0 {
        return Ok(());
    }
    c.note(status);
    let trapped = status & (c.traps() | algo::MALLOC);
    if trapped == 0 {
        return Ok(());
    }
    Err(exception(th, trapped))
}

/// The exception of conditions that are trapped.
#[cold]
fn exception(th: &Thread, trapped: Status) -> Exc {
    if trapped & algo::MALLOC != 0 {
        return th.memory_error();
    }
    let make = || -> Res<(Obj, Obj)> {
        let all = classes(th)?;
        let mut list = Vec::new();
        // An invalid operation without a kind of its own first, then the kinds, then the other signals.
        if trapped & algo::INVALID_OPERATION != 0 {
            list.push(all.items()[0].clone());
        }
        for (i, (_, bits)) in CONDITION.iter().enumerate() {
            if trapped & bits != 0 {
                list.push(all.items()[9 + i].clone());
            }
        }
        for (i, (_, bits)) in SIGNAL.iter().enumerate().skip(1) {
            if trapped & bits != 0 {
                list.push(all.items()[i].clone());
            }
        }
        let i = SIGNAL
            .iter()
            .position(|s| trapped & s.1 != 0)
            .unwrap_or_default();
        Ok((all.items()[i].clone(), th.list(list)?))
    };
    match make() {
        Ok((class, list)) => raise_class(th, &class, &[list]),
        Err(e) => e,
    }
}

/// The number of the signal that a class is.
fn signal_of(th: &Thread, class: &Obj) -> Res<usize> {
    let all = classes(th)?;
    match all.items()[..9].iter().position(|c| c.is(class)) {
        Some(i) => Ok(i),
        None => Err(th.err(TypeId::KeyError, UNKNOWN)),
    }
}

/// The conditions of a list of signals.
pub fn from_list(th: &Thread, list: &Py<List>) -> Res<Status> {
    let mut bits = 0;
    for class in list.to_vec(th) {
        bits |= SIGNAL[signal_of(th, &class)?].1;
    }
    Ok(bits)
}

/// The conditions of a mapping from signals to truth values.
pub fn from_mapping(th: &Thread, o: &Obj) -> Res<Status> {
    if o.cast::<Signals>().is_some() {
        return Ok(bits_of(th, o)?.load(Ordering::Relaxed));
    }
    let Some(d) = o.cast::<Dict>() else {
        return Err(th.type_error("argument must be a signal dict"));
    };
    if d.len() != SIGNAL.len() {
        return Err(th.err(TypeId::KeyError, "invalid signal dict"));
    }
    let mut bits = 0;
    for (class, on) in d.items() {
        let i = signal_of(th, &class)?;
        if th.truthy(&on)? {
            bits |= SIGNAL[i].1;
        }
    }
    Ok(bits)
}

/// The signals as a list of classes.
pub fn to_list(th: &Thread, bits: Status) -> Res {
    let all = classes(th)?;
    let list = SIGNAL.iter().enumerate().filter(|(_, s)| bits & s.1 != 0);
    th.list(list.map(|(i, _)| all.items()[i].clone()).collect())
}

/// The signals' names, in the order of the bits.
pub fn shown(bits: Status) -> String {
    let names: Vec<&str> = SHOWN
        .iter()
        .map(|i| &SIGNAL[*i])
        .filter(|s| bits & s.1 != 0)
        .map(|s| s.0)
        .collect();
    names.join(", ")
}

/// Set when the context has gone: its mappings show nothing any more.
pub const GONE: Status = 1 << 31;

/// Payload of the mappings: the bits of a context, which change with it.
pub struct Signals {
    /// Written by whoever uses the context, one bit set or cleared at a time; nothing else depends on them (Relaxed).
    bits: Option<Arc<AtomicU32>>,
}
native!(Signals, DecimalSignals, "SignalDict");

/// The bits that a mapping shows; one that Python code has made, or whose context has gone,
/// shows none.
fn bits_of<'a>(th: &Thread, o: &'a Obj) -> Res<&'a AtomicU32> {
    match &this::<Signals>(th, o)?.bits {
        Some(bits) if bits.load(Ordering::Relaxed) & GONE == 0 => Ok(bits),
        _ => Err(th.value_error("invalid signal dict")),
    }
}

/// The mapping that shows these bits.
pub fn mapping(th: &Thread, bits: &Arc<AtomicU32>) -> Res {
    let class = state(th).signal_dict.get(th)?;
    let payload = Signals {
        bits: Some(bits.clone()),
    };
    match class.cast::<Type>() {
        Some(c) => Ok(th.alloc_as::<Signals>(c, payload)?.into_obj()),
        None => Err(th.runtime_error("module _decimal is not initialised")),
    }
}

fn get(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let bits = bits_of(th, o)?.load(Ordering::Relaxed);
    let i = signal_of(th, key)?;
    Ok(Obj::bool(bits & SIGNAL[i].1 != 0))
}

fn set(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let all = bits_of(th, o)?;
    let Some(value) = value else {
        return Err(th.value_error("signal keys cannot be deleted"));
    };
    let i = signal_of(th, key)?;
    if th.truthy(value)? {
        all.fetch_or(SIGNAL[i].1, Ordering::Relaxed);
    } else {
        all.fetch_and(!SIGNAL[i].1, Ordering::Relaxed);
    }
    Ok(())
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let mine = bits_of(th, a)?.load(Ordering::Relaxed);
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let other = match from_mapping(th, b) {
        Ok(bits) => bits,
        Err(e) if e.is(th, TypeId::KeyError) || e.is(th, TypeId::TypeError) => {
            return Ok(Obj::NOT_IMPLEMENTED);
        }
        Err(e) => return Err(e),
    };
    // A signal is set if one of its conditions is.
    let same = SIGNAL
        .iter()
        .all(|s| (mine & s.1 != 0) == (other & s.1 != 0));
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

/// The mixin below `SignalDict`.
pub static SIGNALS: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Signals { bits: None })?.into_obj())),
        repr: Some(|th, o| {
            let shown = bits_of(th, o)?.load(Ordering::Relaxed);
            let all = classes(th)?;
            let mut items = Vec::new();
            for (class, (_, bits)) in all.items().iter().zip(SIGNAL) {
                let on = shown & bits != 0;
                let name = th.repr(class)?.to_rust();
                items.push(format!("{name}:{}", if on { "True" } else { "False" }));
            }
            th.str(&format!("{{{}}}", items.join(", ")))
        }),
        hash: Some(crate::builtins::unhashable),
        compare: Some(compare),
        len: Some(|th, o| bits_of(th, o).map(|_| SIGNAL.len())),
        iter: Some(|th, o| {
            bits_of(th, o)?;
            let all = classes(th)?;
            let signals = th.tuple(all.items()[..9].to_vec())?;
            th.iter(&signals)
        }),
        getitem: Some(get),
        setitem: Some(set),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("copy", "($self, /)", |th, a| {
        let dict = th.new_dict()?;
        for class in &classes(th)?.items()[..9] {
            dict.set_item(th, class, get(th, a.get(0), class)?)?;
        }
        Ok(dict.into_obj())
    })],
    ..TypeDef::new(
        TypeId::DecimalSignals,
        "decimal.SignalDictMixin",
        Signals::LAYOUT,
    )
};
