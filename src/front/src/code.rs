//! Code objects as the compiler makes them: plain data, no Python objects. The runtime turns constants into values and
//! adds inline caches beside them when it loads a `Code`.

use crate::flow::Flow;
use crate::instr::Instr;
use dashu_int::IBig;
use threadsnake_threads::sync::{Arc, OnceLock};

/// A string constant. Text that holds lone surrogates cannot be a Rust string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StrConst {
    /// Ordinary text.
    Text(Box<str>),
    /// Code points, of which at least one is a lone surrogate.
    Points(Box<[u32]>),
}

/// A builtin that the compiler itself refers to ([`Op::LoadBuiltin`](crate::opcode::Op::LoadBuiltin)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    /// Raised by `assert`.
    AssertionError,
    /// `all`
    All,
    /// `any`
    Any,
    /// `list`
    List,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `set`
    Set,
    /// `sorted`
    Sorted,
    /// `sum`
    Sum,
    /// `tuple`
    Tuple,
}

impl Common {
    /// All, by number, with their names.
    pub const ALL: [(Common, &str); 10] = [
        (Common::AssertionError, "AssertionError"),
        (Common::All, "all"),
        (Common::Any, "any"),
        (Common::List, "list"),
        (Common::Max, "max"),
        (Common::Min, "min"),
        (Common::Set, "set"),
        (Common::Sorted, "sorted"),
        (Common::Sum, "sum"),
        (Common::Tuple, "tuple"),
    ];

    /// That which is called so.
    pub fn named(name: &str) -> Option<Common> {
        let found = Common::ALL.iter().find(|(_, n)| *n == name);
        found.map(|(c, _)| *c)
    }
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// An integer that fits.
    Int(i64),
    /// An integer that does not.
    BigInt(Box<IBig>),
    /// A float.
    Float(f64),
    /// An imaginary literal, or a folded complex.
    Complex(f64, f64),
    /// A string; the runtime interns it where `Code` uses it as a name or it looks like one.
    Str(StrConst),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple of constants.
    Tuple(Box<[Const]>),
    /// A frozenset of constants (`x in {1, 2}`).
    FrozenSet(Box<[Const]>),
    /// A slice of constants.
    Slice(Box<[Const; 3]>),
    /// The code of a nested function, class, lambda, comprehension or annotation scope.
    Code(Arc<Code>),
}

/// CPython's `co_flags`, those that have a meaning here.
pub mod flags {
    /// Fast locals and a fresh namespace.
    pub const OPTIMIZED: u32 = 0x1;
    /// A new locals namespace for each call.
    pub const NEWLOCALS: u32 = 0x2;
    /// `*args`
    pub const VARARGS: u32 = 0x4;
    /// `**kwargs`
    pub const VARKEYWORDS: u32 = 0x8;
    /// Defined inside another function.
    pub const NESTED: u32 = 0x10;
    /// Generator.
    pub const GENERATOR: u32 = 0x20;
    /// Coroutine.
    pub const COROUTINE: u32 = 0x80;
    /// Generator decorated by `types.coroutine`.
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// Async generator.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import annotations`
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    /// The first constant is a docstring.
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    /// A function defined in a class body.
    pub const METHOD: u32 = 0x800_0000;
}

/// A place in the source. Lines count from 1, columns are UTF-8 byte offsets from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pos {
    /// First line; 0: no position (made by the compiler).
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// First column.
    pub col: u32,
    /// Column after the last.
    pub end_col: u32,
}

/// An exception handler: covers instructions `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First instruction covered.
    pub start: u32,
    /// Instruction after the last one covered.
    pub end: u32,
    /// Where the handler starts.
    pub target: u32,
    /// Registers from this one on are released, then the exception is put into this one.
    pub depth: u16,
}

/// An inline-cache site: the name that an instruction looks up. The cache itself is the runtime's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Index into `Code::names`.
    pub name: u32,
}

/// A variable that inner functions capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellVar {
    /// Index into `Code::names`.
    pub name: u32,
    /// The register that holds the cell. Below `nlocals` for every cell variable: a captured local keeps its place in
    /// `varnames` (where CPython also lists captured parameters); other captured variables have registers of their own
    /// directly behind them, still below `nlocals`.
    pub reg: u16,
}

/// A variable of an inlined comprehension (PEP 709): a temporary that has a name while the comprehension runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Index into `Code::names`.
    pub name: u32,
    /// Where it is; a cell where it is captured.
    pub reg: u16,
    /// See `reg`.
    pub cell: bool,
    /// First instruction of the comprehension.
    pub start: u32,
    /// Behind its last instruction.
    pub end: u32,
}

/// A compiled module, function, class body, lambda, comprehension or annotation scope. Immutable.
#[derive(Debug)]
pub struct Code {
    /// `co_name`
    pub name: Box<str>,
    /// `co_qualname`
    pub qualname: Box<str>,
    /// `co_filename`
    pub filename: Arc<str>,
    /// `co_firstlineno`
    pub first_line: u32,
    /// See [`flags`].
    pub flags: u32,
    /// Positional parameters, positional-only ones included; not `*args`.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonly: u32,
    /// Keyword-only parameters.
    pub kwonly: u32,
    /// Names of the registers `0..varnames.len()`: parameters (positional, keyword-only, `*args`, `**kwargs`), then
    /// locals, captured ones that are not parameters excluded (they are in `cellvars`).
    pub varnames: Vec<u32>,
    /// Captured variables. At entry `MakeCell`/`NewCell` fill their registers.
    pub cellvars: Vec<CellVar>,
    /// Indices into `names` of the free variables, in closure order.
    pub freevars: Vec<u32>,
    /// Registers that hold variables (locals and cells): released when the frame ends. The others are temporaries.
    pub nlocals: u16,
    /// All registers, the windows of calls included (not the callee's registers).
    pub nregs: u16,
    /// Number of loops (`JumpBack` operands a).
    pub nloops: u16,
    /// Every name, once.
    pub names: Vec<Box<str>>,
    /// Constants.
    pub consts: Vec<Const>,
    /// Inline-cache sites.
    pub sites: Vec<Site>,
    /// Instructions.
    pub instrs: Vec<Instr>,
    /// Exception handlers; the first that covers an instruction is the innermost.
    pub handlers: Vec<Handler>,
    /// Source places: `(first instruction, place)`, ascending; holds until the next entry.
    pub positions: Vec<(u32, Pos)>,
    /// Variables of inlined comprehensions; inner ones behind outer ones.
    pub hidden: Vec<Hidden>,
    /// Names that methods of this class body assign on their first parameter: `__static_attributes__`.
    pub static_attributes: Vec<u32>,
    /// See [`Code::flow`].
    pub flow: OnceLock<Flow>,
}

impl Code {
    /// Where ways through it meet. Found at the first call.
    pub fn flow(&self) -> &Flow {
        self.flow.get_or_init(|| Flow::new(self))
    }

    /// The source place of an instruction.
    pub fn pos(&self, pc: usize) -> Pos {
        let i = self
            .positions
            .partition_point(|&(start, _)| start as usize <= pc);
        if i == 0 {
            Pos::default()
        } else {
            self.positions[i - 1].1
        }
    }
}
