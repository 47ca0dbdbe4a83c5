//! The `Authorization` header of a signed request.

use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{SignatureError, incomplete, mismatch};

/// `AWS4-HMAC-SHA256 Credential=<id>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>,
/// Signature=<hex>`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) access_key_id: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// Lower-case, in the order of the header.
    pub(super) signed_headers: Vec<&'a str>,
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Finds and reads the header.
    ///
    /// # Errors
    /// There is none, or it is not of this form.
    pub(crate) fn of(parts: &'a Parts) -> Result<Authorization<'a>, SignatureError> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let header = headers.next().ok_or(SignatureError::Missing)?;
        if headers.next().is_some() {
            return Err(incomplete("The request has two Authorization headers."));
        }
        let header = header
            .to_str()
            .map_err(|_| incomplete("Authorization is not text."))?;
        Authorization::parse(header)
    }

    fn parse(header: &'a str) -> Result<Authorization<'a>, SignatureError> {
        let fields = header
            .strip_prefix("AWS4-HMAC-SHA256")
            .filter(|rest| rest.starts_with([' ', '\t']))
            .ok_or_else(|| incomplete("Authorization must begin with AWS4-HMAC-SHA256."))?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',').map(str::trim) {
            let slot = match field.split_once('=') {
                Some(("Credential", value)) => (&mut credential, value),
                Some(("SignedHeaders", value)) => (&mut signed_headers, value),
                Some(("Signature", value)) => (&mut signature, value),
                _ => return Err(incomplete("Authorization has a field that is not known.")),
            };
            if slot.0.replace(slot.1).is_some() {
                return Err(incomplete("Authorization has a field twice."));
            }
        }
        let needs = |name| move || incomplete(&format!("Authorization header requires '{name}'."));
        let credential: &str = credential.ok_or_else(needs("Credential"))?;
        let signed_headers: &str = signed_headers.ok_or_else(needs("SignedHeaders"))?;
        let signature = signature.ok_or_else(needs("Signature"))?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = parts.as_slice() else {
            return Err(incomplete(
                "Credential must be <access key id>/<date>/<region>/<service>/aws4_request.",
            ));
        };
        Ok(Authorization {
            access_key_id,
            date,
            region,
            service,
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }

    pub(super) fn scope(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        )
    }

    /// Names must be sorted, lower-case and present; `host` and every `x-amz-*` must be among them,
    /// so that nothing that steers the request can be changed on the way.
    pub(super) fn check_headers(&self, parts: &Parts) -> Result<(), SignatureError> {
        let sorted = self.signed_headers.is_sorted_by(|a, b| a < b);
        let lower = self
            .signed_headers
            .iter()
            .all(|n| !n.bytes().any(|b| b.is_ascii_uppercase()));
        if !sorted || !lower {
            return Err(incomplete(
                "SignedHeaders must be sorted, lower-case and each once.",
            ));
        }
        if !self.signed_headers.contains(&"host") {
            return Err(mismatch(
                "'Host' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        for name in parts.headers.keys().map(http::HeaderName::as_str) {
            if name.starts_with("x-amz-") && !self.signed_headers.contains(&name) {
                return Err(mismatch(&format!(
                    "'{name}' must be a 'SignedHeader' in the AWS Authorization."
                )));
            }
        }
        Ok(())
    }
}
