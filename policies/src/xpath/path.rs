//! Location paths and their unions.

use super::cursor::{Cursor, Parsed, SUBSET, fault};
use super::model::{LocationPath, NameTest, NamespaceTest, Step, Takes};
use super::predicate;

/// The whole text.
pub(super) fn union(cursor: &mut Cursor<'_>) -> Parsed<Vec<LocationPath>> {
    let mut paths = Vec::new();
    loop {
        cursor.blanks();
        location_path(cursor, &mut paths)?;
        cursor.blanks();
        if !cursor.take("|") {
            break;
        }
    }
    if cursor.peek().is_some() {
        return cursor.unexpected(SUBSET);
    }
    Ok(paths)
}

fn location_path(cursor: &mut Cursor<'_>, paths: &mut Vec<LocationPath>) -> Parsed<()> {
    if cursor.peek() != Some('/') {
        let help = "begin with `/` for the root element or with `//` for elements at any depth";
        return cursor.unexpected(help);
    }
    let mut steps = Vec::new();
    loop {
        let before = cursor.offset();
        let descendant = cursor.take("//");
        if !descendant && !cursor.take("/") {
            paths.push(LocationPath {
                steps,
                takes: Takes::Element,
            });
            return Ok(());
        }
        cursor.blanks();
        if cursor.take("@") {
            return attribute(cursor, before, descendant, steps, paths);
        }
        if text_test(cursor) {
            return text(cursor, before, descendant, steps, paths);
        }
        steps.push(step(cursor, descendant)?);
        cursor.blanks();
    }
}

fn step(cursor: &mut Cursor<'_>, descendant: bool) -> Parsed<Step> {
    match cursor.peek() {
        Some('.') => {
            let help = "name every element on the way; `//` goes to any depth";
            return cursor.unexpected(help);
        }
        None | Some('|') => {
            return cursor.unexpected("name an element; `/*` takes the whole document");
        }
        _ => {}
    }
    let name = cursor.name_test(NamespaceTest::Any)?;
    let mut predicates = Vec::new();
    loop {
        cursor.blanks();
        if !cursor.take("[") {
            break;
        }
        predicates.push(predicate::condition(cursor)?);
        if !cursor.take("]") {
            return cursor.unexpected(predicate::HELP);
        }
    }
    Ok(Step {
        descendant,
        name,
        predicates,
    })
}

fn attribute(
    cursor: &mut Cursor<'_>,
    before: usize,
    descendant: bool,
    mut steps: Vec<Step>,
    paths: &mut Vec<LocationPath>,
) -> Parsed<()> {
    if steps.is_empty() && !descendant {
        let help = "write `/*/@a` for the root element's, or `//@a` for all";
        return Err(fault(before, "the document itself has no attributes", help));
    }
    cursor.blanks();
    let name = attribute_name(cursor, NamespaceTest::Any)?;
    cursor.blanks();
    if cursor.peek() == Some('[') {
        let help = "put the condition on its element, such as `//a[@b='x']/@c`";
        return cursor.unexpected(help);
    }
    if cursor.peek() == Some('/') {
        return cursor.unexpected("an attribute comes last");
    }
    let takes = Takes::Attribute(name);
    if descendant {
        if !steps.is_empty() {
            paths.push(LocationPath {
                steps: steps.clone(),
                takes: takes.clone(),
            });
        }
        steps.push(any_element(true));
    }
    paths.push(LocationPath { steps, takes });
    Ok(())
}

/// The name after an `@`.
pub(super) fn attribute_name(
    cursor: &mut Cursor<'_>,
    unprefixed: NamespaceTest,
) -> Parsed<NameTest> {
    let before = cursor.offset();
    let name = cursor.name_test(unprefixed)?;
    let declaration = name.local.as_deref() == Some("xmlns");
    if declaration && !matches!(name.namespace, NamespaceTest::Uri(_)) {
        let message = "`xmlns` declares a namespace and is no attribute";
        return Err(fault(before, message, "name an attribute"));
    }
    Ok(name)
}

fn text_test(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let found = ahead.take_word("text") && {
        ahead.blanks();
        ahead.take("(") && {
            ahead.blanks();
            ahead.take(")")
        }
    };
    if found {
        *cursor = ahead;
    }
    found
}

fn text(
    cursor: &mut Cursor<'_>,
    before: usize,
    descendant: bool,
    mut steps: Vec<Step>,
    paths: &mut Vec<LocationPath>,
) -> Parsed<()> {
    if steps.is_empty() && !descendant {
        let help = "write `//text()` for every text, or name elements before it";
        return Err(fault(before, "the document itself has no text", help));
    }
    cursor.blanks();
    match cursor.peek() {
        Some('[') => {
            let help = "put the condition on its element, such as `//a[@b='x']/text()`";
            return cursor.unexpected(help);
        }
        Some('/') => return cursor.unexpected("`text()` comes last"),
        _ => {}
    }
    let takes = match descendant {
        true => Takes::Element,
        false => Takes::Text,
    };
    if steps.is_empty() {
        steps.push(any_element(false));
    }
    paths.push(LocationPath { steps, takes });
    Ok(())
}

fn any_element(descendant: bool) -> Step {
    Step {
        descendant,
        name: NameTest {
            namespace: NamespaceTest::Any,
            local: None,
        },
        predicates: Vec::new(),
    }
}
