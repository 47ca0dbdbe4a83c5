//! Lists in flow style: `[ { … }, { … } ]`.

use super::lines::indent;

/// Where a list ends. Both in bytes of the text.
struct End {
    /// Behind its last entry, or the comma behind that; behind the `[` when it is empty.
    content: usize,
    /// Its `]`.
    close: usize,
}

/// The text with entries at the end of the list whose `[` is at `start`.
pub(super) fn with_entries(text: &str, start: usize, entries: &[&str]) -> Option<String> {
    let End { content, close } = end(text, start)?;
    let (before, after) = text.split_at_checked(content)?;
    let space = text.get(content..close)?;
    let is_empty = content == start + 1;
    let comma = if is_empty || before.ends_with(',') {
        ""
    } else {
        ","
    };
    let Some((same_line, rest)) = space.split_once('\n') else {
        let last = if space.is_empty() && is_empty {
            " "
        } else {
            ""
        };
        return Some(format!(
            "{before}{comma} {}{last}{after}",
            entries.join(", ")
        ));
    };
    // a line for each entry, as far in as the last
    let further = if is_empty { 2 } else { 0 };
    let indent = " ".repeat(indent(before.rsplit('\n').next()?) + further);
    let end = if same_line.ends_with('\r') {
        "\r\n"
    } else {
        "\n"
    };
    let new = entries.join(&format!(",{end}{indent}"));
    let last_comma = if before.ends_with(',') { "," } else { "" };
    let tail = text.get(close..)?;
    Some(format!(
        "{before}{comma}{same_line}\n{indent}{new}{last_comma}{end}{rest}{tail}"
    ))
}

/// Reads to the `]` that closes what opens at `start`: brackets, quoted texts and comments.
fn end(text: &str, start: usize) -> Option<End> {
    let (mut depth, mut content) = (0_usize, start);
    // what may begin a quoted text, or a comment
    let (mut fresh, mut spaced) = (true, true);
    let mut rest = text.get(start..)?.char_indices();
    while let Some((at, found)) = rest.next() {
        let at = start + at;
        match found {
            '#' if spaced => {
                let _comment = rest.find(|(_, found)| *found == '\n')?;
                continue;
            }
            '"' | '\'' if fresh => {
                content = start + quoted(&mut rest, found)? + 1;
                (fresh, spaced) = (false, false);
                continue;
            }
            '[' | '{' => depth += 1,
            ']' if depth == 1 => return Some(End { content, close: at }),
            ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        spaced = found.is_whitespace();
        if !spaced {
            content = at + found.len_utf8();
        }
        fresh = spaced || "[{,:".contains(found);
    }
    None
}

/// Reads a quoted text to its end, of which it gives the place.
fn quoted(rest: &mut std::str::CharIndices<'_>, quote: char) -> Option<usize> {
    loop {
        let (at, found) = rest.next()?;
        if quote == '"' && found == '\\' {
            rest.next()?;
        } else if found == quote {
            // inside single quotes, two stand for one
            let again = rest
                .clone()
                .next()
                .filter(|(_, next)| quote == '\'' && *next == quote);
            if again.is_none() {
                return Some(at);
            }
            rest.next()?;
        }
    }
}
