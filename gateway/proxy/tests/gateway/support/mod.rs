//! A gateway, an upstream that remembers what it saw, and clients.

mod client;
mod gateway;
mod tokens;
mod upstream;

pub(crate) use client::{Client, json, post};
pub(crate) use gateway::{Gateway, Setup, write_keys};
pub(crate) use tokens::without_tokens;
pub(crate) use upstream::{Body, Upstream};
