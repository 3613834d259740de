//! `make_encoder`: objects to JSON text, as one string.

use crate::modules::prelude::*;
use crate::object::function::BuiltinFunction;
use threadsnake_algo::{float, json_scan};

/// Payload of encoders; nothing in it changes.
pub struct Encoder {
    markers: Option<Py<Dict>>,
    default: Obj,
    encoder: Obj,
    /// Both string encoders of this module are known by what they do: `Some(ascii)`.
    native: Option<bool>,
    indent: Option<Py<Str>>,
    key_sep: Py<Str>,
    item_sep: Py<Str>,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}
native!(
    Encoder,
    JsonEncoder,
    "Encoder",
    markers,
    default,
    encoder,
    indent,
    key_sep,
    item_sep
);

pub(super) static ENCODER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        call: Some(call),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE,
    getset: &[
        GetSetDef::ro("markers", |th, o| {
            Ok(this::<Encoder>(th, o)?
                .markers
                .as_ref()
                .map_or(Obj::NONE, |m| m.obj().clone()))
        }),
        GetSetDef::ro("default", |th, o| {
            Ok(this::<Encoder>(th, o)?.default.clone())
        }),
        GetSetDef::ro("encoder", |th, o| {
            Ok(this::<Encoder>(th, o)?.encoder.clone())
        }),
        GetSetDef::ro("indent", |th, o| {
            Ok(this::<Encoder>(th, o)?
                .indent
                .as_ref()
                .map_or(Obj::NONE, |m| m.obj().clone()))
        }),
        GetSetDef::ro("key_separator", |th, o| {
            Ok(this::<Encoder>(th, o)?.key_sep.obj().clone())
        }),
        GetSetDef::ro("item_separator", |th, o| {
            Ok(this::<Encoder>(th, o)?.item_sep.obj().clone())
        }),
        GetSetDef::ro("sort_keys", |th, o| {
            Ok(Obj::bool(this::<Encoder>(th, o)?.sort_keys))
        }),
        GetSetDef::ro("skipkeys", |th, o| {
            Ok(Obj::bool(this::<Encoder>(th, o)?.skip_keys))
        }),
    ],
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    ..TypeDef::new(TypeId::JsonEncoder, "_json.Encoder", Encoder::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    const SIG: &str = "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)";
    th.bind("make_encoder", SIG, args, |a| {
        let markers = match a.get(0) {
            m if m.is_none() => None,
            m => Some(m.cast::<Dict>().cloned().ok_or_else(|| {
                th.type_error(format!(
                    "make_encoder() argument 1 must be dict or None, not {}",
                    th.type_name(m)
                ))
            })?),
        };
        let text = |i: usize| {
            a.get(i).cast::<Str>().cloned().ok_or_else(|| {
                th.type_error(format!(
                    "make_encoder() argument {} must be str, not {}",
                    i + 1,
                    th.type_name(a.get(i))
                ))
            })
        };
        let native = a.get(2).exact::<BuiltinFunction>().and_then(|f| {
            let def: *const MethodDef = f.def;
            if std::ptr::eq(def, &super::MODULE.functions[0]) {
                Some(true)
            } else if std::ptr::eq(def, &super::MODULE.functions[1]) {
                Some(false)
            } else {
                None
            }
        });
        let payload = Encoder {
            markers,
            default: a.get(1).clone(),
            encoder: a.get(2).clone(),
            native,
            indent: if a.get(3).is_none() {
                None
            } else {
                Some(text(3)?)
            },
            key_sep: text(4)?,
            item_sep: text(5)?,
            sort_keys: th.truthy(a.get(6))?,
            skip_keys: th.truthy(a.get(7))?,
            allow_nan: th.truthy(a.get(8))?,
        };
        Ok(th.alloc_as::<Encoder>(cls, payload)?.into_obj())
    })
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    th.bind("_iterencode", "(obj, _current_indent_level)", args, |a| {
        let e = this::<Encoder>(th, o)?;
        let level = th.index_i64(a.get(1))?.max(0) as usize;
        let mut w = Writer {
            th,
            e,
            out: StrBuf::new(),
            done: 0,
            inside: Vec::new(),
            line: Vec::new(),
        };
        w.value(a.get(0), level)?;
        let text = th.str_data(w.out.finish())?;
        tuple_of(th, [text])
    })
}

/// Whether ASCII text needs no escapes.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    // No early end: the compiler makes vectors of it.
    text.iter()
        .fold(true, |ok, &c| ok & (c >= 32) & (c != b'"') & (c != b'\\'))
}

