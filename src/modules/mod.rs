//! Native library modules, one file each, registered in `table`.

use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

mod bisect;
mod collections;
mod functools;
mod heapq;
pub mod import;
mod itertools;
mod json;
mod math;
mod operator;
pub mod prelude;
mod random;
mod sre;
mod structs;
pub mod table;

/// Makes the namespaces that exist before any import.
pub fn start(th: &Thread) -> Res<()> {
    let rt = th.rt();
    let _ = rt.modules.set(th.new_dict()?);
    let _ = rt.builtins.set(th.new_dict()?);
    let _ = rt.sys.set(th.new_dict()?);
    import::start(th)
}
