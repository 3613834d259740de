//! Facts about the control-flow graph: predecessors, reverse postorder, dominators, loops.

use super::entity::Block;
use super::func::Func;

/// The graph of a function, as it was when this was made.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Predecessors of each block, reachable ones only; a block that branches twice to another appears twice.
    pub preds: Vec<Vec<Block>>,
    /// Reachable blocks in reverse postorder.
    pub rpo: Vec<Block>,
    /// Position in `rpo`; `usize::MAX` for unreachable blocks.
    pub order: Vec<usize>,
    /// Immediate dominator of each reachable block; the entry's is itself.
    pub idom: Vec<Block>,
    /// Of each reachable block, in a preorder of the dominator tree: its number, and the first one after its subtree.
    span: Vec<(u32, u32)>,
    /// Natural loops, inner ones after those that contain them.
    pub loops: Vec<Loop>,
}

/// A natural loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Its header.
    pub header: Block,
    /// The sources of its back edges.
    pub latches: Vec<Block>,
    /// All of its blocks in reverse postorder, header first.
    pub blocks: Vec<Block>,
}

impl Cfg {
    /// Looks at `f`.
    pub fn new(f: &Func) -> Cfg {
        let n = f.blocks.len();
        let mut preds = vec![Vec::new(); n];
        let mut rpo = Vec::new();
        // Depth-first without recursion: (block, next successor to visit). Successors are visited last to
        // first, so that the first, the expected one, comes right after its block.
        let mut seen = vec![false; n];
        let mut stack = vec![(f.entry(), f.succs(f.entry()).len())];
        seen[0] = true;
        while let Some((b, left)) = stack.last_mut() {
            if *left == 0 {
                rpo.push(*b);
                stack.pop();
                continue;
            }
            *left -= 1;
            let t = f.succs(*b)[*left].block;
            if !seen[t.index()] {
                seen[t.index()] = true;
                stack.push((t, f.succs(t).len()));
            }
        }
        rpo.reverse();
        let mut order = vec![usize::MAX; n];
        for (i, b) in rpo.iter().enumerate() {
            order[b.index()] = i;
            for s in f.succs(*b) {
                preds[s.block.index()].push(*b);
            }
        }
        let idom = dominators(&rpo, &order, &preds);
        let span = spans(&rpo, &idom);
        let mut cfg = Cfg {
            preds,
            rpo,
            order,
            idom,
            span,
            loops: Vec::new(),
        };
        cfg.find_loops();
        cfg
    }

    /// Whether every path to `b` passes `a`.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (first, end) = self.span[a.index()];
        // An unreachable block has an empty span.
        (first..end).contains(&self.span[b.index()].0) && self.order[b.index()] != usize::MAX
    }

    /// Whether the edge goes back to a loop header.
    pub fn is_back_edge(&self, from: Block, to: Block) -> bool {
        self.dominates(to, from)
    }

    /// The loop with that header.
    pub fn loop_of_header(&self, header: Block) -> Option<&Loop> {
        self.loops.iter().find(|l| l.header == header)
    }

    fn find_loops(&mut self) {
        for &h in &self.rpo {
            let latches: Vec<Block> = self.preds[h.index()]
                .iter()
                .copied()
                .filter(|p| self.dominates(h, *p))
                .collect();
            if latches.is_empty() {
                continue;
            }
            let mut inside = vec![false; self.preds.len()];
            inside[h.index()] = true;
            let mut work = latches.clone();
            while let Some(b) = work.pop() {
                if !inside[b.index()] {
                    inside[b.index()] = true;
                    work.extend(self.preds[b.index()].iter().copied());
                }
            }
            let blocks = self
                .rpo
                .iter()
                .copied()
                .filter(|b| inside[b.index()])
                .collect();
            self.loops.push(Loop {
                header: h,
                latches,
                blocks,
            });
        }
    }
}

/// Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm" (2001).
fn dominators(rpo: &[Block], order: &[usize], preds: &[Vec<Block>]) -> Vec<Block> {
    let unknown = Block(u32::MAX);
    let mut idom = vec![unknown; preds.len()];
    idom[0] = Block(0);
    loop {
        let mut changed = false;
        for &b in &rpo[1..] {
            let mut new = unknown;
            for &p in &preds[b.index()] {
                if idom[p.index()] == unknown {
                    continue;
                }
                new = if new == unknown {
                    p
                } else {
                    meet(p, new, &idom, order)
                };
            }
            if idom[b.index()] != new {
                idom[b.index()] = new;
                changed = true;
            }
        }
        if !changed {
            return idom;
        }
    }
}

/// See [`Cfg::span`].
fn spans(rpo: &[Block], idom: &[Block]) -> Vec<(u32, u32)> {
    // The sizes of subtrees, from the leaves; then each block takes the next free part of its dominator's span.
    let mut size = vec![1u32; idom.len()];
    for b in rpo[1..].iter().rev() {
        size[idom[b.index()].index()] += size[b.index()];
    }
    let mut span = vec![(0, 0); idom.len()];
    let mut next = vec![0u32; idom.len()];
    for b in rpo {
        let d = idom[b.index()].index();
        let first = if d == b.index() { 0 } else { next[d] };
        next[d] = first + size[b.index()];
        span[b.index()] = (first, first + size[b.index()]);
        next[b.index()] = first + 1;
    }
    span
}

fn meet(mut a: Block, mut b: Block, idom: &[Block], order: &[usize]) -> Block {
    while a != b {
        while order[a.index()] > order[b.index()] {
            a = idom[a.index()];
        }
        while order[b.index()] > order[a.index()] {
            b = idom[b.index()];
        }
    }
    a
}
