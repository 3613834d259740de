//! Pushing and popping control records, and the binding of arguments of Python functions.
//!
//! A call's window starts at the first argument: for a call from a frame on the thread's stack it is where the caller put
//! the arguments, so nothing is copied; from a generator (whose registers lie in its object), and from native code, the
//! arguments are moved to the thread's stack first.

use super::reg;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::frame::Frame;
use crate::object::function::Function;
use crate::object::slots::CallArgs;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Py, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use std::ops::Deref;
use threadsnake_front::code::flags as co;
use threadsnake_threads::sync::atomic::Ordering;

impl Thread {
    /// Checks that one more frame fits, with registers from `base` to `limit`.
    #[inline(always)]
    pub(crate) fn check_room(&self, limit: *mut Value) -> Res<()> {
        if self.has_room(limit) {
            Ok(())
        } else {
            Err(self.too_deep(""))
        }
    }
    /// Whether one more frame fits, with registers up to `limit`.
    #[inline(always)]
    pub(crate) fn has_room(&self, limit: *mut Value) -> bool {
        self.depth.get() < self.rt().recursion_limit.load(Ordering::Relaxed)
            && limit < self.stack_end
            && self.top.get() < self.frames_end
    }

    /// Pushes a record. The caller has checked the room.
    ///
    /// # Safety
    /// The registers of the frame are set up (R1), its references owned as `object::frame::Frame` says.
    #[inline(always)]
    pub(crate) unsafe fn push_frame(&self, f: Frame) -> *mut Frame {
        // SAFETY: `check_room`.
        unsafe {
            let p = self.top.get().add(1);
            p.write(f);
            self.top.set(p);
            self.depth.set(self.depth.get() + 1);
            p
        }
    }

    /// Pops the running record; its references have been released.
    ///
    /// # Safety
    /// There is one above the empty first.
    #[inline(always)]
    pub(crate) unsafe fn pop_frame(&self) {
        // SAFETY: the caller's promise.
        self.top.set(unsafe { self.top.get().sub(1) });
        self.depth.set(self.depth.get() - 1);
    }

    /// A record for a call of a function whose registers start at `base` and are bound.
    ///
    /// # Safety
    /// `owner` is an owned reference to the function `f`.
    #[inline(always)]
    pub(crate) unsafe fn function_frame(
        &self,
        f: &Py<Function>,
        owner: Value,
        base: *mut Value,
        dst: u16,
        flags: u8,
    ) -> Frame {
        let code: &Code = f.code();
        Frame {
            pc: code.entry,
            base,
            // SAFETY: inside or just behind the mapping, checked by `check_room`.
            limit: unsafe { base.add(code.nregs as usize) },
            code,
            func: f.deref() as *const Function,
            globals: f.globals.obj().value(),
            builtins: f.builtins.obj().value(),
            locals: Value::EMPTY,
            exc: Value::EMPTY,
            owner,
            object: Value::EMPTY,
            generator: Value::EMPTY,
            dst,
            ending: false,
            flags,
        }
    }

    /// Binds arguments to the registers from `base` on, which are free: the general way. On error nothing is left there.
    ///
    /// # Safety
    /// `base` is the running frame's limit and there is room for the function's registers.
    pub(crate) unsafe fn bind_function(
        &self,
        f: &Py<Function>,
        args: CallArgs<'_>,
        base: *mut Value,
    ) -> Res<()> {
        let code: &Code = f.code();
        let nlocals = code.nlocals as usize;
        // SAFETY: the caller's promise: these words are ours. Old contents are immediates or empty (F2).
        unsafe {
            let (given, nparams) = (args.all.len(), code.nparams as usize);
            if code.simple && args.kwnames.is_empty() && given <= nparams {
                if given == nparams || self.fill_defaults(f, base, given, nparams) {
                    for (i, o) in args.all.iter().enumerate() {
                        let v = o.value();
                        reg::inc(self, v);
                        *base.add(i) = v;
                    }
                    for i in nparams..nlocals {
                        *base.add(i) = Value::EMPTY;
                    }
                    return Ok(());
                }
            }
            for i in 0..nlocals {
                *base.add(i) = Value::EMPTY;
            }
            let r = self.bind_into(f, code, args, base);
            if r.is_err() {
                reg::clear(self, base, nlocals);
            }
            r
        }
    }

