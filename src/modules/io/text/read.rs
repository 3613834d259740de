//! Reading of `TextIOWrapper`: filling the input, finding lines and characters in it, decoding them.

use super::super::base;
use super::super::buffered::{self, Buffered, find_byte};
use super::super::newline::{self, Newline};
use super::super::unsupported;
use super::{CHUNK, Kind, TextIo, check_open, give_out, own_buffer};
use crate::modules::prelude::*;
use threadsnake_algo::text::codec;

/// Reads more into `input`; says whether anything came.
fn fill(th: &Thread, t: &Py<TextIo>, b: &Obj, all: bool) -> Res<bool> {
    let kind = t.state.with(th, t.head(), |x| x.kind);
    let got = match b.cast::<Buffered>() {
        Some(r) if own_buffer(th, b) && all => buffered::read(th, r, None)?.unwrap_or_default(),
        Some(r) if own_buffer(th, b) => buffered::read1(th, r, Some(CHUNK))?,
        _ => {
            let r = if all {
                th.call_method(b, "read", &[])?
            } else {
                let n = Obj::small_int(CHUNK as i64);
                match th.getattr_opt(b, "read1")? {
                    Some(f) => th.call(&f, &[n])?,
                    None => th.call_method(b, "read", &[n])?,
                }
            };
            if th.is_a(&r, TypeId::Bytes) {
                base::taken_bytes(th, &r, "read()")?
            } else {
                match th.bytes_like(&r) {
                    Ok(v) => v.bytes().to_vec(),
                    Err(_) => {
                        return Err(th.type_error(format!(
                            "underlying read1() should have returned a bytes-like object, not '{}'",
                            th.type_name(&r)
                        )));
                    }
                }
            }
        }
    };
    let end = got.is_empty() || all;
    let got = if kind == Kind::Other {
        let Some(d) = t.decoder.get() else {
            return Err(th.lookup_error("no decoder"));
        };
        let text = th.call_method(&d, "decode", &[th.bytes(&got)?, Obj::bool(end)])?;
        let text = th.text_of(&text, "decoder output")?;
        codec::utf8_lossless(text.text())
    } else {
        got
    };
    let any = !got.is_empty();
    t.state.with(th, t.head(), |x| {
        if x.at > 0 {
            let at = x.at;
            x.input.drain(..at);
            x.at = 0;
        }
        if x.input.is_empty() {
            x.input = got;
        } else {
            x.input.extend_from_slice(&got);
        }
        x.eof = end;
    });
    Ok(any)
}

/// Text of bytes from `input`.
fn decode(th: &Thread, t: &Py<TextIo>, kind: Kind, bytes: Vec<u8>) -> Res {
    if bytes.is_ascii() {
        // ASCII is text in every encoding kept here.
        return match std::str::from_utf8(&bytes) {
            Ok(s) => th.str(s),
            Err(_) => Err(th.value_error("not ASCII")),
        };
    }
    match kind {
        Kind::Latin1 => return th.str_data(codec::decode_latin1(&bytes)),
        Kind::Utf8 => {
            if let Ok(d) = codec::decode_utf8(&bytes, true, &mut |f| Err(f)) {
                return th.str_data(d.text);
            }
        }
        Kind::Other => {
            let r = th.call_method(
                &th.bytes(&bytes)?,
                "decode",
                &[th.str("utf-8")?, th.str("surrogatepass")?],
            )?;
            return Ok(r);
        }
        Kind::Ascii => {}
    }
    let enc = t.encoding.get().unwrap_or(Obj::NONE);
    let errors = t.errors.get().unwrap_or(Obj::NONE);
    th.call_method(&th.bytes(&bytes)?, "decode", &[enc, errors])
}

/// End of the first line in `b`: bytes of the line with its end, and length of the end. `None`: not here yet.
fn line_end(b: &[u8], nl: Newline, eof: bool) -> Option<(usize, usize)> {
    match nl {
        Newline::Lf => find_byte(b, b'\n').map(|i| (i + 1, 1)),
        Newline::Cr => find_byte(b, b'\r').map(|i| (i + 1, 1)),
        Newline::CrLf => {
            let mut from = 0;
            while let Some(i) = find_byte(&b[from..], b'\r') {
                if b.get(from + i + 1) == Some(&b'\n') {
                    return Some((from + i + 2, 2));
                }
                from += i + 1;
            }
            None
        }
        Newline::Universal | Newline::Raw => {
            let lf = find_byte(b, b'\n');
            let before = &b[..lf.unwrap_or(b.len())];
            match find_byte(before, b'\r') {
                None => lf.map(|i| (i + 1, 1)),
                Some(r) if b.get(r + 1) == Some(&b'\n') => Some((r + 2, 2)),
                Some(r) if r + 1 < b.len() || eof => Some((r + 1, 1)),
                Some(_) => None,
            }
        }
    }
}

/// Bytes of the first `n` characters, `None` where there are fewer.
fn chars_len(b: &[u8], n: usize, kind: Kind) -> Option<usize> {
    if matches!(kind, Kind::Latin1 | Kind::Ascii) {
        return if b.len() >= n { Some(n) } else { None };
    }
    let mut left = n;
    for (i, &c) in b.iter().enumerate() {
        if c & 0xC0 != 0x80 {
            if left == 0 {
                return Some(i);
            }
            left -= 1;
        }
    }
    None
}

fn start_reading(th: &Thread, t: &Py<TextIo>) -> Res {
    let b = check_open(th, t)?;
    if th.type_of(&b).id == Some(TypeId::BufferedWriter) {
        return Err(unsupported(th, "not readable"));
    }
    give_out(th, t, &b)?;
    Ok(b)
}

