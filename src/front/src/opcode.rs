//! The opcode table: the one place that says which instructions exist, what their operands are and what they do.
//!
//! Conventions
//! - `R[x]` is register x of the running frame. Registers `0..nlocals` are the local variables in the order of
//!   `Code::varnames` (parameters first: positional, keyword-only, `*args`, `**kwargs`); the others are temporaries,
//!   allocated as a stack. An empty register (never assigned, deleted, killed) holds the empty value.
//! - Writing a register releases what it held. A source register whose kill bit is set is emptied by the instruction.
//!   `w*` operands (windows of consecutive temporaries) are always consumed: they are empty afterwards.
//! - Branch offsets count instructions from the one after the branch (and after its `Ext` word, where it has one).
//! - `site` operands index `Code::sites`: a name plus an inline cache beside the code.
//! - Where an instruction raises, operands that it did not consume yet stay in their registers: the exception handler's
//!   `depth` tells from which register on everything is released.
//! - `I[x]` is a signed 16-bit immediate, `K[x]` a constant.

/// What an operand field means: used by the disassembler, the verifier and the docs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Not used, zero.
    None,
    /// Register written.
    Dst,
    /// Register read, killed where the kill bit is set.
    Src,
    /// Register read and changed in place (container, cell, window base).
    Mut,
    /// First of a window of temporaries that the instruction consumes.
    Win,
    /// First of a window of temporaries that the instruction writes.
    WinDst,
    /// Number (count, flags, index into something; see the description).
    Num,
    /// Number of a builtin ([`crate::code::Common`]).
    Builtin,
    /// Signed 16-bit immediate.
    Imm,
    /// 16-bit branch offset.
    Off,
    /// Index into `Code::sites`.
    Site,
    /// Index into `Code::names`.
    Name,
    /// b and c together: index into `Code::consts`.
    Const32,
    /// b and c together: branch offset.
    Off32,
    /// b and c together: signed immediate.
    Imm32,
    /// b and c together: index into `Code::sites`.
    Site32,
}

macro_rules! opcodes {
    ($($name:ident, $a:ident, $b:ident, $c:ident, $doc:literal;)*) => {
        /// An opcode. See the module's table.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $name),* }

        /// Every opcode, in numeric order.
        pub const ALL: &[Op] = &[$(Op::$name),*];

        impl Op {
            /// Its name, as the disassembler prints it.
            pub const fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name)),* }
            }
            /// The meaning of its operands a, b, c.
            pub const fn operands(self) -> [Operand; 3] {
                match self { $(Op::$name => [Operand::$a, Operand::$b, Operand::$c]),* }
            }
            /// What it does.
            pub const fn doc(self) -> &'static str {
                match self { $(Op::$name => $doc),* }
            }
        }
    };
}

