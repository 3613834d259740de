//! The parser's errors as CPython words and places them.

use crate::Mode;
use crate::errors::{ErrorKind, Res, SyntaxError, Warning, WarningKind};
use crate::fstring_errors;
use crate::source::Source;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Mod, StringFlags};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, Parsed,
    UnsupportedSyntaxErrorKind,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

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
    let first = parsed.errors().iter().min_by_key(|e| e.location.start());
    if let Some((at, e)) = fstring_errors::too_deep(parsed.tokens(), src)
        && first.is_none_or(|f| at <= f.location.start())
    {
        return Err(e);
    }
    if let Some(first) = first {
        return Err(translate(first, parsed, src));
    }
    if let Some(e) = parsed.unsupported_syntax_errors().first() {
        let msg = match e.kind {
            UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
                "iterable unpacking cannot be used in comprehension"
            }
            _ => "invalid syntax",
        };
        return Err(src.error(ErrorKind::Syntax, e.range, msg));
    }
    Ok(())
}

/// Brackets left open before `end`: kind and place, outermost first; or the first that does not match.
fn brackets(
    tokens: &[Token],
    src: &Source<'_>,
    end: TextSize,
) -> Result<Vec<(char, TextRange)>, Box<SyntaxError>> {
    let mut open: Vec<(char, TextRange)> = Vec::new();
    for t in tokens.iter().take_while(|t| t.start() <= end) {
        let c = match t.kind() {
            TokenKind::Lpar => '(',
            TokenKind::Lsqb => '[',
            TokenKind::Lbrace => '{',
            TokenKind::Rpar => ')',
            TokenKind::Rsqb => ']',
            TokenKind::Rbrace => '}',
            _ => continue,
        };
        if matches!(c, '(' | '[' | '{') {
            open.push((c, t.range()));
            continue;
        }
        let Some((o, at)) = open.pop() else {
            return Err(src.error(ErrorKind::Syntax, t.range(), format!("unmatched '{c}'")));
        };
        if o == '{' && c != '}' && fstring_errors::closes_field(tokens, t.start()) {
            let msg = format!("f-string: unmatched '{c}'");
            return Err(src.error(ErrorKind::Syntax, t.range(), msg));
        }
        if !matches!((o, c), ('(', ')') | ('[', ']') | ('{', '}')) {
            let (line, here) = (src.line_col(at.start()).0, src.line_col(t.start()).0);
            let place = if line == here {
                String::new()
            } else {
                format!(" on line {line}")
            };
            let msg = format!(
                "closing parenthesis '{c}' does not match opening parenthesis '{o}'{place}"
            );
            return Err(src.error(ErrorKind::Syntax, t.range(), msg));
        }
    }
    Ok(open)
}

/// The expression of exactly this range.
fn expression_at(parsed: &Parsed<Mod>, range: TextRange) -> Option<&Expr> {
    struct Find<'a>(TextRange, Option<&'a Expr>);
    impl<'a> Visitor<'a> for Find<'a> {
        fn visit_expr(&mut self, e: &'a Expr) {
            if self.1.is_none() && e.range() == self.0 {
                self.1 = Some(e);
            } else if e.range().contains_range(self.0) {
                walk_expr(self, e);
            }
        }
    }
    let mut f = Find(range, None);
    match parsed.syntax() {
        Mod::Module(m) => m.body.iter().for_each(|s| f.visit_stmt(s)),
        Mod::Expression(e) => f.visit_expr(&e.body),
    }
    f.1
}

