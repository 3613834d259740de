//! Who is told of a document: the handlers of a `pyexpat` parser, or the parser of `_elementtree`.

use super::parse::{Place, Step};
use super::{H, Parser, flush};
use crate::modules::prelude::*;
use std::borrow::Cow;
use threadsnake_threads::sync::atomic::Ordering;

/// An attribute's name, with its namespace, and its value.
pub(in crate::modules) type Attr<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Who is told. `raw` is the text as the document has it.
pub(in crate::modules) trait Listener {
    /// A token begins here.
    fn at(&self, place: Place);
    /// Whether this is told, with [`Listener::tell`]; what is not is told as it is written, with [`Listener::default`].
    fn hears(&self, h: H) -> bool;
    /// Tells `h`, which is heard.
    fn tell(&self, th: &Thread, h: H, args: &[Obj]) -> Res;
    /// What nobody else hears.
    fn default(&self, th: &Thread, raw: &str) -> Step;
    /// Whether entities go to [`Listener::default`] as they are written.
    fn leaves_entities(&self) -> bool;
    /// An element begins.
    fn start(&self, th: &Thread, name: &str, attrs: &[Attr<'_>], raw: &str) -> Step;
    /// An element ends.
    fn end(&self, th: &Thread, name: &str, raw: &str) -> Step;
    /// Text within an element.
    fn text(&self, th: &Thread, text: &str, raw: &str) -> Step;
    /// Whether each line of text, and each line end, is told for itself.
    fn by_lines(&self) -> bool;
    /// A name as an object, of which there may be one for all its places.
    fn name(&self, th: &Thread, name: &str) -> Res;
    /// What entities kept elsewhere are relative to.
    fn base(&self) -> Obj;
    /// Whether names keep their prefix beside the namespace.
    fn keeps_prefixes(&self) -> bool;
    /// Whether attributes that have a default only are left out.
    fn specified_only(&self) -> bool;
    /// Whether a token that has not come to its end is looked at again only when twice as much is there.
    fn defers(&self) -> bool;
}

/// Tells a handler; where there is none, the default one gets the text.
pub(super) fn tell(
    th: &Thread,
    p: &dyn Listener,
    h: H,
    args: impl FnOnce() -> Res<Vec<Obj>>,
    raw: &str,
) -> Step<Option<Obj>> {
    if p.hears(h) {
        return Ok(Some(p.tell(th, h, &args()?)?));
    }
    if !raw.is_empty() {
        p.default(th, raw)?;
    }
    Ok(None)
}

impl Listener for Py<Parser> {
    fn at(&self, place: Place) {
        self.line.store(place.line, Ordering::Relaxed);
        self.column.store(place.column, Ordering::Relaxed);
        self.byte.store(place.byte, Ordering::Relaxed);
    }
    fn hears(&self, h: H) -> bool {
        self.handler(h).is_some()
    }
    fn tell(&self, th: &Thread, h: H, args: &[Obj]) -> Res {
        flush(th, self)?;
        match self.handler(h) {
            Some(f) => th.call(&f, args),
            None => Ok(Obj::NONE),
        }
    }
    fn default(&self, th: &Thread, raw: &str) -> Step {
        let f = self
            .handler(H::DefaultExpand)
            .or_else(|| self.handler(H::Default));
        if let Some(f) = f
            && !raw.is_empty()
        {
            flush(th, self)?;
            th.call(&f, &[th.str(raw)?])?;
        }
        Ok(())
    }
    fn leaves_entities(&self) -> bool {
        self.hears(H::Default) && !self.hears(H::DefaultExpand)
    }
    fn start(&self, th: &Thread, name: &str, attrs: &[Attr<'_>], raw: &str) -> Step {
        let args = || {
            let given = match self.has(super::ORDERED) {
                true => {
                    let mut list = Vec::with_capacity(2 * attrs.len());
                    for (k, v) in attrs {
                        list.push(self.name(th, k)?);
                        list.push(th.str(v)?);
                    }
                    th.list(list)?
                }
                false => {
                    let d = th.new_dict()?;
                    for (k, v) in attrs {
                        d.set_item(th, &self.name(th, k)?, th.str(v)?)?;
                    }
                    d.into_obj()
                }
            };
            Ok(vec![self.name(th, name)?, given])
        };
        tell(th, self, H::StartElement, args, raw).map(drop)
    }
    fn end(&self, th: &Thread, name: &str, raw: &str) -> Step {
        let args = || Ok(vec![self.name(th, name)?]);
        tell(th, self, H::EndElement, args, raw).map(drop)
    }
    fn text(&self, th: &Thread, text: &str, raw: &str) -> Step {
        let Some(f) = self.handler(H::CharacterData) else {
            return self.default(th, raw);
        };
        if self.has(super::BUFFER_TEXT) {
            let size = self.buffer_size.load(Ordering::Relaxed) as usize;
            if self.waiting.with(th, self.head(), |w| w.len()) + text.len() > size {
                flush(th, self)?;
                if text.len() > size {
                    th.call(&f, &[th.str(text)?])?;
                    return Ok(());
                }
            }
            self.waiting.with(th, self.head(), |w| w.push_str(text));
            return Ok(());
        }
        th.call(&f, &[th.str(text)?])?;
        Ok(())
    }
    fn by_lines(&self) -> bool {
        true
    }
    fn name(&self, th: &Thread, name: &str) -> Res {
        let o = th.str(name)?;
        let table = self.intern.get().filter(|d| !d.is_none());
        let Some(d) = table.as_ref().and_then(|d| d.cast::<Dict>()) else {
            return Ok(o);
        };
        if let Some(known) = d.get_item(th, &o)? {
            return Ok(known);
        }
        d.set_item(th, &o, o.clone())?;
        Ok(o)
    }
    fn base(&self) -> Obj {
        self.base.get().unwrap_or(Obj::NONE)
    }
    fn keeps_prefixes(&self) -> bool {
        self.has(super::PREFIXES)
    }
    fn specified_only(&self) -> bool {
        self.has(super::SPECIFIED)
    }
    fn defers(&self) -> bool {
        self.has(super::DEFERRAL)
    }
}
