//! Conditions that no start tag meets. Only what is certain is said.
//!
//! A name without a prefix stands for attributes of every namespace, so that an element can have
//! several of it: `[@a='x' and @a='y']` can be met, `[@p:a='x' and @p:a='y']` cannot.

use super::model::{NameTest, NamespaceTest, Predicate};

/// Most alternatives that are gone through; beyond, nothing is said.
const MAX_ALTERNATIVES: usize = 1024;

/// What must hold, or must not.
#[derive(Clone)]
struct Term<'a> {
    asked: &'a Predicate,
    holds: bool,
}

/// Whether conditions cannot hold together.
pub(super) fn unmeetable(all: &[Predicate]) -> bool {
    let terms = all.iter().map(|asked| Term { asked, holds: true });
    let mut left = MAX_ALTERNATIVES;
    contradictory(terms.collect(), Vec::new(), &mut left)
}

/// Sorts `open` terms into `decided` ones, which ask for one attribute each. Every alternative must
/// contradict itself.
fn contradictory<'a>(
    mut open: Vec<Term<'a>>,
    mut decided: Vec<Term<'a>>,
    left: &mut usize,
) -> bool {
    while let Some(Term { asked, holds }) = open.pop() {
        match asked {
            Predicate::Not(inner) => open.push(Term {
                asked: inner,
                holds: !holds,
            }),
            Predicate::And(all) if holds => {
                open.extend(all.iter().map(|asked| Term { asked, holds }))
            }
            Predicate::Or(all) if !holds => {
                open.extend(all.iter().map(|asked| Term { asked, holds }))
            }
            Predicate::And(all) | Predicate::Or(all) => {
                return all.iter().all(|asked| {
                    let Some(fewer) = left.checked_sub(1) else {
                        return false;
                    };
                    *left = fewer;
                    let mut open = open.clone();
                    open.push(Term { asked, holds });
                    contradictory(open, decided.clone(), left)
                });
            }
            Predicate::Has(_) | Predicate::Equals(..) | Predicate::Differs(..) => {
                decided.push(Term { asked, holds });
            }
        }
    }
    let with = |holds: bool| decided.iter().filter(move |term| term.holds == holds);
    with(true).any(|one| {
        with(false).any(|denied| implies(one.asked, denied.asked))
            || with(true).any(|other| exclude(one.asked, other.asked))
    })
}

/// Whether an element that meets `one` meets `other` as well.
fn implies(one: &Predicate, other: &Predicate) -> bool {
    use Predicate::{Differs, Equals, Has};
    match (one, other) {
        (Has(name) | Equals(name, _) | Differs(name, _), Has(wider)) => covers(wider, name),
        (Equals(name, value), Equals(wider, same))
        | (Differs(name, value), Differs(wider, same)) => value == same && covers(wider, name),
        (Equals(name, value), Differs(wider, another)) => value != another && covers(wider, name),
        _ => false,
    }
}

/// Whether no element meets both: one attribute has one value.
fn exclude(one: &Predicate, other: &Predicate) -> bool {
    use Predicate::{Differs, Equals};
    match (one, other) {
        (Equals(name, value), Equals(same, another)) => {
            value != another && name == same && is_one(name)
        }
        (Equals(name, value), Differs(same, denied)) => {
            value == denied && name == same && is_one(name)
        }
        _ => false,
    }
}

/// Whether every attribute that `name` stands for is one that `wider` stands for.
fn covers(wider: &NameTest, name: &NameTest) -> bool {
    let namespace = wider.namespace == NamespaceTest::Any || wider.namespace == name.namespace;
    namespace && (wider.local.is_none() || wider.local == name.local)
}

/// Whether an element has one such attribute at most.
fn is_one(name: &NameTest) -> bool {
    name.local.is_some() && name.namespace != NamespaceTest::Any
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::xpath::XPath;

    fn never(text: &str) -> bool {
        let namespaces = [("p".to_owned(), "urn:p".to_owned())];
        XPath::parse(text, &namespaces)
            .unwrap()
            .contradicts_itself()
    }

    #[test]
    fn contradictions_are_found() {
        for text in [
            "//c[@p:a and not(@p:a)]",
            "//c[@p:a][not(@*:a)]/d",
            "//c[@a and not(@*)]",
            "//c[@p:a='x' and @p:a='y']",
            "//c[@p:a='x'][@p:a!='x']",
            "//c[@p:a='x' and not(@p:a)]",
            "//c[not(@p:a or @b) and @p:a='x']/@d",
            "//c[(@p:a='x' or @p:a='y') and @p:a='z']",
            "//c[@p:a='x' and not(@p:a!='y')]",
            "//c[not(not(@p:a)) and not(@p:a)] | //d",
        ] {
            assert!(never(text), "{text}");
        }
    }

    /// A name without a prefix stands for every namespace, inside `not()` for none.
    #[test]
    fn what_can_be_met_is_left_alone() {
        for text in [
            "//c[@a and not(@a)]",
            "//c[@a='x' and @a='y']",
            "//c[@a='x' and @a!='x']",
            "//c[@p:a='x' or @p:a='y']",
            "//c[@p:a='x' and @p:b='y']",
            "//c[@p:a and not(@p:a='x')]",
            "//c[@p:a!='x' and @p:a!='y']",
            "//c[(@p:a='x' or @p:a='z') and @p:a='z']",
            "//c[@p:*='x' and @p:*='y']",
        ] {
            assert!(!never(text), "{text}");
        }
    }

    #[test]
    fn too_many_alternatives_are_not_gone_through() {
        let one = "[@p:a='x' or @p:b='y' or @p:c='z']".repeat(40);
        assert!(!never(&format!("//c{one}[@p:d and not(@p:d)]")));
    }
}
