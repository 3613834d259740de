//! The tokens of a text. Positions are (row from 1, column from 0) in code points.

/// Token numbers of module `token`.
pub mod kind {
    pub const ENDMARKER: i64 = 0;
    pub const NAME: i64 = 1;
    pub const NUMBER: i64 = 2;
    pub const STRING: i64 = 3;
    pub const NEWLINE: i64 = 4;
    pub const INDENT: i64 = 5;
    pub const DEDENT: i64 = 6;
    pub const OP: i64 = 55;
    /// `FSTRING_START`; middle and end follow, then the same for t-strings.
    pub const FSTRING_START: i64 = 59;
    pub const TSTRING_START: i64 = 62;
    pub const COMMENT: i64 = 65;
    pub const NL: i64 = 66;

    /// The first operator's own number; the others follow.
    const FIRST: i64 = 7;
    #[rustfmt::skip]
    const OPERATORS: [&str; 48] = [
        "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}", "==", "!=", "<=", ">=",
        "~", "^", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//", "//=", "@", "@=",
        "->", "...", ":=", "!",
    ];

    /// The number of an operator.
    pub fn of_operator(text: &str) -> i64 {
        let place = OPERATORS.iter().position(|op| *op == text);
        place.map_or(OP, |n| FIRST + n as i64)
    }
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: i64,
    pub text: String,
    pub start: (usize, usize),
    pub end: (usize, usize),
}

/// A SyntaxError or IndentationError.
#[derive(Clone, Debug)]
pub struct Fail {
    pub message: String,
    pub row: usize,
    pub offset: usize,
    pub text: Option<String>,
    pub indentation: bool,
}

const MAX_NESTED: usize = 150;
const MAX_PARENS: usize = 200;
const MAX_INDENTS: usize = 100;

/// An f- or t-string that is being read.
struct Interpolated {
    quote: char,
    triple: bool,
    raw: bool,
    /// Number of its START token.
    kind: i64,
    start: (usize, usize),
}

/// See the module's head.
pub struct Lexer {
    lines: Vec<Vec<char>>,
    /// Row from 0, column.
    row: usize,
    col: usize,
    tokens: Vec<Token>,
    indents: Vec<(usize, usize)>,
    /// Open brackets, and where.
    parens: Vec<(char, usize)>,
    nested: usize,
}

type Step<T = ()> = Result<T, Fail>;

impl Lexer {
    /// Of a text.
    pub fn new(text: &str) -> Lexer {
        let lines = text
            .split_inclusive('\n')
            .map(|l| l.chars().collect())
            .collect();
        Lexer {
            lines,
            row: 0,
            col: 0,
            tokens: Vec::new(),
            indents: vec![(0, 0)],
            parens: Vec::new(),
            nested: 0,
        }
    }

    /// Lines, tokens, and the error at which it stopped.
    pub fn run(mut self) -> (Vec<String>, Vec<Token>, Option<Fail>) {
        let fail = self.file().err();
        (
            self.lines.iter().map(|l| l.iter().collect()).collect(),
            self.tokens,
            fail,
        )
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.lines.get(self.row)?.get(self.col + ahead).copied()
    }
    fn place(&self) -> (usize, usize) {
        (self.row + 1, self.col)
    }
    fn emit(
        &mut self,
        kind: i64,
        text: impl Into<String>,
        start: (usize, usize),
        end: (usize, usize),
    ) {
        self.tokens.push(Token {
            kind,
            text: text.into(),
            start,
            end,
        });
    }
    /// A token of this line from `start` to the cursor.
    fn emit_here(&mut self, kind: i64, start: usize) {
        let text: String = self.lines[self.row][start..self.col].iter().collect();
        self.emit(kind, text, (self.row + 1, start), (self.row + 1, self.col));
    }
    fn fail<T>(&self, message: impl Into<String>, (row, offset): (usize, usize)) -> Step<T> {
        let text = self
            .lines
            .get(row.saturating_sub(1))
            .map(|l| l.iter().collect());
        Err(Fail {
            message: message.into(),
            row,
            offset,
            text,
            indentation: false,
        })
    }
    fn next_line(&mut self) {
        self.row += 1;
        self.col = 0;
    }
    /// Length of the line end at the cursor; 0 also at the end of a last line without one.
    fn line_end(&self) -> Option<usize> {
        match (self.peek(0), self.peek(1)) {
            (Some('\n'), _) => Some(1),
            (Some('\r'), Some('\n')) => Some(2),
            (None, _) => Some(0),
            _ => None,
        }
    }
    /// Ends the line with a token of this kind.
    fn end_line(&mut self, kind: i64, len: usize) {
        let text: String = self.lines[self.row][self.col..self.col + len]
            .iter()
            .collect();
        let (start, end) = (self.place(), (self.row + 1, self.col + len.max(1)));
        self.emit(kind, text, start, end);
        self.next_line();
    }

