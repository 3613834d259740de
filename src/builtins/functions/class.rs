//! `__build_class__`: what a `class` statement calls.

use crate::builtins::common::*;
use crate::object::dict::Dict;
use crate::object::function::{Cell, Function};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::CallArgs;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `__build_class__(func, name, /, *bases, metaclass=None, **kwds)`
pub fn build_class(th: &Thread, a: Args<'_>) -> Res {
    let args = this::<Tuple>(a.get(0)).items();
    let [func, name, orig_bases @ ..] = args else {
        return Err(th.type_error("__build_class__: not enough arguments"));
    };
    let Some(f) = func.cast::<Function>() else {
        return Err(th.type_error("__build_class__: func must be a function"));
    };
    if name.cast::<Str>().is_none() {
        return Err(th.type_error("__build_class__: name is not a string"));
    }
    let kw = this::<Dict>(a.get(1));
    let orig_bases = th.tuple(orig_bases.to_vec())?;
    let bases = resolve_bases(th, &orig_bases)?;
    let meta = match kw.get_str(th, "metaclass") {
        Some(m) => {
            kw.del_item(th, &th.intern("metaclass"))?;
            m
        }
        None => match this::<Tuple>(&bases).items().first() {
            Some(b) => th.type_of(b).obj().clone(),
            None => th.ty(TypeId::Type).obj().clone(),
        },
    };
    let meta = match meta.cast::<Type>() {
        Some(m) => calculate_metaclass(th, m, &bases)?,
        None => meta,
    };
    let (values, names) = keywords(kw);
    let ns = match th.getattr_opt(&meta, "__prepare__")? {
        None => th.new_dict()?.into_obj(),
        Some(prepare) => {
            let mut all = vec![name.clone(), bases.clone()];
            all.extend_from_slice(&values);
            let ns = th.call_args(
                &prepare,
                CallArgs {
                    all: &all,
                    kwnames: &names,
                },
            )?;
            if th.type_of(&ns).slots().getitem.is_none() {
                let who = meta
                    .cast::<Type>()
                    .map_or("<metaclass>".to_owned(), |t| t.name_text());
                return Err(th.type_error(format!(
                    "{who}.__prepare__() must return a mapping, not {}",
                    th.type_name(&ns)
                )));
            }
            ns
        }
    };
    let cell =
        crate::interp::api::run_code(th, f.code().obj(), f.globals.obj(), &ns, f.closure.as_ref())?;
    if !bases.is(&orig_bases) {
        th.setitem(&ns, &th.intern("__orig_bases__"), &orig_bases)?;
    }
    let mut all = vec![name.clone(), bases.clone(), ns];
    all.extend_from_slice(&values);
    let cls = th.call_args(
        &meta,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )?;
    if let (Some(c), true) = (cell.cast::<Cell>(), cls.cast::<Type>().is_some()) {
        check_cell(th, c.v.get(), &cls, name)?;
    }
    Ok(cls)
}

fn keywords(kw: &Py<Dict>) -> (Vec<Obj>, Vec<Obj>) {
    kw.items().into_iter().map(|(k, v)| (v, k)).unzip()
}

/// The body's `__class__` must be the class that was made.
fn check_cell(th: &Thread, content: Option<Obj>, cls: &Obj, name: &Obj) -> Res<()> {
    let show = |o: &Obj| -> Res<String> { Ok(th.repr(o)?.to_rust()) };
    match content {
        Some(c) if c.is(cls) => Ok(()),
        None => Err(th.runtime_error(format!(
            "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
            show(name)?,
            show(cls)?
        ))),
        Some(c) => Err(th.type_error(format!(
            "__class__ set to {} defining {} as {}",
            show(&c)?,
            show(name)?,
            show(cls)?
        ))),
    }
}

/// Puts what `__mro_entries__` says in the place of bases that are no types; the same tuple where there are none.
pub fn resolve_bases(th: &Thread, bases: &Obj) -> Res {
    let items = this::<Tuple>(bases).items();
    let mut new: Option<Vec<Obj>> = None;
    for (i, b) in items.iter().enumerate() {
        let entries = if b.cast::<Type>().is_some() {
            None
        } else {
            th.getattr_opt(b, "__mro_entries__")?
        };
        match entries {
            None => {
                if let Some(v) = &mut new {
                    v.push(b.clone());
                }
            }
            Some(f) => {
                let r = th.call(&f, std::slice::from_ref(bases))?;
                let Some(t) = r.cast::<Tuple>() else {
                    return Err(th.type_error("__mro_entries__ must return a tuple"));
                };
                new.get_or_insert_with(|| items[..i].to_vec())
                    .extend_from_slice(t.items());
            }
        }
    }
    match new {
        Some(v) => th.tuple(v),
        None => Ok(bases.clone()),
    }
}

/// The most derived of a metaclass and those of the bases.
pub fn calculate_metaclass(th: &Thread, meta: &Py<Type>, bases: &Obj) -> Res {
    let mut winner = meta.clone();
    for b in this::<Tuple>(bases).items() {
        let t = th.type_of(b);
        if winner.is_subtype_of(t) {
            continue;
        }
        if t.is_subtype_of(&winner) {
            winner = t.clone();
            continue;
        }
        return Err(th.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner.into_obj())
}