    /// Puts the defaults of parameters `given..nparams` into their registers. `false`: there are not enough; nothing has
    /// happened.
    ///
    /// # Safety
    /// The registers are free; the function has positional parameters only.
    #[inline]
    pub(crate) unsafe fn fill_defaults(
        &self,
        f: &Py<Function>,
        base: *mut Value,
        given: usize,
        nparams: usize,
    ) -> bool {
        let word = f.defaults.raw();
        if !word.is_ptr() {
            return false;
        }
        // SAFETY: O2 of `object::obj`: readable, and so are its items; nothing here polls.
        unsafe {
            let Some(t) = reg::obj(&word).exact::<Tuple>() else {
                return false;
            };
            let missing = nparams - given;
            let Some(first) = t.len().checked_sub(missing) else {
                return false;
            };
            for (i, o) in t.items()[first..].iter().enumerate() {
                let v = o.value();
                reg::inc(self, v);
                *base.add(given + i) = v;
            }
        }
        true
    }

    unsafe fn bind_into(
        &self,
        f: &Py<Function>,
        code: &Code,
        args: CallArgs<'_>,
        base: *mut Value,
    ) -> Res<()> {
        let c = &code.front;
        let (argcount, kwonly, posonly) =
            (c.argcount as usize, c.kwonly as usize, c.posonly as usize);
        let pos = args.positional();
        let total = argcount + kwonly;
        let varargs = code.has(co::VARARGS);
        let varkw = code.has(co::VARKEYWORDS);
        let direct = pos.len().min(argcount);
        // SAFETY: registers below `nlocals` (the caller's promise); each is written once.
        unsafe {
            for (i, o) in pos[..direct].iter().enumerate() {
                *base.add(i) = o.clone().into_value();
            }
            if varargs {
                let rest = self.tuple_of_items(&pos[direct..])?;
                *base.add(total) = rest.into_value();
            }
            let extra: Option<Py<Dict>> = if varkw {
                let d = self.new_dict()?;
                *base.add(total + varargs as usize) = d.clone().into_obj().into_value();
                Some(d)
            } else {
                None
            };
            let param = |i: usize| &code.names[c.varnames[i] as usize];
            let mut posonly_by_name: Vec<String> = Vec::new();
            for (k, v) in args.keywords() {
                let Some(ks) = k.cast::<Str>() else {
                    return Err(self.type_error("keywords must be strings"));
                };
                let found = (posonly..total).find(|&i| param(i).is(k)).or_else(|| {
                    if ks.is_interned() {
                        None
                    } else {
                        (posonly..total)
                            .find(|&i| param(i).cast::<Str>().is_some_and(|p| p.same(ks)))
                    }
                });
                match found {
                    Some(i) => {
                        if !(*base.add(i)).is_empty() {
                            return Err(self.type_error(format!(
                                "{}() got multiple values for argument '{}'",
                                self.func_name(f),
                                self.str_text(k)
                            )));
                        }
                        *base.add(i) = v.clone().into_value();
                    }
                    None => match &extra {
                        Some(d) => d.set_item(self, k, v.clone())?,
                        None => {
                            let by_name = (0..posonly)
                                .any(|i| param(i).cast::<Str>().is_some_and(|p| p.same(ks)));
                            if by_name {
                                posonly_by_name.push(self.str_text(k));
                                continue;
                            }
                            return Err(self.unexpected_keyword(f, code, k));
                        }
                    },
                }
            }
            if !posonly_by_name.is_empty() {
                return Err(self.type_error(format!(
                    "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                    self.func_name(f),
                    posonly_by_name.join(", ")
                )));
            }
            if pos.len() > argcount && !varargs {
                return Err(self.too_many(f, code, pos.len(), base));
            }
            let defaults = f.defaults.get();
            let defaults = defaults.as_ref().and_then(|d| d.exact::<Tuple>());
            let ndef = defaults.map_or(0, |d| d.len()).min(argcount);
            let mut missing: Vec<String> = Vec::new();
            for i in direct..argcount {
                if (*base.add(i)).is_empty() {
                    match defaults {
                        Some(d) if i + ndef >= argcount => {
                            let at = d.len() - (argcount - i);
                            *base.add(i) = d.items()[at].clone().into_value();
                        }
                        _ => missing.push(self.str_text(param(i))),
                    }
                }
            }
            if !missing.is_empty() {
                return Err(self.missing_args(f, "positional", &missing));
            }
            if kwonly > 0 {
                let kwdefaults = f.kwdefaults.get();
                let kwdefaults = kwdefaults.as_ref().and_then(|d| d.cast::<Dict>());
                for i in argcount..total {
                    if (*base.add(i)).is_empty() {
                        match kwdefaults.and_then(|d| d.get_interned(self, param(i))) {
                            Some(v) => *base.add(i) = v.into_value(),
                            None => missing.push(self.str_text(param(i))),
                        }
                    }
                }
                if !missing.is_empty() {
                    return Err(self.missing_args(f, "keyword-only", &missing));
                }
            }
        }
        Ok(())
    }

