//! Python exceptions as Rust values, and the shorthands that make them.

use super::thread::Thread;
use crate::object::exception::BaseException;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};

/// A Python exception on its way to whoever handles it. Dropping it means that it was handled.
pub struct Exc(pub Py<BaseException>);

/// The result of anything that may raise.
pub type Res<T = Obj> = Result<T, Exc>;

impl Exc {
    /// The exception object.
    #[inline]
    pub fn obj(&self) -> &Obj {
        self.0.obj()
    }
    /// The exception object, owned.
    pub fn into_obj(self) -> Obj {
        self.0.into_obj()
    }
    /// Whether it is an instance of the built-in exception `id` or of a class that derives from it.
    pub fn is(&self, th: &Thread, id: TypeId) -> bool {
        th.type_of(self.obj()).is_subtype_of(th.ty(id))
    }
}

impl std::fmt::Debug for Exc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exc({:?})", self.obj())
    }
}

macro_rules! shorthands {
    ($($name:ident $id:ident),* $(,)?) => {
        impl Thread {
            $(
                #[doc = concat!("A `", stringify!($id), "` with this message.")]
                #[cold]
                pub fn $name(&self, msg: impl AsRef<str>) -> Exc {
                    self.err(TypeId::$id, msg)
                }
            )*
        }
    };
}

shorthands! {
    type_error TypeError, value_error ValueError, index_error IndexError, overflow_error OverflowError,
    runtime_error RuntimeError, system_error SystemError, zero_division ZeroDivisionError,
    not_implemented_error NotImplementedError, recursion_error RecursionError, buffer_error BufferError,
    lookup_error LookupError, import_error_plain ImportError, eof_error EOFError, syntax_error_plain SyntaxError,
    reference_error ReferenceError, assertion_error AssertionError,
}

impl Thread {
    /// An exception of a built-in class with one message.
    #[cold]
    pub fn err(&self, id: TypeId, msg: impl AsRef<str>) -> Exc {
        match self.str(msg.as_ref()) {
            Ok(s) => self.err_obj(id, &[s]),
            Err(e) => e,
        }
    }

    /// An exception of a built-in class with these arguments; the fields that the class derives from its arguments
    /// (`value`, `code`, `errno`, …) are filled as its `__init__` would.
    #[cold]
    pub fn err_obj(&self, id: TypeId, args: &[Obj]) -> Exc {
        let tuple = match self.tuple(args.to_vec()) {
            Ok(t) => t,
            Err(e) => return e,
        };
        self.new_exception(id, tuple)
    }

    /// The exception itself, its `args` given.
    #[cold]
    pub fn new_exception(&self, id: TypeId, args: Obj) -> Exc {
        let payload = BaseException::with_args(args.clone());
        let shape = id.root_shape();
        // SAFETY: the root shape of every built-in exception has the layout of BaseException.
        let e: Py<BaseException> = unsafe { self.alloc_shape(shape, payload) };
        if let Some(t) = args.exact::<crate::object::tuple::Tuple>() {
            e.fill_from_args(self, id, t.items());
        }
        Exc(e)
    }

