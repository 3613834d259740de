//! The parser's errors as CPython words and places them.

use crate::Mode;
use crate::errors::ErrorKind;
use crate::errors::{Res, Warning};
use crate::source::Source;
use ruff_python_ast::{Expr, Mod};
use ruff_python_parser::Parsed;

/// What CPython calls an expression that cannot be assigned to.
pub(crate) fn describe(e: &Expr) -> &'static str {
    match e {
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Named(_) => "named expression",
        Expr::Lambda(_) => "lambda",
        Expr::If(_) => "conditional expression",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Generator(_) => "generator expression",
        Expr::Await(_) => "await expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Compare(_) => "comparison",
        Expr::Call(_) => "function call",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::BooleanLiteral(b) => {
            if b.value {
                "True"
            } else {
                "False"
            }
        }
        Expr::NoneLiteral(_) => "None",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Slice(_) => "slice",
        Expr::IpyEscapeCommand(_) => "expression",
    }
}

/// Reports the first error of the parser.
pub(crate) fn report(parsed: &Parsed<Mod>, src: &Source<'_>, _mode: Mode) -> Res<()> {
    if let Some(e) = parsed.errors().first() {
        return Err(src.error(ErrorKind::Syntax, e.location, "invalid syntax"));
    }
    if let Some(e) = parsed.unsupported_syntax_errors().first() {
        return Err(src.error(ErrorKind::Syntax, e.range, "invalid syntax"));
    }
    Ok(())
}

/// Warnings about escapes that mean nothing.
pub(crate) fn escape_warnings(_parsed: &Parsed<Mod>, _src: &Source<'_>, _out: &mut Vec<Warning>) {}
