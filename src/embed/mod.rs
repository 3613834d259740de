//! What a Rust host uses: a runtime that any number of the host's threads may enter at the same time.
//!
//! ```no_run
//! use threadsnake::embed::Engine;
//! let engine = Engine::new().unwrap();
//! engine.run("def double(x): return x * 2").unwrap();
//! let double = engine.get("double").unwrap();
//! let handles: Vec<_> = (0..8i64)
//!     .map(|i| {
//!         let double = double.clone();
//!         std::thread::spawn(move || double.call(&[i.into()]).unwrap().to::<i64>().unwrap())
//!     })
//!     .collect();
//! for h in handles {
//!     println!("{}", h.join().unwrap());
//! }
//! ```
//!
//! A thread is attached for the time of a call and detached afterwards; [`Engine::attached`] keeps it attached over
//! several calls. Values ([`Object`]) are `Send + Sync` and cheap to clone; a value keeps its runtime alive, and may only
//! be used with values of the same runtime.

mod convert;
mod data;

pub use crate::runtime::runtime::{Capabilities, JitMode, Options, StartError};
pub use convert::FromData;
pub use data::Data;

use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::{Exc, Res};
use crate::runtime::runtime::Runtime;
use crate::runtime::thread::{self, Thread};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use threadsnake_threads::sync::Arc;

/// Why a call of the host failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// Python raised.
    Python {
        /// Name of the exception's class.
        class: String,
        /// `str` of the exception.
        message: String,
        /// As Python prints it, traceback included.
        traceback: String,
    },
    /// There is no such name.
    NoSuchName(String),
    /// A value of another runtime was given.
    WrongRuntime,
    /// As many threads are attached as can be.
    TooManyThreads,
    /// The value has no counterpart in Rust, or not the one that was asked for.
    NotConvertible(String),
}

impl Error {
    /// An exception for a host's function to raise: of the built-in class of this name, or RuntimeError.
    pub fn raise(class: impl Into<String>, message: impl Into<String>) -> Error {
        Error::Python {
            class: class.into(),
            message: message.into(),
            traceback: String::new(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Python { class, message, .. } => write!(f, "{class}: {message}"),
            Error::NoSuchName(n) => write!(f, "name '{n}' is not defined"),
            Error::WrongRuntime => f.write_str("a value of another runtime was used"),
            Error::TooManyThreads => f.write_str("too many threads are attached to the runtime"),
            Error::NotConvertible(t) => write!(f, "a value of type '{t}' cannot be converted"),
        }
    }
}

impl std::error::Error for Error {}

/// A runtime with one namespace. Cheap to clone; clones are the same runtime.
#[derive(Clone)]
pub struct Engine {
    rt: Arc<Runtime>,
    globals: Object,
}

/// A Python object in the hands of the host. Clones are the same object.
#[derive(Clone)]
pub struct Object {
    held: Arc<Held>,
}

/// One count of an object, and the runtime that it lives in.
struct Held {
    o: ManuallyDrop<Obj>,
    rt: ManuallyDrop<Arc<Runtime>>,
}

/// Runs `f` on the calling thread inside `rt`: attached if it is not yet.
fn enter<R>(rt: &Arc<Runtime>, f: impl FnOnce(&Thread) -> R) -> Result<R, Error> {
    if let Some(th) = thread::try_current() {
        if Arc::ptr_eq(th.rt_arc(), rt) {
            return Ok(f(th));
        }
    }
    let th = Thread::attach(rt).map_err(|_| Error::TooManyThreads)?;
    Ok(f(&th))
}

fn python(th: &Thread, e: Exc) -> Error {
    let class = th.type_name(e.obj());
    let message = th.to_str(e.obj()).map(|s| s.to_rust()).unwrap_or_default();
    let traceback = crate::builtins::print_exception::format(th, e.obj());
    Error::Python {
        class,
        message,
        traceback,
    }
}

/// The exception that a host's error stands for.
fn exception(th: &Thread, e: Error) -> Exc {
    let (class, message) = match &e {
        Error::Python { class, message, .. } => (class.as_str(), message.clone()),
        Error::NoSuchName(_) => ("NameError", e.to_string()),
        Error::NotConvertible(_) | Error::WrongRuntime => ("TypeError", e.to_string()),
        Error::TooManyThreads => ("RuntimeError", e.to_string()),
    };
    let make = || -> Res {
        let builtins = th.rt().builtins();
        let base = th.ty(crate::object::type_ids::TypeId::BaseException);
        let found = builtins.get_str(th, class).filter(|c| {
            c.cast::<crate::object::types::Type>()
                .is_some_and(|t| t.is_subtype_of(base))
        });
        match found {
            Some(c) => th.call(&c, &[th.str(&message)?]),
            None => Err(th.runtime_error(&message)),
        }
    };
    match make() {
        Ok(o) => crate::modules::prelude::raise(th, &o),
        Err(e) => e,
    }
}

impl Engine {
    /// A runtime without capabilities: its scripts reach no file, network, process, clock or environment.
    pub fn new() -> Result<Engine, StartError> {
        Engine::with_options(Options::default())
    }

