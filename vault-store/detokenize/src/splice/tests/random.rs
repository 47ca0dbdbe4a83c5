//! Documents of all sorts come back, cut anywhere.

use super::*;
use proptest::prelude::*;

fn leaf() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ]
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|entries| { serde_json::Value::Object(entries.into_iter().collect()) }),
        ]
    })
}

/// Replaces some values by tokens, as a gateway would.
fn tokenize(
    node: &mut serde_json::Value,
    picks: &mut impl Iterator<Item = bool>,
    values: &mut Values,
) {
    use serde_json::Value as Json;
    if picks.next() == Some(true) {
        let kind = match node {
            Json::String(_) => ValueType::Text,
            Json::Null => ValueType::Null,
            Json::Bool(_) => ValueType::Boolean,
            Json::Number(_) => ValueType::Number,
            Json::Array(_) => ValueType::Array,
            Json::Object(_) => ValueType::Object,
        };
        let bytes = match &*node {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let text = token(values.len());
        values.insert(text.clone().into_bytes(), value(kind, bytes.as_bytes()));
        *node = Json::String(text);
        return;
    }
    match node {
        Json::Array(list) => list
            .iter_mut()
            .for_each(|each| tokenize(each, picks, values)),
        Json::Object(map) => map
            .values_mut()
            .for_each(|each| tokenize(each, picks, values)),
        _ => {}
    }
}

/// RFC 4180 as a table, the slow way.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
            (true, '"') => quoted = false,
            (true, other) => field.push(other),
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (false, other) => field.push(other),
        }
    }
    rows
}

proptest! {
    #[test]
    fn any_json_comes_back_byte_for_byte(
        document in document(),
        picks in prop::collection::vec(any::<bool>(), 64),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        pretty in any::<bool>(),
    ) {
        let spell = |value: &serde_json::Value| {
            if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }
        };
        let mut values = Values::new();
        let mut with_tokens = document.clone();
        tokenize(&mut with_tokens, &mut picks.into_iter(), &mut values);
        let input = spell(&with_tokens).unwrap();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.sort_unstable();
        let (out, counts) = splice(Form::Json, input.as_bytes(), &cuts, &values);
        let out: serde_json::Value = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(out, document.clone());
        prop_assert_eq!(counts.revealed, values.len() as u64);
        if !pretty {
            let (out, _) = splice(Form::Json, input.as_bytes(), &cuts, &values);
            prop_assert_eq!(String::from_utf8(out).unwrap(), document.to_string());
        }
    }

    #[test]
    fn any_csv_comes_back_as_the_same_table(
        rows in prop::collection::vec(prop::collection::vec(("[a-c \",\n]{0,6}", any::<bool>(), any::<bool>()), 1..4), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut values = Values::new();
        let (mut input, mut expected) = (String::new(), Vec::new());
        for row in &rows {
            for (index, (content, tokenized, quoted)) in row.iter().enumerate() {
                let mut field = content.clone();
                if *tokenized {
                    field = token(values.len());
                    values.insert(field.clone().into_bytes(), value(ValueType::Text, content.as_bytes()));
                }
                let must = field.contains(['"', ',', '\n']);
                let field = if *quoted || must { format!("\"{}\"", field.replace('"', "\"\"")) } else { field };
                input.push_str(&field);
                input.push(if index + 1 == row.len() { '\n' } else { ',' });
            }
            expected.push(row.iter().map(|(content, _, _)| content.clone()).collect::<Vec<_>>());
        }
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.sort_unstable();
        let (out, _) = splice(Form::Csv(b','), input.as_bytes(), &cuts, &values);
        prop_assert_eq!(read_csv(std::str::from_utf8(&out).unwrap()), expected);
    }

    #[test]
    fn without_tokens_any_bytes_pass_as_they_are(
        input in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\,:~vg1.\n\r{}[] ".to_vec())], 0..300),
        cut in any::<prop::sample::Index>(),
    ) {
        for form in [Form::Json, Form::JsonLines, Form::Csv(b','), Form::Markup, Form::Text] {
            let cut = cut.index(input.len() + 1);
            let (out, counts) = splice(form, &input, &[cut], &Values::new());
            prop_assert_eq!(&out, &input);
            prop_assert_eq!(counts.revealed, 0);
        }
    }
}
