//! What the items of an array are: one row a type code; from a word of memory to an object and back.

use crate::builtins::number::IntRef;
use crate::modules::prelude::*;

/// One type code.
pub struct Kind {
    /// The code, as Python writes it.
    pub code: u8,
    /// Bytes of an item.
    pub width: usize,
    /// How it is shown by the buffer protocol.
    pub format: &'static str,
    /// Number of the machine format in pickles.
    pub machine: u8,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Read through a C long, then held against the limits of the named type.
    Narrow {
        signed: bool,
        name: &'static str,
    },
    Long,
    LongLong,
    UnsignedInt,
    UnsignedLong,
    UnsignedLongLong,
    Float,
    Double,
    Char,
}

const fn kind(code: u8, width: usize, format: &'static str, machine: u8, what: What) -> Kind {
    Kind {
        code,
        width,
        format,
        machine,
        what,
    }
}

const fn narrow(signed: bool, name: &'static str) -> What {
    What::Narrow { signed, name }
}

/// Every kind, in the order of `array.typecodes`.
pub static KINDS: [Kind; 14] = [
    kind(b'b', 1, "b", 1, narrow(true, "signed char")),
    kind(b'B', 1, "B", 0, narrow(false, "unsigned byte integer")),
    kind(b'u', 4, "w", 20, What::Char),
    kind(b'w', 4, "w", 20, What::Char),
    kind(b'h', 2, "h", 4, narrow(true, "signed short integer")),
    kind(b'H', 2, "H", 2, narrow(false, "unsigned short")),
    kind(b'i', 4, "i", 8, narrow(true, "signed integer")),
    kind(b'I', 4, "I", 6, What::UnsignedInt),
    kind(b'l', 8, "l", 12, What::Long),
    kind(b'L', 8, "L", 10, What::UnsignedLong),
    kind(b'q', 8, "q", 12, What::LongLong),
    kind(b'Q', 8, "Q", 10, What::UnsignedLongLong),
    kind(b'f', 4, "f", 14, What::Float),
    kind(b'd', 8, "d", 16, What::Double),
];

/// Items that compiled code reads and writes itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plain {
    /// A double.
    F64,
    /// An integer of 8 bytes that is read as a signed one, or is not negative.
    I64 {
        /// Whether it may be.
        negative: bool,
    },
    /// A signed integer of 4 bytes.
    I32,
    /// An unsigned one.
    U32,
    /// An unsigned byte.
    U8,
}

