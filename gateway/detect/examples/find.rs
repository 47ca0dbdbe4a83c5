//! A filter for tests in other languages: lines `{"detectors": [..], "text": ".."}` in, lists of
//! `{"start", "end", "detector"}` in bytes out.
#![allow(clippy::print_stdout, reason = "a filter")]

use detect::{DetectRule, Detection, Scratch, What};
use policies::Detector;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::BufRead;

#[derive(Deserialize)]
struct Line {
    detectors: Vec<String>,
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut compiled: HashMap<Vec<String>, Detection> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        if !compiled.contains_key(&line.detectors) {
            let rules = line.detectors.iter().enumerate().map(|(rule, name)| {
                let detector = Detector::from_name(name).ok_or(format!("no detector {name}"))?;
                Ok::<_, String>(DetectRule {
                    rule,
                    what: What::BuiltIn(detector),
                    context: Vec::new(),
                    never: Vec::new(),
                })
            });
            let rules = rules.collect::<Result<Vec<_>, _>>()?;
            compiled.insert(line.detectors.clone(), Detection::compile(&rules)?);
        }
        let mut found = Vec::new();
        if let Some(detection) = compiled.get(&line.detectors) {
            detection.find(
                line.text.as_bytes(),
                0,
                true,
                &mut Scratch::default(),
                &mut found,
            );
        }
        let found: Vec<_> = found
            .iter()
            .map(|found| {
                serde_json::json!({ "start": found.start, "end": found.end, "detector": line.detectors.get(found.rule) })
            })
            .collect();
        println!("{}", serde_json::to_string(&found)?);
    }
    Ok(())
}
