//! Expressions back to text, for `from __future__ import annotations`.

use crate::source::Source;
use ruff_python_ast::*;
use ruff_text_size::Ranged;

/// The text of an annotation.
pub(crate) fn unparse(e: &Expr, source: &Source<'_>) -> String {
    let mut out = String::new();
    write(&mut out, e, source, 0);
    out
}

/// Binding strength of binary operators; larger binds tighter.
fn level(op: Operator) -> u8 {
    match op {
        Operator::BitOr => 6,
        Operator::BitXor => 7,
        Operator::BitAnd => 8,
        Operator::LShift | Operator::RShift => 9,
        Operator::Add | Operator::Sub => 10,
        Operator::Pow => 13,
        _ => 11,
    }
}

fn list(out: &mut String, elts: &[Expr], s: &Source<'_>) {
    for (i, e) in elts.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, e, s, 1);
    }
}

/// Python's `repr` of a string.
fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 32 || c as u32 == 127 => {
                out.push_str(&format!("\\x{:02x}", c as u32))
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// Writes `e`, in parentheses if it binds less tightly than `min`.
fn write(out: &mut String, e: &Expr, s: &Source<'_>, min: u8) {
    let own = match e {
        Expr::Tuple(_) | Expr::Named(_) | Expr::Yield(_) | Expr::YieldFrom(_) => 0,
        Expr::Lambda(_) | Expr::If(_) => 1,
        Expr::BoolOp(b) if b.op == BoolOp::Or => 2,
        Expr::BoolOp(_) => 3,
        Expr::UnaryOp(u) if u.op == UnaryOp::Not => 4,
        Expr::Compare(_) => 5,
        Expr::BinOp(b) => level(b.op),
        Expr::UnaryOp(_) => 12,
        Expr::Await(_) => 14,
        _ => 20,
    };
    let paren = own < min || (e.is_tuple_expr() && min == 0);
    let tuple_bare = e.is_tuple_expr() && min == 255;
    if paren && !tuple_bare {
        out.push('(');
    }
    match e {
        Expr::Name(n) => out.push_str(&n.id),
        Expr::StringLiteral(t) => out.push_str(&repr_str(t.value.to_str())),
        Expr::NoneLiteral(_) => out.push_str("None"),
        Expr::BooleanLiteral(b) => out.push_str(if b.value { "True" } else { "False" }),
        Expr::EllipsisLiteral(_) => out.push_str("..."),
        Expr::Attribute(a) => {
            write(out, &a.value, s, 15);
            out.push('.');
            out.push_str(&a.attr);
        }
        Expr::Subscript(x) => {
            write(out, &x.value, s, 15);
            out.push('[');
            match &*x.slice {
                Expr::Tuple(t) if !t.elts.is_empty() => {
                    list(out, &t.elts, s);
                    if t.elts.len() == 1 {
                        out.push(',');
                    }
                }
                i => write(out, i, s, 0),
            }
            out.push(']');
        }
        Expr::Tuple(t) => {
            list(out, &t.elts, s);
            if t.elts.len() == 1 {
                out.push(',');
            }
        }
        Expr::List(l) => {
            out.push('[');
            list(out, &l.elts, s);
            out.push(']');
        }
        Expr::Set(l) => {
            out.push('{');
            list(out, &l.elts, s);
            out.push('}');
        }
        Expr::BinOp(b) => {
            let l = level(b.op);
            let right = b.op == Operator::Pow;
            write(out, &b.left, s, if right { l + 1 } else { l });
            out.push(' ');
            out.push_str(b.op.as_str());
            out.push(' ');
            write(out, &b.right, s, if right { l } else { l + 1 });
        }
        Expr::UnaryOp(u) => {
            out.push_str(match u.op {
                UnaryOp::Invert => "~",
                UnaryOp::Not => "not ",
                UnaryOp::UAdd => "+",
                UnaryOp::USub => "-",
            });
            write(out, &u.operand, s, own);
        }
        Expr::BoolOp(b) => {
            for (i, v) in b.values.iter().enumerate() {
                if i > 0 {
                    out.push_str(if b.op == BoolOp::And { " and " } else { " or " });
                }
                write(out, v, s, own + 1);
            }
        }
        Expr::Compare(c) => {
            write(out, &c.left, s, 6);
            for (op, r) in c.ops.iter().zip(&c.comparators) {
                out.push_str(&format!(" {op} "));
                write(out, r, s, 6);
            }
        }
        Expr::If(i) => {
            write(out, &i.body, s, 2);
            out.push_str(" if ");
            write(out, &i.test, s, 2);
            out.push_str(" else ");
            write(out, &i.orelse, s, 1);
        }
        Expr::Starred(x) => {
            out.push('*');
            write(out, &x.value, s, 6);
        }
        Expr::Call(c) => {
            write(out, &c.func, s, 15);
            out.push('(');
            list(out, &c.arguments.args, s);
            for (i, k) in c.arguments.keywords.iter().enumerate() {
                if i > 0 || !c.arguments.args.is_empty() {
                    out.push_str(", ");
                }
                match &k.arg {
                    Some(n) => out.push_str(&format!("{n}=")),
                    None => out.push_str("**"),
                }
                write(out, &k.value, s, 1);
            }
            out.push(')');
        }
        Expr::Dict(d) => {
            out.push('{');
            for (i, x) in d.items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                match &x.key {
                    Some(k) => {
                        write(out, k, s, 1);
                        out.push_str(": ");
                    }
                    None => out.push_str("**"),
                }
                write(out, &x.value, s, 1);
            }
            out.push('}');
        }
        Expr::Slice(x) => {
            if let Some(l) = &x.lower {
                write(out, l, s, 1);
            }
            out.push(':');
            if let Some(u) = &x.upper {
                write(out, u, s, 1);
            }
            if let Some(st) = &x.step {
                out.push(':');
                write(out, st, s, 1);
            }
        }
        // The rest is rare in annotations: as it was written.
        e => out.push_str(
            s.text
                .get(std::ops::Range::<usize>::from(e.range()))
                .unwrap_or(""),
        ),
    }
    if paren && !tuple_bare {
        out.push(')');
    }
}
