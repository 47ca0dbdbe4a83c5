//! What both services share: problem documents, request ids, listeners, logs, health.
//!
//! - [`problem`]: RFC 9457 problem documents, the only form in which a service reports an error;
//! - [`request_id`]: the id that a request keeps through both services' logs;
//! - [`serve`]: an accept loop with limits, timeouts and a graceful stop;
//! - [`tls`]: a listener's certificate, read again when its files change;
//! - [`transport`]: a connection's bytes, over TCP or TLS;
//! - [`sniff`]: tells HTTP/1 from HTTP/2 with prior knowledge;
//! - [`health`]: `GET /healthz` and `/readyz` for the admin listener;
//! - [`log`]: how events are written.

pub mod health;
pub mod log;
pub mod problem;
pub mod request_id;
pub mod serve;
pub mod shutdown;
pub mod sniff;
pub mod tls;
pub mod transport;

pub use health::Readiness;
pub use problem::{Fault, Problem};
pub use request_id::RequestId;
pub use serve::{BoxError, Connect, PlainConnect, ServeOptions, bind, serve};
pub use tls::{Tls, TlsError, TlsFiles};
pub use transport::Transport;