    /// A runtime with these options.
    pub fn with_options(options: Options) -> Result<Engine, StartError> {
        let rt = Runtime::new(options)?;
        let made = enter(&rt, |th| -> Res<Obj> {
            let d = th.new_dict()?;
            d.set_str(th, "__name__", th.intern("__main__"))?;
            Ok(d.into_obj())
        });
        match made {
            Ok(Ok(d)) => {
                let globals = Object::new(&rt, d);
                Ok(Engine { rt, globals })
            }
            Ok(Err(_)) => Err(StartError::OutOfMemory),
            Err(_) => Err(StartError::TooManyThreads),
        }
    }

    /// Keeps the calling thread attached while `f` runs, so that calls in it need not attach and detach. While `f` does
    /// something else for long, collections and the like wait for it.
    pub fn attached<R>(&self, f: impl FnOnce() -> R) -> Result<R, Error> {
        enter(&self.rt, |_| f())
    }

    /// Runs a program in the engine's namespace.
    pub fn run(&self, source: &str) -> Result<(), Error> {
        self.exec(source, "<host>", "exec").map(drop)
    }

    /// Runs a program in the engine's namespace; tracebacks name this file.
    pub fn run_named(&self, source: &str, filename: &str) -> Result<(), Error> {
        self.exec(source, filename, "exec").map(drop)
    }

    /// The value of an expression.
    pub fn eval(&self, expression: &str) -> Result<Object, Error> {
        self.exec(expression, "<host>", "eval")
    }

    fn exec(&self, source: &str, filename: &str, mode: &str) -> Result<Object, Error> {
        self.within(|th, globals| {
            let (src, name) = (th.str(source)?, th.str(filename)?);
            let code = crate::interp::api::compile_source(th, &src, &name, mode, 0, -1)?;
            let globals = globals.obj();
            crate::interp::api::run_code(th, &code, globals, globals, None)
        })
    }

    /// Runs `f` inside the runtime with its namespace.
    fn within(&self, f: impl FnOnce(&Thread, &Py<Dict>) -> Res) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            let Some(globals) = self.globals.obj().cast::<Dict>() else {
                return Err(Error::NotConvertible("dict".into()));
            };
            f(th, globals)
                .map(|o| Object::new(&self.rt, o))
                .map_err(|e| python(th, e))
        })?
    }

    /// The value bound to a name of the namespace.
    pub fn get(&self, name: &str) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            let found = self.globals.obj().cast::<Dict>();
            match found.and_then(|d: &Py<Dict>| d.get_str(th, name)) {
                Some(o) => Ok(Object::new(&self.rt, o)),
                None => Err(Error::NoSuchName(name.to_owned())),
            }
        })?
    }

    /// Binds a name of the namespace to a new object of this content.
    pub fn set(&self, name: &str, value: impl Into<Data>) -> Result<(), Error> {
        let value = value.into();
        self.within(|th, globals| {
            globals.set_str(th, name, value.to_object(th)?)?;
            Ok(Obj::NONE)
        })
        .map(drop)
    }

    /// Binds a name of the namespace to an object, which is shared, not copied.
    pub fn set_object(&self, name: &str, value: &Object) -> Result<(), Error> {
        if !Arc::ptr_eq(&value.held.rt, &self.rt) {
            return Err(Error::WrongRuntime);
        }
        self.within(|th, globals| {
            globals.set_str(th, name, value.obj().clone())?;
            Ok(Obj::NONE)
        })
        .map(drop)
    }

    /// Binds a name of the namespace to a function of the host. Any thread may call it, several at once; it may use the
    /// engine in turn. A panic in it becomes a RuntimeError.
    pub fn set_function(
        &self,
        name: &str,
        f: impl Fn(&[Object]) -> Result<Data, Error> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let host = move |th: &Thread, args: &[Obj]| -> Res {
            let rt = th.rt_arc();
            let args: Vec<Object> = args.iter().map(|o| Object::new(rt, o.clone())).collect();
            match catch_unwind(AssertUnwindSafe(|| f(&args))) {
                Ok(Ok(data)) => data.to_object(th),
                Ok(Err(e)) => Err(exception(th, e)),
                Err(_) => Err(th.runtime_error("a function of the host panicked")),
            }
        };
        self.within(|th, globals| {
            let o = crate::builtins::host::function(th, name, Box::new(host));
            globals.set_str(th, name, o)?;
            Ok(Obj::NONE)
        })
        .map(drop)
    }

    /// Pieces of compiled code that were invalidated, and exits from compiled code, so far.
    pub fn compiled(&self) -> (u64, u64) {
        self.rt.jit().figures()
    }

    /// How often the runtime changed between mode Single and mode Multi.
    pub fn mode_switches(&self) -> u64 {
        self.rt.domain.switch_count()
    }
}

