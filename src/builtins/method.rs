//! Bound methods.

use super::common::this;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::function::Method;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;

/// Calls the function with `self` in front.
pub fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    let m = this::<Method>(o);
    let mut all = SmallVec::<[Obj; 8]>::with_capacity(args.all.len() + 1);
    all.push(m.me.clone());
    all.extend(args.all.iter().cloned());
    th.call_args(
        &m.func,
        CallArgs {
            all: &all,
            kwnames: args.kwnames,
        },
    )
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let m = this::<Method>(o);
    let name = match th.getattr_opt(&m.func, "__qualname__")? {
        Some(n) => Some(n),
        None => th.getattr_opt(&m.func, "__name__")?,
    };
    let name = name.map_or("?".to_owned(), |n| th.str_text(&n));
    let me = th.repr(&m.me)?;
    th.str(&format!("<bound method {name} of {}>", me.to_rust()))
}

/// Attributes of the method type go first, then those of the function.
fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    let t = th.type_of(o);
    if let Some(d) = t.lookup(th, name) {
        return match th.type_of(&d).slots().get {
            Some(get) => get(th, &d, Some(o), Some(t.obj())),
            None => Ok(d),
        };
    }
    th.getattr_obj(&this::<Method>(o).func, name)
}

/// `method`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("method", "(function, instance, /)", args, |a| {
                let (func, me) = (a.get(0).clone(), a.get(1).clone());
                if th.type_of(&func).slots().call.is_none() {
                    return Err(th.type_error("first argument must be callable"));
                }
                if me.is_none() {
                    return Err(th.type_error("instance must not be None"));
                }
                th.alloc_as::<Method>(cls, Method { func, me })
                    .map(Py::into_obj)
            })
        }),
        call: Some(call),
        getattr: Some(getattr),
        repr: Some(repr),
        hash: Some(|th, o| {
            let m = this::<Method>(o);
            let me = crate::runtime::compare::hash_address(&m.me);
            Ok(me ^ th.hash(&m.func)?)
        }),
        compare: Some(|th, a, b, op| {
            let (Some(x), Some(y)) = (a.cast::<Method>(), b.cast::<Method>()) else {
                return Ok(Obj::NOT_IMPLEMENTED);
            };
            if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
                return Ok(Obj::NOT_IMPLEMENTED);
            }
            let same = x.me.is(&y.me) && th.eq(&x.func, &y.func)?;
            Ok(Obj::bool(same == (op == CmpOp::Eq)))
        }),
        // A bound method stays bound.
        get: Some(|_, o, _, _| Ok(o.clone())),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__func__", |_, o| Ok(this::<Method>(o).func.clone())),
        GetSetDef::ro("__self__", |_, o| Ok(this::<Method>(o).me.clone())),
        GetSetDef::ro("__doc__", |th, o| {
            Ok(th
                .getattr_opt(&this::<Method>(o).func, "__doc__")?
                .unwrap_or(Obj::NONE))
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let m = this::<Method>(a.get(0));
        let name = th.getattr(&m.func, "__name__")?;
        let getattr = super::common::builtin(th, "getattr")?;
        let pair = th.tuple(vec![m.me.clone(), name])?;
        th.tuple(vec![getattr, pair])
    })],
    flags: type_flags::WEAKREFABLE,
    doc: "Create a bound instance method object.",
    ..TypeDef::new(TypeId::Method, "method", Method::LAYOUT)
};
