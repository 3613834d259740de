//! Reads the textual form. Names keep their numbers, so that printing what was parsed gives the same text.
//! `;` starts a comment, except inside a snapshot, where it separates parts; there `#` does.

use super::entity::{Block, Helper, Inst, Snap, Value};
use super::func::{
    AllocInfo, Def, Func, HelperDecl, InstData, MemRef, Replace, SnapEntry, SnapFrame, SnapVal,
    Snapshot, Succ, ValueData, VirtualObj,
};
use super::op::{Imm, Op};
use super::types::{AliasClass, ClassSet, Type};
use core::fmt;
use threadsnake_threads::sync::Arc;

/// Why a text is not IR.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// What was wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

type Res<T> = Result<T, ParseError>;

/// The words and signs of one line.
struct Line<'a> {
    number: usize,
    words: Vec<&'a str>,
    at: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '|')
}

impl<'a> Line<'a> {
    fn new(number: usize, text: &'a str) -> Line<'a> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(c) = rest.chars().next() {
            let n = if rest.starts_with("->") {
                2
            } else if c == '#' || (c == ';' && !words.contains(&"[")) {
                break;
            } else if c == '"' {
                rest[1..].find('"').map_or(rest.len(), |n| n + 2)
            } else if is_word(c) {
                // `nan:0x..` is one word, `v1:` is two.
                let mut n = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                if let Some(bits) = rest.strip_prefix("nan:") {
                    n = 4 + bits.find(|c| !is_word(c)).unwrap_or(bits.len());
                } else if n > 1
                    && rest[..n].contains('e')
                    && rest[..n].ends_with('e')
                    && rest[n..].starts_with('+')
                {
                    n += 1 + rest[n + 1..]
                        .find(|c| !is_word(c))
                        .unwrap_or(rest.len() - n - 1);
                }
                n
            } else {
                c.len_utf8()
            };
            words.push(&rest[..n]);
            rest = rest[n..].trim_start();
        }
        Line {
            number,
            words,
            at: 0,
        }
    }
    fn err<T>(&self, message: impl Into<String>) -> Res<T> {
        Err(ParseError {
            line: self.number,
            message: message.into(),
        })
    }
    fn peek(&self) -> &'a str {
        self.words.get(self.at).copied().unwrap_or("")
    }
    fn next(&mut self) -> &'a str {
        let w = self.peek();
        self.at += 1;
        w
    }
    fn eat(&mut self, w: &str) -> bool {
        let yes = self.peek() == w;
        self.at += usize::from(yes);
        yes
    }
    fn expect(&mut self, w: &str) -> Res<()> {
        if self.eat(w) {
            Ok(())
        } else {
            self.err(format!("expected `{w}`, found `{}`", self.peek()))
        }
    }
    fn name(&mut self, prefix: char) -> Res<u32> {
        let w = self.next();
        match w.strip_prefix(prefix).and_then(|r| r.parse().ok()) {
            Some(n) if n < 1 << 24 => Ok(n),
            _ => self.err(format!("expected a name like {prefix}1, found `{w}`")),
        }
    }
    fn value(&mut self) -> Res<Value> {
        self.name('v').map(Value)
    }
    fn integer(&mut self) -> Res<u64> {
        let w = self.next();
        let parsed = match w.strip_prefix("0x") {
            Some(h) => u64::from_str_radix(h, 16).ok(),
            None => w
                .parse::<i64>()
                .ok()
                .map(|x| x as u64)
                .or_else(|| w.parse().ok()),
        };
        parsed.map_or_else(|| self.err(format!("expected an integer, found `{w}`")), Ok)
    }
    fn small<T: TryFrom<u64>>(&mut self) -> Res<T> {
        let x = self.integer()?;
        T::try_from(x).or_else(|_| self.err("number out of range"))
    }
    fn float(&mut self) -> Res<u64> {
        let w = self.next();
        if let Some(h) = w.strip_prefix("nan:0x") {
            return u64::from_str_radix(h, 16).or_else(|_| self.err("bad nan"));
        }
        w.parse::<f64>()
            .map(f64::to_bits)
            .or_else(|_| self.err(format!("expected a double, found `{w}`")))
    }
    fn ty(&mut self) -> Res<Type> {
        let w = self.next();
        Type::parse(w).map_or_else(|| self.err(format!("expected a type, found `{w}`")), Ok)
    }
    fn class(&mut self) -> Res<AliasClass> {
        let w = self.next();
        AliasClass::parse(w).map_or_else(
            || self.err(format!("expected an alias class, found `{w}`")),
            Ok,
        )
    }
    fn classes(&mut self) -> Res<ClassSet> {
        let w = self.next();
        if w == "all" {
            return Ok(ClassSet::ALL);
        }
        let mut set = ClassSet::NONE;
        for part in w.split('|') {
            match AliasClass::parse(part) {
                Some(c) => set = set.union(c.set()),
                None => return self.err(format!("expected alias classes, found `{w}`")),
            }
        }
        Ok(set)
    }
    fn off(&mut self) -> Res<i64> {
        self.expect("[")?;
        let n = self.integer()? as i64;
        self.expect("]")?;
        Ok(n)
    }
    fn alloc(&mut self) -> Res<AllocInfo> {
        self.expect("size")?;
        let size = self.small()?;
        self.expect("shape")?;
        let shape = self.small()?;
        self.expect("flags")?;
        Ok(AllocInfo {
            size,
            shape,
            flags: self.small()?,
        })
    }
    fn string(&mut self) -> Res<String> {
        let w = self.next();
        match w.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            Some(s) => Ok(s.into()),
            None => self.err(format!("expected a string, found `{w}`")),
        }
    }
    fn end(&self) -> Res<()> {
        if self.at >= self.words.len() {
            Ok(())
        } else {
            self.err(format!("unexpected `{}`", self.peek()))
        }
    }
    fn values(&mut self, close: &str) -> Res<Vec<Value>> {
        let mut out = Vec::new();
        while !self.eat(close) {
            if !out.is_empty() {
                self.expect(",")?;
            }
            out.push(self.value()?);
        }
        Ok(out)
    }

    fn entries(&mut self, prefix: &str) -> Res<Vec<SnapEntry>> {
        self.expect("{")?;
        let mut out = Vec::new();
        while !self.eat("}") {
            if !out.is_empty() {
                self.expect(",")?;
            }
            let w = self.next();
            let Some(place) = w.strip_prefix(prefix).and_then(|n| n.parse().ok()) else {
                return self.err(format!("expected a place, found `{w}`"));
            };
            self.expect(":")?;
            let incref = self.eat("+");
            let w = self.peek();
            let val = if w == "virtual" {
                self.next();
                SnapVal::Virtual(self.small()?)
            } else if let Some(ty) = Type::parse(w) {
                self.next();
                SnapVal::Const(
                    ty,
                    if ty == Type::F64 {
                        self.float()?
                    } else {
                        self.integer()?
                    },
                )
            } else {
                SnapVal::Value(self.value()?)
            };
            out.push(SnapEntry { place, val, incref });
        }
        Ok(out)
    }

    fn snapshot(&mut self) -> Res<Snapshot> {
        let mut s = Snapshot::default();
        self.expect("[")?;
        while !self.eat("]") {
            match self.next() {
                ";" => {}
                "frame" => {
                    let code = self.integer()?;
                    self.expect("pc")?;
                    let pc = self.small()?;
                    self.expect("how")?;
                    let how = self.small()?;
                    s.frames.push(SnapFrame {
                        code,
                        pc,
                        how,
                        regs: self.entries("r")?.into(),
                    });
                }
                "object" => {
                    let alloc = self.alloc()?;
                    s.virtuals.push(VirtualObj {
                        alloc,
                        fields: self.entries("")?,
                    });
                }
                "release" => {
                    s.release.push(self.value()?);
                    while self.eat(",") {
                        s.release.push(self.value()?);
                    }
                }
                "otherwise" => s.otherwise = true,
                w => return self.err(format!("unexpected `{w}` in a snapshot")),
            }
        }
        Ok(s)
    }

    fn helper(&mut self) -> Res<HelperDecl> {
        let mut h = HelperDecl {
            name: self.string()?,
            addr: 0,
            args: Vec::new(),
            ret: None,
            reads: ClassSet::NONE,
            writes: ClassSet::NONE,
            raises: false,
            python: false,
            pure: false,
            multi: true,
            replaces: None,
        };
        self.expect("(")?;
        while !self.eat(")") {
            if !h.args.is_empty() {
                self.expect(",")?;
            }
            h.args.push(self.ty()?);
        }
        if self.eat("->") {
            h.ret = Some(self.ty()?);
        }
        loop {
            match self.next() {
                "" => return Ok(h),
                "reads" => h.reads = self.classes()?,
                "writes" => h.writes = self.classes()?,
                "raises" => h.raises = true,
                "python" => h.python = true,
                "pure" => h.pure = true,
                "single" => h.multi = false,
                "replaces" => h.replaces = Some(self.replaces()?),
                w => return self.err(format!("unexpected `{w}` in a helper")),
            }
        }
    }
}

