//! What CPython says of errors inside f-strings and t-strings.
//!
//! The parser reports such an error as any other; CPython has rules of its own for what may follow the `{` of a
//! replacement field. The tokens up to the error tell in which field it is and how much of the field has been read.

use crate::errors::{ErrorKind, SyntaxError};
use crate::source::Source;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// CPython's limit of f-strings inside f-strings.
const MAX_STRINGS: usize = 150;
/// CPython's limit of replacement fields inside format specifications.
const MAX_SPECS: usize = 3;

/// What is open at a place of the text.
#[derive(Clone, Copy)]
enum Open {
    /// A string: its start token.
    Text(usize),
    /// A replacement field: the token of its `{`.
    Field(usize),
    /// The format specification of the field below it.
    Spec,
    /// A bracket inside a field.
    Bracket,
}

fn is_start(k: TokenKind) -> bool {
    matches!(k, TokenKind::FStringStart | TokenKind::TStringStart)
}

/// Follows one token.
fn step(open: &mut Vec<Open>, tokens: &[Token], i: usize) {
    match tokens[i].kind() {
        k if is_start(k) => open.push(Open::Text(i)),
        TokenKind::FStringEnd | TokenKind::TStringEnd => {
            while let Some(top) = open.pop() {
                if matches!(top, Open::Text(_)) {
                    break;
                }
            }
        }
        TokenKind::Lbrace => match open.last() {
            Some(Open::Text(_) | Open::Spec) => open.push(Open::Field(i)),
            Some(_) => open.push(Open::Bracket),
            None => {}
        },
        TokenKind::Lpar | TokenKind::Lsqb if !open.is_empty() => open.push(Open::Bracket),
        TokenKind::Rpar | TokenKind::Rsqb => {
            if matches!(open.last(), Some(Open::Bracket)) {
                open.pop();
            }
        }
        TokenKind::Rbrace => {
            if matches!(open.last(), Some(Open::Spec)) {
                open.pop();
            }
            if matches!(open.last(), Some(Open::Bracket | Open::Field(_))) {
                open.pop();
            }
        }
        TokenKind::Colon if matches!(open.last(), Some(Open::Field(_))) => open.push(Open::Spec),
        _ => {}
    }
}

/// What is open where a token starts at or after `end`.
fn open_at(tokens: &[Token], end: TextSize) -> Vec<Open> {
    let mut open = Vec::new();
    for (i, t) in tokens.iter().enumerate() {
        if t.start() >= end {
            break;
        }
        step(&mut open, tokens, i);
    }
    open
}

fn what(t: &Token) -> &'static str {
    if t.kind() == TokenKind::TStringStart {
        "t-string"
    } else {
        "f-string"
    }
}

/// What is nested deeper than CPython allows.
pub(crate) fn too_deep(tokens: &[Token], src: &Source<'_>) -> Option<(TextSize, Box<SyntaxError>)> {
    let mut open = Vec::new();
    for (i, t) in tokens.iter().enumerate() {
        step(&mut open, tokens, i);
        match t.kind() {
            k if is_start(k) => {
                let strings = open.iter().filter(|o| matches!(o, Open::Text(_))).count();
                if strings >= MAX_STRINGS {
                    let msg = "too many nested f-strings";
                    return Some((t.start(), src.error(ErrorKind::Syntax, t.range(), msg)));
                }
            }
            TokenKind::Lbrace if matches!(open.last(), Some(Open::Field(_))) => {
                let specs = open
                    .iter()
                    .rev()
                    .take_while(|o| !matches!(o, Open::Text(_)))
                    .filter(|o| matches!(o, Open::Spec))
                    .count();
                if specs >= MAX_SPECS {
                    let msg = "f-string: expressions nested too deeply";
                    return Some((t.start(), src.error(ErrorKind::Syntax, t.range(), msg)));
                }
            }
            _ => {}
        }
    }
    None
}

/// The start of the outermost string that is open at a place.
pub(crate) fn open_string(tokens: &[Token], at: TextSize) -> Option<TextRange> {
    open_at(tokens, at).iter().find_map(|o| match o {
        Open::Text(i) => Some(tokens[*i].range()),
        _ => None,
    })
}

/// Whether a closing bracket at `at` would close the `{` of a field: then it is unmatched in CPython's words.
pub(crate) fn closes_field(tokens: &[Token], at: TextSize) -> bool {
    matches!(
        open_at(tokens, at).last(),
        Some(Open::Field(_) | Open::Spec)
    )
}

/// The string whose quote an unterminated string inside one of its fields begins with: then the field was not closed.
pub(crate) fn quote_of_outer(
    tokens: &[Token],
    at: TextRange,
    src: &Source<'_>,
) -> Option<Box<SyntaxError>> {
    let open = open_at(tokens, at.start());
    let outer = open.iter().rev().find_map(|o| match o {
        Open::Text(i) => Some(&tokens[*i]),
        _ => None,
    })?;
    if matches!(open.last(), Some(Open::Text(_))) {
        return None;
    }
    let quotes = |text: &str| -> String {
        let body = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let Some(q) = body.chars().next() else {
            return String::new();
        };
        let three: String = [q; 3].iter().collect();
        if body.starts_with(&three) {
            three
        } else {
            q.to_string()
        }
    };
    let text = |r: TextRange| {
        src.text
            .get(std::ops::Range::<usize>::from(r))
            .unwrap_or("")
    };
    if quotes(text(outer.range())) != quotes(&src.text[usize::from(at.start())..]) {
        return None;
    }
    if let Some(e) = in_field(tokens, at.start(), src, true, false) {
        return Some(e);
    }
    let msg = format!("{}: expecting '}}'", what(outer));
    Some(src.error(ErrorKind::Syntax, TextRange::empty(at.start()), msg))
}