fn translate(e: &ParseError, parsed: &Parsed<Mod>, src: &Source<'_>) -> Box<SyntaxError> {
    let tokens: &[Token] = parsed.tokens();
    let at = e.location;
    let open = match brackets(tokens, src, at.start()) {
        Ok(open) => open,
        Err(e) => return e,
    };
    let text = src
        .text
        .get(std::ops::Range::<usize>::from(at))
        .unwrap_or("");
    let found = tokens
        .iter()
        .find(|t| t.start() >= at.start() && t.kind() != TokenKind::NonLogicalNewline);
    let at_end = found.is_none_or(|t| t.kind() == TokenKind::EndOfFile)
        || at.start() >= TextSize::of(src.text);
    let target = |parsed| expression_at(parsed, at).map_or("expression", describe);
    let mut kind = ErrorKind::Syntax;
    let mut range = at;
    let mut generic = false;
    let msg: String = match &e.error {
        ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError)
            if let Some(e) = fstring_errors::quote_of_outer(tokens, at, src) =>
        {
            return e;
        }
        ParseErrorType::Lexical(
            l @ (LexicalErrorType::FStringError(
                InterpolatedStringErrorType::UnterminatedString
                | InterpolatedStringErrorType::UnterminatedTripleQuotedString,
            )
            | LexicalErrorType::TStringError(
                InterpolatedStringErrorType::UnterminatedString
                | InterpolatedStringErrorType::UnterminatedTripleQuotedString,
            )),
        ) if let Some(start) = fstring_errors::open_string(tokens, at.start()) => {
            return lexical(l, start, src, &open);
        }
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok })
            if tok.is_ascii()
                && let Some(e) =
                    fstring_errors::in_field(tokens, at.start(), src, false, false) =>
        {
            return e;
        }
        ParseErrorType::Lexical(l) => return lexical(l, at, src, &open),
        ParseErrorType::FStringError(
            InterpolatedStringErrorType::UnclosedLbrace
            | InterpolatedStringErrorType::InvalidConversionFlag,
        )
        | ParseErrorType::TStringError(
            InterpolatedStringErrorType::UnclosedLbrace
            | InterpolatedStringErrorType::InvalidConversionFlag,
        ) if let Some(e) = unclosed_field(&e.error, at, tokens, src) => return e,
        ParseErrorType::FStringError(f) => interpolated(f, "f-string", text, at, src),
        ParseErrorType::TStringError(f) => interpolated(f, "t-string", text, at, src),
        ParseErrorType::UnexpectedIndentation if mixed_indent(src, at) => {
            kind = ErrorKind::Tab;
            "inconsistent use of tabs and spaces in indentation".into()
        }
        ParseErrorType::UnexpectedIndentation => {
            kind = ErrorKind::Indentation;
            "unexpected indent".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Expected an indented block after") => {
            kind = ErrorKind::Indentation;
            let what = m
                .trim_start_matches("Expected an indented block after ")
                .replace('`', "'");
            // The header is the logical line before.
            let header = tokens
                .iter()
                .enumerate()
                .rfind(|(_, t)| t.kind() == TokenKind::Newline && t.start() < at.start())
                .and_then(|(i, _)| {
                    let skip = |k| {
                        matches!(
                            k,
                            TokenKind::NonLogicalNewline
                                | TokenKind::Comment
                                | TokenKind::Indent
                                | TokenKind::Dedent
                        )
                    };
                    let first = tokens[..i]
                        .iter()
                        .rposition(|t| t.kind() == TokenKind::Newline)
                        .map_or(0, |p| p + 1);
                    tokens[first..i].iter().find(|t| !skip(t.kind()))
                });
            let line = header.map_or(1, |t| src.line_col(t.start()).0);
            let mut err = src.error(
                kind,
                at,
                format!("expected an indented block after {what} on line {line}"),
            );
            err.incomplete = at_end;
            return err;
        }
        ParseErrorType::OtherError(m) if m.starts_with("Expected `except` or `finally`") => {
            "expected 'except' or 'finally' block".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Only one '/'") => {
            "/ may appear only once".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Only one '*'") => {
            "* may appear only once".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("'/' parameter must") => {
            "/ must be ahead of *".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Position-only parameter separator") => {
            "at least one parameter must precede /".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Cannot have both 'except'") => {
            "cannot have both 'except' and 'except*' on the same 'try'".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Expected one or more exception types") => {
            "expected one or more exception types".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Positional patterns cannot follow") => {
            "positional patterns follow keyword patterns".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Pattern cannot follow a double star") => {
            "double star pattern must be the last (right-most) subpattern in the mapping pattern"
                .into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Multiple exception types must be") => {
            "multiple exception types must be parenthesized when using 'as'".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Only single target") => {
            m.replacen("Only", "only", 1)
        }
        ParseErrorType::OtherError(m) if m.starts_with("Trailing comma not allowed") => {
            "trailing comma not allowed without surrounding parentheses".into()
        }
        ParseErrorType::OtherError(m) if m.starts_with("Bytes literal cannot be mixed") => {
            "cannot mix bytes and nonbytes literals".into()
        }
        ParseErrorType::EmptyImportNames => "Expected one or more names after 'import'".into(),
        ParseErrorType::InvalidAssignmentTarget => match expression_at(parsed, at) {
            Some(
                x @ (Expr::BooleanLiteral(_)
                | Expr::NoneLiteral(_)
                | Expr::Generator(_)
                | Expr::Compare(_)
                | Expr::BoolOp(_)
                | Expr::Lambda(_)
                | Expr::If(_)
                | Expr::Starred(_)
                | Expr::Yield(_)
                | Expr::YieldFrom(_)),
            ) => {
                let open_paren = src.text[..usize::from(at.start())]
                    .trim_end()
                    .ends_with('(');
                match x {
                    Expr::Yield(_) | Expr::YieldFrom(_) if !open_paren => {
                        "assignment to yield expression not possible".into()
                    }
                    x => format!("cannot assign to {}", describe(x)),
                }
            }
            x => {
                let what = x.map_or("expression", describe);
                let next = src.text[usize::from(at.end())..].trim_start_matches([' ', ')']);
                if next.starts_with('=') {
                    format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?")
                } else {
                    format!("cannot assign to {what}")
                }
            }
        },
        ParseErrorType::InvalidNamedAssignmentTarget => {
            format!("cannot use assignment expressions with {}", target(parsed))
        }
        ParseErrorType::InvalidAugmentedAssignmentTarget => {
            format!(
                "'{}' is an illegal expression for augmented assignment",
                target(parsed)
            )
        }
        ParseErrorType::InvalidAnnotatedAssignmentTarget => match target(parsed) {
            w @ ("list" | "tuple") => format!("only single target (not {w}) can be annotated"),
            _ => "illegal target for annotation".into(),
        },
        ParseErrorType::InvalidDeleteTarget => format!("cannot delete {}", target(parsed)),
        ParseErrorType::PositionalAfterKeywordArgument => {
            "positional argument follows keyword argument".into()
        }
        ParseErrorType::PositionalAfterKeywordUnpacking => {
            "positional argument follows keyword argument unpacking".into()
        }
        ParseErrorType::InvalidArgumentUnpackingOrder => {
            "iterable argument unpacking follows keyword argument unpacking".into()
        }
        ParseErrorType::UnparenthesizedGeneratorExpression => {
            "Generator expression must be parenthesized".into()
        }
        ParseErrorType::IterableUnpackingInComprehension => {
            "iterable unpacking cannot be used in comprehension".into()
        }
        ParseErrorType::ParamAfterVarKeywordParam => {
            "parameters cannot follow var-keyword parameter".into()
        }
        ParseErrorType::NonDefaultParamAfterDefaultParam => {
            "parameter without a default follows parameter with a default".into()
        }
        ParseErrorType::ExpectedKeywordParam => "named parameters must follow bare *".into(),
        ParseErrorType::VarParameterWithDefault => {
            "var-positional parameter cannot have default value".into()
        }
        ParseErrorType::InvalidStarredExpressionUsage => {
            if src.text[..usize::from(at.start())]
                .trim_end()
                .ends_with('(')
            {
                "cannot use starred expression here".into()
            } else {
                "can't use starred expression here".into()
            }
        }
        ParseErrorType::InvalidMatchPatternTarget => "cannot use '_' as a target".into(),
        ParseErrorType::ExpectedRealNumber => "real number required in complex literal".into(),
        ParseErrorType::ExpectedImaginaryNumber => {
            "imaginary number required in complex literal".into()
        }
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Colon,
            found: TokenKind::Newline,
        } if open.is_empty() => "expected ':'".into(),
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Lpar,
            ..
        } => "expected '('".into(),
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Else,
            ..
        } => "expected 'else' after 'if' expression".into(),
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Colon,
            found: TokenKind::Equal,
        } => {
            range = with_line_start(tokens, at);
            "invalid syntax. Maybe you meant '==' or ':=' instead of '='?".into()
        }
        ParseErrorType::SimpleStatementsOnSameLine => {
            generic = true;
            let before = tokens.iter().rfind(|t| t.end() <= at.start());
            match before.map(|t| &src.text[std::ops::Range::<usize>::from(t.range())]) {
                Some(w @ ("print" | "exec")) if is_expression(found, tokens, src) => {
                    range = TextRange::new(before.map_or(at.start(), Ranged::start), at.end());
                    generic = false;
                    format!("Missing parentheses in call to '{w}'. Did you mean {w}(...)?")
                }
                _ => "invalid syntax".into(),
            }
        }
        _ => {
            generic = true;
            "invalid syntax".into()
        }
    };
    if generic {
        if let Some(err) = special(found, tokens, src) {
            return err;
        }
        let place = found.map_or(at.start(), Ranged::start);
        let comma = forgotten_comma(found, tokens).is_some();
        if let Some(err) = fstring_errors::in_field(tokens, place, src, false, comma) {
            return err;
        }
        if let Some((c, place)) = open.last()
            && (at_end || src.line_col(place.start()).0 < src.line_col(at.start()).0)
        {
            let mut err = src.error(ErrorKind::Syntax, *place, format!("'{c}' was never closed"));
            err.incomplete = at_end;
            return err;
        }
        if let Some(t) = found {
            range = t.range();
            if let Some((range, msg)) = forgotten_comma(found, tokens)
                && !open.is_empty()
            {
                return src.error(ErrorKind::Syntax, range, msg);
            }
        }
    }
    let mut err = src.error(kind, range, msg);
    err.incomplete = at_end;
    err
}

