//! Tokens taken apart, and put together otherwise.

use base64_simd::URL_SAFE_NO_PAD;

/// A token with one thing changed, for each of many things; of head and body, bits of each `step`th
/// byte and of the last. The token was made for no tenant, and of a text.
pub(crate) fn altered(token: &str, step: usize) -> Vec<(String, String)> {
    let (head, body) = decoded(token);
    let mut cases = Vec::new();
    for (part, bytes) in [("head", &head), ("body", &body)] {
        for at in (0..bytes.len() - 1).step_by(step).chain([bytes.len() - 1]) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            let token = match part {
                "head" => encoded(&flipped, &body),
                _ => encoded(&head, &flipped),
            };
            cases.push((format!("bit 0 of {part} byte {at} flipped"), token));
        }
    }
    let class = body[1..].get(..usize::from(body[0])).unwrap().to_vec();
    let with = |class: &[u8], tenant: &[u8], value_type: u8| {
        let length = |text: &[u8]| [u8::try_from(text.len()).unwrap()];
        let rest = &body[usize::from(body[0]) + 3..];
        let parts: [&[u8]; 6] = [
            &length(class),
            class,
            &length(tenant),
            tenant,
            &[value_type],
            rest,
        ];
        encoded(&head, &parts.concat())
    };
    cases.push(("another class".into(), with(b"note", b"", 0)));
    cases.push(("another tenant".into(), with(&class, b"acme", 0)));
    cases.push(("another type".into(), with(&class, b"", 1)));
    cases.push(("a type that does not exist".into(), with(&class, b"", 6)));
    cases.push((
        "a byte less".into(),
        encoded(&head, &body[..body.len() - 1]),
    ));
    cases.push((
        "a byte more".into(),
        encoded(&head, &[&body[..], &[0]].concat()),
    ));
    cases.push((
        "a byte more in the head".into(),
        encoded(&[&head[..], &[0]].concat(), &body),
    ));
    cases
}

/// The head of one token before the body of another.
pub(crate) fn splice(head: &str, body: &str) -> String {
    encoded(&decoded(head).0, &decoded(body).1)
}

pub(crate) fn decoded(token: &str) -> (Vec<u8>, Vec<u8>) {
    let inner = token.trim_start_matches("~vg1.").trim_end_matches('~');
    let (head, body) = inner.split_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    (decode(head), decode(body))
}

pub(crate) fn encoded(head: &[u8], body: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    format!("~vg1.{}.{}~", encode(head), encode(body))
}
