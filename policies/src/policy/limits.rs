//! What documents may hold, and how they are read. More is refused, never cut.

/// JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JsonLimits {
    /// Deepest nesting of arrays and objects. 1 to 1024; 128 by default.
    pub max_depth: usize,
    /// Longest object key in bytes, as spelled. 16 B to 1 MiB; 64 KiB by default.
    pub max_key_bytes: usize,
    /// Longest value that becomes a token, in bytes, as spelled. 64 B to 64 MiB; 1 MiB by default.
    pub max_value_bytes: usize,
    /// Largest node that is held to evaluate a filter or a negative index, in bytes. 64 B to
    /// 64 MiB; 1 MiB by default.
    pub max_buffer_bytes: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self {
            max_depth: 128,
            max_key_bytes: 64 << 10,
            max_value_bytes: 1 << 20,
            max_buffer_bytes: 1 << 20,
        }
    }
}

/// CSV; TSV is the same with a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CsvSettings {
    /// What separates fields. A comma by default.
    pub delimiter: u8,
    /// Whether the first row names the columns. Yes by default.
    pub header: bool,
    /// Whether every row must have as many fields as the first. Yes by default.
    pub strict: bool,
    /// Whether the header must have every column that a rule names. Yes by default.
    pub all_columns: bool,
    /// Longest field that becomes a token, in bytes, as spelled. 64 B to 64 MiB; 1 MiB by default.
    pub max_field_bytes: usize,
}

impl Default for CsvSettings {
    fn default() -> Self {
        Self {
            delimiter: b',',
            header: true,
            strict: true,
            all_columns: true,
            max_field_bytes: 1 << 20,
        }
    }
}

/// Forms, multipart ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormLimits {
    /// Longest name in bytes, as spelled. 16 B to 1 MiB; 4 KiB by default.
    pub max_name_bytes: usize,
    /// Longest value that becomes a token, in bytes, as spelled. 64 B to 64 MiB; 1 MiB by default.
    pub max_value_bytes: usize,
    /// What happens to parts of a multipart body that cannot be inspected.
    pub other_parts: OtherParts,
}

/// What happens to parts of a multipart body that cannot be inspected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OtherParts {
    /// The body is refused.
    #[default]
    Reject,
    /// They pass as they are.
    Pass,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self {
            max_name_bytes: 4 << 10,
            max_value_bytes: 1 << 20,
            other_parts: OtherParts::Reject,
        }
    }
}

/// XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct XmlLimits {
    /// Deepest nesting of elements. 1 to 1024; 128 by default.
    pub max_depth: usize,
    /// Longest name in bytes. 16 B to 64 KiB; 1 KiB by default.
    pub max_name_bytes: usize,
    /// Longest start tag in bytes, its attributes included. 64 B to 1 MiB; 64 KiB by default.
    pub max_tag_bytes: usize,
    /// Longest value that becomes a token, in bytes, as spelled. 64 B to 64 MiB; 1 MiB by default.
    pub max_value_bytes: usize,
}

impl Default for XmlLimits {
    fn default() -> Self {
        Self {
            max_depth: 128,
            max_name_bytes: 1 << 10,
            max_tag_bytes: 64 << 10,
            max_value_bytes: 1 << 20,
        }
    }
}
