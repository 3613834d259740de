//! What a Rust host uses: a runtime that any number of the host's threads may enter at the same time.
//!
//! ```no_run
//! use threadsnake::embed::{Engine, Data};
//! let engine = Engine::new().unwrap();
//! engine.run("def double(x): return x * 2").unwrap();
//! let double = engine.get("double").unwrap();
//! let handles: Vec<_> = (0..8)
//!     .map(|i| {
//!         let double = double.clone();
//!         std::thread::spawn(move || double.call(&[Data::Int(i)]).unwrap().data().unwrap())
//!     })
//!     .collect();
//! for h in handles {
//!     println!("{:?}", h.join().unwrap());
//! }
//! ```
//!
//! A thread is attached for the time of a call and detached afterwards. Values ([`Object`]) are `Send + Sync`; a value
//! keeps its runtime alive, and may only be used with values of the same runtime.

mod data;

pub use crate::runtime::runtime::{Capabilities, JitMode, Options, StartError};
pub use data::Data;

use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::{Exc, Res};
use crate::runtime::runtime::Runtime;
use crate::runtime::thread::{self, Thread};
use std::mem::ManuallyDrop;
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
    /// The value has no counterpart in Rust.
    NotConvertible(String),
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

/// A Python object in the hands of the host.
pub struct Object {
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
    let traceback = th.describe(&e);
    Error::Python {
        class,
        message,
        traceback,
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

    /// Runs a program in the engine's namespace.
    pub fn run(&self, source: &str) -> Result<(), Error> {
        self.exec(source, "exec").map(drop)
    }

    /// The value of an expression.
    pub fn eval(&self, expression: &str) -> Result<Object, Error> {
        self.exec(expression, "eval")
    }

    fn exec(&self, source: &str, mode: &str) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            let go = || -> Res {
                let (src, name) = (th.str(source)?, th.str("<host>")?);
                let code = crate::interp::api::compile_source(th, &src, &name, mode, 0, -1)?;
                crate::interp::api::run_code(th, &code, &self.globals.o, &self.globals.o, None)
            };
            go().map(|o| Object::new(&self.rt, o))
                .map_err(|e| python(th, e))
        })?
    }

    /// The value bound to a name of the namespace.
    pub fn get(&self, name: &str) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            match self
                .globals
                .o
                .cast::<Dict>()
                .and_then(|d: &Py<Dict>| d.get_str(th, name))
            {
                Some(o) => Ok(Object::new(&self.rt, o)),
                None => Err(Error::NoSuchName(name.to_owned())),
            }
        })?
    }

    /// Binds a name of the namespace.
    pub fn set(&self, name: &str, value: &Data) -> Result<(), Error> {
        enter(&self.rt, |th| {
            let go = || -> Res<()> {
                let v = value.to_object(th)?;
                match self.globals.o.cast::<Dict>() {
                    Some(d) => d.set_str(th, name, v),
                    None => Ok(()),
                }
            };
            go().map_err(|e| python(th, e))
        })?
    }

    /// How often the runtime changed between mode Single and mode Multi.
    pub fn mode_switches(&self) -> u64 {
        self.rt.domain.switch_count()
    }
}

impl Object {
    fn new(rt: &Arc<Runtime>, o: Obj) -> Object {
        Object {
            o: ManuallyDrop::new(o),
            rt: ManuallyDrop::new(rt.clone()),
        }
    }

    /// Calls it with converted arguments.
    pub fn call(&self, args: &[Data]) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            let go = || -> Res {
                let args = args
                    .iter()
                    .map(|a| a.to_object(th))
                    .collect::<Res<Vec<_>>>()?;
                th.call(&self.o, &args)
            };
            go().map(|o| Object::new(&self.rt, o))
                .map_err(|e| python(th, e))
        })?
    }

    /// Calls it with objects, which are shared, not copied.
    pub fn call_objects(&self, args: &[&Object]) -> Result<Object, Error> {
        if args.iter().any(|a| !Arc::ptr_eq(&a.rt, &self.rt)) {
            return Err(Error::WrongRuntime);
        }
        enter(&self.rt, |th| {
            let args: Vec<Obj> = args.iter().map(|a| Obj::clone(&a.o)).collect();
            th.call(&self.o, &args)
                .map(|o| Object::new(&self.rt, o))
                .map_err(|e| python(th, e))
        })?
    }

    /// An attribute.
    pub fn attr(&self, name: &str) -> Result<Object, Error> {
        enter(&self.rt, |th| {
            th.getattr(&self.o, name)
                .map(|o| Object::new(&self.rt, o))
                .map_err(|e| python(th, e))
        })?
    }

    /// A copy as Rust data.
    pub fn data(&self) -> Result<Data, Error> {
        enter(&self.rt, |th| Data::from_object(th, &self.o))?
    }

    /// `repr`
    pub fn repr(&self) -> Result<String, Error> {
        enter(&self.rt, |th| {
            th.repr(&self.o)
                .map(|s| s.to_rust())
                .map_err(|e| python(th, e))
        })?
    }
}

impl Clone for Object {
    fn clone(&self) -> Object {
        match enter(&self.rt, |_| Object::new(&self.rt, Obj::clone(&self.o))) {
            Ok(o) => o,
            // No thread can be attached, so nothing can be counted either: share the immortal None.
            Err(_) => Object::new(&self.rt, Obj::NONE),
        }
    }
}

impl Drop for Object {
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
