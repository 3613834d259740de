//! What the kept IR becomes for the Multi tier.
//!
//! The recorder emits plain loads and stores for writes to shared containers: an attribute slot, a list item. In Single
//! they are what is executed. In Multi such a write must happen under the object's lock and must take out exactly what it
//! replaces: here each pair of a load of the old value and a store of the new one becomes one call.

use super::{helpers, layout};
use threadsnake_jit::ir::{
    AliasClass, Block, Func, HelperDecl, Inst, InstData, Op, Replace, Snap, Type, Value as V,
};

/// A write to a shared object.
#[derive(Clone, Debug)]
pub struct Write {
    /// Load of what was there; its result is used further on. For a new attribute: none.
    pub load: Option<Inst>,
    /// The store.
    pub store: Inst,
    /// Instructions for Single only: stores that the call takes care of, too, and checks of what was there.
    pub also: Vec<Inst>,
    /// In Single what was there was checked to be no object: in Multi it is dropped.
    pub drops: bool,
    /// The object.
    pub object: V,
    /// The boxed value.
    pub value: V,
    /// Where.
    pub place: Place,
    /// The state before the instruction.
    pub snap: Snap,
}

/// Where a write goes.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Inline attribute slot at this offset of objects of this shape.
    Slot(i32, u32),
    /// A new attribute: as `Slot`, and the object moves to the other shape.
    Add(i32, u32, u32),
    /// A list item with this index.
    Item(V),
    /// An item with this index, of so many bytes, of an `array.array`: the value is an integer or a double.
    Number(V, u8),
    /// What belongs to an object that was just made.
    New,
}

impl Place {
    /// The same under the new names of values.
    pub fn renamed(self, new: impl Fn(V) -> V) -> Place {
        match self {
            Place::Item(i) => Place::Item(new(i)),
            Place::Number(i, width) => Place::Number(new(i), width),
            Place::Slot(..) | Place::Add(..) | Place::New => self,
        }
    }
}

/// How the storage says how many items it has room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Room {
    /// That of lists: by their number.
    Items,
    /// That of `array.array`s: by bytes, of which an item takes this power of two.
    Bytes(u8),
}

/// A read of a list item: between the check of the index and the read the list may get other storage in Multi, so there
/// the index is checked against the capacity of the storage itself (beyond the length its words are empty).
#[derive(Clone, Debug)]
pub struct Read {
    /// The load.
    pub load: Inst,
    /// The storage.
    pub array: V,
    /// The index.
    pub index: V,
    /// How much the storage holds.
    pub room: Room,
    /// The state before the instruction.
    pub snap: Snap,
}

/// The IR for Multi.
pub fn transform(mut f: Func, writes: &[Write], reads: &[Read]) -> Func {
    for (n, r) in reads.iter().enumerate() {
        // Items that are read one after the other are checked once, with the last one.
        let group = |other: &&Read| other.snap == r.snap && other.array == r.array;
        let index = |r: &Read| f.as_const(r.index);
        if index(r).is_some() && reads[..n].iter().any(|o| group(&o) && index(o).is_some()) {
            continue;
        }
        let last = index(r).map(|_| {
            let group = reads[n..].iter().filter(group);
            group.filter_map(index).max().unwrap_or_default()
        });
        if let Some(b) = block_of(&f, r.load) {
            check(&mut f, b, r, last);
        }
    }
    // Decided before anything is rewritten: a call for an object shows it to others.
    let fresh: Vec<bool> = writes.iter().map(|w| is_fresh(&f, w)).collect();
    for (w, fresh) in writes.iter().zip(fresh) {
        match block_of(&f, w.store) {
            Some(b) if fresh => publish(&mut f, b, w),
            Some(b) => rewrite(&mut f, b, w),
            None => {}
        }
    }
    f
}

