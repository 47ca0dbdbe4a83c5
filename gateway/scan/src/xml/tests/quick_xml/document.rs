//! Random documents and XPaths that meet each other often.

use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[abc]", 1 => "[pq]:[abc]"]
}

fn attribute_name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[xyz]", 1 => "[pq]:[xyz]", 1 => Just("xmlns:p".to_owned()), 1 => Just("xmlns".to_owned())]
}

fn attribute() -> impl Strategy<Value = (String, String)> {
    let value = prop_oneof![
        3 => "[12]",
        1 => Just(String::new()),
        1 => Just("&#49;".to_owned()),
        1 => "[ 1>\u{e9}]{0,3}",
        1 => Just("1\n&amp;\t2".to_owned()),
    ];
    (attribute_name(), value, "urn:[12]").prop_map(|(name, value, uri)| {
        let value = if name.starts_with("xmlns") {
            uri
        } else {
            value
        };
        (name, value)
    })
}

/// Attributes, each name once; namespaces may still make two the same.
fn attributes() -> impl Strategy<Value = String> {
    proptest::collection::vec((attribute(), any::<bool>()), 0..4).prop_map(|all| {
        let mut names = Vec::new();
        let mut text = String::new();
        for ((name, value), double) in all {
            if !names.contains(&name) {
                let quote = if double { '"' } else { '\'' };
                text += &format!(" {name}={quote}{value}{quote}");
                names.push(name);
            }
        }
        text
    })
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a1 \n\u{e9}\u{ffe0}>]{1,4}",
        1 => Just("&lt;&#x31;".to_owned()),
        1 => Just("]]".to_owned()),
        1 => "<!\\[CDATA\\[[a ]?\\]{0,3}[<&1]?\\]\\]>",
        1 => "<!-- ?-?[a<& ]{0,2}-->",
        1 => "<\\?t( [?a> ]{0,2}b?)?\\?>",
    ]
}

fn element() -> impl Strategy<Value = String> {
    let leaf = (name(), attributes(), "[ \n]?")
        .prop_map(|(name, attributes, blank)| format!("<{name}{attributes}{blank}/>"));
    leaf.prop_recursive(5, 24, 5, |inner| {
        let child = prop_oneof![inner, piece()];
        let children = proptest::collection::vec(child, 0..5).prop_map(|all| all.concat());
        (name(), attributes(), children, "[ \n]?").prop_map(
            |(name, attributes, children, blank)| {
                format!("<{name}{attributes}{blank}>{children}</{name}{blank}>")
            },
        )
    })
}

/// A document; `p` and `q` are declared at its root.
pub(super) fn document() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        Just(""),
        Just("<?xml version=\"1.0\"?>\n"),
        Just("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"),
        Just("<!-- c -->"),
    ];
    (
        head,
        "urn:[12]",
        "urn:[12]",
        proptest::collection::vec(prop_oneof![element(), piece()], 0..4),
        "\n?",
    )
        .prop_map(|(head, p, q, children, tail)| {
            format!(
                "{head}<r xmlns:p='{p}' xmlns:q=\"{q}\">{}</r>{tail}",
                children.concat()
            )
        })
}

pub(super) fn xpath() -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => "[abc]", 1 => Just("*".to_owned()), 1 => "[pq]:[abc]", 1 => Just("q:*".to_owned())];
    let attribute = prop_oneof![4 => "@[xyz]", 1 => Just("@*".to_owned()), 1 => "@[pq]:[xyz]", 1 => Just("@q:*".to_owned())];
    let test = (
        attribute.clone(),
        prop_oneof![
            Just(""),
            Just("='1'"),
            Just("!='1'"),
            Just("=' 1'"),
            Just("='1 & 2'")
        ],
    )
        .prop_map(|(name, compared)| format!("{name}{compared}"));
    let condition = test.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not({inner})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one} or {other})")),
        ]
    });
    let step = (
        prop_oneof![Just("/"), Just("//")],
        name,
        proptest::option::weighted(0.25, condition),
    )
        .prop_map(|(slashes, name, condition)| {
            let condition = condition.map_or(String::new(), |condition| format!("[{condition}]"));
            format!("{slashes}{name}{condition}")
        });
    let end = prop_oneof![
        2 => Just(String::new()),
        1 => Just("/text()".to_owned()),
        1 => Just("//text()".to_owned()),
        1 => attribute.clone().prop_map(|name| format!("/{name}")),
        1 => attribute.prop_map(|name| format!("//{name}")),
    ];
    let begin = prop_oneof![Just("/r"), Just("")];
    let path = (begin, proptest::collection::vec(step, 1..3), end)
        .prop_map(|(begin, steps, end)| format!("{begin}{}{end}", steps.concat()));
    prop_oneof![3 => path.clone(), 1 => (path.clone(), path).prop_map(|(one, other)| format!("{one} | {other}"))]
}
