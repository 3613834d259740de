//! `FrameLocalsProxy` (PEP 667): the variables of a function's frame as a mapping. What is written there, the frame sees;
//! names that are no variables are kept beside.

use super::common::this;
use crate::interp::frameobj;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::frame::FrameObj;
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Payload: the frame.
pub struct FrameLocals {
    frame: Obj,
}

static LAYOUT: Layout = Layout::of::<FrameLocals>("FrameLocalsProxy");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for FrameLocals {
    const TYPE: TypeId = TypeId::FrameLocals;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.frame.value());
    }
}

/// The proxy of a frame.
pub fn of(th: &Thread, f: &Py<FrameObj>) -> Obj {
    th.alloc(FrameLocals {
        frame: f.obj().clone(),
    })
    .into_obj()
}

fn frame(o: &Obj) -> &Py<FrameObj> {
    this::<FrameObj>(&this::<FrameLocals>(o).frame)
}

/// What was written under other names.
fn extra(o: &Obj) -> Option<Py<Dict>> {
    frame(o).extra.get().and_then(|d| d.into_py::<Dict>().ok())
}

/// All names that have values, with them.
fn pairs(th: &Thread, o: &Obj) -> Vec<(Obj, Obj)> {
    let mut all: Vec<(Obj, Obj)> = frameobj::variables_of(th, frame(o))
        .into_iter()
        .filter_map(|(k, v)| Some((k, v?)))
        .collect();
    if let Some(d) = extra(o) {
        all.extend(d.items());
    }
    all
}

fn as_dict(th: &Thread, o: &Obj) -> Res<Py<Dict>> {
    let d = th.new_dict()?;
    for (k, v) in pairs(th, o) {
        d.set_item(th, &k, v)?;
    }
    Ok(d)
}

/// The name as a variable may have it: a string, or an instance of a class derived from `str`.
fn variable<'a>(th: &Thread, o: &Obj, key: &'a Obj) -> Res<Option<&'a Py<Str>>> {
    // What cannot be a key at all says so.
    th.hash(key)?;
    Ok(key
        .cast::<Str>()
        .filter(|k| frameobj::has_variable(th, frame(o), k)))
}

fn find(th: &Thread, o: &Obj, key: &Obj) -> Res<Option<Obj>> {
    if let Some(name) = variable(th, o, key)? {
        let found = frameobj::variables_of(th, frame(o))
            .into_iter()
            .find(|(k, _)| k.cast::<Str>().is_some_and(|k| k.same(name)));
        if let Some((_, Some(v))) = found {
            return Ok(Some(v));
        }
        return Ok(None);
    }
    match extra(o) {
        Some(d) => d.get_item(th, key),
        None => Ok(None),
    }
}

fn get(th: &Thread, o: &Obj, key: &Obj) -> Res {
    match find(th, o, key)? {
        Some(v) => Ok(v),
        None => {
            let name = th.repr(key)?.to_rust();
            let text = th.str(&format!("local variable '{name}' is not defined"))?;
            Err(th.key_error(&text))
        }
    }
}