/// Whether the object was made in this block, and nobody else can have found it before the write: then that needs no lock.
fn is_fresh(f: &Func, w: &Write) -> bool {
    match w.place {
        Place::New => return true,
        Place::Item(_) | Place::Number(..) => return false,
        Place::Slot(..) | Place::Add(..) => {}
    }
    let object = f.root(w.object);
    let Some(block) = block_of(f, w.store) else {
        return false;
    };
    let insts = f.blocks[block.index()]
        .insts
        .iter()
        .map(|i| (*i, f.inst(*i)));
    let mut since = insts
        .take_while(|(i, _)| *i != w.store)
        .skip_while(|(_, d)| d.op != Op::Alloc || d.result != Some(object));
    since.next().is_some() && since.all(|(_, d)| keeps(f, d, object))
}

/// Whether after the instruction still nobody else can find the object.
fn keeps(f: &Func, d: &InstData, object: V) -> bool {
    let is = |v: &V| f.root(*v) == object;
    if let Some(s) = d.snap
        && (d.op == Op::Enter || d.helper.is_some_and(|h| f.helpers[h.index()].python))
    {
        // Frames can be looked at.
        let mut named = false;
        f.snaps[s.index()].for_each(|v| named |= is(&v));
        if named {
            return false;
        }
    }
    let b = &d.op.info().behaviour;
    if d.succs.iter().flat_map(|s| s.args.iter()).any(is) {
        return false;
    }
    match d.op {
        _ if b.store => d.args.last().is_none_or(|v| !is(v)),
        _ if b.load || b.guard || b.writes == AliasClass::REFCOUNT.set() => true,
        Op::BoxObj | Op::UnboxObj | Op::Decref | Op::DecrefVal => true,
        _ => !d.args.iter().any(is),
    }
}

/// Before a store in an object that nobody else can find: who finds that one later finds what is stored, too.
fn publish(f: &mut Func, block: Block, w: &Write) {
    let insts = &f.blocks[block.index()].insts;
    let Some(at) = insts.iter().position(|i| *i == w.store) else {
        return;
    };
    let i = f.make_inst(InstData::new(Op::Publish, &[w.value]));
    f.blocks[block.index()].insts.insert(at, i);
}

/// The block that holds an instruction: blocks are split when a side exit is joined.
fn block_of(f: &Func, i: Inst) -> Option<Block> {
    f.blocks
        .iter()
        .position(|b| b.insts.contains(&i))
        .map(Block::new)
}

/// Checks, before an item is read, that the storage has it, or the one with the number `index`.
fn check(f: &mut Func, block: Block, r: &Read, index: Option<u64>) {
    let insts = &f.blocks[block.index()].insts;
    let Some(at) = insts.iter().position(|i| *i == r.load) else {
        return;
    };
    let mut new = Vec::new();
    let mut add = |f: &mut Func, d: InstData| {
        let i = f.make_inst(d);
        new.push(i);
        f.inst(i).result.unwrap_or(r.array)
    };
    let null = add(f, InstData::new(Op::Pconst, &[]));
    let none = add(f, InstData::new(Op::Peq, &[r.array, null]));
    add(f, InstData::new(Op::GuardFalse, &[none]).at(r.snap));
    let cap = match r.room {
        Room::Items => {
            let mut d = InstData::new(Op::LoadU32, &[r.array]);
            d.mem.off = layout::LIST_CAP;
            d.mem.class = AliasClass::LIST;
            add(f, d)
        }
        Room::Bytes(width) => {
            let mut d = InstData::new(Op::LoadI64, &[r.array]);
            d.mem.class = layout::ARRAY;
            let bytes = add(f, d);
            let by = InstData::new(Op::Iconst, &[]).imm(width.trailing_zeros().into());
            let by = add(f, by);
            add(f, InstData::new(Op::Ishr, &[bytes, by]))
        }
    };
    let index = match index {
        Some(n) => add(f, InstData::new(Op::Iconst, &[]).imm(n)),
        None => r.index,
    };
    let ok = add(f, InstData::new(Op::Ult, &[index, cap]));
    add(f, InstData::new(Op::GuardTrue, &[ok]).at(r.snap));
    f.blocks[block.index()].insts.splice(at..at, new);
}

