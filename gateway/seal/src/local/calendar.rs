//! Dates as people and programs write them: read, moved, and written in the same way again.

use policies::DateOrder;
use time::{Date, Duration, Month};

/// A date, and how it was written.
#[derive(Debug)]
pub(crate) struct WrittenDate<'a> {
    date: Date,
    parts: Vec<Part<'a>>,
}

/// What a written date is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    /// What stands between, and a time behind.
    Literal(&'a str),
    /// With four digits.
    Year,
    /// With two digits at least where `padded`.
    Month { padded: bool },
    /// With two digits at least where `padded`.
    Day { padded: bool },
    /// English, whole or its first three letters.
    Name { whole: bool, case: Case },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Lower,
    Upper,
    Title,
}

/// A run of digits, of letters, or one other character.
#[derive(Clone, Copy)]
enum Run<'a> {
    Digits(&'a str),
    Letters(&'a str),
    Other(&'a str),
}

const MONTHS: [(Month, &str); 12] = [
    (Month::January, "January"),
    (Month::February, "February"),
    (Month::March, "March"),
    (Month::April, "April"),
    (Month::May, "May"),
    (Month::June, "June"),
    (Month::July, "July"),
    (Month::August, "August"),
    (Month::September, "September"),
    (Month::October, "October"),
    (Month::November, "November"),
    (Month::December, "December"),
];

impl<'a> WrittenDate<'a> {
    /// Reads a date, with a time behind it or none. `order` decides what `03/04/2026` is; with dots
    /// it is always the day that comes first. `None` for what is no date, or could be two.
    pub(crate) fn read(text: &'a str, order: DateOrder) -> Option<Self> {
        let mut rest = text;
        let mut runs = [Run::Other(""); 6];
        for run in &mut runs {
            *run = next_run(&mut rest);
        }
        match runs {
            [
                Run::Digits(year),
                Run::Other(one),
                Run::Digits(month),
                Run::Other(two),
                Run::Digits(day),
                _,
            ] if year.len() == 4 && one == two && matches!(one, "-" | "/" | ".") => {
                Self::year_first(text, [year, one, month, two, day])
            }
            [
                Run::Digits(a),
                Run::Other(one),
                Run::Digits(b),
                Run::Other(two),
                Run::Digits(year),
                _,
            ] if year.len() == 4 && one == two && matches!(one, "-" | "/" | ".") => {
                let day_first = one == "." || order == DateOrder::DayFirst;
                Self::year_last(text, [a, one, b, two, year], day_first)
            }
            [
                Run::Digits(day),
                Run::Other(one),
                Run::Letters(month),
                Run::Other(two),
                Run::Digits(year),
                _,
            ] if year.len() == 4 && one == two && matches!(one, "-" | " ") => {
                Self::named(text, [day, one, month, two, year])
            }
            [
                Run::Letters(month),
                Run::Other(" "),
                Run::Digits(day),
                Run::Other(","),
                Run::Other(" "),
                Run::Digits(year),
            ] if year.len() == 4 => Self::american(text, month, day, ", ", year),
            [
                Run::Letters(month),
                Run::Other(" "),
                Run::Digits(day),
                Run::Other(" "),
                Run::Digits(year),
                _,
            ] if year.len() == 4 => Self::american(text, month, day, " ", year),
            [Run::Digits(all), ..] => Self::compact(text, all),
            _ => None,
        }
    }

    /// The year.
    pub(crate) fn year(&self) -> i32 {
        self.date.year()
    }

    /// The month, 1 to 12.
    pub(crate) fn month(&self) -> u8 {
        self.date.month().into()
    }

    /// The date that is `days` later, written in the same way; `None` beyond the years 1 to 9999.
    pub(crate) fn moved(&self, days: i64) -> Option<String> {
        let date = self.date.checked_add(Duration::days(days))?;
        if !(1..=9999).contains(&date.year()) {
            return None;
        }
        let mut text = String::with_capacity(32);
        for part in &self.parts {
            part.write(date, &mut text);
        }
        Some(text)
    }

    fn year_first(text: &'a str, runs: [&'a str; 5]) -> Option<Self> {
        let [year, one, month, two, day] = runs;
        let padded = is_padded(month, day)?;
        let date = date(year, number_of(month)?, day)?;
        let parts = [
            Part::Year,
            Part::Literal(one),
            Part::Month { padded },
            Part::Literal(two),
            Part::Day { padded },
        ];
        Self::with_time(date, parts, text, &runs)
    }

    fn year_last(text: &'a str, runs: [&'a str; 5], day_first: bool) -> Option<Self> {
        let [first, one, second, two, year] = runs;
        let padded = is_padded(first, second)?;
        let (day, month) = if day_first {
            (first, second)
        } else {
            (second, first)
        };
        let date = date(year, number_of(month)?, day)?;
        let (day, month) = (Part::Day { padded }, Part::Month { padded });
        let (first, second) = if day_first {
            (day, month)
        } else {
            (month, day)
        };
        let parts = [
            first,
            Part::Literal(one),
            second,
            Part::Literal(two),
            Part::Year,
        ];
        Self::with_time(date, parts, text, &runs)
    }

    fn named(text: &'a str, runs: [&'a str; 5]) -> Option<Self> {
        let [day, one, name, two, year] = runs;
        let (month, whole, case) = month_named(name)?;
        let date = date(year, month, day)?;
        let parts = [
            Part::Day {
                padded: day.len() == 2,
            },
            Part::Literal(one),
            Part::Name { whole, case },
            Part::Literal(two),
            Part::Year,
        ];
        Self::with_time(date, parts, text, &runs)
    }

    fn american(
        text: &'a str,
        name: &'a str,
        day: &'a str,
        between: &'static str,
        year: &'a str,
    ) -> Option<Self> {
        let (month, whole, case) = month_named(name)?;
        let date = date(year, month, day)?;
        let parts = [
            Part::Name { whole, case },
            Part::Literal(" "),
            // a day of two digits may as well be one without a zero: March 14, 2026
            Part::Day {
                padded: day.starts_with('0'),
            },
            Part::Literal(between),
            Part::Year,
        ];
        Self::with_time(date, parts, text, &[name, " ", day, between, year])
    }

    /// `20260304`, with hours, minutes and seconds behind it or without.
    fn compact(text: &'a str, all: &'a str) -> Option<Self> {
        if !matches!(all.len(), 8 | 10 | 12 | 14) {
            return None;
        }
        let (year, rest) = all.split_at_checked(4)?;
        let (month, rest) = rest.split_at_checked(2)?;
        let (day, time) = rest.split_at_checked(2)?;
        let padded = true;
        let date = date(year, number_of(month)?, day)?;
        let mut parts = vec![Part::Year, Part::Month { padded }, Part::Day { padded }];
        parts.push(Part::Literal(time));
        let behind = text.get(all.len()..)?;
        is_time(behind).then(|| {
            parts.push(Part::Literal(behind));
            Self { date, parts }
        })
    }

    fn with_time(date: Date, parts: [Part<'a>; 5], text: &'a str, runs: &[&str]) -> Option<Self> {
        let behind = text.get(runs.iter().map(|run| run.len()).sum()..)?;
        is_time(behind).then(|| {
            let mut parts = parts.to_vec();
            parts.push(Part::Literal(behind));
            Self { date, parts }
        })
    }
}

