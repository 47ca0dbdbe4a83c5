//! Finds a request's route.

use std::sync::Arc;

use http::{Request, Response, header};
use tower::Layer;
use tower::layer::layer_fn;

use crate::body::AnswerBody;
use crate::error::GatewayError;
use crate::exchange::{Arrival, Handler, Routed};
use crate::shared::Shared;

/// See the file's page.
#[derive(Debug)]
pub(crate) struct SelectRoute<H> {
    shared: Arc<Shared>,
    inner: H,
}

impl SelectRoute<()> {
    pub(crate) fn layer<H>(shared: Arc<Shared>) -> impl Layer<H, Service = SelectRoute<H>> {
        layer_fn(move |inner| SelectRoute {
            shared: shared.clone(),
            inner,
        })
    }
}

impl<H: Handler<Routed>> Handler<Arrival> for SelectRoute<H> {
    async fn handle(&self, arrival: Arrival) -> Result<Response<AnswerBody>, GatewayError> {
        let Arrival {
            request,
            connection,
            access,
            ..
        } = arrival;
        let path = crate::path::normalize(request.uri().path()).map_err(GatewayError::Path)?;
        let authority = authority(&request);
        let matches = |route: &&Arc<_>| {
            let route: &crate::config::Route = route;
            route.matcher.matches(authority, &path, request.method())
        };
        let live = self.shared.live();
        let route = live
            .routes
            .iter()
            .find(matches)
            .ok_or(GatewayError::NoRoute)?
            .clone();
        access.set_route(&route.name);
        self.inner
            .handle(Routed {
                request,
                live,
                route,
                connection,
                access,
            })
            .await
    }
}

/// The request's host and port; empty when an HTTP/1.0 request has none.
pub(crate) fn authority<B>(request: &Request<B>) -> &str {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    request
        .uri()
        .authority()
        .map(http::uri::Authority::as_str)
        .or(host)
        .unwrap_or_default()
}
