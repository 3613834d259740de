//! `_pickle`: objects to bytes and back.
//!
//! Writing: `pickler` is the object, `save` writes what is built in, `reduce` what its class knows how to take apart, `output`
//! holds the bytes and their frames, `memo` knows what has been written. Reading: `unpickler` is the object, `load` runs the
//! instructions, `input` gives the bytes. `proxy` shows memos, `buffer` is `PickleBuffer`, `op` the instructions' table.
//!
//! A pickler or unpickler that works has taken its state out of the object, so that Python code may run meanwhile; another
//! use of it finds it busy.

mod buffer;
mod input;
mod load;
mod memo;
mod op;
mod output;
mod pickler;
mod proxy;
mod reduce;
mod save;
mod unpickler;

use crate::modules::prelude::*;

pub use buffer::viewed;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &buffer::BUFFER,
    &pickler::PICKLER,
    &unpickler::UNPICKLER,
    &proxy::PICKLER_MEMO,
    &proxy::UNPICKLER_MEMO,
];

/// The protocol that is written where none is asked for.
const DEFAULT: i64 = 5;
/// The last one.
const HIGHEST: i64 = 5;
/// Most items of a batch.
const BATCH: usize = 1000;

macro_rules! state {
    ($($name:ident),* $(,)?) => {
        /// What a runtime keeps. Every slot is filled at the first import and stays as it is.
        #[derive(Default)]
        struct State {
            $($name: Once,)*
        }
    };
}

state! {
    error, pickling_error, unpickling_error,
    dispatch_table, extension_registry, inverted_registry, extension_cache,
    name_mapping, import_mapping, reverse_names, reverse_imports,
    encode, escape_decode, getattr, partial,
}

/// A slot that starts empty.
#[derive(Default)]
struct Once(Slot);

impl Once {
    fn get(&self, th: &Thread) -> Res {
        self.0
            .get()
            .ok_or_else(|| th.runtime_error("module _pickle is not initialised"))
    }
    fn fill(&self, value: Obj) {
        // Two threads may import at once: what the first one made stays.
        drop(self.0.set_if_empty(value));
    }
    /// The dict in it.
    fn dict(&self, th: &Thread) -> Res<Py<Dict>> {
        self.get(th)?
            .into_py::<Dict>()
            .map_err(|_| th.type_error("a table of pickle is no dict"))
    }
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "dump",
            "(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)",
            pickler::dump,
        )
        .doc("Write a pickled representation of obj to the open file object file."),
        MethodDef::new(
            "dumps",
            "(obj, protocol=None, *, fix_imports=True, buffer_callback=None)",
            pickler::dumps,
        )
        .doc("Return the pickled representation of the object as a bytes object."),
        MethodDef::new(
            "load",
            "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
            unpickler::load,
        )
        .doc("Read and return an object from the pickle data stored in a file."),
        MethodDef::new(
            "loads",
            "(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
            unpickler::loads,
        )
        .doc("Read and return an object from the given pickle data."),
    ],
    types: &[
        ("PickleBuffer", TypeId::PickleBuffer),
        ("Pickler", TypeId::Pickler),
        ("Unpickler", TypeId::Unpickler),
    ],
    init: Some(init),
    doc: "Optimized C implementation for the Python pickle module.",
    ..ModuleDef::new("_pickle")
};

fn class(th: &Thread, name: &str, base: Obj, doc: &str) -> Res {
    let dict = th.new_dict()?;
    dict.set_str(th, "__module__", th.str("_pickle")?)?;
    dict.set_str(th, "__doc__", th.str(doc)?)?;
    let bases = tuple_of(th, [base])?;
    let ty = th.ty(TypeId::Type).obj().clone();
    th.call(&ty, &[th.str(name)?, bases, dict.into_obj()])
}

