//! What tracebacks point at inside a line: the operator of a binary operation, the brackets of a subscript or a call.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Byte range inside a segment of source that is marked by carets; the rest gets tildes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchors {
    /// First byte marked.
    pub start: usize,
    /// Byte behind the last one marked.
    pub end: usize,
}

/// Bytes that are put before a segment so that it may go on over several lines.
const LEAD: usize = 2;
/// Longer segments are not parsed.
const MAX: usize = 1 << 16;

/// The anchors of a segment, which is the source of one expression.
pub fn anchors(segment: &str) -> Option<Anchors> {
    let text = format!("(\n{segment}\n)");
    if text.len() > MAX || too_nested(&text) {
        return None;
    }
    let parsed = ruff_python_parser::parse_expression(&text).ok()?;
    let at = |r: TextRange| (usize::from(r.start()) - LEAD, usize::from(r.end()) - LEAD);
    match parsed.expr() {
        Expr::BinOp(b) => {
            let start = find(segment, at(b.left.range()).1, |c| {
                !c.is_ascii_whitespace() && c != b')'
            })?;
            let right = at(b.right.range()).0;
            let second = segment.as_bytes().get(start + 1).copied();
            let two = start + 1 < right
                && second.is_some_and(|c| !c.is_ascii_whitespace() && c != b'\\' && c != b'#');
            let end = start + 1 + usize::from(two);
            Some(Anchors { start, end })
        }
        Expr::Subscript(s) => Some(Anchors {
            start: find(segment, at(s.value.range()).1, |c| c == b'[')?,
            end: at(s.range()).1,
        }),
        Expr::Call(c) => Some(Anchors {
            start: find(segment, at(c.func.range()).1, |c| c == b'(')?,
            end: at(c.range()).1,
        }),
        _ => None,
    }
}

/// The first byte from `i` on that `stop` wants; comments and continuation signs go to the next line.
fn find(text: &str, mut i: usize, stop: impl Fn(u8) -> bool) -> Option<usize> {
    let b = text.as_bytes();
    while i < b.len() {
        match b[i] {
            b'\\' | b'#' => {
                while i < b.len() && b[i] != b'\n' {
                    i += 1;
                }
            }
            c if stop(c) => return Some(i),
            _ => {}
        }
        i += 1;
    }
    None
}

fn too_nested(text: &str) -> bool {
    text.bytes().filter(|c| b"([{-+~*.".contains(c)).count() > 200
}

/// The byte range of the call in `return f(…)` or `x = f(…)`, where that is the first statement of `lines`: carets under
/// all of it would say nothing. `Some(None)`: another statement; `None`: no statement at all, or no parse.
pub fn plain_call(lines: &str) -> Option<Option<(usize, usize)>> {
    if lines.len() > MAX || too_nested(lines) {
        return None;
    }
    let parsed = ruff_python_parser::parse_module(lines).ok()?;
    let call = match parsed.suite().first()? {
        Stmt::Return(r) => match r.value.as_deref() {
            Some(Expr::Call(c)) if c.func.is_name_expr() => Some(c.range()),
            _ => None,
        },
        Stmt::Assign(a) => match (&a.targets[..], &*a.value) {
            ([Expr::Name(_)], Expr::Call(c)) => Some(c.range()),
            _ => None,
        },
        _ => None,
    };
    Some(call.map(|r| (usize::from(r.start()), usize::from(r.end()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_brackets_are_found() {
        let a = |s: &str| anchors(s).map(|a| &s[a.start..a.end]).map(str::to_owned);
        assert_eq!(a("x / 0").as_deref(), Some("/"));
        assert_eq!(a("(a) // (b)").as_deref(), Some("//"));
        assert_eq!(a("f(1)[2]").as_deref(), Some("[2]"));
        assert_eq!(a("f(1, 2)").as_deref(), Some("(1, 2)"));
        assert_eq!(a("x.y"), None);
        assert_eq!(plain_call("return f(1)"), Some(Some((7, 11))));
    }
}