/// Whether what begins at a token and ends with its line is an expression.
fn is_expression(found: Option<&Token>, tokens: &[Token], src: &Source<'_>) -> bool {
    let Some(first) = found else { return false };
    let end = tokens
        .iter()
        .find(|t| {
            t.start() >= first.start()
                && matches!(
                    t.kind(),
                    TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile
                )
        })
        .map_or(TextSize::of(src.text), Ranged::start);
    let text = &src.text[usize::from(first.start())..usize::from(end)];
    ruff_python_parser::parse_expression(&format!("({text}\n)")).is_ok()
}

/// A replacement field that does not end where it should, or whose conversion is none.
fn unclosed_field(
    e: &ParseErrorType,
    at: TextRange,
    tokens: &[Token],
    src: &Source<'_>,
) -> Option<Box<SyntaxError>> {
    let conversion = matches!(
        e,
        ParseErrorType::FStringError(InterpolatedStringErrorType::InvalidConversionFlag)
            | ParseErrorType::TStringError(InterpolatedStringErrorType::InvalidConversionFlag)
    );
    if conversion {
        return fstring_errors::conversion(tokens, at, src);
    }
    let found = tokens
        .iter()
        .find(|t| t.start() >= at.start() && t.kind() != TokenKind::NonLogicalNewline);
    let place = found.map_or(at.start(), Ranged::start);
    let comma = forgotten_comma(found, tokens);
    if let Some(e) = fstring_errors::in_field(tokens, place, src, false, comma.is_some()) {
        return Some(e);
    }
    comma.map(|(range, msg)| src.error(ErrorKind::Syntax, range, msg))
}

