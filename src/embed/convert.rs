//! Rust's types and [`Data`].

use super::{Data, Error};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

macro_rules! into_data {
    ($($t:ty, $v:ident => $e:expr;)*) => {
        $(impl From<$t> for Data {
            fn from($v: $t) -> Data {
                $e
            }
        })*
    };
}

into_data! {
    (), _v => Data::None;
    bool, v => Data::Bool(v);
    i64, v => Data::Int(v);
    i32, v => Data::Int(v.into());
    u32, v => Data::Int(v.into());
    f64, v => Data::Float(v);
    String, v => Data::Str(v);
    &str, v => Data::Str(v.to_owned());
    &Data, v => v.clone();
}

impl<T: Into<Data>> From<Vec<T>> for Data {
    fn from(v: Vec<T>) -> Data {
        Data::List(v.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Data>> From<Option<T>> for Data {
    fn from(v: Option<T>) -> Data {
        v.map_or(Data::None, Into::into)
    }
}

impl<K: Into<Data>, V: Into<Data>> From<HashMap<K, V>> for Data {
    fn from(v: HashMap<K, V>) -> Data {
        Data::Dict(v.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl<K: Into<Data>, V: Into<Data>> From<BTreeMap<K, V>> for Data {
    fn from(v: BTreeMap<K, V>) -> Data {
        Data::Dict(v.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

/// What can be had of a Python object's content.
pub trait FromData: Sized {
    /// The value, or `NotConvertible` with what was there instead.
    fn from_data(d: Data) -> Result<Self, Error>;
}

fn not(d: &Data) -> Error {
    Error::NotConvertible(d.type_name().to_owned())
}

macro_rules! from_data {
    ($($t:ty, $($p:pat => $e:expr),*;)*) => {
        $(impl FromData for $t {
            fn from_data(d: Data) -> Result<$t, Error> {
                match d {
                    $($p => Ok($e),)*
                    other => Err(not(&other)),
                }
            }
        })*
    };
}

from_data! {
    (), Data::None => ();
    bool, Data::Bool(b) => b;
    i64, Data::Int(n) => n, Data::Bool(b) => i64::from(b);
    f64, Data::Float(x) => x, Data::Int(n) => n as f64;
    String, Data::Str(s) => s;
}

impl FromData for Data {
    fn from_data(d: Data) -> Result<Data, Error> {
        Ok(d)
    }
}

impl<T: FromData> FromData for Vec<T> {
    fn from_data(d: Data) -> Result<Vec<T>, Error> {
        match d {
            Data::List(v) => v.into_iter().map(T::from_data).collect(),
            other => Err(not(&other)),
        }
    }
}

impl<T: FromData> FromData for Option<T> {
    fn from_data(d: Data) -> Result<Option<T>, Error> {
        match d {
            Data::None => Ok(None),
            other => T::from_data(other).map(Some),
        }
    }
}

fn entries<K: FromData, V: FromData, C: FromIterator<(K, V)>>(d: Data) -> Result<C, Error> {
    match d {
        Data::Dict(v) => v
            .into_iter()
            .map(|(k, v)| Ok((K::from_data(k)?, V::from_data(v)?)))
            .collect(),
        other => Err(not(&other)),
    }
}

impl<K: FromData + Eq + Hash, V: FromData> FromData for HashMap<K, V> {
    fn from_data(d: Data) -> Result<HashMap<K, V>, Error> {
        entries(d)
    }
}

impl<K: FromData + Ord, V: FromData> FromData for BTreeMap<K, V> {
    fn from_data(d: Data) -> Result<BTreeMap<K, V>, Error> {
        entries(d)
    }
}
