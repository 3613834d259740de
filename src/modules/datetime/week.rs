//! `IsoCalendarDate`: what `date.isocalendar()` gives, a tuple whose items have names.

use crate::modules::prelude::*;

/// A new one.
pub fn make(th: &Thread, year: i32, week: u32, weekday: u32) -> Res {
    let n = |n: i64| Obj::small_int(n);
    let items = vec![n(year.into()), n(week.into()), n(weekday.into())];
    th.tuple_as(Some(th.ty(TypeId::IsoCalendarDate)), items)
}

fn item(th: &Thread, o: &Obj, i: usize) -> Res {
    match o.cast::<Tuple>().and_then(|t| t.items().get(i)) {
        Some(v) => Ok(v.clone()),
        None => Err(th.index_error("tuple index out of range")),
    }
}

/// The type.
pub static ISO_CALENDAR_DATE: TypeDef = TypeDef {
    base: TypeId::Tuple,
    flags: type_flags::SEQUENCE,
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("IsoCalendarDate", "(year, week, weekday)", args, |a| {
                let items = (0..3).map(|i| a.get(i).clone()).collect();
                th.tuple_as(Some(cls), items)
            })
        }),
        repr: Some(|th, o| {
            let part = |i| Ok(th.to_str(&item(th, o, i)?)?.to_rust());
            let (year, week, weekday): (String, String, String) = (part(0)?, part(1)?, part(2)?);
            th.str(&format!(
                "{}(year={year}, week={week}, weekday={weekday})",
                th.type_name_full(o)
            ))
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let items = [
            item(th, a.get(0), 0)?,
            item(th, a.get(0), 1)?,
            item(th, a.get(0), 2)?,
        ];
        let args = tuple_of(th, [tuple_of(th, items)?])?;
        th.pair(th.ty(TypeId::Tuple).obj().clone(), args)
    })],
    getset: &[
        GetSetDef::ro("year", |th, o| item(th, o, 0)),
        GetSetDef::ro("week", |th, o| item(th, o, 1)),
        GetSetDef::ro("weekday", |th, o| item(th, o, 2)),
    ],
    doc: "IsoCalendarDate(year, week, weekday)\n--\n\nThe result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be accessed either as a tuple of\n  ((year, week, weekday))\nor via the object attributes as named in the above tuple.",
    ..TypeDef::new(
        TypeId::IsoCalendarDate,
        "datetime.IsoCalendarDate",
        Tuple::LAYOUT,
    )
};
