//! Lists in block style.

use crate::diagnostic::Place;

/// A text by lines, each with its end.
pub(super) struct Lines<'t> {
    lines: Vec<&'t str>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: text.split_inclusive('\n').collect(),
        }
    }

    /// Where a place is in the text, in bytes.
    pub(super) fn offset(&self, place: impl Into<Place>) -> Option<usize> {
        let place = place.into();
        let index = place.line.checked_sub(1)?;
        let before: usize = self.lines.get(..index)?.iter().map(|line| line.len()).sum();
        let line = self.lines.get(index)?;
        let column = place.column.checked_sub(1)?;
        let (within, _) = line.char_indices().nth(column)?;
        Some(before + within)
    }

    /// With entries behind the list's last, which has something at `place`.
    pub(super) fn with_entries(&self, place: impl Into<Place>, entries: &[&str]) -> Option<String> {
        let place = place.into();
        let index = place.line.checked_sub(1)?;
        // an entry's fields may stand on several lines: its dash is on the first
        let dash = |line: &&str| {
            let rest = line.trim_start_matches(' ');
            let is_dash = rest.starts_with("- ") || matches!(rest.trim_end(), "-");
            is_dash && indent(line) + 1 < place.column
        };
        let first = self.lines.get(..=index)?.iter().rposition(dash)?;
        let indent = self.lines.get(first).map(|line| indent(line))?;
        let last = self.end_of_block(first, indent)?;
        self.with_lines_behind(last, &entry_lines(indent, entries))
    }

    /// With a list for a key that has none, whose `versions_by_alias` is at `place`.
    pub(super) fn with_list(&self, place: impl Into<Place>, entries: &[&str]) -> Option<String> {
        let place = place.into();
        let index = place.line.checked_sub(1)?;
        let line = self.lines.get(index)?;
        let indent = indent(line);
        let before: String = line.chars().take(place.column.checked_sub(1)?).collect();
        if before.trim() != "versions_by_alias:" {
            return None;
        }
        let mut lines = entry_lines(indent + 2, entries);
        if let Some(head) = self.empty_list(index, indent) {
            return self.with_lines_behind(head, &lines);
        }
        lines.insert(0, format!("{}versions:", " ".repeat(indent)));
        self.with_lines_behind(index, &lines)
    }

    /// The line `versions:` without a value, in the mapping that the line `index` is of.
    fn empty_list(&self, index: usize, indent: usize) -> Option<usize> {
        let (above, below) = self.lines.split_at_checked(index)?;
        let inside = |line: &&str| !is_content(line) || self::indent(line) >= indent;
        let first = index - above.iter().rev().take_while(|line| inside(line)).count();
        let last = index + below.iter().take_while(|line| inside(line)).count();
        let is_head = |line: &&str| {
            let rest = line.trim().strip_prefix("versions:");
            let rest = rest.map(str::trim_start);
            self::indent(line) == indent && rest.is_some_and(|rest| !is_content(&rest))
        };
        let found = self.lines.get(first..last)?.iter().position(is_head);
        found.map(|found| first + found)
    }

    /// The last line that belongs to the entry whose dash is on the line `first`. Comments and empty
    /// lines behind it belong to what follows.
    fn end_of_block(&self, first: usize, indent: usize) -> Option<usize> {
        let rest = self.lines.get(first + 1..)?.iter().enumerate();
        let content = rest.filter(|(_, line)| is_content(line));
        let inside = content.take_while(|(_, line)| self::indent(line) > indent);
        Some(inside.last().map_or(first, |(index, _)| first + 1 + index))
    }

    fn with_lines_behind(&self, index: usize, new: &[String]) -> Option<String> {
        let (before, after) = self.lines.split_at_checked(index + 1)?;
        let last = before.last()?;
        let end = if last.ends_with("\r\n") { "\r\n" } else { "\n" };
        let mut text = before.concat();
        // the file's last line may have no end, and then still has none
        let ended = last.ends_with('\n');
        for line in new {
            let (first, second) = if ended {
                (line.as_str(), end)
            } else {
                (end, line.as_str())
            };
            text.push_str(first);
            text.push_str(second);
        }
        text.push_str(&after.concat());
        Some(text)
    }
}

fn entry_lines(indent: usize, entries: &[&str]) -> Vec<String> {
    let lines = entries.iter();
    lines
        .map(|entry| format!("{}- {entry}", " ".repeat(indent)))
        .collect()
}

/// How many spaces a line begins with.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Neither empty nor only a comment.
fn is_content(line: &&str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}
