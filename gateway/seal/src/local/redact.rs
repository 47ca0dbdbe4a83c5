//! Kind `redact`: something else in the value's place.

use crate::batch::Tokens;

/// What takes the place of a class's values.
pub(crate) enum Redact {
    Text(Box<str>),
    Nothing,
}

impl Redact {
    pub(crate) fn new(class: &str, redact: &policies::Redact) -> Self {
        match redact {
            policies::Redact::Class => Self::Text(format!("[{class}]").into()),
            policies::Redact::Constant(text) => Self::Text(text.clone()),
            policies::Redact::Drop => Self::Nothing,
        }
    }

    pub(crate) fn make(&self, tokens: &mut Tokens) {
        match self {
            Self::Text(text) => tokens.text(text),
            Self::Nothing => tokens.null(),
        }
    }
}
