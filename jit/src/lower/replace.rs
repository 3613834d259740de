//! Calls of helpers that mostly replace a word: what they mostly do, in line.

use super::Lower;
use super::lir::{Class, LInst, Place, Replacing};
use crate::ir::{InstData, Op, Replace};
use crate::options::Mode;

impl Lower<'_> {
    /// Whether the call could be done so, and was.
    pub(super) fn replace(&mut self, d: &InstData) -> bool {
        let Some(helper) = d.helper else { return false };
        let what = self.f.helpers[helper.index()].replaces;
        let possible = self.mode == Mode::Multi && self.opts.layout.own_lock.is_some();
        let (Some(what), true, None, Some(result)) = (what, possible, d.snap, d.result) else {
            return false;
        };
        let [_, object, place, new] = d.args[..] else {
            return false;
        };
        let immediate = match self.f.as_const(new) {
            _ if matches!(what, Replace::Number { .. }) => true,
            Some(bits) => !crate::ir::boxed::is_obj(bits),
            None => self
                .f
                .def(new)
                .is_some_and(|d| matches!(d.op, Op::BoxInt | Op::BoxFloat | Op::BoxBool)),
        };
        // The number of an item becomes part of a displacement.
        let large = match what {
            Replace::Slot { .. } | Replace::Add { .. } => None,
            Replace::Item { .. } | Replace::Number { .. } => Some(1 << 27),
        };
        let place = match self.f.as_const(place) {
            Some(bits) if large.is_none_or(|n| bits < n) => Place::Const(bits),
            _ => Place::Reg(self.use_reg(place)),
        };
        let (obj, new) = (self.use_reg(object), self.use_reg(new));
        let scratch = self.new_reg(Class::Int);
        let old = self.reg(result);
        self.current.push(LInst::Replace(Replacing {
            what,
            old,
            scratch,
            obj,
            place,
            new,
            tagged: !immediate,
            helper: helper.0,
        }));
        true
    }
}
