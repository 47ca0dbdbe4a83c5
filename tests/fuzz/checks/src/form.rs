//! Forms and queries beside the crate `url`.

use std::sync::{Arc, LazyLock};

use scan::{Format, Plan, Scanner};

use crate::Case;
use crate::scanned::{everywhere, is_settled, plan};

struct Variant {
    plan: Arc<Plan>,
    query: bool,
    /// Whether a rule names it.
    named: fn(&str) -> bool,
}

static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let variant = |rules: &[&str], settings, query, named| Variant {
        plan: plan(rules, settings),
        query,
        named,
    };
    const FIELDS: &[&str] = &["fields: [card, \"a[b]\"]", "fields: \"card_*\""];
    const QUERY: &[&str] = &["query: [card, \"a[b]\"]", "query: \"card_*\""];
    fn named(name: &str) -> bool {
        matches!(name, "card" | "a[b]") || name.starts_with("card_")
    }
    vec![
        variant(FIELDS, "", false, named),
        variant(QUERY, "", true, named),
        variant(
            FIELDS,
            "form: { max_name_bytes: 16, max_value_bytes: 64 }",
            false,
            named,
        ),
        variant(
            &[
                "fields: card",
                "detect: [payment-card, us-ssn, email, iban]",
            ],
            "",
            false,
            |name| name == "card",
        ),
        variant(&["fields: \"*\""], "", false, |_| true),
        variant(
            &["query: card", "detect: [payment-card, us-ssn, email, iban]"],
            "",
            true,
            |name| name == "card",
        ),
    ]
});

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = case.choose(&VARIANTS);
    let scanner = || match variant.query {
        true => Ok(Scanner::query(variant.plan.clone())),
        false => Scanner::new(variant.plan.clone(), &Format::Form),
    };
    let Ok(scanned) = everywhere(&case, scanner) else {
        return;
    };
    for (name, value) in url::form_urlencoded::parse(&scanned.with_tokens()) {
        let settled = !(variant.named)(&name) || is_settled(&value);
        assert!(settled, "{name:?} still has {value:?}");
    }
}
