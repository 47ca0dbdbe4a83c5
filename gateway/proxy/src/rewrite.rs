//! What becomes of bodies, and of the values in a head.
//!
//! - `plan`: headers leave before the body, so what happens to it is settled first;
//! - `body`: a body that ends within the small-body limit goes whole, with a `Content-Length`; a
//!   longer one as a stream;
//! - `stream`: a longer body as it comes; when it fails, whoever takes it is aborted;
//! - `source`: where bodies come from: clients, and upstreams;
//! - `answer`: an upstream's answer, by the same rules;
//! - `head`: values in the path, the query and the header fields;
//! - `digest`: digests of a body are checked, and not passed on for another body.

mod answer;
mod body;
mod digest;
mod head;
mod plan;
mod source;
mod stream;

pub(crate) use answer::rewrite_answer;
pub(crate) use body::{Body, Job, rewrite};
pub(crate) use head::{count_head, rewrite_head};
pub(crate) use plan::{BodyPlan, plan};
pub(crate) use source::AnswerSource;
pub(crate) use stream::RewrittenStream;
