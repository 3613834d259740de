//! A filter of places where a match can start: what the first characters of each way into the pattern can be.
//!
//! The program is walked from its start along every alternative, giving paths of up to four character sets. Paths are
//! dealt into eight buckets; `masks[i][c]` has the buckets that allow character `c` at place `i`. A place passes when
//! the masks of its first characters have a bucket in common. This is an over-approximation: it only rules out.

use super::compile::{Inst, One, Program, Sub};
use crate::text::Unit;

const DEPTH: usize = 4;
const MAX_PATHS: usize = 64;

/// Masks for the first characters.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    masks: Vec<Mask>,
    /// The first characters, when there are at most three and all are bytes.
    few: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Mask {
    low: [u8; 256],
    high: u8,
}

impl Mask {
    #[inline(always)]
    fn of(&self, c: u32) -> u8 {
        self.low.get(c as usize).copied().unwrap_or(self.high)
    }
}

type Path = Vec<One>;

struct Walk<'p> {
    program: &'p Program,
    depth: usize,
    done: Vec<Path>,
    fuel: usize,
}

impl Walk<'_> {
    /// Follows one way from `pc`; forks at alternatives. False when there are too many.
    fn go(&mut self, mut pc: usize, mut path: Path) -> bool {
        loop {
            if self.fuel == 0 || self.done.len() >= MAX_PATHS {
                return false;
            }
            self.fuel -= 1;
            if path.len() >= self.depth {
                break;
            }
            match self.program.code[pc] {
                Inst::One(one) => {
                    path.push(one);
                    pc += 1;
                }
                Inst::Text { start, len } => {
                    let run = &self.program.chars[start as usize..(start + len) as usize];
                    path.extend(run.iter().map(|&c| One::Literal(c)));
                    pc += 1;
                }
                Inst::Mark(_)
                | Inst::At(_)
                | Inst::Begin {
                    kind: Sub::Atomic, ..
                }
                | Inst::End {
                    kind: Sub::Atomic, ..
                } => {
                    pc += 1;
                }
                Inst::Begin { end, .. } => pc = end as usize,
                Inst::Jump(to) => pc = to as usize,
                Inst::Alt { next, .. } => {
                    if !self.go(pc + 1, path.clone()) {
                        return false;
                    }
                    if next == 0 {
                        return true;
                    }
                    pc = next as usize;
                }
                Inst::RepeatOne { one, min, max, .. } => {
                    if min == 0 {
                        // Without it, or with at least one.
                        if !self.go(pc + 1, path.clone()) {
                            return false;
                        }
                        path.push(one);
                        break;
                    }
                    path.extend(std::iter::repeat_n(one, (min as usize).min(self.depth)));
                    if min != max {
                        break;
                    }
                    pc += 1;
                }
                Inst::Repeat { until, .. } => match self.program.code[until as usize] {
                    Inst::Until { min, body, .. } => {
                        if min == 0 && !self.go(until as usize + 1, path.clone()) {
                            return false;
                        }
                        pc = body as usize;
                    }
                    _ => break,
                },
                Inst::Fail => return true,
                _ => break,
            }
        }
        // A way that says nothing rules nothing out.
        if path.is_empty() {
            return false;
        }
        path.truncate(self.depth);
        self.done.push(path);
        true
    }
}

impl Filter {
    /// For a program whose minimal width is known; `None` when nothing can be ruled out.
    pub(super) fn new(program: &Program) -> Option<Filter> {
        let depth = DEPTH.min(program.min_width);
        let mut w = Walk {
            program,
            depth,
            done: Vec::new(),
            fuel: 2000,
        };
        if depth == 0 || !w.go(0, Vec::new()) || w.done.is_empty() {
            return None;
        }
        let places = w.done.iter().map(Vec::len).max().unwrap_or(0);
        let mut masks = vec![
            Mask {
                low: [0; 256],
                high: 0
            };
            places
        ];
        for (n, path) in w.done.iter().enumerate() {
            let bucket = 1u8 << (n % 8);
            for (i, mask) in masks.iter_mut().enumerate() {
                match path.get(i) {
                    Some(&one) => program.each_low(one, |c| mask.low[c] |= bucket),
                    None => mask.low.iter_mut().for_each(|m| *m |= bucket),
                }
                if path.get(i).is_none_or(|&one| program.may_be_high(one)) {
                    mask.high |= bucket;
                }
            }
        }
        // Places that allow everything at the end are not worth looking at.
        while masks
            .last()
            .is_some_and(|m| m.low.iter().all(|&b| b == u8::MAX))
        {
            masks.pop();
        }
        let first = masks.first()?;
        let mut few: Vec<u8> = (0..=255)
            .filter(|&c: &u8| first.low[usize::from(c)] != 0)
            .collect();
        if few.len() > 3 {
            few.clear();
        }
        Some(Filter { masks, few })
    }

    /// The first place from `at` to `last` that passes. `last` leaves room for the minimal width.
    #[inline]
    pub(super) fn find<U: Unit>(&self, text: &[U], at: usize, last: usize) -> Option<usize> {
        let (first, rest) = self.masks.split_first()?;
        let window = text.get(at..=last)?;
        let mut from = 0;
        if let (Some(bytes), [one, more @ ..]) = (U::as_bytes(window), &self.few[..]) {
            // A handful of first bytes: vectorised.
            let (two, three) = (more.first().unwrap_or(one), more.get(1).unwrap_or(one));
            let mut tried = 0;
            // Where candidates come thick, the scan by masks below is faster.
            while rest.is_empty() || tried < 8 || from > 16 * tried {
                let i = from + memchr::memchr3(*one, *two, *three, &bytes[from..])?;
                if self.rest_passes(first.of(bytes[i].cp()), &text[at + i + 1..], rest) {
                    return Some(at + i);
                }
                from = i + 1;
                tried += 1;
            }
        }
        let Some((second, rest)) = rest.split_first() else {
            return window
                .iter()
                .position(|c| first.of(c.cp()) != 0)
                .map(|i| at + i);
        };
        let pairs = text.get(at..last + 2)?;
        loop {
            let hit = |p: &[U]| first.of(p[0].cp()) & second.of(p[1].cp()) != 0;
            let i = from + pairs[from..].windows(2).position(hit)?;
            let m = first.of(pairs[i].cp()) & second.of(pairs[i + 1].cp());
            if self.rest_passes(m, &text[at + i + 2..], rest) {
                return Some(at + i);
            }
            from = i + 1;
        }
    }

    #[inline(always)]
    fn rest_passes<U: Unit>(&self, m: u8, after: &[U], rest: &[Mask]) -> bool {
        rest.iter()
            .zip(after)
            .fold(m, |m, (mask, c)| m & mask.of(c.cp()))
            != 0
    }
}