    fn file(&mut self) -> Step {
        while self.row < self.lines.len() {
            if !self.indentation()? {
                continue;
            }
            self.statement()?;
        }
        if !self.parens.is_empty() {
            return self.fail(
                "unexpected EOF in multi-line statement",
                (self.lines.len(), 0),
            );
        }
        let end = (self.lines.len() + 1, 0);
        for _ in 1..self.indents.len() {
            self.emit(kind::DEDENT, "", end, end);
        }
        self.emit(kind::ENDMARKER, "", end, end);
        Ok(())
    }

    /// The start of a logical line; `false`: the line was blank or a comment and has been read.
    fn indentation(&mut self) -> Step<bool> {
        let (mut width, mut alternative) = (0, 0);
        while let Some(c) = self.peek(0) {
            match c {
                ' ' => {
                    width += 1;
                    alternative += 1;
                }
                '\t' => {
                    width = (width / 8 + 1) * 8;
                    alternative += 1;
                }
                '\x0c' => {
                    width = 0;
                    alternative = 0;
                }
                _ => break,
            }
            self.col += 1;
        }
        if self.peek(0) == Some('#') {
            self.comment();
        }
        if let Some(n) = self.line_end() {
            if n == 0 && self.col == 0 {
                self.next_line();
            } else {
                self.end_line(kind::NL, n);
            }
            return Ok(false);
        }
        let (top, top_alternative) = self.indents.last().copied().unwrap_or((0, 0));
        let here = self.place();
        if width == top {
            if alternative != top_alternative {
                return self.inconsistent();
            }
        } else if width > top {
            if alternative <= top_alternative {
                return self.inconsistent();
            }
            if self.indents.len() >= MAX_INDENTS {
                return self.indentation_error("too many levels of indentation");
            }
            self.indents.push((width, alternative));
            self.emit_here(kind::INDENT, 0);
        } else {
            while self.indents.last().is_some_and(|&(w, _)| width < w) {
                self.indents.pop();
                // An unfitting one is an error before any DEDENT.
                if self.indents.last().is_some_and(|&(w, _)| width > w) {
                    return self
                        .indentation_error("unindent does not match any outer indentation level");
                }
                self.emit(kind::DEDENT, "", here, here);
            }
        }
        Ok(true)
    }

    fn inconsistent<T>(&self) -> Step<T> {
        self.indentation_error("inconsistent use of tabs and spaces in indentation")
    }
    fn indentation_error<T>(&self, message: &str) -> Step<T> {
        let text: String = self.lines[self.row].iter().collect();
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        let offset = text.chars().count() + 1;
        Err(Fail {
            message: message.to_owned(),
            row: self.row + 1,
            offset,
            text: Some(text),
            indentation: true,
        })
    }

    fn comment(&mut self) {
        let start = self.col;
        while self.line_end().is_none() {
            self.col += 1;
        }
        self.emit_here(kind::COMMENT, start);
    }

    /// Tokens up to the NEWLINE.
    fn statement(&mut self) -> Step {
        loop {
            if self.row >= self.lines.len() {
                return Ok(());
            }
            if let Some(n) = self.line_end() {
                if self.parens.is_empty() {
                    self.end_line(kind::NEWLINE, n);
                    return Ok(());
                }
                self.end_line(kind::NL, n);
                continue;
            }
            self.token()?;
        }
    }

    /// One token that is no line end, or what separates tokens.
    fn token(&mut self) -> Step {
        let Some(c) = self.peek(0) else { return Ok(()) };
        match c {
            ' ' | '\t' | '\x0c' | '\r' => {
                self.col += 1;
                Ok(())
            }
            '#' => {
                self.comment();
                Ok(())
            }
            '\\' => {
                self.col += 1;
                match self.line_end() {
                    Some(_) if self.row + 1 < self.lines.len() => {
                        self.next_line();
                        Ok(())
                    }
                    Some(_) => {
                        self.fail("unexpected EOF in multi-line statement", (self.row + 1, 0))
                    }
                    None => self.fail(
                        "unexpected character after line continuation character",
                        (self.row + 1, self.col + 1),
                    ),
                }
            }
            '"' | '\'' => self.string(self.col),
            '0'..='9' => self.number(),
            '.' if self.peek(1).is_some_and(|d| d.is_ascii_digit()) => self.number(),
            c if c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() => self.word(),
            _ => self.operator(),
        }
    }