impl Kind {
    /// What its items are, if they are so plain.
    pub fn plain(&self) -> Option<Plain> {
        Some(match self.what {
            What::Double => Plain::F64,
            What::Long | What::LongLong => Plain::I64 { negative: true },
            What::UnsignedLong | What::UnsignedLongLong => Plain::I64 { negative: false },
            What::UnsignedInt => Plain::U32,
            What::Narrow { signed: true, .. } if self.width == 4 => Plain::I32,
            What::Narrow { signed: false, .. } if self.width == 1 => Plain::U8,
            What::Narrow { .. } | What::Float | What::Char => return None,
        })
    }
    /// The kind of a type code.
    pub fn of(code: u32) -> Option<&'static Kind> {
        KINDS.iter().find(|k| u32::from(k.code) == code)
    }
    /// The code as text.
    pub fn letter(&self) -> char {
        char::from(self.code)
    }
    /// Whether items are characters.
    pub fn is_char(&self) -> bool {
        self.what == What::Char
    }
    /// Whether two arrays of this kind that compare as bytes compare as numbers.
    pub fn is_int(&self) -> bool {
        !matches!(self.what, What::Float | What::Double | What::Char)
    }

    /// The object of an item.
    #[inline]
    pub fn unpack(&self, th: &Thread, word: u64) -> Res {
        Ok(match self.what {
            What::Double => Obj::float(f64::from_bits(word)),
            What::Narrow { signed: true, .. } => {
                let unused = 64 - 8 * self.width as u32;
                Obj::small_int(((word << unused) as i64) >> unused)
            }
            What::Narrow { .. } | What::UnsignedInt => Obj::small_int(word as i64),
            What::Long | What::LongLong => th.int(word as i64),
            What::UnsignedLong | What::UnsignedLongLong => th.uint(word),
            What::Float => Obj::float(f64::from(f32::from_bits(word as u32))),
            What::Char => return char_object(th, word as u32),
        })
    }

    /// The word of an object.
    #[inline]
    pub fn pack(&self, th: &Thread, o: &Obj) -> Res<u64> {
        if let (What::Double, Some(x)) = (self.what, o.as_f64_exact()) {
            return Ok(x.to_bits());
        }
        self.pack_any(th, o)
    }

    fn pack_any(&self, th: &Thread, o: &Obj) -> Res<u64> {
        match self.what {
            What::Double => th.to_f64(o).map(f64::to_bits),
            What::Float => th.to_f64(o).map(|x| u64::from((x as f32).to_bits())),
            What::Char => char_of(th, o),
            What::Narrow { signed, name } => {
                let n = self.long(th, o, "Python int too large to convert to C long")?;
                let bits = 8 * self.width as u32;
                let (low, high) = if signed {
                    (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1)
                } else {
                    (0, (1i64 << bits) - 1)
                };
                if n < low {
                    return Err(th.overflow_error(format!("{name} is less than minimum")));
                }
                if n > high {
                    return Err(th.overflow_error(format!("{name} is greater than maximum")));
                }
                Ok(n as u64)
            }
            What::Long => self
                .long(th, o, "Python int too large to convert to C long")
                .map(|n| n as u64),
            What::LongLong => self.long(th, o, "int too big to convert").map(|n| n as u64),
            What::UnsignedInt | What::UnsignedLong => {
                let n = self.unsigned(
                    th,
                    o,
                    "can't convert negative value to unsigned int",
                    "Python int too large to convert to C unsigned long",
                )?;
                if self.what == What::UnsignedInt && n > u64::from(u32::MAX) {
                    return Err(th.overflow_error("unsigned int is greater than maximum"));
                }
                Ok(n)
            }
            What::UnsignedLongLong => self.unsigned(
                th,
                o,
                "can't convert negative int to unsigned",
                "int too big to convert",
            ),
        }
    }

    fn long(&self, th: &Thread, o: &Obj, too_large: &str) -> Res<i64> {
        if let Some(n) = o.as_small_int() {
            return Ok(n);
        }
        let n = th.index(o)?;
        th.int_like_i64(&n)
            .ok_or_else(|| th.overflow_error(too_large))
    }

    fn unsigned(&self, th: &Thread, o: &Obj, negative: &str, too_large: &str) -> Res<u64> {
        let n = th.index(o)?;
        match IntRef::of(&n) {
            Some(n) if n.is_negative() => Err(th.overflow_error(negative)),
            Some(IntRef::Small(n)) => Ok(n as u64),
            Some(IntRef::Big(b)) => u64::try_from(b).map_err(|_| th.overflow_error(too_large)),
            None => Err(th.overflow_error(too_large)),
        }
    }
}

fn char_object(th: &Thread, c: u32) -> Res {
    if c > 0x10_ffff {
        return Err(th.value_error(format!(
            "character U+{c:x} is not in range [U+0000; U+10ffff]"
        )));
    }
    let mut buf = StrBuf::with_capacity(1);
    buf.push(c);
    th.str_data(buf.finish())
}

fn char_of(th: &Thread, o: &Obj) -> Res<u64> {
    let Some(s) = o.cast::<Str>() else {
        return Err(th.type_error(format!(
            "array item must be a unicode character, not {}",
            th.type_name(o)
        )));
    };
    if s.len() != 1 {
        return Err(th.type_error(format!(
            "array item must be a unicode character, not a string of length {}",
            s.len()
        )));
    }
    Ok(u64::from(s.at(0)))
}
