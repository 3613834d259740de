//! Checks on the tree that are neither the parser's nor the symbol table's.

use crate::Mode;
use crate::errors::{ErrorKind, Res};
use crate::source::Source;
use ruff_python_ast::{Mod, Stmt};
use ruff_text_size::Ranged;

/// Checks a whole program.
pub(crate) fn check(module: &Mod, src: &Source<'_>, mode: Mode) -> Res<()> {
    if mode == Mode::Single
        && let Mod::Module(m) = module
        && let Some(second) = m.body.get(1)
    {
        // One statement, or several simple ones on a line.
        let first_line = src.line_col(m.body[0].range().start()).0;
        let line = src.line_col(second.range().start()).0;
        let compound = matches!(
            m.body[0],
            Stmt::FunctionDef(_)
                | Stmt::ClassDef(_)
                | Stmt::For(_)
                | Stmt::While(_)
                | Stmt::If(_)
                | Stmt::With(_)
                | Stmt::Match(_)
                | Stmt::Try(_)
        );
        if line != first_line || compound {
            let msg = "multiple statements found while compiling a single statement";
            return Err(src.error(ErrorKind::Syntax, m.body[0].range(), msg));
        }
    }
    Ok(())
}