/// Pairs as sorting tuples of them orders them.
fn sorted(th: &Thread, mut pairs: Vec<(Obj, Obj)>) -> Res<Vec<(Obj, Obj)>> {
    // A dict's own keys that are plain strings differ from each other: no values are compared.
    if pairs.iter().all(|(k, _)| k.is_exact::<Str>()) {
        let ordered =
            |p: &(Obj, Obj), q: &(Obj, Obj)| match (p.0.exact::<Str>(), q.0.exact::<Str>()) {
                (Some(p), Some(q)) => p.order(q),
                _ => std::cmp::Ordering::Equal,
            };
        let distinct = |w: &[(Obj, Obj)]| ordered(&w[0], &w[1]).is_ne();
        pairs.sort_by(ordered);
        if pairs.windows(2).all(distinct) {
            return Ok(pairs);
        }
    }
    let tuples = pairs
        .into_iter()
        .map(|(k, v)| tuple_of(th, [k, v]))
        .collect::<Res<Vec<Obj>>>()?;
    let list = th.list(tuples)?;
    drop(th.call_method(&list, "sort", &[])?);
    let pair = |t: &Obj| match t.cast::<Tuple>()?.items() {
        [k, v] => Some((k.clone(), v.clone())),
        _ => None,
    };
    Ok(th.collect(&list)?.iter().filter_map(pair).collect())
}

struct Writer<'a> {
    th: &'a Thread,
    e: &'a Encoder,
    out: StrBuf,
    done: u32,
    /// Words of the containers that are being written, the innermost last.
    inside: Vec<Value>,
    /// A line's end and the indentation behind it, as deep as was wanted so far, where all of it is ASCII.
    line: Vec<u8>,
}

