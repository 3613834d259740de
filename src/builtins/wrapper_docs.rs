//! Documentation and signatures of the special methods that native types get from their slots.

use super::wrappers::Dunder as D;
use crate::object::slots::{BinOp, CmpOp};

/// `__doc__`
pub fn doc(what: D) -> String {
    let text = match what {
        D::Init => "Initialize self.  See help(type(self)) for accurate signature.",
        D::Call => "Call self as a function.",
        D::Repr => "Return repr(self).",
        D::Str => "Return str(self).",
        D::Hash => "Return hash(self).",
        D::Cmp(op) => return format!("Return self{}value.", comparison(op)),
        D::GetAttribute => "Return getattr(self, name).",
        D::GetAttr => "",
        D::SetAttr => "Implement setattr(self, name, value).",
        D::DelAttr => "Implement delattr(self, name).",
        D::Iter => "Implement iter(self).",
        D::Next => "Implement next(self).",
        D::Bool => "True if self else False",
        D::Int => "int(self)",
        D::Float => "float(self)",
        D::Index => {
            "Return self converted to an integer, if self is suitable for use as an index into a list."
        }
        D::Neg => "-self",
        D::Pos => "+self",
        D::Abs => "abs(self)",
        D::Invert => "~self",
        D::Bin(BinOp::DivMod) => "Return divmod(self, value).",
        D::RBin(BinOp::DivMod) => "Return divmod(value, self).",
        D::Bin(op) => return format!("Return self{}value.", operator(op)),
        D::RBin(op) => return format!("Return value{}self.", operator(op)),
        D::IBin(op) => return format!("Return self{}=value.", operator(op)),
        D::Pow => "Return pow(self, value, mod).",
        D::RPow => "Return pow(value, self, mod).",
        D::IPow => "Return self**=value.",
        D::Len => "Return len(self).",
        D::GetItem => "Return self[key].",
        D::SetItem => "Set self[key] to value.",
        D::DelItem => "Delete self[key].",
        D::Contains => "Return bool(key in self).",
        D::Concat => "Return self+value.",
        D::Repeat => "Return self*value.",
        D::RRepeat => "Return value*self.",
        D::IConcat => "Implement self+=value.",
        D::IRepeat => "Implement self*=value.",
        D::Get => "Return an attribute of instance, which is of type owner.",
        D::Set => "Set an attribute of instance to value.",
        D::Delete => "Delete an attribute of instance.",
        D::Await => "Return an iterator to be used in await expression.",
        D::AIter => "Return an awaitable, that resolves in asynchronous iterator.",
        D::ANext => "Return a value or raise StopAsyncIteration.",
        D::Del => "Called when the instance is about to be destroyed.",
        D::Buffer => "Return a buffer object that exposes the underlying memory of the object.",
    };
    text.to_owned()
}

/// `__text_signature__`
pub fn signature(what: D) -> &'static str {
    match what {
        D::Init | D::Call => "($self, /, *args, **kwargs)",
        D::Cmp(_)
        | D::Bin(_)
        | D::RBin(_)
        | D::IBin(_)
        | D::IPow
        | D::Concat
        | D::Repeat
        | D::RRepeat
        | D::IConcat
        | D::IRepeat => "($self, value, /)",
        D::GetAttribute | D::GetAttr | D::DelAttr => "($self, name, /)",
        D::SetAttr => "($self, name, value, /)",
        D::Pow | D::RPow => "($self, value, mod=None, /)",
        D::GetItem | D::DelItem | D::Contains => "($self, key, /)",
        D::SetItem => "($self, key, value, /)",
        D::Get => "($self, instance, owner=None, /)",
        D::Set => "($self, instance, value, /)",
        D::Delete => "($self, instance, /)",
        D::Buffer => "($self, flags, /)",
        D::Repr
        | D::Str
        | D::Hash
        | D::Iter
        | D::Next
        | D::Bool
        | D::Int
        | D::Float
        | D::Index
        | D::Neg
        | D::Pos
        | D::Abs
        | D::Invert
        | D::Len
        | D::Await
        | D::AIter
        | D::ANext
        | D::Del => "($self, /)",
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Lt => "<",
        CmpOp::Le => "<=",
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        CmpOp::Gt => ">",
        CmpOp::Ge => ">=",
    }
}

fn operator(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::TrueDiv => "/",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "%",
        BinOp::MatMul => "@",
        BinOp::LShift => "<<",
        BinOp::RShift => ">>",
        BinOp::And => "&",
        BinOp::Or => "|",
        BinOp::Xor => "^",
        BinOp::DivMod => "divmod",
    }
}
