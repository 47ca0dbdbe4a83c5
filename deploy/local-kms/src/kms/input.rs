//! Checks of members, and lists in pages.

use serde::{Deserialize, Serialize};

use super::KmsError;

/// A member that names one of several choices.
pub(super) fn choice<T>(
    member: &str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
    names: &[&str],
) -> Result<T, KmsError> {
    parse(value).ok_or_else(|| KmsError::not_one_of(member, value, names))
}

/// A member whose length is limited, in bytes.
pub(super) fn length(
    member: &str,
    actual: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<(), KmsError> {
    if range.contains(&actual) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    let constraint = format!("Member must have length from {least} to {most}");
    Err(KmsError::outside(member, &constraint))
}

/// `Limit` and `Marker` of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageInput {
    limit: Option<usize>,
    marker: Option<String>,
}

/// One page of a list.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) end: PageEnd,
}

/// `Truncated` and `NextMarker`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageEnd {
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl PageInput {
    /// Cuts the page out. The marker is the name of the last item that was given, so a list that
    /// changes between pages neither repeats nor skips what stayed.
    pub(super) fn cut<T>(
        &self,
        items: impl IntoIterator<Item = (String, T)>,
        most: usize,
        usual: usize,
    ) -> Result<Page<T>, KmsError> {
        let limit = self.limit.unwrap_or(usual);
        if !(1..=most).contains(&limit) {
            let constraint = format!("Member must be between 1 and {most}");
            return Err(KmsError::outside("limit", &constraint));
        }
        let mut sorted: Vec<(String, T)> = items.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(marker) = &self.marker {
            if marker.is_empty() {
                return Err(KmsError::new(
                    "InvalidMarkerException",
                    "The marker is not valid.",
                ));
            }
            sorted.retain(|(name, _)| name > marker);
        }
        let truncated = sorted.len() > limit;
        sorted.truncate(limit);
        let last = sorted.last().map(|(name, _)| name.clone());
        let next_marker = last.filter(|_| truncated);
        let items = sorted.into_iter().map(|(_, item)| item).collect();
        Ok(Page {
            items,
            end: PageEnd {
                truncated,
                next_marker,
            },
        })
    }
}
