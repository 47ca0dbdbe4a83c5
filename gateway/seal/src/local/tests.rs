//! Dates: how they are written, and that they are written so again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use super::calendar::WrittenDate;
use policies::DateOrder::{self, DayFirst, MonthFirst};
use proptest::prelude::*;

fn moved(text: &str, order: DateOrder, days: i64) -> Option<String> {
    WrittenDate::read(text, order)?.moved(days)
}

#[test]
fn dates_keep_how_they_are_written() {
    for (text, order, days, expected) in [
        ("2026-03-04", DayFirst, 1, "2026-03-05"),
        ("2024-02-28", DayFirst, 1, "2024-02-29"),
        ("2023-02-28", DayFirst, 1, "2023-03-01"),
        ("2026-12-31", DayFirst, 1, "2027-01-01"),
        ("2026-3-9", DayFirst, 1, "2026-3-10"),
        ("2026/03/04", MonthFirst, -4, "2026/02/28"),
        ("2026.03.04", MonthFirst, 30, "2026.04.03"),
        ("2026-03-04T10:11:12Z", DayFirst, 1, "2026-03-05T10:11:12Z"),
        ("2026-03-04 10:11", DayFirst, 1, "2026-03-05 10:11"),
        (
            "2026-03-04T10:11:12.5+02:00",
            DayFirst,
            1,
            "2026-03-05T10:11:12.5+02:00",
        ),
        ("04/03/2026", DayFirst, 1, "05/03/2026"),
        ("04/03/2026", MonthFirst, 1, "04/04/2026"),
        ("4/3/2026", MonthFirst, 27, "4/30/2026"),
        ("04.03.2026", MonthFirst, 1, "05.03.2026"),
        ("3/14/2026 10:11 PM", MonthFirst, 1, "3/15/2026 10:11 PM"),
        ("4-MAR-2026", DayFirst, 27, "31-MAR-2026"),
        ("04 march 2026", DayFirst, 28, "01 april 2026"),
        ("March 9, 2026", DayFirst, 1, "March 10, 2026"),
        ("Mar 14, 2026", DayFirst, -10, "Mar 4, 2026"),
        ("May 31 2026", DayFirst, 1, "Jun 1 2026"),
        ("20260304", DayFirst, 365, "20270304"),
        ("20260304101112", DayFirst, 1, "20260305101112"),
        ("0001-01-02", DayFirst, -1, "0001-01-01"),
    ] {
        assert_eq!(
            moved(text, order, days).as_deref(),
            Some(expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_date_or_could_be_two_is_none() {
    for text in [
        "",
        "x",
        "2026",
        "2026-03",
        "2026-13-01",
        "2026-02-30",
        "2023-02-29",
        "0000-01-01",
        "03/04/26",
        "2026-03/04",
        "2026-003-04",
        "31/31/2026",
        "13/13/2026",
        "202603",
        "2026030",
        "2026-03-04x",
        "2026-03-04T",
        "2026-03-04T10",
        "4 Foo 2026",
        "Mars 4, 2026",
        "March 32, 2026",
        "1e8",
        "2026-03-04 and more 10:11",
        "\u{662}026-03-04",
    ] {
        assert!(WrittenDate::read(text, DayFirst).is_none(), "{text}");
    }
    assert!(WrittenDate::read("03/14/2026", DayFirst).is_none());
    assert_eq!(moved("9999-12-31", DayFirst, 1), None);
    assert_eq!(moved("0001-01-01", DayFirst, -1), None);
}

proptest! {
    /// There and back is what it was, and the intervals between dates stay.
    #[test]
    fn moving_back_gives_the_date(
        year in 1000..9000_i32, ordinal in 1..=365_u16, form in 0..7_usize, days in -36_525..36_525_i64,
        order in prop_oneof![Just(DayFirst), Just(MonthFirst)],
    ) {
        let date = time::Date::from_ordinal_date(year, ordinal).unwrap();
        let (month, day) = (u8::from(date.month()), date.day());
        let name = date.month().to_string();
        let (first, second) = match order { DayFirst => (day, month), MonthFirst => (month, day) };
        let text = match form {
            0 => format!("{year}-{month:02}-{day:02}"),
            1 => format!("{year}{month:02}{day:02}"),
            2 => format!("{first:02}/{second:02}/{year}"),
            3 => format!("{day:02}.{month:02}.{year}"),
            4 => format!("{day:02}-{}-{year}", name[..3].to_uppercase()),
            5 => format!("{name} {day}, {year}"),
            _ => format!("{year}-{month:02}-{day:02}T01:02:03Z"),
        };
        let there = moved(&text, order, days).unwrap();
        let written = WrittenDate::read(&there, order).unwrap();
        let expected = date + time::Duration::days(days);
        prop_assert_eq!((written.year(), written.month()), (expected.year(), expected.month().into()));
        let back = moved(&there, order, -days).unwrap();
        // of May nobody can tell whether it is the whole name
        if form != 5 || (there.as_bytes()[..3] != *b"May" && !text.starts_with("May")) {
            prop_assert_eq!(back, text);
        }
    }
}
