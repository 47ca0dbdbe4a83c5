//! The form of the Query protocol.

use std::collections::BTreeMap;

use super::StsError;

/// The fields of a request; of a doubled field the first counts.
#[derive(Debug)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Form {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            fields
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Form(fields)
    }

    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, StsError> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                StsError::validation(format!(
                    "Value null at '{name}' failed to satisfy constraint: Member must not be null"
                ))
            })
    }

    /// `<list>.member.1`, `.2`, ... with a suffix, up to the first that is missing.
    pub(super) fn list<'a>(
        &'a self,
        list: &'a str,
        suffix: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        (1..).map_while(move |index| self.get(&format!("{list}.member.{index}{suffix}")))
    }
}
