//! Bytes to text: encodings, and what the head of a document says of its own.

use super::{State, Step, Stop};
use crate::modules::codecs;
use crate::modules::prelude::*;

impl State {
    /// Takes in what a program gives, text or bytes.
    pub(in crate::modules) fn push(&mut self, th: &Thread, data: &Obj, last: bool) -> Step {
        if self.finished {
            return Err(self.fault(36).into());
        }
        if let Some(s) = data.cast::<Str>() {
            // What the document says of its encoding does not count.
            self.encoding = Some("utf-8".to_owned());
            match s.as_ascii() {
                Some(text) => self.push_text(text),
                None => self.push_text(&s.to_rust()),
            }
            return Ok(());
        }
        let buffer = th.bytes_like(data)?;
        let decoded = self.push_bytes(buffer.bytes(), last, |bytes, encoding| {
            let object = th.bytes(bytes)?;
            let text = codecs::decode(th, &object, encoding, Some("strict"))?;
            Ok(th.text_of(&text, "decoded")?.to_rust())
        });
        match decoded {
            Err(Stop::Raised(e)) if e.is(th, TypeId::LookupError) => Err(self.fault(18).into()),
            Err(Stop::Raised(e)) if e.is(th, TypeId::UnicodeError) => Err(self.fault(4).into()),
            other => other,
        }
    }

    /// As [`State::push`], where there is no more to take in.
    pub(in crate::modules) fn push_nothing(&mut self, last: bool) -> Step {
        if self.finished {
            return Err(self.fault(36).into());
        }
        self.push_bytes(&[], last, |_, _| Ok(String::new()))
    }

    fn push_text(&mut self, s: &str) {
        if self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
        } else if self.at > 64 << 10 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        self.text.push_str(s);
    }

    /// Takes bytes in; `decode` knows the encodings that need tables.
    fn push_bytes(
        &mut self,
        bytes: &[u8],
        last: bool,
        decode: impl Fn(&[u8], &str) -> Res<String>,
    ) -> Step {
        let mut joined = Vec::new();
        let mut bytes = bytes;
        if !self.raw.is_empty() || self.encoding.is_none() {
            joined = std::mem::take(&mut self.raw);
            joined.extend_from_slice(bytes);
            bytes = &joined;
        }
        if self.encoding.is_none() {
            match find_encoding(bytes, last) {
                Some(name) => self.encoding = Some(name),
                None => {
                    self.raw = joined;
                    return Ok(());
                }
            }
        }
        let name = self.encoding.as_deref().unwrap_or_default();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("utf-8") || is("utf8") || is("us-ascii") || is("ascii") {
            self.push_utf8(bytes, last);
            return Ok(());
        }
        let text = if is("utf-16") || is("utf-16le") || is("utf-16be") {
            let (whole, odd) = bytes.split_at(bytes.len() & !1);
            self.raw = odd.to_vec();
            if self.place.line == 1 && self.text.is_empty() && whole.len() >= 2 {
                self.encoding = Some(match whole[..2] {
                    [0xFE, 0xFF] | [0, _] => "utf-16be".to_owned(),
                    _ => "utf-16le".to_owned(),
                });
            }
            decode(whole, self.encoding.as_deref().unwrap_or("utf-16"))?
        } else {
            decode(bytes, name)?
        };
        self.push_text(&text);
        self.strip_mark();
        Ok(())
    }

    fn push_utf8(&mut self, bytes: &[u8], last: bool) {
        let (good, bad) = match std::str::from_utf8(bytes) {
            Ok(s) => (s, None),
            Err(e) => {
                let n = e.valid_up_to();
                let good = std::str::from_utf8(&bytes[..n]).unwrap_or("");
                (good, Some((n, e.error_len())))
            }
        };
        self.push_text(good);
        match bad {
            Some((n, None)) if !last => self.raw = bytes[n..].to_vec(),
            // Told when the text before it has been worked through.
            Some((_, len)) => {
                self.push_text("\u{0}");
                if len.is_none() {
                    self.push_text("\u{1}");
                }
            }
            None => {}
        }
        self.strip_mark();
    }

    fn strip_mark(&mut self) {
        if self.place.byte == 0 && self.at == 0 && self.text.starts_with('\u{feff}') {
            self.text.drain(..3);
        }
    }
}

/// The encoding of a document that starts like this; `None` where more of it must come.
fn find_encoding(raw: &[u8], last: bool) -> Option<String> {
    let utf8 = || Some("utf-8".to_owned());
    match raw {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => {
            return Some("utf-16".to_owned());
        }
        [0xEF, 0xBB, 0xBF, ..] => return utf8(),
        _ if raw.len() < 4 && !last => return None,
        _ => {}
    }
    if !raw.starts_with(b"<?xml") {
        return utf8();
    }
    let Some(end) = memchr::memmem::find(raw, b"?>") else {
        return if last || raw.len() > 1000 {
            utf8()
        } else {
            None
        };
    };
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    match attribute_of(&head, "encoding") {
        Some(name) if name.to_ascii_lowercase().starts_with("utf-16") => utf8(),
        Some(name) => Some(name),
        None => utf8(),
    }
}

/// `name="value"` in a declaration.
fn attribute_of(head: &str, name: &str) -> Option<String> {
    let after = &head[head.find(name)? + name.len()..];
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next().map(str::to_owned)
}
