//! Reading the replacement fields of `str.format`. Pure: `_string.formatter_parser` and `formatter_field_name_split` use it
//! too.

use threadsnake_algo::text::StrRef;
use threadsnake_algo::unicode;

/// One step through a format string: literal text, then maybe a field.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Text before the field.
    pub literal: StrRef<'a>,
    /// The field that follows.
    pub field: Option<Field<'a>>,
}

/// A replacement field.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// What stands before `!` and `:`.
    pub name: StrRef<'a>,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// What stands after `:`.
    pub spec: StrRef<'a>,
    /// Whether the specification has fields of its own.
    pub nested: bool,
}

/// Walks a format string. Errors are messages of a ValueError.
#[derive(Debug, Clone, Copy)]
pub struct Markup<'a> {
    text: StrRef<'a>,
    at: usize,
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;
const COLON: u32 = b':' as u32;
const BANG: u32 = b'!' as u32;
const LEFT: u32 = b'[' as u32;
const RIGHT: u32 = b']' as u32;
const DOT: u32 = b'.' as u32;

impl<'a> Markup<'a> {
    /// At the start of `text`.
    pub fn new(text: StrRef<'a>) -> Markup<'a> {
        Markup { text, at: 0 }
    }

    /// The next step; `None` at the end.
    pub fn step(&mut self) -> Result<Option<Step<'a>>, &'static str> {
        let (t, len) = (self.text, self.text.len());
        if self.at >= len {
            return Ok(None);
        }
        let start = self.at;
        let brace = (start..len).find(|&i| matches!(t.at(i), OPEN | CLOSE));
        let Some(i) = brace else {
            self.at = len;
            return Ok(Some(Step {
                literal: t.slice(start, len),
                field: None,
            }));
        };
        let (c, next) = (t.at(i), t.get(i + 1));
        if next == Some(c) {
            // A doubled brace: one of them is text.
            self.at = i + 2;
            return Ok(Some(Step {
                literal: t.slice(start, i + 1),
                field: None,
            }));
        }
        if c == CLOSE {
            return Err("Single '}' encountered in format string");
        }
        if next.is_none() {
            return Err("Single '{' encountered in format string");
        }
        self.at = i + 1;
        let field = self.field()?;
        Ok(Some(Step {
            literal: t.slice(start, i),
            field: Some(field),
        }))
    }

    fn field(&mut self) -> Result<Field<'a>, &'static str> {
        let (t, len) = (self.text, self.text.len());
        let start = self.at;
        let mut bracket = false;
        let mut end = None;
        while self.at < len {
            let c = t.at(self.at);
            self.at += 1;
            match c {
                OPEN => return Err("unexpected '{' in field name"),
                LEFT => bracket = true,
                RIGHT => bracket = false,
                CLOSE | COLON | BANG if !bracket => {
                    end = Some(c);
                    break;
                }
                _ => {}
            }
        }
        let Some(c) = end else {
            return Err("expected '}' before end of string");
        };
        let name = t.slice(start, self.at - 1);
        let none = t.slice(0, 0);
        if c == CLOSE {
            return Ok(Field {
                name,
                conversion: None,
                spec: none,
                nested: false,
            });
        }
        let mut conversion = None;
        if c == BANG {
            let Some(conv) = t.get(self.at) else {
                return Err("end of string while looking for conversion specifier");
            };
            conversion = Some(conv);
            self.at += 1;
            if let Some(c) = t.get(self.at) {
                self.at += 1;
                if c == CLOSE {
                    return Ok(Field {
                        name,
                        conversion,
                        spec: none,
                        nested: false,
                    });
                }
                if c != COLON {
                    return Err("expected ':' after conversion specifier");
                }
            }
        }
        let start = self.at;
        let (mut depth, mut nested) = (1, false);
        while self.at < len {
            let c = t.at(self.at);
            self.at += 1;
            if c == OPEN {
                nested = true;
                depth += 1;
            } else if c == CLOSE {
                depth -= 1;
                if depth == 0 {
                    return Ok(Field {
                        name,
                        conversion,
                        spec: t.slice(start, self.at - 1),
                        nested,
                    });
                }
            }
        }
        Err("unmatched '{' in format spec")
    }
}

/// A name or a number, as fields and subscripts may be.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// Only digits.
    Number(usize),
    /// Anything else.
    Text(StrRef<'a>),
}

/// Reads a key; an empty one is text.
pub fn key(s: StrRef<'_>) -> Result<Key<'_>, &'static str> {
    if s.is_empty() {
        return Ok(Key::Text(s));
    }
    let mut n: usize = 0;
    for c in s.chars() {
        let Some(d) = unicode::decimal(c) else {
            return Ok(Key::Text(s));
        };
        n = match n
            .checked_mul(10)
            .and_then(|n| n.checked_add(usize::from(d)))
        {
            Some(n) if n <= isize::MAX as usize => n,
            _ => return Err("Too many decimal digits in format string"),
        };
    }
    Ok(Key::Number(n))
}

/// What a field name does after its first part.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// `.name`
    Attribute(StrRef<'a>),
    /// `[key]`
    Item(Key<'a>),
}

/// The steps of a field name after its first part.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    text: StrRef<'a>,
    at: usize,
}

/// Cuts a field name into its first part and the path.
pub fn first(name: StrRef<'_>) -> (StrRef<'_>, Path<'_>) {
    let end = name
        .chars()
        .position(|c| matches!(c, DOT | LEFT))
        .unwrap_or(name.len());
    (
        name.slice(0, end),
        Path {
            text: name,
            at: end,
        },
    )
}

impl<'a> Path<'a> {
    /// The next access; `None` at the end.
    pub fn step(&mut self) -> Result<Option<Access<'a>>, &'static str> {
        const EMPTY: &str = "Empty attribute in format string";
        let t = self.text;
        let Some(c) = t.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        let start = self.at;
        let rest = t.slice(start, t.len());
        match c {
            DOT => {
                let n = rest
                    .chars()
                    .position(|c| matches!(c, DOT | LEFT))
                    .unwrap_or(rest.len());
                self.at += n;
                if n == 0 {
                    return Err(EMPTY);
                }
                Ok(Some(Access::Attribute(rest.slice(0, n))))
            }
            LEFT => {
                let Some(n) = rest.chars().position(|c| c == RIGHT) else {
                    return Err("Missing ']' in format string");
                };
                self.at += n + 1;
                let k = key(rest.slice(0, n))?;
                if n == 0 {
                    return Err(EMPTY);
                }
                Ok(Some(Access::Item(k)))
            }
            _ => Err("Only '.' or '[' may follow ']' in format field specifier"),
        }
    }
}
