//! `int.to_bytes` and `int.from_bytes`.

use super::{IntError, bit_length};
use dashu_int::{IBig, Sign, UBig};

/// `n.to_bytes(length, byteorder, signed=signed)`
pub fn to_bytes(
    n: &IBig,
    length: usize,
    big_endian: bool,
    signed: bool,
) -> Result<Vec<u8>, IntError> {
    let too_big = IntError::BytesOverflow("int too big to convert");
    let negative = n.sign() == Sign::Negative;
    if negative && !signed {
        return Err(IntError::BytesOverflow(
            "can't convert negative int to unsigned",
        ));
    }
    // A negative number needs the bits of -n-1 and a sign bit.
    let needed = if negative {
        bit_length(&super::invert_bits(n))
    } else {
        bit_length(n)
    };
    if needed + usize::from(signed) > length.saturating_mul(8) && !(n.is_zero()) {
        return Err(too_big);
    }
    let value = if negative {
        super::invert_bits(n)
    } else {
        n.clone()
    };
    let mut out = value.into_parts().1.to_le_bytes().into_vec();
    out.resize(length, 0);
    if negative {
        out.iter_mut().for_each(|b| *b = !*b);
    }
    if big_endian {
        out.reverse();
    }
    Ok(out)
}

/// `int.from_bytes(bytes, byteorder, signed=signed)`
pub fn from_bytes(bytes: &[u8], big_endian: bool, signed: bool) -> IBig {
    let unsigned = if big_endian {
        UBig::from_be_bytes(bytes)
    } else {
        UBig::from_le_bytes(bytes)
    };
    let top = if big_endian {
        bytes.first()
    } else {
        bytes.last()
    };
    let n = IBig::from(unsigned);
    if signed && top.is_some_and(|b| b & 0x80 != 0) {
        n - (IBig::ONE << (8 * bytes.len()))
    } else {
        n
    }
}
