//! Tags of keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::input::{PageEnd, PageInput, length};
use super::{Call, Empty, KmsError};

const MOST: usize = 50;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    tag_key: String,
    tag_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagResource {
    key_id: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(call: &mut Call<'_>, input: TagResource) -> Result<Empty, KmsError> {
    let tags = checked_tags(input.tags)?;
    let mut access =
        Access::to("kms:TagResource").with_all("aws:TagKeys", tags.keys().map(String::as_str));
    for (name, value) in &tags {
        access = access.with(&format!("aws:RequestTag/{name}"), value);
    }
    let key = call.manage_key(&input.key_id, access)?;
    call.change_key(&key.id, |key, arn| {
        key.alive(arn)?;
        key.tags.extend(tags);
        if key.tags.len() > MOST {
            return Err(too_many());
        }
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagResource {
    key_id: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(call: &mut Call<'_>, input: UntagResource) -> Result<Empty, KmsError> {
    let access = Access::to("kms:UntagResource")
        .with_all("aws:TagKeys", input.tag_keys.iter().map(String::as_str));
    let key = call.manage_key(&input.key_id, access)?;
    call.change_key(&key.id, |key, arn| {
        key.alive(arn)?;
        key.tags.retain(|name, _| !input.tag_keys.contains(name));
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTags {
    key_id: String,
    #[serde(flatten)]
    page: PageInput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagList {
    tags: Vec<Tag>,
    #[serde(flatten)]
    end: PageEnd,
}

pub(super) fn list(call: &mut Call<'_>, input: ListTags) -> Result<TagList, KmsError> {
    let key = call.manage_key(&input.key_id, Access::to("kms:ListResourceTags"))?;
    let tags = key.tags.iter().map(|(name, value)| {
        (
            name.clone(),
            Tag {
                tag_key: name.clone(),
                tag_value: value.clone(),
            },
        )
    });
    let page = input.page.cut(tags, 50, 50)?;
    Ok(TagList {
        tags: page.items,
        end: page.end,
    })
}

/// Tags as AWS takes them: names of 1 to 128 characters, not twice, not `aws:`.
pub(super) fn checked_tags(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, KmsError> {
    if tags.len() > MOST {
        return Err(too_many());
    }
    let mut checked = BTreeMap::new();
    for Tag { tag_key, tag_value } in tags {
        length("tagKey", tag_key.chars().count(), 1..=128)?;
        length("tagValue", tag_value.chars().count(), 0..=256)?;
        if tag_key.to_ascii_lowercase().starts_with("aws:") {
            return Err(KmsError::new(
                "TagException",
                "Tag keys must not begin with aws:.",
            ));
        }
        if checked.contains_key(&tag_key) {
            return Err(KmsError::new(
                "TagException",
                "A tag key stands twice in the request.",
            ));
        }
        checked.insert(tag_key, tag_value);
    }
    Ok(checked)
}

fn too_many() -> KmsError {
    KmsError::new(
        "TagException",
        format!("A key cannot have more than {MOST} tags."),
    )
}