    /// `KeyError(key)`
    #[cold]
    pub fn key_error(&self, key: &Obj) -> Exc {
        self.err_obj(TypeId::KeyError, std::slice::from_ref(key))
    }
    /// A preallocated-size `MemoryError()`.
    #[cold]
    pub fn memory_error(&self) -> Exc {
        self.new_exception(TypeId::MemoryError, self.empty_tuple())
    }
    /// `StopIteration(value)`
    #[cold]
    pub fn stop_iteration(&self, value: Option<Obj>) -> Exc {
        match value {
            Some(v) => self.err_obj(TypeId::StopIteration, &[v]),
            None => self.err_obj(TypeId::StopIteration, &[]),
        }
    }
    /// An `AttributeError` with a message, `name` and `obj` filled in.
    #[cold]
    pub fn attribute_error_on(&self, obj: &Obj, name: &Obj, msg: impl AsRef<str>) -> Exc {
        let e = self.err(TypeId::AttributeError, msg);
        e.0.extra[0].set(self, Some(name.clone()));
        e.0.extra[1].set(self, Some(obj.clone()));
        e
    }
    /// A plain `AttributeError`.
    #[cold]
    pub fn attribute_error(&self, msg: impl AsRef<str>) -> Exc {
        self.err(TypeId::AttributeError, msg)
    }
    /// `AttributeError: 'T' object has no attribute 'name'`
    #[cold]
    pub fn no_attribute(&self, obj: &Obj, name: &Obj) -> Exc {
        let msg = match obj.cast::<crate::object::types::Type>() {
            Some(t) => format!(
                "type object '{}' has no attribute '{}'",
                t.name_text(),
                self.str_text(name)
            ),
            None => format!(
                "'{}' object has no attribute '{}'",
                self.type_name_full(obj),
                self.str_text(name)
            ),
        };
        self.attribute_error_on(obj, name, msg)
    }
    /// A `NameError` with its `name`.
    #[cold]
    pub fn name_error(&self, name: &Obj) -> Exc {
        let e = self.err(
            TypeId::NameError,
            format!("name '{}' is not defined", self.str_text(name)),
        );
        e.0.extra[0].set(self, Some(name.clone()));
        e
    }
    /// An `ImportError` (or `ModuleNotFoundError`) about a module.
    #[cold]
    pub fn import_error(
        &self,
        id: TypeId,
        msg: impl AsRef<str>,
        name: Option<Obj>,
        path: Option<Obj>,
    ) -> Exc {
        let e = self.err(id, msg);
        e.0.extra[0].set(self, name);
        e.0.extra[1].set(self, path);
        e
    }
    /// The subclass of `OSError` that stands for `errno`, with the system's message.
    #[cold]
    pub fn os_error(&self, errno: i32, filename: Option<&Obj>) -> Exc {
        let text = errno_text(errno);
        let mut args = vec![Obj::small_int(errno as i64)];
        match self.str(&text) {
            Ok(s) => args.push(s),
            Err(e) => return e,
        }
        if let Some(f) = filename {
            args.push(f.clone());
        }
        self.err_obj(errno_class(errno), &args)
    }
    /// `os_error` of a failed `std::io` call.
    #[cold]
    pub fn io_error(&self, e: &std::io::Error, filename: Option<&Obj>) -> Exc {
        match e.raw_os_error() {
            Some(n) => self.os_error(n, filename),
            None => self.err(TypeId::OSError, e.to_string()),
        }
    }
}

/// The exception class of an errno (PEP 3151).
pub fn errno_class(errno: i32) -> TypeId {
    match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => TypeId::BlockingIOError,
        libc::ECHILD => TypeId::ChildProcessError,
        libc::EPIPE | libc::ESHUTDOWN => TypeId::BrokenPipeError,
        libc::ECONNABORTED => TypeId::ConnectionAbortedError,
        libc::ECONNREFUSED => TypeId::ConnectionRefusedError,
        libc::ECONNRESET => TypeId::ConnectionResetError,
        libc::EEXIST => TypeId::FileExistsError,
        libc::ENOENT => TypeId::FileNotFoundError,
        libc::EINTR => TypeId::InterruptedError,
        libc::EISDIR => TypeId::IsADirectoryError,
        libc::ENOTDIR => TypeId::NotADirectoryError,
        libc::EACCES | libc::EPERM => TypeId::PermissionError,
        libc::ESRCH => TypeId::ProcessLookupError,
        libc::ETIMEDOUT => TypeId::TimeoutError,
        _ => TypeId::OSError,
    }
}

/// `strerror`
pub fn errno_text(errno: i32) -> String {
    let s = std::io::Error::from_raw_os_error(errno).to_string();
    match s.rfind(" (os error") {
        Some(i) => s[..i].to_owned(),
        None => s,
    }
}
