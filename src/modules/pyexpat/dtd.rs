//! Document types: their declarations.

use super::H;
use super::listen::{Listener, tell};
use super::parse::{Attribute, Entity, State, Step, lines, name_len, numbered, optional, space};
use crate::modules::prelude::*;

/// Length of the `<!DOCTYPE …>` that the text starts with, `None` where it does not end.
pub(super) fn end_of(text: &str) -> Option<usize> {
    let (mut inside, mut quote) = (false, None);
    let mut i = 0;
    while i < text.len() {
        let rest = &text[i..];
        let c = rest.chars().next()?;
        if quote.is_none() && rest.starts_with("<!--") {
            i += 4 + rest[4..].find("-->")? + 3;
            continue;
        }
        if quote.is_none() && rest.starts_with("<?") {
            i += rest.find("?>")? + 2;
            continue;
        }
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => inside = true,
            (None, ']') => inside = false,
            (None, '>') if !inside => return Some(i + 1),
            _ => {}
        }
        i += c.len_utf8();
    }
    None
}

/// What is left of a declaration.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn skip(&mut self) {
        self.0 = self.0.trim_start_matches(space);
    }
    /// Takes what stands at the front.
    fn take(&mut self, what: &str) -> bool {
        self.skip();
        match self.0.strip_prefix(what) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
    fn name(&mut self) -> Option<&'a str> {
        self.skip();
        let n = name_len(self.0);
        let (name, rest) = self.0.split_at(n);
        self.0 = rest;
        Some(name).filter(|n| !n.is_empty())
    }
    fn quoted(&mut self) -> Option<&'a str> {
        self.skip();
        let q = self.0.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = self.0[1..].split_once(q)?;
        self.0 = rest;
        Some(value)
    }
    /// `SYSTEM "…"` or `PUBLIC "…" "…"`: the system and the public identifier.
    fn external(&mut self) -> Option<(Option<&'a str>, Option<&'a str>)> {
        if self.take("SYSTEM") {
            return Some((Some(self.quoted()?), None));
        }
        if self.take("PUBLIC") {
            let public = self.quoted()?;
            return Some((self.quoted(), Some(public)));
        }
        None
    }
}

/// `<!DOCTYPE …>`
pub(super) fn doctype(th: &Thread, p: &dyn Listener, s: &mut State, raw: &str) -> Step {
    let mut w = Words(&raw["<!DOCTYPE".len()..raw.len() - 1]);
    let Some(name) = w.name() else {
        return Err(s.fault_at(4, "<!DOCTYPE".len()).into());
    };
    let ids = w.external();
    let (system, public) = ids.unwrap_or((None, None));
    w.skip();
    let inside = w.0.strip_prefix('[').map(|t| match t.rfind(']') {
        Some(end) => &t[..end],
        None => t,
    });
    if inside.is_none() && !w.0.is_empty() {
        return Err(s.fault_at(2, raw.len() - 1 - w.0.len()).into());
    }
    if system.is_some() {
        s.declared.lock().elsewhere = true;
    }
    let head = match inside {
        Some(t) => &raw[..t.as_ptr() as usize - raw.as_ptr() as usize],
        None => raw,
    };
    let public = public.map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    let args = || {
        Ok(vec![
            th.str(name)?,
            optional(th, system)?,
            optional(th, public.as_deref())?,
            Obj::small_int(i64::from(inside.is_some())),
        ])
    };
    if system.is_some() {
        not_standalone(th, p, s)?;
    }
    if p.hears(H::StartDoctype) {
        tell(th, p, H::StartDoctype, args, "")?;
    } else {
        for word in words(head) {
            p.default(th, word)?;
        }
    }
    if let Some(text) = inside {
        declarations(th, p, s, text)?;
    }
    if inside.is_some() {
        p.default(th, "]")?;
    }
    let tail = if inside.is_some() { ">" } else { "" };
    tell(th, p, H::EndDoctype, || Ok(vec![]), tail)?;
    Ok(())
}

