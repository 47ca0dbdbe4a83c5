//! What can be wrong with a bearer token.

use std::error::Error;
use std::fmt;

use jsonwebtoken::errors::ErrorKind;

/// Why a request's bearer token is not accepted. It never holds anything of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// There is no `Authorization`, or one of another scheme than `Bearer`.
    Missing,
    /// More than one `Authorization`: two readers could take different ones.
    Twice,
    /// Longer than any token has to be.
    TooLong,
    /// Not a signed JSON Web Token in its compact form.
    Malformed,
    /// A head that asks for what is not understood here: `crit`, or another `typ`.
    Head,
    /// Signed with an algorithm that is not accepted.
    Algorithm,
    /// No key of the issuer has the token's `kid` and fits its algorithm.
    UnknownKey,
    /// The signature is not of the issuer's key.
    Signature,
    /// Without an `exp`.
    NoExpiry,
    /// Its `exp` has passed.
    Expired,
    /// Its `nbf` has not come.
    NotYetValid,
    /// Its `iss` is another.
    Issuer,
    /// Its `aud` is another.
    Audience,
}

impl TokenFault {
    /// A stable word for it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Twice => "twice",
            Self::TooLong => "too-long",
            Self::Malformed => "malformed",
            Self::Head => "head",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::NoExpiry => "no-expiry",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
        }
    }

    /// What to do about it.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Missing => {
                "Send one header `Authorization: Bearer <token>` with a token of your issuer."
            }
            Self::Twice => "Send one `Authorization`, with one token.",
            Self::TooLong => "Have your issuer make a shorter token, of at most 16 KiB.",
            Self::Malformed => {
                "Send a signed JSON Web Token as your issuer made it: three parts with two dots between them, in each of which no name comes twice."
            }
            Self::Head => "Send a token of type `JWT` or `at+jwt`, without `crit`.",
            Self::Algorithm => {
                "Send a token that is signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA."
            }
            Self::UnknownKey => {
                "Send a token whose `kid` and `alg` are of a key that your issuer publishes now."
            }
            Self::Signature => {
                "Send a token as your issuer made it: its signature is not by that issuer's key."
            }
            Self::NoExpiry => "Send a token that has an `exp`.",
            Self::Expired => "Get a new token from your issuer: this one has expired.",
            Self::NotYetValid => "Send the token later: its `nbf` has not come.",
            Self::Issuer => "Send a token of the issuer that the route is configured with.",
            Self::Audience => {
                "Send a token that is meant for the audience that the route is configured with."
            }
        }
    }
}

impl From<&jsonwebtoken::errors::Error> for TokenFault {
    fn from(error: &jsonwebtoken::errors::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidSignature => Self::Signature,
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::NotYetValid,
            ErrorKind::InvalidIssuer => Self::Issuer,
            ErrorKind::InvalidAudience => Self::Audience,
            ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => Self::Algorithm,
            ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
                "exp" => Self::NoExpiry,
                "iss" => Self::Issuer,
                "aud" => Self::Audience,
                _ => Self::Malformed,
            },
            _ => Self::Malformed,
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}

impl Error for TokenFault {}
