//! Code as bytes and back: how compiled code of the library is kept between processes. Both ends are of one build, so there
//! is neither a version nor a promise about the form; [`unpack`] answers `None` to what is not whole.

use crate::code::{CellVar, Code, Const, Handler, Hidden, Pos, Site, StrConst};
use crate::instr::Instr;
use dashu_int::IBig;
use threadsnake_threads::sync::Arc;

/// The bytes of a module's code.
pub fn pack(code: &Code) -> Vec<u8> {
    let mut out = Vec::new();
    write_code(&mut out, code);
    out
}

/// The code that [`pack`] was given, with another file name.
pub fn unpack(bytes: &[u8], filename: &str) -> Option<Code> {
    let mut reader = Reader {
        rest: bytes,
        filename: filename.into(),
    };
    let code = reader.code()?;
    reader.rest.is_empty().then_some(code)
}

// --- writing

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// A number that is small on either side of zero.
fn signed(out: &mut Vec<u8>, n: i64) {
    number(out, ((n << 1) ^ (n >> 63)) as u64);
}

fn bytes(out: &mut Vec<u8>, b: &[u8]) {
    number(out, b.len() as u64);
    out.extend_from_slice(b);
}

fn list<T>(out: &mut Vec<u8>, items: &[T], mut one: impl FnMut(&mut Vec<u8>, &T)) {
    number(out, items.len() as u64);
    for x in items {
        one(out, x);
    }
}

fn write_code(out: &mut Vec<u8>, c: &Code) {
    bytes(out, c.name.as_bytes());
    bytes(out, c.qualname.as_bytes());
    for n in [c.first_line, c.flags, c.argcount, c.posonly, c.kwonly] {
        number(out, n.into());
    }
    for n in [c.nlocals, c.nregs, c.nloops] {
        number(out, n.into());
    }
    let index = |out: &mut Vec<u8>, n: &u32| number(out, (*n).into());
    list(out, &c.varnames, index);
    list(out, &c.cellvars, |out, v| {
        number(out, v.name.into());
        number(out, v.reg.into());
    });
    list(out, &c.freevars, index);
    list(out, &c.names, |out, n| bytes(out, n.as_bytes()));
    list(out, &c.consts, write_const);
    list(out, &c.sites, |out, s| number(out, s.name.into()));
    list(out, &c.instrs, |out, i| {
        out.extend_from_slice(&i.0.to_le_bytes());
    });
    list(out, &c.handlers, |out, h| {
        for n in [h.start, h.end, h.target, h.depth.into()] {
            number(out, n.into());
        }
    });
    let (mut at, mut line) = (0, 0);
    list(out, &c.positions, |out, (start, p)| {
        number(out, (start - at).into());
        signed(out, i64::from(p.line) - i64::from(line));
        signed(out, i64::from(p.end_line) - i64::from(p.line));
        number(out, p.col.into());
        signed(out, i64::from(p.end_col) - i64::from(p.col));
        (at, line) = (*start, p.line);
    });
    list(out, &c.hidden, |out, h| {
        for n in [h.name, h.reg.into(), h.cell.into(), h.start, h.end] {
            number(out, n.into());
        }
    });
    list(out, &c.static_attributes, index);
}

/// What a constant begins with.
mod tag {
    pub const NONE: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_INT: u8 = 5;
    pub const FLOAT: u8 = 6;
    pub const COMPLEX: u8 = 7;
    pub const TEXT: u8 = 8;
    pub const POINTS: u8 = 9;
    pub const BYTES: u8 = 10;
    pub const TUPLE: u8 = 11;
    pub const FROZEN_SET: u8 = 12;
    pub const SLICE: u8 = 13;
    pub const CODE: u8 = 14;
}

fn write_const(out: &mut Vec<u8>, c: &Const) {
    match c {
        Const::None => out.push(tag::NONE),
        Const::Bool(b) => out.push(if *b { tag::TRUE } else { tag::FALSE }),
        Const::Ellipsis => out.push(tag::ELLIPSIS),
        Const::Int(n) => {
            out.push(tag::INT);
            signed(out, *n);
        }
        Const::BigInt(n) => {
            out.push(tag::BIG_INT);
            bytes(out, &n.to_le_bytes());
        }
        Const::Float(x) => {
            out.push(tag::FLOAT);
            out.extend_from_slice(&x.to_bits().to_le_bytes());
        }
        Const::Complex(x, y) => {
            out.push(tag::COMPLEX);
            out.extend_from_slice(&x.to_bits().to_le_bytes());
            out.extend_from_slice(&y.to_bits().to_le_bytes());
        }
        Const::Str(StrConst::Text(t)) => {
            out.push(tag::TEXT);
            bytes(out, t.as_bytes());
        }
        Const::Str(StrConst::Points(p)) => {
            out.push(tag::POINTS);
            list(out, p, |out, n| number(out, (*n).into()));
        }
        Const::Bytes(b) => {
            out.push(tag::BYTES);
            bytes(out, b);
        }
        Const::Tuple(items) => {
            out.push(tag::TUPLE);
            list(out, items, write_const);
        }
        Const::FrozenSet(items) => {
            out.push(tag::FROZEN_SET);
            list(out, items, write_const);
        }
        Const::Slice(parts) => {
            out.push(tag::SLICE);
            parts.iter().for_each(|c| write_const(out, c));
        }
        Const::Code(c) => {
            out.push(tag::CODE);
            write_code(out, c);
        }
    }
}

// --- reading