opcodes! {
    // --- moving values
    Nop, None, None, None, "Nothing.";
    Ext, Num, Num, Num, "Operands that the instruction before has no room for; never executed by itself.";
    Move, Dst, Src, None, "R[a] = R[b]; an empty temporary is copied as such.";
    LoadConst, Dst, Const32, None, "R[a] = K[bc]";
    LoadInt, Dst, Imm32, None, "R[a] = int(bc)";
    CheckBound, Src, Name, None, "UnboundLocalError for names[b] if R[a] is empty.";
    DeleteLocal, Mut, Name, None, "Empties R[a]; UnboundLocalError for names[b] if it was empty already.";
    Release, Mut, Num, None, "Empties the registers R[a] to R[a+b-1], releasing what they held.";
    // --- cells and free variables
    MakeCell, Mut, None, None, "R[a] = a new cell that holds what R[a] held, or nothing.";
    NewCell, Dst, None, None, "R[a] = a new empty cell.";
    LoadCell, Dst, Src, Name, "R[a] = contents of the cell R[b]; UnboundLocalError or NameError (a free variable) for names[c] if empty.";
    StoreCell, Mut, Src, None, "contents of the cell R[a] = R[b]";
    DeleteCell, Mut, Name, None, "Empties the cell R[a]; error for names[b] if it was empty.";
    LoadFreeCell, Dst, Num, None, "R[a] = free variable b of the running function, as a cell.";
    LoadFree, Dst, Num, None, "R[a] = contents of free variable b; NameError if empty.";
    StoreFree, Num, Src, None, "contents of free variable a = R[b]";
    DeleteFree, Num, None, None, "Empties free variable a; NameError if it was empty.";
    LoadDictOrCell, Dst, Src, Name, "R[a] = frame locals mapping [names[c]] or else the contents of the cell R[b]; NameError.";
    LoadDictOrFree, Dst, Num, Name, "R[a] = frame locals mapping [names[c]] or else the contents of free variable b; NameError.";
    LoadFromDictOrFree, Dst, Src, Num, "R[a] = mapping R[b] [freevars[c]] or else contents of free variable c (annotation scopes inside classes).";
    LoadFromDictOrGlobal, Dst, Src, Site, "R[a] = mapping R[b] [name] or else the global or builtin of that name.";
    // --- names
    LoadGlobal, Dst, Site32, None, "R[a] = global, or else builtin, of the site's name; NameError.";
    StoreGlobal, Src, Site32, None, "global of the site's name = R[a]";
    DeleteGlobal, None, Site32, None, "Deletes the global; NameError.";
    LoadName, Dst, Site32, None, "R[a] = name in the frame's locals mapping, else global, else builtin; NameError.";
    StoreName, Src, Site32, None, "frame's locals mapping [name] = R[a]";
    DeleteName, None, Site32, None, "Deletes from the frame's locals mapping; NameError.";
    LoadLocals, Dst, None, None, "R[a] = the frame's locals mapping.";
    LoadBuildClass, Dst, None, None, "R[a] = builtins.__build_class__";
    LoadBuiltin, Dst, Builtin, None, "R[a] = builtin b, whatever the name is bound to; None instead of one that is called, unless the thread records (see `lower::consume`).";
    // --- attributes
    LoadAttr, Dst, Src, Site, "R[a] = R[b].name";
    StoreAttr, Src, Src, Site, "R[a].name = R[b]";
    DeleteAttr, Src, Site, None, "del R[a].name (site b)";
    LoadMethod, WinDst, Src, Site, "R[a], R[a+1] = function, self where R[b].name is a method found on the type; else the attribute, empty.";
    LoadSuperAttr, Dst, Win, Site, "R[a] = super(R[b+1], R[b+2]).name where R[b] is the global `super` as found; consumes the window of 3.";
    LoadSuperMethod, WinDst, Win, Site, "R[a], R[a+1] = as LoadMethod, of super(R[b+1], R[b+2]) where R[b] is `super` as found; consumes the window of 3.";
    LoadSpecial, WinDst, Src, Num, "R[a], R[a+1] = as LoadMethod, the type's special method c: 0 __enter__, 1 __exit__, 2 __aenter__, 3 __aexit__; TypeError as `with` raises it.";
    // --- operators
    Add, Dst, Src, Src, "R[a] = R[b] + R[c]";
    Sub, Dst, Src, Src, "R[a] = R[b] - R[c]";
    Mul, Dst, Src, Src, "R[a] = R[b] * R[c]";
    TrueDiv, Dst, Src, Src, "R[a] = R[b] / R[c]";
    FloorDiv, Dst, Src, Src, "R[a] = R[b] // R[c]";
    Mod, Dst, Src, Src, "R[a] = R[b] % R[c]";
    Pow, Dst, Src, Src, "R[a] = R[b] ** R[c]";
    MatMul, Dst, Src, Src, "R[a] = R[b] @ R[c]";
    LShift, Dst, Src, Src, "R[a] = R[b] << R[c]";
    RShift, Dst, Src, Src, "R[a] = R[b] >> R[c]";
    BitAnd, Dst, Src, Src, "R[a] = R[b] & R[c]";
    BitOr, Dst, Src, Src, "R[a] = R[b] | R[c]";
    BitXor, Dst, Src, Src, "R[a] = R[b] ^ R[c]";
    IAdd, Dst, Src, Src, "R[a] = R[b] += R[c] (in-place form; a is usually b)";
    ISub, Dst, Src, Src, "R[a] = R[b] -= R[c]";
    IMul, Dst, Src, Src, "R[a] = R[b] *= R[c]";
    ITrueDiv, Dst, Src, Src, "R[a] = R[b] /= R[c]";
    IFloorDiv, Dst, Src, Src, "R[a] = R[b] //= R[c]";
    IMod, Dst, Src, Src, "R[a] = R[b] %= R[c]";
    IPow, Dst, Src, Src, "R[a] = R[b] **= R[c]";
    IMatMul, Dst, Src, Src, "R[a] = R[b] @= R[c]";
    ILShift, Dst, Src, Src, "R[a] = R[b] <<= R[c]";
    IRShift, Dst, Src, Src, "R[a] = R[b] >>= R[c]";
    IBitAnd, Dst, Src, Src, "R[a] = R[b] &= R[c]";
    IBitOr, Dst, Src, Src, "R[a] = R[b] |= R[c]";
    IBitXor, Dst, Src, Src, "R[a] = R[b] ^= R[c]";
    AddImm, Dst, Src, Imm, "R[a] = R[b] + I[c]; also for `+=` (int has no in-place addition that differs, and the slow path tries it where kill bit c is set)";
    SubImm, Dst, Src, Imm, "R[a] = R[b] - I[c]; in place where kill bit c is set";
    MulImm, Dst, Src, Imm, "R[a] = R[b] * I[c]; in place where kill bit c is set";
    FloorDivImm, Dst, Src, Imm, "R[a] = R[b] // I[c]; in place where kill bit c is set";
    ModImm, Dst, Src, Imm, "R[a] = R[b] % I[c]; in place where kill bit c is set";
    BitAndImm, Dst, Src, Imm, "R[a] = R[b] & I[c]; in place where kill bit c is set";
    LShiftImm, Dst, Src, Imm, "R[a] = R[b] << I[c]; in place where kill bit c is set";
    RShiftImm, Dst, Src, Imm, "R[a] = R[b] >> I[c]; in place where kill bit c is set";
    Neg, Dst, Src, None, "R[a] = -R[b]";
    Pos, Dst, Src, None, "R[a] = +R[b]";
    Invert, Dst, Src, None, "R[a] = ~R[b]";
    Not, Dst, Src, None, "R[a] = not R[b]";
    Bool, Dst, Src, None, "R[a] = bool(R[b])";
    Lt, Dst, Src, Src, "R[a] = R[b] < R[c]";
    Le, Dst, Src, Src, "R[a] = R[b] <= R[c]";
    Eq, Dst, Src, Src, "R[a] = R[b] == R[c]";
    Ne, Dst, Src, Src, "R[a] = R[b] != R[c]";
    Gt, Dst, Src, Src, "R[a] = R[b] > R[c]";
    Ge, Dst, Src, Src, "R[a] = R[b] >= R[c]";
    Is, Dst, Src, Src, "R[a] = R[b] is R[c]";
    IsNot, Dst, Src, Src, "R[a] = R[b] is not R[c]";
    In, Dst, Src, Src, "R[a] = R[b] in R[c]";
    NotIn, Dst, Src, Src, "R[a] = R[b] not in R[c]";
    // --- branches
    Jump, None, Off32, None, "Forward jump.";
    JumpBack, Num, Off32, None, "Backward jump that closes loop number a of the code: safepoint and hotness counter.";
    JumpIfTrue, Src, Off32, None, "Jump if bool(R[a]).";
    JumpIfFalse, Src, Off32, None, "Jump if not bool(R[a]).";
    JumpIfNone, Src, Off32, None, "Jump if R[a] is None.";
    JumpIfNotNone, Src, Off32, None, "Jump if R[a] is not None.";
    JumpIfEmpty, Src, Off32, None, "Jump if R[a] is empty.";
    JumpLt, Src, Src, Off, "Jump if bool(R[a] < R[b]).";
    JumpLe, Src, Src, Off, "Jump if bool(R[a] <= R[b]).";
    JumpEq, Src, Src, Off, "Jump if bool(R[a] == R[b]).";
    JumpNe, Src, Src, Off, "Jump if bool(R[a] != R[b]).";
    JumpGt, Src, Src, Off, "Jump if bool(R[a] > R[b]).";
    JumpGe, Src, Src, Off, "Jump if bool(R[a] >= R[b]).";
    JumpNotLt, Src, Src, Off, "Jump if not (R[a] < R[b]).";
    JumpNotLe, Src, Src, Off, "Jump if not (R[a] <= R[b]).";
    JumpNotEq, Src, Src, Off, "Jump if not (R[a] == R[b]).";
    JumpNotNe, Src, Src, Off, "Jump if not (R[a] != R[b]).";
    JumpNotGt, Src, Src, Off, "Jump if not (R[a] > R[b]).";
    JumpNotGe, Src, Src, Off, "Jump if not (R[a] >= R[b]).";
    JumpLtImm, Src, Imm, Off, "Jump if bool(R[a] < I[b]).";
    JumpLeImm, Src, Imm, Off, "Jump if bool(R[a] <= I[b]).";
    JumpEqImm, Src, Imm, Off, "Jump if bool(R[a] == I[b]).";
    JumpNeImm, Src, Imm, Off, "Jump if bool(R[a] != I[b]).";
    JumpGtImm, Src, Imm, Off, "Jump if bool(R[a] > I[b]).";
    JumpGeImm, Src, Imm, Off, "Jump if bool(R[a] >= I[b]).";
    JumpNotLtImm, Src, Imm, Off, "Jump if not (R[a] < I[b]).";
    JumpNotLeImm, Src, Imm, Off, "Jump if not (R[a] <= I[b]).";
    JumpNotEqImm, Src, Imm, Off, "Jump if not (R[a] == I[b]).";
    JumpNotNeImm, Src, Imm, Off, "Jump if not (R[a] != I[b]).";
    JumpNotGtImm, Src, Imm, Off, "Jump if not (R[a] > I[b]).";
    JumpNotGeImm, Src, Imm, Off, "Jump if not (R[a] >= I[b]).";
    JumpIs, Src, Src, Off, "Jump if R[a] is R[b].";
    JumpIsNot, Src, Src, Off, "Jump if R[a] is not R[b].";
    // --- iteration and unpacking
    GetIter, Dst, Src, None, "R[a] = iter(R[b])";
    ForIter, Dst, Mut, Off, "R[a] = next(R[b]); at the end R[b] is emptied and the branch taken.";
    Unpack, WinDst, Src, Num, "R[a..a+c] = the c items of R[b]; ValueError if it has another number. The destination is a window of temporaries, or of local variables (b may be one of them).";
    UnpackEx, WinDst, Src, Num, "R[a..] = items of R[b] with one starred target: low byte of c before it, high byte of c after it; the starred one is a list.";
    // --- subscripts
    GetItem, Dst, Src, Src, "R[a] = R[b][R[c]]";
    GetItemImm, Dst, Src, Imm, "R[a] = R[b][I[c]]";
    SetItem, Src, Src, Src, "R[a][R[b]] = R[c]";
    DelItem, Src, Src, None, "del R[a][R[b]]";
    GetSlice, Dst, Src, Win, "R[a] = R[b][R[c]:R[c+1]]";
    SetSlice, Src, Src, Win, "R[a][R[c]:R[c+1]] = R[b]";
    // --- building
    BuildTuple, Dst, Win, Num, "R[a] = (R[b], …) of c items.";
    BuildList, Dst, Win, Num, "R[a] = [R[b], …] of c items.";
    BuildSet, Dst, Win, Num, "R[a] = {R[b], …} of c items.";
    BuildDict, Dst, Win, Num, "R[a] = {R[b]: R[b+1], …} of c pairs.";
    BuildSlice, Dst, Win, Num, "R[a] = slice of c (2 or 3) items.";
    BuildString, Dst, Win, Num, "R[a] = the c strings joined.";
    ListAppend, Mut, Src, None, "R[a].append(R[b]), R[a] a list made by the compiler.";
    ListExtend, Mut, Src, None, "R[a].extend(R[b]); TypeError 'Value after * must be an iterable, not T'.";
    ListToTuple, Dst, Src, None, "R[a] = tuple(R[b]), R[b] a list made by the compiler.";
    SetAdd, Mut, Src, None, "R[a].add(R[b])";
    SetUpdate, Mut, Src, None, "R[a].update(R[b])";
    SumAdd, Mut, Src, None, "R[a], R[a+1] = the sum so far and what rounding has lost of it, with R[b] added; as sum() adds (R[a+1]: 0 while all are ints, a float, a complex, or None once anything else was added).";
    SumEnd, Dst, Win, None, "R[a] = R[b] with R[b+1], what rounding has lost, put back; both are emptied.";
    DictSet, Mut, Src, Src, "R[a][R[b]] = R[c], R[a] a dict made by the compiler.";
    DictUpdate, Mut, Src, None, "R[a].update(R[b]); TypeError \"'T' object is not a mapping\".";
    DictMerge, Mut, Src, Src, "As DictUpdate for the keyword arguments of the call of R[c]: TypeError on a duplicate or a key that is no string.";
    Convert, Dst, Src, Num, "R[a] = str, repr or ascii (c = 1, 2, 3) of R[b].";
    Format, Dst, Src, Src, "R[a] = format(R[b], R[c])";
    FormatPlain, Dst, Src, None, "R[a] = format(R[b], '')";
    BuildInterpolation, Dst, Win, Num, "R[a] = string.templatelib.Interpolation(R[b], R[b+1], conversion, R[b+2]); c: low 2 bits 0 none, 1 s, 2 r, 3 a.";
    BuildTemplate, Dst, Win, None, "R[a] = string.templatelib.Template of the tuples R[b] (strings) and R[b+1] (interpolations).";
    // --- calls and functions
    Call, Dst, Win, Num, "R[a] = R[b](…) with c arguments from R[b+2] on; with kill bit c R[b+1] is empty or one more first argument (the window was begun by LoadMethod, LoadSuperMethod or LoadSpecial), without it R[b+1] is ignored.";
    CallKw, Dst, Win, Num, "As Call; the last arguments are keywords, their names the tuple constant of the Ext word's bc.";
    CallEx, Dst, Win, Num, "R[a] = R[b](*R[b+2], **R[b+3]); R[b+2] a tuple; c = 1: R[b+3] is a dict, 0: none. R[b+1] is empty.";
    MakeFunction, Dst, Num, Num, "R[a] = function of code constant b; c has a bit each for defaults tuple (1), keyword defaults dict (2), closure tuple (4), annotate function (8), which are taken in that order from the window that starts at R[a+1].";
    Return, Src, None, None, "Returns R[a]. All temporaries are empty but R[a].";
    ReturnNone, None, None, None, "Returns None. All temporaries are empty.";
    // --- generators and coroutines
    ReturnGenerator, None, None, None, "First instruction of a generator, coroutine or async generator: moves the frame to the heap and returns the object.";
    Yield, Dst, Src, Num, "Yields R[b]; R[a] = what is sent in. c: register of the iterator that `yield from`/`await` delegates to, or 0xFFFF. In an async generator R[b] has been wrapped. Where it delegates, the next instruction is the JumpBack to its Send.";
    GetYieldFromIter, Dst, Src, None, "R[a] = R[b] if a generator (or coroutine where allowed), else iter(R[b]).";
    Send, Dst, Src, Mut, "Sends R[c] into the iterator R[b] (b is not killed). If it yields: R[a] = the item, next instruction. If it returns: R[a] = the value, branch by the Ext word's bc. R[c] is emptied.";
    GetAwaitable, Dst, Src, Num, "R[a] = the awaitable's iterator; c: 0 await, 1 __aenter__, 2 __aexit__ (for messages).";
    GetAIter, Dst, Src, None, "R[a] = R[b].__aiter__(), checked.";
    GetANext, Dst, Src, None, "R[a] = awaitable of R[b].__anext__()  (R[b] is not killed).";
    EndAsyncFor, Mut, Mut, None, "Exception R[a], iterator R[b]: if StopAsyncIteration both are emptied, else reraised.";
    AsyncGenWrap, Dst, Src, None, "R[a] = R[b] wrapped as a value that an async generator yields.";
    // --- exceptions
    PushExc, Mut, None, None, "R[a] is an exception: it becomes the one being handled; R[a+1] = the one handled before in this frame.";
    PopExc, Mut, None, None, "Ends handling: the one handled before is R[a+1]; R[a] and R[a+1] are emptied.";
    Raise, Src, Src, Num, "c = 0: reraise what is being handled; 1: raise R[a]; 2: raise R[a] from R[b].";
    Reraise, Src, None, None, "Raises R[a] again without a new traceback entry for this frame.";
    MatchExc, Dst, Src, Src, "R[a] = R[b] matches the exception type or tuple R[c]; TypeError if R[c] is neither.";
    MatchEg, WinDst, Src, Src, "R[a] = the part of the exception (group) R[b] that matches R[c] or None, R[a+1] = the rest or None.";
    PrepReraiseStar, Dst, Src, Src, "R[a] = the exception to raise after `except*` from original R[b] and the list R[c], or None.";
    ExcArgs, WinDst, Src, None, "R[a..a+3] = type, value, traceback of the exception R[b].";
    StopIterToRuntime, Mut, Num, None, "R[a] is an exception leaving a generator: StopIteration (and StopAsyncIteration in an async generator) becomes RuntimeError. b: 0 generator, 1 coroutine, 2 async generator (for messages).";
    // --- pattern matching
    GetLen, Dst, Src, None, "R[a] = len(R[b])";
    MatchSequence, Dst, Src, None, "R[a] = R[b] is a sequence as patterns understand it.";
    MatchMapping, Dst, Src, None, "R[a] = R[b] is a mapping as patterns understand it.";
    MatchKeys, Dst, Src, Src, "R[a] = tuple of the values of mapping R[b] at the keys of tuple R[c], or None.";
    MatchClass, Dst, Src, Src, "R[a] = tuple of attributes or None of subject R[b], class R[c]; Ext: a = number of positional patterns, bc = constant: tuple of keyword names.";
    // --- imports
    ImportName, Dst, Site, None, "R[a] = __import__(name, globals, locals, fromlist, level); Ext: a = level, bc = constant: fromlist tuple or None.";
    ImportFrom, Dst, Src, Site, "R[a] = R[b].name, as `from … import` finds it (b is not killed).";
    ImportStar, Src, None, None, "from R[a] import *";
    // --- the rest
    SetupAnnotations, None, None, None, "Makes __annotations__ in the frame's locals if it is missing.";
    TypeVar, Dst, Src, Num, "R[a] = TypeVar etc. of name R[b]; c: 0 TypeVar, 1 with bound, 2 with constraints, 3 ParamSpec, 4 TypeVarTuple; the evaluator function of bound or constraints is R[b+1].";
    TypeParamDefault, Mut, Src, None, "Sets the lazily evaluated default of type parameter R[a] to the function R[b].";
    TypeAlias, Dst, Win, None, "R[a] = TypeAliasType of name R[b], type parameters tuple or None R[b+1], value function R[b+2].";
    SubscriptGeneric, Dst, Src, None, "R[a] = typing.Generic[R[b]], R[b] a tuple of type parameters.";
    SetTypeParams, Mut, Src, None, "R[a].__type_params__ = R[b], R[a] a function.";
    PrintExpr, Src, None, None, "sys.displayhook(R[a])";
}

impl Op {
    /// Whether it belongs to no line of its own: what the compiler puts between those of the program.
    pub fn between_lines(self) -> bool {
        matches!(
            self,
            Op::JumpBack | Op::MakeCell | Op::PushExc | Op::PopExc | Op::Release | Op::Reraise
        )
    }

    /// The opcode with this number.
    ///
    /// Numbers beyond the table cannot occur in code that passed [`crate::verify`]; they decode as `Nop`.
    #[inline(always)]
    pub const fn from_u8(n: u8) -> Op {
        if (n as usize) < ALL.len() {
            ALL[n as usize]
        } else {
            Op::Nop
        }
    }
}
