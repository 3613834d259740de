//! Signatures of native functions, and the binding of call arguments to them, with CPython's messages.

use super::obj::Obj;
use super::slots::CallArgs;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use std::fmt::Display;
use std::mem::MaybeUninit;

/// Parameters of a function that are bound without a heap at most.
const FEW: usize = 10;
/// Their words.
type Room = [MaybeUninit<u64>; FEW];

/// What stands behind the name of a parameter that collects arguments without a tuple.
const SPREAD: &str = "...";

/// The text of a signature as Python sees it.
pub fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains(SPREAD) {
        true => text.replace(SPREAD, "").into(),
        false => text.into(),
    }
}

/// Kind of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Before `/`.
    PosOnly,
    /// Either way.
    Any,
    /// After `*`.
    KwOnly,
    /// `*args`
    VarPos,
    /// `**kwargs`
    VarKw,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Name.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Whether it may be missing.
    pub optional: bool,
}

/// A parsed signature.
#[derive(Debug, Default)]
pub struct Sig {
    /// Parameters in order; the first is `$self` where the function has one.
    pub params: Vec<Param>,
    /// Whether the first parameter is `$self`/`$cls` (not counted in messages).
    pub has_self: bool,
    /// Positional parameters (posonly and any), self included.
    pub npos: usize,
    /// How many of those are required.
    pub min: usize,
    /// Only positional parameters have to be given, and none collects the rest: positional arguments are bound without
    /// further ado where their count fits.
    pub simple: bool,
    /// Place of `*args`.
    pub var_pos: Option<usize>,
    /// Place of `**kwargs`.
    pub var_kw: Option<usize>,
    /// The last parameter is written `*args...`: its arguments come one by one from its place on ([`Args::rest`]), no tuple
    /// is made of them. All parameters before it are positional only and have to be given.
    pub spread: bool,
}

