#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use super::*;
use proptest::prelude::*;

fn namespaces() -> Vec<(String, String)> {
    vec![
        ("c".into(), "urn:cards".into()),
        ("d-1".into(), "urn:d".into()),
    ]
}

fn parse(text: &str) -> Result<XPath, XPathError> {
    XPath::parse(text, &namespaces())
}

/// The model written out again, one spelling for each meaning.
fn spelled(xpath: &XPath) -> String {
    let paths = xpath.paths().iter().map(|path| {
        let steps = path.steps.iter().map(|step| {
            let conditions = step
                .predicates
                .iter()
                .map(|each| format!("[{}]", condition(each)));
            let slashes = if step.descendant { "//" } else { "/" };
            format!(
                "{slashes}{}{}",
                name(&step.name),
                conditions.collect::<String>()
            )
        });
        let end = match &path.takes {
            Takes::Element => String::new(),
            Takes::Text => "/text()".into(),
            Takes::Attribute(test) => format!("/@{}", name(test)),
        };
        steps.collect::<String>() + &end
    });
    paths.collect::<Vec<_>>().join(" | ")
}

fn name(test: &NameTest) -> String {
    let local = test.local.as_deref().unwrap_or("*");
    match &test.namespace {
        NamespaceTest::Any => local.into(),
        NamespaceTest::NoNamespace => format!("{{}}{local}"),
        NamespaceTest::Uri(uri) => format!("{{{uri}}}{local}"),
    }
}

fn condition(predicate: &Predicate) -> String {
    let join = |terms: &[Predicate], word| {
        let terms: Vec<_> = terms.iter().map(condition).collect();
        format!("({})", terms.join(word))
    };
    match predicate {
        Predicate::Has(test) => format!("@{}", name(test)),
        Predicate::Equals(test, value) => format!("@{}={value:?}", name(test)),
        Predicate::Differs(test, value) => format!("@{}!={value:?}", name(test)),
        Predicate::And(terms) => join(terms, " and "),
        Predicate::Or(terms) => join(terms, " or "),
        Predicate::Not(inner) => format!("not {}", condition(inner)),
    }
}

#[test]
fn reads_the_subset() {
    for (text, expected) in [
        ("/a", "/a"),
        ("/a/b", "/a/b"),
        ("//a", "//a"),
        ("/a//b/@c", "/a//b/@c"),
        ("//@id", "//*/@id"),
        ("/a//@id", "/a/@id | /a//*/@id"),
        ("//a/*//b", "//a/*//b"),
        ("//a/@*", "//a/@*"),
        ("//c:card/c:*", "//{urn:cards}card/{urn:cards}*"),
        ("//d-1:x/@c:y", "//{urn:d}x/@{urn:cards}y"),
        ("//*:card", "//card"),
        (
            "//@xml:lang",
            "//*/@{http://www.w3.org/XML/1998/namespace}lang",
        ),
        ("//*[@c:*]", "//*[@{urn:cards}*]"),
        ("/a/text()", "/a/text()"),
        ("/a/ text ( )", "/a/text()"),
        ("/a//text()", "/a"),
        ("//text()", "/*"),
        ("/text/b", "/text/b"),
        ("//a/text", "//a/text"),
        ("//a | //b|/c/@d", "//a | //b | /c/@d"),
        (" / a\t//\nb ", "/a//b"),
        ("//a[@x]", "//a[@x]"),
        ("//a[@x][@y='1']/b", "//a[@x][@y=\"1\"]/b"),
        ("//a[@x = \"it's\"]", "//a[@x=\"it's\"]"),
        ("//a['1'!=@x]", "//a[@x!=\"1\"]"),
        ("//a[@x or @y and @z]", "//a[(@x or (@y and @z))]"),
        ("//a[(@x or @y)and(@z)]", "//a[((@x or @y) and @z)]"),
        ("//a[not(@x='1')]", "//a[not @{}x=\"1\"]"),
        ("//a[not(@c:x)]", "//a[not @{urn:cards}x]"),
        ("//a[not(@*:x or @*)]", "//a[not (@x or @*)]"),
        ("//a[not(not(@x))]", "//a[not not @x]"),
        (
            "//and[@and and @or or @not]",
            "//and[((@and and @or) or @not)]",
        ),
        ("//a-b.c/\u{e9}t\u{e9}", "//a-b.c/\u{e9}t\u{e9}"),
        ("//not/or", "//not/or"),
    ] {
        let xpath = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(spelled(&xpath), expected, "{text}");
        assert_eq!((xpath.text(), xpath.to_string().as_str()), (text, text));
    }
}

