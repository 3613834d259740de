//! `Unpickler`, `load`, `loads`.

use super::bad;
use super::input::Input;
use super::load::{Known, Machine, find_class};
use super::pickler::overridden;
use super::proxy::UnpicklerMemo;
use crate::modules::prelude::*;
use crate::object::function::{BuiltinFunction, Method, MethodDescriptor};

/// What an unpickler holds.
#[derive(Default)]
pub struct Inner {
    /// The file's methods `read` and `readline`.
    read: Option<Obj>,
    readline: Option<Obj>,
    known: Known,
    /// What was read of the file and not used.
    input: Option<Input>,
    proto: i64,
    fix_imports: bool,
    encoding: String,
    errors: String,
    buffers: Option<Obj>,
    persistent_load: Option<Obj>,
    /// Whether its state has been taken out: it works.
    busy: bool,
}

trace!(
    Inner,
    read, readline, known, input, buffers, persistent_load
);

/// Payload of unpicklers.
pub struct Unpickler {
    inner: Guarded<Inner>,
}
native!(Unpickler, Unpickler, "Unpickler", inner);

impl Py<Unpickler> {
    fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }
}

fn unpickler<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Unpickler>> {
    this::<Unpickler>(th, o)
}

struct Options {
    fix_imports: bool,
    encoding: String,
    errors: String,
    buffers: Option<Obj>,
}

/// The arguments that begin at `i`.
fn options(th: &Thread, a: Args<'_>, i: usize) -> Res<Options> {
    let text = |o: Option<&Obj>, what: &str, default: &str| match o {
        Some(o) => Ok(th.text_of(o, what)?.to_rust()),
        None => Ok(default.to_owned()),
    };
    Ok(Options {
        fix_imports: a.opt(i).map_or(Ok(true), |o| th.truthy(o))?,
        encoding: text(a.opt(i + 1), "argument 'encoding'", "ASCII")?,
        errors: text(a.opt(i + 2), "argument 'errors'", "strict")?,
        buffers: match a.opt_not_none(i + 3) {
            Some(o) => Some(th.iter(o)?),
            None => None,
        },
    })
}

fn machine(th: &Thread, o: Options, input: Input) -> Machine<'_> {
    Machine {
        th,
        input,
        known: Known::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        proto: 0,
        fix_imports: o.fix_imports,
        encoding: o.encoding,
        errors: o.errors,
        buffers: o.buffers,
        persistent_load: None,
        find_class: None,
        owner: None,
    }
}

/// Tells the object which protocol is being read: `find_class` asks it.
pub fn note_protocol(th: &Thread, o: &Obj, proto: i64) -> Res<()> {
    unpickler(th, o)?.with(th, |i| i.proto = proto);
    Ok(())
}

fn methods(th: &Thread, file: &Obj) -> Res<(Obj, Obj)> {
    // What a method that reads ahead might do is not used, but an error of it is one.
    for name in ["peek", "readinto"] {
        th.getattr_opt(file, name)?;
    }
    let missing = || th.type_error("file must have 'read' and 'readline' attributes");
    let (read, readline) = (
        th.getattr_opt(file, "read")?,
        th.getattr_opt(file, "readline")?,
    );
    match (read, readline) {
        (Some(read), Some(readline)) => Ok((read, readline)),
        _ => Err(missing()),
    }
}

/// `loads(data, …)`
pub fn loads(th: &Thread, a: Args<'_>) -> Res {
    let options = options(th, a, 1)?;
    machine(th, options, Input::of(th, a.get(0))?).load()
}

/// `load(file, …)`
pub fn load(th: &Thread, a: Args<'_>) -> Res {
    let options = options(th, a, 1)?;
    let (read, readline) = methods(th, a.get(0))?;
    machine(th, options, Input::file(read, readline)).load()
}

/// `Unpickler.persistent_load`, unless somebody says otherwise.
static NO_LOAD: MethodDef = MethodDef::new("persistent_load", "(pid, /)", |th, _| {
    Err(bad(
        th,
        "A load persistent id instruction was encountered, but no persistent_load function was specified.",
    ))
});

fn in_use(th: &Thread) -> Exc {
    th.runtime_error("Unpickler object is already used")
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let sig = "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())";
    th.bind("Unpickler", sig, args, |a| {
        let options = options(th, a, 1)?;
        let (read, readline) = methods(th, a.get(0))?;
        let u = unpickler(th, o)?;
        if u.with(th, |i| i.busy) {
            return Err(in_use(th));
        }
        let new = Inner {
            read: Some(read),
            readline: Some(readline),
            fix_imports: options.fix_imports,
            encoding: options.encoding,
            errors: options.errors,
            buffers: options.buffers,
            ..Inner::default()
        };
        drop(u.inner.replace(th, u.head(), new));
        Ok(())
    })
}

/// Whether a bound method is our `find_class`.
fn is_ours(o: &Obj) -> bool {
    let name = |def: &'static MethodDef| std::ptr::fn_addr_eq(def.f, FIND.f);
    if let Some(f) = o.exact::<BuiltinFunction>() {
        return name(f.def);
    }
    o.exact::<Method>()
        .and_then(|m| m.func.exact::<MethodDescriptor>())
        .is_some_and(|d| name(d.def))
}