/// A conversion (what follows `!`) that is none of the three; `None` where the parser's words are right.
pub(crate) fn conversion(
    tokens: &[Token],
    at: TextRange,
    src: &Source<'_>,
) -> Option<Box<SyntaxError>> {
    let found = tokens.iter().find(|t| t.start() >= at.start())?;
    let open = open_at(tokens, found.start());
    let outer = open.iter().rev().find_map(|o| match o {
        Open::Text(i) => Some(&tokens[*i]),
        _ => None,
    })?;
    let error = |r: TextRange, m: &str| {
        let text = format!("{}: {m}", what(outer));
        Some(src.error(ErrorKind::Syntax, r, text))
    };
    let quote = src.text[..usize::from(outer.end())].chars().next_back();
    match found.kind() {
        TokenKind::Colon | TokenKind::Rbrace => {
            error(found.range(), "missing conversion character")
        }
        TokenKind::Name if src.text[usize::from(found.end())..].chars().next() == quote => {
            error(TextRange::empty(found.end()), "expecting '}'")
        }
        TokenKind::Name => None,
        _ => error(found.range(), "invalid conversion character"),
    }
}

/// What CPython says where the parser found nothing better than "invalid syntax", if the place is in a replacement field.
/// `cut`: the text ends at the place, there is no next token. `comma`: two values stand beside each other there, for
/// which CPython has other words inside an expression.
pub(crate) fn in_field(
    tokens: &[Token],
    at: TextSize,
    src: &Source<'_>,
    cut: bool,
    comma: bool,
) -> Option<Box<SyntaxError>> {
    let open = open_at(tokens, at);
    let (depth, field) = open.iter().enumerate().rev().find_map(|(d, o)| match o {
        Open::Field(i) => Some((d, *i)),
        _ => None,
    })?;
    let string = open[..depth].iter().rev().find_map(|o| match o {
        Open::Text(i) => Some(what(&tokens[*i])),
        _ => None,
    })?;
    let error =
        |r: TextRange, m: String| Some(src.error(ErrorKind::Syntax, r, format!("{string}: {m}")));
    let inside: Vec<&Token> = tokens[field + 1..]
        .iter()
        .filter(|t| !matches!(t.kind(), TokenKind::NonLogicalNewline | TokenKind::Comment))
        .collect();
    let first = inside.first().filter(|t| !cut || t.start() < at)?;
    let required = match first.kind() {
        TokenKind::Equal => "=",
        TokenKind::Exclamation => "!",
        TokenKind::Colon => ":",
        TokenKind::Rbrace => "}",
        _ => "",
    };
    if !required.is_empty() {
        return error(
            first.range(),
            format!("valid expression required before '{required}'"),
        );
    }
    if matches!(open.last(), Some(Open::Spec)) {
        return None;
    }
    // What the field had at its own level before the place.
    let (mut level, mut equal, mut bang, mut lambda) = (0, None, None, false);
    for (k, t) in inside
        .iter()
        .enumerate()
        .take_while(|(_, t)| t.start() < at)
    {
        match t.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => level += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => level -= 1,
            TokenKind::Equal if level == 0 => equal = Some(k),
            TokenKind::Exclamation if level == 0 => bang = Some(k),
            // Where an expression may begin; elsewhere it is no lambda at all.
            TokenKind::Lambda if level == 0 => {
                let before = k.checked_sub(1).map(|j| inside[j].kind());
                lambda = matches!(before, None | Some(TokenKind::Comma));
            }
            _ => {}
        }
    }
    let next = inside.iter().find(|t| t.start() >= at).copied();
    if let Some(k) = bang {
        let after = inside.get(k + 1).filter(|t| !cut || t.start() < at)?;
        return match after.kind() {
            TokenKind::Colon | TokenKind::Rbrace => {
                error(inside[k].range(), "missing conversion character".into())
            }
            TokenKind::Name if cut => None,
            TokenKind::Name => error(after.range(), "expecting ':' or '}'".into()),
            _ => error(after.range(), "invalid conversion character".into()),
        };
    }
    if cut || comma {
        return None;
    }
    let next = next?;
    // A lone quote is the end of the string: the field was not closed.
    let read = inside.iter().take_while(|t| t.end() <= at).last();
    let read = read.map_or(tokens[field].end(), |t| t.end());
    let rest = src.text.get(usize::from(read)..).unwrap_or("");
    let place = read + TextSize::of(rest) - TextSize::of(rest.trim_start());
    let known = |t: &&Token| t.start() == place && t.kind() != TokenKind::Unknown;
    if !inside.iter().any(known)
        && let Some(e) = quote_of_outer(tokens, TextRange::empty(place), src)
    {
        return Some(e);
    }
    if level == 0
        && let Some(k) = equal
    {
        return match inside.get(k + 1) {
            Some(t) if t.start() >= at => error(t.range(), "expecting '!', or ':', or '}'".into()),
            _ => None,
        };
    }
    if lambda && level == 0 && next.kind() == TokenKind::Colon {
        let msg = "lambda expressions are not allowed without parentheses";
        return error(next.range(), msg.into());
    }
    // Does anything before the place stand as an expression?
    let begin = tokens[field].end();
    let ends = inside.iter().take_while(|t| t.end() <= at).map(|t| t.end());
    let prefix = ends
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .take(64)
        .any(|end| {
            let text = &src.text[usize::from(begin)..usize::from(end)];
            ruff_python_parser::parse_expression(&format!("({text}\n)")).is_ok()
        });
    if !prefix {
        return error(
            first.range(),
            "expecting a valid expression after '{'".into(),
        );
    }
    if level != 0 {
        return None;
    }
    error(next.range(), "expecting '=', or '!', or ':', or '}'".into())
}
