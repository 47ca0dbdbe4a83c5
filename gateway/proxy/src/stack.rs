//! The gateway as a stack of layers, outermost first.

use std::sync::Arc;

use http::Response;
use tower::ServiceBuilder;

use crate::body::AnswerBody;
use crate::exchange::{Arrival, Handler};
use crate::layer::{CheckHead, Inspect, LimitRequests, SelectRoute};
use crate::respond;
use crate::shared::Shared;
use crate::upstream::{Clients, Forward};

/// A request's way, from the outside in.
pub(crate) fn stack(
    shared: &Arc<Shared>,
    clients: Clients,
) -> Stack<impl Handler<Arrival> + use<>> {
    let handler = ServiceBuilder::new()
        // What the head guard refused, and what HTTP/2 can still say ambiguously, ends here.
        .layer(CheckHead::layer())
        // Before any work: what is over the limit costs next to nothing.
        .layer(LimitRequests::layer(shared.requests.clone()))
        // The first route that matches the host, the path in its one form, and the method.
        .layer(SelectRoute::layer(shared.clone()))
        // The route's policy: nothing goes further in that was not inspected.
        .layer(Inspect::layer(shared.clone()))
        // Hop-by-hop fields, Forwarded, Via; then the upstream.
        .service(Forward::new(shared.clone(), clients));
    Stack(Arc::new(handler))
}

/// The whole stack; cheap to clone.
#[derive(Debug)]
pub(crate) struct Stack<H>(Arc<H>);

impl<H> Clone for Stack<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H: Handler<Arrival>> Stack<H> {
    /// Answers a request in any case: what went wrong further in becomes a problem document here,
    /// and nowhere else.
    pub(crate) async fn answer(&self, arrival: Arrival) -> Response<AnswerBody> {
        let access = arrival.access.clone();
        let version = arrival.request.version();
        match self.0.handle(arrival).await {
            Ok(mut response) => {
                respond::close_unread(response.headers_mut(), &access, version);
                response
            }
            Err(error) => respond::answer(&error, &access, version),
        }
    }
}
