//! Loading, storing and deleting names.

use super::{Compiler, Reg, Val};
use crate::code::flags;
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{Kind, NameId, ScopeKind, mangle};

/// How a name is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    Local(Reg),
    Cell(Reg),
    Free(u16),
    Global,
    /// The frame's locals mapping, then global, then builtin.
    Name,
    /// The locals mapping, then a free variable (class bodies).
    DictOrFree(u16),
    /// The class's dictionary, then a global (annotation scopes in classes).
    ClassOrGlobal,
    /// The class's dictionary, then a free variable.
    ClassOrFree(u16),
}

impl<'a> Compiler<'a> {
    /// The name as this class mangles it.
    pub fn mangled(&self, name: &str) -> Box<str> {
        let private = self.t.scopes[self.scope()].private.as_deref();
        match mangle(private, name) {
            std::borrow::Cow::Borrowed(n) => n.into(),
            std::borrow::Cow::Owned(n) => n.into(),
        }
    }

    fn free_index(&self, id: NameId) -> Option<u16> {
        self.u.free.iter().position(|f| *f == id).map(|i| i as u16)
    }

    /// Resolves a (mangled) name where the compiler stands.
    pub fn access(&self, name: &str) -> Access {
        let module = self.t.scopes[self.u.scope].kind == ScopeKind::Module;
        let fast = self.t.scopes[self.u.scope].kind.fast();
        let global = if module { Access::Name } else { Access::Global };
        let Some(id) = self.t.names.find(name) else {
            return if fast { Access::Global } else { Access::Name };
        };
        let mut depth = self.u.scopes.len();
        while depth > 1 {
            depth -= 1;
            let s = self.u.scopes[depth];
            let Some(sym) = self.t.scopes[s].get(id) else {
                continue;
            };
            match sym.kind {
                Kind::Local => return Access::Local(self.reg_of(s, id)),
                Kind::Cell => return Access::Cell(self.reg_of(s, id)),
                Kind::GlobalExplicit => return Access::Global,
                Kind::GlobalImplicit => return self.class_aware(id, global),
                Kind::Up | Kind::Free | Kind::Unresolved => {}
            }
        }
        let in_comp = self.u.scopes.len() > 1;
        let scope = &self.t.scopes[self.u.scope];
        let Some(sym) = scope.get(id) else {
            if let Some(i) = self.free_index(id) {
                return Access::Free(i);
            }
            return if fast || in_comp && !module {
                Access::Global
            } else {
                Access::Name
            };
        };
        match sym.kind {
            Kind::Cell => Access::Cell(self.reg_of(self.u.scope, id)),
            Kind::Local if fast => Access::Local(self.reg_of(self.u.scope, id)),
            Kind::Local if in_comp && !module => match self.free_index(id) {
                Some(i) => Access::Free(i),
                None => Access::Global,
            },
            Kind::Local => Access::Name,
            Kind::Free => {
                let i = self.free_index(id).unwrap_or(0);
                if scope.kind == ScopeKind::Class && !in_comp {
                    Access::DictOrFree(i)
                } else if scope.sees_class
                    && !matches!(
                        name,
                        "__classdict__" | "__class__" | "__conditional_annotations__"
                    )
                {
                    // A name of an enclosing annotation scope (a type parameter) comes before the class's.
                    self.class_aware(id, Access::Free(i))
                } else {
                    Access::Free(i)
                }
            }
            Kind::GlobalExplicit => Access::Global,
            Kind::GlobalImplicit if fast => self.class_aware(id, Access::Global),
            _ if in_comp && !module => Access::Global,
            _ => Access::Name,
        }
    }

    /// In an annotation scope inside a class the class's names come first.
    fn class_aware(&self, id: NameId, plain: Access) -> Access {
        let scope = &self.t.scopes[self.u.scope];
        if !scope.sees_class {
            return plain;
        }
        match plain {
            Access::Free(i) => {
                let mut up = scope.parent;
                while let Some(p) = up {
                    let s = &self.t.scopes[p];
                    if s.kind == ScopeKind::Class {
                        return Access::ClassOrFree(i);
                    }
                    if s.get(id)
                        .is_some_and(|y| matches!(y.kind, Kind::Cell | Kind::Local))
                    {
                        return plain;
                    }
                    up = s.parent;
                }
                plain
            }
            Access::Global => Access::ClassOrGlobal,
            other => other,
        }
    }

    fn reg_of(&self, scope: usize, id: NameId) -> Reg {
        self.u.regs.get(&(scope, id)).copied().unwrap_or(0)
    }

