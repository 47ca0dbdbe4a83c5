//! A report as a table.

use std::io::{self, Write};

use serde_json::Value;

use super::report::{FileReport, PolicyReport, RecordsReport, Report, RuleReport};

pub(super) fn print(output: &mut impl Write, report: &Report) -> io::Result<()> {
    for file in &report.files {
        print_file(output, file)?;
    }
    Ok(())
}

fn print_file(output: &mut impl Write, file: &FileReport) -> io::Result<()> {
    let verdict = if file.ok { "right" } else { "wrong" };
    writeln!(output, "{}: {verdict}", file.file)?;
    let Some(policy) = &file.policy else {
        return Ok(());
    };
    let rows = rows(policy);
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(&rows, column)).collect();
    print_row(output, &HEAD.map(str::to_owned), &widths)?;
    for row in &rows {
        print_row(output, row, &widths)?;
    }
    if let Some(records) = &policy.records {
        print_records(output, records)?;
    }
    writeln!(output, "  covers:  {}", policy.covers.join(", "))?;
    // columns are there as in CSV: something else must be against it
    let apart = |name: &&&str| **name == "parquet" && policy.covers.contains(&"csv");
    let (apart, refuses): (Vec<_>, Vec<_>) = policy.refuses.iter().partition(apart);
    for (names, why) in [
        (refuses, "no rule takes anything there"),
        (apart, "a rule with `detect` says whose its rows are"),
    ] {
        let names: Vec<&str> = names.into_iter().copied().collect();
        if !names.is_empty() {
            writeln!(output, "  refuses: {} ({why})", names.join(", "))?;
        }
    }
    Ok(())
}

fn print_records(output: &mut impl Write, records: &RecordsReport) -> io::Result<()> {
    if let Some(rule) = &records.tenant {
        writeln!(output, "  tenant:  what {rule} takes in each record")?;
    }
    let of = |name: &str, places: &[String]| {
        let places = places.iter().map(|place| format!("{name} {place}"));
        places.collect::<Vec<_>>()
    };
    let chosen = [of("select", &records.select), of("xpath", &records.xpath)].concat();
    let always = "lines, rows, and else the whole body".to_owned();
    let all = [chosen, vec![always]].concat();
    writeln!(output, "  records: {}", all.join(", "))
}

const HEAD: [&str; 5] = ["rule", "class", "kind", "key", "takes"];

/// One row for each place; the rule's own cells are filled in its first.
fn rows(policy: &PolicyReport) -> Vec<[String; 5]> {
    policy.rules.iter().flat_map(rows_of).collect()
}

fn rows_of(rule: &RuleReport) -> Vec<[String; 5]> {
    let places = rule.places.iter().flat_map(|(name, places)| {
        let places = places.as_array().into_iter().flatten();
        places.map(move |place| format!("{name} {}", place_text(place)))
    });
    let null = rule.tokenizes_null.then(|| "null too".to_owned());
    let subject = rule.subject.as_ref();
    let subject = subject.map(|rule| format!("subject {rule}"));
    let first = [
        rule.name.clone(),
        rule.class.clone(),
        rule.kind.to_owned(),
        rule.key.clone(),
    ];
    let places = places.chain(null).chain(subject).enumerate();
    places
        .map(|(index, place)| {
            let [name, class, kind, key] = if index == 0 {
                first.clone()
            } else {
                Default::default()
            };
            [name, class, kind, key, place]
        })
        .collect()
}

fn place_text(place: &Value) -> String {
    match place {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| match (name.as_str(), value) {
                    ("built_in", value) => place_text(value),
                    ("never", value) => format!("but {value} values"),
                    ("context", Value::Array(words)) => {
                        let words: Vec<_> = words.iter().map(place_text).collect();
                        format!("near {}", words.join("|"))
                    }
                    (name, value) => format!("{name} {}", place_text(value)),
                });
            members.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn width(rows: &[[String; 5]], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let head = HEAD.get(column).map_or(0, |head| head.len());
    cells
        .map(|cell| cell.chars().count())
        .fold(head, usize::max)
}

fn print_row(output: &mut impl Write, row: &[String; 5], widths: &[usize]) -> io::Result<()> {
    let [cells @ .., last] = row;
    for (cell, width) in cells.iter().zip(widths) {
        write!(output, "  {cell:width$}")?;
    }
    writeln!(output, "  {last}")
}