fn init(th: &Thread, m: &Py<Module>) -> Res<()> {
    let st = state(th);
    if st.partial.0.get().is_none() {
        let exception = th.ty(TypeId::Exception).obj().clone();
        st.error.fill(class(
            th,
            "PickleError",
            exception,
            "A common base class for the other pickling exceptions.",
        )?);
        let base = st.error.get(th)?;
        st.pickling_error.fill(class(
            th,
            "PicklingError",
            base.clone(),
            "This exception is raised when an unpicklable object is passed to the\ndump() method.",
        )?);
        st.unpickling_error.fill(class(
            th,
            "UnpicklingError",
            base,
            "This exception is raised when there is a problem unpickling an object,\nsuch as a security violation.",
        )?);
        let from = |module: &str, name: &str| th.getattr(&th.import(module)?, name);
        st.dispatch_table.fill(from("copyreg", "dispatch_table")?);
        st.extension_registry
            .fill(from("copyreg", "_extension_registry")?);
        st.inverted_registry
            .fill(from("copyreg", "_inverted_registry")?);
        st.extension_cache
            .fill(from("copyreg", "_extension_cache")?);
        st.name_mapping
            .fill(from("_compat_pickle", "NAME_MAPPING")?);
        st.import_mapping
            .fill(from("_compat_pickle", "IMPORT_MAPPING")?);
        st.reverse_names
            .fill(from("_compat_pickle", "REVERSE_NAME_MAPPING")?);
        st.reverse_imports
            .fill(from("_compat_pickle", "REVERSE_IMPORT_MAPPING")?);
        st.encode.fill(from("codecs", "encode")?);
        st.escape_decode.fill(from("codecs", "escape_decode")?);
        st.getattr.fill(from("builtins", "getattr")?);
        st.partial.fill(from("functools", "partial")?);
    }
    put(th, m, "PickleError", st.error.get(th)?)?;
    put(th, m, "PicklingError", st.pickling_error.get(th)?)?;
    put(th, m, "UnpicklingError", st.unpickling_error.get(th)?)
}

/// A PicklingError.
#[cold]
fn cannot(th: &Thread, text: &str) -> Exc {
    raised(th, &state(th).pickling_error, text)
}

/// An UnpicklingError.
#[cold]
fn bad(th: &Thread, text: &str) -> Exc {
    raised(th, &state(th).unpickling_error, text)
}

fn raised(th: &Thread, class: &Once, text: &str) -> Exc {
    match (class.get(th), th.str(text)) {
        (Ok(c), Ok(t)) => raise_class(th, &c, &[t]),
        (Err(e), _) | (_, Err(e)) => e,
    }
}

/// The name of an object's class as messages have it: with its module, but for builtins and `__main__`.
fn class_name(th: &Thread, o: &Obj) -> String {
    let name = th
        .full_type_name(th.type_of(o))
        .unwrap_or_else(|_| th.type_name(o));
    match name.strip_prefix("__main__.") {
        Some(rest) => rest.to_owned(),
        None => name,
    }
}

/// The error with a note of what was being done.
#[cold]
fn noted(th: &Thread, e: Exc, note: &str) -> Exc {
    if let Ok(text) = th.str(note) {
        // Without room for the note the error alone has to do.
        let _ = crate::builtins::exceptions::base::add_note_obj(th, e.obj(), &text);
    }
    e
}

fn repr(th: &Thread, o: &Obj) -> Res<String> {
    Ok(th.repr(o)?.to_rust())
}

/// What two names, or one, are called in the other major version of Python.
fn translated(
    th: &Thread,
    names: &Once,
    modules: &Once,
    module: &Obj,
    name: &Obj,
) -> Res<(Obj, Obj)> {
    let pair = th.pair(module.clone(), name.clone())?;
    if let Some(found) = names.dict(th)?.get_item(th, &pair)? {
        return match found.cast::<Tuple>().map(|t| t.items()) {
            Some([m, n]) => Ok((m.clone(), n.clone())),
            _ => Err(th.runtime_error("_compat_pickle's names should be pairs")),
        };
    }
    match modules.dict(th)?.get_item(th, module)? {
        Some(m) => Ok((m, name.clone())),
        None => Ok((module.clone(), name.clone())),
    }
}

/// An attribute, or one of what it is, and so on: a dotted path.
fn attribute(th: &Thread, o: &Obj, path: &str) -> Res {
    let mut at = o.clone();
    for part in path.split('.') {
        at = th.getattr(&at, part)?;
    }
    Ok(at)
}

/// A module by its name, imported if need be.
fn module(th: &Thread, name: &Obj) -> Res {
    let Some(s) = name.cast::<Str>() else {
        return Err(th.type_error("a module's name must be a str"));
    };
    if s.is_empty() {
        return Err(th.value_error("Empty module name"));
    }
    // In full: a module that another thread is still importing is waited for.
    match s.as_ascii() {
        Some(name) => super::import::import_module(th, name),
        None => super::import::import_module(th, &s.to_rust()),
    }
}
