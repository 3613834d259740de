//! What of `zoneinfo` prints otherwise in Python: in CPython the class is native, and its name has the module in it.

use crate::builtins::start::method_object;
use crate::modules::prelude::*;

/// Puts the method into the library's class.
pub static MODULE: ModuleDef = ModuleDef {
    init: Some(|th, m| {
        let class = th.getattr(m.obj(), "ZoneInfo")?;
        match class.cast::<Type>() {
            Some(t) => th.setattr(&class, REPR.name, method_object(th, &REPR, t)?),
            None => Ok(()),
        }
    }),
    ..ModuleDef::new("zoneinfo._zoneinfo")
};

static REPR: MethodDef = MethodDef::new("__repr__", "($self, /)", |th, a| {
    let zone = a.get(0);
    let class = th.type_of(zone).obj();
    let mut name = th.str_text(&th.getattr(class, "__name__")?);
    if th.str_text(&th.getattr(class, "__module__")?) == "zoneinfo" {
        name.insert_str(0, "zoneinfo.");
    }
    let key = th.getattr(zone, "_key")?;
    if key.is_none() {
        let file = th.getattr(zone, "_file_repr")?;
        return th.str(&format!("{name}.from_file({})", th.str_text(&file)));
    }
    let key = th.repr(&key)?;
    th.str(&format!("{name}(key={})", th.str_text(key.obj())))
});
