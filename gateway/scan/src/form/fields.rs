//! Which fields which rules take.

/// The names that rules have, in the policy's order.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<Name>);

#[derive(Debug)]
struct Name {
    text: Vec<u8>,
    /// Any name that begins with the text.
    open: bool,
    rule: usize,
}

impl Fields {
    /// Names as they read, each with its rule; a `*` at the end stands for any rest.
    pub(crate) fn new(names: Vec<(String, usize)>) -> Self {
        let names = names.into_iter().map(|(name, rule)| Name {
            text: name.strip_suffix('*').unwrap_or(&name).into(),
            open: name.ends_with('*'),
            rule,
        });
        Self(names.collect())
    }

    /// The first rule that takes the field of this name.
    pub(crate) fn rule(&self, name: &[u8]) -> Option<usize> {
        let takes = |own: &&Name| match own.open {
            true => name.starts_with(&own.text),
            false => name == own.text,
        };
        self.0.iter().find(takes).map(|own| own.rule)
    }
}
