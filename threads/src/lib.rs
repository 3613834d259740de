//! What makes a runtime safe for many threads: a handful of protocols, each a small type.
//!
//! Nothing here knows of Python or of machine code. Each module opens with its protocol in prose; each is checked
//! by the models in `loom-tests/` on this same source.
//!
//! | module       | protocol                                                                                      |
//! |--------------|-----------------------------------------------------------------------------------------------|
//! | [`domain`]   | the threads of one runtime, and the mode Single or Multi                                       |
//! | [`attach`]   | how a thread comes and goes; which record it is in                                            |
//! | [`slot`]     | a thread's number; `slots`: who has it, and the merge queue                                    |
//! | [`record`]   | one attached thread: the guard word, what compiled code may read                               |
//! | [`stop`]     | safepoints, blocking calls, stop-the-world, hand-shake with one thread                         |
//! | [`header`]   | the 16 bytes at the head of each object                                                       |
//! | [`refcount`] | biased reference counts                                                                       |
//! | [`split`]    | counts of hot shared objects, a word for each thread                                          |
//! | [`grace`]    | grace periods: retired storage and the limbo of zero-count objects                            |
//! | [`lock`]     | the one-byte object lock                                                                      |
//! | [`maker`]    | the lock of an object that nobody but its maker has locked                                    |
//! | [`turn`]     | a lock that is fought for stays with one thread for a while                                   |
//! | [`overwrite`]| replacing words of an object that many write, without its lock                                |
//! | [`watch`]    | assumptions and who depends on them                                                           |
//! | [`tier`]     | which code a location has in each mode                                                        |
//! | [`patch`]    | the order of events when code is patched while it runs                                        |
//! | [`kick`]     | how a request reaches a thread in code that polls nothing                                     |
//! | [`park`]     | sleeping by address                                                                           |
//! | [`sync`]     | the façade over std, locks of our own, loom and shuttle                                       |
//! | [`fault`]    | deliberate faults, for the models                                                             |
//!
//! Lock order, outermost first: the watchers' lock, the registry, a slot's lock, a bucket of the parking lot. No hook
//! runs under them but those that say so, and no finaliser under any.

pub mod attach;
pub mod domain;
pub mod fault;
pub mod grace;
pub mod header;
pub mod kick;
pub mod lock;
pub mod maker;
pub mod overwrite;
pub mod park;
pub mod patch;
pub mod record;
pub mod refcount;
pub mod slot;
mod slots;
pub mod split;
pub mod stop;
pub mod sync;
pub mod tier;
pub mod turn;
pub mod watch;

pub use domain::{AttachError, Attached, Domain, DomainHooks, current, with_current};
pub use header::Header;
pub use record::ThreadRecord;
pub use refcount::ZeroState;
pub use slot::Slot;
