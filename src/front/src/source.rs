//! Source text: decoding bytes (PEP 263), and finding lines and columns.

use crate::code::{Const, Pos};
use crate::errors::{ErrorKind, SyntaxError};
use crate::tree::Places;
use ruff_python_ast::AtomicNodeIndex;
use ruff_text_size::{TextRange, TextSize};

/// Decoded source with an index of its lines.
pub(crate) struct Source<'a> {
    /// The text that is parsed; every offset counts from its start.
    pub text: &'a str,
    starts: Vec<u32>,
    /// Of a tree that was given instead of text: what its offsets mean.
    tree: Option<&'a Places>,
}

impl<'a> Source<'a> {
    /// Indexes the lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, &b) in bytes.iter().enumerate() {
            if b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                starts.push(i as u32 + 1);
            }
        }
        Self {
            text,
            starts,
            tree: None,
        }
    }

    /// The source of a program that was given as a tree: there is no text, and offsets count places.
    pub fn of_tree(places: &'a Places) -> Self {
        Self {
            text: "",
            starts: vec![0],
            tree: Some(places),
        }
    }

    /// Whether the program was given as a tree.
    pub fn is_tree(&self) -> bool {
        self.tree.is_some()
    }

    /// The constant that a node of a given tree stands for, if it stands for one.
    pub fn constant(&self, node: &AtomicNodeIndex) -> Option<&Const> {
        self.tree?.constants.get(node.load().as_u32()? as usize)
    }

    /// The source text that a node of a given tree claims for an interpolation.
    pub fn interpolation(&self, node: &AtomicNodeIndex) -> Option<&str> {
        let i = node.load().as_u32()? as usize;
        self.tree?.interpolations.get(i).map(String::as_str)
    }

    /// A range from here to there; the places of a given tree need not be in order.
    pub fn span(from: TextSize, to: TextSize) -> TextRange {
        TextRange::new(from, to.max(from))
    }

    /// Line (from 1) and byte column (from 0) of an offset.
    pub fn line_col(&self, at: TextSize) -> (u32, u32) {
        let at = u32::from(at);
        if let Some(tree) = self.tree {
            return tree.places.get(at as usize).copied().unwrap_or((1, 0));
        }
        let line = self.starts.partition_point(|&s| s <= at);
        (line as u32, at - self.starts[line - 1])
    }

    /// The place of a range.
    pub fn pos(&self, range: TextRange) -> Pos {
        let (line, col) = self.line_col(range.start());
        let (end_line, end_col) = self.line_col(range.end());
        Pos {
            line,
            end_line,
            col,
            end_col,
        }
    }

    /// The line's text, without its end.
    pub fn line_text(&self, line: u32) -> &'a str {
        let i = line.max(1) as usize - 1;
        let start = self
            .starts
            .get(i)
            .copied()
            .unwrap_or(self.text.len() as u32) as usize;
        let end = self
            .starts
            .get(i + 1)
            .copied()
            .unwrap_or(self.text.len() as u32) as usize;
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// Column in characters from 1 of an offset.
    pub fn char_col(&self, at: TextSize) -> u32 {
        let (line, col) = self.line_col(at);
        if self.is_tree() {
            return col + 1;
        }
        let start = self.starts[line as usize - 1] as usize;
        let end = (start + col as usize).min(self.text.len());
        self.text
            .get(start..end)
            .map_or(col, |s| s.chars().count() as u32)
            + 1
    }

    /// An error at a range.
    pub fn error(
        &self,
        kind: ErrorKind,
        range: TextRange,
        msg: impl Into<String>,
    ) -> Box<SyntaxError> {
        let (line, _) = self.line_col(range.start());
        let (end_line, _) = self.line_col(range.end());
        Box::new(SyntaxError {
            kind,
            msg: msg.into(),
            line,
            col: self.char_col(range.start()),
            end_line,
            end_col: self.char_col(range.end()),
            text: (!self.is_tree()).then(|| format!("{}\n", self.line_text(line))),
            incomplete: false,
        })
    }
}

