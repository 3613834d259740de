//! The front end: Python source in, register bytecode out. It knows no Python objects.
//!
//! The way of a program: [`source`] (decoding) → `limits` (bounds on its shape) → the `ruff` parser, whose errors
//! `parse_errors` turns into CPython's → `checks` → `symbols` (scopes) → `lower` ([`instr::Instr`]) → [`verify`] →
//! [`code::Code`]; [`flow`] is what a recorder asks of it. [`disassemble`] prints code stably.

pub mod anchors;
mod checks;
pub mod code;
pub mod dis;
mod errors;
pub mod flow;
mod fstring_errors;
pub mod instr;
mod limits;
mod lower;
pub mod opcode;
pub mod pack;
mod parse_errors;
pub mod source;
mod symbols;
pub mod tree;
mod unparse;
pub mod verify;

pub use dis::disassemble;
pub use errors::{ErrorKind, SyntaxError, Warning, WarningKind};

use code::Code;
use errors::Res;
use ruff_python_ast::{Expr, Mod, PythonVersion, Stmt};
use ruff_python_parser::ParseOptions;
use ruff_text_size::{Ranged, TextSize};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::thread;
use tree::{Node, TreeError};

/// What kind of program is compiled (the third argument of Python's `compile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A module.
    Exec,
    /// One expression; the code returns its value.
    Eval,
    /// Interactive: values of expression statements are printed.
    Single,
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// As if the program began with `from __future__ import annotations`.
    pub future_annotations: bool,
    /// 0; 1: no `assert`, `__debug__` is false (`-O`); 2: no docstrings either (`-OO`).
    pub optimize: u8,
    /// `await` may occur at module level; the code is then a coroutine.
    pub top_level_await: bool,
}

/// A compiled program.
#[derive(Debug)]
pub struct Compiled {
    /// The module's (or expression's) code.
    pub code: Arc<Code>,
    /// Warnings, in source order.
    pub warnings: Vec<Warning>,
}

/// Source programs are at most this long, so that offsets fit 32 bits with room to spare.
const MAX_SOURCE: usize = 1 << 30;

/// Compiles source bytes: the encoding is found as PEP 263 says.
pub fn compile_bytes(
    source: &[u8],
    filename: &str,
    mode: Mode,
    opts: &CompileOptions,
) -> Result<Compiled, SyntaxError> {
    let text = source::decode(source)?;
    compile(&text, filename, mode, opts)
}

/// Compiles source text.
pub fn compile(
    source: &str,
    filename: &str,
    mode: Mode,
    opts: &CompileOptions,
) -> Result<Compiled, SyntaxError> {
    with_source(source, mode, |src| {
        compile_source(src, filename, mode, opts)
    })
}

/// The syntax tree of source bytes, and warnings.
pub fn parse_bytes(source: &[u8], mode: Mode) -> Result<(Node, Vec<Warning>), SyntaxError> {
    let text = source::decode(source)?;
    parse(&text, mode)
}

/// The syntax tree of source text, and warnings.
pub fn parse(source: &str, mode: Mode) -> Result<(Node, Vec<Warning>), SyntaxError> {
    with_source(source, mode, |src| {
        let parsed = ruff_python_parser::parse_unchecked(src.text, parse_options(mode));
        parse_errors::report(&parsed, src, mode)?;
        if let Mod::Module(m) = parsed.syntax() {
            future_features(&m.body, src, &mut CompileOptions::default())?;
        }
        checks::check(parsed.syntax(), src, mode)?;
        let mut warnings = Vec::new();
        parse_errors::escape_warnings(&parsed, src, &mut warnings);
        Ok((tree::show(parsed.syntax(), src, mode)?, warnings))
    })
}

/// Why a tree was not compiled.
#[derive(Debug)]
pub enum NodeError {
    /// The tree itself is wrong.
    Tree(TreeError),
    /// The program is.
    Syntax(SyntaxError),
}

/// Compiles a syntax tree.
pub fn compile_node(
    root: &Node,
    filename: &str,
    mode: Mode,
    opts: &CompileOptions,
) -> Result<Compiled, NodeError> {
    let depth = 4 * root.depth();
    let shape = limits::check(depth).map_err(|e| NodeError::Syntax(*e))?;
    on_stack(&shape, || {
        let (module, places) = tree::read(root, mode).map_err(NodeError::Tree)?;
        let src = source::Source::of_tree(&places);
        lower_module(&module, &src, filename, mode, opts).map_err(|e| NodeError::Syntax(*e))
    })
    .unwrap_or_else(|| Err(NodeError::Syntax(no_stack())))
}

