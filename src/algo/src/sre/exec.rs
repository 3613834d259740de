//! Execution: one attempt to match at one place.
//!
//! The stack holds choices (where to go on after a failure) and undo records (what to put back on the way there).
//! Sub-matches (look-around, atomic groups, possessive loops) push a barrier; when one succeeds, the choices above its
//! barrier go and the undo records stay, so that a later failure still restores the marks it set.
//! An empty stack means that nobody can come back, so nothing needs to be recorded.

use super::compile::{Greed, Inst, Next, One, Program, Sub, below};
use super::set::{Fold, plain_word, unicode_word};
use super::{Abort, POLL_INTERVAL, State, UNSET};
use crate::text::Unit;

/// State of one loop: iterations done (from -1) and where the last began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    count: u32,
    last: usize,
}

const NO_ITERATION: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry {
    Choice {
        pc: u32,
        pos: usize,
    },
    UndoMark {
        mark: u32,
        last_index: u32,
        old: usize,
    },
    UndoSlot {
        slot: u32,
        old: Slot,
    },
    /// A greedy repeat at `pc` that can give back, down to `low`.
    GiveBack {
        pc: u32,
        low: usize,
        pos: usize,
    },
    /// A lazy repeat at `pc` that can take `left` more.
    TakeMore {
        pc: u32,
        left: u32,
        pos: usize,
    },
    /// A lazy loop that can iterate again.
    Again {
        pc: u32,
        pos: usize,
    },
    Barrier {
        pc: u32,
        pos: usize,
    },
}

pub(super) struct Run<'r, U> {
    pub(super) program: &'r Program,
    pub(super) text: &'r [U],
    pub(super) full: bool,
    /// Where an empty match may not end.
    pub(super) not_at: usize,
    pub(super) max_stack: usize,
    pub(super) steps: u32,
    pub(super) poll: &'r mut dyn FnMut() -> bool,
}

