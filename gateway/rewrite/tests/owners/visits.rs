//! Visits of patients, in every format.

use std::fmt::Write as _;

use proptest::prelude::*;
use rewrite::Rewriter;
use scan::Format;

use crate::support::token;

/// Whose a visit was, and when.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    site: String,
    person: String,
    on: String,
    /// In which order the record says the three.
    order: usize,
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

impl Visit {
    /// With tokens.
    pub(crate) fn sealed(&self, rewriter: &Rewriter) -> Self {
        Self {
            person: token(rewriter, "id", &self.site, "", &self.person),
            on: token(rewriter, "visit", &self.site, &self.person, &self.on),
            ..self.clone()
        }
    }

    fn members(&self) -> [(&'static str, &str); 3] {
        let all = [
            ("site", &*self.site),
            ("mrn", &self.person),
            ("on", &self.on),
        ];
        ORDERS[self.order].map(|place| all[place])
    }

    fn json(&self) -> String {
        let members = self.members();
        let members = members.map(|(name, value)| format!("\"{name}\": \"{value}\""));
        format!("{{{}}}", members.join(", "))
    }
}

pub(crate) fn visit() -> impl Strategy<Value = Visit> {
    let date = (1990..2030, 1..13, 1..28);
    let date = date.prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
    ("[a-c]", "[1-5]", date, 0..6_usize).prop_map(|(site, person, on, order)| Visit {
        site,
        person,
        on,
        order,
    })
}

/// The visits in a format.
pub(crate) fn written(format: &Format, visits: &[Visit]) -> String {
    let mut text = String::new();
    match format {
        Format::JsonLines => visits.iter().for_each(|visit| {
            writeln!(text, "{}", visit.json()).unwrap();
        }),
        Format::Json => {
            let people: Vec<_> = visits.iter().map(Visit::json).collect();
            write!(text, "{{\"n\": 1, \"people\": [{}]}}", people.join(", ")).unwrap();
        }
        Format::Csv => {
            text.push_str("on,site,x,mrn\n");
            for visit in visits {
                let Visit {
                    site, person, on, ..
                } = visit;
                writeln!(text, "{on},{site},y,{person}").unwrap();
            }
        }
        _ => {
            text.push_str("<l>");
            for Visit {
                site, person, on, ..
            } in visits
            {
                write!(
                    text,
                    "<person><on>{on}</on><q site='{site}'/><mrn>{person}</mrn></person>"
                )
                .unwrap();
            }
            text.push_str("</l>");
        }
    }
    text
}
