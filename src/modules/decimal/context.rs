//! `Context`: what arithmetic has to keep to, and what has happened.

use super::algo::{self, Ctx, Rounding, Status};
use super::signals;
use super::{State, convert, operations, state};
use crate::modules::prelude::*;
use std::ops::RangeInclusive;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, Ordering};

/// Payload of contexts. Whoever has the context may write each field, by itself (Relaxed): nothing is published through
/// them. A thread that calculates while another one changes the context may see some of the changes.
pub struct Context {
    prec: AtomicI64,
    emin: AtomicI64,
    emax: AtomicI64,
    rounding: AtomicU8,
    capitals: AtomicBool,
    clamp: AtomicBool,
    flags: Arc<AtomicU32>,
    traps: Arc<AtomicU32>,
    /// The mappings that show them.
    flags_shown: Obj,
    traps_shown: Obj,
}
native!(Context, DecimalContext, "Context", flags_shown, traps_shown);

impl Drop for Context {
    fn drop(&mut self) {
        for bits in [&self.flags, &self.traps] {
            bits.fetch_or(signals::GONE, RELAXED);
        }
    }
}

/// The widths of the interchange formats end here.
pub const IEEE_MAX_BITS: i64 = 512;

const RELAXED: Ordering = Ordering::Relaxed;

impl Context {
    fn new(th: &Thread, c: &Ctx, capitals: bool, flags: Status, traps: Status) -> Res<Context> {
        let flags = Arc::new(AtomicU32::new(flags));
        let traps = Arc::new(AtomicU32::new(traps));
        Ok(Context {
            prec: AtomicI64::new(c.prec as i64),
            emin: AtomicI64::new(c.emin),
            emax: AtomicI64::new(c.emax),
            rounding: AtomicU8::new(c.rounding as u8),
            capitals: AtomicBool::new(capitals),
            clamp: AtomicBool::new(c.clamp),
            flags_shown: signals::mapping(th, &flags)?,
            traps_shown: signals::mapping(th, &traps)?,
            flags,
            traps,
        })
    }
    /// What arithmetic asks for.
    #[inline]
    pub fn ctx(&self) -> Ctx {
        Ctx {
            prec: self.prec.load(RELAXED) as u64,
            emin: self.emin.load(RELAXED),
            emax: self.emax.load(RELAXED),
            rounding: Rounding::ALL[self.rounding.load(RELAXED) as usize & 7],
            clamp: self.clamp.load(RELAXED),
        }
    }
    /// Whether exponents are written with a capital E.
    pub fn capitals(&self) -> bool {
        self.capitals.load(RELAXED)
    }
    /// The conditions that are exceptions.
    #[inline]
    pub fn traps(&self) -> Status {
        self.traps.load(RELAXED)
    }
    /// Notes conditions.
    #[inline]
    pub fn note(&self, status: Status) {
        if self.flags.load(RELAXED) & status != status {
            self.flags.fetch_or(status, RELAXED);
        }
    }
    /// Forgets all conditions.
    pub fn clear_flags(&self) {
        self.flags.store(0, RELAXED);
    }
    /// Traps nothing any more.
    pub fn clear_traps(&self) {
        self.traps.store(0, RELAXED);
    }
    /// A copy, also of the flags; of the plain class where none is given.
    pub fn copied(&self, th: &Thread, cls: Option<&Py<Type>>) -> Res<Py<Context>> {
        let c = Context::new(
            th,
            &self.ctx(),
            self.capitals(),
            self.flags.load(RELAXED),
            self.traps(),
        )?;
        match cls {
            Some(cls) => th.alloc_as(cls, c),
            None => Ok(th.alloc(c)),
        }
    }
    /// Sets what is given: prec, rounding, Emin, Emax, capitals, clamp, flags, traps.
    pub fn configure<'a>(&self, th: &Thread, given: impl Fn(usize) -> Option<&'a Obj>) -> Res<()> {
        for (i, set) in [
            Context::set_prec,
            Context::set_rounding,
            Context::set_emin,
            Context::set_emax,
            Context::set_capitals,
            Context::set_clamp,
        ]
        .into_iter()
        .enumerate()
        {
            if let Some(o) = given(i) {
                set(self, th, o)?;
            }
        }
        // Traps before flags: so are the errors.
        for (i, bits) in [(7, &self.traps), (6, &self.flags)] {
            if let Some(o) = given(i) {
                let new = match o.cast::<List>() {
                    Some(l) => signals::from_list(th, l)?,
                    None => signals::from_mapping(th, o)?,
                };
                bits.store(new, RELAXED);
            }
        }
        Ok(())
    }
    fn set_prec(&self, th: &Thread, o: &Obj) -> Res<()> {
        let n = within(
            th,
            o,
            1..=algo::MAX_PREC,
            "valid range for prec is [1, MAX_PREC]",
        )?;
        self.prec.store(n, RELAXED);
        Ok(())
    }
    fn set_rounding(&self, th: &Thread, o: &Obj) -> Res<()> {
        self.rounding
            .store(convert::rounding(th, o)? as u8, RELAXED);
        Ok(())
    }
    fn set_emin(&self, th: &Thread, o: &Obj) -> Res<()> {
        let n = within(
            th,
            o,
            algo::MIN_EMIN..=0,
            "valid range for Emin is [MIN_EMIN, 0]",
        )?;
        self.emin.store(n, RELAXED);
        Ok(())
    }
    fn set_emax(&self, th: &Thread, o: &Obj) -> Res<()> {
        let n = within(
            th,
            o,
            0..=algo::MAX_EMAX,
            "valid range for Emax is [0, MAX_EMAX]",
        )?;
        self.emax.store(n, RELAXED);
        Ok(())
    }
    fn set_capitals(&self, th: &Thread, o: &Obj) -> Res<()> {
        match integer(th, o)? {
            n @ 0..=1 => self.capitals.store(n == 1, RELAXED),
            _ => return Err(th.value_error("valid values for capitals are 0 or 1")),
        }
        Ok(())
    }
    fn set_clamp(&self, th: &Thread, o: &Obj) -> Res<()> {
        match integer(th, o)? {
            n @ 0..=1 => self.clamp.store(n == 1, RELAXED),
            _ => return Err(th.value_error("valid values for clamp are 0 or 1")),
        }
        Ok(())
    }
}

