//! Quoted-printable (RFC 2045), as `binascii` does it.

use super::nibble;

/// `a2b_qp(data, header=header)`
pub fn a2b_qp(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut i = 0;
    while i < data.len() {
        match data[i] {
            b'=' => {
                i += 1;
                match (data.get(i), data.get(i + 1)) {
                    (None, _) => break,
                    (Some(b'\n' | b'\r'), _) => {
                        // A soft line break: everything to the end of the line goes.
                        if data[i] != b'\n' {
                            while i < data.len() && data[i] != b'\n' {
                                i += 1;
                            }
                        }
                        i += 1;
                    }
                    (Some(b'='), _) => {
                        out.push(b'=');
                        i += 1;
                    }
                    (Some(&a), Some(&b)) if nibble(a).is_some() && nibble(b).is_some() => {
                        out.push(nibble(a).unwrap_or(0) << 4 | nibble(b).unwrap_or(0));
                        i += 2;
                    }
                    _ => out.push(b'='),
                }
            }
            b'_' if header => {
                out.push(b' ');
                i += 1;
            }
            c => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

fn push_hex(out: &mut Vec<u8>, b: u8) {
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'=', UPPER[usize::from(b >> 4)], UPPER[usize::from(b & 15)]]);
}

/// `b2a_qp(data, quotetabs, istext, header)`
pub fn b2a_qp(data: &[u8], quote_tabs: bool, is_text: bool, header: bool) -> Vec<u8> {
    const LINE: usize = 76;
    let mut out = Vec::with_capacity(data.len() + 16);
    // Line ends are written as the text's first one is.
    let crlf = memchr::memchr(b'\n', data).is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let end_of_line: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    let mut column = 0;
    let mut i = 0;
    while i < data.len() {
        let b = data[i];
        let next = data.get(i + 1).copied();
        let breaks_here = is_text && (b == b'\n' || (b == b'\r' && next == Some(b'\n')));
        let lone_dot = b == b'.' && column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0));
        let quote = b > 126
            || b == b'='
            || (header && b == b'_')
            || lone_dot
            || (!is_text && matches!(b, b'\r' | b'\n'))
            || (matches!(b, b'\t' | b' ') && i + 1 == data.len())
            || (b < 33 && !matches!(b, b'\r' | b'\n' | b'\t' | b' '))
            || (quote_tabs && matches!(b, b'\t' | b' '));
        if quote {
            if column + 3 >= LINE {
                out.push(b'=');
                out.extend(end_of_line);
                column = 0;
            }
            push_hex(&mut out, b);
            column += 3;
            i += 1;
        } else if breaks_here {
            column = 0;
            // White space before a line end is quoted after all.
            if let Some(&w @ (b' ' | b'\t')) = out.last() {
                out.pop();
                push_hex(&mut out, w);
            }
            out.extend(end_of_line);
            i += if b == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some() && next != Some(b'\n') && column + 1 >= LINE {
                out.push(b'=');
                out.extend(end_of_line);
                column = 0;
            }
            column += 1;
            out.push(if header && b == b' ' { b'_' } else { b });
            i += 1;
        }
    }
    out
}
