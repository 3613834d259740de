//! `marshal`: basic values in CPython's format (version 2: no references). Code objects have no form that CPython could
//! read, and are refused.

use super::prelude::*;
use dashu_int::IBig;

/// `marshal`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "dumps",
            "(value, version=5, /, *, allow_code=True)",
            |th, a| {
                let mut out = Vec::new();
                write(th, a.get(0), &mut out)?;
                th.bytes(&out)
            },
        ),
        MethodDef::new(
            "dump",
            "(value, file, version=5, /, *, allow_code=True)",
            |th, a| {
                let mut out = Vec::new();
                write(th, a.get(0), &mut out)?;
                th.call_method(a.get(1), "write", &[th.bytes(&out)?])
            },
        ),
        MethodDef::new("loads", "(bytes, /, *, allow_code=True)", |th, a| {
            let b = th.bytes_like(a.get(0))?;
            read_all(th, b.bytes())
        }),
        MethodDef::new("load", "(file, /, *, allow_code=True)", |th, a| {
            let r = th.call_method(a.get(0), "read", &[])?;
            let b = th.bytes_like(&r)?;
            read_all(th, b.bytes())
        }),
    ],
    init: Some(|th, m| put(th, m, "version", Obj::small_int(5))),
    ..ModuleDef::new("marshal")
};

fn size(th: &Thread, n: usize) -> Res<[u8; 4]> {
    match i32::try_from(n) {
        Ok(n) => Ok(n.to_le_bytes()),
        Err(_) => Err(th.value_error("object too large to marshal")),
    }
}

