//! Whom a key policy names.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The ARN of an IAM user, a role, or an account's root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Principal(String);

impl Principal {
    /// Whether it stands for all of an account: its IAM policies then say who.
    pub(super) fn is_account(&self) -> bool {
        self.0.ends_with(":root")
    }
}

impl FromStr for Principal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let good = match parts.as_slice() {
            ["arn", partition, "iam", "", account, who] => {
                let named = ["user/", "role/"].iter().any(|kind| {
                    let name = who.strip_prefix(kind);
                    name.is_some_and(|name| !name.is_empty() && !name.contains(['*', '?']))
                });
                !partition.is_empty()
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && (named || *who == "root")
            }
            _ => false,
        };
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err("write the ARN of an IAM user or role, without wildcards: `arn:aws:iam::111122223333:role/analyst`".to_owned())
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
