//! The claim that names a tenant.

use serde_json::Value;

/// Longest name of a claim, in bytes.
const MAX_BYTES: usize = 256;

/// A claim, or a member of nested ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath {
    /// A JSON Pointer (RFC 6901).
    pointer: String,
}

impl ClaimPath {
    /// A claim's name, whatever characters it has; what begins with `/` is a JSON Pointer.
    /// `None`: it is empty, too long, or has a `~` that escapes nothing.
    pub fn parse(text: &str) -> Option<Self> {
        if !(1..=MAX_BYTES).contains(&text.len()) {
            return None;
        }
        let pointer = match text.strip_prefix('/') {
            Some(members) if members.is_empty() || !is_escaped(members) => return None,
            Some(_) => text.to_owned(),
            None => format!("/{}", text.replace('~', "~0").replace('/', "~1")),
        };
        Some(Self { pointer })
    }

    /// The text that the claim holds; nothing else can name a tenant.
    pub(super) fn find<'a>(&self, claims: &'a Value) -> Option<&'a str> {
        claims.pointer(&self.pointer)?.as_str()
    }
}

/// Whether each `~` is one of the two escapes.
fn is_escaped(pointer: &str) -> bool {
    let mut after = pointer.split('~').skip(1);
    after.all(|rest| rest.starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_pointers() {
        let claims = json!({
            "tenant_id": "acme",
            "https://example.com/tenant": "by URL",
            "a~b": "tilde",
            "org": { "id": "globex", "a/b": "slash", "list": ["first"] },
            "number": 7, "flag": true, "none": null, "list": ["acme"],
        });
        for (name, found) in [
            ("tenant_id", Some("acme")),
            ("https://example.com/tenant", Some("by URL")),
            ("a~b", Some("tilde")),
            ("/a~0b", Some("tilde")),
            ("/tenant_id", Some("acme")),
            ("/org/id", Some("globex")),
            ("/org/a~1b", Some("slash")),
            ("/org/list/0", Some("first")),
            ("org/id", None),
            ("org", None),
            ("number", None),
            ("flag", None),
            ("none", None),
            ("list", None),
            ("absent", None),
            ("/tenant_id/0", None),
        ] {
            assert_eq!(
                ClaimPath::parse(name).unwrap().find(&claims),
                found,
                "{name}"
            );
        }
        for wrong in ["", "/", "/a~", "/a~2", "/~~0", &"a".repeat(MAX_BYTES + 1)] {
            assert_eq!(ClaimPath::parse(wrong), None, "{wrong}");
        }
    }
}
