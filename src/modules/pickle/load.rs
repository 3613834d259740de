//! Reading: a machine with a stack.

use super::input::Input;
use super::{HIGHEST, attribute, bad, module, op, state, translated};
use crate::modules::prelude::*;
use crate::object::set::Set;
use crate::object::types::Type as PyType;
use foldhash::HashMap;

/// What has been read before, by number. Numbers far beyond the others do not make the array long.
#[derive(Default)]
pub struct Known {
    dense: Vec<Option<Obj>>,
    sparse: HashMap<usize, Obj>,
    len: usize,
}

impl Trace for Known {
    fn trace(&self, visit: Visit<'_>) {
        self.dense.trace(visit);
        for o in self.sparse.values() {
            o.trace(visit);
        }
    }
}

impl Known {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }
    #[inline]
    fn get(&self, i: usize) -> Option<&Obj> {
        match self.dense.get(i) {
            Some(Some(o)) => Some(o),
            _ => self.sparse.get(&i),
        }
    }
    /// Remembers an object.
    pub fn put(&mut self, i: usize, o: Obj) {
        if i == self.dense.len() && self.sparse.is_empty() {
            self.dense.push(Some(o));
            self.len += 1;
            return;
        }
        let new = self.get(i).is_none();
        self.len += usize::from(new);
        if i < self.dense.len() {
            self.sparse.remove(&i);
            self.dense[i] = Some(o);
        } else if i < self.dense.len() * 2 + 1024 {
            self.sparse.remove(&i);
            self.dense.resize_with(i, || None);
            self.dense.push(Some(o));
        } else {
            self.sparse.insert(i, o);
        }
    }
    /// All of them.
    pub fn items(&self) -> Vec<(usize, Obj)> {
        let dense = self.dense.iter().enumerate();
        dense
            .filter_map(|(i, o)| Some((i, o.clone()?)))
            .chain(self.sparse.iter().map(|(i, o)| (*i, o.clone())))
            .collect()
    }
}

/// An unpickler at work.
pub struct Machine<'a> {
    pub th: &'a Thread,
    pub input: Input,
    pub known: Known,
    pub stack: Vec<Obj>,
    pub marks: Vec<usize>,
    pub proto: i64,
    pub fix_imports: bool,
    pub encoding: String,
    pub errors: String,
    /// An iterator of buffers from outside.
    pub buffers: Option<Obj>,
    /// The method, where there is one.
    pub persistent_load: Option<Obj>,
    /// The method, where it is not ours.
    pub find_class: Option<Obj>,
    /// The unpickler, if there is one.
    pub owner: Option<&'a Obj>,
}