/// Two values beside each other, where a comma may be missing.
fn forgotten_comma(found: Option<&Token>, tokens: &[Token]) -> Option<(TextRange, &'static str)> {
    let t = found?;
    let value = |k| {
        matches!(
            k,
            TokenKind::Name
                | TokenKind::Int
                | TokenKind::Float
                | TokenKind::String
                | TokenKind::Complex
        )
    };
    let b = tokens
        .iter()
        .rfind(|b| b.end() <= t.start() && b.kind() != TokenKind::NonLogicalNewline)?;
    let gap = value(t.kind()) && value(b.kind()) && b.end() < t.start();
    gap.then(|| {
        let msg = "invalid syntax. Perhaps you forgot a comma?";
        (TextRange::new(b.start(), t.end()), msg)
    })
}

/// Errors that show in the tokens around the place: numbers run into names, `<>`, `x=` in calls.
fn special(found: Option<&Token>, tokens: &[Token], src: &Source<'_>) -> Option<Box<SyntaxError>> {
    let t = found?;
    let i = tokens
        .iter()
        .position(|x| x.start() == t.start() && x.kind() == t.kind())?;
    let before = i.checked_sub(1).map(|j| &tokens[j]);
    let number = |k| matches!(k, TokenKind::Int | TokenKind::Float | TokenKind::Complex);
    if let Some(b) = before
        && number(b.kind())
        && b.end() == t.start()
        && (t.kind() == TokenKind::Name || number(t.kind()) || t.kind().is_keyword())
    {
        let text = &src.text[std::ops::Range::<usize>::from(b.range())];
        let bad = src.text[usize::from(t.start())..]
            .chars()
            .next()
            .unwrap_or(' ');
        let lower = text.to_ascii_lowercase();
        let last = TextRange::empty(b.end() - TextSize::new(1));
        let name = match lower.get(..2) {
            Some("0x") => "hexadecimal",
            Some("0o") => "octal",
            Some("0b") => "binary",
            _ if b.kind() == TokenKind::Complex => "imaginary",
            _ => "decimal",
        };
        if matches!(name, "octal" | "binary") && bad.is_ascii_digit() {
            let msg = format!("invalid digit '{bad}' in {name} literal");
            return Some(src.error(ErrorKind::Syntax, TextRange::empty(t.start()), msg));
        }
        return Some(src.error(ErrorKind::Syntax, last, format!("invalid {name} literal")));
    }
    if let Some(b) = before
        && b.kind() == TokenKind::Less
        && t.kind() == TokenKind::Greater
        && b.end() == t.start()
    {
        let range = TextRange::new(b.start(), t.end());
        let msg = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
        return Some(src.error(ErrorKind::Syntax, range, msg));
    }
    // In a call: `True=`, `1=`, `a.b=`; the parser's place is the start of the argument.
    let mut depth = 0;
    for (j, x) in tokens[i..].iter().enumerate() {
        match x.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if depth > 0 => depth -= 1,
            TokenKind::Equal if depth == 0 && j > 0 => {
                let opened =
                    before.is_some_and(|b| matches!(b.kind(), TokenKind::Lpar | TokenKind::Comma));
                if !opened {
                    return None;
                }
                let range = TextRange::new(t.start(), x.end());
                let word = &src.text[std::ops::Range::<usize>::from(t.range())];
                let msg = match t.kind() {
                    TokenKind::True | TokenKind::False | TokenKind::None if j == 1 => {
                        format!("cannot assign to {word}")
                    }
                    TokenKind::Name if j == 1 => return None,
                    _ => "expression cannot contain assignment, perhaps you meant \"==\"?".into(),
                };
                return Some(src.error(ErrorKind::Syntax, range, msg));
            }
            TokenKind::Rpar
            | TokenKind::Comma
            | TokenKind::Newline
            | TokenKind::Rsqb
            | TokenKind::Rbrace => return None,
            _ => {}
        }
    }
    None
}