/// There are declarations that are kept elsewhere: whether the document may be parsed all the same.
fn not_standalone(th: &Thread, p: &dyn Listener, s: &State) -> Step {
    if !s.declared.lock().standalone
        && p.hears(H::NotStandalone)
        && !th.truthy(&p.tell(th, H::NotStandalone, &[])?)?
    {
        return Err(s.fault(22).into());
    }
    Ok(())
}

/// The head of a document type in the pieces that the default handler gets.
fn words(head: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = head;
    while let Some(c) = rest.chars().next() {
        let n = match c {
            _ if rest.starts_with("<!DOCTYPE") => "<!DOCTYPE".len(),
            '"' | '\'' => rest[1..].find(c).map_or(rest.len(), |n| n + 2),
            '[' | '>' => 1,
            c if space(c) => rest.find(|c| !space(c)).unwrap_or(rest.len()),
            _ => {
                let stop = |c: char| space(c) || matches!(c, '"' | '\'' | '[' | '>');
                rest.find(stop).unwrap_or(rest.len()).max(1)
            }
        };
        let (word, after) = rest.split_at(n);
        out.push(word);
        rest = after;
    }
    out
}

/// The declarations of a document type.
pub(super) fn declarations(th: &Thread, p: &dyn Listener, s: &mut State, text: &str) -> Step {
    walk(th, p, s, text, 0)
}

fn walk(th: &Thread, p: &dyn Listener, s: &mut State, text: &str, depth: usize) -> Step {
    let mut rest = text;
    while !rest.is_empty() {
        let n = rest.find(|c| !space(c)).unwrap_or(rest.len());
        if n > 0 {
            p.default(th, &rest[..n])?;
            rest = &rest[n..];
            continue;
        }
        let wrong = |s: &State, code: u32| -> Step<usize> { Err(s.fault(code).into()) };
        let len = if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else {
                return wrong(s, 5).map(drop);
            };
            let data = lines(&rest[4..end]);
            tell(
                th,
                p,
                H::Comment,
                || Ok(vec![th.str(&data)?]),
                &rest[..end + 3],
            )?;
            end + 3
        } else if let Some(inside) = rest.strip_prefix("<?") {
            let Some(end) = inside.find("?>") else {
                return wrong(s, 5).map(drop);
            };
            let (target, data) = inside[..end].split_at(name_len(&inside[..end]));
            let data = lines(data.trim_start_matches(space));
            // The declaration at the head of a part that is kept elsewhere.
            if target != "xml" {
                let args = || Ok(vec![th.str(target)?, th.str(&data)?]);
                tell(th, p, H::ProcessingInstruction, args, &rest[..end + 4])?;
            }
            end + 4
        } else if let Some(name) = rest.strip_prefix('%') {
            let n = name_len(name);
            if n == 0 || !name[n..].starts_with(';') {
                return wrong(s, 4).map(drop);
            }
            parameter(th, p, s, &name[..n], &rest[..n + 2], depth)?;
            n + 2
        } else if rest.starts_with("<!") {
            let Some(end) = declaration_end(rest) else {
                return wrong(s, 5).map(drop);
            };
            declaration(th, p, s, &rest[..end])?;
            end
        } else {
            return wrong(s, 2).map(drop);
        };
        rest = &rest[len..];
    }
    Ok(())
}

fn declaration_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '>' => return Some(i + 1),
            None => {}
        }
    }
    None
}

/// `%name;`
fn parameter(
    th: &Thread,
    p: &dyn Listener,
    s: &mut State,
    name: &str,
    raw: &str,
    depth: usize,
) -> Step {
    let known = s.declared.lock().parameters.get(name).cloned();
    match known {
        Some(Entity::Internal(_)) if depth > 50 => Err(s.fault(12).into()),
        Some(Entity::Internal(text)) => walk(th, p, s, &text, depth + 1),
        _ => {
            s.declared.lock().elsewhere = true;
            not_standalone(th, p, s)?;
            p.default(th, raw)
        }
    }
}

fn declaration(th: &Thread, p: &dyn Listener, s: &mut State, raw: &str) -> Step {
    let inner = &raw[2..raw.len() - 1];
    let n = inner.find(space).unwrap_or(inner.len());
    let mut w = Words(&inner[n..]);
    let done = match &inner[..n] {
        "ENTITY" => entity(th, p, s, &mut w, raw)?,
        "NOTATION" => notation(th, p, &mut w, raw)?,
        "ELEMENT" => element(th, p, &mut w, raw)?,
        "ATTLIST" => attributes(th, p, s, &mut w, raw)?,
        _ => false,
    };
    w.skip();
    if !done || !w.0.is_empty() {
        return Err(s.fault(2).into());
    }
    Ok(())
}