impl Machine<'_> {
    /// Reads an object.
    pub fn load(&mut self) -> Res {
        self.proto = 0;
        loop {
            let op = self.input.op(self.th)?;
            if op == op::STOP {
                return self.pop();
            }
            self.step(op)?;
        }
    }

    #[inline]
    fn push(&mut self, o: Obj) {
        self.stack.push(o);
    }
    /// How much of the stack is below the last mark.
    #[inline]
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
    #[cold]
    fn underflow(&self) -> Exc {
        let text = match self.marks.is_empty() {
            true => "unpickling stack underflow",
            false => "unexpected MARK found",
        };
        bad(self.th, text)
    }
    #[inline]
    fn pop(&mut self) -> Res {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow());
        }
        match self.stack.pop() {
            Some(o) => Ok(o),
            None => Err(self.underflow()),
        }
    }
    #[inline]
    fn top(&self) -> Res<&Obj> {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow());
        }
        self.stack.last().ok_or_else(|| self.underflow())
    }
    /// Where the last mark is, which goes.
    #[inline]
    fn mark(&mut self) -> Res<usize> {
        match self.marks.pop() {
            Some(at) => Ok(at),
            None => Err(bad(self.th, "could not find MARK")),
        }
    }
    /// Sets what is above a mark as items of a dict that lies below it.
    fn set_marked(&mut self, at: usize) -> Res<()> {
        let th = self.th;
        if at <= self.fence() {
            return Err(self.underflow());
        }
        let to = self.stack[at - 1].clone();
        if !(self.stack.len() - at).is_multiple_of(2) {
            return Err(bad(th, "odd number of items for SETITEMS"));
        }
        let mut items = self.stack.drain(at..);
        while let (Some(k), Some(v)) = (items.next(), items.next()) {
            match to.exact::<Dict>() {
                Some(d) => d.set_item(th, &k, v)?,
                None => th.setitem(&to, &k, &v)?,
            }
        }
        Ok(())
    }
    /// What is above the last mark, which goes.
    #[inline]
    fn marked(&mut self) -> Res<Vec<Obj>> {
        match self.marks.pop() {
            Some(at) => Ok(self.stack.split_off(at)),
            None => Err(bad(self.th, "could not find MARK")),
        }
    }

    fn line(&mut self) -> Res<Vec<u8>> {
        self.input.line(self.th)
    }
    fn text_line(&mut self, ascii: bool) -> Res {
        let line = self.word()?;
        let th = self.th;
        match std::str::from_utf8(&line) {
            Ok(s) if !ascii || s.is_ascii() => th.str(s),
            _ => {
                let encoding = if ascii { "ascii" } else { "utf-8" };
                th.call_method(&th.bytes(&line)?, "decode", &[th.str(encoding)?])
            }
        }
    }
    /// A line that is not empty.
    fn word(&mut self) -> Res<Vec<u8>> {
        let line = self.line()?;
        match line.is_empty() {
            true => Err(bad(self.th, "pickle data was truncated")),
            false => Ok(line),
        }
    }
    /// A number in a line.
    fn number(&mut self) -> Res<i64> {
        let line = self.word()?;
        let n = self.parsed(&line)?;
        self.th.index_i64(&n)
    }
    fn parsed(&self, line: &[u8]) -> Res {
        let th = self.th;
        if let Some(n) = std::str::from_utf8(line)
            .ok()
            .and_then(|s| s.parse::<i64>().ok())
        {
            return Ok(th.int(n));
        }
        let class = th.ty(TypeId::Int).obj().clone();
        th.call(&class, &[th.bytes(line)?])
    }
    /// A length of 4 bytes or 8.
    fn size(&mut self, eight: bool, what: &str) -> Res<usize> {
        let th = self.th;
        let n = match eight {
            true => u64::from_le_bytes(self.input.array::<8>(th)?),
            false => u32::from_le_bytes(self.input.array::<4>(th)?).into(),
        };
        match usize::try_from(n) {
            Ok(n) if n <= i64::MAX as usize => Ok(n),
            _ => Err(th.overflow_error(format!(
                "{what} exceeds system's maximum size of {} bytes",
                i64::MAX
            ))),
        }
    }
    fn short(&mut self) -> Res<usize> {
        Ok(self.input.array::<1>(self.th)?[0].into())
    }
    /// A length of 4 bytes with a sign.
    fn signed(&mut self, what: &str) -> Res<usize> {
        let n = i32::from_le_bytes(self.input.array::<4>(self.th)?);
        usize::try_from(n)
            .map_err(|_| bad(self.th, &format!("{what} pickle has negative byte count")))
    }
    #[inline]
    fn utf8(&mut self, n: usize) -> Res<()> {
        let th = self.th;
        let r = self.input.take(th, n)?;
        let b = &self.input.data()[r];
        let s = if b.is_ascii() {
            th.str_ref(StrRef::Ascii(b))?
        } else if let Ok(s) = std::str::from_utf8(b) {
            th.str(s)?
        } else {
            let how = [th.str("utf-8")?, th.str("surrogatepass")?];
            th.call_method(&th.bytes(b)?, "decode", &how)?
        };
        self.push(s);
        Ok(())
    }
    fn bytes(&mut self, n: usize) -> Res<()> {
        let r = self.input.take(self.th, n)?;
        let b = self.th.bytes(&self.input.data()[r])?;
        self.push(b);
        Ok(())
    }
    fn long(&mut self, n: usize) -> Res<()> {
        let r = self.input.take(self.th, n)?;
        let n = threadsnake_algo::int::from_bytes(&self.input.data()[r], false, true);
        let n = self.th.bigint(n);
        self.push(n);
        Ok(())
    }
    /// A str of Python 2.
    fn old_string(&mut self, b: &Obj) -> Res<()> {
        let th = self.th;
        let s = match self.encoding.as_str() {
            "bytes" => b.clone(),
            e => {
                let how = [th.str(e)?, th.str(&self.errors)?];
                th.call_method(b, "decode", &how)?
            }
        };
        self.push(s);
        Ok(())
    }
    fn old_data(&mut self, n: usize) -> Res<()> {
        let r = self.input.take(self.th, n)?;
        let b = self.th.bytes(&self.input.data()[r])?;
        self.old_string(&b)
    }
    fn get(&mut self, i: i64) -> Res<()> {
        let found = usize::try_from(i).ok().and_then(|i| self.known.get(i));
        match found.cloned() {
            Some(o) => {
                self.push(o);
                Ok(())
            }
            None => Err(bad(self.th, &format!("Memo value not found at index {i}"))),
        }
    }
    fn put(&mut self, i: i64) -> Res<()> {
        let o = self.top()?.clone();
        match usize::try_from(i) {
            Ok(i) => {
                self.known.put(i, o);
                Ok(())
            }
            Err(_) => Err(self.th.value_error("negative PUT argument")),
        }
    }
    fn tuple(&mut self, n: usize) -> Res<()> {
        if self.stack.len() < self.fence() + n {
            return Err(self.underflow());
        }
        let at = self.stack.len() - n;
        let t = self.th.tuple_from(self.stack.drain(at..))?;
        self.push(t);
        Ok(())
    }

    fn step(&mut self, op: u8) -> Res<()> {
        let th = self.th;
        match op {
            op::NONE => self.push(Obj::NONE),
            op::NEWTRUE => self.push(Obj::TRUE),
            op::NEWFALSE => self.push(Obj::FALSE),
            op::BININT => {
                let n = i32::from_le_bytes(self.input.array::<4>(th)?);
                self.push(Obj::small_int(n.into()));
            }
            op::BININT1 => {
                let n = self.short()?;
                self.push(Obj::small_int(n as i64));
            }
            op::BININT2 => {
                let n = u16::from_le_bytes(self.input.array::<2>(th)?);
                self.push(Obj::small_int(n.into()));
            }
            op::INT => {
                let line = self.word()?;
                let n = match line.as_slice() {
                    b"00" => Obj::FALSE,
                    b"01" => Obj::TRUE,
                    l => self
                        .parsed(l)
                        .map_err(|e| match e.is(th, TypeId::ValueError) {
                            true => th.value_error("could not convert string to int"),
                            false => e,
                        })?,
                };
                self.push(n);
            }
            op::LONG => {
                let line = self.word()?;
                let n = self.parsed(line.strip_suffix(b"L").unwrap_or(&line))?;
                self.push(n);
            }
            op::LONG1 => {
                let n = self.short()?;
                self.long(n)?;
            }
            op::LONG4 => {
                let n = self.signed("LONG")?;
                self.long(n)?;
            }
            op::FLOAT => {
                let line = self.word()?;
                let class = th.ty(TypeId::Float).obj().clone();
                let x = th.call(&class, &[th.bytes(&line)?]).map_err(|e| {
                    match e.is(th, TypeId::ValueError) {
                        true => th.value_error(format!(
                            "could not convert string to float: '{}\n'",
                            String::from_utf8_lossy(&line)
                        )),
                        false => e,
                    }
                })?;
                self.push(x);
            }
            op::BINFLOAT => {
                let x = f64::from_be_bytes(self.input.array::<8>(th)?);
                self.push(Obj::float(x));
            }
            op::SHORT_BINUNICODE => {
                let n = self.short()?;
                self.utf8(n)?;
            }
            op::BINUNICODE | op::BINUNICODE8 => {
                let n = self.size(op == op::BINUNICODE8, "BINUNICODE")?;
                self.utf8(n)?;
            }
            op::UNICODE => {
                let line = th.bytes(&self.line()?)?;
                let s = th.call_method(&line, "decode", &[th.str("raw-unicode-escape")?])?;
                self.push(s);
            }
            op::SHORT_BINBYTES => {
                let n = self.short()?;
                self.bytes(n)?;
            }
            op::BINBYTES | op::BINBYTES8 => {
                let n = self.size(op == op::BINBYTES8, "BINBYTES")?;
                self.bytes(n)?;
            }
            op::BYTEARRAY8 => {
                let n = self.size(true, "BYTEARRAY8")?;
                self.bytes(n)?;
                let b = self.pop()?;
                let class = th.ty(TypeId::ByteArray).obj().clone();
                let b = th.call(&class, &[b])?;
                self.push(b);
            }
            op::STRING => {
                let line = self.line()?;
                let inner = match line.as_slice() {
                    [q @ (b'\'' | b'"'), s @ .., p] if q == p => s,
                    _ => return Err(bad(th, "the STRING opcode argument must be quoted")),
                };
                let f = state(th).escape_decode.get(th)?;
                let pair = th.call(&f, &[th.bytes(inner)?])?;
                let b = th.getitem(&pair, &Obj::small_int(0))?;
                self.old_string(&b)?;
            }
            op::SHORT_BINSTRING => {
                let n = self.short()?;
                self.old_data(n)?;
            }
            op::BINSTRING => {
                let n = self.signed("BINSTRING")?;
                self.old_data(n)?;
            }
            op::MARK => self.marks.push(self.stack.len()),
            op::EMPTY_TUPLE => self.push(th.empty_tuple()),
            op::TUPLE => {
                let items = self.marked()?;
                let t = th.tuple(items)?;
                self.push(t);
            }
            op::TUPLE1 => self.tuple(1)?,
            op::TUPLE2 => self.tuple(2)?,
            op::TUPLE3 => self.tuple(3)?,
            op::EMPTY_LIST => self.push(th.new_list().into_obj()),
            op::LIST => {
                let items = self.marked()?;
                let l = th.list(items)?;
                self.push(l);
            }
            op::EMPTY_DICT => self.push(th.new_dict()?.into_obj()),
            op::DICT => {
                let items = self.marked()?;
                let d = th.new_dict()?;
                if !items.len().is_multiple_of(2) {
                    return Err(bad(th, "odd number of items for DICT"));
                }
                fill(th, &d, items)?;
                self.push(d.into_obj());
            }
            op::EMPTY_SET => {
                let class = th.ty(TypeId::Set).obj().clone();
                let s = th.call(&class, &[])?;
                self.push(s);
            }
            op::FROZENSET => {
                let items = th.list(self.marked()?)?;
                let class = th.ty(TypeId::FrozenSet).obj().clone();
                let s = th.call(&class, &[items])?;
                self.push(s);
            }
            op::MEMOIZE => {
                let o = self.top()?.clone();
                self.known.put(self.known.len(), o);
            }
            op::BINPUT => {
                let i = self.short()?;
                self.put(i as i64)?;
            }
            op::LONG_BINPUT => {
                let i = u32::from_le_bytes(self.input.array::<4>(th)?);
                self.put(i.into())?;
            }
            op::PUT => {
                let i = self.number()?;
                self.put(i)?;
            }
            op::BINGET => {
                let i = self.short()?;
                self.get(i as i64)?;
            }
            op::LONG_BINGET => {
                let i = u32::from_le_bytes(self.input.array::<4>(th)?);
                self.get(i.into())?;
            }
            op::GET => {
                let i = self.number()?;
                self.get(i)?;
            }
            op::APPEND => {
                let x = self.pop()?;
                match self.top()?.exact::<List>() {
                    Some(l) => l.push(th, x)?,
                    None => append(th, self.top()?, vec![x])?,
                }
            }
            op::APPENDS => {
                let items = self.marked()?;
                append(th, self.top()?, items)?;
            }
            op::SETITEM => {
                if self.stack.len() < self.fence() + 3 {
                    return Err(self.underflow());
                }
                self.set_marked(self.stack.len() - 2)?;
            }
            op::SETITEMS => {
                let at = self.mark()?;
                self.set_marked(at)?;
            }
            op::ADDITEMS => {
                let items = self.marked()?;
                let set = self.top()?;
                match set.exact::<Set>() {
                    Some(s) => {
                        for x in &items {
                            let hash = crate::object::dict::key_hash(th, x)?;
                            s.table.add(th, s.head(), x, hash)?;
                        }
                    }
                    None => {
                        let f = th.getattr(set, "add")?;
                        for x in &items {
                            th.call(&f, std::slice::from_ref(x))?;
                        }
                    }
                }
            }
            op::POP => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    drop(self.pop()?);
                }
            }
            op::POP_MARK => drop(self.marked()?),
            op::DUP => {
                let o = self.top()?.clone();
                self.push(o);
            }
            op::GLOBAL => {
                let (module, name) = (self.text_line(false)?, self.text_line(false)?);
                let o = self.find(&module, &name)?;
                self.push(o);
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                if !name.is_exact::<Str>() || !module.is_exact::<Str>() {
                    return Err(bad(th, "STACK_GLOBAL requires str"));
                }
                let o = self.find(&module, &name)?;
                self.push(o);
            }
            op::EXT1 => {
                let n = self.short()?;
                self.extension(n as i64)?;
            }
            op::EXT2 => {
                let n = u16::from_le_bytes(self.input.array::<2>(th)?);
                self.extension(n.into())?;
            }
            op::EXT4 => {
                let n = i32::from_le_bytes(self.input.array::<4>(th)?);
                self.extension(n.into())?;
            }
            op::REDUCE => {
                let (args, f) = (self.pop()?, self.pop()?);
                let Some(t) = args.cast::<Tuple>() else {
                    return Err(th.type_error("argument list must be a tuple"));
                };
                let o = th.call(&f, t.items())?;
                self.push(o);
            }
            op::NEWOBJ => {
                let (args, class) = (self.pop()?, self.pop()?);
                let o = self.new_object("NEWOBJ", &class, &args, None)?;
                self.push(o);
            }
            op::NEWOBJ_EX => {
                let (kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
                let o = self.new_object("NEWOBJ_EX", &class, &args, Some(&kwargs))?;
                self.push(o);
            }
            op::BUILD => {
                let state = self.pop()?;
                let o = self.top()?.clone();
                build(th, &o, &state)?;
            }
            op::INST => {
                let (module, name) = (self.text_line(true)?, self.text_line(true)?);
                let class = self.find(&module, &name)?;
                let args = self.marked()?;
                let o = instance(th, &class, &args)?;
                self.push(o);
            }
            op::OBJ => {
                let items = self.marked()?;
                let [class, args @ ..] = items.as_slice() else {
                    return Err(self.underflow());
                };
                let o = instance(th, class, args)?;
                self.push(o);
            }
            op::PERSID => {
                let line = self.line()?;
                let Some(id) = std::str::from_utf8(&line).ok().filter(|s| s.is_ascii()) else {
                    return Err(bad(
                        th,
                        "persistent IDs in protocol 0 must be ASCII strings",
                    ));
                };
                let id = th.str(id)?;
                self.persistent(&id)?;
            }
            op::BINPERSID => {
                let id = self.pop()?;
                self.persistent(&id)?;
            }
            op::PROTO => {
                let n = self.short()? as i64;
                if n > HIGHEST {
                    return Err(th.value_error(format!("unsupported pickle protocol: {n}")));
                }
                self.proto = n;
                if let Some(o) = self.owner {
                    super::unpickler::note_protocol(th, o, n)?;
                }
            }
            op::FRAME => {
                let n = u64::from_le_bytes(self.input.array::<8>(th)?);
                match usize::try_from(n) {
                    Ok(n) if n <= i64::MAX as usize => self.input.frame(th, n)?,
                    _ => {
                        return Err(th.overflow_error(format!(
                            "FRAME length exceeds system's maximum of {} bytes",
                            i64::MAX
                        )));
                    }
                }
            }
            op::NEXT_BUFFER => {
                let Some(it) = &self.buffers else {
                    return Err(bad(
                        th,
                        "pickle stream refers to out-of-band data but no *buffers* argument was given",
                    ));
                };
                match th.next(it)? {
                    Some(b) => self.push(b),
                    None => return Err(bad(th, "not enough out-of-band buffers")),
                }
            }
            op::READONLY_BUFFER => {
                let view = th.call(
                    th.ty(TypeId::MemoryView).obj(),
                    std::slice::from_ref(self.top()?),
                )?;
                if !th.truthy(&th.getattr(&view, "readonly")?)? {
                    drop(self.pop()?);
                    self.push(th.call_method(&view, "toreadonly", &[])?);
                }
            }
            c => {
                let shown = match c {
                    0x20..0x7f if c != b'\'' && c != b'\\' => format!("'{}'", c as char),
                    _ => format!("'\\x{c:02x}'"),
                };
                return Err(bad(th, &format!("invalid load key, {shown}.")));
            }
        }
        Ok(())
    }

    fn persistent(&mut self, id: &Obj) -> Res<()> {
        let Some(f) = &self.persistent_load else {
            return Err(bad(
                self.th,
                "A load persistent id instruction was encountered, but no persistent_load function was specified.",
            ));
        };
        let o = self.th.call(f, std::slice::from_ref(id))?;
        self.push(o);
        Ok(())
    }

    fn find(&mut self, module: &Obj, name: &Obj) -> Res {
        match &self.find_class {
            Some(f) => self.th.call(f, &[module.clone(), name.clone()]),
            None => find_class(self.th, self.proto, self.fix_imports, module, name),
        }
    }

    fn extension(&mut self, code: i64) -> Res<()> {
        let th = self.th;
        let key = th.int(code);
        let cache = state(th).extension_cache.dict(th)?;
        if let Some(o) = cache.get_item(th, &key)? {
            self.push(o);
            return Ok(());
        }
        let Some(pair) = state(th).inverted_registry.dict(th)?.get_item(th, &key)? else {
            if code <= 0 {
                return Err(bad(th, "EXT specifies code <= 0"));
            }
            return Err(th.value_error(format!("unregistered extension code {code}")));
        };
        let Some([module, name]) = pair.cast::<Tuple>().map(|t| t.items()) else {
            return Err(th.value_error(format!(
                "_inverted_registry[{code}] isn't a 2-tuple of strings"
            )));
        };
        let o = self.find(module, name)?;
        cache.set_item(th, &key, o.clone())?;
        self.push(o);
        Ok(())
    }

    fn new_object(&self, op: &str, class: &Obj, args: &Obj, kwargs: Option<&Obj>) -> Res {
        let th = self.th;
        let Some(cls) = class.cast::<PyType>() else {
            return Err(bad(
                th,
                &format!(
                    "{op} class argument must be a type, not {}",
                    th.type_name_full(class)
                ),
            ));
        };
        let Some(args) = args.cast::<Tuple>() else {
            return Err(bad(
                th,
                &format!(
                    "{op} args argument must be a tuple, not {}",
                    th.type_name_full(args)
                ),
            ));
        };
        let Some(kwargs) = kwargs else {
            return th.new_instance(cls, CallArgs::pos(args.items()));
        };
        let Some(named) = kwargs.cast::<Dict>() else {
            return Err(bad(
                th,
                &format!(
                    "{op} kwargs argument must be a dict, not {}",
                    th.type_name_full(kwargs)
                ),
            ));
        };
        let mut all = args.items().to_vec();
        let mut names = Vec::new();
        for (k, v) in named.items() {
            if k.cast::<Str>().is_none() {
                return Err(th.type_error("keywords must be strings"));
            }
            names.push(k);
            all.push(v);
        }
        th.new_instance(
            cls,
            CallArgs {
                all: &all,
                kwnames: &names,
            },
        )
    }
}

