//! Problem documents (RFC 9457): a stable code, whose fault it is, and whether a retry helps.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Map, Value};

use crate::RequestId;

/// Whose fault a problem is: who has to do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request: sending the same again gives the same answer.
    Client,
    /// The gateway: its configuration, its limits, or what it needs to seal.
    Gateway,
    /// The detokenize service: its configuration or its limits.
    Service,
    /// What stands behind the service: an application, KMS, STS.
    Upstream,
}

impl Fault {
    /// The word that stands in the `fault` member.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
            Self::Service => "service",
            Self::Upstream => "upstream",
        }
    }
}

/// A problem document in the making. It never holds a value, a token or a key: details are
/// sentences known at compile time, or built from names, numbers and positions.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    fault: Fault,
    retry: bool,
    retry_after: Option<Duration>,
    close: bool,
    members: Vec<(&'static str, Value)>,
    headers: Vec<(http::HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with a stable kebab-case `code`; `title` is the same for every occurrence.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str, fault: Fault) -> Self {
        Self {
            status,
            code,
            title,
            detail: Cow::Borrowed(""),
            fault,
            retry: false,
            retry_after: None,
            close: false,
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// What happened this time, and what to do.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// An extension member: `offset`, `line`, `limit`, `field`…
    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// The same request may succeed later.
    #[must_use]
    pub fn retry(mut self) -> Self {
        self.retry = true;
        self
    }

    /// The same request may succeed after this time; it becomes `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry = true;
        self.retry_after = Some(after);
        self
    }

    /// The connection cannot be used for another request. HTTP/1 only: HTTP/2 forbids the header.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    /// A header of the answer, such as `Allow` or `WWW-Authenticate`.
    #[must_use]
    pub fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// The document's members, in their order.
    pub fn document(&self, request_id: &RequestId) -> Map<String, Value> {
        let mut document = Map::new();
        document.insert(
            "type".into(),
            format!("urn:veilgate:problem:{}", self.code).into(),
        );
        document.insert("title".into(), self.title.into());
        document.insert("status".into(), self.status.as_u16().into());
        document.insert("code".into(), self.code.into());
        if !self.detail.is_empty() {
            document.insert("detail".into(), self.detail.as_ref().into());
        }
        document.insert("fault".into(), self.fault.as_str().into());
        document.insert("retry".into(), self.retry.into());
        for (name, value) in &self.members {
            document.insert((*name).into(), value.clone());
        }
        document.insert("request_id".into(), request_id.as_str().into());
        document
    }

    /// The answer: `application/problem+json`, never cached, with the request id as a header too.
    pub fn into_response(self, request_id: &RequestId) -> Response<Full<Bytes>> {
        let body = Value::Object(self.document(request_id)).to_string();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(crate::request_id::HEADER, request_id.header_value());
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        headers.extend(self.headers);
        response
    }
}

#[cfg(test)]
mod tests;
