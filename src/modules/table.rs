//! The one list of native modules. Each is one file; its definition is named here and nowhere else.

use crate::object::def::ModuleDef;

/// Every native module's definition.
pub static MODULES: &[&ModuleDef] = &[];
