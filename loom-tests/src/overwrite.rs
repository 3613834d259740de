//! Replacing words of an object without its lock.
//!
//! Bounded: two threads; one object of two rooms, of which one is in use; one word that is replaced once by each, and one move
//! to the other room. Objects are opened at the first fight.

use crate::world::{Model, Obj, Plain, go, join, spawn, start_multi};
use threadsnake_threads::ThreadRecord;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::overwrite::Overwrite;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "replaced_and_moved",
        run: replaced_and_moved,
        faults: &[Fault::OpenNoStop],
    },
    Model {
        name: "opened_after_a_fight",
        run: opened_after_a_fight,
        faults: &[Fault::OpenSleepers, Fault::LockTakeRelaxed],
    },
    Model {
        name: "open_is_seen_whole",
        run: open_is_seen_whole,
        faults: &[Fault::OpenRelaxed],
    },
];

/// An object, a word of which lies in one of two rooms.
struct Cell {
    obj: Arc<Obj>,
    room: AtomicU32,
    rooms: [AtomicU32; 2],
    /// Written under the lock only.
    plain: Arc<Plain>,
}

impl Cell {
    fn new(me: &ThreadRecord) -> Arc<Cell> {
        Arc::new(Cell {
            obj: Obj::touched(me),
            room: AtomicU32::new(0),
            rooms: [AtomicU32::new(0), AtomicU32::new(0)],
            plain: Plain::new(),
        })
    }

    /// Replaces the word: gives what was there.
    fn replace(&self, me: &ThreadRecord, new: u32) -> u32 {
        let way = ObjectLock::lock_to_overwrite(&self.obj.header, me);
        let room = &self.rooms[self.room.load(Acquire) as usize];
        match way {
            Overwrite::Open => room.swap(new, AcqRel),
            Overwrite::Locked { .. } => {
                self.plain.write();
                let old = room.load(Relaxed);
                room.store(new, Release);
                old
            }
        }
    }

    /// Opens it, as who fought for it.
    fn open(&self, me: &ThreadRecord) {
        ObjectLock::open_now(&self.obj.header, me);
    }

    /// Moves the word to the other room.
    fn shift(&self, me: &ThreadRecord) {
        let _guard = ObjectLock::lock(&self.obj.header, me);
        self.plain.write();
        let word = self.rooms[0].load(Relaxed);
        self.rooms[1].store(word, Release);
        self.room.store(1, Release);
    }

    fn word(&self) -> u32 {
        self.rooms[self.room.load(Acquire) as usize].load(Acquire)
    }
}

/// One replaces the word of an open object while the other moves it: nothing is lost.
fn replaced_and_moved() {
    let (domain, me) = start_multi();
    let cell = Cell::new(&me);
    cell.open(&me);
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        assert_eq!(theirs.replace(me, 7), 0);
    });
    cell.shift(&me);
    join(&me, [t]);
    assert_eq!(cell.word(), 7, "a replacement was lost");
}

/// Both replace; the loser of the fight opens it, with or without a sleeper, and each word is displaced once.
fn opened_after_a_fight() {
    let (domain, me) = start_multi();
    let cell = Cell::new(&me);
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        let _ = theirs.replace(me, 1);
    });
    {
        let _guard = ObjectLock::lock(&cell.obj.header, &me);
        cell.plain.write();
    }
    let old = cell.replace(&me, 2);
    join(&me, [t]);
    assert!(matches!((old, cell.word()), (0, 1) | (1, 2)));
}

/// Who finds it open sees what the last holder did.
fn open_is_seen_whole() {
    let (domain, me) = start_multi();
    let cell = Cell::new(&me);
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        if let Overwrite::Open = ObjectLock::lock_to_overwrite(&theirs.obj.header, me) {
            assert_eq!(theirs.plain.read(), 1);
        }
    });
    {
        let guard = ObjectLock::lock(&cell.obj.header, &me);
        cell.plain.write();
        drop(guard);
    }
    cell.open(&me);
    join(&me, [t]);
}
