//! What the benchmark programs share: fetching pinned packages, talking to a runtime in a child process, and statistics.
//!
//! `bin/compare.rs` runs pyperformance's own programs on several runtimes in turn; `bin/scaling.rs` measures how one
//! runtime scales with threads. Neither links the virtual machine: every runtime, ours included, is a command.

pub mod child;
pub mod compare;
pub mod fetch;
pub mod runtimes;
pub mod scaling;
pub mod stats;
