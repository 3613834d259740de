//! `Pickler`, `dump`, `dumps`.

use super::memo::Memo;
use super::output::Output;
use super::proxy::PicklerMemo;
use super::save::Job;
use super::{DEFAULT, HIGHEST, cannot};
use crate::modules::prelude::*;
use crate::object::function::BuiltinFunction;

/// What a pickler holds.
#[derive(Default)]
pub struct Inner {
    write: Option<Obj>,
    memo: Memo,
    proto: i64,
    fast: bool,
    fix_imports: bool,
    buffer_callback: Option<Obj>,
    dispatch_table: Option<Obj>,
    persistent_id: Option<Obj>,
    /// Whether its state has been taken out: it works.
    busy: bool,
}

trace!(
    Inner,
    write, memo, buffer_callback, dispatch_table, persistent_id
);

/// Payload of picklers.
pub struct Pickler {
    inner: Guarded<Inner>,
}
native!(Pickler, Pickler, "Pickler", inner);

impl Py<Pickler> {
    fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }
}

fn pickler<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Pickler>> {
    this::<Pickler>(th, o)
}

fn protocol(th: &Thread, o: Option<&Obj>) -> Res<i64> {
    let n = match o {
        Some(o) => th.index_i64(o)?,
        None => return Ok(DEFAULT),
    };
    if n > HIGHEST {
        return Err(th.value_error(format!("pickle protocol must be <= {HIGHEST}")));
    }
    Ok(if n < 0 { HIGHEST } else { n })
}

/// The arguments after the object and the file.
struct Options {
    proto: i64,
    fix_imports: bool,
    buffer_callback: Option<Obj>,
}

/// Those that begin at argument `i`.
fn options(th: &Thread, a: Args<'_>, i: usize) -> Res<Options> {
    let proto = protocol(th, a.opt_not_none(i))?;
    let fix_imports = a.opt(i + 1).map_or(Ok(true), |o| th.truthy(o))?;
    let buffer_callback = a.opt_not_none(i + 2).cloned();
    if buffer_callback.is_some() && proto < 5 {
        return Err(th.value_error("buffer_callback needs protocol >= 5"));
    }
    Ok(Options {
        proto,
        fix_imports: fix_imports && proto < 3,
        buffer_callback,
    })
}

fn write_of(th: &Thread, file: &Obj) -> Res {
    match th.getattr_opt_obj(file, &th.rt().names().write)? {
        Some(f) => Ok(f),
        None => Err(th.type_error("file must have a 'write' attribute")),
    }
}

fn plain(th: &Thread, o: Options, write: Option<Obj>) -> Job<'_> {
    Job {
        th,
        out: Output::to(write),
        memo: Memo::default(),
        proto: o.proto,
        fast: false,
        fix_imports: o.fix_imports,
        buffer_callback: o.buffer_callback,
        dispatch_table: None,
        persistent_id: None,
        reducer_override: None,
    }
}

/// `dumps(obj, …)`
pub fn dumps(th: &Thread, a: Args<'_>) -> Res {
    let mut job = plain(th, options(th, a, 1)?, None);
    job.dump(a.get(0))?;
    job.out.finish(th)
}

/// `dump(obj, file, …)`
pub fn dump(th: &Thread, a: Args<'_>) -> Res {
    let options = options(th, a, 2)?;
    let mut job = plain(th, options, Some(write_of(th, a.get(1))?));
    job.dump(a.get(0))?;
    Ok(Obj::NONE)
}

/// `Pickler.persistent_id`, unless somebody says otherwise.
static NO_ID: MethodDef = MethodDef::new("persistent_id", "(obj, /)", |_, _| Ok(Obj::NONE));

/// A method that does something, not one of those that only stand for the absence of one.
pub fn overridden(o: Obj, default: &'static MethodDef) -> Option<Obj> {
    match o.exact::<BuiltinFunction>() {
        Some(f) if std::ptr::eq(f.def, default) => None,
        _ => Some(o),
    }
}

fn in_use(th: &Thread) -> Exc {
    th.runtime_error("Pickler object is already used")
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let sig = "(file, protocol=None, fix_imports=True, buffer_callback=None)";
    th.bind("Pickler", sig, args, |a| {
        let options = options(th, a, 1)?;
        let write = write_of(th, a.get(0))?;
        let p = pickler(th, o)?;
        if p.with(th, |i| i.busy) {
            return Err(in_use(th));
        }
        let new = Inner {
            write: Some(write),
            proto: options.proto,
            fix_imports: options.fix_imports,
            buffer_callback: options.buffer_callback,
            ..Inner::default()
        };
        drop(p.inner.replace(th, p.head(), new));
        Ok(())
    })
}