/// From the expression after the line's keyword to the end of what follows `=`.
fn with_line_start(tokens: &[Token], at: TextRange) -> TextRange {
    let i = tokens
        .iter()
        .position(|t| t.start() >= at.start())
        .unwrap_or(0);
    let start = i.checked_sub(1).map_or(at.start(), |j| tokens[j].start());
    let end = tokens.get(i + 1).map_or(at.end(), Ranged::end);
    TextRange::new(start, end)
}

fn interpolated(
    f: &InterpolatedStringErrorType,
    what: &str,
    text: &str,
    at: TextRange,
    src: &Source<'_>,
) -> String {
    use InterpolatedStringErrorType as T;
    let last = src.line_col(at.end()).0;
    match f {
        T::UnclosedLbrace => format!("{what}: expecting '}}'"),
        T::InvalidConversionFlag => {
            format!("{what}: invalid conversion character '{text}': expected 's', 'r', or 'a'")
        }
        T::SingleRbrace => format!("{what}: single '}}' is not allowed"),
        T::UnterminatedString => format!("unterminated {what} literal (detected at line {last})"),
        T::UnterminatedTripleQuotedString => {
            let last = src.line_col(TextSize::of(src.text)).0;
            format!("unterminated triple-quoted {what} literal (detected at line {last})")
        }
        T::LambdaWithoutParentheses => {
            format!("{what}: lambda expressions are not allowed without parentheses")
        }
        T::ConversionFlagNotImmediatelyAfterExclamation => {
            format!("{what}: conversion type must come right after the exclamation mark")
        }
        T::NewlineInFormatSpec => {
            format!(
                "{what}: newlines are not allowed in format specifiers for single quoted {what}s"
            )
        }
    }
}

