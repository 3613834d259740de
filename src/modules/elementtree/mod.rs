//! `_elementtree`: the trees of `xml.etree.ElementTree`.
//!
//! `element` is a node, `children` what it has of a sequence, `find` its searches, `walk` the iterators over all that is
//! below it, `copying` copies and pickles. `builder` makes a tree of what it is told, `parser` tells it what a document says;
//! `pyexpat` takes the document apart.

mod builder;
mod children;
mod copying;
mod element;
mod find;
mod parser;
mod walk;

use crate::modules::prelude::*;
use element::Element;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &element::ELEMENT,
    &walk::WALK,
    &builder::BUILDER,
    &parser::PARSER,
];

/// What a runtime keeps.
#[derive(Default)]
struct State {
    /// The class `ParseError`.
    error: Once,
    /// The module `xml.etree.ElementPath`, for paths that are more than a name.
    paths: Once,
    /// `copy.deepcopy`
    deepcopy: Once,
    /// What builders make comments and processing instructions with that have been told nothing else.
    comment: Once,
    instruction: Once,
}

/// A slot that starts empty.
#[derive(Default)]
struct Once(Slot);

impl Once {
    fn get(&self, th: &Thread) -> Res {
        self.0
            .get()
            .ok_or_else(|| th.runtime_error("module _elementtree is not initialised"))
    }
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "SubElement",
            "(parent, tag, attrib={}, /, **extra)",
            element::sub_element,
        ),
        MethodDef::new(
            "_set_factories",
            "(comment_factory, pi_factory, /)",
            set_factories,
        )
        .doc(
            "Change the factories used to create comments and processing instructions.\n\nFor internal use only.",
        ),
    ],
    types: &[
        ("Element", TypeId::XmlElement),
        ("TreeBuilder", TypeId::XmlTreeBuilder),
        ("XMLParser", TypeId::XmlTreeParser),
    ],
    init: Some(|th, m| {
        let st = state(th);
        let paths = super::import::import_module(th, "xml.etree.ElementPath")?;
        st.paths.0.set(th, Some(paths));
        let copy = super::import::import_module(th, "copy")?;
        st.deepcopy.0.set(th, Some(th.getattr(&copy, "deepcopy")?));
        put(th, m, "ParseError", error_class(th)?)
    }),
    ..ModuleDef::new("_elementtree")
};

fn error_class(th: &Thread) -> Res {
    exception_class(
        th,
        &state(th).error.0,
        "xml.etree.ElementTree",
        "ParseError",
        TypeId::SyntaxError,
    )
}

fn set_factories(th: &Thread, a: Args<'_>) -> Res {
    for (i, what) in [(0, "Comment"), (1, "PI")] {
        let f = a.get(i);
        if !f.is_none() && th.type_of(f).slots().call.is_none() {
            return Err(th.type_error(format!(
                "{what} factory must be callable, not {}",
                argument_type(th, f)
            )));
        }
    }
    let st = state(th);
    let mut old = [Obj::NONE, Obj::NONE];
    for (i, slot) in [&st.comment.0, &st.instruction.0].into_iter().enumerate() {
        let new = Some(a.get(i).clone()).filter(|f| !f.is_none());
        old[i] = slot.swap(th, new).unwrap_or(Obj::NONE);
    }
    tuple_of(th, old)
}

/// The name of an argument's type as messages have it.
fn argument_type(th: &Thread, o: &Obj) -> String {
    if o.is_none() {
        return "None".to_owned();
    }
    th.type_name_full(o)
}

/// An argument that has to be an element; `what` says which argument of which function it is.
fn element_argument<'a>(th: &Thread, o: &'a Obj, what: &str) -> Res<&'a Py<Element>> {
    o.cast::<Element>().ok_or_else(|| {
        th.type_error(format!(
            "{what} must be xml.etree.ElementTree.Element, not {}",
            argument_type(th, o)
        ))
    })
}

/// An argument that has to be a dict.
fn dict_argument<'a>(th: &Thread, o: &'a Obj, what: &str) -> Res<&'a Py<Dict>> {
    o.cast::<Dict>()
        .ok_or_else(|| th.type_error(format!("{what} must be dict, not {}", argument_type(th, o))))
}