/// What a module has under a name.
pub fn find_class(th: &Thread, proto: i64, fix_imports: bool, mod_: &Obj, name: &Obj) -> Res {
    let (mod_, name) = match proto < 3 && fix_imports {
        true => {
            let st = state(th);
            translated(th, &st.name_mapping, &st.import_mapping, mod_, name)?
        }
        false => (mod_.clone(), name.clone()),
    };
    let m = module(th, &mod_)?;
    let text = th.text_of(&name, "find_class() argument 2")?.to_rust();
    if proto < 4 || !text.contains('.') {
        return th.getattr_obj(&m, &th.attr_name(&name)?);
    }
    attribute(th, &m, &text).map_err(|e| match e.is(th, TypeId::AttributeError) {
        true => match (th.repr(&name), th.repr(&mod_)) {
            (Ok(n), Ok(m)) => th.attribute_error(format!(
                "Can't resolve path {} on module {}",
                n.to_rust(),
                m.to_rust()
            )),
            (Err(e), _) | (_, Err(e)) => e,
        },
        false => e,
    })
}

fn append(th: &Thread, to: &Obj, items: Vec<Obj>) -> Res<()> {
    if let Some(l) = to.exact::<List>() {
        return l.extend_vec(th, items);
    }
    if items.len() > 1
        && let Some(extend) = th.getattr_opt(to, "extend")?
    {
        th.call(&extend, &[th.list(items)?])?;
        return Ok(());
    }
    let f = th.getattr_obj(to, &th.rt().names().append)?;
    for x in &items {
        th.call(&f, std::slice::from_ref(x))?;
    }
    Ok(())
}

