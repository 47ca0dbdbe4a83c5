//! Patterns whose values no text holds. Only what is certain is said.

use crate::detector::Checksum;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Why nothing is ever taken by a pattern; `None` when something may be.
pub(super) fn why(
    pattern: &str,
    checksum: Option<Checksum>,
    never: &[String],
) -> Option<&'static str> {
    // as the detectors read it: of bytes
    let hir = ParserBuilder::new()
        .utf8(false)
        .build()
        .parse(pattern)
        .ok()?;
    if matches_nothing(&hir) {
        return Some("this pattern matches no text");
    }
    let value = value(&hir).unwrap_or(&hir);
    if checksum.is_some_and(|checksum| always_fails(value, checksum)) {
        return Some("no match of this pattern can pass the checksum");
    }
    if all_excluded(value, never) {
        return Some("`never` excludes all that this pattern matches");
    }
    None
}

/// Whether the way through it always leads over a class of no characters. (`Hir`'s own lengths say so of
/// an alternation already when one branch does.)
fn matches_nothing(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(class) => class.minimum_len().is_none(),
        HirKind::Capture(group) => matches_nothing(&group.sub),
        HirKind::Concat(all) => all.iter().any(matches_nothing),
        HirKind::Alternation(all) => all.iter().all(matches_nothing),
        HirKind::Repetition(repeated) => repeated.min > 0 && matches_nothing(&repeated.sub),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
    }
}

/// The group `value`, where every match has it.
fn value(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("value") => Some(&group.sub),
        HirKind::Capture(group) => value(&group.sub),
        HirKind::Concat(all) => all.iter().find_map(value),
        // a group in one of several branches, or repeated no times, may be missing; `why` then
        // looks at whole matches, and says less
        _ => None,
    }
}

/// What a text holds of what checksums look at: ASCII letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    /// Fewest letters.
    letters: usize,
    /// Fewest letters and digits.
    least: usize,
    /// Most letters and digits; `None` for any number.
    most: Option<usize>,
}

fn always_fails(hir: &Hir, checksum: Checksum) -> bool {
    let held = held(hir);
    let (fewest, most, letters) = match checksum {
        Checksum::Luhn | Checksum::Verhoeff | Checksum::Mod11 => (1, None, false),
        Checksum::Aba => (9, Some(9), false),
        Checksum::Iban => (4, None, true),
        Checksum::Mod97 => (1, None, true),
    };
    held.most.is_some_and(|held| held < fewest)
        || most.is_some_and(|most| held.least > most)
        || (!letters && held.letters > 0)
}

fn held(hir: &Hir) -> Held {
    let nothing = Held {
        letters: 0,
        least: 0,
        most: Some(0),
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => nothing,
        HirKind::Literal(literal) => {
            let count = |test: fn(&u8) -> bool| literal.0.iter().filter(|byte| test(byte)).count();
            let counted = count(u8::is_ascii_alphanumeric);
            Held {
                letters: count(u8::is_ascii_alphabetic),
                least: counted,
                most: Some(counted),
            }
        }
        HirKind::Class(class) => held_by_class(class),
        HirKind::Capture(group) => held(&group.sub),
        HirKind::Concat(all) => all.iter().map(held).fold(nothing, |sum, each| Held {
            letters: sum.letters.saturating_add(each.letters),
            least: sum.least.saturating_add(each.least),
            most: sum
                .most
                .zip(each.most)
                .and_then(|(one, other)| one.checked_add(other)),
        }),
        HirKind::Alternation(all) => {
            let one_of = all.iter().map(held).reduce(|one, other| Held {
                letters: one.letters.min(other.letters),
                least: one.least.min(other.least),
                most: one.most.zip(other.most).map(|(one, other)| one.max(other)),
            });
            one_of.unwrap_or(nothing)
        }
        HirKind::Repetition(repeated) => {
            let each = held(&repeated.sub);
            let times = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
            let most = match (each.most, repeated.max) {
                (Some(0), _) => Some(0),
                (Some(each), Some(count)) => each.checked_mul(times(count)),
                _ => None,
            };
            Held {
                letters: each.letters.saturating_mul(times(repeated.min)),
                least: each.least.saturating_mul(times(repeated.min)),
                most,
            }
        }
    }
}

