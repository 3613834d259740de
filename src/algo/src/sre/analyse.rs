//! What can be known of a lowered program before it runs: first-character sets of alternatives, tests after repeats,
//! repeats that never need to give back, where a search can begin.
//!
//! All sets are over-approximations. The end of an atomic group is a fence: what follows it must not steer the choices
//! inside.

use super::compile::{Anchor, Greed, Inst, Next, One, Program, Sub};
use super::filter::Filter;
use super::set::Set;
use memchr::memmem::Finder;

impl Program {
    /// First-character sets, tests after repeats, possessive repeats, where to search.
    pub(super) fn finish(&mut self) {
        for pc in (0..self.code.len()).rev() {
            match self.code[pc] {
                Inst::Alt { next, .. } => {
                    if let Some(s) = self.first_of(pc + 1) {
                        let first = self.add_set(s) + 1;
                        self.code[pc] = Inst::Alt { next, first };
                    }
                }
                Inst::RepeatOne {
                    one,
                    min,
                    max,
                    mut greed,
                    ..
                } if greed != Greed::Possessive => {
                    let next = self.next_test(pc + 1);
                    if greed == Greed::Max && self.disjoint(one, next) {
                        greed = Greed::Possessive;
                    }
                    self.code[pc] = Inst::RepeatOne {
                        one,
                        min,
                        max,
                        greed,
                        next,
                    };
                }
                _ => {}
            }
        }
        let mut start = 0;
        while let Inst::Mark(_) = self.code[start] {
            start += 1;
        }
        self.anchor = match self.code[start] {
            Inst::At(0 | 2) => Anchor::Text,
            Inst::At(1) => Anchor::Line,
            _ => Anchor::Anywhere,
        };
        if self.prefix.is_empty() && self.min_width > 0 {
            self.filter = Filter::new(self);
        }
        let bytes: Option<Vec<u8>> = self.prefix.iter().map(|&c| u8::try_from(c).ok()).collect();
        self.finder = bytes
            .filter(|b| b.len() > 1)
            .map(|b| Finder::new(&b).into_owned());
    }

    fn next_test(&mut self, mut pc: usize) -> Next {
        // Jumps are followed too: they only go forward.
        loop {
            match self.code[pc] {
                Inst::Mark(_) => pc += 1,
                Inst::Jump(to) => pc = to as usize,
                Inst::Text { start, .. } => return Next::Literal(self.chars[start as usize]),
                Inst::One(One::Literal(c))
                | Inst::RepeatOne {
                    one: One::Literal(c),
                    min: 1..,
                    ..
                } => {
                    return Next::Literal(c);
                }
                Inst::One(One::Set(s))
                | Inst::RepeatOne {
                    one: One::Set(s),
                    min: 1..,
                    ..
                } => return Next::Set(s),
                _ => break,
            }
        }
        match self.first_of(pc) {
            Some(s) => Next::Set(self.add_set(s)),
            None => Next::Unknown,
        }
    }

    fn disjoint(&self, one: One, next: Next) -> bool {
        match next {
            Next::Unknown => false,
            Next::Literal(c) => match one {
                One::Literal(x) => x != c,
                One::NotLiteral(x) => x == c,
                One::Any => c == 10,
                One::AnyAll => false,
                One::Set(s) => !self.sets[s as usize].has(c),
            },
            Next::Set(n) => {
                let n = &self.sets[n as usize];
                match one {
                    One::Literal(c) => !n.has(c),
                    One::Set(s) => {
                        let s = &self.sets[s as usize];
                        !(s.may_be_high() && n.may_be_high())
                            && s.table.iter().zip(n.table.iter()).all(|(a, b)| !(a & b))
                    }
                    _ => false,
                }
            }
        }
    }

    /// An over-approximation of the characters that a match from `pc` begins with; `None` when it may be empty or is
    /// not known.
    fn first_of(&self, pc: usize) -> Option<Set> {
        let mut table = Box::new([false; 256]);
        let mut high = false;
        let mut fuel = 400;
        self.first_into(pc, &mut table, &mut high, &mut fuel)
            .then(|| Set::approximate(table, high))
    }

    fn add_one(&self, one: One, table: &mut [bool; 256], high: &mut bool) {
        self.each_low(one, |c| table[c] = true);
        *high |= self.may_be_high(one);
    }

    /// Whether a character above 255 may pass.
    pub(super) fn may_be_high(&self, one: One) -> bool {
        match one {
            One::Literal(c) => c > 255,
            One::Set(s) => self.sets[s as usize].may_be_high(),
            _ => true,
        }
    }

    fn first_into(
        &self,
        mut pc: usize,
        table: &mut [bool; 256],
        high: &mut bool,
        fuel: &mut u32,
    ) -> bool {
        loop {
            if *fuel == 0 {
                return false;
            }
            *fuel -= 1;
            match self.code[pc] {
                Inst::Fail => return true,
                Inst::One(one) => {
                    self.add_one(one, table, high);
                    return true;
                }
                Inst::Text { start, .. } => {
                    self.add_one(One::Literal(self.chars[start as usize]), table, high);
                    return true;
                }
                Inst::Mark(_) | Inst::At(_) | Inst::PossEnter { .. } => pc += 1,
                Inst::Jump(to) => pc = to as usize,
                Inst::Alt { next, .. } => {
                    if !self.first_into(pc + 1, table, high, fuel) {
                        return false;
                    }
                    if next == 0 {
                        return true;
                    }
                    pc = next as usize;
                }
                Inst::GroupExists { otherwise, .. } => {
                    if !self.first_into(pc + 1, table, high, fuel) {
                        return false;
                    }
                    pc = otherwise as usize;
                }
                Inst::RepeatOne { one, min, max, .. } => {
                    if max > 0 {
                        self.add_one(one, table, high);
                    }
                    if min > 0 {
                        return true;
                    }
                    pc += 1;
                }
                Inst::Repeat { until, .. } => match self.code[until as usize] {
                    Inst::Until { min, body, .. } => {
                        if !self.first_into(body as usize, table, high, fuel) {
                            return false;
                        }
                        if min > 0 {
                            return true;
                        }
                        pc = until as usize + 1;
                    }
                    _ => return false,
                },
                Inst::PossLoop { min, tail, .. } => {
                    if !self.first_into(pc + 1, table, high, fuel) {
                        return false;
                    }
                    if min > 0 {
                        return true;
                    }
                    pc = tail as usize;
                }
                Inst::Begin {
                    kind: Sub::Atomic, ..
                } => pc += 1,
                Inst::Begin { end, .. } => pc = end as usize,
                // The end of a body that can be empty, a reference, the end of the pattern: not known. The end of an
                // atomic group is a fence: what follows must not steer the choices inside.
                Inst::Success
                | Inst::GroupRef { .. }
                | Inst::Until { .. }
                | Inst::End { .. }
                | Inst::PossEnd { .. } => return false,
            }
        }
    }
}
