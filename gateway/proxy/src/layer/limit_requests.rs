//! Refuses requests over the limit of concurrent ones.

use std::sync::Arc;

use http::Response;
use tokio::sync::Semaphore;
use tower::Layer;
use tower::layer::layer_fn;

use crate::body::AnswerBody;
use crate::config::BUSY_RETRY;
use crate::error::GatewayError;
use crate::exchange::{Arrival, Handler};

/// See the file's page. A place is kept until the answer's last byte is gone.
#[derive(Debug)]
pub(crate) struct LimitRequests<H> {
    places: Arc<Semaphore>,
    inner: H,
}

impl LimitRequests<()> {
    pub(crate) fn layer<H>(places: Arc<Semaphore>) -> impl Layer<H, Service = LimitRequests<H>> {
        layer_fn(move |inner| LimitRequests {
            places: places.clone(),
            inner,
        })
    }
}

impl<H: Handler<Arrival>> Handler<Arrival> for LimitRequests<H> {
    async fn handle(&self, arrival: Arrival) -> Result<Response<AnswerBody>, GatewayError> {
        match self.places.clone().try_acquire_owned() {
            Ok(place) => arrival.access.keep_permit(place),
            Err(_) => {
                return Err(GatewayError::Busy {
                    retry_after: BUSY_RETRY,
                });
            }
        }
        self.inner.handle(arrival).await
    }
}