fn held_by_class(class: &Class) -> Held {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|r| (r.start().into(), r.end().into()))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|r| (r.start().into(), r.end().into()))
            .collect(),
    };
    let within = |parts: &[(u8, u8)]| {
        ranges.iter().all(|(start, end)| {
            let held = |part: &(u8, u8)| u32::from(part.0) <= *start && *end <= u32::from(part.1);
            parts.iter().any(held)
        })
    };
    let letters = [(b'A', b'Z'), (b'a', b'z')];
    let counted = [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')];
    let touches = ranges.iter().any(|(start, end)| {
        let touched = |part: &(u8, u8)| *start <= part.1.into() && *end >= part.0.into();
        counted.iter().any(touched)
    });
    Held {
        letters: usize::from(within(&letters)),
        least: usize::from(within(&counted)),
        most: Some(usize::from(touches)),
    }
}

/// Whether a pattern matches some texts only, and all of them are listed.
fn all_excluded(hir: &Hir, never: &[String]) -> bool {
    if never.is_empty() {
        return false;
    }
    let extracted = Extractor::new().extract(hir);
    // exact ones are whole matches; a list that is cut short is not exact
    let Some(literals) = extracted.literals().filter(|_| extracted.is_exact()) else {
        return false;
    };
    literals.iter().all(|literal| {
        let value = literal.as_bytes().trim_ascii();
        never.iter().any(|never| never.trim().as_bytes() == value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(pattern: &str, checksum: Checksum) -> bool {
        why(pattern, Some(checksum), &[]).is_some()
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_found() {
        assert!(why("[a&&b]", None, &[]).is_some());
        assert!(why("x[^\\s\\S]y", None, &[]).is_some());
        assert!(why("(?:[a&&b]|c[d&&e])+", None, &[]).is_some());
        assert!(why("a|[a&&b]", None, &[]).is_none());
        assert!(why("[a&&b]?a", None, &[]).is_none());
    }

    #[test]
    fn a_checksum_that_never_passes_is_found() {
        assert!(fails("[0-9]{8}", Checksum::Aba));
        assert!(fails("[0-9]{10,}", Checksum::Aba));
        assert!(fails("EMP[0-9]{6}", Checksum::Luhn));
        assert!(fails("[A-Z][0-9]{9}", Checksum::Verhoeff));
        assert!(fails("(?:[A-Z]|EU)[0-9]{9}", Checksum::Mod11));
        assert!(fails("[0-9]{2}-[0-9]", Checksum::Iban));
        assert!(fails("--+", Checksum::Mod97));
        assert!(fails("no (?P<value>[0-9]{3}) [0-9]{9}", Checksum::Aba));
    }

    #[test]
    fn a_checksum_that_may_pass_is_left_alone() {
        assert!(!fails("[0-9]{9}", Checksum::Aba));
        assert!(!fails("[0-9]{3}-[0-9]{3}-[0-9]{3}", Checksum::Aba));
        assert!(!fails("[0-9 ]{20}", Checksum::Aba));
        assert!(!fails("[A-Z0-9]{9}", Checksum::Luhn));
        assert!(!fails("[A-Z]?[0-9]{9}", Checksum::Luhn));
        assert!(!fails("EMP-(?P<value>[0-9]{9})", Checksum::Aba));
        assert!(!fails("(?:(?P<value>[0-9]{3})x)?[0-9]{9}", Checksum::Aba));
        assert!(!fails("\\d{9}", Checksum::Aba));
        assert!(!fails("[A-Z]{2}[0-9]{2}[A-Z0-9]+", Checksum::Iban));
    }

    #[test]
    fn values_that_are_all_excluded_are_found() {
        let never = ["EMP-0".to_owned(), " EMP-1 ".to_owned()];
        assert!(why("EMP-[01]", None, &never).is_some());
        assert!(why("EMP-0|EMP-1", None, &never).is_some());
        assert!(why("no: (?P<value>EMP-1)", None, &never).is_some());
        assert!(why("EMP-[012]", None, &never).is_none());
        assert!(why("EMP-[0-9]{6}", None, &never).is_none());
        assert!(why("(?i)EMP-0", None, &never).is_none());
    }
}