impl<U: Unit> Run<'_, U> {
    #[inline]
    pub(super) fn spend(&mut self, n: usize) -> Result<(), Abort> {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        if let Some(left) = self.steps.checked_sub(n) {
            self.steps = left;
            return Ok(());
        }
        self.steps = POLL_INTERVAL;
        if (self.poll)() {
            Ok(())
        } else {
            Err(Abort::Interrupted)
        }
    }

    #[inline(always)]
    fn push(&self, state: &mut State, e: Entry) -> Result<(), Abort> {
        if state.stack.len() >= self.max_stack {
            return Err(Abort::Memory);
        }
        state.stack.push(e);
        Ok(())
    }

    /// How many characters from `pos` pass a test, at most `max`.
    #[inline]
    fn count(&self, one: One, pos: usize, max: u32) -> usize {
        let rest = &self.text[pos..];
        let rest = if (max as usize) < rest.len() {
            &rest[..max as usize]
        } else {
            rest
        };
        let until = |c: u32| {
            U::from_cp(c)
                .and_then(|u| U::position(rest, u))
                .unwrap_or(rest.len())
        };
        match one {
            One::AnyAll => rest.len(),
            One::Any => until(10),
            One::NotLiteral(c) => until(c),
            One::Literal(c) => match U::from_cp(c) {
                Some(u) => rest.iter().take_while(|&&x| x == u).count(),
                None => 0,
            },
            One::Set(s) => {
                let set = &self.program.sets[s as usize];
                rest.iter().take_while(|x| set.has(x.cp())).count()
            }
        }
    }

    #[inline(always)]
    fn next_ok(&self, next: Next, pos: usize) -> bool {
        match next {
            Next::Unknown => true,
            Next::Literal(c) => self.text.get(pos).is_some_and(|x| x.cp() == c),
            Next::Set(s) => self
                .text
                .get(pos)
                .is_some_and(|x| self.program.sets[s as usize].has(x.cp())),
        }
    }

    /// The highest place from `low` to `pos` where what follows can begin.
    #[inline]
    fn last_place(&self, next: Next, low: usize, pos: usize) -> Option<usize> {
        match next {
            Next::Unknown => Some(pos),
            Next::Literal(c) => {
                let end = (pos + 1).min(self.text.len());
                let unit = U::from_cp(c)?;
                U::rposition(self.text.get(low..end)?, unit).map(|i| low + i)
            }
            Next::Set(_) => (low..=pos).rev().find(|&p| self.next_ok(next, p)),
        }
    }

    fn at(&self, code: u32, pos: usize) -> bool {
        let text = self.text;
        let boundary = |word: fn(u32) -> bool| {
            if text.is_empty() {
                return None;
            }
            let before = pos > 0 && word(text[pos - 1].cp());
            let after = pos < text.len() && word(text[pos].cp());
            Some(before != after)
        };
        match code {
            0 | 2 => pos == 0,
            1 => pos == 0 || text[pos - 1].cp() == 10,
            3 | 8 => boundary(plain_word).unwrap_or(false),
            4 | 9 => boundary(plain_word).is_none_or(|b| !b),
            5 => pos == text.len() || (pos + 1 == text.len() && text[pos].cp() == 10),
            6 => pos == text.len() || text[pos].cp() == 10,
            7 => pos == text.len(),
            10 => boundary(unicode_word).unwrap_or(false),
            _ => boundary(unicode_word).is_none_or(|b| !b),
        }
    }

    #[inline]
    fn set_mark(&self, state: &mut State, m: u32, pos: usize) -> Result<(), Abort> {
        let old = state.marks[m as usize];
        if !state.stack.is_empty() {
            self.push(
                state,
                Entry::UndoMark {
                    mark: m,
                    last_index: state.last_index as u32,
                    old,
                },
            )?;
        }
        state.marks[m as usize] = pos;
        if m & 1 == 1 {
            state.last_index = (m / 2 + 1) as usize;
        }
        Ok(())
    }

    #[inline]
    fn set_slot(&self, state: &mut State, slot: u32, new: Slot) -> Result<(), Abort> {
        let old = state.slots[slot as usize];
        if !state.stack.is_empty() {
            self.push(state, Entry::UndoSlot { slot, old })?;
        }
        state.slots[slot as usize] = new;
        Ok(())
    }

    /// Removes the choices above the innermost barrier and the barrier; keeps undo records. Gives the barrier's place.
    fn cut(&self, state: &mut State) -> usize {
        let Some(at) = state.barriers.pop() else {
            return 0;
        };
        let pos = match state.stack[at] {
            Entry::Barrier { pos, .. } => pos,
            _ => 0,
        };
        let mut keep = at;
        if at > 0 {
            for i in at + 1..state.stack.len() {
                let e = state.stack[i];
                if matches!(e, Entry::UndoMark { .. } | Entry::UndoSlot { .. }) {
                    state.stack[keep] = e;
                    keep += 1;
                }
            }
        }
        state.stack.truncate(keep);
        pos
    }

    fn group_matches(&self, state: &State, group: u32, fold: Fold, pos: usize) -> Option<usize> {
        let (a, b) = (
            state.marks[2 * group as usize],
            state.marks[2 * group as usize + 1],
        );
        if a == UNSET || b == UNSET || b < a {
            return None;
        }
        let there = self.text.get(pos..pos + (b - a))?;
        let same = match fold {
            Fold::None => there == &self.text[a..b],
            _ => there
                .iter()
                .zip(&self.text[a..b])
                .all(|(x, y)| fold.lower(x.cp()) == fold.lower(y.cp())),
        };
        same.then_some(pos + (b - a))
    }

    /// Matches at `pos`; the end of the match, if there is one.
    pub(super) fn attempt(
        &mut self,
        state: &mut State,
        start: usize,
    ) -> Result<Option<usize>, Abort> {
        let program = self.program;
        let text = self.text;
        state.stack.clear();
        state.barriers.clear();
        state.marks.fill(UNSET);
        state.last_index = 0;
        let mut pc = 0usize;
        let mut pos = start;
        'go: loop {
            // Straight on while things match; `break` is a failure.
            loop {
                match program.code[pc] {
                    Inst::Fail => break,
                    Inst::Success => {
                        if (self.full && pos != text.len()) || pos == self.not_at {
                            break;
                        }
                        return Ok(Some(pos));
                    }
                    Inst::One(one) => {
                        if pos >= text.len() || !program.test(one, text[pos].cp()) {
                            break;
                        }
                        pos += 1;
                        pc += 1;
                    }
                    Inst::Text { start, len } => {
                        let want = &program.chars[start as usize..(start + len) as usize];
                        let Some(have) = text.get(pos..pos + want.len()) else {
                            break;
                        };
                        if !have.iter().zip(want).all(|(a, b)| a.cp() == *b) {
                            break;
                        }
                        pos += want.len();
                        pc += 1;
                    }
                    Inst::At(code) => {
                        if !self.at(code, pos) {
                            break;
                        }
                        pc += 1;
                    }
                    Inst::Mark(m) => {
                        self.set_mark(state, m, pos)?;
                        pc += 1;
                    }
                    Inst::Jump(to) => pc = to as usize,
                    Inst::Alt { .. } => match self.choose(pc, pos) {
                        None => break,
                        Some((body, None)) => pc = body,
                        Some((body, Some(next))) => {
                            self.push(
                                state,
                                Entry::Choice {
                                    pc: next as u32,
                                    pos,
                                },
                            )?;
                            pc = body;
                        }
                    },
                    Inst::GroupRef { group, fold } => {
                        match self.group_matches(state, group, fold, pos) {
                            Some(p) => {
                                pos = p;
                                pc += 1;
                            }
                            None => break,
                        }
                    }
                    Inst::GroupExists { group, otherwise } => {
                        let set = state.group(group as usize + 1).is_some_and(|(a, b)| a <= b);
                        pc = if set { pc + 1 } else { otherwise as usize };
                    }
                    Inst::RepeatOne {
                        one,
                        min,
                        max,
                        greed,
                        next,
                    } => {
                        if greed == Greed::Min {
                            let n = self.count(one, pos, min);
                            if n < min as usize {
                                break;
                            }
                            let left = if max == u32::MAX { max } else { max - min };
                            match self.take_until(one, next, pos + n, left)? {
                                None => break,
                                Some((p, left)) => {
                                    pos = p;
                                    if left > 0 {
                                        self.push(
                                            state,
                                            Entry::TakeMore {
                                                pc: pc as u32,
                                                left,
                                                pos,
                                            },
                                        )?;
                                    }
                                }
                            }
                        } else {
                            let n = self.count(one, pos, max);
                            if n < min as usize {
                                break;
                            }
                            if n >= 32 {
                                self.spend(n / 32)?;
                            }
                            let low = pos + min as usize;
                            pos += n;
                            if greed == Greed::Max && pos > low {
                                match self.last_place(next, low, pos) {
                                    None => break,
                                    Some(p) => pos = p,
                                }
                                if pos > low {
                                    self.push(
                                        state,
                                        Entry::GiveBack {
                                            pc: pc as u32,
                                            low,
                                            pos,
                                        },
                                    )?;
                                }
                            }
                        }
                        pc += 1;
                    }
                    Inst::Repeat { slot, until } => {
                        self.set_slot(
                            state,
                            slot,
                            Slot {
                                count: NO_ITERATION,
                                last: UNSET,
                            },
                        )?;
                        pc = until as usize;
                    }
                    Inst::Until {
                        slot,
                        min,
                        max,
                        body,
                        greed,
                    } => {
                        self.spend(1)?;
                        let s = state.slots[slot as usize];
                        let count = s.count.wrapping_add(1);
                        if count < min {
                            self.set_slot(
                                state,
                                slot,
                                Slot {
                                    count,
                                    last: s.last,
                                },
                            )?;
                            pc = body as usize;
                        } else if greed == Greed::Min {
                            self.push(state, Entry::Again { pc: pc as u32, pos })?;
                            pc += 1;
                        } else if below(count, max) && pos != s.last {
                            self.push(
                                state,
                                Entry::Choice {
                                    pc: pc as u32 + 1,
                                    pos,
                                },
                            )?;
                            self.set_slot(state, slot, Slot { count, last: pos })?;
                            pc = body as usize;
                        } else {
                            pc += 1;
                        }
                    }
                    Inst::Begin { kind, back, end } => {
                        let Some(from) = pos.checked_sub(back as usize) else {
                            // Too near the beginning to look behind.
                            if kind == Sub::AssertNot {
                                pc = end as usize;
                                continue;
                            }
                            break;
                        };
                        state.barriers.push(state.stack.len());
                        self.push(state, Entry::Barrier { pc: pc as u32, pos })?;
                        pos = from;
                        pc += 1;
                    }
                    Inst::End {
                        kind: Sub::AssertNot,
                        ..
                    } => {
                        // The sub-match matched, so this fails: back to the barrier, undoing, and beyond.
                        if let Some(at) = state.barriers.pop() {
                            while state.stack.len() > at {
                                undo(state);
                            }
                        }
                        break;
                    }
                    Inst::End { kind, end } => {
                        let began = self.cut(state);
                        if kind == Sub::Assert {
                            pos = began;
                        }
                        pc = end as usize;
                    }
                    Inst::PossEnter { slot } => {
                        self.set_slot(
                            state,
                            slot,
                            Slot {
                                count: 0,
                                last: UNSET,
                            },
                        )?;
                        pc += 1;
                    }
                    Inst::PossLoop {
                        slot,
                        min,
                        max,
                        tail,
                    } => {
                        self.spend(1)?;
                        let s = state.slots[slot as usize];
                        if s.count < min || (below(s.count, max) && pos != s.last) {
                            let last = if s.count < min { s.last } else { pos };
                            state.barriers.push(state.stack.len());
                            self.push(state, Entry::Barrier { pc: pc as u32, pos })?;
                            self.set_slot(
                                state,
                                slot,
                                Slot {
                                    count: s.count,
                                    last,
                                },
                            )?;
                            pc += 1;
                        } else {
                            pc = tail as usize;
                        }
                    }
                    Inst::PossEnd { slot, head } => {
                        self.cut(state);
                        let s = state.slots[slot as usize];
                        self.set_slot(
                            state,
                            slot,
                            Slot {
                                count: s.count.saturating_add(1),
                                last: s.last,
                            },
                        )?;
                        pc = head as usize;
                    }
                }
            }
            // Failure: back to the last choice.
            self.spend(1)?;
            while let Some(e) = state.stack.pop() {
                match e {
                    Entry::Choice { pc: p, pos: at } => {
                        (pc, pos) = (p as usize, at);
                        continue 'go;
                    }
                    Entry::UndoMark {
                        mark,
                        last_index,
                        old,
                    } => {
                        state.marks[mark as usize] = old;
                        state.last_index = last_index as usize;
                    }
                    Entry::UndoSlot { slot, old } => state.slots[slot as usize] = old,
                    Entry::GiveBack {
                        pc: p,
                        low,
                        pos: at,
                    } => {
                        let Inst::RepeatOne { next, .. } = program.code[p as usize] else {
                            continue;
                        };
                        let Some(at) = self.last_place(next, low, at - 1) else {
                            continue;
                        };
                        if at > low {
                            state.stack.push(Entry::GiveBack {
                                pc: p,
                                low,
                                pos: at,
                            });
                        }
                        (pc, pos) = (p as usize + 1, at);
                        continue 'go;
                    }
                    Entry::TakeMore {
                        pc: p,
                        left,
                        pos: at,
                    } => {
                        let Inst::RepeatOne { one, next, .. } = program.code[p as usize] else {
                            continue;
                        };
                        if at >= text.len() || !program.test(one, text[at].cp()) {
                            continue;
                        }
                        let left = if left == u32::MAX { left } else { left - 1 };
                        if let Some((at, left)) = self.take_until(one, next, at + 1, left)? {
                            if left > 0 {
                                state.stack.push(Entry::TakeMore {
                                    pc: p,
                                    left,
                                    pos: at,
                                });
                            }
                            (pc, pos) = (p as usize + 1, at);
                            continue 'go;
                        }
                    }
                    Entry::Again { pc: p, pos: at } => {
                        let Inst::Until {
                            slot, max, body, ..
                        } = program.code[p as usize]
                        else {
                            continue;
                        };
                        let s = state.slots[slot as usize];
                        let count = s.count.wrapping_add(1);
                        if below(count, max) && at != s.last {
                            self.set_slot(state, slot, Slot { count, last: at })?;
                            (pc, pos) = (body as usize, at);
                            continue 'go;
                        }
                    }
                    Entry::Barrier { pc: p, pos: at } => {
                        state.barriers.pop();
                        match program.code[p as usize] {
                            Inst::Begin {
                                kind: Sub::AssertNot,
                                end,
                                ..
                            } => {
                                (pc, pos) = (end as usize, at);
                                continue 'go;
                            }
                            Inst::PossLoop {
                                slot, min, tail, ..
                            } if state.slots[slot as usize].count >= min => {
                                (pc, pos) = (tail as usize, at);
                                continue 'go;
                            }
                            _ => {}
                        }
                    }
                }
            }
            return Ok(None);
        }
    }

    /// From `pos` on, the first place where what follows a lazy repeat can begin, and how many it may still take.
    #[inline]
    fn take_until(
        &mut self,
        one: One,
        next: Next,
        pos: usize,
        left: u32,
    ) -> Result<Option<(usize, u32)>, Abort> {
        if next == Next::Unknown {
            return Ok(Some((pos, left)));
        }
        let (mut p, mut left) = (pos, left);
        while !self.next_ok(next, p) {
            if left == 0 || p >= self.text.len() || !self.program.test(one, self.text[p].cp()) {
                return Ok(None);
            }
            p += 1;
            if left != u32::MAX {
                left -= 1;
            }
        }
        self.spend((p - pos) / 32)?;
        Ok(Some((p, left)))
    }

    /// From the alternative at `pc`, the first that can match here (its body), and the next one that can.
    #[inline]
    fn choose(&self, pc: usize, pos: usize) -> Option<(usize, Option<usize>)> {
        let c = self.text.get(pos).map(|u| u.cp());
        let mut found = None;
        let mut at = pc;
        loop {
            let Inst::Alt { next, first } = self.program.code[at] else {
                return found.map(|b| (b, None));
            };
            let can = match first {
                0 => true,
                s => c.is_some_and(|c| self.program.sets[s as usize - 1].has(c)),
            };
            if can {
                match found {
                    None => found = Some(at + 1),
                    Some(body) => return Some((body, Some(at))),
                }
            }
            if next == 0 {
                return found.map(|b| (b, None));
            }
            at = next as usize;
        }
    }
}

/// Pops one entry, putting back what it recorded.
fn undo(state: &mut State) {
    match state.stack.pop() {
        Some(Entry::UndoMark {
            mark,
            last_index,
            old,
        }) => {
            state.marks[mark as usize] = old;
            state.last_index = last_index as usize;
        }
        Some(Entry::UndoSlot { slot, old }) => state.slots[slot as usize] = old,
        _ => {}
    }
}

impl Default for Slot {
    fn default() -> Slot {
        Slot {
            count: NO_ITERATION,
            last: UNSET,
        }
    }
}
