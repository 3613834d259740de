//! Text forms of bytes: hexadecimal, base64, uuencoding, quoted-printable; and the CRCs of `binascii` and `zlib`.

mod base32;
mod base64;
mod base85;
mod crc;
mod qp;
mod uu;

pub use base32::{b32decode, b32encode};
pub(crate) use base64::{ALPHABET as BASE64, value};
pub use base64::{a2b_base64, b2a_base64};
pub use base85::{Wrong, a85decode, b85decode, b85encode};
pub use crc::{adler32, crc_hqx, crc32};
pub use qp::{a2b_qp, b2a_qp};
pub use uu::{a2b_uu, b2a_uu};

use std::fmt;

/// `binascii.Error` (a ValueError), unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BinError {
    /// Fixed message.
    Message(&'static str),
    /// Base64 with so many characters of data.
    DataCharacters(usize),
}

impl fmt::Display for BinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BinError::Message(m) => f.write_str(m),
            BinError::DataCharacters(n) => write!(
                f,
                "Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4"
            ),
        }
    }
}

impl std::error::Error for BinError {}

/// A byte that is no digit.
const NONE: u8 = 0xFF;

/// The value of each byte as a digit of this alphabet, or [`NONE`].
const fn values(alphabet: &[u8]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < alphabet.len() {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
}

pub(crate) const LOWER: &[u8; 16] = b"0123456789abcdef";

/// `hexlify(data, sep, bytes_per_sep)`; groups count from the right when positive, from the left when negative.
pub fn hexlify(data: &[u8], sep: Option<u8>, per_group: i64) -> Vec<u8> {
    let group = usize::try_from(per_group.unsigned_abs()).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(data.len() * 3);
    for (i, b) in data.iter().enumerate() {
        let place = if per_group < 0 { i } else { data.len() - i };
        if let Some(s) = sep.filter(|_| i > 0 && group > 0 && place % group == 0) {
            out.push(s);
        }
        out.extend([LOWER[usize::from(b >> 4)], LOWER[usize::from(b & 15)]]);
    }
    out
}

pub(crate) fn nibble(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).map(|d| d as u8)
}

/// `unhexlify(text)`.
pub fn unhexlify(text: &[u8]) -> Result<Vec<u8>, BinError> {
    if !text.len().is_multiple_of(2) {
        return Err(BinError::Message("Odd-length string"));
    }
    let pair = |p: &[u8]| Some(nibble(p[0])? << 4 | nibble(p[1])?);
    text.chunks_exact(2)
        .map(pair)
        .collect::<Option<_>>()
        .ok_or(BinError::Message("Non-hexadecimal digit found"))
}

/// `bytes.fromhex(text)`: white space between bytes is skipped. The error is the position of what is wrong (ValueError
/// "non-hexadecimal number found in fromhex() arg at position N"), or `None` when a digit is missing at the end.
pub fn from_hex(text: &[u8]) -> Result<Vec<u8>, Option<usize>> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut i = 0;
    while i < text.len() {
        if matches!(text[i], 9..=13 | 32) {
            i += 1;
            continue;
        }
        let high = nibble(text[i]).ok_or(Some(i))?;
        let low = nibble(*text.get(i + 1).ok_or(None)?).ok_or(Some(i + 1))?;
        out.push(high << 4 | low);
        i += 2;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(v: Result<Vec<u8>, BinError>) -> String {
        v.map_or_else(
            |e| format!("!{e}"),
            |b| String::from_utf8_lossy(&b).into_owned(),
        )
    }

    #[test]
    fn hex() {
        assert_eq!(hexlify(b"abcde", Some(b':'), 2), b"61:6263:6465");
        assert_eq!(hexlify(b"abcde", Some(b':'), -2), b"6162:6364:65");
        assert_eq!(text(unhexlify(b"6162")), "ab");
        assert_eq!(text(unhexlify(b"6")), "!Odd-length string");
        assert_eq!(text(unhexlify(b"6x")), "!Non-hexadecimal digit found");
        assert_eq!(from_hex(b" 61 62\n"), Ok(b"ab".to_vec()));
        assert_eq!(
            (from_hex(b"6 1"), from_hex(b"6")),
            (Err(Some(1)), Err(None))
        );
    }

    #[test]
    fn base64_forms() {
        assert_eq!(b2a_base64(b"hello", true), b"aGVsbG8=\n");
        assert_eq!(text(a2b_base64(b"aGVs\nbG8=", false)), "hello");
        assert_eq!(text(a2b_base64(b"aGVsbG8", false)), "!Incorrect padding");
        assert!(text(a2b_base64(b"aGVsb", false)).contains("characters (5) cannot"));
        assert_eq!(
            text(a2b_base64(b"aGVs\n", true)),
            "!Only base64 data is allowed"
        );
        assert_eq!(
            text(a2b_base64(b"=aGV", true)),
            "!Leading padding not allowed"
        );
        assert_eq!(
            text(a2b_base64(b"aG==VsbG8", true)),
            "!Excess data after padding"
        );
        assert_eq!(
            text(a2b_base64(b"aG=V", true)),
            "!Discontinuous padding not allowed"
        );
    }

    #[test]
    fn checksums() {
        assert_eq!(crc32(b"hello world", 0), 222957957);
        assert_eq!(crc_hqx(b"hello world", 0), 15332);
        assert_eq!(adler32(b"hello world", 1), 436929629);
    }

    #[test]
    fn uu_and_quoted_printable() {
        assert_eq!(text(b2a_uu(b"hello", false)), "%:&5L;&\\ \n");
        assert_eq!(text(a2b_uu(b"%:&5L;&\\ \n")), "hello");
        assert_eq!(text(a2b_uu(b"%:&5L;&\\ xx")), "!Trailing garbage");
        assert_eq!(a2b_qp(b"a=3Db=\nc_=zz", false), b"a=bc_=zz");
        assert_eq!(a2b_qp(b"a_b", true), b"a b");
        assert_eq!(
            b2a_qp(b"a=b \n.\n\xe9 x\t", false, true, false),
            b"a=3Db=20\n=2E\n=E9 x=09"
        );
    }
}