impl Line<'_> {
    fn replaces(&mut self) -> Res<Replace> {
        Ok(match self.next() {
            "slot" => Replace::Slot {
                offset: self.small()?,
                shape: self.small()?,
            },
            "add" => Replace::Add {
                offset: self.small()?,
                shape: self.small()?,
                new: self.small()?,
            },
            "item" => Replace::Item {
                len: self.small()?,
                array: self.small()?,
                first: self.small()?,
            },
            "number" => Replace::Number {
                len: self.small()?,
                array: self.small()?,
                first: self.small()?,
                width: self.small()?,
            },
            w => return self.err(format!("`{w}` is nothing that a helper replaces")),
        })
    }
}

fn grow<T: Default>(list: &mut Vec<T>, n: u32) {
    while list.len() <= n as usize {
        list.push(T::default());
    }
}

/// Reads one function.
///
/// # Errors
/// The first line that is not IR, and why. Whether the function is well formed is the verifier's business.
pub fn parse(text: &str) -> Result<Func, ParseError> {
    let mut f = Func::default();
    let mut block: Option<Block> = None;
    let mut closed = false;
    let mut last = 0;
    for (i, text) in text.lines().enumerate() {
        let mut line = Line::new(i + 1, text);
        last = i + 1;
        if line.words.is_empty() {
            continue;
        }
        if closed {
            return line.err("text after the function");
        }
        match line.peek() {
            "func" => {
                line.next();
                f.name = line.string()?;
                line.expect("{")?;
            }
            "assume" => {
                line.next();
                f.assumptions.push(line.small()?);
                while line.eat(",") {
                    f.assumptions.push(line.small()?);
                }
            }
            "helper" => {
                line.next();
                let n = line.name('h')?;
                if n as usize != f.helpers.len() {
                    return line.err("helpers are numbered in order");
                }
                let h = line.helper()?;
                f.helpers.push(h);
            }
            "snap" => {
                line.next();
                let n = line.name('s')?;
                grow(&mut f.snaps, n);
                f.snaps[n as usize] = Arc::new(line.snapshot()?);
            }
            "}" => {
                line.next();
                closed = true;
            }
            w if line.words.get(1) == Some(&"(")
                && w.starts_with('b')
                && w[1..].parse::<u32>().is_ok() =>
            {
                let b = Block(line.name('b')?);
                grow(&mut f.blocks, b.0);
                line.expect("(")?;
                while !line.eat(")") {
                    if !f.blocks[b.index()].params.is_empty() {
                        line.expect(",")?;
                    }
                    let v = line.value()?;
                    line.expect(":")?;
                    let ty = line.ty()?;
                    define(
                        &mut f,
                        &line,
                        v,
                        ValueData {
                            ty,
                            def: Def::Param(b),
                        },
                    )?;
                    f.blocks[b.index()].params.push(v);
                }
                line.expect(":")?;
                block = Some(b);
            }
            _ => {
                let Some(b) = block else {
                    return line.err("an instruction outside a block");
                };
                let d = instruction(&f, &mut line)?;
                let i = Inst::new(f.insts.len());
                if let Some(v) = d.result {
                    let Some(ty) = f.result_type(&d) else {
                        return line.err("this operation has no result");
                    };
                    define(
                        &mut f,
                        &line,
                        v,
                        ValueData {
                            ty,
                            def: Def::Inst(i),
                        },
                    )?;
                }
                f.insts.push(d);
                f.blocks[b.index()].insts.push(i);
            }
        }
        line.end()?;
    }
    if closed {
        Ok(f)
    } else {
        Err(ParseError {
            line: last,
            message: "the function is not closed".into(),
        })
    }
}