fn lexical(
    l: &LexicalErrorType,
    at: TextRange,
    src: &Source<'_>,
    open: &[(char, TextRange)],
) -> Box<SyntaxError> {
    let text = src
        .text
        .get(std::ops::Range::<usize>::from(at))
        .unwrap_or("");
    let start = TextRange::empty(at.start());
    match l {
        LexicalErrorType::UnclosedStringError => {
            let body = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let triple = body.starts_with("'''") || body.starts_with("\"\"\"");
            let line = if triple { src.line_col(TextSize::of(src.text)).0 } else { src.line_col(at.start()).0 };
            let what = if triple { "triple-quoted string" } else { "string" };
            let msg = format!("unterminated {what} literal (detected at line {line})");
            let mut err = src.error(ErrorKind::Syntax, start, msg);
            err.incomplete = triple;
            err
        }
        LexicalErrorType::IndentationError => {
            if mixed_indent(src, at) {
                return src.error(ErrorKind::Tab, at, "inconsistent use of tabs and spaces in indentation");
            }
            src.error(ErrorKind::Indentation, at, "unindent does not match any outer indentation level")
        }
        LexicalErrorType::UnrecognizedToken { tok } => {
            if tok.is_ascii() {
                return src.error(ErrorKind::Syntax, at, "invalid syntax");
            }
            let n = *tok as u32;
            let msg = if tok.is_control() || tok.is_whitespace() || matches!(n, 0x200b..=0x200f | 0xfeff) {
                format!("invalid non-printable character U+{n:04X}")
            } else {
                format!("invalid character '{tok}' (U+{n:04X})")
            };
            src.error(ErrorKind::Syntax, start, msg)
        }
        LexicalErrorType::FStringError(InterpolatedStringErrorType::UnterminatedString)
        | LexicalErrorType::TStringError(InterpolatedStringErrorType::UnterminatedString)
            if let Some((c, at)) = open.last() =>
        {
            let mut err = src.error(ErrorKind::Syntax, *at, format!("'{c}' was never closed"));
            err.incomplete = true;
            err
        }
        LexicalErrorType::FStringError(f) => {
            src.error(ErrorKind::Syntax, start, interpolated(f, "f-string", text, at, src))
        }
        LexicalErrorType::TStringError(f) => {
            src.error(ErrorKind::Syntax, start, interpolated(f, "t-string", text, at, src))
        }
        LexicalErrorType::InvalidByteLiteral => {
            src.error(ErrorKind::Syntax, at, "bytes can only contain ASCII literal characters")
        }
        LexicalErrorType::LineContinuationError => {
            src.error(ErrorKind::Syntax, at, "unexpected character after line continuation character")
        }
        LexicalErrorType::Eof => {
            let mut err = match open.last() {
                Some((c, at)) => src.error(ErrorKind::Syntax, *at, format!("'{c}' was never closed")),
                None => src.error(ErrorKind::Syntax, at, "unexpected EOF while parsing"),
            };
            err.incomplete = true;
            err
        }
        LexicalErrorType::MissingUnicodeLbrace | LexicalErrorType::MissingUnicodeRbrace => src.error(
            ErrorKind::Syntax,
            at,
            "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: malformed \\N character escape",
        ),
        LexicalErrorType::UnicodeError | LexicalErrorType::StringError => {
            let rest = &src.text[usize::from(at.start())..];
            let (what, n) = if let Some(h) = rest.strip_prefix("\\x").or_else(|| rest.strip_prefix('x')) {
                ("truncated \\xXX escape", h.chars().take(2).take_while(char::is_ascii_hexdigit).count() + 1)
            } else if rest.starts_with("\\N") || rest.starts_with('N') || rest.starts_with('{') {
                ("unknown Unicode character name", rest.find('}').unwrap_or(1))
            } else if rest.starts_with("\\U") || rest.starts_with('U') {
                ("truncated \\UXXXXXXXX escape", 1)
            } else {
                let h = rest.trim_start_matches(['\\', 'u']);
                ("truncated \\uXXXX escape", h.chars().take(4).take_while(char::is_ascii_hexdigit).count() + 1)
            };
            let msg = format!("(unicode error) 'unicodeescape' codec can't decode bytes in position 0-{n}: {what}");
            src.error(ErrorKind::Syntax, at, msg)
        }
        LexicalErrorType::OtherError(_) => number(at, src),
    }
}

/// Whether the line at a place is indented with other characters than the line before it.
fn mixed_indent(src: &Source<'_>, at: TextRange) -> bool {
    let line = src.line_col(at.start()).0;
    let first = |l: u32| src.line_text(l).chars().next();
    match (first(line), first(line.saturating_sub(1))) {
        (Some(' '), Some('\t')) | (Some('\t'), Some(' ')) => line > 1,
        _ => false,
    }
}

