//! Characters of names, by XML 1.0 (fifth edition), section 2.3. The colon is left out: it parts a
//! prefix from a local name (Namespaces in XML 1.0, section 3).

/// Whether a prefix or a local name may begin with it (`NameStartChar` but the colon).
#[must_use]
pub const fn is_xml_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Whether a prefix or a local name may have it after its first character (`NameChar` but the
/// colon).
#[must_use]
pub const fn is_xml_name_char(character: char) -> bool {
    is_xml_name_start(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
