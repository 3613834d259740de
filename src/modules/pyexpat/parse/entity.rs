//! References to characters and entities, and the values of attributes, in which they may stand.

use super::*;

/// The character of `&#…;` (what is between `#` and `;`).
pub(in super::super) fn numbered(s: &State, text: &str, at: usize) -> Step<char> {
    let n = match text.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    match n {
        Ok(n) => match char::from_u32(n).filter(|c| allowed(*c)) {
            Some(c) => Ok(c),
            None => Err(s.fault_at(14, at).into()),
        },
        Err(_) if text.chars().all(|c| c.is_ascii_hexdigit() || c == 'x') && !text.is_empty() => {
            Err(s.fault_at(14, at).into())
        }
        Err(_) => Err(s.fault_at(4, at).into()),
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// Bytes from entities that are let through whatever the size of the document, and how many times its size beyond that.
const EXPANSION: (usize, usize) = (8 << 20, 100);
/// Entities within entities.
const DEPTH: usize = 100;

/// An attribute's value with its references replaced. `at`: where it is in the token.
pub(super) fn attribute_value(s: &mut State, raw: &str, at: usize, depth: usize) -> Step<String> {
    let mut out = String::with_capacity(raw.len());
    let text = lines(raw);
    let mut rest = &*text;
    while let Some(i) = rest.find(['&', '\t', '\n', '<']) {
        out.push_str(&rest[..i]);
        let here = at + (text.len() - rest.len()) + i;
        rest = &rest[i..];
        if rest.starts_with('<') {
            return Err(s.fault_at(4, here).into());
        }
        if !rest.starts_with('&') {
            out.push(' ');
            rest = &rest[1..];
            continue;
        }
        let Some(end) = rest.find(';') else {
            return Err(s.fault_at(4, here).into());
        };
        let name = &rest[1..end];
        if let Some(n) = name.strip_prefix('#') {
            out.push(numbered(s, n, here)?);
        } else if let Some(t) = predefined(name) {
            out.push_str(t);
        } else if name_len(name) != name.len() || name.is_empty() {
            return Err(s.fault_at(4, here + 1).into());
        } else {
            let known = s.declared.lock().entities.get(name).cloned();
            match known {
                Some(Entity::Internal(_)) if depth > DEPTH => {
                    return Err(s.fault_at(12, here).into());
                }
                Some(Entity::Internal(text)) => {
                    expansion(s, text.len())?;
                    if s.within.iter().any(|w| w == name) {
                        return Err(s.fault_at(12, here).into());
                    }
                    s.within.push(name.to_owned());
                    let value = attribute_value(s, &text, 0, depth + 1);
                    s.within.pop();
                    out.push_str(&value?);
                }
                Some(Entity::External(..)) => return Err(s.fault_at(16, here).into()),
                None => {
                    let d = s.declared.lock();
                    let skipped = d.elsewhere && !d.standalone;
                    drop(d);
                    if !skipped {
                        return Err(s.fault_at(11, here).into());
                    }
                }
            }
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Counts what comes from entities: a small document must not become a huge one.
fn expansion(s: &mut State, n: usize) -> Step {
    s.expanded += n;
    if s.expanded > EXPANSION.0 && s.expanded > EXPANSION.1 * (s.place.byte as usize + 1) {
        return Err(s.fault(43).into());
    }
    Ok(())
}

/// `&…;` in content.
pub(super) fn reference(th: &Thread, p: &dyn Listener, s: &mut State) -> Step<bool> {
    let rest = s.rest();
    let stop = rest[1..].find(|c: char| !(name_char(c) || c == '#'));
    let end = match stop {
        None => return Ok(false),
        Some(i) if rest[1 + i..].starts_with(';') && i > 0 => 1 + i,
        Some(i) => return Err(s.fault_at(4, 1 + i).into()),
    };
    let raw = rest[..=end].to_owned();
    let name = raw[1..end].to_owned();
    if let Some(n) = name.strip_prefix('#') {
        let c = numbered(s, n, 0)?;
        p.text(th, c.encode_utf8(&mut [0; 4]), &raw)?;
        s.advance(raw.len());
        return Ok(true);
    }
    if let Some(text) = predefined(&name) {
        p.text(th, text, &raw)?;
        s.advance(raw.len());
        return Ok(true);
    }
    let (known, skipped) = {
        let d = s.declared.lock();
        (d.entities.get(&name).cloned(), d.elsewhere && !d.standalone)
    };
    let skip = |th: &Thread| -> Step {
        let args = || Ok(vec![th.str(&name)?, Obj::small_int(0)]);
        tell(th, p, H::SkippedEntity, args, &raw).map(drop)
    };
    match known {
        None if !skipped => return Err(s.fault(11).into()),
        None => skip(th)?,
        Some(Entity::Internal(text)) => {
            if s.within.contains(&name) || s.within.len() > DEPTH {
                return Err(s.fault(12).into());
            }
            if p.leaves_entities() {
                skip(th)?;
            } else {
                within(th, p, s, &name, text)?;
            }
        }
        Some(Entity::External(_, _, Some(_))) => return Err(s.fault(15).into()),
        Some(Entity::External(system, public, None)) => {
            let args = || {
                Ok(vec![
                    th.str(&name)?,
                    p.base(),
                    th.str(&system)?,
                    optional(th, public.as_deref())?,
                ])
            };
            if let Some(r) = tell(th, p, H::ExternalEntityRef, args, &raw)?
                && !th.truthy(&r)?
            {
                return Err(s.fault(21).into());
            }
        }
    }
    s.advance(raw.len());
    Ok(true)
}

/// Steps through the text of an entity in the place of its reference.
fn within(th: &Thread, p: &dyn Listener, s: &mut State, name: &str, text: String) -> Step {
    expansion(s, text.len())?;
    let outer = (
        std::mem::replace(&mut s.text, text),
        std::mem::take(&mut s.at),
    );
    let depth = s.stack.len();
    s.within.push(name.to_owned());
    let mut r = Ok(true);
    while matches!(r, Ok(true)) {
        r = step(th, p, s, true);
        if s.stack.len() < depth {
            r = Err(s.fault(13).into());
        }
    }
    let left = !s.rest().is_empty();
    if r.is_ok() && left {
        r = Err(s.fault(5).into());
    } else if r.is_ok() && s.stack.len() != depth {
        r = Err(s.fault(13).into());
    }
    s.within.pop();
    (s.text, s.at) = outer;
    r.map(drop)
}
