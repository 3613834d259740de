//! What compiling can fail with: the exception that CPython would raise, as plain data.

/// Which Python exception a [`SyntaxError`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `RecursionError`: the program is nested too deeply.
    Recursion,
    /// `MemoryError`: a code object would be too large.
    Memory,
    /// `ValueError`
    Value,
}

/// A program that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The exception's type.
    pub kind: ErrorKind,
    /// The exception's message.
    pub msg: String,
    /// Line, from 1; 0 where the exception has no place.
    pub line: u32,
    /// Column in characters, from 1 (0: none).
    pub col: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last, in characters, from 1.
    pub end_col: u32,
    /// The source line.
    pub text: Option<String>,
    /// The parser met the end of the input: an interactive reader may ask for another line.
    pub incomplete: bool,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.kind {
            ErrorKind::Syntax => "SyntaxError",
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::Tab => "TabError",
            ErrorKind::Recursion => "RecursionError",
            ErrorKind::Memory => "MemoryError",
            ErrorKind::Value => "ValueError",
        };
        write!(
            f,
            "{name}: {} (line {}, column {})",
            self.msg, self.line, self.col
        )
    }
}

impl std::error::Error for SyntaxError {}

impl SyntaxError {
    /// An error without a place.
    pub fn bare(kind: ErrorKind, msg: impl Into<String>) -> Self {
        Self {
            kind,
            msg: msg.into(),
            line: 0,
            col: 0,
            end_line: 0,
            end_col: 0,
            text: None,
            incomplete: false,
        }
    }
}

/// The category of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// `SyntaxWarning`
    Syntax,
    /// `DeprecationWarning`
    Deprecation,
}

/// A warning that the compiler issues; the runtime passes it to `warnings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Category.
    pub kind: WarningKind,
    /// Text.
    pub msg: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub col: u32,
}

/// What every step of the front end returns.
pub(crate) type Res<T> = Result<T, Box<SyntaxError>>;