/// The value of an entity: characters by number are replaced, other references stay.
fn entity_value(s: &State, raw: &str) -> Step<String> {
    let text = lines(raw);
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(i) = rest.find(['&', '%']) {
        out.push_str(&rest[..i]);
        rest = &rest[i..];
        let Some(end) = rest.find(';') else {
            return Err(s.fault(4).into());
        };
        let name = &rest[1..end];
        match name.strip_prefix('#') {
            Some(number) if rest.starts_with('&') => out.push(numbered(s, number, 0)?),
            _ if rest.starts_with('%') => {
                let known = s.declared.lock().parameters.get(name).cloned();
                if let Some(Entity::Internal(text)) = known {
                    out.push_str(&text);
                }
            }
            _ => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn entity(
    th: &Thread,
    p: &dyn Listener,
    s: &mut State,
    w: &mut Words<'_>,
    raw: &str,
) -> Step<bool> {
    let parameter = w.take("%");
    let Some(name) = w.name() else {
        return Ok(false);
    };
    let base = || p.base();
    let of = |s: &State, e: Entity| {
        let mut d = s.declared.lock();
        let all = match parameter {
            true => &mut d.parameters,
            false => &mut d.entities,
        };
        // The first declaration counts.
        all.entry(name.to_owned()).or_insert(e);
    };
    let kind = || Obj::small_int(i64::from(parameter));
    if let Some(value) = w.quoted() {
        let value = entity_value(s, value)?;
        let args = || {
            let value = th.str(&value)?;
            Ok(vec![
                th.str(name)?,
                kind(),
                value,
                base(),
                Obj::NONE,
                Obj::NONE,
                Obj::NONE,
            ])
        };
        tell(th, p, H::EntityDecl, args, raw)?;
        of(s, Entity::Internal(value));
        return Ok(true);
    }
    let Some((Some(system), public)) = w.external() else {
        return Ok(false);
    };
    let data = match w.take("NDATA") {
        true => match w.name() {
            Some(n) => Some(n),
            None => return Ok(false),
        },
        false => None,
    };
    let ids = || Ok((th.str(system)?, optional(th, public)?));
    if let (Some(data), true) = (data, p.hears(H::UnparsedEntityDecl)) {
        let args = || {
            let (system, public) = ids()?;
            Ok(vec![th.str(name)?, base(), system, public, th.str(data)?])
        };
        tell(th, p, H::UnparsedEntityDecl, args, raw)?;
    } else {
        let args = || {
            let (system, public) = ids()?;
            let data = optional(th, data)?;
            Ok(vec![
                th.str(name)?,
                kind(),
                Obj::NONE,
                base(),
                system,
                public,
                data,
            ])
        };
        tell(th, p, H::EntityDecl, args, raw)?;
    }
    let owned = |s: Option<&str>| s.map(str::to_owned);
    of(
        s,
        Entity::External(system.to_owned(), owned(public), owned(data)),
    );
    Ok(true)
}

fn notation(th: &Thread, p: &dyn Listener, w: &mut Words<'_>, raw: &str) -> Step<bool> {
    let Some(name) = w.name() else {
        return Ok(false);
    };
    let Some((system, public)) = w.external() else {
        return Ok(false);
    };
    let args = || {
        let base = p.base();
        Ok(vec![
            th.str(name)?,
            base,
            optional(th, system)?,
            optional(th, public)?,
        ])
    };
    tell(th, p, H::NotationDecl, args, raw)?;
    Ok(true)
}

/// A model: (type, quantifier, name, children); numbers as in `pyexpat.model`.
fn model(th: &Thread, kind: i64, quantifier: i64, name: Obj, children: Vec<Obj>) -> Res {
    let children = th.tuple(children)?;
    tuple_of(
        th,
        [
            Obj::small_int(kind),
            Obj::small_int(quantifier),
            name,
            children,
        ],
    )
}

fn quantifier(w: &mut Words<'_>) -> i64 {
    let (n, len) = match w.0.chars().next() {
        Some('?') => (1, 1),
        Some('*') => (2, 1),
        Some('+') => (3, 1),
        _ => (0, 0),
    };
    w.0 = &w.0[len..];
    n
}

fn group(th: &Thread, w: &mut Words<'_>, depth: usize) -> Res<Option<Obj>> {
    if depth > 100 || !w.take("(") {
        return Ok(None);
    }
    let mixed = w.take("#PCDATA");
    let (mut children, mut choice) = (Vec::new(), mixed);
    let mut first = !mixed;
    loop {
        if w.take(")") {
            break;
        }
        if !first {
            if w.take("|") {
                choice = true;
            } else if !w.take(",") {
                return Ok(None);
            }
        }
        first = false;
        w.skip();
        if w.0.starts_with('(') {
            match group(th, w, depth + 1)? {
                Some(m) => children.push(m),
                None => return Ok(None),
            }
        } else {
            let Some(name) = w.name() else {
                return Ok(None);
            };
            let name = th.str(name)?;
            let q = quantifier(w);
            children.push(model(th, 4, q, name, vec![])?);
        }
    }
    let q = quantifier(w);
    let kind = if mixed {
        3
    } else if choice {
        5
    } else {
        6
    };
    model(th, kind, q, Obj::NONE, children).map(Some)
}

fn element(th: &Thread, p: &dyn Listener, w: &mut Words<'_>, raw: &str) -> Step<bool> {
    let Some(name) = w.name() else {
        return Ok(false);
    };
    let made = if w.take("EMPTY") {
        Some(model(th, 1, 0, Obj::NONE, vec![])?)
    } else if w.take("ANY") {
        Some(model(th, 2, 0, Obj::NONE, vec![])?)
    } else {
        group(th, w, 0)?
    };
    let Some(made) = made else {
        return Ok(false);
    };
    tell(th, p, H::ElementDecl, || Ok(vec![th.str(name)?, made]), raw)?;
    Ok(true)
}

fn attributes(
    th: &Thread,
    p: &dyn Listener,
    s: &mut State,
    w: &mut Words<'_>,
    raw: &str,
) -> Step<bool> {
    let Some(of) = w.name() else {
        return Ok(false);
    };
    let mut told = false;
    loop {
        w.skip();
        if w.0.is_empty() {
            break;
        }
        let Some(name) = w.name() else {
            return Ok(false);
        };
        w.skip();
        let kind = if w.0.starts_with('(') || w.take("NOTATION") {
            let notation = !w.0.starts_with('(');
            w.skip();
            let Some(end) = w.0.find(')') else {
                return Ok(false);
            };
            let list: String = w.0[..=end].chars().filter(|c| !space(*c)).collect();
            w.0 = &w.0[end + 1..];
            match notation {
                true => format!("NOTATION{list}"),
                false => list,
            }
        } else {
            match w.name() {
                Some(k) => k.to_owned(),
                None => return Ok(false),
            }
        };
        let (mut default, mut required) = (None, 0);
        if w.take("#REQUIRED") {
            required = 1;
        } else if !w.take("#IMPLIED") {
            required = i64::from(w.take("#FIXED"));
            let Some(value) = w.quoted() else {
                return Ok(false);
            };
            default = Some(entity_value(s, value)?);
        }
        if p.hears(H::AttlistDecl) {
            let args = || {
                let default = optional(th, default.as_deref())?;
                let required = Obj::small_int(required);
                Ok(vec![
                    th.str(of)?,
                    th.str(name)?,
                    th.str(&kind)?,
                    default,
                    required,
                ])
            };
            tell(th, p, H::AttlistDecl, args, raw)?;
        } else if !told {
            told = true;
            p.default(th, raw)?;
        }
        let mut d = s.declared.lock();
        let known = d.attributes.entry(of.to_owned()).or_default();
        if !known.iter().any(|a| a.name == name) {
            known.push(Attribute {
                name: name.to_owned(),
                kind,
                default,
            });
        }
    }
    Ok(true)
}
