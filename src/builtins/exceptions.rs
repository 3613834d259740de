//! Built-in exceptions.

use crate::object::Obj;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `e.add_note(text)`
pub fn add_note(th: &Thread, e: &Obj, text: &str) -> Res<()> {
    let n = th.rt().names();
    let note = th.str(text)?;
    match th.getattr_opt_obj(e, &n.__notes__)? {
        Some(l) => th.call_method(&l, "append", &[note]).map(drop),
        None => {
            let l = th.list(vec![note])?;
            th.setattr_obj(e, &n.__notes__, &l)
        }
    }
}

/// Whether a type is a built-in exception class.
pub fn is_exception(id: TypeId) -> bool {
    id >= TypeId::BaseException && id <= TypeId::EncodingWarning
}

/// The exception to raise after `except*` clauses.
pub fn prep_reraise_star(th: &Thread, _orig: &Obj, _list: &Obj) -> Res {
    Err(th.not_implemented_error("except* is not supported yet"))
}