pub(super) fn readline(th: &Thread, t: &Py<TextIo>, limit: Option<usize>) -> Res {
    let _l = t.lock.lock(th);
    let b = start_reading(th, t)?;
    loop {
        // Found: the bytes of the line, and how long its end is.
        let found = t.state.with(th, t.head(), |x| {
            let (nl, eof, kind) = (x.newline, x.eof, x.kind);
            let rest = &x.input[x.at..];
            let mut line = line_end(rest, nl, eof);
            if line.is_none() && eof && !rest.is_empty() {
                line = Some((rest.len(), 0));
            }
            if let Some(limit) = limit {
                let within = line.map_or(rest.len(), |(n, _)| n);
                if let Some(k) = chars_len(&rest[..within], limit, kind) {
                    if k < within || line.is_none() {
                        line = Some((k, 0));
                    }
                }
            }
            let (n, end) = line?;
            let mut v = rest[..n].to_vec();
            x.at += n;
            if end > 0 {
                let bit = match &v[n - end..] {
                    b"\n" => newline::LF,
                    b"\r" => newline::CR,
                    _ => newline::CRLF,
                };
                if matches!(nl, Newline::Universal | Newline::Raw) {
                    x.seen |= bit;
                }
                if nl == Newline::Universal {
                    v.truncate(n - end);
                    v.push(b'\n');
                }
            }
            Some((v, kind))
        });
        if let Some((v, kind)) = found {
            return decode(th, t, kind, v);
        }
        let (eof, limit_zero) = t.state.with(th, t.head(), |x| {
            (x.eof && x.at >= x.input.len(), limit == Some(0))
        });
        if limit_zero {
            return Ok(th.empty_str());
        }
        if eof {
            t.state.with(th, t.head(), |x| x.eof = false);
            // A terminal or a growing file may have more later.
            if !fill(th, t, &b, false)? {
                return Ok(th.empty_str());
            }
            continue;
        }
        fill(th, t, &b, false)?;
        th.poll()?;
    }
}

pub(super) fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    if th.type_of(o).id.is_none() {
        let line = th.call_method(o, "readline", &[])?;
        return Ok(if th.truthy(&line)? { Some(line) } else { None });
    }
    let line = readline(th, this::<TextIo>(th, o)?, None)?;
    match line.cast::<Str>() {
        Some(s) if s.is_empty() => Ok(None),
        _ => Ok(Some(line)),
    }
}

/// Translates ends of lines in place.
fn translate(v: Vec<u8>, nl: Newline, seen: &mut u8) -> Vec<u8> {
    if !matches!(nl, Newline::Universal | Newline::Raw) {
        return v;
    }
    if find_byte(&v, b'\r').is_none() {
        if find_byte(&v, b'\n').is_some() {
            *seen |= newline::LF;
        }
        return v;
    }
    let mut out = Vec::with_capacity(v.len());
    let mut i = 0;
    while i < v.len() {
        match v[i] {
            b'\r' if v.get(i + 1) == Some(&b'\n') => {
                *seen |= newline::CRLF;
                out.push(b'\n');
                i += 1;
            }
            b'\r' => {
                *seen |= newline::CR;
                out.push(b'\n');
            }
            c => {
                if c == b'\n' {
                    *seen |= newline::LF;
                }
                out.push(c);
            }
        }
        i += 1;
    }
    if nl == Newline::Raw { v } else { out }
}

pub(super) fn read(th: &Thread, t: &Py<TextIo>, n: Option<usize>) -> Res {
    let _l = t.lock.lock(th);
    let b = start_reading(th, t)?;
    let Some(n) = n else {
        fill(th, t, &b, true)?;
        let (v, kind) = t.state.with(th, t.head(), |x| {
            let mut v = std::mem::take(&mut x.input);
            if x.at > 0 {
                v.drain(..x.at);
            }
            x.at = 0;
            let mut seen = x.seen;
            let v = translate(v, x.newline, &mut seen);
            x.seen = seen;
            (v, x.kind)
        });
        return decode(th, t, kind, v);
    };
    let mut out: Vec<u8> = Vec::new();
    let mut have = 0;
    let kind = t.state.with(th, t.head(), |x| x.kind);
    while have < n {
        let (part, chars, eof) = t.state.with(th, t.head(), |x| {
            let rest = &x.input[x.at..];
            let want = n - have;
            let mut k = match chars_len(rest, want, kind) {
                Some(k) => k,
                None if x.eof => rest.len(),
                None => {
                    // A character may be cut off at the end.
                    let mut k = rest.len();
                    if kind == Kind::Utf8 {
                        let cut = rest.iter().rev().take(3).position(|&c| c >= 0xC0);
                        if let Some(i) = cut {
                            k -= i + 1;
                        }
                    }
                    k
                }
            };
            // `\r\n` stays together where it is translated.
            if x.newline == Newline::Universal && k > 0 && rest[k - 1] == b'\r' {
                if rest.get(k) == Some(&b'\n') {
                    k += 1;
                } else if k == rest.len() && !x.eof {
                    k -= 1;
                }
            }
            let v = rest[..k].to_vec();
            x.at += k;
            let mut seen = x.seen;
            let v = translate(v, x.newline, &mut seen);
            x.seen = seen;
            let chars = if matches!(kind, Kind::Latin1 | Kind::Ascii) {
                v.len()
            } else {
                v.iter().filter(|&&c| c & 0xC0 != 0x80).count()
            };
            (v, chars, x.eof)
        });
        have += chars;
        let none = part.is_empty();
        out.extend_from_slice(&part);
        if have >= n {
            break;
        }
        if eof && none {
            t.state.with(th, t.head(), |x| x.eof = false);
            break;
        }
        if !eof {
            fill(th, t, &b, false)?;
        }
        th.poll()?;
    }
    decode(th, t, kind, out)
}
