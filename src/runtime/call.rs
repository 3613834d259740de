//! Calls, and the binding of arguments of native functions.

use super::error::Res;
use super::thread::Thread;
use crate::object::sig::{Args, Sig};
use crate::object::slots::CallArgs;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use foldhash::HashMap;
use std::cell::Cell;
use threadsnake_threads::sync::Mutex;

/// Parsed signatures by the address of their text: texts are static, so the same for every runtime; per runtime all the
/// same, since nothing mutable is shared between runtimes.
#[derive(Default)]
struct Signatures(Mutex<HashMap<usize, &'static Sig>>);

/// The signatures that a thread bound last, by the key of [`Signatures`].
pub struct RecentSigs([Cell<(usize, Option<&'static Sig>)>; 64]);

impl Default for RecentSigs {
    fn default() -> Self {
        RecentSigs([const { Cell::new((0, None)) }; 64])
    }
}

impl RecentSigs {
    #[inline(always)]
    fn place(&self, key: usize) -> &Cell<(usize, Option<&'static Sig>)> {
        &self.0[(key ^ key >> 6) % 64]
    }
    #[inline(always)]
    fn get(&self, key: usize) -> Option<&'static Sig> {
        let (k, s) = self.place(key).get();
        if k == key { s } else { None }
    }
    fn set(&self, key: usize, s: &'static Sig) {
        self.place(key).set((key, Some(s)));
    }
}

impl Thread {
    /// The parsed form of a static signature text.
    #[inline]
    pub fn sig(&self, text: &'static str) -> &'static Sig {
        let key = text.as_ptr() as usize ^ text.len().rotate_left(48);
        match self.recent_sigs.get(key) {
            Some(s) => s,
            None => self.sig_slow(text, key),
        }
    }
    #[cold]
    fn sig_slow(&self, text: &'static str, key: usize) -> &'static Sig {
        let s = {
            let mut m = self.rt().module_state::<Signatures>().0.lock();
            *m.entry(key)
                .or_insert_with(|| Box::leak(Box::new(Sig::parse(text))))
        };
        self.recent_sigs.set(key, s);
        s
    }

    /// Binds the arguments of a call to a signature, as native classes do it.
    pub fn bind<R>(
        &self,
        name: &str,
        sig: &'static str,
        args: CallArgs<'_>,
        f: impl FnOnce(Args<'_>) -> Res<R>,
    ) -> Res<R> {
        let sig = self.sig(sig);
        sig.bind_class(self, name, args, f)
    }

    /// `f(*args)`
    #[inline]
    pub fn call(&self, f: &Obj, args: &[Obj]) -> Res {
        self.call_args(f, CallArgs::pos(args))
    }

    /// `f(*args, **kwargs)`
    #[inline]
    pub fn call_args(&self, f: &Obj, args: CallArgs<'_>) -> Res {
        match self.type_of(f).slots().call {
            Some(c) => c(self, f, args),
            None => Err(self.type_error(format!("'{}' object is not callable", self.type_name(f)))),
        }
    }

    /// `f(*args, **{names: values})`
    pub fn call_kw(&self, f: &Obj, args: &[Obj], kw: &[(&str, Obj)]) -> Res {
        let mut all = args.to_vec();
        all.extend(kw.iter().map(|(_, v)| v.clone()));
        let names: Vec<Obj> = kw.iter().map(|(n, _)| self.intern(n)).collect();
        self.call_args(
            f,
            CallArgs {
                all: &all,
                kwnames: &names,
            },
        )
    }

    /// `o.name(*args)`
    pub fn call_method(&self, o: &Obj, name: &str, args: &[Obj]) -> Res {
        let n = self.intern(name);
        self.call_method_obj(o, &n, args)
    }

    /// `o.name(*args)` for an interned name.
    pub fn call_method_obj(&self, o: &Obj, name: &Obj, args: &[Obj]) -> Res {
        let m = self.getattr_obj(o, name)?;
        self.call(&m, args)
    }

    /// `cls.__new__(cls, …)` without `__init__`.
    pub fn new_instance(&self, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
        match cls.slots().new {
            Some(f) => f(self, cls, args),
            None => Err(self.type_error(format!("cannot create '{}' instances", cls.name_text()))),
        }
    }
}
