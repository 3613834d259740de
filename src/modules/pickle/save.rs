//! Writing what is built in.

use super::memo::Memo;
use super::output::Output;
use super::{BATCH, buffer, cannot, class_name, noted, op, repr, state};
use crate::builtins::number::IntRef;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use crate::object::set::SetRef;
use crate::object::types::Type as PyType;
use threadsnake_algo::text::codec::utf8_lossless;

/// A pickler at work.
pub struct Job<'a> {
    pub th: &'a Thread,
    pub out: Output,
    pub memo: Memo,
    pub proto: i64,
    /// Whether objects are written once only.
    pub fast: bool,
    /// Whether names are translated to those of Python 2.
    pub fix_imports: bool,
    pub buffer_callback: Option<Obj>,
    /// The pickler's own table of functions by class.
    pub dispatch_table: Option<Obj>,
    pub persistent_id: Option<Obj>,
    pub reducer_override: Option<Obj>,
}

impl Job<'_> {
    /// Writes a whole pickle.
    pub fn dump(&mut self, o: &Obj) -> Res<()> {
        if self.proto >= 2 {
            self.out.op_with(op::PROTO, &[self.proto as u8]);
            self.out.framing = self.proto >= 4;
        }
        self.save(o)?;
        self.out.op(op::STOP);
        self.out.commit();
        self.out.framing = false;
        self.out.flush(self.th)
    }

    /// Whether arguments are binary.
    #[inline]
    pub fn bin(&self) -> bool {
        self.proto >= 1
    }

    /// Writes an object.
    pub fn save(&mut self, o: &Obj) -> Res<()> {
        self.save_or(o, true)
    }

    /// Writes an object, `persistent`: unless it has an id.
    pub fn save_or(&mut self, o: &Obj, persistent: bool) -> Res<()> {
        let th = self.th;
        self.out.boundary(th)?;
        if persistent && let Some(f) = &self.persistent_id {
            let id = th.call(f, std::slice::from_ref(o))?;
            if !id.is_none() {
                return self.persistent(&id);
            }
        }
        if o.header().is_none() {
            if self.immediate(o)? {
                return Ok(());
            }
            if let Some(n) = self.memo.get(o) {
                self.get(n);
                return Ok(());
            }
        } else if let Some(n) = self.memo.get(o) {
            self.get(n);
            return Ok(());
        } else if let Some(s) = o.exact::<Str>() {
            return self.string(s);
        }
        let _deep = th.enter("while pickling an object")?;
        if let Some(d) = o.exact::<Dict>() {
            return self.dict(d);
        }
        if let Some(l) = o.exact::<List>() {
            return self.list(l);
        }
        if let Some(t) = o.exact::<Tuple>() {
            return self.tuple(t);
        }
        if let Some(b) = o.exact::<Bytes>() {
            return self.bytes(o, b.bytes());
        }
        if let Some(s) = SetRef::of_exact(o) {
            return self.set(o, s.frozen);
        }
        match th.type_of(o).id {
            Some(TypeId::Int) => return self.long(o),
            Some(TypeId::ByteArray) => return self.bytearray(o),
            Some(TypeId::PickleBuffer) => return self.pickle_buffer(o),
            _ => {}
        }
        self.reduced(o)
    }

    /// Writes None, bools, and numbers that are no objects of the heap; false: it is something else.
    #[inline]
    fn immediate(&mut self, o: &Obj) -> Res<bool> {
        if let Some(n) = o.as_small_int() {
            self.int(n)?;
        } else if o.is_none() {
            self.out.op(op::NONE);
        } else if let Some(x) = o.as_f64_exact() {
            if self.bin() {
                self.out.op_with(op::BINFLOAT, &x.to_be_bytes());
            } else {
                self.line(op::FLOAT, &repr(self.th, o)?);
            }
        } else if o.is(&Obj::TRUE) || o.is(&Obj::FALSE) {
            let yes = o.is(&Obj::TRUE);
            if self.proto >= 2 {
                self.out.op(if yes { op::NEWTRUE } else { op::NEWFALSE });
            } else {
                self.line(op::INT, if yes { "01" } else { "00" });
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// An instruction whose argument is the rest of a line.
    pub fn line(&mut self, op: u8, text: &str) {
        self.out.op(op);
        self.out.put(text.as_bytes());
        self.out.put(b"\n");
    }

    fn int(&mut self, n: i64) -> Res<()> {
        if let Ok(small) = i32::try_from(n) {
            match small {
                0..=0xff if self.bin() => self.out.op_with(op::BININT1, &[small as u8]),
                0..=0xffff if self.bin() => {
                    self.out.op_with(op::BININT2, &(small as u16).to_le_bytes());
                }
                _ if self.bin() => self.out.op_with(op::BININT, &small.to_le_bytes()),
                _ => self.line(op::INT, &small.to_string()),
            }
        } else if self.proto >= 2 {
            let b = n.to_le_bytes();
            // As few bytes as keep the sign.
            let mut len = 8;
            while len > 1 && b[len - 1] == if b[len - 2] >= 128 { 255 } else { 0 } {
                len -= 1;
            }
            self.out.op_with(op::LONG1, &[len as u8]);
            self.out.put(&b[..len]);
        } else {
            self.line(op::LONG, &format!("{n}L"));
        }
        Ok(())
    }

    fn long(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        let Some(n) = IntRef::of(o) else {
            return Err(th.type_error("an int was expected"));
        };
        if let Some(n) = n.small() {
            return self.int(n);
        }
        if self.proto < 2 {
            let text = repr(th, o)?;
            self.line(op::LONG, &format!("{text}L"));
            return Ok(());
        }
        let len = n.bits() / 8 + 1;
        th.reserve(len)?;
        let Ok(mut b) = threadsnake_algo::int::to_bytes(&n.big(), len, false, true) else {
            return Err(th.overflow_error("int too large to pickle"));
        };
        if b.len() > 1 && b[b.len() - 1] == 255 && b[b.len() - 2] >= 128 {
            b.pop();
        }
        match u8::try_from(b.len()) {
            Ok(len) => self.out.op_with(op::LONG1, &[len]),
            Err(_) => match i32::try_from(b.len()) {
                Ok(len) => self.out.op_with(op::LONG4, &len.to_le_bytes()),
                Err(_) => return Err(th.overflow_error("int too large to pickle")),
            },
        }
        self.out.put(&b);
        Ok(())
    }

    /// Remembers an object, so that it is written once only.
    pub fn memoize(&mut self, o: &Obj) -> Res<()> {
        if self.fast {
            return Ok(());
        }
        let Ok(n) = u32::try_from(self.memo.len()) else {
            return Err(cannot(self.th, "memo id too large for LONG_BINPUT"));
        };
        if self.proto >= 4 {
            self.out.op(op::MEMOIZE);
        } else if self.bin() {
            match u8::try_from(n) {
                Ok(n) => self.out.op_with(op::BINPUT, &[n]),
                Err(_) => self.out.op_with(op::LONG_BINPUT, &n.to_le_bytes()),
            }
        } else {
            self.line(op::PUT, &n.to_string());
        }
        self.memo.put(o, n);
        Ok(())
    }

    /// What was written under a number.
    pub fn get(&mut self, n: u32) {
        if !self.bin() {
            self.line(op::GET, &n.to_string());
        } else if let Ok(n) = u8::try_from(n) {
            self.out.op_with(op::BINGET, &[n]);
        } else {
            self.out.op_with(op::LONG_BINGET, &n.to_le_bytes());
        }
    }

    fn persistent(&mut self, id: &Obj) -> Res<()> {
        if self.bin() {
            self.save_or(id, false)?;
            self.out.op(op::BINPERSID);
            return Ok(());
        }
        let text = self.th.to_str(id)?;
        match text.as_ascii() {
            Some(t) => {
                self.line(op::PERSID, t);
                Ok(())
            }
            None => Err(cannot(
                self.th,
                "persistent IDs in protocol 0 must be ASCII strings",
            )),
        }
    }

    fn string(&mut self, s: &Py<Str>) -> Res<()> {
        if self.bin() {
            match s.as_ascii() {
                Some(t) => self.utf8(t.as_bytes())?,
                None => self.utf8(&utf8_lossless(s.text()))?,
            }
        } else {
            let mut text = Vec::with_capacity(s.len());
            for c in s.text().chars() {
                match c {
                    0x1_0000.. => text.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
                    // What ends a line or would be an escape is one.
                    0x100.. | 0x5c | 0 | 0xa | 0xd | 0x1a => {
                        text.extend_from_slice(format!("\\u{c:04x}").as_bytes());
                    }
                    _ => text.push(c as u8),
                }
            }
            self.out.op(op::UNICODE);
            self.out.put(&text);
            self.out.put(b"\n");
        }
        self.memoize(s.obj())
    }

    fn utf8(&mut self, b: &[u8]) -> Res<()> {
        let n = b.len();
        if n <= 0xff && self.proto >= 4 {
            self.out.op_with(op::SHORT_BINUNICODE, &[n as u8]);
            self.out.put(b);
            return Ok(());
        }
        self.long_data(op::BINUNICODE, op::BINUNICODE8, b, None, "a string")
    }

    /// Data with a length of 4 bytes, or of 8.
    fn long_data(
        &mut self,
        op4: u8,
        op8: u8,
        b: &[u8],
        whole: Option<&Obj>,
        what: &str,
    ) -> Res<()> {
        let mut head = [0; 9];
        let len = match u32::try_from(b.len()) {
            Ok(n) => {
                head[0] = op4;
                head[1..5].copy_from_slice(&n.to_le_bytes());
                5
            }
            Err(_) if self.proto >= 4 => {
                head[0] = op8;
                head[1..9].copy_from_slice(&(b.len() as u64).to_le_bytes());
                9
            }
            Err(_) => {
                return Err(self.th.overflow_error(format!(
                    "serializing {what} larger than 4 GiB requires pickle protocol 4 or higher"
                )));
            }
        };
        self.out.data(self.th, &head[..len], b, whole)
    }

    fn bytes(&mut self, o: &Obj, b: &[u8]) -> Res<()> {
        let th = self.th;
        if self.proto < 3 {
            // As a call that makes them: an older reader has no such thing.
            if b.is_empty() {
                let class = th.ty(TypeId::Bytes).obj().clone();
                return self.reduce(Some(o), &[class, th.empty_tuple()]);
            }
            let text = th.str_data(threadsnake_algo::text::codec::decode_latin1(b))?;
            let args = th.pair(text, th.str("latin1")?)?;
            return self.reduce(Some(o), &[state(th).encode.get(th)?, args]);
        }
        self.bytes_only(b, Some(o))?;
        self.memoize(o)
    }

    fn bytes_only(&mut self, b: &[u8], whole: Option<&Obj>) -> Res<()> {
        if let Ok(n) = u8::try_from(b.len()) {
            self.out.op_with(op::SHORT_BINBYTES, &[n]);
            self.out.put(b);
            return Ok(());
        }
        self.long_data(op::BINBYTES, op::BINBYTES8, b, whole, "a bytes object")
    }

    fn bytearray_only(&mut self, b: &[u8]) -> Res<()> {
        let mut head = [0; 9];
        head[0] = op::BYTEARRAY8;
        head[1..].copy_from_slice(&(b.len() as u64).to_le_bytes());
        self.out.data(self.th, &head, b, None)
    }

    fn bytearray(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        let b = th.bytes_like(o)?;
        if self.proto < 5 {
            let class = th.ty(TypeId::ByteArray).obj().clone();
            let args = match b.len() {
                0 => th.empty_tuple(),
                _ => tuple_of(th, [th.bytes(b.bytes())?])?,
            };
            drop(b);
            return self.reduce(Some(o), &[class, args]);
        }
        self.bytearray_only(b.bytes())?;
        drop(b);
        self.memoize(o)
    }

    fn pickle_buffer(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        if self.proto < 5 {
            return Err(cannot(
                th,
                "PickleBuffer can only be pickled with protocol >= 5",
            ));
        }
        let raw = match buffer::raw_of(th, o) {
            Ok(raw) => raw,
            Err(e) if e.is(th, TypeId::BufferError) => {
                return Err(cannot(
                    th,
                    "PickleBuffer can not be pickled when pointing to a non-contiguous buffer",
                ));
            }
            Err(e) => return Err(e),
        };
        let outside = match &self.buffer_callback {
            Some(f) => {
                let r = th.call(f, std::slice::from_ref(o))?;
                !th.truthy(&r)?
            }
            None => false,
        };
        let readonly = th.truthy(&th.getattr(&raw, "readonly")?)?;
        if outside {
            self.out.op(op::NEXT_BUFFER);
            if readonly {
                self.out.op(op::READONLY_BUFFER);
            }
            return Ok(());
        }
        let b = th.bytes_like(&raw)?;
        match readonly {
            true => self.bytes_only(b.bytes(), None)?,
            false => self.bytearray_only(b.bytes())?,
        }
        drop(b);
        self.memoize(o)
    }

    /// Writes a part of something; an error gets a note which one.
    #[inline]
    fn part(&mut self, o: &Obj, of: &Obj, which: impl FnOnce(&Thread) -> String) -> Res<()> {
        self.save(o).map_err(|e| {
            let which = which(self.th);
            noted(
                self.th,
                e,
                &format!("when serializing {} {which}", class_name(self.th, of)),
            )
        })
    }

    fn tuple(&mut self, t: &Py<Tuple>) -> Res<()> {
        let n = t.len();
        if n == 0 {
            match self.bin() {
                true => self.out.op(op::EMPTY_TUPLE),
                false => self.out.put(&[op::MARK, op::TUPLE]),
            }
            return Ok(());
        }
        let few = n <= 3 && self.proto >= 2;
        if !few {
            self.out.op(op::MARK);
        }
        for (i, x) in t.items().iter().enumerate() {
            self.part(x, t.obj(), |_| format!("item {i}"))?;
        }
        // One that contains itself has been written by now: the pieces go, and it comes from the memo.
        if let Some(at) = self.memo.get(t.obj()) {
            if few {
                self.out.put(&[op::POP; 3][..n]);
            } else if self.bin() {
                self.out.op(op::POP_MARK);
            } else {
                for _ in 0..=n {
                    self.out.op(op::POP);
                }
            }
            self.get(at);
            return Ok(());
        }
        self.out.op(match (few, n) {
            (true, 1) => op::TUPLE1,
            (true, 2) => op::TUPLE2,
            (true, _) => op::TUPLE3,
            _ => op::TUPLE,
        });
        self.memoize(t.obj())
    }

    fn list(&mut self, l: &Py<List>) -> Res<()> {
        match self.bin() {
            true => self.out.op(op::EMPTY_LIST),
            false => self.out.put(&[op::MARK, op::LIST]),
        }
        self.memoize(l.obj())?;
        if l.is_empty() {
            return Ok(());
        }
        let th = self.th;
        if !self.bin() {
            let it = th.iter(l.obj())?;
            return self.items(&it, l.obj());
        }
        if l.len() == 1 {
            if let Some(x) = l.get(th, 0) {
                self.part(&x, l.obj(), |_| "item 0".to_owned())?;
                self.out.op(op::APPEND);
            }
            return Ok(());
        }
        let mut i = 0;
        while i < l.len() {
            self.out.op(op::MARK);
            let end = i + BATCH;
            while i < end {
                let Some(x) = l.get(th, i) else {
                    break;
                };
                self.part(&x, l.obj(), |_| format!("item {i}"))?;
                i += 1;
            }
            self.out.op(op::APPENDS);
        }
        Ok(())
    }

    /// Appends what an iterator gives.
    pub fn items(&mut self, it: &Obj, of: &Obj) -> Res<()> {
        let th = self.th;
        let mut i = 0;
        if !self.bin() {
            while let Some(x) = th.next(it)? {
                self.part(&x, of, |_| format!("item {i}"))?;
                self.out.op(op::APPEND);
                i += 1;
            }
            return Ok(());
        }
        loop {
            let Some(first) = th.next(it)? else {
                return Ok(());
            };
            let Some(mut next) = th.next(it)? else {
                self.part(&first, of, |_| format!("item {i}"))?;
                self.out.op(op::APPEND);
                return Ok(());
            };
            self.out.op(op::MARK);
            self.part(&first, of, |_| format!("item {i}"))?;
            i += 1;
            let mut n = 1;
            let more = loop {
                self.part(&next, of, |_| format!("item {i}"))?;
                (i, n) = (i + 1, n + 1);
                if n == BATCH {
                    break true;
                }
                match th.next(it)? {
                    Some(x) => next = x,
                    None => break false,
                }
            };
            self.out.op(op::APPENDS);
            if !more {
                return Ok(());
            }
        }
    }

    fn dict(&mut self, d: &Py<Dict>) -> Res<()> {
        match self.bin() {
            true => self.out.op(op::EMPTY_DICT),
            false => self.out.put(&[op::MARK, op::DICT]),
        }
        self.memoize(d.obj())?;
        if d.is_empty() {
            return Ok(());
        }
        let th = self.th;
        let size = d.len();
        let mut pos = 0;
        if size == 1 && self.bin() {
            if let Some((k, v)) = d.next_entry(&mut pos) {
                self.entry(&k, &v, d.obj())?;
                self.out.op(op::SETITEM);
            }
            return Ok(());
        }
        loop {
            let mut n = 0;
            if self.bin() {
                self.out.op(op::MARK);
            }
            while n < BATCH {
                let Some((k, v)) = d.next_entry(&mut pos) else {
                    break;
                };
                self.entry(&k, &v, d.obj())?;
                if !self.bin() {
                    self.out.op(op::SETITEM);
                }
                n += 1;
            }
            if self.bin() {
                self.out.op(op::SETITEMS);
            }
            if d.len() != size {
                return Err(th.runtime_error("dictionary changed size during iteration"));
            }
            if n < BATCH {
                return Ok(());
            }
        }
    }

    fn entry(&mut self, k: &Obj, v: &Obj, of: &Obj) -> Res<()> {
        self.save(k)?;
        self.part(v, of, |th| match th.repr(k) {
            Ok(r) => format!("item {}", r.to_rust()),
            Err(_) => "item".to_owned(),
        })
    }

    /// Sets the items that an iterator gives as pairs.
    pub fn pairs(&mut self, it: &Obj, of: &Obj) -> Res<()> {
        let th = self.th;
        let next = |th: &Thread| -> Res<Option<(Obj, Obj)>> {
            match th.next(it)? {
                None => Ok(None),
                Some(p) => match p.cast::<Tuple>().map(|t| t.items()) {
                    Some([k, v]) => Ok(Some((k.clone(), v.clone()))),
                    _ => Err(th.type_error("dict items iterator must return 2-tuples")),
                },
            }
        };
        if !self.bin() {
            while let Some((k, v)) = next(th)? {
                self.entry(&k, &v, of)?;
                self.out.op(op::SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some((k, v)) = next(th)? else {
                return Ok(());
            };
            let Some(mut pair) = next(th)? else {
                self.entry(&k, &v, of)?;
                self.out.op(op::SETITEM);
                return Ok(());
            };
            self.out.op(op::MARK);
            self.entry(&k, &v, of)?;
            let mut n = 1;
            let more = loop {
                self.entry(&pair.0, &pair.1, of)?;
                n += 1;
                if n == BATCH {
                    break true;
                }
                match next(th)? {
                    Some(p) => pair = p,
                    None => break false,
                }
            };
            self.out.op(op::SETITEMS);
            if !more {
                return Ok(());
            }
        }
    }

    fn set(&mut self, o: &Obj, frozen: bool) -> Res<()> {
        let th = self.th;
        let items = th.collect(o)?;
        if self.proto < 4 {
            let class = th.ty(if frozen {
                TypeId::FrozenSet
            } else {
                TypeId::Set
            });
            let class = class.obj().clone();
            let args = tuple_of(th, [th.list(items)?])?;
            return self.reduce(Some(o), &[class, args]);
        }
        if frozen {
            self.out.op(op::MARK);
            for x in &items {
                self.part(x, o, |_| "element".to_owned())?;
            }
            if let Some(at) = self.memo.get(o) {
                self.out.op(op::POP_MARK);
                self.get(at);
                return Ok(());
            }
            self.out.op(op::FROZENSET);
            return self.memoize(o);
        }
        self.out.op(op::EMPTY_SET);
        self.memoize(o)?;
        if items.is_empty() {
            return Ok(());
        }
        // A last batch that is full is followed by an empty one, as CPython has it.
        let mut rest = items.as_slice();
        loop {
            let (batch, more) = rest.split_at(rest.len().min(BATCH));
            self.out.op(op::MARK);
            for x in batch {
                self.part(x, o, |_| "element".to_owned())?;
            }
            self.out.op(op::ADDITEMS);
            if th.len(o)? != items.len() {
                return Err(th.runtime_error("set changed size during iteration"));
            }
            if batch.len() < BATCH {
                return Ok(());
            }
            rest = more;
        }
    }

    /// Whether it is a class whose class is `type` itself.
    pub fn is_plain_class(&self, o: &Obj) -> bool {
        self.th.type_of(o).id == Some(TypeId::Type) && o.cast::<PyType>().is_some()
    }
}
