//! Replacement templates: literals and group references in turn.

use super::run::{Joiner, Subject};
use crate::modules::prelude::*;

/// Payload of templates.
pub struct Template {
    /// What comes before the first group.
    pub(super) literal: Obj,
    /// Group, and the literal behind it (`None`: empty).
    pub(super) chunks: Vec<(usize, Option<Obj>)>,
}

impl Trace for (usize, Option<Obj>) {
    fn trace(&self, visit: Visit<'_>) {
        self.1.trace(visit);
    }
}
native!(Template, SreTemplate, "SRE_Template", literal, chunks);

pub(super) static TEMPLATE: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::SreTemplate, "_sre.SRE_Template", Template::LAYOUT)
};

/// `_sre.template(pattern, [literal, group, literal, …])`
pub(super) fn template(th: &Thread, a: Args<'_>) -> Res {
    let items = th.collect(a.get(1))?;
    let mut items = items.into_iter();
    let Some(literal) = items.next() else {
        return Err(th.type_error("invalid template"));
    };
    let mut chunks = Vec::new();
    while let Some(group) = items.next() {
        let n = th.index_i64(&group)?;
        let Ok(n) = usize::try_from(n) else {
            return Err(th.type_error("invalid template"));
        };
        let text = match items.next() {
            Some(t) if th.len(&t)? > 0 => Some(t),
            _ => None,
        };
        chunks.push((n, text));
    }
    Ok(th.alloc(Template { literal, chunks }).into_obj())
}

impl Template {
    /// Appends what the template stands for in a match.
    pub(super) fn append(
        &self,
        th: &Thread,
        subject: &Subject,
        group: impl Fn(usize) -> Option<(usize, usize)>,
        out: &mut Joiner,
    ) -> Res<()> {
        out.push(th, &self.literal, 0)?;
        for (i, (g, text)) in self.chunks.iter().enumerate() {
            if let Some((a, b)) = group(*g) {
                subject.append(out, a, b);
            }
            if let Some(t) = text {
                out.push(th, t, i)?;
            }
        }
        Ok(())
    }
}
