//! Attributes, classes, identity.

use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `getattr(object, name[, default])`
pub fn getattr(th: &Thread, a: Args<'_>) -> Res {
    match a.opt(2) {
        None => th.getattr_obj(a.get(0), a.get(1)),
        Some(default) => Ok(th
            .getattr_opt_obj(a.get(0), a.get(1))?
            .unwrap_or_else(|| default.clone())),
    }
}

/// `hasattr(object, name)`
pub fn hasattr(th: &Thread, a: Args<'_>) -> Res {
    Ok(Obj::bool(th.getattr_opt_obj(a.get(0), a.get(1))?.is_some()))
}

/// `setattr(object, name, value)`
pub fn setattr(th: &Thread, a: Args<'_>) -> Res {
    th.setattr_obj(a.get(0), a.get(1), a.get(2))?;
    Ok(Obj::NONE)
}

/// `delattr(object, name)`
pub fn delattr(th: &Thread, a: Args<'_>) -> Res {
    th.delattr_obj(a.get(0), a.get(1))?;
    Ok(Obj::NONE)
}

/// `callable(object)`
pub fn callable(th: &Thread, a: Args<'_>) -> Res {
    Ok(Obj::bool(th.type_of(a.get(0)).slots().call.is_some()))
}

/// `hash(object)`
pub fn hash(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.int(th.hash(a.get(0))?))
}

/// `id(object)`: the address; the word itself for what has none.
pub fn id(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.uint(a.get(0).value().0))
}

/// `isinstance(object, class_or_tuple)`
pub fn isinstance(th: &Thread, a: Args<'_>) -> Res {
    th.isinstance(a.get(0), a.get(1)).map(Obj::bool)
}

/// `issubclass(class, class_or_tuple)`
pub fn issubclass(th: &Thread, a: Args<'_>) -> Res {
    th.issubclass(a.get(0), a.get(1)).map(Obj::bool)
}

/// `dir([object])`
pub fn dir(th: &Thread, a: Args<'_>) -> Res {
    let names = match a.opt(0) {
        None => {
            let locals = crate::interp::api::current_locals(th)?;
            th.call_method(&locals, "keys", &[])?
        }
        Some(o) => match th.special(o, "__dir__")? {
            Some(f) => th.call(&f, &[])?,
            None => return Err(th.type_error("object does not provide __dir__")),
        },
    };
    let mut items = th.collect(&names)?;
    crate::builtins::sort::sort_vec(th, &mut items, None, false)?;
    th.list(items)
}

/// `vars([object])`
pub fn vars(th: &Thread, a: Args<'_>) -> Res {
    match a.opt(0) {
        None => crate::interp::api::current_locals(th),
        Some(o) => th
            .getattr_opt(o, "__dict__")?
            .ok_or_else(|| th.type_error("vars() argument must have __dict__ attribute")),
    }
}
