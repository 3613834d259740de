//! Native library modules, one file each, registered in `table`.

use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

mod abc;
pub(crate) mod array;
pub mod ast;
pub mod asyncio;
pub mod atexit;
mod base64;
mod binascii;
mod bisect;
mod bz2;
pub mod codecs;
pub mod collections;
pub mod contextvars;
mod csv;
mod datetime;
mod decimal;
mod dis;
mod elementtree;
mod errno;
mod faulthandler;
mod fcntl;
mod functools;
pub mod gc;
mod hashes;
mod heapq;
mod imp;
pub mod import;
pub mod io;
mod itertools;
mod json;
mod locale;
mod marshal;
mod math;
mod multibyte;
mod multiprocessing;
mod opcode;
mod operator;
mod packed;
pub mod pickle;
pub mod posix;
mod posixsubprocess;
pub mod prelude;
mod pwd;
mod pyexpat;
mod random;
mod resource;
mod select;
pub mod seq;
pub mod signal;
mod socket;
mod sre;
mod string_parts;
mod structs;
pub mod sys;
mod sysconfigdata;
pub mod table;
mod termios;
#[cfg(test)]
mod tests;
pub mod thread;
pub mod time;
mod tokenize;
mod typing;
mod unicodedata;
mod warnings;
mod zlib;
mod zoneinfo;

/// Makes the namespaces that exist before any import.
pub fn start(th: &Thread) -> Res<()> {
    let rt = th.rt();
    let _ = rt.modules.set(th.new_dict()?);
    let _ = rt.builtins.set(th.new_dict()?);
    let _ = rt.sys.set(th.new_dict()?);
    import::start(th)
}
