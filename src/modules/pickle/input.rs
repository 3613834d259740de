//! The bytes of a pickle that is read: all of them at hand, or from a file as they are needed.

use super::bad;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use std::ops::Range;

enum Data {
    Bytes(Py<Bytes>),
    Own(Vec<u8>),
}

/// See the module's head.
pub struct Input {
    data: Data,
    at: usize,
    /// The file's methods `read` and `readline`.
    file: Option<(Obj, Obj)>,
}

trace!(Input, file);

impl Input {
    /// Of an object's bytes.
    pub fn of(th: &Thread, o: &Obj) -> Res<Input> {
        let data = match o.exact::<Bytes>() {
            Some(b) => Data::Bytes(b.clone()),
            None => Data::Own(th.bytes_like(o)?.bytes().to_vec()),
        };
        Ok(Input {
            data,
            at: 0,
            file: None,
        })
    }
    /// Of a file.
    pub fn file(read: Obj, readline: Obj) -> Input {
        Input {
            data: Data::Own(Vec::new()),
            at: 0,
            file: Some((read, readline)),
        }
    }
    /// What is at hand.
    #[inline]
    pub fn data(&self) -> &[u8] {
        match &self.data {
            Data::Bytes(b) => b.bytes(),
            Data::Own(v) => v,
        }
    }
    /// The next instruction; an EOFError at the end.
    #[inline]
    pub fn op(&mut self, th: &Thread) -> Res<u8> {
        if let Some(b) = self.data().get(self.at) {
            let b = *b;
            self.at += 1;
            return Ok(b);
        }
        match self.more(th, 1)? {
            true => {
                self.at += 1;
                Ok(self.data()[self.at - 1])
            }
            false => Err(th.eof_error("Ran out of input")),
        }
    }
    /// The next `n` bytes, as a part of `data`.
    #[inline]
    pub fn take(&mut self, th: &Thread, n: usize) -> Res<Range<usize>> {
        if self.data().len() - self.at < n && !self.more(th, n)? {
            return Err(bad(th, "pickle data was truncated"));
        }
        let start = self.at;
        self.at += n;
        Ok(start..self.at)
    }
    /// Some bytes as an array.
    #[inline]
    pub fn array<const N: usize>(&mut self, th: &Thread) -> Res<[u8; N]> {
        let r = self.take(th, N)?;
        let mut out = [0; N];
        out.copy_from_slice(&self.data()[r]);
        Ok(out)
    }
    /// Sees to it that `n` bytes are at hand; false: there are not so many.
    fn more(&mut self, th: &Thread, n: usize) -> Res<bool> {
        let Some((read, _)) = &self.file else {
            return Ok(false);
        };
        let rest = self.data()[self.at..].to_vec();
        let got = th.call(read, &[th.uint((n - rest.len()) as u64)])?;
        let Some(got) = got.cast::<Bytes>() else {
            return Err(th.value_error(format!(
                "read() returned non-bytes object ({})",
                th.type_name(&got)
            )));
        };
        let mut all = rest;
        all.extend_from_slice(got.bytes());
        let enough = all.len() >= n;
        self.data = Data::Own(all);
        self.at = 0;
        Ok(enough)
    }
    /// A line without its end.
    pub fn line(&mut self, th: &Thread) -> Res<Vec<u8>> {
        let rest = &self.data()[self.at..];
        if let Some(n) = rest.iter().position(|c| *c == b'\n') {
            let line = rest[..n].to_vec();
            self.at += n + 1;
            return Ok(line);
        }
        let truncated = || bad(th, "pickle data was truncated");
        let Some((_, readline)) = &self.file else {
            return Err(truncated());
        };
        let mut line = rest.to_vec();
        let got = th.call(readline, &[])?;
        let Some(got) = got.cast::<Bytes>() else {
            return Err(th.value_error(format!(
                "readline() returned non-bytes object ({})",
                th.type_name(&got)
            )));
        };
        line.extend_from_slice(got.bytes());
        self.data = Data::Own(Vec::new());
        self.at = 0;
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ => Err(truncated()),
        }
    }
    /// Reads a frame ahead.
    pub fn frame(&mut self, th: &Thread, n: usize) -> Res<()> {
        let r = self.take(th, n)?;
        self.at = r.start;
        Ok(())
    }
}
