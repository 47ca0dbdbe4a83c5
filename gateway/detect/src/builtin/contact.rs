//! Email addresses and phone numbers.

use super::{Look, Spec, Tried, Verdict};
use crate::text::{Text, is_letter_or_digit, is_word};
use policies::Detector;
use std::ops::Range;

pub(super) const SPECS: &[Spec] = &[
    Spec {
        detector: Detector::Email,
        tried: Tried::Around(email),
        words: &[],
    },
    Spec {
        detector: Detector::Phone,
        tried: Tried::Word(phone),
        words: &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "fax",
            "call",
            "contact",
            "whatsapp",
            "sms",
            "dial",
            "telefon",
            "téléphone",
            "téléfono",
            "teléfono",
            "telefono",
            "telefone",
            "celular",
            "móvil",
            "handy",
            "mobil",
            "telefoon",
            "mobiel",
            "portable",
            "ph",
            "mob",
            "電話",
            "携帯",
        ],
    },
];

/// Longest local part (RFC 5321, section 4.5.3.1.1) and domain.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;
/// Longest label of a domain (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// What an unquoted local part is made of (RFC 5322, section 3.2.3; RFC 6531).
pub(crate) const fn is_local(byte: u8) -> bool {
    is_letter_or_digit(byte)
        || matches!(
            byte,
            b'.' | b'!'
                | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
                | b'-'
        )
}

/// Where the `@` is of an address that begins at `start`.
pub(crate) fn local_end(text: &Text<'_>, start: usize) -> Option<usize> {
    let end = text.run(start, MAX_LOCAL, is_local);
    (text.get(end) == Some(b'@')).then_some(end)
}

fn email(text: &Text<'_>, at: usize, floor: usize) -> Option<Range<usize>> {
    let most = at.saturating_sub(MAX_LOCAL + 1);
    let mut run = text.run_back(at, most, is_local);
    if at - run > MAX_LOCAL && !text.bytes.get(run..at)?.is_ascii() {
        // writing without spaces before it: the address is its end in ASCII
        run = text.run_back(at, most, |byte| byte.is_ascii() && is_local(byte));
    }
    let start = run.max(floor);
    let local = text.bytes.get(start..at)?;
    // signs before the address belong to the sentence, or to what the address is written in
    let lead = local
        .iter()
        .take_while(|byte| !is_letter_or_digit(**byte) && !matches!(byte, b'_' | b'+'))
        .count();
    // key=value: the value is the address
    let assigned = local
        .iter()
        .rposition(|byte| matches!(byte, b'=' | b'|' | b'/' | b'?' | b'&'));
    if at - run > MAX_LOCAL && assigned.is_none() {
        return None;
    }
    let start = start + lead.max(assigned.map_or(0, |place| place + 1));
    let local = text.bytes.get(start..at)?;
    if local.is_empty() || local.ends_with(b".") || local.windows(2).any(|pair| pair == b"..") {
        return None;
    }
    let end = domain(text, at + 1)?;
    let domain = text.bytes.get(at + 1..end)?;
    // `logo@2x.png`
    let file = FILE_ENDS.iter().any(|own| {
        let place = domain.len().checked_sub(own.len());
        let last = place.and_then(|place| domain.get(place..));
        last.is_some_and(|last| last.eq_ignore_ascii_case(own))
    });
    (!file).then_some(start..end)
}

/// How files end whose names have an `@` (for screens of another density), and no domain does.
const FILE_ENDS: &[&[u8]] = &[
    b".css", b".gif", b".ico", b".jpeg", b".jpg", b".js", b".json", b".png", b".svg", b".webp",
];

/// The end of a domain of at least two labels, the last of letters.
fn domain(text: &Text<'_>, start: usize) -> Option<usize> {
    let label = |byte: u8| is_letter_or_digit(byte) || byte == b'-';
    let (mut at, mut end, mut labels) = (start, None, 0);
    while at - start < MAX_DOMAIN {
        let mut stop = text.run(at, MAX_LABEL + 1, label);
        if stop - at > MAX_LABEL {
            // writing without spaces behind it: the label is its beginning in ASCII
            stop = text.run(at, MAX_LABEL + 1, |byte| byte.is_ascii() && label(byte));
        }
        let bytes = text.bytes.get(at..stop)?;
        let hyphens = bytes.starts_with(b"-") || bytes.ends_with(b"-");
        if bytes.is_empty() || bytes.len() > MAX_LABEL || hyphens {
            break;
        }
        labels += 1;
        let top = bytes.len() > 1 && !bytes.iter().any(u8::is_ascii_digit);
        let internationalized = bytes
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"));
        if labels > 1 && (top || internationalized) {
            end = Some(stop);
        }
        if text.get(stop) != Some(b'.') {
            break;
        }
        at = stop + 1;
    }
    end
}

/// Most digits of an international number (ITU-T E.164).
const MAX_DIGITS: usize = 15;

