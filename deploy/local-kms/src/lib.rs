//! AWS KMS and STS on loopback, for development and tests.
//!
//! It speaks the wire protocols that `aws-sdk-kms`, boto3 and the AWS command line speak, checks
//! SigV4 signatures, and enforces key policies, identity policies, session policies and grants as
//! AWS documents their evaluation. So what is tried here takes the same code path as production.
//! It is not for production: keys lie in a file.
//!
//! - [`Config`]: the account, users, roles and identity providers;
//! - [`Server`]: the port;
//! - `sigv4`: who signed; `iam`: who may; `kms` and `sts`: the operations; `store`: what is kept.

mod audit;
mod config;
mod iam;
mod kms;
mod server;
mod sigv4;
mod store;
mod sts;

pub use config::{Config, ConfigError};
pub use server::{Options, Server, StartError};
pub use store::StoreError;
