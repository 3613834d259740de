//! Warnings issued by native code.

use crate::object::Obj;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A warning of the compiler about a place in a program: `warnings.warn_explicit`.
pub fn warn_at(th: &Thread, category: TypeId, text: &str, filename: &Obj, line: u32) -> Res<()> {
    let Some(m) = th.rt().modules().get_str(th, "warnings") else {
        return Ok(());
    };
    let args = [
        th.str(text)?,
        th.ty(category).obj().clone(),
        filename.clone(),
        Obj::small_int(i64::from(line)),
    ];
    th.call_method(&m, "warn_explicit", &args).map(drop)
}

/// `warnings.warn(text, category)`, if module `warnings` has been imported; the filters that apply before that ignore
/// everything that native code issues.
pub fn warn(th: &Thread, category: TypeId, text: &str) -> Res<()> {
    let Some(m) = th.rt().modules().get_str(th, "warnings") else {
        return Ok(());
    };
    let msg = th.str(text)?;
    th.call_method(&m, "warn", &[msg, th.ty(category).obj().clone()])
        .map(drop)
}
