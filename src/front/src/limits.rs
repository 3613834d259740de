//! Bounds on the shape of a program, found on its tokens before a tree exists.
//!
//! Walking or dropping a tree recurses as deep as the tree is. The scan gives an upper bound of that depth: every level
//! of the tree is opened by a token (a bracket, an operator, a dot, a keyword, an indentation), and a comma or a new
//! statement closes what the tokens of one list element or statement have opened.

use crate::errors::{ErrorKind, Res};
use crate::source::Source;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};
use ruff_text_size::TextRange;

/// As many open brackets as CPython's tokenizer allows.
const MAX_BRACKETS: usize = 200;
/// As many levels of indentation as CPython's tokenizer allows.
const MAX_INDENT: usize = 100;
/// Trees deeper than this are refused.
const MAX_DEPTH: usize = 6_000;

/// What the scan found.
pub(crate) struct Shape {
    /// Upper bound of the depth of the tree.
    pub depth: usize,
}

/// Scans the tokens of `source`.
pub(crate) fn scan(source: &Source<'_>) -> Res<Shape> {
    let mut lexer = lexer::lex(source.text, Mode::Module);
    let mut stack: Vec<usize> = Vec::new();
    let (mut here, mut below, mut indent, mut deepest) = (0usize, 0usize, 0usize, 0usize);
    let mut brackets = 0usize;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => break,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets > MAX_BRACKETS {
                    return Err(source.error(
                        ErrorKind::Syntax,
                        TextRange::default(),
                        "too many nested parentheses",
                    ));
                }
                here += 1;
                stack.push(here);
                below += here;
                here = 0;
            }
            TokenKind::FStringStart | TokenKind::TStringStart => {
                if stack.len() > 2 * MAX_BRACKETS {
                    return Err(source.error(
                        ErrorKind::Syntax,
                        TextRange::default(),
                        "too many nested f-strings or t-strings",
                    ));
                }
                here += 1;
                stack.push(here);
                below += here;
                here = 0;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if !matches!(kind, TokenKind::FStringEnd | TokenKind::TStringEnd) {
                    brackets = brackets.saturating_sub(1);
                }
                here = stack.pop().unwrap_or(0);
                below -= here.min(below);
            }
            TokenKind::Comma | TokenKind::Semi => here = 0,
            TokenKind::Newline => {
                here = 0;
                below = 0;
                brackets = 0;
                stack.clear();
            }
            TokenKind::Indent => {
                indent += 1;
                if indent >= MAX_INDENT {
                    return Err(source.error(
                        ErrorKind::Indentation,
                        TextRange::default(),
                        "too many levels of indentation",
                    ));
                }
            }
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Equal
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Ellipsis => {}
            _ => here += 1,
        }
        deepest = deepest.max(here + below + 4 * indent);
    }
    check(deepest)
}

/// Whether a tree may be so deep.
pub(crate) fn check(depth: usize) -> Res<Shape> {
    if depth > MAX_DEPTH {
        let mut e = crate::errors::SyntaxError::bare(
            ErrorKind::Recursion,
            "maximum recursion depth exceeded during compilation",
        );
        e.line = 0;
        return Err(Box::new(e));
    }
    Ok(Shape { depth })
}

/// Stack that parsing and lowering a tree of this depth needs, or `None` where the caller's own stack will do.
pub(crate) fn stack_needed(shape: &Shape) -> Option<usize> {
    (shape.depth > 60).then(|| (4 << 20) + shape.depth * (24 << 10))
}
