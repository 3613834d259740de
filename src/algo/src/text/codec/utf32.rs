//! UTF-32.

use super::{Decoded, Fault, OnFault, Order, Replacement, apply_decoded};
use crate::text::{StrBuf, StrRef};

fn encoding(order: Order) -> &'static str {
    match order {
        Order::Native => "utf-32",
        Order::Little => "utf-32-le",
        Order::Big => "utf-32-be",
    }
}

/// Decodes. `Order::Native` looks for a byte order mark, which is dropped.
pub fn decode_utf32<E>(
    s: &[u8],
    order: Order,
    last: bool,
    on_fault: OnFault<'_, E>,
) -> Result<Decoded, E> {
    let (order, mut i) = match (order, s) {
        (Order::Native, [0xff, 0xfe, 0, 0, ..]) => (Order::Little, 4),
        (Order::Native, [0, 0, 0xfe, 0xff, ..]) => (Order::Big, 4),
        (o, _) => (o, 0),
    };
    let mut out = StrBuf::with_capacity(s.len() / 4);
    while i < s.len() {
        let (len, reason) = match s[i..].first_chunk::<4>() {
            None if !last => break,
            None => (s.len() - i, "truncated data"),
            Some(&b) => {
                let c = if order == Order::Big {
                    u32::from_be_bytes(b)
                } else {
                    u32::from_le_bytes(b)
                };
                match c {
                    0xd800..0xe000 => (
                        4,
                        "code point in surrogate code point range(0xd800, 0xe000)",
                    ),
                    0..0x110000 => {
                        out.push(c);
                        i += 4;
                        continue;
                    }
                    _ => (4, "code point not in range(0x110000)"),
                }
            }
        };
        let fault = Fault {
            encoding: encoding(order),
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
pub fn encode_utf32<E>(
    s: StrRef<'_>,
    order: Order,
    on_fault: OnFault<'_, E>,
) -> Result<Vec<u8>, E> {
    let mut out = Vec::with_capacity(s.len() * 4 + 4);
    let push = |out: &mut Vec<u8>, c: u32| {
        out.extend(if order == Order::Big {
            c.to_be_bytes()
        } else {
            c.to_le_bytes()
        });
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
            encoding: encoding(order),
            start: i,
            end,
            reason: "surrogates not allowed",
        };
        let (r, next) = on_fault(fault)?;
        match r {
            Replacement::Bytes(b) if b.len() % 4 == 0 => out.extend(b),
            Replacement::Text(t) if t.as_ref().chars().all(|c| !(0xd800..0xe000).contains(&c)) => {
                t.as_ref().chars().for_each(|c| push(&mut out, c));
            }
            _ => on_fault(fault).map(|_| ())?,
        }
        i = next.min(s.len());
    }
    Ok(out)
}
