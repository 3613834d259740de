//! What the kept IR becomes for the Multi tier.
//!
//! The recorder emits plain loads and stores for writes to shared containers: an attribute slot, a list item. In Single
//! they are what is executed. In Multi such a write must happen under the object's lock and must take out exactly what it
//! replaces: here each pair of a load of the old value and a store of the new one becomes one call.

use super::{helpers, layout};
use threadsnake_jit::ir::{
    AliasClass, Block, ClassSet, Func, HelperDecl, Inst, InstData, Op, Replace, Snap, Type,
    Value as V,
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
        let last = reads[n..].iter().filter(group).filter(|o| index(o).is_some());
        let last = match index(r) {
            Some(_) => last.max_by_key(|o| index(o)).map_or(r.index, |o| o.index),
            None => r.index,
        };
        if let Some(b) = block_of(&f, r.load) {
            check(&mut f, b, r, last);
        }
    }
    for w in writes {
        if let Some(b) = block_of(&f, w.store) {
            rewrite(&mut f, b, w);
        }
    }
    f
}

/// The block that holds an instruction: blocks are split when a side exit is joined.
fn block_of(f: &Func, i: Inst) -> Option<Block> {
    f.blocks
        .iter()
        .position(|b| b.insts.contains(&i))
        .map(Block::new)
}

/// Checks, before an item is read, that the storage has the word with the number `index`.
fn check(f: &mut Func, block: Block, r: &Read, index: V) {
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
    let mut d = InstData::new(Op::LoadI64, &[r.array]);
    d.mem.class = AliasClass::LIST;
    let cap = add(f, d);
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
    };
    let (second, new_const) = second;
    let object = f.make_inst(InstData::new(Op::BoxObj, &[w.object]));
    let boxed = f.inst(object).result.unwrap_or(w.object);
    let args = [thread, boxed, second, w.value];
    let types = args.iter().map(|v| f.ty(*v)).collect();
    let classes = |c: &[AliasClass]| c.iter().fold(ClassSet::NONE, |s, c| s.union(c.set()));
    let touched = classes(&[
        AliasClass::SLOTS,
        AliasClass::ITEMS,
        AliasClass::HEADER,
        AliasClass::LIST,
    ]);
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