    /// A name's value, without copying a local.
    pub fn name_val(&mut self, name: &str) -> Val {
        if let Access::Local(reg) = self.access(name) {
            self.check_bound(reg, name);
            return Val { reg, temp: false };
        }
        let v = self.temp();
        self.name_to(name, v.reg);
        v
    }

    fn check_bound(&mut self, reg: Reg, name: &str) {
        let n = self.name16(name);
        self.op(Op::CheckBound, reg, n, 0);
    }

    /// `R[dst] = name`
    pub fn name_to(&mut self, name: &str, dst: Reg) {
        match self.access(name) {
            Access::Local(reg) => {
                self.check_bound(reg, name);
                self.mov(dst, Val { reg, temp: false });
            }
            Access::Cell(reg) => {
                let n = self.name16(name);
                self.op(Op::LoadCell, dst, reg, n);
            }
            Access::Free(i) => self.op(Op::LoadFree, dst, i, 0),
            Access::Global => {
                let s = self.shared_site(Op::LoadGlobal, name);
                self.op_bc(Op::LoadGlobal, 0, dst, s);
            }
            Access::Name => {
                let s = self.shared_site(Op::LoadName, name);
                self.op_bc(Op::LoadName, 0, dst, s);
            }
            Access::DictOrFree(i) => {
                let n = self.name16(name);
                self.op(Op::LoadDictOrFree, dst, i, n);
            }
            Access::ClassOrGlobal => {
                let d = self.class_dict();
                let s = self.site(name);
                self.op_un(Op::LoadFromDictOrGlobal, dst, d, s);
                self.free_to(d.reg);
            }
            Access::ClassOrFree(i) => {
                let d = self.class_dict();
                self.op_un(Op::LoadFromDictOrFree, dst, d, i);
                self.free_to(d.reg);
            }
        }
    }

    fn class_dict(&mut self) -> Val {
        let v = self.temp();
        self.name_to("__classdict__", v.reg);
        v
    }

    /// `name = v`; a temporary is consumed.
    pub fn store_name_text(&mut self, name: &str, v: Val) -> Res<()> {
        match self.access(name) {
            Access::Local(reg) => self.mov(reg, v),
            Access::Cell(reg) => self.op_mut(Op::StoreCell, reg, v),
            Access::Free(i) | Access::DictOrFree(i) | Access::ClassOrFree(i) => {
                self.op_mut(Op::StoreFree, i, v)
            }
            Access::Global | Access::ClassOrGlobal => {
                let s = self.shared_site(Op::StoreGlobal, name);
                self.op_use1(Op::StoreGlobal, v, s);
            }
            Access::Name => {
                let s = self.shared_site(Op::StoreName, name);
                self.op_use1(Op::StoreName, v, s);
            }
        }
        Ok(())
    }

    /// Stores under the mangled name.
    pub fn store_name(&mut self, name: &str, v: Val) -> Res<()> {
        let name = self.mangled(name);
        self.store_name_text(&name, v)
    }

    /// `del name`
    pub fn delete_name(&mut self, name: &str) {
        let name = self.mangled(name);
        match self.access(&name) {
            Access::Local(reg) => {
                let n = self.name16(&name);
                self.op(Op::DeleteLocal, reg, n, 0);
            }
            Access::Cell(reg) => {
                let n = self.name16(&name);
                self.op(Op::DeleteCell, reg, n, 0);
            }
            Access::Free(i) | Access::DictOrFree(i) | Access::ClassOrFree(i) => {
                self.op(Op::DeleteFree, i, 0, 0)
            }
            Access::Global | Access::ClassOrGlobal => {
                let s = self.shared_site(Op::StoreGlobal, &name);
                self.op_bc(Op::DeleteGlobal, 0, 0, s);
            }
            Access::Name => {
                let s = self.shared_site(Op::StoreName, &name);
                self.op_bc(Op::DeleteName, 0, 0, s);
            }
        }
    }

    /// The cell of a captured variable, as a value in `dst`, for a closure tuple.
    pub fn cell_to(&mut self, id: NameId, dst: Reg) {
        for depth in (0..self.u.scopes.len()).rev() {
            let s = self.u.scopes[depth];
            if let Some(sym) = self.t.scopes[s].get(id)
                && sym.kind == Kind::Cell
            {
                let reg = self.reg_of(s, id);
                return self.mov(dst, Val { reg, temp: false });
            }
        }
        let i = self.free_index(id).unwrap_or(0);
        self.op(Op::LoadFreeCell, dst, i, 0);
    }

    /// Whether the code being made is a coroutine or an asynchronous generator.
    pub fn in_async(&self) -> bool {
        self.u.code_flags & (flags::COROUTINE | flags::ASYNC_GENERATOR) != 0
    }
}
