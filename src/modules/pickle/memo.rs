//! What a pickler has written, by identity, with the number under which the reader knows it. Holds the objects, so that no other
//! one gets the place of one that has died.

use crate::modules::prelude::*;

/// See the module's head.
#[derive(Default)]
pub struct Memo {
    keep: Vec<Obj>,
    /// Open addressing: the word of an object, 0 where there is none, and its number.
    table: Vec<(u64, u32)>,
    len: usize,
}

trace!(Memo, keep);

impl Memo {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn place(&self, word: u64) -> usize {
        let mask = self.table.len() - 1;
        // Objects lie at multiples of 8 at least.
        let mut i = (word >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> 20 & mask;
        while self.table[i].0 != 0 && self.table[i].0 != word {
            i = (i + 1) & mask;
        }
        i
    }

    /// The number of an object.
    #[inline]
    pub fn get(&self, o: &Obj) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let word = o.value().0;
        let (found, n) = self.table[self.place(word)];
        (found == word).then_some(n)
    }

    /// Gives an object a number.
    pub fn put(&mut self, o: &Obj, n: u32) {
        if self.len * 3 >= self.table.len() * 2 {
            self.grow();
        }
        let i = self.place(o.value().0);
        if self.table[i].0 == 0 {
            self.len += 1;
            self.keep.push(o.clone());
        }
        self.table[i] = (o.value().0, n);
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(32);
        let old = std::mem::replace(&mut self.table, vec![(0, 0); size]);
        for (word, n) in old {
            if word != 0 {
                let i = self.place(word);
                self.table[i] = (word, n);
            }
        }
    }

    /// All objects and their numbers.
    pub fn items(&self) -> Vec<(Obj, u32)> {
        self.keep
            .iter()
            .map(|o| (o.clone(), self.get(o).unwrap_or(0)))
            .collect()
    }
}