fn rewrite(f: &mut Func, block: Block, w: &Write) {
    let insts = &f.blocks[block.index()].insts;
    let Some(at) = insts.iter().position(|i| *i == w.store) else {
        return;
    };
    let thread = f.thread();
    let (name, addr, second, replaces): (_, *const (), _, _) = match w.place {
        Place::Slot(offset, shape) => (
            "swap_slot",
            helpers::swap_slot as *const (),
            constant(f, u64::from(offset as u32) | u64::from(shape) << 32),
            Replace::Slot { offset, shape },
        ),
        Place::Add(offset, shape, new) => (
            "add_slot",
            helpers::add_slot as *const (),
            constant(
                f,
                u64::from(offset as u32 / 8) | u64::from(shape) << 8 | u64::from(new) << 36,
            ),
            Replace::Add { offset, shape, new },
        ),
        Place::Item(i) => (
            "swap_item",
            helpers::swap_item as *const (),
            (i, None),
            Replace::Item {
                len: layout::LIST_LEN,
                array: layout::LIST_ARRAY,
                first: layout::LIST_ITEMS,
            },
        ),
        Place::New => return,
        Place::Number(i, width) => (
            "set_number",
            helpers::set_number as *const (),
            (i, None),
            Replace::Number {
                len: layout::ARRAY_LEN,
                array: layout::ARRAY_BLOCK,
                first: layout::ARRAY_ITEMS,
                width,
            },
        ),
    };
    let (second, new_const) = second;
    let object = f.make_inst(InstData::new(Op::BoxObj, &[w.object]));
    let boxed = f.inst(object).result.unwrap_or(w.object);
    let bits =
        (f.ty(w.value) == Type::F64).then(|| f.make_inst(InstData::new(Op::Fbits, &[w.value])));
    let value = bits.and_then(|i| f.inst(i).result).unwrap_or(w.value);
    let args = [thread, boxed, second, value];
    let types = args.iter().map(|v| f.ty(*v)).collect();
    // What this thread finds changed afterwards; others it need not see before its next safepoint.
    let touched = match w.place {
        Place::Slot(..) | Place::New => AliasClass::SLOTS.set(),
        Place::Add(..) => AliasClass::SLOTS.set().union(AliasClass::HEADER.set()),
        Place::Item(_) => AliasClass::ITEMS.set().union(AliasClass::LIST.set()),
        Place::Number(..) => {
            let items = [layout::ARRAY_INTS, layout::ARRAY_FLOATS][usize::from(bits.is_some())];
            items.set().union(layout::ARRAY.set())
        }
    };
    let h = f.add_helper(HelperDecl {
        name: name.into(),
        addr: addr as u64,
        args: types,
        ret: Some(Type::Val),
        reads: touched,
        writes: touched,
        raises: false,
        python: false,
        pure: false,
        multi: true,
        replaces: Some(replaces),
    });
    let mut d = InstData::new(Op::Call, &args);
    d.helper = Some(h);
    let call = f.make_inst(d);
    let Some(old) = f.inst(call).result else {
        return;
    };
    // The exit does the instruction again: right only if the call has done nothing.
    let undone = f.otherwise(w.snap);
    let guard = f.make_inst(InstData::new(Op::GuardNotEmpty, &[old]).at(undone));
    let mut new: Vec<Inst> = new_const.into_iter().collect();
    new.extend(bits);
    new.extend([object, call, guard]);
    if w.drops {
        new.push(f.make_inst(InstData::new(Op::DecrefVal, &[old])));
    }
    f.blocks[block.index()].insts.splice(at..=at, new);
    let gone = |i: &Inst| w.also.contains(i) || w.load == Some(*i);
    f.blocks[block.index()].insts.retain(|i| !gone(i));
    if let Some(was) = w.load.and_then(|l| f.inst(l).result) {
        let mut map = f.identity_map();
        map[was.index()] = old;
        f.rewrite_values(&map);
    }
}

/// An integer constant, to be put before its use.
fn constant(f: &mut Func, bits: u64) -> (V, Option<Inst>) {
    let i = f.make_inst(InstData::new(Op::Iconst, &[]).imm(bits));
    let v = f.inst(i).result.unwrap_or(f.thread());
    (v, Some(i))
}
