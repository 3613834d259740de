//! `make_scanner`: JSON text to objects. Recursion is bounded as everywhere; keys are shared within a document.

use super::decode_error;
use crate::modules::prelude::*;
use foldhash::{HashMap, HashMapExt};
use threadsnake_algo::json_scan;

/// Payload of scanners; nothing in it changes.
pub struct Scanner {
    strict: bool,
    object_hook: Option<Obj>,
    pairs_hook: Option<Obj>,
    parse_float: Option<Obj>,
    parse_int: Option<Obj>,
    parse_constant: Obj,
    shown: [Obj; 3],
}
native!(
    Scanner,
    JsonScanner,
    "Scanner",
    object_hook,
    pairs_hook,
    parse_float,
    parse_int,
    parse_constant,
    shown
);

impl Trace for [Obj; 3] {
    fn trace(&self, visit: Visit<'_>) {
        self.iter().for_each(|o| o.trace(visit));
    }
}

pub(super) static SCANNER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        call: Some(call),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE,
    getset: &[
        GetSetDef::ro("strict", |th, o| {
            Ok(Obj::bool(this::<Scanner>(th, o)?.strict))
        }),
        GetSetDef::ro("object_hook", |th, o| {
            Ok(this::<Scanner>(th, o)?
                .object_hook
                .clone()
                .unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("object_pairs_hook", |th, o| {
            Ok(this::<Scanner>(th, o)?
                .pairs_hook
                .clone()
                .unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("parse_float", |th, o| {
            Ok(this::<Scanner>(th, o)?.shown[0].clone())
        }),
        GetSetDef::ro("parse_int", |th, o| {
            Ok(this::<Scanner>(th, o)?.shown[1].clone())
        }),
        GetSetDef::ro("parse_constant", |th, o| {
            Ok(this::<Scanner>(th, o)?.shown[2].clone())
        }),
    ],
    doc: "JSON scanner object",
    ..TypeDef::new(TypeId::JsonScanner, "_json.Scanner", Scanner::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("make_scanner", "(context)", args, |a| {
        let ctx = a.get(0);
        let hook = |name: &str| {
            th.getattr(ctx, name)
                .map(|o| if o.is_none() { None } else { Some(o) })
        };
        let strict = th.truthy(&th.getattr(ctx, "strict")?)?;
        let (float, int) = (
            th.getattr(ctx, "parse_float")?,
            th.getattr(ctx, "parse_int")?,
        );
        let parse_constant = th.getattr(ctx, "parse_constant")?;
        // The plain types are parsed here.
        let own = |o: &Obj, id: TypeId| {
            if o.is(th.ty(id).obj()) {
                None
            } else {
                Some(o.clone())
            }
        };
        let payload = Scanner {
            strict,
            object_hook: hook("object_hook")?,
            pairs_hook: hook("object_pairs_hook")?,
            parse_float: own(&float, TypeId::Float),
            parse_int: own(&int, TypeId::Int),
            parse_constant: parse_constant.clone(),
            shown: [float, int, parse_constant],
        };
        Ok(th.alloc_as::<Scanner>(cls, payload)?.into_obj())
    })
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    th.bind("scan_once", "(string, idx)", args, |a| {
        let s = this::<Scanner>(th, o)?;
        let Some(doc) = a.get(0).cast::<Str>() else {
            return Err(th.type_error(format!(
                "first argument must be a string, not {}",
                th.type_name(a.get(0))
            )));
        };
        let idx = th.index_i64(a.get(1))?;
        let Ok(idx) = usize::try_from(idx) else {
            return Err(th.value_error("idx cannot be negative"));
        };
        let mut scan = Scan {
            th,
            s,
            doc,
            text: doc.text(),
            keys: HashMap::new(),
            plain_keys: HashMap::new(),
            done: 0,
        };
        let (value, end) = scan.value(idx)?;
        tuple_of(th, [value, th.uint(end as u64)])
    })
}

/// One run over a document.
struct Scan<'a> {
    th: &'a Thread,
    s: &'a Scanner,
    doc: &'a Py<Str>,
    text: StrRef<'a>,
    keys: HashMap<StrKey, Obj>,
    /// The same for keys without escapes in an ASCII document: by their place in it.
    plain_keys: HashMap<&'a [u8], Obj>,
    done: u32,
}

/// Text of a key, hashed by its units.
#[derive(PartialEq, Eq, Hash)]
enum StrKey {
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

impl<'a> Scan<'a> {
    fn fail<T>(&self, message: &str, pos: usize) -> Res<T> {
        Err(decode_error(self.th, self.doc.obj(), message, pos))
    }
    fn stop<T>(&self, pos: usize) -> Res<T> {
        Err(self.th.stop_iteration(Some(self.th.uint(pos as u64))))
    }
    fn at(&self, i: usize) -> u32 {
        self.text.get(i).unwrap_or(0)
    }
    fn skip(&self, mut i: usize) -> usize {
        while matches!(self.text.get(i), Some(0x20 | 9 | 10 | 13)) {
            i += 1;
        }
        i
    }
    fn word(&self, i: usize, word: &str) -> bool {
        self.text
            .slice(i, i + word.len())
            .starts_with(StrRef::Ascii(word.as_bytes()))
    }

    /// A string at `i` in an ASCII document that has no escape and nothing unusual in it, and the place after it.
    #[inline]
    fn plain_string(&self, i: usize) -> Option<(&'a [u8], usize)> {
        let StrRef::Ascii(u) = self.text else {
            return None;
        };
        let rest = u.get(i..)?;
        let n = rest
            .iter()
            .position(|&c| c == b'"' || c == b'\\' || c < 0x20)?;
        (rest[n] == b'"').then(|| (&rest[..n], i + n + 1))
    }

    fn value(&mut self, i: usize) -> Res<(Obj, usize)> {
        self.done = self.done.wrapping_add(1);
        if self.done.is_multiple_of(1024) {
            self.th.poll()?;
        }
        let Some(c) = self.text.get(i) else {
            return self.stop(i);
        };
        if c == u32::from('"') {
            if let Some((units, end)) = self.plain_string(i + 1) {
                return Ok((self.th.str_ref(StrRef::Ascii(units))?, end));
            }
        }
        match char::from_u32(c).unwrap_or('\0') {
            '"' => match json_scan::scan_string(self.text, i + 1, self.s.strict) {
                Ok((text, end)) => Ok((self.th.str_data(text)?, end)),
                Err(e) => self.fail(e.message, e.pos),
            },
            '{' => {
                let _guard = self
                    .th
                    .enter(" while decoding a JSON object from a unicode string")?;
                self.object(i + 1)
            }
            '[' => {
                let _guard = self
                    .th
                    .enter(" while decoding a JSON array from a unicode string")?;
                self.array(i + 1)
            }
            'n' if self.word(i, "null") => Ok((Obj::NONE, i + 4)),
            't' if self.word(i, "true") => Ok((Obj::TRUE, i + 4)),
            'f' if self.word(i, "false") => Ok((Obj::FALSE, i + 5)),
            'N' if self.word(i, "NaN") => self.constant("NaN", i),
            'I' if self.word(i, "Infinity") => self.constant("Infinity", i),
            '-' if self.word(i, "-Infinity") => self.constant("-Infinity", i),
            _ => self.number(i),
        }
    }

    fn constant(&self, name: &str, i: usize) -> Res<(Obj, usize)> {
        let v = self
            .th
            .call(&self.s.parse_constant, &[self.th.str(name)?])?;
        Ok((v, i + name.len()))
    }

    fn number(&self, i: usize) -> Res<(Obj, usize)> {
        let Some(n) = json_scan::scan_number(self.text, i) else {
            return self.stop(i);
        };
        if let (false, StrRef::Ascii(u), None) = (n.is_float, self.text, &self.s.parse_int) {
            let digits = &u[i..n.end];
            let (minus, rest) = match digits {
                [b'-', rest @ ..] => (true, rest),
                rest => (false, rest),
            };
            if rest.len() <= 18 {
                let v = rest.iter().fold(0, |v, d| v * 10 + i64::from(d - b'0'));
                return Ok((self.th.int(if minus { -v } else { v }), n.end));
            }
        }
        let digits = self.text.slice(i, n.end).to_string_lossy();
        let custom = if n.is_float {
            &self.s.parse_float
        } else {
            &self.s.parse_int
        };
        if let Some(f) = custom {
            return Ok((self.th.call(f, &[self.th.str(&digits)?])?, n.end));
        }
        if n.is_float {
            if let Some(x) = threadsnake_algo::float::parse_float(digits.as_bytes()) {
                return Ok((Obj::float(x), n.end));
            }
        } else if let Ok(v) = digits.parse::<i64>() {
            return Ok((self.th.int(v), n.end));
        }
        // Large integers: `int` knows its limit of digits.
        let ty = if n.is_float {
            TypeId::Float
        } else {
            TypeId::Int
        };
        let ty = self.th.ty(ty).obj().clone();
        Ok((self.th.call(&ty, &[self.th.str(&digits)?])?, n.end))
    }

    fn key(&mut self, i: usize) -> Res<(Obj, usize)> {
        if let Some((units, end)) = self.plain_string(i) {
            if let Some(o) = self.plain_keys.get(units) {
                return Ok((o.clone(), end));
            }
            let o = self.th.str_ref(StrRef::Ascii(units))?;
            self.plain_keys.insert(units, o.clone());
            return Ok((o, end));
        }
        let (text, end) = match json_scan::scan_string(self.text, i, self.s.strict) {
            Ok(found) => found,
            Err(e) => return self.fail(e.message, e.pos),
        };
        let key = match &text {
            StrData::Ascii(v) => StrKey::Narrow(v.clone()),
            other => StrKey::Wide(other.as_ref().chars().collect()),
        };
        if let Some(o) = self.keys.get(&key) {
            return Ok((o.clone(), end));
        }
        let o = self.th.str_data(text)?;
        self.keys.insert(key, o.clone());
        Ok((o, end))
    }

    fn object(&mut self, start: usize) -> Res<(Obj, usize)> {
        let th = self.th;
        let mut pairs = if self.s.pairs_hook.is_some() {
            Some(Vec::new())
        } else {
            None
        };
        let dict = th.new_dict()?;
        let mut i = self.skip(start);
        if self.at(i) == u32::from('}') {
            i += 1;
        } else {
            loop {
                if self.at(i) != u32::from('"') {
                    return self.fail("Expecting property name enclosed in double quotes", i);
                }
                let (key, end) = self.key(i + 1)?;
                i = self.skip(end);
                if self.at(i) != u32::from(':') {
                    return self.fail("Expecting ':' delimiter", i);
                }
                i = self.skip(i + 1);
                let (value, end) = self.element(i)?;
                match &mut pairs {
                    Some(p) => p.push(tuple_of(th, [key, value])?),
                    None => dict.set_item(th, &key, value)?,
                }
                i = self.skip(end);
                if self.at(i) == u32::from('}') {
                    i += 1;
                    break;
                }
                if self.at(i) != u32::from(',') {
                    return self.fail("Expecting ',' delimiter", i);
                }
                let comma = i;
                i = self.skip(i + 1);
                if self.at(i) == u32::from('}') {
                    return self.fail("Illegal trailing comma before end of object", comma);
                }
            }
        }
        if let (Some(hook), Some(pairs)) = (&self.s.pairs_hook, pairs) {
            return Ok((th.call(hook, &[th.list(pairs)?])?, i));
        }
        match &self.s.object_hook {
            Some(hook) => Ok((th.call(hook, &[dict.into_obj()])?, i)),
            None => Ok((dict.into_obj(), i)),
        }
    }

    /// A value inside a container: none there is an error with a place.
    fn element(&mut self, i: usize) -> Res<(Obj, usize)> {
        match self.text.get(i) {
            // Numbers, words and containers report themselves; what can start no value is told apart here.
            Some(c) if is_start(c) => {
                self.value(i)
                    .map_err(|e| match e.is(self.th, TypeId::StopIteration) {
                        true => decode_error(self.th, self.doc.obj(), "Expecting value", i),
                        false => e,
                    })
            }
            _ => self.fail("Expecting value", i),
        }
    }

    fn array(&mut self, start: usize) -> Res<(Obj, usize)> {
        let mut items = Vec::new();
        let mut i = self.skip(start);
        if self.at(i) == u32::from(']') {
            i += 1;
        } else {
            loop {
                let (value, end) = self.element(i)?;
                items.push(value);
                i = self.skip(end);
                if self.at(i) == u32::from(']') {
                    i += 1;
                    break;
                }
                if self.at(i) != u32::from(',') {
                    return self.fail("Expecting ',' delimiter", i);
                }
                let comma = i;
                i = self.skip(i + 1);
                if self.at(i) == u32::from(']') {
                    return self.fail("Illegal trailing comma before end of array", comma);
                }
            }
        }
        Ok((self.th.list(items)?, i))
    }
}

fn is_start(c: u32) -> bool {
    char::from_u32(c).is_some_and(|c| {
        matches!(
            c,
            '"' | '{' | '[' | 'n' | 't' | 'f' | 'N' | 'I' | '-' | '0'..='9'
        )
    })
}