impl Object {
    fn new(rt: &Arc<Runtime>, o: Obj) -> Object {
        Object {
            held: Arc::new(Held {
                o: ManuallyDrop::new(o),
                rt: ManuallyDrop::new(rt.clone()),
            }),
        }
    }
    fn obj(&self) -> &Obj {
        &self.held.o
    }
    fn within<R>(&self, f: impl FnOnce(&Thread, &Obj) -> Res<R>) -> Result<R, Error> {
        enter(&self.held.rt, |th| {
            f(th, self.obj()).map_err(|e| python(th, e))
        })?
    }
    fn make(&self, f: impl FnOnce(&Thread, &Obj) -> Res) -> Result<Object, Error> {
        self.within(|th, o| f(th, o).map(|r| Object::new(&self.held.rt, r)))
    }

    /// Calls it with converted arguments.
    pub fn call(&self, args: &[Data]) -> Result<Object, Error> {
        self.make(|th, o| {
            let args = args
                .iter()
                .map(|a| a.to_object(th))
                .collect::<Res<Vec<_>>>()?;
            th.call(o, &args)
        })
    }

    /// Calls it with objects, which are shared, not copied.
    pub fn call_objects(&self, args: &[&Object]) -> Result<Object, Error> {
        if args.iter().any(|a| !Arc::ptr_eq(&a.held.rt, &self.held.rt)) {
            return Err(Error::WrongRuntime);
        }
        self.make(|th, o| {
            let args: Vec<Obj> = args.iter().map(|a| a.obj().clone()).collect();
            th.call(o, &args)
        })
    }

    /// Calls a method with converted arguments.
    pub fn call_method(&self, name: &str, args: &[Data]) -> Result<Object, Error> {
        self.make(|th, o| {
            let args = args
                .iter()
                .map(|a| a.to_object(th))
                .collect::<Res<Vec<_>>>()?;
            th.call_method(o, name, &args)
        })
    }

    /// An attribute.
    pub fn attr(&self, name: &str) -> Result<Object, Error> {
        self.make(|th, o| th.getattr(o, name))
    }

    /// A copy as Rust data.
    pub fn data(&self) -> Result<Data, Error> {
        enter(&self.held.rt, |th| Data::from_object(th, self.obj()))?
    }

    /// A copy as a Rust value of a type that is asked for.
    pub fn to<T: FromData>(&self) -> Result<T, Error> {
        T::from_data(self.data()?)
    }

    /// `repr`
    pub fn repr(&self) -> Result<String, Error> {
        self.within(|th, o| th.repr(o).map(|s| s.to_rust()))
    }

    /// Whether two are the same object.
    pub fn is(&self, other: &Object) -> bool {
        Arc::ptr_eq(&self.held.rt, &other.held.rt) && self.obj().is(other.obj())
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.repr() {
            Ok(r) => write!(f, "Object({r})"),
            Err(e) => write!(f, "Object({e})"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: taken once, here.
        let (o, rt) = unsafe {
            (
                ManuallyDrop::take(&mut self.o),
                ManuallyDrop::take(&mut self.rt),
            )
        };
        let mut o = Some(o);
        if enter(&rt, |_| drop(o.take())).is_err() {
            // It stays counted: its memory goes with the runtime.
            std::mem::forget(o);
        }
    }
}
