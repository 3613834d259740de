//! Type parameters and type aliases.

use crate::object::Obj;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A type parameter.
pub fn make(th: &Thread, _name: &Obj, _eval: Option<&Obj>, _which: usize) -> Res {
    Err(th.not_implemented_error("type parameters are not supported yet"))
}
/// Its default.
pub fn set_default(th: &Thread, _p: &Obj, _f: &Obj) -> Res<()> {
    Err(th.not_implemented_error("type parameters are not supported yet"))
}
/// `type X = …`
pub fn alias(th: &Thread, _n: &Obj, _p: &Obj, _f: &Obj) -> Res {
    Err(th.not_implemented_error("type aliases are not supported yet"))
}
/// `typing.Generic[params]`
pub fn subscript_generic(th: &Thread, _p: &Obj) -> Res {
    Err(th.not_implemented_error("type parameters are not supported yet"))
}
