//! Writing what its class, or a function for the class, takes apart; and what is written by name.

use super::save::Job;
use super::{attribute, cannot, class_name, module, noted, op, repr, state, translated};
use crate::modules::prelude::*;
use crate::object::types::Type as PyType;

impl Job<'_> {
    /// Writes an object of no built-in class that has instructions of its own.
    pub fn reduced(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        let mut how = None;
        if let Some(f) = &self.reducer_override {
            let r = th.call(f, std::slice::from_ref(o))?;
            if !r.is_not_implemented() {
                how = Some(r);
            }
        }
        if how.is_none() {
            if self.is_plain_class(o) {
                return self.class(o);
            }
            if th.type_of(o).id == Some(TypeId::Function) {
                return self.global(o, None);
            }
            if self.simple(o)? {
                return self.instance(o).map_err(|e| self.note(e, o, "object"));
            }
            how = self.asked(o)?;
        }
        let Some(how) = how else {
            return self.global(o, None);
        };
        if how.cast::<Str>().is_some() {
            return self.global(o, Some(&how));
        }
        let r = match how.cast::<Tuple>() {
            Some(t) if (2..=6).contains(&t.len()) => self.reduce(Some(o), t.items()),
            Some(_) => Err(cannot(
                th,
                "tuple returned by __reduce__ must contain 2 through 6 elements",
            )),
            None => Err(cannot(
                th,
                &format!(
                    "__reduce__ must return a string or tuple, not {}",
                    class_name(th, &how)
                ),
            )),
        };
        r.map_err(|e| self.note(e, o, "object"))
    }

    /// Whether an object is taken apart as `object` does it, with its class, no arguments, and its state.
    fn simple(&self, o: &Obj) -> Res<bool> {
        let th = self.th;
        let t = th.type_of(o);
        if self.proto < 2
            || self.dispatch_table.is_some()
            || t.id.is_some()
            || !std::ptr::eq(t.layout, crate::builtins::objecttype::Plain::LAYOUT)
        {
            return Ok(false);
        }
        let n = th.rt().names();
        let of_object = |name: &Obj| {
            t.lookup_where(th, name)
                .is_some_and(|(_, owner)| owner.id == Some(TypeId::Object))
        };
        if ![
            &n.__reduce_ex__,
            &n.__reduce__,
            &n.__class__,
            &n.__getstate__,
        ]
        .iter()
        .all(|name| of_object(name))
            || [&n.__getnewargs__, &n.__getnewargs_ex__]
                .iter()
                .any(|name| t.lookup(th, name).is_some())
        {
            return Ok(false);
        }
        // Attributes of its own may stand before those of its class.
        if o.instance_attr(th, &n.__reduce_ex__).is_some() || !t.has(type_flags::PLAIN_GETATTR) {
            return Ok(false);
        }
        let table = state(th).dispatch_table.dict(th)?;
        Ok(table.get_item(th, t.obj())?.is_none())
    }

    /// Writes such an object.
    fn instance(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        let state = th.call_method_obj(o, &th.rt().names().__getstate__, &[])?;
        let class = th.type_of(o).obj().clone();
        self.piece(&class, Some(o), "class")?;
        self.out.put(&[op::EMPTY_TUPLE, op::NEWOBJ]);
        self.memoize_made(o)?;
        self.rest(o, Some(&state).filter(|s| !s.is_none()), None, None, None)
    }

    /// Remembers what the instructions so far have made. One that contains itself has been written by now: what was made
    /// goes, and it comes from the memo.
    fn memoize_made(&mut self, o: &Obj) -> Res<()> {
        match self.memo.get(o) {
            Some(n) => {
                self.out.op(op::POP);
                self.get(n);
                Ok(())
            }
            None => self.memoize(o),
        }
    }

    /// What the function for an object's class, or the object itself, gives; `None`: it is a class, written by name.
    fn asked(&mut self, o: &Obj) -> Res<Option<Obj>> {
        let th = self.th;
        let class = th.type_of(o).obj().clone();
        let f = match &self.dispatch_table {
            None => state(th).dispatch_table.dict(th)?.get_item(th, &class)?,
            Some(table) => match table.exact::<Dict>() {
                Some(d) => d.get_item(th, &class)?,
                None => match th.getitem(table, &class) {
                    Ok(f) => Some(f),
                    Err(e) if e.is(th, TypeId::KeyError) => None,
                    Err(e) => return Err(e),
                },
            },
        };
        if let Some(f) = f {
            return th.call(&f, std::slice::from_ref(o)).map(Some);
        }
        if o.cast::<PyType>().is_some() {
            return Ok(None);
        }
        let n = th.rt().names();
        if let Some(f) = th.getattr_opt_obj(o, &n.__reduce_ex__)? {
            return th.call(&f, &[Obj::small_int(self.proto)]).map(Some);
        }
        match th.getattr_opt_obj(o, &n.__reduce__)? {
            Some(f) => th.call(&f, &[]).map(Some),
            None => Err(cannot(
                th,
                &format!("Can't pickle {} object", class_name(th, o)),
            )),
        }
    }

    #[cold]
    fn note(&self, e: Exc, o: &Obj, what: &str) -> Exc {
        let text = format!("when serializing {} {what}", class_name(self.th, o));
        noted(self.th, e, &text)
    }

    /// Writes a part of `of`; an error gets a note.
    fn piece(&mut self, o: &Obj, of: Option<&Obj>, what: &str) -> Res<()> {
        self.save(o).map_err(|e| match of {
            Some(of) => self.note(e, of, what),
            None => e,
        })
    }

    /// Writes an object as `__reduce__` takes it apart: a callable and its arguments; state; list items; dict items; what
    /// sets the state.
    pub fn reduce(&mut self, o: Option<&Obj>, parts: &[Obj]) -> Res<()> {
        let th = self.th;
        let part = |i: usize| parts.get(i).filter(|p| !p.is_none());
        let [f, args, ..] = parts else {
            return Err(th.system_error("__reduce__ gave too little"));
        };
        if th.type_of(f).slots().call.is_none() {
            return Err(cannot(
                th,
                &format!(
                    "first item of the tuple returned by __reduce__ must be callable, not {}",
                    class_name(th, f)
                ),
            ));
        }
        let Some(t) = args.cast::<Tuple>() else {
            return Err(cannot(
                th,
                &format!(
                    "second item of the tuple returned by __reduce__ must be a tuple, not {}",
                    class_name(th, args)
                ),
            ));
        };
        let name = match self.proto >= 2 {
            true => th.getattr_opt_obj(f, &th.rt().names().__name__)?,
            false => None,
        };
        let called = |what: &str| {
            name.as_ref()
                .and_then(|n| n.cast::<Str>())
                .is_some_and(|n| n.eq_rust(what))
        };
        if called("__newobj_ex__") {
            self.new_object_ex(o, t)?;
        } else if called("__newobj__") {
            self.new_object(o, t)?;
        } else {
            self.piece(f, o, "reconstructor")?;
            self.piece(args, o, "reconstructor arguments")?;
            self.out.op(op::REDUCE);
        }
        let Some(o) = o else {
            return self.rest(&Obj::NONE, part(2), part(3), part(4), part(5));
        };
        self.memoize_made(o)?;
        self.rest(o, part(2), part(3), part(4), part(5))
    }

    fn rest(
        &mut self,
        o: &Obj,
        state: Option<&Obj>,
        items: Option<&Obj>,
        pairs: Option<&Obj>,
        setter: Option<&Obj>,
    ) -> Res<()> {
        let th = self.th;
        for (i, it) in [("fourth", items), ("fifth", pairs)] {
            if let Some(it) = it
                && th.type_of(it).slots().next.is_none()
            {
                return Err(cannot(
                    th,
                    &format!(
                        "{i} item of the tuple returned by __reduce__ must be an iterator, not {}",
                        class_name(th, it)
                    ),
                ));
            }
        }
        if let Some(it) = items {
            self.items(it, o)?;
        }
        if let Some(it) = pairs {
            self.pairs(it, o)?;
        }
        let Some(state) = state else {
            return Ok(());
        };
        let Some(setter) = setter else {
            self.piece(state, Some(o), "state")?;
            self.out.op(op::BUILD);
            return Ok(());
        };
        if th.type_of(setter).slots().call.is_none() {
            return Err(cannot(
                th,
                &format!(
                    "sixth item of the tuple returned by __reduce__ must be callable, not {}",
                    class_name(th, setter)
                ),
            ));
        }
        self.piece(setter, Some(o), "state setter")?;
        self.save(o)?;
        self.piece(state, Some(o), "state")?;
        self.out.put(&[op::TUPLE2, op::REDUCE, op::POP]);
        Ok(())
    }

    /// The class that an object is to be made of has to be its own.
    fn check_class(&self, o: Option<&Obj>, class: &Obj, by: &str) -> Res<()> {
        let th = self.th;
        if th
            .getattr_opt_obj(class, &th.rt().names().__new__)?
            .is_none()
        {
            return Err(cannot(
                th,
                &format!("first argument to {by}() has no __new__"),
            ));
        }
        let Some(o) = o else {
            return Ok(());
        };
        let own = th.getattr_obj(o, &th.rt().names().__class__)?;
        if own.is(class) {
            return Ok(());
        }
        let (own, class) = (repr(th, &own)?, repr(th, class)?);
        Err(cannot(
            th,
            &format!("first argument to {by}() must be {own}, not {class}"),
        ))
    }

    fn new_object(&mut self, o: Option<&Obj>, args: &Py<Tuple>) -> Res<()> {
        let th = self.th;
        let [class, args @ ..] = args.items() else {
            return Err(cannot(th, "__newobj__ expected at least 1 argument, got 0"));
        };
        self.check_class(o, class, "__newobj__")?;
        self.piece(class, o, "class")?;
        let args = th.tuple_cloned(args)?;
        self.piece(&args, o, "__new__ arguments")?;
        self.out.op(op::NEWOBJ);
        Ok(())
    }

    fn new_object_ex(&mut self, o: Option<&Obj>, t: &Py<Tuple>) -> Res<()> {
        let th = self.th;
        let [class, args, kwargs] = t.items() else {
            return Err(cannot(
                th,
                &format!("__newobj_ex__ expected 3 arguments, got {}", t.len()),
            ));
        };
        self.check_class(o, class, "__newobj_ex__")?;
        let wrong = |i: &str, what: &str, x: &Obj| {
            let name = class_name(th, x);
            cannot(
                th,
                &format!("{i} argument to __newobj_ex__() must be a {what}, not {name}"),
            )
        };
        let Some(positional) = args.cast::<Tuple>() else {
            return Err(wrong("second", "tuple", args));
        };
        let Some(named) = kwargs.cast::<Dict>() else {
            return Err(wrong("third", "dict", kwargs));
        };
        if self.proto >= 4 {
            self.piece(class, o, "class")?;
            self.piece(args, o, "__new__ arguments")?;
            self.piece(kwargs, o, "__new__ arguments")?;
            self.out.op(op::NEWOBJ_EX);
            return Ok(());
        }
        // An older reader knows no such instruction: `partial` carries the arguments.
        let make = th.getattr_obj(class, &th.rt().names().__new__)?;
        let mut all = vec![make, class.clone()];
        all.extend(positional.items().iter().cloned());
        let (mut names, items) = (Vec::new(), named.items());
        for (k, v) in items {
            names.push(k);
            all.push(v);
        }
        let partial = state(th).partial.get(th)?;
        let f = th.call_args(
            &partial,
            CallArgs {
                all: &all,
                kwnames: &names,
            },
        )?;
        self.piece(&f, o, "reconstructor")?;
        self.save(&th.empty_tuple())?;
        self.out.op(op::REDUCE);
        Ok(())
    }

    /// Writes a class whose class is `type`.
    fn class(&mut self, o: &Obj) -> Res<()> {
        let th = self.th;
        for (id, only) in [
            (TypeId::NoneType, Obj::NONE),
            (TypeId::EllipsisType, Obj::ELLIPSIS),
            (TypeId::NotImplementedType, Obj::NOT_IMPLEMENTED),
        ] {
            if o.is(th.ty(id).obj()) {
                let args = tuple_of(th, [only])?;
                return self.reduce(Some(o), &[th.ty(TypeId::Type).obj().clone(), args]);
            }
        }
        self.global(o, None)
    }

    /// The module in which an object is found by a name.
    fn module_of(&self, o: &Obj, name: &str) -> Res {
        let th = self.th;
        if name.split('.').any(|p| p == "<locals>") {
            let text = format!("Can't pickle local object {}", repr(th, o)?);
            return Err(cannot(th, &text));
        }
        let own = th.getattr_opt_obj(o, &th.rt().names().__module__)?;
        let found = match own.filter(|m| !m.is_none()) {
            Some(m) => m,
            None => {
                for (k, m) in th.rt().modules().items() {
                    let main = k
                        .cast::<Str>()
                        .is_some_and(|s| s.eq_rust("__main__") || s.eq_rust("__mp_main__"));
                    if main || m.is_none() {
                        continue;
                    }
                    match attribute(th, &m, name) {
                        Ok(x) if x.is(o) => return Ok(k),
                        Ok(_) => {}
                        Err(e) if e.is(th, TypeId::AttributeError) => {}
                        Err(e) => return Err(e),
                    }
                }
                th.str("__main__")?
            }
        };
        let m = match module(th, &found) {
            Ok(m) => m,
            Err(e)
                if [TypeId::ImportError, TypeId::ValueError, TypeId::KeyError]
                    .iter()
                    .any(|id| e.is(th, *id)) =>
            {
                let why = th.to_str(e.obj())?.to_rust();
                let text = format!("Can't pickle {}: {why}", repr(th, o)?);
                return Err(cannot(th, &text));
            }
            Err(e) => return Err(e),
        };
        let place = format!("{}.{name}", th.str_text(&found));
        match attribute(th, &m, name) {
            Ok(x) if x.is(o) => Ok(found),
            Ok(_) => {
                let text = format!(
                    "Can't pickle {}: it's not the same object as {place}",
                    repr(th, o)?
                );
                Err(cannot(th, &text))
            }
            Err(e) if e.is(th, TypeId::AttributeError) => {
                let text = format!("Can't pickle {}: it's not found as {place}", repr(th, o)?);
                Err(cannot(th, &text))
            }
            Err(e) => Err(e),
        }
    }

    /// Writes an object by the name under which it is found.
    pub fn global(&mut self, o: &Obj, name: Option<&Obj>) -> Res<()> {
        let th = self.th;
        let n = th.rt().names();
        let name = match name {
            Some(s) => s.clone(),
            None => match th.getattr_opt_obj(o, &n.__qualname__)? {
                Some(q) => q,
                None => th.getattr_obj(o, &n.__name__)?,
            },
        };
        let Some(text) = name.cast::<Str>().map(|s| s.to_rust()) else {
            return Err(cannot(th, "a name that is no str cannot be pickled"));
        };
        let module = self.module_of(o, &text)?;
        if self.proto >= 2 && self.extension(&module, &name)? {
            return Ok(());
        }
        if self.proto >= 4 {
            self.save(&module)?;
            self.save(&name)?;
            self.out.op(op::STACK_GLOBAL);
            return self.memoize(o);
        }
        let mut path = text.split('.');
        let first = path.next().unwrap_or_default();
        let rest: Vec<&str> = path.collect();
        if rest.is_empty() {
            self.top_level(&module, &name)?;
            return self.memoize(o);
        }
        // `getattr(getattr(…, "a"), "b")`
        let getattr = state(th).getattr.get(th)?;
        for _ in &rest {
            self.save(&getattr)?;
            if self.proto < 2 {
                self.out.op(op::MARK);
            }
        }
        self.top_level(&module, &th.str(first)?)?;
        for part in rest {
            self.save(&th.intern(part))?;
            let tuple = if self.proto < 2 {
                op::TUPLE
            } else {
                op::TUPLE2
            };
            self.out.put(&[tuple, op::REDUCE]);
        }
        self.memoize(o)
    }

    /// Writes a name that `copyreg` has a number for; false: it has none.
    fn extension(&mut self, module: &Obj, name: &Obj) -> Res<bool> {
        let th = self.th;
        let registry = state(th).extension_registry.dict(th)?;
        if registry.is_empty() {
            return Ok(false);
        }
        let key = th.pair(module.clone(), name.clone())?;
        let Some(code) = registry.get_item(th, &key)? else {
            return Ok(false);
        };
        match th.int_like_i64(&code) {
            Some(n @ 1..=0xff) => self.out.op_with(op::EXT1, &[n as u8]),
            Some(n @ 1..=0xffff) => self.out.op_with(op::EXT2, &(n as u16).to_le_bytes()),
            Some(n @ 1..=0x7fff_ffff) => self.out.op_with(op::EXT4, &(n as u32).to_le_bytes()),
            _ => {
                let text = format!("extension code {} is out of range", repr(th, &code)?);
                return Err(th.runtime_error(text));
            }
        }
        Ok(true)
    }

    fn top_level(&mut self, module: &Obj, name: &Obj) -> Res<()> {
        let th = self.th;
        let (module, name) = match self.fix_imports {
            true => {
                let st = state(th);
                translated(th, &st.reverse_names, &st.reverse_imports, module, name)?
            }
            false => (module.clone(), name.clone()),
        };
        let mut line = vec![op::GLOBAL];
        for (o, what) in [(&module, "module"), (&name, "global")] {
            let s = th.text_of(o, "pickle: a name")?;
            // Names beyond ASCII are for protocol 3 and later ones.
            match s
                .to_rust_exact()
                .filter(|t| self.proto >= 3 || t.is_ascii())
            {
                Some(t) => line.extend_from_slice(t.as_bytes()),
                None => {
                    let text = format!(
                        "can't pickle {what} identifier {} using pickle protocol {}",
                        repr(th, o)?,
                        self.proto
                    );
                    return Err(cannot(th, &text));
                }
            }
            line.push(b'\n');
        }
        self.out.put(&line);
        Ok(())
    }
}