static FIND: MethodDef = MethodDef::new("find_class", "($self, module_name, global_name, /)", find);

fn find(th: &Thread, a: Args<'_>) -> Res {
    let (proto, fix) = unpickler(th, a.get(0))?.with(th, |i| (i.proto, i.fix_imports));
    find_class(th, proto, fix, a.get(1), a.get(2))
}

fn run(th: &Thread, a: Args<'_>) -> Res {
    let me = a.get(0);
    let u = unpickler(th, me)?;
    let (Some(read), Some(readline)) = u.with(th, |i| (i.read.clone(), i.readline.clone())) else {
        let text = format!(
            "Unpickler.__init__() was not called by {}.__init__()",
            th.type_name(me)
        );
        return Err(bad(th, &text));
    };
    let persistent_load = th
        .getattr_opt(me, "persistent_load")?
        .and_then(|f| overridden(f, &NO_LOAD));
    let find_class = Some(th.getattr(me, "find_class")?).filter(|f| !is_ours(f));
    let taken = u.with(th, |i| {
        if std::mem::replace(&mut i.busy, true) {
            return None;
        }
        Some((
            std::mem::take(&mut i.known),
            i.input.take(),
            i.fix_imports,
            i.encoding.clone(),
            i.errors.clone(),
            i.buffers.clone(),
        ))
    });
    let Some((known, input, fix_imports, encoding, errors, buffers)) = taken else {
        return Err(in_use(th));
    };
    let mut m = Machine {
        th,
        input: input.unwrap_or_else(|| Input::file(read, readline)),
        known,
        stack: Vec::new(),
        marks: Vec::new(),
        proto: 0,
        fix_imports,
        encoding,
        errors,
        buffers,
        persistent_load,
        find_class,
        owner: Some(me),
    };
    let r = m.load();
    let Machine {
        known,
        input,
        stack,
        proto,
        ..
    } = m;
    let old = u.with(th, |i| {
        i.busy = false;
        i.proto = proto;
        i.input = Some(input);
        std::mem::replace(&mut i.known, known)
    });
    drop((old, stack));
    r
}

/// Empties the memo.
pub fn clear_memo(th: &Thread, o: &Obj) -> Res<()> {
    let old = unpickler(th, o)?.with(th, |i| std::mem::take(&mut i.known));
    drop(old);
    Ok(())
}

/// A copy of the memo as a dict.
pub fn memo_dict(th: &Thread, o: &Obj) -> Res {
    let items = unpickler(th, o)?.with(th, |i| i.known.items());
    let d = th.new_dict()?;
    for (n, o) in items {
        d.set_item(th, &th.uint(n as u64), o)?;
    }
    Ok(d.into_obj())
}

fn set_memo(th: &Thread, o: &Obj, value: Option<&Obj>) -> Res<()> {
    let copied = match value.and_then(|v| v.cast::<UnpicklerMemo>()) {
        Some(m) => Some(memo_dict(th, &m.of(th)?)?),
        None => None,
    };
    let Some(d) = copied.as_ref().or(value).and_then(|v| v.cast::<Dict>()) else {
        return Err(th.type_error("'memo' attribute must be an UnpicklerMemoProxy object or dict"));
    };
    let mut new = Known::default();
    for (k, v) in d.items() {
        if !th.is_int(&k) {
            return Err(th.type_error("memo key must be integers"));
        }
        let n = usize::try_from(th.index_i64(&k)?)
            .map_err(|_| th.value_error("memo key must be positive integers."))?;
        new.put(n, v);
    }
    let old = unpickler(th, o)?.with(th, |i| std::mem::replace(&mut i.known, new));
    drop(old);
    Ok(())
}

/// The type.
pub static UNPICKLER: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| {
            let inner = Guarded::new(Inner::default());
            Ok(th.alloc_as(cls, Unpickler { inner })?.into_obj())
        }),
        init: Some(init),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("load", "($self, /)", run).doc("Load a pickle."),
        MethodDef::new("find_class", "($self, module_name, global_name, /)", find)
            .doc("Return an object from a specified module."),
    ],
    getset: &[
        GetSetDef::rw("memo", |th, o| Ok(UnpicklerMemo::make(th, o)), set_memo),
        GetSetDef::rw(
            "persistent_load",
            |th, o| match unpickler(th, o)?.with(th, |i| i.persistent_load.clone()) {
                Some(f) => Ok(f),
                None => Ok(crate::builtins::start::function_object(
                    th, &NO_LOAD, None, None,
                )),
            },
            |th, o, v| {
                let v = v.cloned();
                let old =
                    unpickler(th, o)?.with(th, |i| std::mem::replace(&mut i.persistent_load, v));
                drop(old);
                Ok(())
            },
        ),
    ],
    doc: "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())\n--\n\nThis takes a binary file for reading a pickle data stream.",
    ..TypeDef::new(TypeId::Unpickler, "_pickle.Unpickler", Unpickler::LAYOUT)
};