fn no_stack() -> SyntaxError {
    SyntaxError::bare(ErrorKind::Memory, "no memory for the compiler's stack")
}

/// Runs `f` where there is as much stack as a program of this shape needs; `None` where there is no memory for it.
fn on_stack<R: Send>(shape: &limits::Shape, f: impl FnOnce() -> R + Send) -> Option<R> {
    let Some(stack) = limits::stack_needed(shape) else {
        return Some(f());
    };
    thread::scope(|s| {
        let builder = thread::Builder::new().stack_size(stack);
        match builder.spawn_scoped(s, f).ok()?.join() {
            Ok(result) => Some(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Runs `f` with the text of a program, when it is fit to be parsed.
fn with_source<R: Send>(
    source: &str,
    mode: Mode,
    f: impl FnOnce(&source::Source<'_>) -> Res<R> + Send,
) -> Result<R, SyntaxError> {
    if source.len() > MAX_SOURCE {
        return Err(SyntaxError::bare(
            ErrorKind::Memory,
            "source code is too large",
        ));
    }
    if source.contains('\0') {
        return Err(SyntaxError::bare(
            ErrorKind::Syntax,
            "source code string cannot contain null bytes",
        ));
    }
    let text = source::universal_newlines(source.strip_prefix('\u{feff}').unwrap_or(source));
    let text: &str = match mode {
        Mode::Eval => text.trim_start_matches([' ', '\t']),
        _ => &text,
    };
    let src = source::Source::new(text);
    let shape = limits::scan(&src).map_err(|e| *e)?;
    match on_stack(&shape, || f(&src)) {
        Some(result) => result.map_err(|e| *e),
        None => Err(no_stack()),
    }
}

fn parse_options(mode: Mode) -> ParseOptions {
    let parse_mode = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    };
    ParseOptions::from(parse_mode).with_target_version(PythonVersion::PY314)
}

fn compile_source(
    src: &source::Source<'_>,
    filename: &str,
    mode: Mode,
    opts: &CompileOptions,
) -> Res<Compiled> {
    let parsed = ruff_python_parser::parse_unchecked(src.text, parse_options(mode));
    parse_errors::report(&parsed, src, mode)?;
    let mut compiled = lower_module(parsed.syntax(), src, filename, mode, opts)?;
    let warnings = &mut compiled.warnings;
    parse_errors::escape_warnings(&parsed, src, warnings);
    warnings.sort_by_key(|w| (w.line, w.col));
    warnings.dedup();
    Ok(compiled)
}

fn lower_module(
    module: &Mod,
    src: &source::Source<'_>,
    filename: &str,
    mode: Mode,
    opts: &CompileOptions,
) -> Res<Compiled> {
    let mut opts = opts.clone();
    let mut future_end = TextSize::new(0);
    if let Mod::Module(m) = module {
        future_end = future_features(&m.body, src, &mut opts)?;
    }
    if !src.is_tree() {
        checks::check(module, src, mode)?;
    }
    let sym_opts = symbols::Options {
        future_annotations: opts.future_annotations,
    };
    let table = symbols::build(module, src, &sym_opts)?;
    let (code, warnings) = lower::lower(module, table, src, filename, mode, &opts, future_end)?;
    Ok(Compiled {
        code: Arc::new(code),
        warnings,
    })
}

/// Reads the `__future__` imports at the start; returns where they end.
fn future_features(
    body: &[Stmt],
    src: &source::Source<'_>,
    opts: &mut CompileOptions,
) -> Res<TextSize> {
    const KNOWN: [&str; 10] = [
        "nested_scopes",
        "generators",
        "division",
        "absolute_import",
        "with_statement",
        "print_function",
        "unicode_literals",
        "barry_as_FLUFL",
        "generator_stop",
        "annotations",
    ];
    let mut end = TextSize::new(0);
    for (i, s) in body.iter().enumerate() {
        match s {
            Stmt::Expr(e) if i == 0 && matches!(*e.value, Expr::StringLiteral(_)) => {}
            Stmt::ImportFrom(f)
                if f.level == 0
                    && f.module
                        .as_ref()
                        .is_some_and(|m| m.as_str() == "__future__") =>
            {
                for a in &f.names {
                    let name = a.name.as_str();
                    if name == "braces" {
                        return Err(src.error(ErrorKind::Syntax, a.range, "not a chance"));
                    }
                    if !KNOWN.contains(&name) {
                        let msg = format!("future feature {name} is not defined");
                        return Err(src.error(ErrorKind::Syntax, a.range, msg));
                    }
                    opts.future_annotations |= name == "annotations";
                }
            }
            _ => break,
        }
        end = s.range().end();
    }
    Ok(end)
}
