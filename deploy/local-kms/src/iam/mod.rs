//! IAM policies: documents, and who may do what by them.
//!
//! It follows the AWS IAM user guide ("Policy evaluation logic", "IAM JSON policy elements") and the
//! AWS KMS developer guide ("Key policies", "Condition keys"). Nothing here knows of HTTP or of keys:
//! a [`Question`] goes in, a [`Decision`] comes out.

mod address;
mod condition;
mod context;
mod document;
mod evaluate;
mod pattern;
mod principal;
#[cfg(test)]
mod tests;
mod unique_json;

pub(crate) use context::Context;
pub(crate) use document::{Policy, PolicyError, PolicyKind};
pub(crate) use evaluate::{Caller, CallerKind, Decision, Grounds, Question, evaluate};
pub(crate) use principal::{Principal, Reach};
