//! The registry of diagnostic codes. A number is never used again for something else.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What is wrong, as a stable code. `docs/error-codes.md` lists them for users.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// `VG0001` and so on.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    // VG00xx: the file and its shape
    /// Not YAML.
    Syntax = "VG0001",
    /// A field that does not exist here.
    UnknownField = "VG0002",
    /// A field that must be there.
    MissingField = "VG0003",
    /// A value of another type than the field's.
    WrongType = "VG0004",
    /// A value of the right type that the field does not take.
    WrongValue = "VG0005",
    /// The same key twice in one mapping.
    DuplicateField = "VG0006",
    /// Nested too deep, too many nodes, or aliases that expand to too much.
    TooComplex = "VG0007",
    /// No document, or an empty one.
    Empty = "VG0008",
    /// More than one YAML document.
    SeveralDocuments = "VG0009",
    /// A `version` of the format that this release does not read.
    Version = "VG0010",
    /// A number, size or duration outside its range.
    OutOfRange = "VG0011",
    /// What cannot name a class, key or signer.
    Name = "VG0012",

    // VG01xx: the policy
    /// A rule names a class that the policy does not have.
    UnknownClass = "VG0101",
    /// No rule uses the class (warning).
    UnusedClass = "VG0102",
    /// Not a JSONPath of RFC 9535.
    Selector = "VG0103",
    /// A rule that selects nothing.
    EmptySelect = "VG0104",
    /// Two rules of one name.
    DuplicateRuleName = "VG0105",
    /// `too_long` or `misfit` names a class that cannot stand in.
    TooLong = "VG0106",
    /// The same selector in an earlier rule, which takes all its nodes (warning).
    ShadowedSelector = "VG0107",
    /// A policy without classes or without rules.
    EmptyPolicy = "VG0108",
    /// A class's key that the key ring does not have.
    UnknownKey = "VG0109",
    /// A class of another kind under a key whose format has only `rsa` tokens.
    FormatWithoutKind = "VG0110",
    /// A regular expression in a selector that can match nothing (warning).
    Pattern = "VG0111",
    /// Not an XPath of the subset that streams.
    XPath = "VG0112",
    /// A column, field, header field or path that a rule cannot take values from.
    Place = "VG0113",
    /// A pattern that nothing can be looked for with.
    DetectPattern = "VG0114",
    /// A setting that the class's kind does not have, or that does not go with another.
    KindSetting = "VG0115",
    /// What values or tokens look like contradicts itself.
    Shape = "VG0116",
    /// So few tokens that the right one is found by trying.
    SmallDomain = "VG0117",
    /// A public key where a symmetric one belongs, or the other way round.
    KeySort = "VG0118",
    /// Values of a deterministic class are so few that they can be listed (warning).
    FewValues = "VG0119",
    /// A deterministic kind on a field that nothing joins on (warning).
    NothingJoins = "VG0120",
    /// A place or pattern that no document, request or text can hold (warning).
    NeverMatches = "VG0121",
    /// `subject` or `tenant` names a rule that the policy does not have.
    UnknownRule = "VG0122",
    /// Values whose subject or tenant can never be known.
    NoOwner = "VG0123",

    // VG02xx: the key ring
    /// A key's version listed twice.
    DuplicateVersion = "VG0201",
    /// A key without versions.
    NoVersions = "VG0202",
    /// A prefix or suffix that cannot frame tokens.
    Framing = "VG0203",
    /// A format that needs its prefix and suffix spelled out.
    MissingFraming = "VG0204",
    /// A prefix that two formats share.
    SharedPrefix = "VG0205",
    /// A KMS key, public key or wrapped key that is not given.
    MissingKeyMaterial = "VG0206",
    /// A key ring without keys.
    EmptyKeyRing = "VG0207",
    /// A key that is public in one place and wrapped in another.
    MixedKey = "VG0208",
    /// A wrapped key whose tokens would be of the original pattern.
    WrappedOriginal = "VG0209",
    /// A key whose versions `veilgate keys sync` has still to find.
    VersionsToSync = "VG0210",
    /// A pattern of aliases that does not say where a version's number stands.
    AliasPattern = "VG0211",
    /// Aliases as versions of a wrapped key.
    AliasesOfWrapped = "VG0212",

    // VG03xx: the configurations of gateway, detokenize service and local-kms
    /// A setting's value that the service cannot use.
    Setting = "VG0301",
    /// A setting that names something that is not defined in the file.
    Reference = "VG0302",
    /// A file that a setting names and that cannot be read or does not hold what it should.
    File = "VG0303",
    /// Two settings that exclude each other, or one that needs another.
    Conflict = "VG0304",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
