//! `str % args`, and what `bytes % args` shares with it.

use super::{make, string};
use crate::builtins::number::IntRef;
use crate::object::obj::Obj;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use dashu_int::IBig;
use threadsnake_algo::percent::{self, PercentArgs, PercentError, TextKind};
use threadsnake_algo::text::{StrBuf, StrData, StrRef};

/// The values of a format: a tuple's items, a single one, or a mapping's.
pub(crate) struct Values<'a> {
    pub(crate) th: &'a Thread,
    args: &'a Obj,
    tuple: Option<&'a [Obj]>,
    mapping: bool,
    next: usize,
    /// The value that a key has selected.
    selected: Option<Obj>,
    keyed: bool,
    /// Whether the format is `bytes`.
    bytes: bool,
}

impl<'a> Values<'a> {
    pub(crate) fn new(th: &'a Thread, args: &'a Obj, bytes: bool) -> Values<'a> {
        let tuple = args.cast::<Tuple>().map(|t| t.items());
        let text = args.cast::<Str>().is_some()
            || (bytes && (th.is_a(args, TypeId::Bytes) || th.is_a(args, TypeId::ByteArray)));
        let mapping = tuple.is_none() && !text && th.type_of(args).slots().getitem.is_some();
        Values {
            th,
            args,
            tuple,
            mapping,
            next: 0,
            selected: None,
            keyed: false,
            bytes,
        }
    }

    pub(crate) fn take(&mut self) -> Res {
        if let Some(o) = self.selected.take() {
            return Ok(o);
        }
        let all = self.tuple.unwrap_or(std::slice::from_ref(self.args));
        // After a key was used, there are no values by position.
        let o = if self.keyed { None } else { all.get(self.next) };
        self.next += 1;
        o.cloned()
            .ok_or_else(|| self.th.type_error("not enough arguments for format string"))
    }

    /// TypeError when values are left over.
    pub(crate) fn finish(&self) -> Res<()> {
        let all = self.tuple.map_or(1, <[Obj]>::len);
        if self.next < all && !self.mapping && !self.keyed {
            let kind = if self.bytes { "bytes" } else { "string" };
            return Err(self.th.type_error(format!(
                "not all arguments converted during {kind} formatting"
            )));
        }
        Ok(())
    }
}

/// `str % args`
pub(super) fn modulo(th: &Thread, a: &Obj, b: &Obj) -> Res {
    if a.cast::<Str>().is_none() {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let s = string(th, a)?;
    let mut values = Values::new(th, b, false);
    let out = percent::format(s.text(), false, &mut values)?;
    values.finish()?;
    th.str_data(out)
}

impl Values<'_> {
    fn character(&self, o: &Obj) -> Res<StrData> {
        let th = self.th;
        if let Some(s) = o.cast::<Str>() {
            if s.len() == 1 {
                return Ok(s.text().to_data());
            }
            let n = s.len();
            return Err(th.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {n}"
            )));
        }
        if th.type_of(o).slots().index.is_none() {
            let ty = th.type_name(o);
            return Err(th.type_error(format!(
                "%c requires an int or a unicode character, not {ty}"
            )));
        }
        let i = th.index(o)?;
        let c = IntRef::of(&i)
            .and_then(IntRef::small)
            .and_then(|n| u32::try_from(n).ok());
        match c.filter(|&c| c < 0x110000) {
            Some(c) => {
                let mut b = StrBuf::new();
                b.push(c);
                Ok(b.finish())
            }
            None => Err(th.overflow_error("%c arg not in range(0x110000)")),
        }
    }
}

impl PercentArgs for Values<'_> {
    type Error = Exc;

    fn select(&mut self, key: StrRef<'_>) -> Res<()> {
        if !self.mapping {
            return Err(self.th.type_error("format requires a mapping"));
        }
        let key = if self.bytes {
            let units: Vec<u8> = key.chars().map(|c| c as u8).collect();
            self.th.bytes(&units)?
        } else {
            make(self.th, key)?
        };
        self.selected = Some(self.th.getitem(self.args, &key)?);
        self.keyed = true;
        Ok(())
    }

    fn star(&mut self) -> Res<i64> {
        let o = self.take()?;
        match IntRef::of(&o) {
            None => Err(self.th.type_error("* wants int")),
            Some(IntRef::Small(n)) if n.unsigned_abs() < i64::MAX as u64 => Ok(n),
            Some(_) => Err(self
                .th
                .overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    fn text(&mut self, kind: TextKind) -> Res<StrData> {
        let o = self.take()?;
        let th = self.th;
        if self.bytes && matches!(kind, TextKind::Str | TextKind::Char) {
            return crate::builtins::bytes::percent_text(th, &o, kind)
                .map(|b| StrRef::Latin1(&b).to_data());
        }
        let s = match kind {
            TextKind::Char => return self.character(&o),
            TextKind::Str => th.to_str(&o)?,
            TextKind::Repr => th.repr(&o)?,
            TextKind::Ascii => th.ascii(&o)?,
        };
        Ok(s.text().to_data())
    }

    fn int(&mut self, code: char) -> Res<IBig> {
        let o = self.take()?;
        let th = self.th;
        if let Some(n) = IntRef::of(&o) {
            return Ok(n.big().into_owned());
        }
        let exact = matches!(code, 'o' | 'x' | 'X');
        let refused = || {
            let wanted = if exact { "an integer" } else { "a real number" };
            th.type_error(format!(
                "%{code} format: {wanted} is required, not {}",
                th.type_name(&o)
            ))
        };
        let slots = th.type_of(&o).slots();
        let made = if exact {
            if slots.index.is_none() {
                return Err(refused());
            }
            th.index(&o).map(Some)
        } else {
            crate::builtins::int::int_of_number(th, &o)
        };
        match made {
            Ok(Some(n)) => IntRef::of(&n)
                .map(|n| n.big().into_owned())
                .ok_or_else(refused),
            Ok(None) => Err(refused()),
            Err(e) if e.is(th, TypeId::TypeError) => Err(refused()),
            Err(e) => Err(e),
        }
    }

    fn float(&mut self) -> Res<f64> {
        let o = self.take()?;
        if self.bytes {
            return self.th.to_f64(&o).map_err(|e| {
                if e.is(self.th, TypeId::TypeError) {
                    self.th.type_error(format!(
                        "float argument required, not {}",
                        self.th.type_name(&o)
                    ))
                } else {
                    e
                }
            });
        }
        self.th.to_f64(&o)
    }

    fn digit_limit(&self) -> usize {
        self.th.int_max_str_digits()
    }

    fn reserve(&mut self, chars: usize) -> Res<()> {
        if chars > 4096 {
            self.th.reserve(chars.saturating_mul(4))
        } else {
            Ok(())
        }
    }

    fn error(&mut self, e: PercentError) -> Exc {
        self.th.value_error(e.to_string())
    }
}