fn set(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let name = variable(th, o, key)?;
    let Some(value) = value else {
        if name.is_some() {
            return Err(th.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        return match extra(o) {
            Some(d) => th.delitem(d.obj(), key),
            None => Err(th.key_error(key)),
        };
    };
    if let Some(name) = name
        && frameobj::set_variable(th, frame(o), name, value.clone())?
    {
        return Ok(());
    }
    let d = match extra(o) {
        Some(d) => d,
        None => {
            let d = th.new_dict()?;
            frame(o).extra.set(th, Some(d.clone().into_obj()));
            d
        }
    };
    d.set_item(th, key, value.clone())
}

fn update_from(th: &Thread, o: &Obj, other: &Obj) -> Res<()> {
    let d = th.new_dict()?;
    th.call_method(d.obj(), "update", std::slice::from_ref(other))?;
    for (k, v) in d.items() {
        set(th, o, &k, Some(&v))?;
    }
    Ok(())
}

fn is_mapping(o: &Obj) -> bool {
    o.cast::<Dict>().is_some() || o.cast::<FrameLocals>().is_some()
}

/// A dict of either side of an operator.
fn side(th: &Thread, o: &Obj) -> Res<Obj> {
    match o.cast::<FrameLocals>() {
        Some(_) => as_dict(th, o).map(Py::into_obj),
        None => Ok(o.clone()),
    }
}

fn pop(th: &Thread, a: Args<'_>) -> Res {
    let (o, key) = (a.get(0), a.get(1));
    if variable(th, o, key)?.is_some() {
        return Err(th.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    let found = match extra(o) {
        Some(d) => d.get_item(th, key)?.map(|v| (d, v)),
        None => None,
    };
    match (found, a.opt(2)) {
        (Some((d, v)), _) => {
            th.delitem(d.obj(), key)?;
            Ok(v)
        }
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(th.key_error(key)),
    }
}

/// `FrameLocalsProxy`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| {
            let what = "FrameLocalsProxy expected 1 argument, got";
            if args.keywords().next().is_some() {
                return Err(th.type_error("FrameLocalsProxy takes no keyword arguments"));
            }
            match args.positional() {
                [f] => match f.cast::<FrameObj>() {
                    Some(f) => Ok(of(th, f)),
                    None => Err(th.type_error(format!("expect frame, not {}", th.type_name(f)))),
                },
                other => Err(th.type_error(format!("{what} {}", other.len()))),
            }
        }),
        repr: Some(|th, o| th.repr(as_dict(th, o)?.obj()).map(Py::into_obj)),
        compare: Some(|th, a, b, op| {
            if !matches!(op, CmpOp::Eq | CmpOp::Ne) || !is_mapping(b) {
                return Ok(Obj::NOT_IMPLEMENTED);
            }
            if let (Some(x), Some(y)) = (a.cast::<FrameLocals>(), b.cast::<FrameLocals>()) {
                return Ok(Obj::bool(x.frame.is(&y.frame) == (op == CmpOp::Eq)));
            }
            let equal = th.eq(&side(th, a)?, &side(th, b)?)?;
            Ok(Obj::bool(equal == (op == CmpOp::Eq)))
        }),
        len: Some(|th, o| Ok(pairs(th, o).len())),
        getitem: Some(get),
        setitem: Some(set),
        contains: Some(|th, o, k| Ok(find(th, o, k)?.is_some())),
        iter: Some(|th, o| {
            let keys = pairs(th, o).into_iter().map(|(k, _)| k).collect();
            th.iter(&th.list(keys)?)
        }),
        ..Slots::NONE
    }
    .bin(BinOp::Or, |th, a, b| {
        if !is_mapping(a) || !is_mapping(b) {
            return Ok(Obj::NOT_IMPLEMENTED);
        }
        let d = th.new_dict()?;
        for o in [a, b] {
            th.call_method(d.obj(), "update", &[side(th, o)?])?;
        }
        Ok(d.into_obj())
    })
    .ibin(BinOp::Or, |th, a, b| {
        if !is_mapping(b) {
            return Ok(Obj::NOT_IMPLEMENTED);
        }
        update_from(th, a, &side(th, b)?)?;
        Ok(a.clone())
    }),
    methods: &[
        MethodDef::new("keys", "($self, /)", |th, a| {
            th.list(pairs(th, a.get(0)).into_iter().map(|(k, _)| k).collect())
        }),
        MethodDef::new("values", "($self, /)", |th, a| {
            th.list(pairs(th, a.get(0)).into_iter().map(|(_, v)| v).collect())
        }),
        MethodDef::new("items", "($self, /)", |th, a| {
            let mut all = Vec::new();
            for (k, v) in pairs(th, a.get(0)) {
                all.push(th.tuple(vec![k, v])?);
            }
            th.list(all)
        }),
        MethodDef::new("get", "($self, key, default=None, /)", |th, a| {
            let found = find(th, a.get(0), a.get(1))?;
            Ok(found.or_else(|| a.opt(2).cloned()).unwrap_or(Obj::NONE))
        }),
        MethodDef::new("setdefault", "($self, key, default=None, /)", |th, a| {
            if let Some(v) = find(th, a.get(0), a.get(1))? {
                return Ok(v);
            }
            let v = a.opt(2).cloned().unwrap_or(Obj::NONE);
            set(th, a.get(0), a.get(1), Some(&v))?;
            Ok(v)
        }),
        MethodDef::new("pop", "($self, key, default=<unrepresentable>, /)", pop),
        MethodDef::new("copy", "($self, /)", |th, a| {
            as_dict(th, a.get(0)).map(Py::into_obj)
        }),
        MethodDef::new("update", "($self, other, /)", |th, a| {
            update_from(th, a.get(0), &side(th, a.get(1))?)?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("__reversed__", "($self, /)", |th, a| {
            let keys = pairs(th, a.get(0)).into_iter().rev().map(|(k, _)| k);
            th.list(keys.collect())
        }),
    ],
    flags: type_flags::MAPPING,
    ..TypeDef::new(TypeId::FrameLocals, "FrameLocalsProxy", FrameLocals::LAYOUT)
};