/// Decodes source bytes: byte-order mark, `coding:` declaration, line ends. Encodings besides UTF-8 that are known:
/// ASCII, Latin-1 (and its aliases), Windows-1252.
pub fn decode(bytes: &[u8]) -> Result<String, SyntaxError> {
    if bytes.contains(&0) {
        return Err(SyntaxError::bare(
            ErrorKind::Syntax,
            "source code string cannot contain null bytes",
        ));
    }
    let (body, bom) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let declared = declared_encoding(body);
    let encoding = declared.as_deref().map(normalise);
    if bom
        && let Some(e) = &encoding
        && e != "utf-8"
    {
        let msg = format!(
            "encoding problem: {} with BOM",
            declared.as_deref().unwrap_or("")
        );
        return Err(SyntaxError::bare(ErrorKind::Syntax, msg));
    }
    match encoding.as_deref() {
        None | Some("utf-8") => decode_utf8(body, declared.is_some()),
        Some("iso-8859-1") => Ok(body.iter().map(|&b| b as char).collect()),
        Some("ascii") => match body.iter().position(|b| *b >= 128) {
            None => decode_utf8(body, true),
            Some(i) => Err(SyntaxError::bare(
                ErrorKind::Syntax,
                format!(
                    "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {i}: ordinal not in range(128)",
                    body[i]
                ),
            )),
        },
        Some("cp1252") => Ok(body.iter().map(|&b| cp1252(b)).collect()),
        Some(_) => Err(SyntaxError::bare(
            ErrorKind::Syntax,
            format!("unknown encoding: {}", declared.as_deref().unwrap_or("")),
        )),
    }
}

fn decode_utf8(body: &[u8], declared: bool) -> Result<String, SyntaxError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => {
            let at = e.valid_up_to();
            let line = body[..at].iter().filter(|b| **b == b'\n').count() as u32 + 1;
            let byte = body[at];
            let mut err = if declared {
                SyntaxError::bare(
                    ErrorKind::Syntax,
                    format!(
                        "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
                    ),
                )
            } else {
                SyntaxError::bare(
                    ErrorKind::Syntax,
                    format!(
                        "Non-UTF-8 code starting with '\\x{byte:02x}' on line {line}, but no encoding declared; see https://peps.python.org/pep-0263/ for details"
                    ),
                )
            };
            err.line = line;
            Err(err)
        }
    }
}

/// The name in a `coding:` comment on one of the first two lines.
fn declared_encoding(body: &[u8]) -> Option<String> {
    for line in body.split(|b| *b == b'\n').take(2) {
        let start = line
            .iter()
            .position(|b| !matches!(b, b' ' | b'\t' | b'\x0c' | b'\r'));
        let Some(start) = start else { continue };
        if line[start] != b'#' {
            return None;
        }
        let text = String::from_utf8_lossy(&line[start..]);
        let mut rest: &str = &text;
        while let Some(i) = rest.find("coding") {
            rest = &rest[i + 6..];
            let Some(after) = rest.strip_prefix([':', '=']) else {
                continue;
            };
            let name: String = after
                .trim_start_matches([' ', '\t'])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
    }
    None
}

fn normalise(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let is = |p: &str| lower == p || lower.starts_with(&format!("{p}-"));
    if is("utf-8") || lower == "utf8" || lower == "u8" {
        "utf-8".into()
    } else if is("latin-1")
        || is("iso-8859-1")
        || is("iso-latin-1")
        || lower == "latin1"
        || lower == "l1"
    {
        "iso-8859-1".into()
    } else if lower == "ascii" || lower == "us-ascii" {
        "ascii".into()
    } else if lower == "cp1252" || lower == "windows-1252" {
        "cp1252".into()
    } else {
        lower
    }
}

fn cp1252(b: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match b {
        0x80..=0x9f => HIGH[b as usize - 0x80],
        _ => b as char,
    }
}

/// Makes every line end `\n`, as the tokenizer of CPython does before anything else.
pub(crate) fn universal_newlines(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}
