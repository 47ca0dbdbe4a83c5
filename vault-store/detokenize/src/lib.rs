//! The detokenize service: documents and batches of tokens in, values out, for callers whom the
//! KMS key policy allows.
//!
//! | module | what |
//! |---|---|
//! | [`config`] | `detokenize.yaml`, raw and compiled |
//! | [`run`] | listeners, from start to stop |
//! | [`app`] | a request's way: path, limits, caller, endpoint, audit |
//! | [`document`] | `POST /v1/detokenize`: any text, whole or streamed |
//! | [`batch`] | `POST /v1/detokenize/batch`: a list of tokens |
//! | [`splice`] | where tokens stand in JSON, CSV and text, and how values are written there |
//! | [`audit`] | one line for each call |
//! | [`policy`] | policies, for tokens that do not describe themselves |
//! | [`tenants`] | whose such tokens are |
//! | [`problems`] | every problem document |

pub mod app;
pub mod audit;
pub mod batch;
mod body;
pub mod config;
pub mod document;
pub mod policy;
pub mod problems;
pub mod run;
pub mod splice;
pub mod tenants;

pub use app::App;
pub use config::Config;