#[test]
fn refuses_the_rest_with_its_place() {
    for (text, offset, says) in [
        ("", 0, "ends too early"),
        ("a/b", 0, "`a`"),
        ("/", 1, "ends too early"),
        ("//", 2, "ends too early"),
        ("///a", 2, "`/`"),
        ("/a/", 3, "ends too early"),
        ("/a//", 4, "ends too early"),
        ("/a b", 3, "`b`"),
        ("/./a", 1, "`.`"),
        ("/a/..", 3, "`.`"),
        (".//a", 0, "`.`"),
        ("/@id", 0, "no attributes"),
        ("/text()", 0, "no text"),
        ("/a/@b/c", 5, "`/`"),
        ("/a/@b[@c]", 5, "`[`"),
        ("/a/text()/b", 9, "`/`"),
        ("/a/text()[@b]", 9, "`[`"),
        ("/a/@", 4, "ends too early"),
        ("/a/@xmlns", 4, "declares a namespace"),
        ("/a/@xmlns:p", 4, "stands for no namespace"),
        ("//x:a", 2, "`x`"),
        ("//c:", 4, "ends too early"),
        ("//c:a:b", 5, "`:`"),
        ("//c :a", 4, "`:`"),
        ("//c: a", 4, "a space"),
        ("//child::a", 2, "axis"),
        ("//a/parent :: b", 4, "axis"),
        ("//node()", 2, "node()"),
        ("//a/comment()", 4, "comment()"),
        ("count(//a)", 0, "`c`"),
        ("//a[1]", 4, "siblings"),
        ("//a[last()]", 4, "siblings"),
        ("//a[position()=1]", 4, "siblings"),
        ("//a[b]", 4, "`b`"),
        ("//a[.='x']", 4, "`.`"),
        ("//a[text()='x']", 4, "`text`"),
        ("//a[@b=1]", 7, "`1`"),
        ("//a[@b=@c]", 7, "`@`"),
        ("//a[@b<'1']", 6, "`<`"),
        ("//a[@b='x]", 10, "ends too early"),
        ("//a['x']", 7, "`]`"),
        ("//a['x'='x']", 8, "`'`"),
        ("//a[@b", 6, "ends too early"),
        ("//a[]", 4, "`]`"),
        ("//a[@b and]", 10, "`]`"),
        ("//a[@b @c]", 7, "`@`"),
        ("//a[not @b]", 4, "`not`"),
        ("//a[not(@b]", 10, "`]`"),
        ("//a[contains(@b,'x')]", 4, "`contains`"),
        ("//a |", 5, "ends too early"),
        ("| //a", 0, "`|`"),
        ("//a || //b", 5, "`|`"),
        ("/1a", 1, "`1`"),
        ("/-a", 1, "`-`"),
        ("//a\u{7}", 3, "U+0007"),
        ("$x", 0, "`$`"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.offset, offset, "{text}: {error:?}");
        assert!(error.message.contains(says), "{text}: {error:?}");
        assert!(
            !error.help.is_empty() && !error.help.ends_with('.'),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("//a[{}@b{}]", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(64)).is_ok());
    assert_eq!(parse(&nested(65)).unwrap_err().offset, 4 + 65);
    assert!(parse(&nested(100_000)).is_err());
}

fn any_xpath() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        "[a-z]{1,3}",
        Just("*".into()),
        "c:[a-z]",
        Just("c:*".into())
    ];
    let attribute = prop_oneof!["@[a-z]", "@c:[a-z]", Just("@*".to_owned())];
    let test = prop_oneof![
        attribute.clone(),
        (attribute.clone(), "[a-z ]{0,3}").prop_map(|(name, value)| format!("{name} = '{value}'")),
        (attribute.clone(), "[a-z]{0,3}").prop_map(|(name, value)| format!("{name}!=\"{value}\"")),
    ];
    let condition = test.prop_recursive(3, 12, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|inner| format!("not({inner})")),
            pair.clone().prop_map(|(a, b)| format!("({a}) and {b}")),
            pair.prop_map(|(a, b)| format!("({a} or {b})")),
        ]
    });
    let step = (
        prop_oneof![Just("/"), Just("//")],
        name,
        proptest::option::of(condition),
    );
    let step = step.prop_map(|(slashes, name, condition)| match condition {
        Some(condition) => format!("{slashes}{name}[{condition}]"),
        None => format!("{slashes}{name}"),
    });
    let steps = proptest::collection::vec(step, 1..4).prop_map(|steps| steps.concat());
    let end = prop_oneof![
        Just(String::new()),
        Just("/text()".into()),
        Just("//text()".into()),
        attribute.clone().prop_map(|name| format!("/{name}")),
        attribute.prop_map(|name| format!("//{name}")),
    ];
    let path = (steps, end).prop_map(|(steps, end)| steps + &end);
    proptest::collection::vec(path, 1..3).prop_map(|paths| paths.join(" | "))
}

proptest! {
    #[test]
    fn blanks_between_parts_change_nothing(text in any_xpath()) {
        let close = parse(&text).unwrap();
        let wide = text
            .replace('/', " /").replace("/ /", "//")
            .replace('[', " [ ").replace(']', " ] ")
            .replace('@', " @ ").replace('(', "( ").replace(')', " )");
        prop_assert_eq!(spelled(&parse(&wide).unwrap()), spelled(&close), "{}", wide);
    }

    #[test]
    fn never_panics_and_points_inside(text in "[/a-c@*:|\\[\\]()='! .x]{0,16}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.offset <= text.chars().count());
        }
    }

    #[test]
    fn a_cut_xpath_is_refused_or_another(text in any_xpath(), cut in 0usize..200) {
        let cut: String = text.chars().take(cut).collect();
        if let Ok(xpath) = parse(&cut) {
            prop_assert_eq!(xpath.text(), cut);
            prop_assert!(xpath.paths().iter().all(|path| !path.steps.is_empty()));
        }
    }
}