fn write(th: &Thread, o: &Obj, out: &mut Vec<u8>) -> Res<()> {
    let _d = th.enter("while marshalling an object")?;
    if o.is_none() {
        out.push(b'N');
    } else if o.is(&Obj::TRUE) {
        out.push(b'T');
    } else if o.is(&Obj::FALSE) {
        out.push(b'F');
    } else if o.is(&Obj::ELLIPSIS) {
        out.push(b'.');
    } else if let Some(f) = o.as_f64_exact() {
        out.push(b'g');
        out.extend_from_slice(&f.to_le_bytes());
    } else if let Some(n) = o.as_small_int().and_then(|n| i32::try_from(n).ok()) {
        out.push(b'i');
        out.extend_from_slice(&n.to_le_bytes());
    } else if let (Some(n), Some(TypeId::Int)) = (th.as_bigint(o), th.type_of(o).id) {
        out.push(b'l');
        let negative = n < IBig::from(0);
        let bytes = dashu_int::ops::UnsignedAbs::unsigned_abs(n).to_le_bytes();
        // Digits of 15 bits.
        let (mut acc, mut bits, mut digits) = (0u32, 0, Vec::new());
        for b in bytes.iter() {
            acc |= u32::from(*b) << bits;
            bits += 8;
            while bits >= 15 {
                digits.push((acc & 0x7FFF) as u16);
                acc >>= 15;
                bits -= 15;
            }
        }
        if acc != 0 {
            digits.push(acc as u16);
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let n = i32::from_le_bytes(size(th, digits.len())?);
        out.extend_from_slice(&(if negative { -n } else { n }).to_le_bytes());
        for d in digits {
            out.extend_from_slice(&d.to_le_bytes());
        }
    } else if let Some(s) = o.exact::<Str>() {
        let b = threadsnake_algo::text::codec::utf8_lossless(s.text());
        out.push(b'u');
        out.extend_from_slice(&size(th, b.len())?);
        out.extend_from_slice(&b);
    } else if let Some(t) = o.exact::<Tuple>() {
        out.push(b'(');
        out.extend_from_slice(&size(th, t.len())?);
        for x in t.items() {
            write(th, x, out)?;
        }
    } else if let Some(l) = o.exact::<List>() {
        let items = l.to_vec(th);
        out.push(b'[');
        out.extend_from_slice(&size(th, items.len())?);
        for x in &items {
            write(th, x, out)?;
        }
    } else if let Some(d) = o.exact::<Dict>() {
        out.push(b'{');
        for (k, v) in d.items() {
            write(th, &k, out)?;
            write(th, &v, out)?;
        }
        out.push(b'0');
    } else {
        match th.type_of(o).id {
            Some(TypeId::Bytes | TypeId::ByteArray | TypeId::MemoryView) => {
                let b = th.bytes_like(o)?;
                out.push(b's');
                out.extend_from_slice(&size(th, b.len())?);
                out.extend_from_slice(b.bytes());
            }
            Some(id @ (TypeId::Set | TypeId::FrozenSet)) => {
                let items = th.collect(o)?;
                out.push(if id == TypeId::Set { b'<' } else { b'>' });
                out.extend_from_slice(&size(th, items.len())?);
                for x in &items {
                    write(th, x, out)?;
                }
            }
            Some(TypeId::Code) => {
                return Err(th.value_error("marshal: code objects are not supported"));
            }
            _ => return Err(th.value_error("unmarshallable object")),
        }
    }
    Ok(())
}

fn read_all(th: &Thread, b: &[u8]) -> Res {
    let mut r = Reader {
        b,
        at: 0,
        refs: Vec::new(),
    };
    match r.value(th)? {
        Some(o) => Ok(o),
        None => Err(th.type_error("NULL object in marshal data for object")),
    }
}

struct Reader<'a> {
    b: &'a [u8],
    at: usize,
    refs: Vec<Obj>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, th: &Thread, n: usize) -> Res<&'a [u8]> {
        match self.at.checked_add(n).and_then(|e| self.b.get(self.at..e)) {
            Some(s) => {
                self.at += n;
                Ok(s)
            }
            None => Err(th.eof_error("marshal data too short")),
        }
    }
    fn i32(&mut self, th: &Thread) -> Res<i32> {
        let s = self.take(th, 4)?;
        Ok(i32::from_le_bytes([s[0], s[1], s[2], s[3]]))
    }
    fn len(&mut self, th: &Thread) -> Res<usize> {
        let n = self.i32(th)?;
        usize::try_from(n).map_err(|_| th.value_error("bad marshal data (size out of range)"))
    }
    fn items(&mut self, th: &Thread, n: usize) -> Res<Vec<Obj>> {
        let mut v = Vec::new();
        for _ in 0..n {
            match self.value(th)? {
                Some(o) => v.push(o),
                None => return Err(th.type_error("NULL object in marshal data for tuple")),
            }
        }
        Ok(v)
    }
    /// A value; `None` is the mark that ends a dict.
    fn value(&mut self, th: &Thread) -> Res<Option<Obj>> {
        let _d = th.enter("while unmarshalling an object")?;
        let t = self.take(th, 1)?[0];
        let (kind, keep) = (t & 0x7F, t & 0x80 != 0);
        let place = if keep {
            self.refs.push(Obj::NONE);
            Some(self.refs.len() - 1)
        } else {
            None
        };
        let o = match kind {
            b'0' => return Ok(None),
            b'N' => Obj::NONE,
            b'T' => Obj::TRUE,
            b'F' => Obj::FALSE,
            b'.' => Obj::ELLIPSIS,
            b'i' => Obj::small_int(i64::from(self.i32(th)?)),
            b'g' => {
                let s = self.take(th, 8)?;
                let mut w = [0u8; 8];
                w.copy_from_slice(s);
                Obj::float(f64::from_le_bytes(w))
            }
            b'l' => {
                let n = self.i32(th)?;
                let s = self.take(th, n.unsigned_abs() as usize * 2)?;
                let mut v = IBig::from(0);
                for d in s.chunks(2).rev() {
                    v = (v << 15) + IBig::from(u16::from_le_bytes([d[0], d[1]]) & 0x7FFF);
                }
                th.bigint(if n < 0 { -v } else { v })
            }
            b's' => {
                let n = self.len(th)?;
                let s = self.take(th, n)?;
                th.bytes(s)?
            }
            b'u' | b't' | b'a' | b'A' | b'z' | b'Z' => {
                let n = if matches!(kind, b'z' | b'Z') {
                    self.take(th, 1)?[0] as usize
                } else {
                    self.len(th)?
                };
                let s = self.take(th, n)?;
                match std::str::from_utf8(s) {
                    Ok(s) => th.str(s)?,
                    Err(_) => th.call_method(
                        &th.bytes(s)?,
                        "decode",
                        &[th.str("utf-8")?, th.str("surrogatepass")?],
                    )?,
                }
            }
            b'(' | b')' => {
                let n = if kind == b')' {
                    self.take(th, 1)?[0] as usize
                } else {
                    self.len(th)?
                };
                let v = self.items(th, n)?;
                th.tuple(v)?
            }
            b'[' => {
                let n = self.len(th)?;
                let v = self.items(th, n)?;
                th.list(v)?
            }
            b'<' | b'>' => {
                let n = self.len(th)?;
                let l = self.items(th, n)?;
                let l = th.list(l)?;
                let id = if kind == b'<' {
                    TypeId::Set
                } else {
                    TypeId::FrozenSet
                };
                th.call(th.ty(id).obj(), &[l])?
            }
            b'{' => {
                let d = th.new_dict()?;
                while let Some(k) = self.value(th)? {
                    match self.value(th)? {
                        Some(v) => d.set_item(th, &k, v)?,
                        None => break,
                    }
                }
                d.into_obj()
            }
            b'r' => {
                let i = self.len(th)?;
                match self.refs.get(i) {
                    Some(o) => o.clone(),
                    None => return Err(th.value_error("bad marshal data (invalid reference)")),
                }
            }
            b'c' => return Err(th.value_error("marshal: code objects are not supported")),
            _ => return Err(th.value_error("bad marshal data (unknown type code)")),
        };
        if let Some(i) = place {
            self.refs[i] = o.clone();
        }
        Ok(Some(o))
    }
}