fn run(th: &Thread, a: Args<'_>) -> Res {
    let me = a.get(0);
    let p = pickler(th, me)?;
    let Some(write) = p.with(th, |i| i.write.clone()) else {
        let text = format!(
            "Pickler.__init__() was not called by {}.__init__()",
            th.type_name(me)
        );
        return Err(cannot(th, &text));
    };
    let persistent_id = th
        .getattr_opt(me, "persistent_id")?
        .and_then(|f| overridden(f, &NO_ID));
    let reducer_override = th.getattr_opt(me, "reducer_override")?;
    let dispatch_table = th.getattr_opt(me, "dispatch_table")?;
    let taken = p.with(th, |i| {
        if std::mem::replace(&mut i.busy, true) {
            return None;
        }
        let memo = std::mem::take(&mut i.memo);
        Some((
            memo,
            i.proto,
            i.fast,
            i.fix_imports,
            i.buffer_callback.clone(),
        ))
    });
    let Some((memo, proto, fast, fix_imports, buffer_callback)) = taken else {
        return Err(in_use(th));
    };
    let mut job = Job {
        th,
        out: Output::to(Some(write)),
        memo,
        proto,
        fast,
        fix_imports,
        buffer_callback,
        dispatch_table,
        persistent_id,
        reducer_override,
    };
    let r = job.dump(a.get(1));
    let memo = job.memo;
    let old = p.with(th, |i| {
        i.busy = false;
        std::mem::replace(&mut i.memo, memo)
    });
    drop(old);
    r.map(|()| Obj::NONE)
}

/// Empties the memo.
pub fn clear_memo(th: &Thread, o: &Obj) -> Res<()> {
    let p = pickler(th, o)?;
    let old = p.with(th, |i| match i.busy {
        true => None,
        false => Some(std::mem::take(&mut i.memo)),
    });
    match old {
        Some(_) => Ok(()),
        None => Err(in_use(th)),
    }
}

/// A copy of the memo as a dict: what was written, by identity.
pub fn memo_dict(th: &Thread, o: &Obj) -> Res {
    let items = pickler(th, o)?.with(th, |i| i.memo.items());
    let d = th.new_dict()?;
    for (o, n) in items {
        let key = th.uint(o.value().0);
        d.set_item(th, &key, th.pair(th.uint(n.into()), o)?)?;
    }
    Ok(d.into_obj())
}

fn set_memo(th: &Thread, o: &Obj, value: Option<&Obj>) -> Res<()> {
    let wrong = || th.type_error("'memo' attribute must be a PicklerMemoProxy object or dict");
    let copied = match value.and_then(|v| v.cast::<PicklerMemo>()) {
        Some(m) => Some(memo_dict(th, &m.of(th)?)?),
        None => None,
    };
    let Some(d) = copied.as_ref().or(value).and_then(|v| v.cast::<Dict>()) else {
        return Err(wrong());
    };
    let mut new = Memo::default();
    for (_, v) in d.items() {
        let Some([n, x]) = v.cast::<Tuple>().map(|t| t.items()) else {
            return Err(th.type_error("'memo' values must be 2-item tuples"));
        };
        let n = u32::try_from(th.index_i64(n)?)
            .map_err(|_| th.value_error("memo keys must be positive integers."))?;
        new.put(x, n);
    }
    let p = pickler(th, o)?;
    let old = p.with(th, |i| std::mem::replace(&mut i.memo, new));
    drop(old);
    Ok(())
}

/// The type.
pub static PICKLER: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| {
            let inner = Guarded::new(Inner::default());
            Ok(th.alloc_as(cls, Pickler { inner })?.into_obj())
        }),
        init: Some(init),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("dump", "($self, obj, /)", run)
            .doc("Write a pickled representation of the given object to the open file."),
        MethodDef::new("clear_memo", "($self, /)", |th, a| {
            clear_memo(th, a.get(0))?;
            Ok(Obj::NONE)
        })
        .doc("Clears the pickler's \"memo\"."),
    ],
    getset: &[
        GetSetDef::rw("memo", |th, o| Ok(PicklerMemo::make(th, o)), set_memo),
        GetSetDef::rw(
            "bin",
            |th, o| {
                let bin = pickler(th, o)?.with(th, |i| i.proto >= 1);
                Ok(Obj::small_int(bin.into()))
            },
            |th, o, v| {
                let yes = v.map_or(Ok(false), |v| th.truthy(v))?;
                pickler(th, o)?.with(th, |i| {
                    if yes != (i.proto >= 1) {
                        i.proto = yes.into();
                    }
                });
                Ok(())
            },
        ),
        GetSetDef::rw(
            "fast",
            |th, o| {
                let fast = pickler(th, o)?.with(th, |i| i.fast);
                Ok(Obj::small_int(fast.into()))
            },
            |th, o, v| {
                let yes = v.map_or(Ok(false), |v| th.truthy(v))?;
                pickler(th, o)?.with(th, |i| i.fast = yes);
                Ok(())
            },
        ),
        GetSetDef::rw(
            "dispatch_table",
            |th, o| match pickler(th, o)?.with(th, |i| i.dispatch_table.clone()) {
                Some(t) => Ok(t),
                None => Err(th.attribute_error("dispatch_table")),
            },
            |th, o, v| {
                let v = v.cloned();
                let old = pickler(th, o)?.with(th, |i| std::mem::replace(&mut i.dispatch_table, v));
                drop(old);
                Ok(())
            },
        ),
        GetSetDef::rw(
            "persistent_id",
            |th, o| match pickler(th, o)?.with(th, |i| i.persistent_id.clone()) {
                Some(f) => Ok(f),
                None => Ok(crate::builtins::start::function_object(
                    th, &NO_ID, None, None,
                )),
            },
            |th, o, v| {
                let v = v.cloned();
                let old = pickler(th, o)?.with(th, |i| std::mem::replace(&mut i.persistent_id, v));
                drop(old);
                Ok(())
            },
        ),
    ],
    doc: "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\nThis takes a binary file for writing a pickle data stream.",
    ..TypeDef::new(TypeId::Pickler, "_pickle.Pickler", Pickler::LAYOUT)
};
