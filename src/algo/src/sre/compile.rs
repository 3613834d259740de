//! Lowering of `re._compiler`'s code words to instructions.

use super::filter::Filter;
use super::set::{Fold, Item, Set, read_items};
use super::{InvalidCode, MAXREPEAT};
use memchr::memmem::Finder;

/// Opcodes, numbered as in `re._constants`.
#[rustfmt::skip]
pub(super) mod op {
    macro_rules! number { ($($name:ident)*) => { number!(@ 0; $($name)*); };
        (@ $n:expr; $name:ident $($rest:ident)*) => { pub const $name: u32 = $n; number!(@ $n + 1; $($rest)*); };
        (@ $n:expr;) => {}; }
    number! { FAILURE SUCCESS ANY ANY_ALL ASSERT ASSERT_NOT AT BRANCH CATEGORY CHARSET BIGCHARSET GROUPREF
        GROUPREF_EXISTS IN INFO JUMP LITERAL MARK MAX_UNTIL MIN_UNTIL NOT_LITERAL NEGATE RANGE REPEAT REPEAT_ONE
        _SUBPATTERN MIN_REPEAT_ONE ATOMIC_GROUP POSSESSIVE_REPEAT POSSESSIVE_REPEAT_ONE GROUPREF_IGNORE IN_IGNORE
        LITERAL_IGNORE NOT_LITERAL_IGNORE GROUPREF_LOC_IGNORE IN_LOC_IGNORE LITERAL_LOC_IGNORE
        NOT_LITERAL_LOC_IGNORE GROUPREF_UNI_IGNORE IN_UNI_IGNORE LITERAL_UNI_IGNORE NOT_LITERAL_UNI_IGNORE
        RANGE_UNI_IGNORE }
}

/// A test of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    Literal(u32),
    NotLiteral(u32),
    /// All but a line feed.
    Any,
    AnyAll,
    /// By number in [`Program::sets`].
    Set(u32),
}

/// What must hold of the next character for what follows a repeat to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Unknown,
    Literal(u32),
    Set(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greed {
    Max,
    Min,
    Possessive,
}

/// What a sub-match is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sub {
    /// Look-around: goes on from where it began.
    Assert,
    /// Negative look-around.
    AssertNot,
    Atomic,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Inst {
    Fail,
    Success,
    One(One),
    /// A run in [`Program::chars`].
    Text {
        start: u32,
        len: u32,
    },
    At(u32),
    Mark(u32),
    Jump(u32),
    /// One alternative: its body follows; `next` is the next `Alt`, or 0 for the last. `first` is a set number + 1.
    Alt {
        next: u32,
        first: u32,
    },
    GroupRef {
        group: u32,
        fold: Fold,
    },
    GroupExists {
        group: u32,
        otherwise: u32,
    },
    RepeatOne {
        one: One,
        min: u32,
        max: u32,
        greed: Greed,
        next: Next,
    },
    /// Enters a loop whose `Until` is at `until`.
    Repeat {
        slot: u32,
        until: u32,
    },
    Until {
        slot: u32,
        min: u32,
        max: u32,
        body: u32,
        greed: Greed,
    },
    /// Begins a sub-match `back` characters before; after it comes `end`.
    Begin {
        kind: Sub,
        back: u32,
        end: u32,
    },
    /// A sub-match has matched.
    End {
        kind: Sub,
        end: u32,
    },
    /// A possessive loop: enter, test, end of body.
    PossEnter {
        slot: u32,
    },
    PossLoop {
        slot: u32,
        min: u32,
        max: u32,
        tail: u32,
    },
    PossEnd {
        slot: u32,
        head: u32,
    },
}

/// Where matches can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Anywhere,
    /// Only at the beginning of the text.
    Text,
    /// Only at the beginning of a line.
    Line,
}