/// A phone number whose first digits are the word from `start` to `end`.
fn phone(text: &Text<'_>, start: usize, end: usize, floor: usize) -> Look {
    let mut begin = start;
    let closed = text.get(end) == Some(b')');
    if closed && begin > floor && text.before(begin) == Some(b'(') {
        begin -= 1;
    }
    let plus = begin > floor && text.before(begin) == Some(b'+');
    if plus {
        begin -= 1;
    }
    if text
        .before(begin)
        .is_some_and(|byte| is_word(byte) || matches!(byte, b'.' | b'-' | b'+' | b'/' | b'_'))
    {
        return None;
    }
    let groups = groups(text, start)?;
    if !plus && groups.is_date_or_decimal(text) {
        return None;
    }
    let (digits, ends) = (&groups.digits, &groups.ends);
    let whole = ends.last().copied()?;
    if plus {
        let north_american = digits.first() == Some(&b'1');
        let most = if north_american { 11 } else { MAX_DIGITS };
        let (count, end) = ends
            .iter()
            .rev()
            .find(|(count, _)| *count <= most)
            .copied()?;
        let fits = count >= 8 && digits.first() != Some(&b'0') && (!north_american || count == 11);
        return fits.then(|| (begin..extension(text, end), Verdict::Sure));
    }
    if let Some(end) = north_american(digits, ends) {
        let divided = ends.first().is_some_and(|(_, first)| *first < end);
        let verdict = if divided {
            Verdict::Sure
        } else {
            Verdict::WithContext
        };
        return Some((begin..extension(text, end), verdict));
    }
    let national = digits.first() == Some(&b'0') || ends.len() > 1;
    let fits = (7..=MAX_DIGITS).contains(&whole.0) && national;
    fits.then(|| (begin..extension(text, whole.1), Verdict::WithContext))
}

/// Digits with single separators between, or a closing parenthesis and a space.
struct Groups {
    digits: Vec<u8>,
    /// How many digits there are up to the end of each group, and where that is.
    ends: Vec<(usize, usize)>,
}

impl Groups {
    /// Whether the groups are those of a date, or two that a decimal point divides.
    fn is_date_or_decimal(&self, text: &Text<'_>) -> bool {
        let mut counts = self.ends.iter().map(|(count, _)| *count);
        let first = [counts.next(), counts.next(), counts.next()];
        let divider = self.ends.first().and_then(|(_, end)| text.get(*end));
        let date = [[4, 6, 8], [2, 4, 8]].map(|date| date.map(Some));
        (date.contains(&first) && divider != Some(b' '))
            || (self.ends.len() == 2 && divider == Some(b'.'))
    }
}

/// The end of the extension of a number that ends at `at`, else `at`: `x123`, ` ext. 123`.
fn extension(text: &Text<'_>, at: usize) -> usize {
    let start = text.run(at, 1, |byte| byte == b' ');
    let signs = [&b"ext. "[..], b"ext.", b"ext ", b"ext", b"x"];
    let sign = signs.into_iter().find(|sign| {
        let found = text.slice(start, start + sign.len());
        found.eq_ignore_ascii_case(sign)
    });
    let Some(sign) = sign else { return at };
    let digits = start + sign.len();
    let end = text.run(digits, 6, |byte| byte.is_ascii_digit());
    let whole = end > digits && !text.get(end).is_some_and(is_word);
    if whole { end } else { at }
}

fn groups(text: &Text<'_>, start: usize) -> Option<Groups> {
    let mut groups = Groups {
        digits: Vec::new(),
        ends: Vec::new(),
    };
    let mut at = start;
    loop {
        let end = text.run(at, MAX_DIGITS + 1, |byte| byte.is_ascii_digit());
        // a word that goes on in letters is no group
        if end == at || (text.get(end).is_some_and(is_word) && extension(text, end) == end) {
            break;
        }
        groups.digits.extend_from_slice(text.bytes.get(at..end)?);
        if groups.digits.len() > MAX_DIGITS {
            break;
        }
        groups.ends.push((groups.digits.len(), end));
        let mut next = end;
        while next - end < 2
            && matches!(
                text.get(next),
                Some(b' ' | b'-' | b'.' | b'/' | b'(' | b')')
            )
        {
            next += 1;
        }
        let doubled = next - end == 2
            && !matches!(
                text.bytes.get(end..next),
                Some(b") " | b" (" | b")-" | b")." | b"-(")
            );
        if next == end || doubled {
            break;
        }
        at = next;
    }
    (!groups.ends.is_empty()).then_some(groups)
}

/// The end of a North American number: ten digits, or eleven that begin with 1, in groups 3-3-4
/// (NANPA: area and exchange begin with 2 to 9).
fn north_american(digits: &[u8], ends: &[(usize, usize)]) -> Option<usize> {
    let long = digits.first() == Some(&b'1');
    let ten = digits.get(usize::from(long)..)?;
    let begins = |place: usize| matches!(ten.get(place), Some(b'2'..=b'9'));
    if !begins(0) || !begins(3) {
        return None;
    }
    let count = 10 + usize::from(long);
    let (_, end) = ends.iter().find(|(digits, _)| *digits == count)?;
    let counts: Vec<usize> = ends
        .iter()
        .map(|(digits, _)| *digits)
        .take_while(|digits| *digits <= count)
        .collect();
    let grouped = matches!(
        (long, counts.as_slice()),
        (_, [_]) | (false, [3, 6, 10] | [3, 10] | [6, 10]) | (true, [1, 4, 7, 11] | [4, 7, 11])
    );
    grouped.then_some(*end)
}
