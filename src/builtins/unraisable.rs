//! Exceptions that cannot be raised: in finalisers and callbacks.

use crate::object::Obj;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;

/// Reports `e` through `sys.unraisablehook`. What it is about, `o`, becomes part of the message.
pub fn report(th: &Thread, e: Exc, what: &str, o: Option<&Obj>) {
    let hook = th.sys_get("unraisablehook").filter(|h| !h.is_none());
    let done = (|| -> Res<()> {
        let Some(hook) = hook else {
            return Ok(());
        };
        let ty = th.type_of(e.obj()).obj().clone();
        let tb = th
            .getattr_opt(e.obj(), "__traceback__")?
            .unwrap_or(Obj::NONE);
        // As CPython, without a message where the object cannot be shown.
        let message = match o {
            None => th.str(what)?,
            Some(o) => match th.repr(o) {
                Ok(r) => th.str(&format!("{what} {}", r.to_rust()))?,
                Err(_) => Obj::NONE,
            },
        };
        let args = crate::modules::seq::make(
            th,
            TypeId::UnraisableHookArgs,
            vec![ty, e.obj().clone(), tb, message, Obj::NONE],
            vec![],
        )?;
        th.call(&hook, &[args]).map(drop)
    })();
    if let Err(second) = done {
        eprintln!("{what}: {}", th.describe(&e));
        eprintln!("sys.unraisablehook failed: {}", th.describe(&second));
    }
}
