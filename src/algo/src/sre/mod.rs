//! Regular expressions: an engine for the code that CPython's `re._compiler` produces (magic 20230612).
//!
//! [`Program::new`] checks the code words and lowers them to instructions of its own (`compile.rs`, `set.rs`): literal
//! runs are fused, single-character tests become tables, first-character sets of the pattern and of each alternative
//! are computed, and greedy repeats that could never give back become possessive (`analyse.rs`). [`Program::run`] executes them on
//! any unit type (`exec.rs`) with an explicit stack of choices and of undo records, so neither pattern nor text can
//! exhaust the native stack. `search.rs` finds where a match may start, with
//! the literal prefix or with a filter on first characters (`filter.rs`).
//!
//! Execution calls a poll function after about every [`POLL_INTERVAL`] steps; it can stop the match. The stack is
//! bounded by [`Options::max_stack`] entries. Both end in an [`Abort`].

mod analyse;
mod compile;
mod exec;
mod filter;
mod search;
mod set;

pub use compile::Program;

use crate::text::Unit;
use std::fmt;

/// `_sre.MAGIC`
pub const MAGIC: u32 = 20230612;
/// `_sre.CODESIZE`
pub const CODESIZE: u32 = 4;
/// `_sre.MAXREPEAT`
pub const MAXREPEAT: u32 = u32::MAX;
/// `_sre.MAXGROUPS`
pub const MAXGROUPS: u32 = 0x3fff_ffff;
/// Steps (instructions that loop or backtrack, and characters in blocks of 32) between two polls.
pub const POLL_INTERVAL: u32 = 1 << 16;
/// A mark that is not set.
pub const UNSET: usize = usize::MAX;

/// The code is not what the compiler produces: `RuntimeError: invalid SRE code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCode;

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid SRE code")
    }
}

impl std::error::Error for InvalidCode {}

/// Why a match was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    /// The poll function said so.
    Interrupted,
    /// The stack grew beyond its bound: MemoryError.
    Memory,
}

/// Where a match may begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// At the start.
    Match,
    /// At the start, to the end.
    FullMatch,
    /// Anywhere from the start.
    Search,
}

/// Options of [`Program::run`].
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Where a match may begin and end.
    pub mode: Mode,
    /// First place tried (`pos`). The text before it is seen by look-behind and boundaries.
    pub start: usize,
    /// An empty match at `start` does not count (what `finditer` and `sub` need after an empty match).
    pub must_advance: bool,
    /// Most entries of the backtracking stack (24 bytes each).
    pub max_stack: usize,
}

impl Options {
    /// With a stack of 64 million entries at most.
    pub fn new(mode: Mode, start: usize) -> Options {
        Options {
            mode,
            start,
            must_advance: false,
            max_stack: 1 << 26,
        }
    }
}

/// Working memory, and the result of a match. Reuse it between matches.
#[derive(Debug, Default, Clone)]
pub struct State {
    /// Start of the match.
    pub start: usize,
    /// End of the match.
    pub end: usize,
    /// Start and end of each group in turn, [`UNSET`] where it took no part.
    pub marks: Vec<usize>,
    /// Last group that was closed (1-based), 0 for none: `Match.lastindex`.
    pub last_index: usize,
    pub(crate) stack: Vec<exec::Entry>,
    pub(crate) barriers: Vec<usize>,
    pub(crate) slots: Vec<exec::Slot>,
}

impl State {
    /// Empty.
    pub fn new() -> State {
        State::default()
    }

    /// Start and end of a group (0: the whole match).
    pub fn group(&self, n: usize) -> Option<(usize, usize)> {
        if n == 0 {
            return Some((self.start, self.end));
        }
        let (a, b) = (*self.marks.get(2 * n - 2)?, *self.marks.get(2 * n - 1)?);
        (a != UNSET && b != UNSET).then_some((a, b))
    }
}

impl Program {
    /// Runs on a text, which ends at `endpos`. `poll` returns false to stop.
    pub fn run<U: Unit>(
        &self,
        text: &[U],
        options: Options,
        state: &mut State,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Abort> {
        search::run(self, text, options, state, poll)
    }
}

/// Lower case of `_sre.ascii_tolower`.
pub fn ascii_tolower(c: u32) -> u32 {
    if c < 128 {
        u32::from((c as u8).to_ascii_lowercase())
    } else {
        c
    }
}

/// `_sre.unicode_tolower`
pub fn unicode_tolower(c: u32) -> u32 {
    crate::unicode::simple_lower(c)
}

/// `_sre.ascii_iscased`
pub fn ascii_iscased(c: u32) -> bool {
    c < 128 && (c as u8).is_ascii_alphabetic()
}

/// `_sre.unicode_iscased`
pub fn unicode_iscased(c: u32) -> bool {
    let lower = crate::unicode::simple_lower(c);
    c != lower || c != crate::unicode::simple_upper(lower)
}
