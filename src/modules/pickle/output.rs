//! The bytes of a pickle, in frames from protocol 4 on, and the file that they go to.

use super::op;
use crate::modules::prelude::*;

/// A frame that has got so long ends at the next instruction, and what is as long stands outside frames.
pub const FRAME_TARGET: usize = 64 * 1024;
/// Shorter ones have no head.
const FRAME_MIN: usize = 4;
/// Bytes of a frame's head.
const HEAD: usize = 9;

/// See the module's head.
#[derive(Default)]
pub struct Output {
    buf: Vec<u8>,
    /// Whether frames are written.
    pub framing: bool,
    frame: Option<usize>,
    /// The file's method, if they go to one.
    write: Option<Obj>,
}

impl Output {
    /// To a file's method, or to be kept.
    pub fn to(write: Option<Obj>) -> Output {
        Output {
            write,
            ..Output::default()
        }
    }
    /// Writes bytes.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.begin();
        self.buf.extend_from_slice(bytes);
    }
    /// Writes an instruction.
    #[inline]
    pub fn op(&mut self, op: u8) {
        self.begin();
        self.buf.push(op);
    }
    /// An instruction with its argument.
    #[inline]
    pub fn op_with(&mut self, op: u8, argument: &[u8]) {
        self.begin();
        self.buf.push(op);
        self.buf.extend_from_slice(argument);
    }
    #[inline]
    fn begin(&mut self) {
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.buf.len());
            self.buf.extend_from_slice(&[0; HEAD]);
        }
    }
    /// Ends the frame.
    pub fn commit(&mut self) {
        let Some(at) = self.frame.take() else {
            return;
        };
        let n = self.buf.len() - at - HEAD;
        if n >= FRAME_MIN {
            self.buf[at] = op::FRAME;
            self.buf[at + 1..at + HEAD].copy_from_slice(&(n as u64).to_le_bytes());
        } else {
            self.buf.drain(at..at + HEAD);
        }
    }
    /// Between two objects: ends a long frame.
    #[inline]
    pub fn boundary(&mut self, th: &Thread) -> Res<()> {
        match self.frame {
            Some(at) if self.buf.len() - at - HEAD >= FRAME_TARGET => {
                self.commit();
                self.flush(th)
            }
            _ => Ok(()),
        }
    }
    /// Writes to the file what there is.
    pub fn flush(&mut self, th: &Thread) -> Res<()> {
        let Some(write) = &self.write else {
            return Ok(());
        };
        let bytes = th.bytes(&self.buf)?;
        self.buf.clear();
        th.call(write, &[bytes])?;
        Ok(())
    }
    /// An instruction, its head, and data that may be long: that has no frame, and goes to the file as it is.
    pub fn data(&mut self, th: &Thread, head: &[u8], data: &[u8], whole: Option<&Obj>) -> Res<()> {
        if data.len() < FRAME_TARGET {
            self.put(head);
            self.buf.extend_from_slice(data);
            return Ok(());
        }
        self.commit();
        th.reserve(data.len())?;
        self.buf.extend_from_slice(head);
        let Some(write) = self.write.clone() else {
            self.buf.extend_from_slice(data);
            return Ok(());
        };
        self.flush(th)?;
        let data = match whole {
            Some(o) => o.clone(),
            None => th.bytes(data)?,
        };
        th.call(&write, &[data])?;
        Ok(())
    }
    /// All bytes.
    pub fn finish(self, th: &Thread) -> Res {
        th.bytes(&self.buf)
    }
}
