//! The name of a caller's role session: what CloudTrail shows, and what session policies match.

use crate::digest::digest;

/// STS: 2 to 64 characters of `[\w+=,.@-]`.
const MAX: usize = 64;
const HEX_DIGITS: usize = 16;

/// A session name for a subject. A subject that fits is its own name; any other is cut, cleaned,
/// and told from others by a digest of issuer and subject, so that two never share a name.
pub(crate) fn derive(issuer: &str, subject: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=MAX).contains(&subject.len()) && subject.chars().all(fits) && !looks_made(subject) {
        return subject.to_owned();
    }
    let kept = subject.chars().map(|c| if fits(c) { c } else { '-' });
    let kept: String = kept.take(MAX - HEX_DIGITS - 1).collect();
    let both = format!("{issuer}\n{subject}");
    let digest = digest("session", both.as_bytes());
    let digits: String = digest
        .iter()
        .take(HEX_DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{kept}-{digits}")
}

/// Whether a subject ends as a made name does: it could be chosen to pass for another's.
fn looks_made(subject: &str) -> bool {
    let tail = subject.rsplit('-').next().unwrap_or_default();
    tail.len() == HEX_DIGITS && tail.bytes().all(|byte| byte.is_ascii_hexdigit())
}
