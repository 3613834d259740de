//! The optimiser: passes over the IR, each in its file, each verified after it runs when `Options::check` is on.
//!
//! The order: fold and join first, so that the rest sees little; peel loops, so that what the first iteration has
//! established is known in the loop; unbox what loops carry; then ranges, and objects that need not exist. Counts
//! go as early as possible: one that stays may run Python, and after that nothing about memory is known.

pub mod escape;
pub mod fold;
pub mod gvn;
pub mod loops;
pub mod memory;
pub mod range;
pub mod refcount;
pub mod rules;
pub mod tidy;
pub mod unbox;

use crate::compile::CompileError;
use crate::ir::{Func, verify};
use crate::options::{Mode, Options};
use rules::RuleSet;

/// Runs the passes; with `Options::dump` keeps the text after each that changed something.
///
/// # Errors
/// With `Options::check`, a pass that made the function ill-formed.
pub fn optimise(
    f: &mut Func,
    mode: Mode,
    opts: &Options,
    dumps: &mut Vec<(&'static str, String)>,
) -> Result<(), CompileError> {
    let mut p = Pipeline {
        f,
        mode,
        opts,
        dumps,
        rules: RuleSet::get(),
    };
    p.start();
    p.simplify()?;
    if opts.passes.peel && p.pass("peel", |f, _, _| loops::peel(f))? {
        p.simplify()?;
    }
    for round in 0..3 {
        let (mut changed, mut unmade) = (false, false);
        if opts.passes.unbox {
            changed |= p.pass("unbox", |f, _, _| unbox::run(f))?;
        }
        if opts.passes.escape {
            unmade = p.pass("escape", |f, _, _| escape::run(f))?;
            changed |= unmade;
        }
        if changed {
            p.simplify()?;
        }
        if opts.passes.range {
            changed |= p.pass("range", |f, _, _| range::run(f))?;
        }
        if !changed {
            break;
        }
        p.simplify()?;
        // A third time only for what was in objects and can be unboxed now.
        if round == 1 && !unmade {
            break;
        }
    }
    if opts.passes.licm {
        p.pass("hoist", |f, _, _| loops::hoist(f))?;
    }
    p.pass("tidy", |f, _, _| tidy::run(f))?;
    Ok(())
}

struct Pipeline<'a> {
    f: &'a mut Func,
    mode: Mode,
    opts: &'a Options,
    dumps: &'a mut Vec<(&'static str, String)>,
    rules: &'static RuleSet,
}

impl Pipeline<'_> {
    fn start(&mut self) {
        if self.opts.dump {
            self.dumps.push(("recorded", self.f.to_string()));
        }
    }

    fn pass(
        &mut self,
        name: &'static str,
        run: impl FnOnce(&mut Func, Mode, &RuleSet) -> bool,
    ) -> Result<bool, CompileError> {
        let changed = run(self.f, self.mode, self.rules);
        if self.opts.check {
            verify(self.f).map_err(|e| CompileError::Invalid(name, e))?;
        }
        if self.opts.dump && changed {
            self.dumps.push((name, self.f.to_string()));
        }
        Ok(changed)
    }

    /// Fold, join, forward, tidy: until little changes.
    fn simplify(&mut self) -> Result<(), CompileError> {
        let passes = self.opts.passes;
        for _ in 0..3 {
            let mut changed = false;
            if passes.fold {
                changed |= self.pass("fold", |f, _, r| fold::run(f, r))?;
            }
            if passes.gvn {
                changed |= self.pass("join", |f, _, _| gvn::run(f, passes.guards))?;
            }
            if passes.memory {
                changed |= self.pass("memory", |f, m, _| memory::run(f, m))?;
            }
            if passes.refcount {
                changed |= self.pass("refcount", |f, m, _| refcount::run(f, m))?;
            }
            if passes.fold || passes.gvn {
                changed |= self.pass("tidy", |f, _, _| tidy::run(f))?;
            }
            if !changed {
                break;
            }
        }
        self.f.compact();
        Ok(())
    }
}
