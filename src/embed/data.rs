//! Conversion between Python objects and plain Rust data.

use super::Error;
use crate::object::bytes::Bytes;
use crate::object::dict::Dict;
use crate::object::list::List;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py, Value};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Plain data.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `None`
    None,
    /// `bool`
    Bool(bool),
    /// `int` of 64 bits
    Int(i64),
    /// `float`
    Float(f64),
    /// `str`
    Str(String),
    /// `bytes` (a bytearray becomes one, too)
    Bytes(Vec<u8>),
    /// `list` (a tuple becomes one, too)
    List(Vec<Data>),
    /// `dict`, in order
    Dict(Vec<(Data, Data)>),
}

impl Data {
    /// Name of the Python type that it is converted to.
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::None => "NoneType",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Float(_) => "float",
            Data::Str(_) => "str",
            Data::Bytes(_) => "bytes",
            Data::List(_) => "list",
            Data::Dict(_) => "dict",
        }
    }

    /// A new object of this content.
    pub fn to_object(&self, th: &Thread) -> Res {
        Ok(match self {
            Data::None => Obj::NONE,
            Data::Bool(b) => Obj::bool(*b),
            Data::Int(n) => th.int(*n),
            Data::Float(x) => Obj::float(*x),
            Data::Str(s) => th.str(s)?,
            Data::Bytes(b) => th.bytes(b)?,
            Data::List(v) => {
                let items = v.iter().map(|d| d.to_object(th)).collect::<Res<Vec<_>>>()?;
                th.list(items)?
            }
            Data::Dict(v) => {
                let d = th.new_dict()?;
                for (k, x) in v {
                    let k = k.to_object(th)?;
                    let x = x.to_object(th)?;
                    d.set_item(th, &k, x)?;
                }
                Py::into_obj(d)
            }
        })
    }

    /// A copy of an object's content.
    pub fn from_object(th: &Thread, o: &Obj) -> Result<Data, Error> {
        let _d = th
            .enter("in a conversion to Rust")
            .map_err(|e| super::python(th, e))?;
        let v = o.value();
        Ok(match v {
            Value::NONE => Data::None,
            _ if v.is_bool() => Data::Bool(v == Value::TRUE),
            _ => {
                if let Some(n) = th.int_like_i64(o) {
                    Data::Int(n)
                } else if let Some(x) = th.as_float(o) {
                    Data::Float(x)
                } else if let Some(s) = o.cast::<Str>() {
                    Data::Str(s.to_rust())
                } else if o.cast::<Bytes>().is_some() || th.is_a(o, TypeId::ByteArray) {
                    let b = th.bytes_like(o).map_err(|e| super::python(th, e))?;
                    Data::Bytes(b.bytes().to_vec())
                } else if let Some(l) = o.cast::<List>() {
                    let items = l.to_vec(th);
                    Data::List(
                        items
                            .iter()
                            .map(|x| Data::from_object(th, x))
                            .collect::<Result<_, _>>()?,
                    )
                } else if let Some(t) = o.cast::<Tuple>() {
                    Data::List(
                        t.items()
                            .iter()
                            .map(|x| Data::from_object(th, x))
                            .collect::<Result<_, _>>()?,
                    )
                } else if let Some(d) = o.cast::<Dict>() {
                    Data::Dict(
                        d.items()
                            .iter()
                            .map(|(k, x)| {
                                Ok((Data::from_object(th, k)?, Data::from_object(th, x)?))
                            })
                            .collect::<Result<_, Error>>()?,
                    )
                } else {
                    return Err(Error::NotConvertible(th.type_name(o)));
                }
            }
        })
    }
}