impl Part<'_> {
    fn write(self, date: Date, text: &mut String) {
        let number = |number: u8, padded: bool, text: &mut String| {
            if padded && number < 10 {
                text.push('0');
            }
            text.push_str(&number.to_string());
        };
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::Year => text.push_str(&format!("{:04}", date.year())),
            Self::Month { padded } => number(date.month().into(), padded, text),
            Self::Day { padded } => number(date.day(), padded, text),
            Self::Name { whole, case } => {
                let found = MONTHS.iter().find(|(month, _)| *month == date.month());
                let name = found.map_or("", |(_, name)| *name);
                let name = if whole {
                    name
                } else {
                    name.get(..3).unwrap_or(name)
                };
                match case {
                    Case::Lower => text.push_str(&name.to_ascii_lowercase()),
                    Case::Upper => text.push_str(&name.to_ascii_uppercase()),
                    Case::Title => text.push_str(name),
                }
            }
        }
    }
}

fn next_run<'a>(rest: &mut &'a str) -> Run<'a> {
    let Some(first) = rest.chars().next() else {
        return Run::Other("");
    };
    let end = |within: fn(char) -> bool| rest.find(|each| !within(each)).unwrap_or(rest.len());
    let is_digit: fn(char) -> bool = |each| each.is_ascii_digit();
    let is_letter: fn(char) -> bool = |each| each.is_ascii_alphabetic();
    let length = if is_digit(first) {
        end(is_digit)
    } else if is_letter(first) {
        end(is_letter)
    } else {
        first.len_utf8()
    };
    let (run, behind) = rest.split_at(length);
    *rest = behind;
    if is_digit(first) {
        Run::Digits(run)
    } else if is_letter(first) {
        Run::Letters(run)
    } else {
        Run::Other(run)
    }
}

/// Whether a month and a day of one or two digits are written with two; where both have two digits
/// they are taken to be.
fn is_padded(one: &str, other: &str) -> Option<bool> {
    let fits = |text: &str| matches!(text.len(), 1 | 2);
    (fits(one) && fits(other)).then_some(one.len() == 2 && other.len() == 2)
}

fn number_of(month: &str) -> Option<Month> {
    Month::try_from(month.parse::<u8>().ok()?).ok()
}

fn date(year: &str, month: Month, day: &str) -> Option<Date> {
    if !matches!(day.len(), 1 | 2) {
        return None;
    }
    let year = year.parse().ok().filter(|year| *year > 0)?;
    Date::from_calendar_date(year, month, day.parse().ok()?).ok()
}

/// An English month, whole or by its first three letters: which, whether whole, and in which case.
fn month_named(name: &str) -> Option<(Month, bool, Case)> {
    let found = MONTHS.iter().find(|(_, whole)| {
        whole.eq_ignore_ascii_case(name)
            || whole
                .get(..3)
                .is_some_and(|short| short.eq_ignore_ascii_case(name))
    });
    let (month, whole) = found?;
    let case = if name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Case::Upper
    } else if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Case::Lower
    } else {
        Case::Title
    };
    // May is both
    let is_whole = whole.len() == name.len() && whole.len() > 3;
    Some((*month, is_whole, case))
}

/// Nothing, or what can be a time behind a date: it stays as it is.
fn is_time(behind: &str) -> bool {
    let Some(first) = behind.chars().next() else {
        return true;
    };
    let in_time = |each: char| {
        each.is_ascii_digit() || matches!(each, ':' | '.' | ',' | '+' | '-' | ' ' | 'Z' | 'z')
    };
    let time = behind.trim_start_matches(['T', 't', ' ']);
    let time = time
        .trim_end_matches("AM")
        .trim_end_matches("PM")
        .trim_end_matches("am")
        .trim_end_matches("pm");
    matches!(first, 'T' | 't' | ' ')
        && time.starts_with(|each: char| each.is_ascii_digit())
        && time.contains(':')
        && time.chars().all(in_time)
}