fn define(f: &mut Func, line: &Line<'_>, v: Value, data: ValueData) -> Res<()> {
    while f.values.len() <= v.index() {
        f.values.push(ValueData {
            ty: Type::I64,
            def: Def::None,
        });
    }
    if f.values[v.index()].def != Def::None {
        return line.err(format!("{v} is defined twice"));
    }
    f.values[v.index()] = data;
    Ok(())
}

fn instruction(f: &Func, line: &mut Line<'_>) -> Res<InstData> {
    let mut result = None;
    if line.words.get(line.at + 1) == Some(&"=") {
        result = Some(line.value()?);
        line.next();
    }
    let word = line.next();
    let Some(op) = Op::parse(word) else {
        return line.err(format!("no operation is called `{word}`"));
    };
    let mut d = InstData::new(op, &[]);
    d.result = result;
    if op == Op::Call {
        let h = Helper(line.name('h')?);
        if h.index() >= f.helpers.len() {
            return line.err(format!("{h} is not declared"));
        }
        d.helper = Some(h);
        line.expect("(")?;
        d.args = line.values(")")?.into();
    } else {
        for i in 0..op.info().args.len() {
            if i != 0 {
                line.expect(",")?;
            }
            d.args.push(line.value()?);
        }
    }
    match op.info().imm {
        Imm::No | Imm::Helper => {}
        Imm::Int | Imm::Word => d.imm = line.integer()?,
        Imm::Float => d.imm = line.float()?,
        Imm::Bool => {
            d.imm = match line.next() {
                "true" => 1,
                "false" => 0,
                _ => return line.err("expected true or false"),
            }
        }
        Imm::Mem => {
            let off = line.off()?;
            let off = i32::try_from(off).or_else(|_| line.err("offset out of range"))?;
            d.mem = MemRef {
                off,
                class: line.class()?,
            };
        }
        Imm::Off => d.imm = line.off()? as u64,
        Imm::Alloc => d.alloc = line.alloc()?,
    }
    let succs = match op {
        Op::Jump => 1,
        Op::Brif => 2,
        _ => 0,
    };
    for i in 0..succs {
        if i != 0 || !d.args.is_empty() {
            line.expect(",")?;
        }
        let block = Block(line.name('b')?);
        line.expect("(")?;
        d.succs.push(Succ {
            block,
            args: line.values(")")?.into(),
        });
    }
    if line.eat("@") {
        d.snap = Some(Snap(line.name('s')?));
    }
    Ok(d)
}
