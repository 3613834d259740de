//! From hot bytecode to machine code and back: the recorder, the regions it makes, and the way out of compiled code.
//!
//! | file         | what it does                                                                                     |
//! |--------------|--------------------------------------------------------------------------------------------------|
//! | `state`      | what a runtime and a thread keep: options, code memory, watchers, counters                         |
//! | `hot`        | when a loop is entered, recorded, left alone: counters, thresholds, back-off                       |
//! | `region`     | one loop's kept IR and its code in each tier; entering it                                          |
//! | `recorder`   | a recording in progress: abstract registers, snapshots, counts                                     |
//! | `step`       | what each bytecode records; one file a group of opcodes                                            |
//! | `join`       | growing: a hot side exit is recorded on                                                            |
//! | `inner`      | the loop inside a loop is taken over whole                                                         |
//! | `copy`       | an inner loop's function under the names of the outer one                                          |
//! | `meet`       | where ways through a region meet: a recording that comes there ends                                |
//! | `close`      | the end of a recording: the loop is closed, compiled, its facts checked, published                  |
//! | `worker`     | a thread that compiles, so that those that run Python go on meanwhile                               |
//! | `ticker`     | a clock for code that counts no safepoints                                                         |
//! | `multi`      | what the kept IR becomes for the Multi tier                                                        |
//! | `exit`       | from a snapshot back to frames and registers                                                       |
//! | `inside`     | what frames look like from outside while compiled code is inside a call                            |
//! | `late`       | tracebacks of exceptions that were handled in compiled code                                        |
//! | `window`     | where the registers of a generator lie while compiled code runs for it                             |
//! | `facts`      | what compiled code assumes, and who breaks it                                                      |
//! | `helpers`    | functions that compiled code calls                                                                 |
//! | `layout`     | offsets and addresses that compiled code relies on                                                 |
//! | `profile`    | what profilers and debuggers are told of it                                                        |
//! | `report`     | what a person sees of it                                                                           |
//!
//! # The way of a loop
//!
//! 1. `JumpBack` counts. At the threshold [`hot::back_edge`] starts a recording: the interpreter goes on in the recording
//!    loop (the same handlers, compiled a second time), which shows the recorder each instruction before it runs.
//! 2. The recorder keeps, for each register, the SSA value that it holds. Nothing is stored to registers inside a trace;
//!    snapshots say what belongs where. When the loop's header comes round again the trace is closed.
//! 3. The IR is kept in the [`region::Region`]; [`close`] compiles it for the tier of the thread's mode, checks in the
//!    watchers' critical section that all facts still hold, and publishes.
//! 4. The next `JumpBack` enters the code. It leaves through an exit; [`exit`] rebuilds the frames; the interpreter goes
//!    on. When the mode changes, the loop's other tier is compiled from the kept IR.
//!
//! # Rules
//!
//! - R1: while compiled code runs, registers of the frame that it changes are empty in memory: it owns what they held.
//! - R2: code of tier Single is entered in mode Single only, and left before another thread can run: at its next back
//!   edge or at the end of the call that it is in (`state`).
//! - R3: a value that compiled code holds without counting it is kept alive by a register or container that nothing on
//!   the way changes, or, in Multi, by the grace period; before anything that may drop references it is counted.

pub mod close;
mod copy;
pub mod exit;
pub mod facts;
pub mod helpers;
pub mod hot;
mod inner;
pub mod inside;
pub mod join;
pub mod late;
pub mod layout;
pub mod meet;
pub mod multi;
pub mod profile;
pub mod recorder;
pub mod region;
pub mod report;
pub mod state;
pub mod step;
mod ticker;
pub mod window;
mod worker;