impl Sig {
    /// Parses `"($self, a, b=1, /, c, *, d=2, **kw)"`.
    ///
    /// Panics on a malformed text: signatures are static, and a unit test parses every one of them.
    pub fn parse(text: &'static str) -> Sig {
        let inner = text
            .strip_prefix('(')
            .and_then(|t| t.strip_suffix(')'))
            .expect("signature in parentheses");
        let mut sig = Sig::default();
        let mut kwonly = false;
        for part in split_top(inner) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            if part == "/" {
                for p in &mut sig.params {
                    p.kind = Kind::PosOnly;
                }
            } else if part == "*" {
                kwonly = true;
            } else if let Some(name) = part.strip_prefix("**") {
                sig.params.push(Param {
                    name,
                    kind: Kind::VarKw,
                    optional: true,
                });
            } else if let Some(name) = part.strip_prefix('*') {
                let name = name.strip_suffix(SPREAD).unwrap_or(name);
                sig.spread = part.ends_with(SPREAD);
                sig.params.push(Param {
                    name,
                    kind: Kind::VarPos,
                    optional: true,
                });
                kwonly = true;
            } else {
                let (name, optional) = match part.split_once('=') {
                    Some((n, _)) => (n.trim(), true),
                    None => (part, false),
                };
                let (name, kind) = match name.strip_prefix('$') {
                    Some(n) => {
                        sig.has_self = true;
                        (n, Kind::PosOnly)
                    }
                    None => (name, if kwonly { Kind::KwOnly } else { Kind::Any }),
                };
                sig.params.push(Param {
                    name,
                    kind,
                    optional,
                });
            }
        }
        sig.npos = sig
            .params
            .iter()
            .filter(|p| matches!(p.kind, Kind::PosOnly | Kind::Any))
            .count();
        sig.min = sig.params[..sig.npos]
            .iter()
            .filter(|p| !p.optional)
            .count();
        sig.simple = sig.params.iter().all(|p| {
            matches!(p.kind, Kind::PosOnly | Kind::Any) || p.kind == Kind::KwOnly && p.optional
        });
        sig.var_pos = sig.params.iter().position(|p| p.kind == Kind::VarPos);
        sig.var_kw = sig.params.iter().position(|p| p.kind == Kind::VarKw);
        let given = |p: &Param| p.kind == Kind::PosOnly && !p.optional;
        assert!(
            !sig.spread
                || sig.var_pos == Some(sig.npos) && sig.params[..sig.npos].iter().all(given)
        );
        sig
    }

    /// How many slots so many positional arguments fill that bind without further ado, those of absent ones with them.
    pub fn slots(&self, n: usize) -> Option<usize> {
        if self.spread {
            return (n >= self.min).then_some(n);
        }
        let all = self.params.len();
        (self.simple && n <= self.npos && n >= self.min).then_some(all)
    }

    /// Positional arguments that bind without further ado: one for each parameter, or in `room`, with absent ones. `None`: they do
    /// not, or there are many parameters.
    #[inline(always)]
    fn fit<'a>(&self, args: &'a [Obj], room: &'a mut Room) -> Option<Args<'a>> {
        let (n, all) = (args.len(), self.params.len());
        if !self.simple || n > self.npos {
            return (self.spread && n >= self.min).then_some(Args {
                slots: as_slots(args),
            });
        }
        if n == all {
            return Some(Args {
                slots: as_slots(args),
            });
        }
        if n < self.min || all > room.len() {
            return None;
        }
        // Borrowed words, 0 where an argument is absent.
        let word = |k: usize| args.get(k).map_or(0, |o| o.value().0);
        // Most have few parameters: no loop for those.
        for (k, w) in room[..2].iter_mut().enumerate() {
            w.write(word(k));
        }
        for (k, w) in room[..all].iter_mut().enumerate().skip(2) {
            w.write(word(k));
        }
        // SAFETY: `Option<Obj>` is the word of the object or 0; so many were written; the caller's arguments outlive the call,
        // and nothing here is dropped as an `Obj`.
        let slots = unsafe { std::slice::from_raw_parts(room.as_ptr().cast(), all) };
        Some(Args { slots })
    }

    /// Runs `f` with positional arguments that bind without further ado; `None`: they do not, or there are many parameters.
    #[inline(always)]
    pub fn bind_quick<R>(&self, args: &[Obj], f: impl FnOnce(Args<'_>) -> R) -> Option<R> {
        self.fit(args, &mut [MaybeUninit::uninit(); FEW]).map(f)
    }

    /// Binds the arguments of a call and runs `f` with them. `name` is for messages: those of CPython that do not say the
    /// type of a method print it in its alternate form.
    #[inline]
    pub fn bind<R>(
        &self,
        th: &Thread,
        name: impl Display,
        args: CallArgs<'_>,
        f: impl FnOnce(Args<'_>) -> Res<R>,
    ) -> Res<R> {
        self.bind_as(th, name, args, false, f)
    }

    /// As [`Sig::bind`], for a class: CPython counts the arguments of those in other words.
    #[inline]
    pub fn bind_class<R>(
        &self,
        th: &Thread,
        name: &str,
        args: CallArgs<'_>,
        f: impl FnOnce(Args<'_>) -> Res<R>,
    ) -> Res<R> {
        self.bind_as(th, name, args, true, f)
    }

    #[inline(always)]
    fn bind_as<R>(
        &self,
        th: &Thread,
        name: impl Display,
        args: CallArgs<'_>,
        class: bool,
        f: impl FnOnce(Args<'_>) -> Res<R>,
    ) -> Res<R> {
        if args.kwnames.is_empty() {
            if let Some(a) = self.fit(args.all, &mut [MaybeUninit::uninit(); FEW]) {
                return f(a);
            }
        }
        let slots = self.bind_slow(th, &name, args, class)?;
        f(Args { slots: &slots })
    }

    #[inline(never)]
    fn bind_slow(
        &self,
        th: &Thread,
        name: &dyn Display,
        args: CallArgs<'_>,
        class: bool,
    ) -> Res<SmallVec<[Option<Obj>; 6]>> {
        let pos = args.positional();
        let mut slots: SmallVec<[Option<Obj>; 6]> = SmallVec::new();
        slots.resize_with(self.params.len(), || None);
        let own = self.has_self as usize;
        let (var_pos, var_kw) = (self.var_pos, self.var_kw);
        if !args.kwnames.is_empty()
            && var_kw.is_none()
            && !self
                .params
                .iter()
                .any(|p| matches!(p.kind, Kind::Any | Kind::KwOnly))
        {
            return Err(th.type_error(format!("{name}() takes no keyword arguments")));
        }
        if pos.len() > self.npos && var_pos.is_none() {
            let given = pos.len() - own.min(pos.len());
            return Err(self.count_error(th, name, given, args.kwnames.len(), class));
        }
        let direct = pos.len().min(self.npos);
        for (slot, o) in slots.iter_mut().zip(&pos[..direct]) {
            *slot = Some(o.clone());
        }
        if let Some(i) = var_pos {
            slots[i] = Some(th.tuple_cloned(&pos[direct..])?);
        }
        let extra = match var_kw {
            Some(i) => {
                let d = th.new_dict()?;
                slots[i] = Some(d.clone().into_obj());
                Some(d)
            }
            None => None,
        };
        // A keyword that is wrong; what is missing is told first.
        let mut wrong = None;
        for (k, v) in args.keywords() {
            let is_key = |name: &str| {
                k.cast::<super::string::Str>()
                    .is_some_and(|s| s.eq_rust(name))
            };
            let found = self
                .params
                .iter()
                .position(|p| matches!(p.kind, Kind::Any | Kind::KwOnly) && is_key(p.name));
            match (found, &extra) {
                (Some(i), _) if slots[i].is_some() => wrong = wrong.or(Some((k, Some(i)))),
                (Some(i), _) => slots[i] = Some(v.clone()),
                (None, Some(d)) => d.set_item(th, k, v.clone())?,
                (None, None) => wrong = wrong.or(Some((k, None))),
            }
        }
        for (i, p) in self.params.iter().enumerate() {
            if slots[i].is_none() && !p.optional {
                if p.kind == Kind::PosOnly && pos.len() >= own {
                    let given = pos.len() - own;
                    return Err(self.count_error(th, name, given, args.kwnames.len(), class));
                }
                return Err(if p.kind == Kind::KwOnly {
                    th.type_error(format!(
                        "{name:#}() missing required keyword-only argument: '{}'",
                        p.name
                    ))
                } else {
                    th.type_error(format!(
                        "{name:#}() missing required argument '{}' (pos {})",
                        p.name,
                        i + 1 - own
                    ))
                });
            }
        }
        if let Some((k, at)) = wrong {
            let key = th.str_text(k);
            return Err(th.type_error(match at {
                Some(i) => format!(
                    "argument for {name:#}() given by name ('{key}') and position ({})",
                    i + 1 - own
                ),
                None => format!("{name:#}() got an unexpected keyword argument '{key}'"),
            }));
        }
        Ok(slots)
    }

    fn count_error(
        &self,
        th: &Thread,
        name: &dyn Display,
        given: usize,
        nkw: usize,
        class: bool,
    ) -> Exc {
        let own = self.has_self as usize;
        let (min, max) = (self.min - own.min(self.min), self.npos - own.min(self.npos));
        let s = |n: usize| if n == 1 { "" } else { "s" };
        let posonly = self
            .params
            .iter()
            .all(|p| matches!(p.kind, Kind::PosOnly | Kind::VarPos));
        if posonly {
            if max == 0 {
                return th.type_error(format!("{name}() takes no arguments ({given} given)"));
            }
            if min == max && self.var_pos.is_none() {
                if max == 1 && class {
                    return th.type_error(format!("{name:#} expected 1 argument, got {given}"));
                }
                if max == 1 {
                    return th.type_error(format!(
                        "{name}() takes exactly one argument ({given} given)"
                    ));
                }
                return th.type_error(format!("{name:#} expected {max} arguments, got {given}"));
            }
            let (word, n) = if given < min {
                ("at least", min)
            } else {
                ("at most", max)
            };
            return th.type_error(format!(
                "{name:#} expected {word} {n} argument{}, got {given}",
                s(n)
            ));
        }
        let all = self.params.len() - own;
        let posonly = self.params[own..]
            .iter()
            .filter(|p| p.kind == Kind::PosOnly && !p.optional)
            .count();
        if given + nkw > all {
            let word = if min == all { "exactly" } else { "at most" };
            let what = if given == 0 { "keyword " } else { "" };
            return th.type_error(format!(
                "{name:#}() takes {word} {all} {what}argument{} ({} given)",
                s(all),
                given + nkw
            ));
        }
        if max == 0 {
            return th.type_error(format!("{name:#}() takes no positional arguments"));
        }
        let (word, n) = match given < posonly {
            true if posonly < max => ("at least", posonly),
            true => ("exactly", posonly),
            false if min < max => ("at most", max),
            false => ("exactly", max),
        };
        th.type_error(format!(
            "{name:#}() takes {word} {n} positional argument{} ({given} given)",
            s(n)
        ))
    }
}

fn split_top(text: &'static str) -> Vec<&'static str> {
    let (mut depth, mut start, mut out) = (0, 0, Vec::new());
    let mut quote = None;
    for (i, ch) in text.char_indices() {
        match (quote, ch) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(ch),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

/// `Obj` and `Option<Obj>` have the same representation.
#[inline(always)]
fn as_slots(all: &[Obj]) -> &[Option<Obj>] {
    // SAFETY: `Option<Obj>` uses the niche of the non-zero word: an `Obj` is a `Some` of it, bit for bit.
    unsafe { std::slice::from_raw_parts(all.as_ptr().cast(), all.len()) }
}

/// Bound arguments: one place for each parameter of the signature.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    slots: &'a [Option<Obj>],
}

impl<'a> Args<'a> {
    /// Of bound slots, as [`Sig::slots`] says.
    pub fn of(slots: &'a [Option<Obj>]) -> Args<'a> {
        Args { slots }
    }
    /// A required parameter.
    #[inline(always)]
    pub fn get(&self, i: usize) -> &'a Obj {
        match &self.slots[i] {
            Some(o) => o,
            None => absent(i),
        }
    }
    /// Whether an optional parameter was given and is true.
    #[inline]
    pub fn flag(&self, th: &Thread, i: usize) -> Res<bool> {
        self.opt(i).map_or(Ok(false), |o| th.truthy(o))
    }
    /// An optional parameter.
    #[inline(always)]
    pub fn opt(&self, i: usize) -> Option<&'a Obj> {
        self.slots[i].as_ref()
    }
    /// An optional parameter, None meaning absent too.
    #[inline(always)]
    pub fn opt_not_none(&self, i: usize) -> Option<&'a Obj> {
        self.slots[i].as_ref().filter(|o| !o.is_none())
    }
    /// The arguments from a place on, where the signature has `*args...` there.
    #[inline]
    pub fn rest(&self, from: usize) -> &'a [Obj] {
        let rest = &self.slots[from.min(self.slots.len())..];
        if !rest.iter().all(Option::is_some) {
            absent(from);
        }
        // SAFETY: each is a `Some`, which is the `Obj` bit for bit.
        unsafe { std::slice::from_raw_parts(rest.as_ptr().cast(), rest.len()) }
    }
    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.slots.len()
    }
    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cold]
fn absent(i: usize) -> ! {
    panic!("parameter {i} is optional: the native function must use Args::opt")
}