fn integer(th: &Thread, o: &Obj) -> Res<i64> {
    if !th.is_int(o) {
        return Err(th.type_error("an integer is required"));
    }
    match th.int_like_i64(o) {
        Some(n) => Ok(n),
        None => Err(th.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// An integer of this range; `message` says so of others.
fn within(th: &Thread, o: &Obj, range: RangeInclusive<i64>, message: &str) -> Res<i64> {
    let n = integer(th, o)?;
    match range.contains(&n) {
        true => Ok(n),
        false => Err(th.value_error(message)),
    }
}

/// The context that an argument is.
pub fn of_arg<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Context>> {
    match o.cast::<Context>() {
        Some(c) => Ok(c),
        None => Err(th.type_error("optional argument must be a context")),
    }
}

/// Makes `DefaultContext`, `BasicContext` and `ExtendedContext`.
pub fn prepare(th: &Thread, st: &State) -> Res<()> {
    let basic = Ctx {
        prec: 9,
        emax: 999_999,
        emin: -999_999,
        rounding: Rounding::HalfUp,
        clamp: false,
    };
    let usual = algo::INVALID | algo::DIVISION_BY_ZERO | algo::OVERFLOW;
    let all = [
        (Ctx { prec: 28, ..basic }.rounded(Rounding::HalfEven), usual),
        (basic, usual | algo::UNDERFLOW | algo::CLAMPED),
        (basic.rounded(Rounding::HalfEven), 0),
    ];
    let mut made = Vec::new();
    for (c, traps) in all {
        made.push(th.alloc(Context::new(th, &c, true, 0, traps)?).into_obj());
    }
    st.templates.fill(th.tuple(made)?);
    Ok(())
}

/// One of the three templates.
pub fn template(th: &Thread, i: usize) -> Res<Py<Context>> {
    let all = state(th).templates.get(th)?;
    let found = all.cast::<Tuple>().map(|t| t.items()[i].clone());
    match found.map(Obj::into_py::<Context>) {
        Some(Ok(c)) => Ok(c),
        _ => Err(th.runtime_error("module _decimal is not initialised")),
    }
}

/// Puts the templates into the module.
pub fn publish(th: &Thread, m: &Py<Module>) -> Res<()> {
    let names = ["DefaultContext", "BasicContext", "ExtendedContext"];
    for (i, name) in names.into_iter().enumerate() {
        put(th, m, name, template(th, i)?.into_obj())?;
    }
    Ok(())
}

/// `IEEEContext(bits)`
pub fn ieee(th: &Thread, a: Args<'_>) -> Res {
    let bits = integer(th, a.get(0))?;
    if bits <= 0 || bits > IEEE_MAX_BITS || bits % 32 != 0 {
        return Err(th.value_error(format!(
            "argument must be a multiple of 32, with a maximum of {IEEE_MAX_BITS}"
        )));
    }
    let emax = 3 * (1i64 << (bits / 16 + 3));
    let c = Ctx {
        prec: (9 * (bits / 32) - 2) as u64,
        emax,
        emin: 1 - emax,
        rounding: Rounding::HalfEven,
        clamp: true,
    };
    Ok(th.alloc(Context::new(th, &c, true, 0, 0)?).into_obj())
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let me = this::<Context>(th, a.get(0))?;
    let c = me.ctx();
    let args = th.tuple(vec![
        th.uint(c.prec),
        th.intern(c.rounding.name()),
        th.int(c.emin),
        th.int(c.emax),
        Obj::small_int(me.capitals().into()),
        Obj::small_int(c.clamp.into()),
        signals::to_list(th, me.flags.load(RELAXED))?,
        signals::to_list(th, me.traps())?,
    ])?;
    th.pair(th.type_of(a.get(0)).obj().clone(), args)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let me = this::<Context>(th, o)?;
    let c = me.ctx();
    th.str(&format!(
        "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
        c.prec,
        c.rounding.name(),
        c.emin,
        c.emax,
        u8::from(me.capitals()),
        u8::from(c.clamp),
        signals::shown(me.flags.load(RELAXED)),
        signals::shown(me.traps()),
    ))
}

/// A setter; nothing can be deleted.
fn change(
    th: &Thread,
    o: &Obj,
    value: Option<&Obj>,
    set: fn(&Context, &Thread, &Obj) -> Res<()>,
) -> Res<()> {
    match value {
        Some(v) => set(this::<Context>(th, o)?, th, v),
        None => Err(th.attribute_error("context attributes cannot be deleted")),
    }
}

/// A copy: of a subclass, too, it is a plain context.
pub fn copy(th: &Thread, a: Args<'_>) -> Res {
    Ok(this::<Context>(th, a.get(0))?.copied(th, None)?.into_obj())
}

/// The type.
pub static CONTEXT: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|th, cls, _| {
            let t = template(th, 0)?;
            let c = Context::new(th, &t.ctx(), t.capitals(), 0, t.traps())?;
            Ok(th.alloc_as(cls, c)?.into_obj())
        }),
        init: Some(|th, o, args| {
            let me = this::<Context>(th, o)?;
            th.bind(
                "Context",
                "(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)",
                args,
                |a| me.configure(th, |i| a.opt_not_none(i)),
            )
        }),
        repr: Some(repr),
        ..Slots::NONE
    },
    methods: operations::METHODS,
    getset: &[
        GetSetDef::rw(
            "prec",
            |th, o| Ok(th.uint(this::<Context>(th, o)?.ctx().prec)),
            |th, o, v| change(th, o, v, Context::set_prec),
        ),
        GetSetDef::rw(
            "rounding",
            |th, o| Ok(th.intern(this::<Context>(th, o)?.ctx().rounding.name())),
            |th, o, v| change(th, o, v, Context::set_rounding),
        ),
        GetSetDef::rw(
            "Emin",
            |th, o| Ok(th.int(this::<Context>(th, o)?.ctx().emin)),
            |th, o, v| change(th, o, v, Context::set_emin),
        ),
        GetSetDef::rw(
            "Emax",
            |th, o| Ok(th.int(this::<Context>(th, o)?.ctx().emax)),
            |th, o, v| change(th, o, v, Context::set_emax),
        ),
        GetSetDef::rw(
            "capitals",
            |th, o| Ok(Obj::small_int(this::<Context>(th, o)?.capitals().into())),
            |th, o, v| change(th, o, v, Context::set_capitals),
        ),
        GetSetDef::rw(
            "clamp",
            |th, o| Ok(Obj::small_int(this::<Context>(th, o)?.ctx().clamp.into())),
            |th, o, v| change(th, o, v, Context::set_clamp),
        ),
        GetSetDef::rw(
            "flags",
            |th, o| Ok(this::<Context>(th, o)?.flags_shown.clone()),
            |th, o, v| {
                change(th, o, v, |c, th, v| {
                    c.flags.store(signals::from_mapping(th, v)?, RELAXED);
                    Ok(())
                })
            },
        ),
        GetSetDef::rw(
            "traps",
            |th, o| Ok(this::<Context>(th, o)?.traps_shown.clone()),
            |th, o, v| {
                change(th, o, v, |c, th, v| {
                    c.traps.store(signals::from_mapping(th, v)?, RELAXED);
                    Ok(())
                })
            },
        ),
    ],
    doc: "Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None,\n        clamp=None, flags=None, traps=None)\n--\n\nCreate context.\n\nThe context affects almost all operations and controls rounding,\nOver/Underflow, raising of exceptions and much more.",
    ..TypeDef::new(TypeId::DecimalContext, "decimal.Context", Context::LAYOUT)
};

/// `__reduce__`
pub const REDUCE: MethodDef = MethodDef::new("__reduce__", "($self, /)", reduce);