/// A pattern ready to run.
#[derive(Debug, Clone)]
pub struct Program {
    pub(super) code: Vec<Inst>,
    pub(super) sets: Vec<Set>,
    pub(super) chars: Vec<u32>,
    pub(super) groups: usize,
    pub(super) slots: usize,
    pub(super) min_width: usize,
    /// Literal that every match begins with.
    pub(super) prefix: Vec<u32>,
    /// The same for byte texts, prepared.
    pub(super) finder: Option<Finder<'static>>,
    /// The prefix is the whole pattern.
    pub(super) whole_literal: bool,
    /// What the first characters of a match can be.
    pub(super) filter: Option<Filter>,
    /// Where a match can begin at all.
    pub(super) anchor: Anchor,
}

/// Deepest nesting of groups accepted (the compiler in Python cannot nest so deep).
const MAX_DEPTH: usize = 2000;

struct Lowering<'c> {
    code: &'c [u32],
    out: Program,
    depth: usize,
}

impl Program {
    /// Lowers code words; `groups` is the number of groups without group 0.
    pub fn new(code: &[u32], groups: usize) -> Result<Program, InvalidCode> {
        if groups > code.len() {
            return Err(InvalidCode);
        }
        let out = Program {
            code: Vec::new(),
            sets: Vec::new(),
            chars: Vec::new(),
            groups,
            slots: 0,
            min_width: 0,
            prefix: Vec::new(),
            finder: None,
            whole_literal: false,
            filter: None,
            anchor: Anchor::Anywhere,
        };
        let mut l = Lowering {
            code,
            out,
            depth: 0,
        };
        let mut start = 0;
        if code.first() == Some(&op::INFO) {
            start = l.info()?;
        }
        let end = code.len().checked_sub(1).ok_or(InvalidCode)?;
        if code[end] != op::SUCCESS || start > end {
            return Err(InvalidCode);
        }
        l.block(start, end)?;
        l.out.code.push(Inst::Success);
        let mut p = l.out;
        p.finish();
        Ok(p)
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.groups
    }

    pub(super) fn add_set(&mut self, s: Set) -> u32 {
        self.sets.push(s);
        self.sets.len() as u32 - 1
    }

    #[inline(always)]
    /// Calls `f` with each character below 256 that passes.
    pub(super) fn each_low(&self, one: One, mut f: impl FnMut(usize)) {
        match one {
            One::Literal(x) if x < 256 => f(x as usize),
            One::Literal(_) => {}
            One::Set(s) => {
                let table = &self.sets[s as usize].table;
                (0..256).filter(|&c| table[c]).for_each(f);
            }
            _ => (0..256).filter(|&c| self.test(one, c as u32)).for_each(f),
        }
    }
    pub(super) fn test(&self, one: One, c: u32) -> bool {
        match one {
            One::Literal(x) => c == x,
            One::NotLiteral(x) => c != x,
            One::Any => c != 10,
            One::AnyAll => true,
            One::Set(s) => self.sets[s as usize].has(c),
        }
    }
}

