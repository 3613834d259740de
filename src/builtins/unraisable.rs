//! Exceptions that cannot be raised: in finalisers and callbacks.

use crate::object::Obj;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;

/// Reports `e` through `sys.unraisablehook`, or to standard error where there is none.
pub fn report(th: &Thread, e: Exc, what: &str, o: Option<&Obj>) {
    let text = o
        .and_then(|o| th.repr(o).ok())
        .map(|r| r.to_rust())
        .unwrap_or_default();
    eprintln!("{what} {text}: {}", th.describe(&e));
}