fn fill(th: &Thread, d: &Py<Dict>, items: Vec<Obj>) -> Res<()> {
    let mut it = items.into_iter();
    while let (Some(k), Some(v)) = (it.next(), it.next()) {
        d.set_item(th, &k, v)?;
    }
    Ok(())
}

/// An instance of a class of old, or what a call of it gives.
fn instance(th: &Thread, class: &Obj, args: &[Obj]) -> Res {
    if args.is_empty()
        && class.cast::<PyType>().is_some()
        && th.getattr_opt(class, "__getinitargs__")?.is_none()
    {
        let new = th.getattr_obj(class, &th.rt().names().__new__)?;
        return th.call(&new, std::slice::from_ref(class));
    }
    th.call(class, args)
}

/// Gives an object its state.
fn build(th: &Thread, o: &Obj, state: &Obj) -> Res<()> {
    if let Some(f) = th.getattr_opt(o, "__setstate__")? {
        th.call(&f, std::slice::from_ref(state))?;
        return Ok(());
    }
    let (state, slots) = match state.cast::<Tuple>().map(|t| t.items()) {
        Some([s, t]) => (s.clone(), t.clone()),
        _ => (state.clone(), Obj::NONE),
    };
    if !state.is_none() {
        let Some(d) = state.cast::<Dict>() else {
            return Err(bad(th, "state is not a dictionary"));
        };
        let n = th.rt().names();
        // Where the attributes are the object's own they are set as such: it needs no dict of its own for that.
        let plain = th
            .type_of(o)
            .lookup(th, &n.__dict__)
            .is_some_and(|x| th.type_of(&x).id == Some(TypeId::GetSetDescriptor));
        let mut dict = None;
        for (k, v) in d.items() {
            if k.is_exact::<Str>() {
                let k = th.intern_obj(&k);
                if plain && dict.is_none() && o.set_instance_attr(th, &k, v.clone())? {
                    continue;
                }
                let d = match &mut dict {
                    Some(d) => d,
                    empty => empty.insert(th.getattr_obj(o, &n.__dict__)?),
                };
                th.setitem(d, &k, &v)?;
            } else {
                let d = match &mut dict {
                    Some(d) => d,
                    empty => empty.insert(th.getattr_obj(o, &n.__dict__)?),
                };
                th.setitem(d, &k, &v)?;
            }
        }
    }
    if slots.is_none() {
        return Ok(());
    }
    let Some(d) = slots.cast::<Dict>() else {
        return Err(bad(th, "slot state is not a dictionary"));
    };
    for (k, v) in d.items() {
        th.setattr_obj(o, &th.attr_name(&k)?, &v)?;
    }
    Ok(())
}