    fn func_name(&self, f: &Py<Function>) -> String {
        f.qualname
            .get()
            .map(|q| self.str_text(&q))
            .unwrap_or_default()
    }

    #[cold]
    fn unexpected_keyword(&self, f: &Py<Function>, code: &Code, k: &Obj) -> Exc {
        let name = self.str_text(k);
        let c = &code.front;
        let total = (c.argcount + c.kwonly) as usize;
        let close = (c.posonly as usize..total)
            .map(|i| self.str_text(&code.names[c.varnames[i] as usize]))
            .find(|p| similar(p, &name));
        match close {
            Some(s) => self.type_error(format!(
                "{}() got an unexpected keyword argument '{name}'. Did you mean '{s}'?",
                self.func_name(f)
            )),
            None => self.type_error(format!(
                "{}() got an unexpected keyword argument '{name}'",
                self.func_name(f)
            )),
        }
    }

    #[cold]
    fn missing_args(&self, f: &Py<Function>, kind: &str, names: &[String]) -> Exc {
        let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        let list = match quoted.as_slice() {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
            [] => String::new(),
        };
        self.type_error(format!(
            "{}() missing {} required {kind} argument{}: {list}",
            self.func_name(f),
            names.len(),
            if names.len() == 1 { "" } else { "s" }
        ))
    }

    #[cold]
    unsafe fn too_many(
        &self,
        f: &Py<Function>,
        code: &Code,
        given: usize,
        base: *mut Value,
    ) -> Exc {
        let c = &code.front;
        let (argcount, kwonly) = (c.argcount as usize, c.kwonly as usize);
        let ndef = f
            .defaults
            .get()
            .and_then(|d| d.exact::<Tuple>().map(|t| t.len()))
            .unwrap_or(0);
        // SAFETY: registers of the frame being bound.
        let kw_given = (argcount..argcount + kwonly)
            .filter(|&i| unsafe { !(*base.add(i)).is_empty() })
            .count();
        let s = |n: usize| if n == 1 { "" } else { "s" };
        let takes = if ndef > 0 {
            format!(
                "from {} to {argcount} positional arguments",
                argcount - ndef
            )
        } else {
            format!("{argcount} positional argument{}", s(argcount))
        };
        let kw = if kw_given > 0 {
            format!(
                " positional argument{} (and {kw_given} keyword-only argument{})",
                s(given),
                s(kw_given)
            )
        } else {
            String::new()
        };
        let verb = if given == 1 && kw_given == 0 {
            "was"
        } else {
            "were"
        };
        self.type_error(format!(
            "{}() takes {takes} but {given}{kw} {verb} given",
            self.func_name(f)
        ))
    }

    /// Releases everything that a frame on its way out holds, registers from `first` on included.
    ///
    /// # Safety
    /// `f` is the running frame; its result has been taken out.
    pub(crate) unsafe fn leave(&self, f: *mut Frame, nregs: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            if !(*f).exc.is_empty() {
                (*f).exc = Value::EMPTY;
                self.handling.set(self.handling.get() - 1);
            }
            let shown = !(*f).object.is_empty();
            if shown {
                super::frameobj::detach(self, f);
            }
            reg::clear_backwards(self, (*f).base, nregs);
            let locals = std::mem::replace(&mut (*f).locals, Value::EMPTY);
            reg::dec(self, locals);
            if !shown && !(*f).object.is_empty() {
                // A finaliser of a local got hold of the frame.
                super::frameobj::detach(self, f);
            }
        }
    }
}

/// Whether two names are alike enough to suggest one for the other.
pub fn similar(a: &str, b: &str) -> bool {
    if a == b {
        return false;
    }
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let max = (x.len() + y.len() + 3) * 2 / 6;
    distance(&x, &y) * 2 <= max.max(1)
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diag = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = if x == y { diag } else { diag + 1 };
            diag = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diag + 1);
        }
    }
    row[b.len()]
}
