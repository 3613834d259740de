//! Constants of a code object, each once.

use super::{Compiler, Reg};
use crate::code::{Const, StrConst};
use crate::opcode::Op;

/// A constant by value and type, as a map key. `0.0` and `-0.0` differ; so do `1` and `True`.
#[derive(PartialEq, Eq, Hash, Clone, Debug)]
pub(crate) enum ConstKey {
    None,
    Bool(bool),
    Ellipsis,
    Int(i64),
    Big(String),
    Float(u64),
    Complex(u64, u64),
    Str(StrConst),
    Bytes(Box<[u8]>),
    Tuple(Vec<ConstKey>),
    Frozen(Vec<ConstKey>),
    Slice(Vec<ConstKey>),
}

/// The key of a constant; `None` for code.
pub(crate) fn const_key(c: &Const) -> Option<ConstKey> {
    let all = |v: &[Const]| v.iter().map(const_key).collect::<Option<Vec<_>>>();
    Some(match c {
        Const::None => ConstKey::None,
        Const::Bool(b) => ConstKey::Bool(*b),
        Const::Ellipsis => ConstKey::Ellipsis,
        Const::Int(i) => ConstKey::Int(*i),
        Const::BigInt(i) => ConstKey::Big(i.in_radix(16).to_string()),
        Const::Float(f) => ConstKey::Float(f.to_bits()),
        Const::Complex(r, i) => ConstKey::Complex(r.to_bits(), i.to_bits()),
        Const::Str(s) => ConstKey::Str(s.clone()),
        Const::Bytes(b) => ConstKey::Bytes(b.clone()),
        Const::Tuple(v) => ConstKey::Tuple(all(v)?),
        Const::FrozenSet(v) => ConstKey::Frozen(all(v)?),
        Const::Slice(v) => ConstKey::Slice(all(&v[..])?),
        Const::Code(_) => return None,
    })
}

impl Compiler<'_> {
    /// Index of a constant.
    pub fn constant(&mut self, c: Const) -> u32 {
        let key = const_key(&c);
        if let Some(k) = &key
            && let Some(&i) = self.u.const_index.get(k)
        {
            return i;
        }
        let i = self.u.consts.len() as u32;
        self.u.consts.push(c);
        if let Some(k) = key {
            self.u.const_index.insert(k, i);
        }
        i
    }

    /// `R[dst] = c`
    pub fn load_const(&mut self, c: Const, dst: Reg) {
        if !self.u.reachable {
            return;
        }
        match c {
            Const::Int(i) if i32::try_from(i).is_ok() => {
                self.op_bc(Op::LoadInt, 0, dst, i as i32 as u32)
            }
            c => {
                let i = self.constant(c);
                self.op_bc(Op::LoadConst, 0, dst, i);
            }
        }
    }

    /// `R[dst] = "text"`
    pub fn load_str(&mut self, text: &str, dst: Reg) {
        self.load_const(Const::Str(StrConst::Text(text.into())), dst);
    }
}
