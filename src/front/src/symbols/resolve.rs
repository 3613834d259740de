//! Second pass: decides for each name of each block where it lives, and which cells and free variables the code objects
//! between its owner and its user need.

use super::{Kind, NameId, ScopeId, ScopeKind, Sym, Symbols, def};

/// Resolves every symbol.
pub(super) fn resolve(t: &mut Symbols) {
    let class_cell = t.names.id("__class__");
    let class_dict = t.names.id("__classdict__");
    let conditional = t.names.id("__conditional_annotations__");
    globals_of_module(t);
    for s in 0..t.scopes.len() {
        let mut i = 0;
        while i < t.scopes[s].syms.len() {
            let sym = t.scopes[s].syms[i];
            let kind = resolve_one(t, s, sym, [class_cell, class_dict, conditional]);
            let slot = &mut t.scopes[s].syms[i];
            if !(slot.kind == Kind::Cell && kind == Kind::Local) {
                slot.kind = kind;
            }
            i += 1;
        }
    }
    for s in 0..t.scopes.len() {
        let mut free: Vec<NameId> = t.scopes[s]
            .syms
            .iter()
            .filter(|y| y.kind == Kind::Free)
            .map(|y| y.name)
            .collect();
        free.extend(t.scopes[s].free.iter().copied());
        free.sort_by(|a, b| t.names.text(*a).cmp(t.names.text(*b)));
        free.dedup();
        if t.scopes[s].kind != ScopeKind::Comp {
            t.scopes[s].free = free;
        }
    }
}

/// A name that any block declares global is a global of the module's own code, too: it matters where the module's code
/// runs with a mapping of locals (`exec`).
fn globals_of_module(t: &mut Symbols) {
    let declared: Vec<NameId> = t
        .scopes
        .iter()
        .skip(1)
        .flat_map(|s| &s.syms)
        .filter(|y| y.flags & def::GLOBAL != 0)
        .map(|y| y.name)
        .collect();
    let Some(module) = t.scopes.first_mut().filter(|s| s.kind == ScopeKind::Module) else {
        return;
    };
    for name in declared {
        if let Some(&i) = module.index.get(&name) {
            module.syms[i].flags |= def::GLOBAL;
        }
    }
}

fn resolve_one(t: &mut Symbols, scope: ScopeId, sym: Sym, implicit: [NameId; 3]) -> Kind {
    if sym.flags & def::GLOBAL != 0 {
        return Kind::GlobalExplicit;
    }
    if sym.flags & def::NONLOCAL == 0 && sym.flags & def::BOUND != 0 {
        return Kind::Local;
    }
    if t.scopes[scope].kind == ScopeKind::Class && sym.name == implicit[2] {
        // The class's own; it becomes a cell where its annotation scope asks for it.
        return if sym.kind == Kind::Cell {
            Kind::Cell
        } else {
            Kind::GlobalImplicit
        };
    }
    // Walk outwards. `between` are the code objects that must hand the cell inwards.
    let mut between: Vec<ScopeId> = Vec::new();
    let mut cur = scope;
    let mut crossed = false;
    loop {
        let inlined = t.scopes[cur].kind == ScopeKind::Comp;
        let Some(parent) = t.scopes[cur].parent else {
            return Kind::GlobalImplicit;
        };
        if !inlined {
            crossed = true;
            between.push(cur);
        }
        let p = &t.scopes[parent];
        let implicit_here = p.kind == ScopeKind::Class && implicit.contains(&sym.name);
        let found = p.get(sym.name).copied();
        if p.kind == ScopeKind::Module {
            return Kind::GlobalImplicit;
        }
        if implicit_here {
            add_cell(t, parent, sym.name);
            mark_free(t, &between, sym.name);
            return if crossed { Kind::Free } else { Kind::Up };
        }
        if p.kind != ScopeKind::Class
            && let Some(f) = found
        {
            if f.flags & def::GLOBAL != 0 {
                return Kind::GlobalImplicit;
            }
            if f.flags & def::NONLOCAL == 0 && f.flags & def::BOUND != 0 {
                if crossed {
                    let i = t.scopes[parent].index[&sym.name];
                    t.scopes[parent].syms[i].kind = Kind::Cell;
                    mark_free(t, &between, sym.name);
                    return if t.scopes[scope].kind == ScopeKind::Comp {
                        Kind::Up
                    } else {
                        Kind::Free
                    };
                }
                return Kind::Up;
            }
        }
        cur = parent;
    }
}

fn mark_free(t: &mut Symbols, between: &[ScopeId], name: NameId) {
    for &s in between {
        if !t.scopes[s].free.contains(&name) {
            t.scopes[s].free.push(name);
        }
    }
}

fn add_cell(t: &mut Symbols, scope: ScopeId, name: NameId) {
    let s = &mut t.scopes[scope];
    match s.index.get(&name) {
        Some(&i) => s.syms[i].kind = Kind::Cell,
        None => {
            s.index.insert(name, s.syms.len());
            s.syms.push(Sym {
                name,
                flags: def::LOCAL,
                kind: Kind::Cell,
            });
        }
    }
}
