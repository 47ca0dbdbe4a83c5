//! A request on its way through the stack, in the form that each layer gets it in.

use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;

use crate::access::Access;
use crate::body::{AnswerBody, UpstreamBody};
use crate::config::Route;
use crate::connection::Connection;
use crate::error::GatewayError;
use crate::live::Live;

/// A layer's service. Like `tower::Service`, without the box that a named future would need; the
/// layers are tower's.
pub(crate) trait Handler<R>: Send + Sync {
    /// Answers a request, or says why not.
    fn handle(
        &self,
        request: R,
    ) -> impl Future<Output = Result<Response<AnswerBody>, GatewayError>> + Send;
}

/// As it came in.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The request.
    pub request: Request<Incoming>,
    /// Its place on its connection, from 0.
    pub number: u64,
    /// Its connection.
    pub connection: Arc<Connection>,
    /// Its record.
    pub access: Arc<Access>,
}

/// With its route.
#[derive(Debug)]
pub(crate) struct Routed {
    /// The request.
    pub request: Request<Incoming>,
    /// What was in force when it came.
    pub live: Arc<Live>,
    /// The first route that matched.
    pub route: Arc<Route>,
    /// Its connection.
    pub connection: Arc<Connection>,
    /// Its record.
    pub access: Arc<Access>,
}

/// With the body that the upstream gets.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// The request; its head is still the client's, but for what describes the body.
    pub request: Request<UpstreamBody>,
    /// What was in force when it came.
    pub live: Arc<Live>,
    /// Its route.
    pub route: Arc<Route>,
    /// Its connection.
    pub connection: Arc<Connection>,
    /// Its record.
    pub access: Arc<Access>,
    /// Whose it is; empty without tenants.
    pub tenant: Arc<str>,
}
