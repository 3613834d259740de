//! What encloses the statement being lowered, and how `return`, `break` and `continue` get out of it.

use super::unit::RawHandler;
use super::{Compiler, Label, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::Stmt;

/// An enclosing construct.
#[derive(Clone)]
pub(crate) enum Block<'a> {
    /// A loop; `iter` is the iterator's register of a `for`.
    Loop {
        brk: Label,
        cont: Label,
        iter: Option<Reg>,
    },
    /// Instructions from `start` on are covered by a handler.
    Region {
        handler: Label,
        depth: Reg,
        start: u32,
    },
    /// The body of a `try` with `finally`.
    Finally(&'a [Stmt]),
    /// The body of a handler: an exception is being handled, saved from `depth` on.
    Handling { depth: Reg },
    /// The name of `except … as name`.
    Bound(Box<str>),
    /// The body of a `with`: the exit function is at `base`.
    With {
        base: Reg,
        is_async: bool,
        at: ruff_text_size::TextRange,
    },
    /// A `finally` body (jumps out of it are warned about), or an `except*` block (they are errors).
    Inside(&'static str),
}

impl<'a> Compiler<'a> {
    /// Starts covering instructions by a handler (I1).
    pub(super) fn open_region(&mut self, handler: Label) -> Reg {
        let depth = self.mark();
        let start = self.u.ins.len() as u32;
        self.u.blocks.push(Block::Region {
            handler,
            depth,
            start,
        });
        depth
    }

    /// Ends the innermost block, a region.
    pub(super) fn close_region(&mut self) {
        if let Some(Block::Region {
            handler,
            depth,
            start,
        }) = self.u.blocks.pop()
        {
            self.cover(handler, depth, start);
        }
    }

    fn cover(&mut self, handler: Label, depth: Reg, start: u32) {
        let end = self.u.ins.len() as u32;
        if start < end {
            self.u.used[handler.0 as usize] = true;
            self.u.handlers.push(RawHandler {
                start,
                end,
                target: handler.0,
                depth,
            });
        }
    }

    /// Starts a handler: R[depth] is the exception, and becomes the one being handled. A region that undoes it covers
    /// what follows.
    pub(super) fn enter_handler(&mut self, label: Label, depth: Reg) -> Label {
        self.u.reachable = false;
        self.place(label);
        self.u.top = u32::from(depth);
        self.alloc_n(2);
        self.op(Op::PushExc, depth, 0, 0);
        let cleanup = self.label();
        self.u.blocks.push(Block::Handling { depth });
        self.open_region(cleanup);
        cleanup
    }

    /// The way out of a handler by an exception.
    pub(super) fn handler_cleanup(&mut self, cleanup: Label, depth: Reg) {
        self.u.reachable = false;
        self.place(cleanup);
        self.u.top = u32::from(depth);
        self.alloc_n(3);
        self.op(Op::PopExc, depth, 0, 0);
        self.op_use1(
            Op::Reraise,
            Val {
                reg: depth + 2,
                temp: true,
            },
            0,
        );
        self.u.reachable = false;
        self.free_to(depth);
    }

    /// Raises the handled exception again, out of its handler.
    pub(super) fn reraise_handled(&mut self, depth: Reg) {
        let m = self.mark();
        let t = self.alloc();
        self.op(Op::Move, t, depth, 0);
        self.op(Op::PopExc, depth, 0, 0);
        self.op_use1(Op::Reraise, Val { reg: t, temp: true }, 0);
        self.u.reachable = false;
        self.free_to(m);
    }

    /// Emits what leaving all blocks above index `to` does, innermost first, and restores the state for the
    /// instructions that follow in the source.
    pub(super) fn unwind(&mut self, to: usize) -> Res<()> {
        let saved_at = self.at;
        let taken = self.u.blocks.split_off(to);
        let mut left = taken.clone();
        while let Some(b) = left.pop() {
            match b {
                Block::Region {
                    handler,
                    depth,
                    start,
                } => self.cover(handler, depth, start),
                Block::Loop { iter: Some(r), .. } => self.release(r, 1),
                Block::Loop { iter: None, .. } | Block::Inside(_) => {}
                Block::Finally(body) => {
                    self.u.blocks.append(&mut left);
                    self.u.blocks.push(Block::Inside("finally"));
                    self.stmts(body)?;
                    self.u.blocks.pop();
                    left = self.u.blocks.split_off(to);
                }
                Block::Handling { depth } => self.op(Op::PopExc, depth, 0, 0),
                Block::Bound(name) => self.unbind(&name)?,
                Block::With { base, is_async, at } => {
                    self.at = at;
                    let m = self.mark();
                    self.call_exit(base, is_async);
                    self.free_to(m);
                }
            }
        }
        self.u.blocks.extend(taken);
        self.reopen(to);
        self.at = saved_at;
        Ok(())
    }

    /// Regions from index `to` on cover instructions from here on.
    pub(super) fn reopen(&mut self, to: usize) {
        let now = self.u.ins.len() as u32;
        for b in &mut self.u.blocks[to..] {
            if let Block::Region { start, .. } = b {
                *start = now;
            }
        }
    }

    /// `name = None; del name`
    pub(super) fn unbind(&mut self, name: &str) -> Res<()> {
        let mangled = self.mangled(name);
        if let super::names::Access::Local(reg) = self.access(&mangled) {
            self.release(reg, 1);
            return Ok(());
        }
        let t = self.temp();
        self.load_const(Const::None, t.reg);
        self.store_name_text(&mangled, t)?;
        self.free_to(t.reg);
        self.delete_name(name);
        Ok(())
    }

    /// As CPython, at most 20 blocks in each other.
    pub(super) fn check_nesting(&mut self, range: ruff_text_size::TextRange) -> Res<()> {
        let mut n = 0;
        let mut before = false;
        for b in &self.u.blocks {
            match b {
                Block::Region { .. } => n += u32::from(!before),
                Block::Bound(_) | Block::Inside(_) => {}
                _ => n += 1,
            }
            before = !matches!(
                b,
                Block::Region { .. } | Block::Loop { .. } | Block::Inside(_)
            );
        }
        if n >= 20 {
            self.err(range, "too many statically nested blocks")
        } else {
            Ok(())
        }
    }

    /// Whether leaving the blocks above index `to` runs code that could see or change variables.
    pub(super) fn leaving_runs_code(&self, to: usize) -> bool {
        self.u.blocks[to..]
            .iter()
            .any(|b| matches!(b, Block::Finally(_) | Block::With { .. } | Block::Bound(_)))
    }
}