struct Reader<'a> {
    rest: &'a [u8],
    filename: Arc<str>,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut n, mut shift) = (0, 0);
        loop {
            let b = self.byte()?;
            n |= u64::from(b & 0x7f).checked_shl(shift)?;
            if b < 0x80 {
                return Some(n);
            }
            shift += 7;
        }
    }

    fn u32(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.number()?.try_into().ok()
    }

    fn signed(&mut self) -> Option<i64> {
        let n = self.number()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(front)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.number()?;
        self.take(n.try_into().ok()?)
    }

    fn text(&mut self) -> Option<Box<str>> {
        Some(std::str::from_utf8(self.bytes()?).ok()?.into())
    }

    fn word(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let n = self.number()?.try_into().ok()?;
        // Each item takes a byte at least.
        if n > self.rest.len() {
            return None;
        }
        let mut items = Vec::with_capacity(n);
        for _ in 0..n {
            items.push(one(self)?);
        }
        Some(items)
    }

    fn code(&mut self) -> Option<Code> {
        let (name, qualname) = (self.text()?, self.text()?);
        let (first_line, flags) = (self.u32()?, self.u32()?);
        let (argcount, posonly, kwonly) = (self.u32()?, self.u32()?, self.u32()?);
        let (nlocals, nregs, nloops) = (self.u16()?, self.u16()?, self.u16()?);
        let varnames = self.list(Self::u32)?;
        let cellvars = self.list(|r| {
            Some(CellVar {
                name: r.u32()?,
                reg: r.u16()?,
            })
        })?;
        let freevars = self.list(Self::u32)?;
        let names = self.list(Self::text)?;
        let consts = self.list(Self::constant)?;
        let sites = self.list(|r| Some(Site { name: r.u32()? }))?;
        let instrs = self.list(|r| Some(Instr(r.word()?)))?;
        let handlers = self.list(|r| {
            Some(Handler {
                start: r.u32()?,
                end: r.u32()?,
                target: r.u32()?,
                depth: r.u16()?,
            })
        })?;
        let (mut at, mut last) = (0u32, 0u32);
        let positions = self.list(|r| {
            at = at.checked_add(r.u32()?)?;
            let line = last.checked_add_signed(r.signed()?.try_into().ok()?)?;
            let end_line = line.checked_add_signed(r.signed()?.try_into().ok()?)?;
            let col = r.u32()?;
            let end_col = col.checked_add_signed(r.signed()?.try_into().ok()?)?;
            last = line;
            let place = Pos {
                line,
                end_line,
                col,
                end_col,
            };
            Some((at, place))
        })?;
        let hidden = self.list(|r| {
            Some(Hidden {
                name: r.u32()?,
                reg: r.u16()?,
                cell: r.u32()? != 0,
                start: r.u32()?,
                end: r.u32()?,
            })
        })?;
        Some(Code {
            name,
            qualname,
            filename: self.filename.clone(),
            first_line,
            flags,
            argcount,
            posonly,
            kwonly,
            varnames,
            cellvars,
            freevars,
            nlocals,
            nregs,
            nloops,
            names,
            consts,
            sites,
            instrs,
            handlers,
            positions,
            hidden,
            static_attributes: self.list(Self::u32)?,
            flow: Default::default(),
        })
    }

    fn constant(&mut self) -> Option<Const> {
        Some(match self.byte()? {
            tag::NONE => Const::None,
            tag::FALSE => Const::Bool(false),
            tag::TRUE => Const::Bool(true),
            tag::ELLIPSIS => Const::Ellipsis,
            tag::INT => Const::Int(self.signed()?),
            tag::BIG_INT => Const::BigInt(Box::new(IBig::from_le_bytes(self.bytes()?))),
            tag::FLOAT => Const::Float(f64::from_bits(self.word()?)),
            tag::COMPLEX => {
                Const::Complex(f64::from_bits(self.word()?), f64::from_bits(self.word()?))
            }
            tag::TEXT => Const::Str(StrConst::Text(self.text()?)),
            tag::POINTS => Const::Str(StrConst::Points(self.list(Self::u32)?.into())),
            tag::BYTES => Const::Bytes(self.bytes()?.into()),
            tag::TUPLE => Const::Tuple(self.list(Self::constant)?.into()),
            tag::FROZEN_SET => Const::FrozenSet(self.list(Self::constant)?.into()),
            tag::SLICE => Const::Slice(Box::new([
                self.constant()?,
                self.constant()?,
                self.constant()?,
            ])),
            tag::CODE => Const::Code(Arc::new(self.code()?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CompileOptions, Mode, compile, disassemble};

    const PROGRAM: &str = "
'''text'''
import a.b as c
class K(c, x=1):
    def f(self, *a, k=10**30, **kw):
        try:
            self.z = [x for x in a if x in {1, 2.5, 3j}]
        except* KeyError as e:
            self.q = lambda: (e, ..., b'bytes', '\\ud800', a[1:2])
    async def g():
        async for x in y: yield x
";

    fn packed() -> (Arc<Code>, Vec<u8>) {
        let made = compile(PROGRAM, "file", Mode::Exec, &CompileOptions::default());
        let code = made.expect("the program is right").code;
        let bytes = pack(&code);
        (code, bytes)
    }

    #[test]
    fn what_was_packed_comes_back() {
        let (code, bytes) = packed();
        let back = unpack(&bytes, "file").expect("it is whole");
        assert_eq!(disassemble(&code), disassemble(&back));
        assert_eq!(format!("{code:?}"), format!("{:?}", Arc::new(back)));
    }

    #[test]
    fn a_part_is_not_taken_for_the_whole() {
        let (_, bytes) = packed();
        for n in 0..bytes.len() {
            assert!(unpack(&bytes[..n], "file").is_none(), "{n} bytes");
        }
    }
}
