//! XML beside `quick-xml`.

use std::sync::{Arc, LazyLock};

use quick_xml::events::{BytesStart, Event};
use scan::{Format, Plan};

use crate::Case;
use crate::scanned::{TOKEN, is_settled, of_format, plan};

struct Variant {
    plan: Arc<Plan>,
    /// Whether rules take the texts in every `b`, and every attribute `x` of a `c`.
    takes_b_and_x: bool,
}

static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let variant = |rules: &[&str], settings, takes_b_and_x| Variant {
        plan: plan(rules, settings),
        takes_b_and_x,
    };
    vec![
        variant(
            &["xpath: [//b, //c/@x]"],
            "records: { xpath: [//a, \"//c[@x]\", //d/e] }",
            true,
        ),
        variant(
            &["xpath: //b", "xpath: //c/@x", "xpath: /a/d/text()"],
            "xml: { max_depth: 6, max_name_bytes: 16, max_tag_bytes: 64, max_value_bytes: 64 }",
            true,
        ),
        variant(
            &["xpath: [\"//c:b\", \"//@c:x\", \"/a/*[@t='x' and not(@u)]/@v\"]"],
            "xml: { namespaces: { c: \"urn:c\" } }",
            false,
        ),
        variant(
            &[
                "xpath: [//b, //c/@x]",
                "detect: [payment-card, us-ssn, email, iban]",
            ],
            "",
            true,
        ),
        variant(
            &["xpath: [\"/a//d[@t]/text()\", \"//@*\", \"/*/e | //f/g\"]"],
            "",
            false,
        ),
    ]
});

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = case.choose(&VARIANTS);
    let Ok(scanned) = of_format(&case, &variant.plan, &Format::Xml) else {
        return;
    };
    // what is not UTF-8 is refused before it comes to this scanner (`scan::Utf8Check`)
    if let Ok(document) = String::from_utf8(scanned.with_tokens())
        && variant.takes_b_and_x
    {
        nothing_left(&document);
    }
}

/// With tokens in place, `quick-xml` reads nothing else in a `b`, nor in the `x` of a `c`. What it
/// refuses hides nothing from it.
fn nothing_left(document: &str) {
    let mut reader = quick_xml::Reader::from_str(document);
    let (mut inside, mut text) = (0_usize, String::new());
    let mut open = Vec::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(start) => {
                attributes(&start);
                let is_b = start.local_name().as_ref() == "b";
                inside += usize::from(is_b);
                open.push(is_b);
            }
            Event::Empty(start) => attributes(&start),
            Event::End(_) => inside -= usize::from(open.pop() == Some(true)),
            Event::Text(part) if inside > 0 => text += &part,
            Event::CData(part) if inside > 0 => text += &part,
            Event::GeneralRef(name) if inside > 0 => {
                let reference = format!("&{};", &*name);
                text += &quick_xml::escape::unescape(&reference).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let left = text.replace(TOKEN, "");
    assert_eq!(left.trim(), "", "a b still has text in {document:?}");
}

fn attributes(start: &BytesStart<'_>) {
    if start.local_name().as_ref() != "c" {
        return;
    }
    for attribute in start.attributes().flatten() {
        let (name, prefix) = (attribute.key.local_name(), attribute.key.prefix());
        let declares = prefix.is_some_and(|prefix| prefix.as_ref() == "xmlns");
        if name.as_ref() == "x" && !declares {
            let value = quick_xml::escape::unescape(&attribute.value).unwrap();
            assert!(is_settled(&value), "an x still has {value:?}");
        }
    }
}
