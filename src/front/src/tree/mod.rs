//! Syntax trees as Python shows them (module `ast`), without Python objects: a node is its class, its place and the
//! values of its fields. [`table`] is the vocabulary; `show` makes such a tree of the parser's, `read` the parser's of
//! such a tree, so that it can be compiled.

mod read;
mod show;
pub mod table;

pub use read::TreeError;
pub(crate) use read::{Places, read};
pub(crate) use show::show;
pub use table::{Card, Field, Group, Kind, Ty};

use crate::code::{Const, Pos};

/// What a field holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`
    None,
    /// A node.
    Node(Box<Node>),
    /// A list.
    List(Vec<Value>),
    /// An identifier or other text.
    Text(String),
    /// An int.
    Int(i64),
    /// A constant.
    Const(Const),
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its class.
    pub kind: Kind,
    /// Its place; all zero where its class has none.
    pub pos: Pos,
    /// The values of its fields, in the order of the table.
    pub fields: Vec<Value>,
}

impl From<Node> for Value {
    fn from(n: Node) -> Value {
        Value::Node(Box::new(n))
    }
}

impl From<Option<Node>> for Value {
    fn from(n: Option<Node>) -> Value {
        n.map_or(Value::None, Value::from)
    }
}

impl From<Vec<Node>> for Value {
    fn from(n: Vec<Node>) -> Value {
        Value::List(n.into_iter().map(Value::from).collect())
    }
}

impl Node {
    /// How many nodes lie on the longest way down.
    pub fn depth(&self) -> usize {
        1 + self.fields.iter().map(Value::depth).max().unwrap_or(0)
    }
}

impl Value {
    fn depth(&self) -> usize {
        match self {
            Value::Node(n) => n.depth(),
            Value::List(l) => l.iter().map(Value::depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}