/// What is wrong with the number that starts at (or before) a place.
fn number(at: TextRange, src: &Source<'_>) -> Box<SyntaxError> {
    let begin = usize::from(at.start());
    let rest = &src.text[begin..];
    let place = |n: usize| {
        let i = TextSize::new((begin + n) as u32);
        TextRange::empty(i)
    };
    for (prefix, name, radix) in [
        ("0x", "hexadecimal", 16),
        ("0o", "octal", 8),
        ("0b", "binary", 2),
    ] {
        if !rest
            .get(..2)
            .is_some_and(|p| p.eq_ignore_ascii_case(prefix))
        {
            continue;
        }
        let digits = rest[2..]
            .find(|c: char| !(c.is_digit(radix) || c == '_'))
            .map_or(rest.len(), |i| i + 2);
        if let Some(c) = rest[digits..].chars().next().filter(char::is_ascii_digit) {
            return src.error(
                ErrorKind::Syntax,
                place(digits),
                format!("invalid digit '{c}' in {name} literal"),
            );
        }
        return src.error(
            ErrorKind::Syntax,
            place(digits - 1),
            format!("invalid {name} literal"),
        );
    }
    let digits = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '_'))
        .unwrap_or(rest.len());
    let all = &rest[..digits];
    if all.len() > 1 && all.starts_with('0') && !all.contains("__") && !all.ends_with('_') {
        let msg = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
        let end = TextRange::new(at.start(), at.start() + TextSize::new(1));
        return src.error(ErrorKind::Syntax, end, msg);
    }
    let before = all.find("__").map_or(digits.saturating_sub(1), |i| i);
    src.error(ErrorKind::Syntax, place(before), "invalid decimal literal")
}

/// Warnings about escapes that mean nothing.
pub(crate) fn escape_warnings(parsed: &Parsed<Mod>, src: &Source<'_>, out: &mut Vec<Warning>) {
    for t in parsed.tokens().iter() {
        let text = &src.text[std::ops::Range::<usize>::from(t.range())];
        let (prefix, bytes) = match t.kind() {
            TokenKind::String if text.contains('\\') => {
                let prefix = text.find(['\'', '"']).unwrap_or(0);
                if text[..prefix].contains(['r', 'R']) {
                    continue;
                }
                (prefix, text[..prefix].contains(['b', 'B']))
            }
            TokenKind::FStringMiddle | TokenKind::TStringMiddle
                if text.contains('\\')
                    && !t.string_flags().is_some_and(|f| f.prefix().is_raw()) =>
            {
                (0, false)
            }
            _ => continue,
        };
        let mut chars = text[prefix..].char_indices();
        while let Some((i, c)) = chars.next() {
            if c != '\\' {
                continue;
            }
            // At the end of a part of an f-string the `{` that follows is meant.
            let following = src.text[usize::from(t.end())..].chars().next();
            let Some(c) = chars.next().map(|(_, c)| c).or(following) else {
                break;
            };
            let known = matches!(
                c,
                '\n' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | '0'
                    ..='7'
            ) || !bytes && matches!(c, 'u' | 'U' | 'N');
            // `\400` and beyond do not fit a byte.
            let octal = matches!(c, '4'..='7')
                && text[prefix + i + 2..]
                    .bytes()
                    .take(2)
                    .filter(|b| matches!(b, b'0'..=b'7'))
                    .count()
                    == 2;
            if !known || octal {
                let (digits, what) = match octal {
                    true => (&text[prefix + i + 1..prefix + i + 4], "octal escape"),
                    false => {
                        let at = usize::from(t.start()) + prefix + i + 1;
                        (&src.text[at..at + c.len_utf8()], "escape")
                    }
                };
                let at = t.start() + TextSize::new((prefix + i) as u32);
                out.push(Warning {
                    kind: WarningKind::Syntax,
                    msg: format!(
                        "\"\\{digits}\" is an invalid {what} sequence. Such sequences will not work in the future. Did you mean \"\\\\{digits}\"? A raw string is also an option."
                    ),
                    line: src.line_col(at).0,
                    col: src.char_col(at),
                });
                break;
            }
        }
    }
}
