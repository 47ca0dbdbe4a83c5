//! What is wrong with CSV.

/// Why CSV is refused. Each has a stable kebab-case name, [`CsvErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CsvErrorCode {
    /// A quote inside a field that does not begin with one, or something behind a closing quote.
    StrayQuote,
    /// The input ended inside quotes; the offset is that of the opening one.
    UnbalancedQuote,
    /// A carriage return without its line feed, outside quotes.
    BareCarriageReturn,
    /// A row with another number of fields than the first, where `strict`.
    RowWidth,
    /// The header lacks a column that a rule names, unless `missing_columns: pass`.
    MissingColumn,
    /// A field of the header that is longer than `max_field_bytes`.
    NameTooLong,
    /// A field that becomes a token is longer than `max_field_bytes`.
    ValueTooLong,
}

impl CsvErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StrayQuote => "csv-stray-quote",
            Self::UnbalancedQuote => "csv-unbalanced-quote",
            Self::BareCarriageReturn => "csv-bare-carriage-return",
            Self::RowWidth => "csv-row-width",
            Self::MissingColumn => "csv-missing-column",
            Self::NameTooLong => "csv-name-too-long",
            Self::ValueTooLong => "csv-value-too-long",
        }
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::StrayQuote => {
                "Put a field with a quote in it into quotes, and write each quote inside twice."
            }
            Self::UnbalancedQuote => "Close the quotes that are opened here.",
            Self::BareCarriageReturn => {
                "End rows with LF or CR LF, and put a field with a CR in it into quotes."
            }
            Self::RowWidth => {
                "Give every row as many fields as the first, or set csv.strict to false."
            }
            Self::MissingColumn => {
                "Name every column that the policy names in the header row, or set csv.missing_columns to pass."
            }
            Self::NameTooLong | Self::ValueTooLong => {
                "Shorten the field, or raise csv.max_field_bytes."
            }
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(self, Self::NameTooLong | Self::ValueTooLong)
    }
}
