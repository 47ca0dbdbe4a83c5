//! AWS STS: the Query protocol, form in, XML out.

mod assume_role;
mod error;
mod form;
mod jwks;
mod reply;
mod session;
mod web_identity;

use crate::config::Config;
use crate::iam::{Caller, Context};
use crate::store::Store;

pub(crate) use error::StsError;
pub(crate) use form::Form;
pub(crate) use session::{Sessions, unique_id};

use reply::Xml;

/// One request; signed operations have a caller.
pub(crate) struct Call<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: &'a Store,
    /// What conditions can ask of the HTTP request and, in signed operations, of the caller.
    pub(crate) context: &'a Context,
}

/// Runs a signed operation.
///
/// # Errors
/// Whatever the operation answers.
pub(crate) fn run(call: &Call<'_>, caller: &Caller, form: &Form) -> Result<String, StsError> {
    match form.action() {
        "GetCallerIdentity" => Ok(caller_identity(caller)),
        "AssumeRole" => assume_role::assume_role(call, caller, form),
        other => Err(StsError::bad_request(
            "InvalidAction",
            format!("veilgate-local-kms has no operation {other}."),
        )),
    }
}

/// Runs the operation that needs no signature: the token is the proof. Gives the answer and the ARN
/// of the session that was made, for the audit line.
///
/// # Errors
/// Whatever the operation answers.
pub(crate) fn run_unsigned(call: &Call<'_>, form: &Form) -> Result<(String, String), StsError> {
    web_identity::assume_role_with_web_identity(call, form)
}

/// Whether an operation is one that comes without a signature.
pub(crate) fn is_unsigned(form: &Form) -> bool {
    form.action() == "AssumeRoleWithWebIdentity"
}

fn caller_identity(caller: &Caller) -> String {
    Xml::answer("GetCallerIdentity", |xml| {
        xml.text("Arn", &caller.arn);
        xml.text("UserId", &caller.user_id);
        xml.text("Account", &caller.account);
    })
}
