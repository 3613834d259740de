//! All exits of a piece of code, packed.
//!
//! Code has an exit for each of its guards and hardly ever takes most of them, but each names all places of all frames
//! that it would rebuild. So they are kept as bytes, and one is unpacked when it is asked for. Lists of places that several
//! exits have in common, as those of a caller while its callee runs, are there once.
//!
//! An exit: the snapshot's origin and flags, the frames (code, pc, how, where its list is), the objects (what to allocate,
//! where the list of fields is), where the list of what is released is. See [`crate::bytes`].

use crate::bytes::{Is, Lists, Reader, number};
use crate::exit::{ExitInfo, Place};
use crate::ir::{AllocInfo, Op, SnapEntry, SnapFrame, SnapVal, Snapshot, Type, Value, VirtualObj};

/// See the module.
#[derive(Debug, Default)]
pub struct Exits {
    bytes: Box<[u8]>,
    /// Where each exit begins, and its operation.
    exits: Box<[(u32, Op)]>,
}

/// Packs exits. To be given them in order.
#[derive(Default)]
pub struct Packer {
    bytes: Vec<u8>,
    exits: Vec<(u32, Op)>,
    lists: Lists,
}

impl Packer {
    /// Adds an exit of operation `op` to the state `s`; `find` gives a value's type and place.
    pub fn add(&mut self, op: Op, s: &Snapshot, find: impl Fn(Value) -> (Type, Place)) {
        let mut head = Vec::new();
        let (bytes, lists) = (&mut self.bytes, &mut self.lists);
        let is = |v| {
            let (ty, place) = find(v);
            Is::At(ty, place)
        };
        let mut list = |entries: &[SnapEntry]| lists.put(bytes, entries, &is);
        number(&mut head, u64::from(s.origin) << 1 | u64::from(s.otherwise));
        number(&mut head, s.frames.len() as u64);
        for f in &s.frames {
            number(&mut head, f.code);
            number(&mut head, u64::from(f.pc));
            number(&mut head, u64::from(f.how));
            number(&mut head, list(&f.regs));
        }
        number(&mut head, s.virtuals.len() as u64);
        for o in &s.virtuals {
            number(&mut head, u64::from(o.alloc.size));
            number(&mut head, u64::from(o.alloc.shape));
            number(&mut head, u64::from(o.alloc.flags));
            number(&mut head, list(&o.fields));
        }
        let entry = |v: &Value| SnapEntry {
            place: 0,
            val: SnapVal::Value(*v),
            incref: false,
        };
        let release: Vec<SnapEntry> = s.release.iter().map(entry).collect();
        number(&mut head, list(&release));
        self.exits.push((self.bytes.len() as u32, op));
        self.bytes.append(&mut head);
    }

    /// All that were added.
    pub fn finish(self) -> Exits {
        Exits {
            bytes: self.bytes.into(),
            exits: self.exits.into(),
        }
    }
}

impl Exits {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.exits.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.exits.is_empty()
    }
    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(&self.exits[..])
    }
    /// The operation that leaves through the `n`-th, as in the table.
    pub fn reason(&self, n: usize) -> &'static str {
        self.exits[n].1.info().text
    }
    /// The `n`-th, unpacked.
    pub fn get(&self, n: usize) -> ExitInfo {
        let mut r = Reader {
            bytes: &self.bytes,
            at: self.exits[n].0 as usize,
        };
        let mut values = Vec::new();
        let mut value = |ty, place| {
            values.push((ty, place));
            Value::new(values.len() - 1)
        };
        let first = r.number();
        let frames = r.word();
        let frames = (0..frames)
            .map(|_| SnapFrame {
                code: r.number(),
                pc: r.word(),
                how: r.word(),
                regs: r.list(&mut value).into(),
            })
            .collect();
        let virtuals = r.word();
        let virtuals = (0..virtuals)
            .map(|_| VirtualObj {
                alloc: AllocInfo {
                    size: r.word(),
                    shape: r.word(),
                    flags: r.number() as u8,
                },
                fields: r.list(&mut value),
            })
            .collect();
        let release = r.list(&mut value);
        let release = release.iter().filter_map(|e| match e.val {
            SnapVal::Value(v) => Some(v),
            _ => None,
        });
        ExitInfo {
            reason: self.reason(n),
            snap: Snapshot {
                frames,
                virtuals,
                release: release.collect(),
                otherwise: first & 1 != 0,
                origin: (first >> 1) as u32,
            },
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use threadsnake_threads::sync::Arc;

    fn entry(place: u32, val: SnapVal, incref: bool) -> SnapEntry {
        SnapEntry { place, val, incref }
    }

    #[test]
    fn what_was_packed_comes_out_and_equal_lists_are_there_once() {
        let value = |n| SnapVal::Value(Value::new(n));
        let places = [
            (Type::I64, Place::Word(3)),
            (Type::F64, Place::Word(300)),
            (Type::I64, Place::Const(u64::MAX)),
            (Type::Obj, Place::Const(1 << 28)),
        ];
        let outer: Arc<[SnapEntry]> = [
            entry(0, value(1), false),
            entry(0xFFFF, SnapVal::Const(Type::Val, 7), true),
            entry(5, SnapVal::Const(Type::I64, 1 << 60), false),
        ]
        .into();
        let snap = |pc| Snapshot {
            frames: vec![
                SnapFrame {
                    code: 0,
                    pc: 9,
                    how: 0,
                    regs: outer.clone(),
                },
                SnapFrame {
                    code: 1 << 40,
                    pc,
                    how: 1,
                    regs: [
                        entry(1, SnapVal::Virtual(0), false),
                        entry(2, value(2), true),
                    ]
                    .into(),
                },
            ],
            virtuals: vec![VirtualObj {
                alloc: AllocInfo {
                    size: 48,
                    shape: 1000,
                    flags: 255,
                },
                fields: vec![entry(16, value(0), false)],
            }],
            release: vec![Value::new(3)],
            otherwise: true,
            origin: 70_000,
        };
        let mut p = Packer::default();
        p.add(Op::GuardTrue, &snap(200), |v| places[v.index()]);
        let one = p.bytes.len();
        p.add(Op::Exit, &snap(201), |v| places[v.index()]);
        let exits = p.finish();
        assert!(exits.bytes.len() - one < 30);
        for (n, reason) in [(0, "guard_true"), (1, "exit")] {
            let info = exits.get(n);
            assert_eq!(info.reason, reason);
            // The values are numbered anew, in order.
            let back = [1, 2, 0, 3];
            let mut s = info.snap.clone();
            s.map_values(|v| Value::new(back[v.index()]));
            assert_eq!(s, snap(200 + n as u32));
            let found: Vec<_> = back.iter().map(|b| places[*b]).collect();
            assert_eq!(info.values, found);
        }
    }
}
