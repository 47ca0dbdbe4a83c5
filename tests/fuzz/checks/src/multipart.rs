//! `multipart/form-data` beside the crate `multer`.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use futures_util::{FutureExt, stream};
use multer::bytes::Bytes;
use scan::{Format, Plan};

use crate::Case;
use crate::scanned::{is_settled, of_format, plan};

const BOUNDARY: &str = "B";

static VARIANTS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    const RULES: &[&str] =
        &["fields: [card, 'a\"b'], select: [$.n, $..a], columns: [card, 3], xpath: //b"];
    const LENIENT: &str =
        "csv: { strict: false, missing_columns: pass }\nform: { other_parts: pass }";
    vec![
        plan(RULES, LENIENT),
        plan(RULES, ""),
        plan(
            &[
                "fields: card",
                "detect: [payment-card, us-ssn, email, iban]",
            ],
            LENIENT,
        ),
        plan(
            RULES,
            "form: { max_name_bytes: 16, max_value_bytes: 64, other_parts: pass }",
        ),
    ]
});

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let plan = case.choose(&VARIANTS);
    if let Ok(scanned) = of_format(&case, plan, &Format::Multipart(BOUNDARY.into())) {
        nothing_left(scanned.with_tokens());
    }
}

/// With tokens in place, `multer` reads nothing else in the field that every policy names.
fn nothing_left(document: Vec<u8>) {
    let body = stream::iter([Ok::<_, Infallible>(Bytes::from(document))]);
    let mut multipart = multer::Multipart::new(body, BOUNDARY);
    // all of the body is there: nothing is ever waited for
    while let Some(Ok(Some(field))) = multipart.next_field().now_or_never() {
        let named = field.name() == Some("card");
        let Some(Ok(value)) = field.bytes().now_or_never() else {
            return;
        };
        if named {
            let value = String::from_utf8_lossy(&value);
            assert!(is_settled(&value), "card still has {value:?}");
        }
    }
}