impl Lowering<'_> {
    fn word(&self, i: usize) -> Result<u32, InvalidCode> {
        self.code.get(i).copied().ok_or(InvalidCode)
    }

    /// The place that a skip word points to, checked to lie in front of `end`.
    fn target(&self, at: usize, end: usize) -> Result<usize, InvalidCode> {
        let to = at.checked_add(self.word(at)? as usize).ok_or(InvalidCode)?;
        if to <= at || to > end {
            Err(InvalidCode)
        } else {
            Ok(to)
        }
    }

    fn info(&mut self) -> Result<usize, InvalidCode> {
        let next = self.target(1, self.code.len())?;
        let flags = self.word(2)?;
        self.out.min_width = self.word(3)? as usize;
        if flags & 1 != 0 {
            let len = self.word(5)? as usize;
            self.out.prefix = self.code.get(7..7 + len).ok_or(InvalidCode)?.to_vec();
            self.out.whole_literal = flags & 2 != 0;
        }
        Ok(next)
    }

    fn here(&self) -> u32 {
        self.out.code.len() as u32
    }

    fn emit(&mut self, i: Inst) -> usize {
        self.out.code.push(i);
        self.out.code.len() - 1
    }

    fn group(&self, g: u32) -> Result<u32, InvalidCode> {
        if (g as usize) < self.out.groups {
            Ok(g)
        } else {
            Err(InvalidCode)
        }
    }

    fn literal(&mut self, c: u32, fold: Fold, negate: bool) -> One {
        if fold == Fold::None {
            return if negate {
                One::NotLiteral(c)
            } else {
                One::Literal(c)
            };
        }
        let mut items = vec![Item::Literal(c)];
        if negate {
            items.insert(0, Item::Negate);
        }
        // A locale literal is compared in either case; the negated form is the complement of that.
        if fold == Fold::Locale {
            let (lo, up) = match u8::try_from(c) {
                Ok(b) => (b.to_ascii_lowercase().into(), b.to_ascii_uppercase().into()),
                Err(_) => (c, c),
            };
            items.push(Item::Literal(lo));
            items.push(Item::Literal(up));
            return One::Set(self.out.add_set(Set::new(items, Fold::None)));
        }
        One::Set(self.out.add_set(Set::new(items, fold)))
    }

    /// A single-character operation at `i`: the test and the place after it.
    fn one(&mut self, i: usize, end: usize) -> Result<Option<(One, usize)>, InvalidCode> {
        let code = self.word(i)?;
        let fold = match code {
            op::IN_IGNORE | op::LITERAL_IGNORE | op::NOT_LITERAL_IGNORE => Fold::Ascii,
            op::IN_UNI_IGNORE | op::LITERAL_UNI_IGNORE | op::NOT_LITERAL_UNI_IGNORE => {
                Fold::Unicode
            }
            op::IN_LOC_IGNORE | op::LITERAL_LOC_IGNORE | op::NOT_LITERAL_LOC_IGNORE => Fold::Locale,
            _ => Fold::None,
        };
        Ok(Some(match code {
            op::ANY => (One::Any, i + 1),
            op::ANY_ALL => (One::AnyAll, i + 1),
            op::FAILURE => (One::Set(self.out.add_set(Set::constant(false))), i + 1),
            op::LITERAL | op::LITERAL_IGNORE | op::LITERAL_UNI_IGNORE | op::LITERAL_LOC_IGNORE => {
                let c = self.word(i + 1)?;
                (self.literal(c, fold, false), i + 2)
            }
            op::NOT_LITERAL
            | op::NOT_LITERAL_IGNORE
            | op::NOT_LITERAL_UNI_IGNORE
            | op::NOT_LITERAL_LOC_IGNORE => {
                let c = self.word(i + 1)?;
                (self.literal(c, fold, true), i + 2)
            }
            op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                let next = self.target(i + 1, end)?;
                let items = read_items(self.code.get(i + 2..next).ok_or(InvalidCode)?)?;
                (One::Set(self.out.add_set(Set::new(items, fold))), next)
            }
            op::CATEGORY => {
                let k = self.word(i + 1)?;
                if k >= 18 {
                    return Err(InvalidCode);
                }
                (
                    One::Set(
                        self.out
                            .add_set(Set::new(vec![Item::Category(k)], Fold::None)),
                    ),
                    i + 2,
                )
            }
            _ => return Ok(None),
        }))
    }

    /// Lowers `code[i..end]`. Gives the target of a JUMP that ends it.
    fn block(&mut self, mut i: usize, end: usize) -> Result<Option<usize>, InvalidCode> {
        if self.depth > MAX_DEPTH {
            return Err(InvalidCode);
        }
        self.depth += 1;
        let mut jump = None;
        while i < end {
            if self.word(i)? == op::JUMP {
                if i + 2 != end {
                    return Err(InvalidCode);
                }
                jump = Some(self.target(i + 1, self.code.len())?);
                break;
            }
            i = self.operation(i, end)?;
        }
        self.depth -= 1;
        if i > end { Err(InvalidCode) } else { Ok(jump) }
    }

    /// Literals in a row become one comparison.
    fn literal_run(&mut self, mut i: usize, end: usize) -> Result<usize, InvalidCode> {
        let start = self.out.chars.len();
        while i + 1 < end && self.code[i] == op::LITERAL {
            self.out.chars.push(self.code[i + 1]);
            i += 2;
        }
        let len = self.out.chars.len() - start;
        match len {
            0 => return Err(InvalidCode),
            1 => {
                let c = self.out.chars.pop().unwrap_or(0);
                self.emit(Inst::One(One::Literal(c)));
            }
            _ => {
                self.emit(Inst::Text {
                    start: start as u32,
                    len: len as u32,
                });
            }
        }
        Ok(i)
    }

    fn operation(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let code = self.word(i)?;
        match code {
            op::LITERAL => return self.literal_run(i, end),
            op::FAILURE => {
                self.emit(Inst::Fail);
                return Ok(i + 1);
            }
            _ => {}
        }
        if let Some((one, next)) = self.one(i, end)? {
            self.emit(Inst::One(one));
            return Ok(next);
        }
        match code {
            op::INFO => self.target(i + 1, end),
            op::AT => {
                let at = self.word(i + 1)?;
                if at >= 12 {
                    return Err(InvalidCode);
                }
                self.emit(Inst::At(at));
                Ok(i + 2)
            }
            op::MARK => {
                let m = self.word(i + 1)?;
                self.group(m / 2)?;
                self.emit(Inst::Mark(m));
                Ok(i + 2)
            }
            op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_UNI_IGNORE
            | op::GROUPREF_LOC_IGNORE => {
                let group = self.group(self.word(i + 1)?)?;
                let fold = match code {
                    op::GROUPREF => Fold::None,
                    op::GROUPREF_UNI_IGNORE => Fold::Unicode,
                    op::GROUPREF_IGNORE => Fold::Ascii,
                    _ => Fold::Locale,
                };
                self.emit(Inst::GroupRef { group, fold });
                Ok(i + 2)
            }
            op::GROUPREF_EXISTS => self.group_exists(i, end),
            op::BRANCH => self.branch(i, end),
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                self.repeat_one(i, end)
            }
            op::REPEAT => self.repeat(i, end),
            op::POSSESSIVE_REPEAT => self.possessive(i, end),
            op::ASSERT | op::ASSERT_NOT => {
                let next = self.target(i + 1, end)?;
                let back = self.word(i + 2)?;
                let kind = if code == op::ASSERT {
                    Sub::Assert
                } else {
                    Sub::AssertNot
                };
                self.sub_match(kind, back, i + 3, next)
            }
            op::ATOMIC_GROUP => {
                let next = self.target(i + 1, end)?;
                self.sub_match(Sub::Atomic, 0, i + 2, next)
            }
            _ => Err(InvalidCode),
        }
    }

    fn sub_match(
        &mut self,
        kind: Sub,
        back: u32,
        body: usize,
        next: usize,
    ) -> Result<usize, InvalidCode> {
        let begin = self.emit(Inst::Fail);
        if self.word(next - 1)? != op::SUCCESS || body > next - 1 {
            return Err(InvalidCode);
        }
        self.block(body, next - 1)?;
        let end = self.here() + 1;
        self.emit(Inst::End { kind, end });
        self.out.code[begin] = Inst::Begin { kind, back, end };
        Ok(next)
    }

    fn group_exists(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let group = self.group(self.word(i + 1)?)?;
        let yes_end = (i + 1)
            .checked_add(self.word(i + 2)? as usize)
            .ok_or(InvalidCode)?;
        if yes_end > end || yes_end < i + 3 {
            return Err(InvalidCode);
        }
        let test = self.emit(Inst::Fail);
        match self.block(i + 3, yes_end)? {
            None => {
                let otherwise = self.here();
                self.out.code[test] = Inst::GroupExists { group, otherwise };
                Ok(yes_end)
            }
            Some(no_end) => {
                let jump = self.emit(Inst::Fail);
                let otherwise = self.here();
                self.out.code[test] = Inst::GroupExists { group, otherwise };
                if no_end > end || no_end < yes_end {
                    return Err(InvalidCode);
                }
                self.block(yes_end, no_end)?;
                self.out.code[jump] = Inst::Jump(self.here());
                Ok(no_end)
            }
        }
    }

    fn branch(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let mut p = i + 1;
        let mut jumps = Vec::new();
        let mut last: Option<usize> = None;
        while self.word(p)? != 0 {
            let next = self.target(p, end)?;
            let alt = self.emit(Inst::Alt { next: 0, first: 0 });
            if let Some(l) = last {
                self.out.code[l] = Inst::Alt {
                    next: alt as u32,
                    first: 0,
                };
            }
            last = Some(alt);
            self.block(p + 1, next)?.ok_or(InvalidCode)?;
            jumps.push(self.emit(Inst::Fail));
            p = next;
        }
        let here = self.here();
        for j in jumps {
            self.out.code[j] = Inst::Jump(here);
        }
        if last.is_none() {
            self.emit(Inst::Fail);
        }
        Ok(p + 1)
    }

    fn limits(&self, i: usize) -> Result<(u32, u32), InvalidCode> {
        let (min, max) = (self.word(i + 2)?, self.word(i + 3)?);
        if min > max {
            Err(InvalidCode)
        } else {
            Ok((min, max))
        }
    }

    fn repeat_one(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let next = self.target(i + 1, end)?;
        let (min, max) = self.limits(i)?;
        let (one, _) = self.one(i + 4, next)?.ok_or(InvalidCode)?;
        let greed = match self.code[i] {
            op::REPEAT_ONE => Greed::Max,
            op::MIN_REPEAT_ONE => Greed::Min,
            _ => Greed::Possessive,
        };
        self.emit(Inst::RepeatOne {
            one,
            min,
            max,
            greed,
            next: Next::Unknown,
        });
        Ok(next)
    }

    fn new_slot(&mut self) -> u32 {
        self.out.slots += 1;
        self.out.slots as u32 - 1
    }

    fn repeat(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let until_at = self.target(i + 1, end)?;
        let (min, max) = self.limits(i)?;
        let greed = match self.word(until_at)? {
            op::MAX_UNTIL => Greed::Max,
            op::MIN_UNTIL => Greed::Min,
            _ => return Err(InvalidCode),
        };
        let slot = self.new_slot();
        let enter = self.emit(Inst::Fail);
        let body = self.here();
        self.block(i + 4, until_at)?;
        let until = self.here();
        self.emit(Inst::Until {
            slot,
            min,
            max,
            body,
            greed,
        });
        self.out.code[enter] = Inst::Repeat { slot, until };
        Ok(until_at + 1)
    }

    fn possessive(&mut self, i: usize, end: usize) -> Result<usize, InvalidCode> {
        let success = self.target(i + 1, end)?;
        let (min, max) = self.limits(i)?;
        let slot = self.new_slot();
        self.emit(Inst::PossEnter { slot });
        let head = self.emit(Inst::Fail);
        self.block(i + 4, success)?;
        self.emit(Inst::PossEnd {
            slot,
            head: head as u32,
        });
        let tail = self.here();
        self.out.code[head] = Inst::PossLoop {
            slot,
            min,
            max,
            tail,
        };
        Ok(success + 1)
    }
}

/// Whether a count is below a maximum that may be none.
#[inline(always)]
pub(super) fn below(count: u32, max: u32) -> bool {
    count < max || max == MAXREPEAT
}
