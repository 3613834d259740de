//! Functions of an embedding host, as Python sees them.

use crate::modules::prelude::*;

/// What a host's function is: it gets the positional arguments.
pub type HostFn = Box<dyn Fn(&Thread, &[Obj]) -> Res + Send + Sync>;

/// Payload of a host's function.
struct Host {
    name: String,
    f: HostFn,
}
native!(Host, HostFunction, "host_function");

/// `host_function`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        call: Some(|th, o, args| {
            let h = this::<Host>(th, o)?;
            if !args.kwnames.is_empty() {
                return Err(th.type_error(format!("{}() takes no keyword arguments", h.name)));
            }
            let _deep = th.enter("while calling a host function")?;
            (h.f)(th, args.positional())
        }),
        repr: Some(|th, o| {
            let h = this::<Host>(th, o)?;
            th.str(&format!("<host function {}>", h.name))
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__name__", |th, o| th.str(&this::<Host>(th, o)?.name)),
        GetSetDef::ro("__qualname__", |th, o| th.str(&this::<Host>(th, o)?.name)),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::HostFunction, "host_function", Host::LAYOUT)
};

/// A function of the host.
pub fn function(th: &Thread, name: &str, f: HostFn) -> Obj {
    th.alloc(Host {
        name: name.to_owned(),
        f,
    })
    .into_obj()
}