    fn word(&mut self) -> Step {
        let start = self.col;
        while self
            .peek(0)
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii())
        {
            self.col += 1;
        }
        if matches!(self.peek(0), Some('"' | '\'')) {
            let prefix: String = self.lines[self.row][start..self.col]
                .iter()
                .collect::<String>()
                .to_ascii_lowercase();
            if matches!(
                prefix.as_str(),
                "r" | "b" | "u" | "f" | "t" | "br" | "rb" | "fr" | "rf" | "tr" | "rt"
            ) {
                return self.string(start);
            }
        }
        self.emit_here(kind::NAME, start);
        Ok(())
    }

    fn digits(&mut self, ok: fn(char) -> bool) {
        while let Some(c) = self.peek(0) {
            if ok(c) || (c == '_' && self.peek(1).is_some_and(ok)) {
                self.col += 1;
            } else {
                break;
            }
        }
    }

    fn number(&mut self) -> Step {
        let start = self.col;
        let base: Option<fn(char) -> bool> = match (self.peek(0), self.peek(1)) {
            (Some('0'), Some('x' | 'X')) => Some(|c| c.is_ascii_hexdigit()),
            (Some('0'), Some('o' | 'O')) => Some(|c| matches!(c, '0'..='7')),
            (Some('0'), Some('b' | 'B')) => Some(|c| matches!(c, '0' | '1')),
            _ => None,
        };
        if let Some(ok) = base {
            self.col += 2;
            self.digits(ok);
        } else {
            let decimal = |c: char| c.is_ascii_digit();
            self.digits(decimal);
            if self.peek(0) == Some('.') {
                self.col += 1;
                self.digits(decimal);
            }
            if matches!(self.peek(0), Some('e' | 'E')) {
                let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
                if self.peek(1 + sign).is_some_and(decimal) {
                    self.col += 1 + sign;
                    self.digits(decimal);
                }
            }
            if matches!(self.peek(0), Some('j' | 'J')) {
                self.col += 1;
            }
        }
        self.emit_here(kind::NUMBER, start);
        Ok(())
    }

    fn operator(&mut self) -> Step {
        const THREE: [&str; 5] = ["**=", "//=", ">>=", "<<=", "..."];
        const TWO: [&str; 20] = [
            "==", "!=", "<=", ">=", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
            "^=", "@=", "//", "->", ":=", "<>",
        ];
        let text: String = (0..3).filter_map(|i| self.peek(i)).collect();
        let starts = |ops: &[&str]| ops.iter().any(|op| *op != "<>" && text.starts_with(op));
        let len = if starts(&THREE) {
            3
        } else if starts(&TWO) {
            2
        } else {
            1
        };
        let start = self.col;
        if let (1, Some(c)) = (len, self.peek(0)) {
            self.bracket(c)?;
        }
        self.col += len;
        self.emit_here(kind::OP, start);
        Ok(())
    }

    fn bracket(&mut self, c: char) -> Step {
        let here = (self.row + 1, self.col + 1);
        match c {
            '(' | '[' | '{' => {
                if self.parens.len() >= MAX_PARENS {
                    return self.fail("too many nested parentheses", here);
                }
                self.parens.push((c, self.row + 1));
            }
            ')' | ']' | '}' => {
                if let Some((open, row)) = self.parens.pop()
                    && !matches!((open, c), ('(', ')') | ('[', ']') | ('{', '}'))
                {
                    let on = if row == self.row + 1 {
                        String::new()
                    } else {
                        format!(" on line {row}")
                    };
                    return self.fail(
                        format!("closing parenthesis '{c}' does not match opening parenthesis '{open}'{on}"),
                        here,
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A string whose prefix starts at `start`; the cursor is at its quote.
    fn string(&mut self, start: usize) -> Step {
        let Some(quote) = self.peek(0) else {
            return Ok(());
        };
        let prefix: String = self.lines[self.row][start..self.col]
            .iter()
            .collect::<String>()
            .to_ascii_lowercase();
        let begin = (self.row + 1, start);
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.col += if triple { 3 } else { 1 };
        if prefix.contains(['f', 't']) {
            let kind = if prefix.contains('f') {
                kind::FSTRING_START
            } else {
                kind::TSTRING_START
            };
            self.emit_here(kind, start);
            let f = Interpolated {
                quote,
                triple,
                raw: prefix.contains('r'),
                kind,
                start: begin,
            };
            if self.nested >= MAX_NESTED {
                return self.fail(
                    "too many nested f-strings or t-strings",
                    (begin.0, begin.1 + 1),
                );
            }
            self.nested += 1;
            let r = self.middle(&f, false);
            self.nested -= 1;
            return r;
        }
        loop {
            let Some(c) = self.peek(0) else {
                self.string_line_end(begin, triple, "string")?;
                continue;
            };
            match c {
                '\\' => {
                    self.col += 1;
                    match self.line_end() {
                        Some(n) if n > 0 => {
                            self.next_line();
                            if self.row >= self.lines.len() {
                                return self.unterminated(begin, triple, "string");
                            }
                        }
                        Some(_) => {}
                        None => self.col += 1,
                    }
                }
                '\n' => self.string_line_end(begin, triple, "string")?,
                c if c == quote && !triple => {
                    self.col += 1;
                    break;
                }
                c if c == quote && self.peek(1) == Some(quote) && self.peek(2) == Some(quote) => {
                    self.col += 3;
                    break;
                }
                _ => self.col += 1,
            }
        }
        let text = self.text_from(begin);
        let end = self.place();
        self.emit(kind::STRING, text, begin, end);
        Ok(())
    }

    /// The text from a place to the cursor, over lines.
    fn text_from(&self, (row, col): (usize, usize)) -> String {
        if row == self.row + 1 {
            return self.lines[self.row][col..self.col].iter().collect();
        }
        let mut text: String = self.lines[row - 1][col..].iter().collect();
        for l in &self.lines[row..self.row] {
            text.extend(l);
        }
        if let Some(l) = self.lines.get(self.row) {
            text.extend(&l[..self.col]);
        }
        text
    }

    fn string_line_end(&mut self, begin: (usize, usize), triple: bool, what: &str) -> Step {
        if !triple || self.row + 1 >= self.lines.len() {
            return self.unterminated(begin, triple, what);
        }
        self.next_line();
        Ok(())
    }

    fn unterminated<T>(&self, begin: (usize, usize), triple: bool, what: &str) -> Step<T> {
        let kind = if triple { "triple-quoted " } else { "" };
        let row = (self.row + 1).min(self.lines.len());
        let message = format!("unterminated {kind}{what} literal (detected at line {row})");
        self.fail(message, (begin.0, begin.1 + 1))
    }

    /// The text of an f-string up to its end, or (in a format spec) up to the brace that ends the field.
    fn middle(&mut self, f: &Interpolated, spec: bool) -> Step {
        let what = if f.kind == kind::FSTRING_START {
            "f-string"
        } else {
            "t-string"
        };
        let mut begin = self.place();
        let mut after_field = false;
        loop {
            let at_quote = self.peek(0) == Some(f.quote)
                && (!f.triple || (self.peek(1) == Some(f.quote) && self.peek(2) == Some(f.quote)));
            match self.peek(0) {
                _ if at_quote => {
                    if spec {
                        return self.fail(
                            format!("{what}: expecting '}}'"),
                            (self.row + 1, self.col + 1),
                        );
                    }
                    self.flush(f, begin);
                    let start = self.col;
                    self.col += if f.triple { 3 } else { 1 };
                    self.emit_here(f.kind + 2, start);
                    return Ok(());
                }
                None | Some('\n') => self.string_line_end(f.start, f.triple, what)?,
                Some('\\') => {
                    self.col += 1;
                    if !f.raw && self.peek(0) == Some('N') && self.peek(1) == Some('{') {
                        while !matches!(self.peek(0), None | Some('}' | '\n')) {
                            self.col += 1;
                        }
                        if self.peek(0) == Some('}') {
                            self.col += 1;
                        }
                    } else if self.line_end().is_some_and(|n| n > 0) {
                        if self.row + 1 >= self.lines.len() {
                            return self.unterminated(f.start, f.triple, what);
                        }
                        self.next_line();
                    } else if !matches!(self.peek(0), None | Some('{' | '}')) {
                        self.col += 1;
                    }
                }
                Some('{') if !spec && self.peek(1) == Some('{') => {
                    self.col += 1;
                    self.flush(f, begin);
                    self.col += 1;
                    begin = self.place();
                }
                Some('{') => {
                    self.flush(f, begin);
                    self.field(f)?;
                    begin = self.place();
                    after_field = true;
                }
                Some('}') if spec => {
                    if begin == self.place() && after_field {
                        self.emit(f.kind + 1, "", begin, begin);
                    } else {
                        self.flush(f, begin);
                    }
                    return Ok(());
                }
                Some('}') if self.peek(1) == Some('}') => {
                    self.col += 1;
                    self.flush(f, begin);
                    self.col += 1;
                    begin = self.place();
                }
                Some('}') => {
                    return self.fail(
                        format!("{what}: single '}}' is not allowed"),
                        (self.row + 1, self.col + 1),
                    );
                }
                Some(_) => self.col += 1,
            }
        }
    }

    /// The MIDDLE token of what was read since `begin`, if anything.
    fn flush(&mut self, f: &Interpolated, begin: (usize, usize)) {
        let end = self.place();
        if begin != end {
            let text = self.text_from(begin);
            self.emit(f.kind + 1, text, begin, end);
        }
    }

    /// A replacement field from its opening to its closing brace.
    fn field(&mut self, f: &Interpolated) -> Step {
        if self.nested >= MAX_NESTED {
            return self.fail(
                "too many nested replacement fields",
                (self.row + 1, self.col + 1),
            );
        }
        self.nested += 1;
        let r = self.field_inner(f);
        self.nested -= 1;
        r
    }

    fn field_inner(&mut self, f: &Interpolated) -> Step {
        let start = self.col;
        self.bracket('{')?;
        self.col += 1;
        self.emit_here(kind::OP, start);
        let depth = self.parens.len();
        loop {
            if self.row >= self.lines.len() {
                return self.unterminated(f.start, f.triple, "f-string");
            }
            if let Some(n) = self.line_end() {
                if !f.triple && self.parens.len() == depth && n == 0 {
                    return self.fail("f-string: expecting '}'", (self.row + 1, self.col));
                }
                self.end_line(kind::NL, n);
                continue;
            }
            let at_top = self.parens.len() == depth;
            match self.peek(0) {
                Some('}') if at_top => {
                    let start = self.col;
                    self.bracket('}')?;
                    self.col += 1;
                    self.emit_here(kind::OP, start);
                    return Ok(());
                }
                Some(':') if at_top => {
                    let start = self.col;
                    self.col += 1;
                    self.emit_here(kind::OP, start);
                    self.middle(f, true)?;
                }
                _ => self.token()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kind:text@row,col` of each token, and the error's message.
    fn tokens(text: &str) -> String {
        let (_, tokens, fail) = Lexer::new(text).run();
        let mut out: Vec<String> = tokens
            .iter()
            .map(|t| format!("{}:{}@{},{}", t.kind, t.text, t.start.0, t.start.1))
            .collect();
        out.extend(fail.map(|f| format!("!{} {},{}", f.message, f.row, f.offset)));
        out.join(" ").replace('\n', "$")
    }

    #[test]
    fn tokens_are_cpythons() {
        for (text, want) in [
            ("", "0:@1,0"),
            ("x = 1\n", "1:x@1,0 55:=@1,2 2:1@1,4 4:$@1,5 0:@2,0"),
            (
                "if a:\n\tb # c\n\nc",
                "1:if@1,0 1:a@1,3 55::@1,4 4:$@1,5 5:\t@2,0 1:b@2,1 65:# c@2,3 4:$@2,6 66:$@3,0 6:@4,0 1:c@4,0 4:@4,1 \
                 0:@5,0",
            ),
            (
                "f'{a!r:>{w}} {{x}}'\n",
                "59:f'@1,0 55:{@1,2 1:a@1,3 55:!@1,4 1:r@1,5 55::@1,6 60:>@1,7 55:{@1,8 1:w@1,9 55:}@1,10 60:@1,11 \
                 55:}@1,11 60: {@1,12 60:x}@1,15 61:'@1,18 4:$@1,19 0:@2,0",
            ),
            (
                "'''a\nb''' + c\n",
                "3:'''a$b'''@1,0 55:+@2,5 1:c@2,7 4:$@2,8 0:@3,0",
            ),
            (
                "(a",
                "55:(@1,0 1:a@1,1 66:@1,2 !unexpected EOF in multi-line statement 1,0",
            ),
            (
                "'abc\n",
                "!unterminated string literal (detected at line 1) 1,1",
            ),
            (
                "0x1F_f 1e5j ... <>\n",
                "2:0x1F_f@1,0 2:1e5j@1,7 55:...@1,12 55:<@1,16 55:>@1,17 4:$@1,18 0:@2,0",
            ),
        ] {
            assert_eq!(tokens(text), want, "{text:?}");
        }
    }
}
