//! The interpreter. `run` is the loop, `enter` who starts it, `quick` and `slow` what its handlers do on and off their fast paths, `rare` instructions done whole elsewhere, `fast` the operators on words, `reg` the registers, `frames` records and argument
//! binding, `call` calls, `attr` and `names` inline caches, `unwind` exceptions, `generator` generators, `dunder` slots of classes
//! written in Python, `load` what the compiler made, `frameobj` frames as objects, `trace` tracing and monitoring, `api` what native code asks for.

pub mod api;
pub mod at;
pub mod attr;
pub mod call;
pub mod dunder;
pub mod enter;
pub mod fast;
pub mod frameobj;
pub mod frames;
pub mod generator;
pub mod load;
pub mod matching;
pub mod names;
pub mod operator;
pub mod ops;
mod quick;
mod rare;
pub mod reg;
pub mod run;
pub mod sink;
pub mod slow;
pub mod trace;
pub mod unwind;
