//! `POST /v1/detokenize`: any text with tokens anywhere in it, and values in their places.
//!
//! Headers leave before the body. So a body that ends within the small-body limit is answered
//! whole, with counts as headers; a longer one is answered as it comes, and its first stretch is
//! opened before the head is sent, so that what is wrong from the start still gets a status.

pub mod content_type;
mod options;
mod scanning;
mod streaming;

pub(crate) use streaming::Streaming;

use crate::app::{App, Authenticated, Handled, whole_answer};
use crate::audit::Call;
use crate::body::{Reader, RequestBody, wiped};
use crate::policy;
use crate::problems;
use crate::problems::Refusal;
use crate::splice::{Form, Splicer};
use crate::tenants::Tenants;
use bytes::Bytes;
use content_type::ContentType;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, header};
use options::{OnRefused, Options};
use scan::Format;
use scanning::Scanning;
use std::sync::Arc;

/// Values that were put in the place of tokens.
pub const REVEALED: HeaderName = HeaderName::from_static("x-veilgate-revealed");
/// Tokens that stayed.
pub const NOT_REVEALED: HeaderName = HeaderName::from_static("x-veilgate-not-revealed");

/// Most bytes that are looked through for one batch of tokens.
const STRETCH: usize = 256 << 10;

pub(crate) async fn handle(
    app: &Arc<App>,
    authenticated: Authenticated,
    parts: &Parts,
    body: RequestBody,
    call: &mut Call,
) -> Result<Handled, Refusal> {
    let content_type = content_type::read(&parts.headers)?;
    let options = options::read(parts)?;
    let mut document = Document::new(app, authenticated, &content_type, &options)?;
    let mut reader = Reader::new(body, app.limits.body, app.limits.body_idle_timeout);
    let small = app.limits.small_body as u64;
    while reader.read() <= small {
        let next = reader.next().await;
        call.bytes_in = reader.read();
        match next? {
            Some(data) if reader.read() <= small => document.take(&data)?,
            Some(data) => {
                let first = document.open_all(&data, call).await?;
                let head = streamed_head(&content_type.value, parts);
                let trailers = options::wants_trailers(&parts.headers);
                let streaming = Streaming {
                    document,
                    reader,
                    first,
                    trailers,
                };
                return Ok(Handled::Streamed(head, Box::new(streaming)));
            }
            None => break,
        }
    }
    document.finish()?;
    let answer = document.open(call).await?;
    let mut response = whole_answer(content_type.value, answer);
    let headers = response.headers_mut();
    headers.insert(REVEALED, HeaderValue::from(call.counts.revealed));
    headers.insert(NOT_REVEALED, HeaderValue::from(call.counts.not_revealed));
    Ok(Handled::Whole(response))
}

fn streamed_head(content_type: &HeaderValue, parts: &Parts) -> Response<()> {
    let mut head = Response::new(());
    let headers = head.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type.clone());
    if options::wants_trailers(&parts.headers) {
        let names = HeaderValue::from_static("x-veilgate-revealed, x-veilgate-not-revealed");
        headers.insert(header::TRAILER, names);
    }
    head
}

/// A document on its way.
pub(crate) struct Document {
    app: Arc<App>,
    authenticated: Authenticated,
    /// Reads the document when it is read with a policy that selects something in it.
    scanning: Option<Scanning>,
    splicer: Splicer,
    tenants: Tenants,
    on_refused: OnRefused,
    views: Box<[Box<str>]>,
}

impl Document {
    fn new(
        app: &Arc<App>,
        authenticated: Authenticated,
        content_type: &ContentType,
        options: &Options,
    ) -> Result<Self, Refusal> {
        let mut form = content_type.form;
        let mut scanning = None;
        let mut tenants = Tenants::One("".into());
        if let Some(name) = &options.policy {
            let policy = app.policies.get(Some(name))?;
            let tenant = options.tenant.as_deref();
            policy::check_tenant(tenant.unwrap_or_default())?;
            tenants = Tenants::new(tenant, policy.plan().policy());
            let csv = policy.plan().policy().csv();
            if content_type.format == Some(Format::Csv) {
                form = Form::Csv(csv.delimiter);
            }
            let format = content_type.format.as_ref();
            let format = format.filter(|format| policy.plan().takes(format));
            scanning = format
                .map(|format| Scanning::new(policy, format))
                .transpose()?;
        } else if form == Form::Fields {
            return Err(problems::form_without_policy().into());
        }
        let splicer = Splicer::new(form, app.opener.framings(), app.limits.token);
        Ok(Self {
            app: Arc::clone(app),
            authenticated,
            scanning,
            splicer,
            tenants,
            on_refused: options.on_refused,
            views: options.views.clone(),
        })
    }

    /// Takes the next bytes.
    fn take(&mut self, data: &[u8]) -> Result<(), Refusal> {
        match &mut self.scanning {
            Some(scanning) => scanning.push(data, &mut self.splicer, &mut self.tenants)?,
            None => self.splicer.push(data),
        }
        Ok(())
    }

    /// Ends the document: everything is settled.
    fn finish(&mut self) -> Result<(), Refusal> {
        if let Some(scanning) = &mut self.scanning {
            scanning.finish(&mut self.splicer, &mut self.tenants)?;
        }
        self.splicer.finish();
        Ok(())
    }

    /// Takes the next bytes, and gives what is settled with its tokens opened, in order.
    async fn open_all(&mut self, data: &[u8], call: &mut Call) -> Result<Vec<Bytes>, Refusal> {
        let mut parts = Vec::new();
        for stretch in data.chunks(STRETCH) {
            self.take(stretch)?;
            if self.splicer.ready() > 0 && !self.is_waiting()? {
                parts.push(self.open(call).await?);
            }
        }
        Ok(parts)
    }

    /// Whether a token waits for what says its tenant.
    fn is_waiting(&mut self) -> Result<bool, Refusal> {
        let Some(scanning) = &self.scanning else {
            return Ok(false);
        };
        scanning.is_waiting(&mut self.tenants)
    }

    /// Opens the tokens of what is settled, and gives it with their values.
    async fn open(&mut self, call: &mut Call) -> Result<Bytes, Refusal> {
        let candidates = self.splicer.candidates(&self.tenants);
        let values = if candidates.is_empty() {
            Vec::new()
        } else {
            let caller = &self.authenticated.caller;
            let views: Vec<&str> = self.views.iter().map(AsRef::as_ref).collect();
            let opened = self
                .app
                .opener
                .open_views(caller, &call.usage, &candidates, &views)
                .await;
            match opened {
                Ok(values) => values,
                Err(error) => {
                    return Err(self
                        .app
                        .open_failed(&self.authenticated, &error)
                        .await
                        .into());
                }
            }
        };
        let before = call.counts.clone();
        let written = self.splicer.write(&values, &mut call.counts);
        if !self.splicer.has_values() {
            self.tenants.forget();
        }
        if self.on_refused == OnRefused::Fail && call.counts.not_revealed > 0 {
            // What this stretch would have revealed does not leave.
            call.counts = before;
            return Err(problems::not_revealed().into());
        }
        call.bytes_out += written.len() as u64;
        Ok(wiped(written))
    }
}
