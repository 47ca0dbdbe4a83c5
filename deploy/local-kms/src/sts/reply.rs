//! Answers of the Query protocol.

use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An XML document in the making.
pub(super) struct Xml(String);

impl Xml {
    /// `<{operation}Response><{operation}Result>...`.
    pub(super) fn answer(operation: &str, fill: impl FnOnce(&mut Xml)) -> String {
        let mut xml = Xml(format!("<{operation}Response xmlns=\"{NAMESPACE}\">"));
        xml.group(&format!("{operation}Result"), fill);
        xml.group("ResponseMetadata", |xml| {
            xml.text("RequestId", &Uuid::new_v4().to_string())
        });
        xml.0.push_str(&format!("</{operation}Response>\n"));
        xml.0
    }

    pub(super) fn error(server: bool, code: &str, message: &str, request_id: &str) -> String {
        let mut xml = Xml(format!("<ErrorResponse xmlns=\"{NAMESPACE}\">"));
        xml.group("Error", |xml| {
            xml.text("Type", if server { "Receiver" } else { "Sender" });
            xml.text("Code", code);
            xml.text("Message", message);
        });
        xml.text("RequestId", request_id);
        xml.0.push_str("</ErrorResponse>\n");
        xml.0
    }

    pub(super) fn group(&mut self, name: &str, fill: impl FnOnce(&mut Xml)) {
        self.0.push_str(&format!("<{name}>"));
        fill(self);
        self.0.push_str(&format!("</{name}>"));
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.0
            .push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }

    /// Seconds since 1970, as RFC 3339.
    pub(super) fn time(&mut self, name: &str, seconds: i64) {
        let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
        let text = time.and_then(|time| time.format(&Rfc3339).ok());
        self.text(name, &text.unwrap_or_default());
    }
}