impl Writer<'_> {
    fn string(&mut self, o: &Obj) -> Res<()> {
        match (self.e.native, o.cast::<Str>()) {
            (Some(ascii), Some(s)) => {
                if let Some(text) = s.as_ascii().filter(|t| is_plain(t.as_bytes())) {
                    self.out.push_quoted(text.as_bytes());
                    return Ok(());
                }
                json_scan::escape_into(&mut self.out, s.text(), ascii);
                Ok(())
            }
            _ => {
                let r = self.th.call(&self.e.encoder, std::slice::from_ref(o))?;
                match r.cast::<Str>() {
                    Some(s) => {
                        self.out.push_str(s.text());
                        Ok(())
                    }
                    None => Err(self.th.type_error(format!(
                        "encoder() must return a string, not {}",
                        self.th.type_name(&r)
                    ))),
                }
            }
        }
    }

    fn float(&mut self, x: f64, o: &Obj) -> Res<()> {
        if x.is_finite() {
            self.out.push_ascii(float::repr(x).as_bytes());
            return Ok(());
        }
        if !self.e.allow_nan {
            let r = self.th.repr(o)?.to_rust();
            return Err(self.th.value_error(format!(
                "Out of range float values are not JSON compliant: {r}"
            )));
        }
        self.out.push_utf8(if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        });
        Ok(())
    }

    /// The plain repr of an int, whatever a class that derives from int makes of it.
    fn int(&mut self, o: &Obj) -> Res<()> {
        if let Some(n) = o.as_small_int() {
            let mut digits = [0u8; 20];
            let mut at = digits.len();
            let mut rest = n.unsigned_abs();
            while at == digits.len() || rest > 0 {
                at -= 1;
                digits[at] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            if n < 0 {
                at -= 1;
                digits[at] = b'-';
            }
            self.out.push_ascii(&digits[at..]);
            return Ok(());
        }
        let Some(repr) = self.th.ty(TypeId::Int).slots().repr else {
            return Err(self.th.system_error("int has no repr"));
        };
        let text = repr(self.th, o)?;
        self.out.push_str(self.th.text_of(&text, "repr")?.text());
        Ok(())
    }

    fn newline(&mut self, level: usize) {
        let Some(indent) = &self.e.indent else {
            return;
        };
        let Some(text) = indent.as_ascii() else {
            self.out.push_ascii(b"\n");
            for _ in 0..level {
                self.out.push_str(indent.text());
            }
            return;
        };
        let len = 1 + level * text.len();
        if self.line.is_empty() {
            self.line.push(b'\n');
        }
        while self.line.len() < len {
            self.line.extend_from_slice(text.as_bytes());
        }
        self.out.push_ascii(&self.line[..len]);
    }

    fn value(&mut self, o: &Obj, level: usize) -> Res<()> {
        let th = self.th;
        self.done = self.done.wrapping_add(1);
        if self.done.is_multiple_of(1024) {
            th.poll()?;
        }
        if o.is_none() {
            self.out.push_ascii(b"null");
        } else if o.is(&Obj::TRUE) {
            self.out.push_ascii(b"true");
        } else if o.is(&Obj::FALSE) {
            self.out.push_ascii(b"false");
        } else if o.is_exact::<Str>() {
            return self.string(o);
        } else if let Some(x) = o.as_f64_exact() {
            return self.float(x, o);
        } else if o.as_small_int().is_some() {
            return self.int(o);
        } else if let Some(d) = o.exact::<Dict>() {
            let _guard = th.enter(" while encoding a JSON object")?;
            return self.dict(d, level);
        } else if o.is_exact::<List>() || o.is_exact::<Tuple>() {
            let _guard = th.enter(" while encoding a JSON object")?;
            return self.list(o, level);
        } else if o.cast::<Str>().is_some() {
            return self.string(o);
        } else if th.is_a(o, TypeId::Int) {
            return self.int(o);
        } else if th.is_a(o, TypeId::Float) {
            return self.float(th.to_f64(o)?, o);
        } else if o.cast::<List>().is_some() || o.cast::<Tuple>().is_some() {
            let _guard = th.enter(" while encoding a JSON object")?;
            return self.list(o, level);
        } else if let Some(d) = o.cast::<Dict>() {
            let _guard = th.enter(" while encoding a JSON object")?;
            return self.dict(d, level);
        } else {
            self.mark(o)?;
            let _guard = th.enter(" while encoding a JSON object")?;
            let new = th.call(&self.e.default, std::slice::from_ref(o))?;
            if let Err(e) = self.value(&new, level) {
                self.note(&e, format!("when serializing {} object", th.type_name(o)));
                return Err(e);
            }
            self.unmark();
        }
        Ok(())
    }

    /// Where in the data an error arose, added to it as a note.
    fn note(&self, e: &Exc, text: String) {
        if let Ok(t) = self.th.str(&text) {
            // A note that cannot be added is no reason to lose the error.
            let _ = self.th.call_method(e.obj(), "add_note", &[t]);
        }
    }

    /// Notes that a container is being written; an error if it is already.
    fn mark(&mut self, o: &Obj) -> Res<()> {
        if self.e.markers.is_some() {
            if self.inside.contains(&o.value()) {
                return Err(self.th.value_error("Circular reference detected"));
            }
            self.inside.push(o.value());
        }
        Ok(())
    }
    /// Notes that the innermost container has been written.
    fn unmark(&mut self) {
        self.inside.pop();
    }

    fn list(&mut self, o: &Obj, level: usize) -> Res<()> {
        let items = self.th.collect(o)?;
        if items.is_empty() {
            self.out.push_ascii(b"[]");
            return Ok(());
        }
        self.mark(o)?;
        self.out.push_ascii(b"[");
        self.newline(level + 1);
        for (i, x) in items.iter().enumerate() {
            if i > 0 {
                self.out.push_str(self.e.item_sep.text());
                self.newline(level + 1);
            }
            if let Err(e) = self.value(x, level + 1) {
                self.note(
                    &e,
                    format!("when serializing {} item {i}", self.th.type_name(o)),
                );
                return Err(e);
            }
        }
        self.newline(level);
        self.out.push_ascii(b"]");
        self.unmark();
        Ok(())
    }

    fn dict(&mut self, d: &Py<Dict>, level: usize) -> Res<()> {
        let th = self.th;
        let exact = d.obj().is_exact::<Dict>();
        if d.is_empty() && exact {
            self.out.push_ascii(b"{}");
            return Ok(());
        }
        self.mark(d.obj())?;
        let mut pairs = if exact {
            d.items()
        } else {
            let view = th.call_method(d.obj(), "items", &[])?;
            let mut out = Vec::new();
            for kv in th.collect(&view)? {
                let Some([k, v]) = kv.cast::<Tuple>().map(|t| t.items()) else {
                    return Err(th.value_error("items must return 2-tuples"));
                };
                out.push((k.clone(), v.clone()));
            }
            out
        };
        if self.e.sort_keys {
            pairs = sorted(th, pairs)?;
        }
        self.out.push_ascii(b"{");
        let mut first = true;
        for (k, v) in &pairs {
            if !self.key_ok(k)? {
                continue;
            }
            if first {
                first = false;
            } else {
                self.out.push_str(self.e.item_sep.text());
            }
            self.newline(level + 1);
            self.key(k)?;
            self.out.push_str(self.e.key_sep.text());
            if let Err(e) = self.value(v, level + 1) {
                let key = th.repr(k)?.to_rust();
                self.note(
                    &e,
                    format!("when serializing {} item {key}", th.type_name(d.obj())),
                );
                return Err(e);
            }
        }
        if !first {
            self.newline(level);
        }
        self.out.push_ascii(b"}");
        self.unmark();
        Ok(())
    }

    /// Whether a key can be written; `false`: it is to be skipped.
    fn key_ok(&self, k: &Obj) -> Res<bool> {
        let th = self.th;
        if k.cast::<Str>().is_some()
            || k.is_none()
            || th.is_a(k, TypeId::Int)
            || th.is_a(k, TypeId::Float)
        {
            return Ok(true);
        }
        if self.e.skip_keys {
            return Ok(false);
        }
        Err(th.type_error(format!(
            "keys must be str, int, float, bool or None, not {}",
            th.type_name(k)
        )))
    }

    fn key(&mut self, k: &Obj) -> Res<()> {
        if k.cast::<Str>().is_some() {
            return self.string(k);
        }
        let before = std::mem::take(&mut self.out);
        let level = 0;
        let written = self.value(k, level);
        let text = std::mem::replace(&mut self.out, before);
        written?;
        let o = self.th.str_data(text.finish())?;
        self.string(&o)
    }
}
