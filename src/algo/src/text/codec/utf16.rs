//! UTF-16.

use super::{Decoded, Fault, OnFault, Order, Replacement, apply_decoded};
use crate::text::{StrBuf, StrRef};

/// Decodes. `Order::Native` looks for a byte order mark, which is dropped.
pub fn decode_utf16<E>(
    s: &[u8],
    order: Order,
    last: bool,
    on_fault: OnFault<'_, E>,
) -> Result<Decoded, E> {
    let (order, mut i) = match (order, s) {
        (Order::Native, [0xff, 0xfe, ..]) => (Order::Little, 2),
        (Order::Native, [0xfe, 0xff, ..]) => (Order::Big, 2),
        (o, _) => (o, 0),
    };
    let encoding = match order {
        Order::Native => "utf-16",
        Order::Little => "utf-16-le",
        Order::Big => "utf-16-be",
    };
    let unit = |at: usize| -> Option<u32> {
        let pair = [*s.get(at)?, *s.get(at + 1)?];
        Some(u32::from(if order == Order::Big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }))
    };
    let mut out = StrBuf::with_capacity(s.len() / 2);
    while i < s.len() {
        let (len, reason) = match unit(i) {
            None if !last => break,
            None => (s.len() - i, "truncated data"),
            Some(c @ 0xd800..0xdc00) => match unit(i + 2) {
                Some(d @ 0xdc00..0xe000) => {
                    out.push(0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00));
                    i += 4;
                    continue;
                }
                Some(_) => (2, "illegal UTF-16 surrogate"),
                None if !last => break,
                None => (s.len() - i, "unexpected end of data"),
            },
            Some(0xdc00..0xe000) => (2, "illegal encoding"),
            Some(c) => {
                out.push(c);
                i += 2;
                continue;
            }
        };
        let fault = Fault {
            encoding,
            start: i,
            end: i + len,
            reason,
        };
        i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
    }
    Ok(Decoded {
        text: out.finish(),
        consumed: i,
        order,
    })
}

/// Encodes. `Order::Native` writes a mark, then little endian.
pub fn encode_utf16<E>(
    s: StrRef<'_>,
    order: Order,
    on_fault: OnFault<'_, E>,
) -> Result<Vec<u8>, E> {
    let encoding = match order {
        Order::Native => "utf-16",
        Order::Little => "utf-16-le",
        Order::Big => "utf-16-be",
    };
    let mut out = Vec::with_capacity(s.len() * 2 + 2);
    let unit = |out: &mut Vec<u8>, u: u16| {
        out.extend(if order == Order::Big {
            u.to_be_bytes()
        } else {
            u.to_le_bytes()
        });
    };
    let push = |out: &mut Vec<u8>, c: u32| match u16::try_from(c) {
        Ok(u) => unit(out, u),
        Err(_) => {
            unit(out, 0xd800 + ((c - 0x10000) >> 10) as u16);
            unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff) as u16);
        }
    };
    if order == Order::Native {
        push(&mut out, 0xfeff);
    }
    let mut i = 0;
    while i < s.len() {
        let c = s.at(i);
        if !(0xd800..0xe000).contains(&c) {
            push(&mut out, c);
            i += 1;
            continue;
        }
        let end = i + s
            .slice(i, s.len())
            .chars()
            .take_while(|c| (0xd800..0xe000).contains(c))
            .count();
        let fault = Fault {
            encoding,
            start: i,
            end,
            reason: "surrogates not allowed",
        };
        let (r, next) = on_fault(fault)?;
        match r {
            Replacement::Bytes(b) if b.len() % 2 == 0 => out.extend(b),
            Replacement::Text(t) if t.as_ref().chars().all(|c| !(0xd800..0xe000).contains(&c)) => {
                t.as_ref().chars().for_each(|c| push(&mut out, c));
            }
            _ => on_fault(fault).map(|_| ())?,
        }
        i = next.min(s.len());
    }
    Ok(out)
}
