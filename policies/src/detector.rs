//! The names of what can be looked for in texts: built-in detectors, and checksums for patterns of
//! the user's own. How they work is in the crate `detect`.

mod values;

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($name:ident = $text:literal, $what:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type { $(#[doc = $what] $name,)* }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name that policies use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is, in one sentence.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            /// The one of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.name() == name)
            }
        }
    };
}

named! {
    /// A built-in detector.
    Detector {
        PaymentCard = "payment-card", "Payment card numbers: 12 to 19 digits in an issuer's range with a Luhn digit (ISO/IEC 7812-1); Maestro's of fewer than 16 need context.";
        UsSsn = "us-ssn", "US Social Security numbers written 3-2-4, or nine digits with context; unassigned areas, groups and serials are left out (SSA).";
        UsItin = "us-itin", "US individual taxpayer numbers: 9xx-xx-xxxx with a group that the IRS assigns; undivided ones need context.";
        UsEin = "us-ein", "US employer numbers: 2-7 digits with a prefix that the IRS assigns, and context.";
        UsAbaRouting = "us-aba-routing", "US bank routing numbers: nine digits of a Federal Reserve range with the 3-7-1 checksum (ABA), and context.";
        Iban = "iban", "Bank accounts by IBAN: the country's length and MOD 97-10 (ISO 13616, ISO 7064).";
        Bic = "bic", "Bank identifiers: 8 or 11 characters with a country code (ISO 9362), and context.";
        Email = "email", "Email addresses: the common core of RFC 5322 with a domain of two labels or more, internationalized ones too (RFC 6531).";
        Phone = "phone", "Phone numbers: +country and 8 to 15 digits (E.164), North American ones in groups, other national ones with context.";
        Ipv4 = "ipv4", "IPv4 addresses in dotted decimal form (RFC 791).";
        Ipv6 = "ipv6", "IPv6 addresses (RFC 4291, section 2.2).";
        MacAddress = "mac-address", "MAC addresses: six pairs of hexadecimal digits divided by : or -, or three groups of four divided by dots (IEEE 802).";
        DateOfBirth = "date-of-birth", "Dates that exist, in the usual written forms, with context.";
        Passport = "passport", "Passport numbers: 7 to 9 letters and digits, or 8 or 9 digits (ICAO Doc 9303), with context.";
        Vin = "vin", "Vehicle identification numbers: 17 characters with the check digit (49 CFR 565); without it, context.";
        UsDea = "us-dea", "US DEA registration numbers: two letters and seven digits with their checksum.";
        UsNpi = "us-npi", "US provider identifiers: ten digits with a Luhn digit over 80840 (CMS), and context.";
        UsMbi = "us-mbi", "US Medicare beneficiary identifiers: 11 characters of the CMS pattern.";
        UkNhs = "uk-nhs", "UK NHS numbers: ten digits with MOD 11; not written 3 3 4 they need context.";
        UkNino = "uk-nino", "UK National Insurance numbers: a prefix that HMRC assigns, six digits and a suffix A to D.";
        CaSin = "ca-sin", "Canadian Social Insurance numbers: nine digits with a Luhn digit; not written 3-3-3 they need context.";
        AuTfn = "au-tfn", "Australian tax file numbers: eight or nine digits with the weighted MOD 11 (ATO), and context.";
        AuMedicare = "au-medicare", "Australian Medicare numbers: ten or eleven digits with the weighted MOD 10; not written 4 5 1 they need context.";
        InAadhaar = "in-aadhaar", "Indian Aadhaar numbers: twelve digits with a Verhoeff digit (UIDAI); not written 4 4 4 they need context.";
        InPan = "in-pan", "Indian permanent account numbers: five letters, the fourth a holder's type, four digits and a letter.";
        BrCpf = "br-cpf", "Brazilian CPF numbers: two MOD 11 digits; not written 000.000.000-00 they need context.";
        BrCnpj = "br-cnpj", "Brazilian CNPJ numbers: two MOD 11 digits; not written 00.000.000/0000-00 they need context.";
        EsDni = "es-dni", "Spanish DNI: eight digits and the letter of MOD 23.";
        EsNie = "es-nie", "Spanish NIE: X, Y or Z, seven digits and the letter of MOD 23.";
        ItCodiceFiscale = "it-codice-fiscale", "Italian codice fiscale: 16 characters with their control letter.";
        FrNir = "fr-nir", "French NIR: 13 characters and the key of MOD 97.";
        DeSteuerId = "de-steuer-id", "German tax ids: eleven digits with ISO 7064 MOD 11,10 and one digit two or three times, and context.";
        NlBsn = "nl-bsn", "Dutch BSN: nine digits with the 11 test, and context.";
        PlPesel = "pl-pesel", "Polish PESEL: eleven digits with a date that exists and the weighted MOD 10.";
        SePersonnummer = "se-personnummer", "Swedish personnummer: a date that exists and a Luhn digit; undivided ones need context.";
        SgNric = "sg-nric", "Singapore NRIC and FIN: S, T, F, G or M, seven digits and the check letter.";
        JpMyNumber = "jp-my-number", "Japanese My Number: twelve digits with their check digit, and context.";
        JsonWebToken = "json-web-token", "JSON Web Tokens in compact form (RFC 7519).";
        PemPrivateKey = "pem-private-key", "Private keys in PEM (RFC 7468), up to 16 KiB.";
        AwsAccessKey = "aws-access-key", "AWS access key ids: AKIA or ASIA and 16 characters.";
        AwsSecretKey = "aws-secret-key", "AWS secret access keys: 40 characters of base64, with context.";
        GoogleApiKey = "google-api-key", "Google API keys: AIza and 35 characters.";
        AzureStorageKey = "azure-storage-key", "Azure storage account keys: 64 bytes in base64, with context.";
        GithubToken = "github-token", "GitHub tokens: ghp_, gho_, ghu_, ghs_, ghr_ and github_pat_.";
        SlackToken = "slack-token", "Slack tokens: xoxb-, xoxp-, xoxa-, xoxr- and xoxs-.";
        StripeKey = "stripe-key", "Stripe secret and restricted keys: sk_live_, rk_live_ and their test forms.";
    }
}

named! {
    /// A checksum that the matches of a pattern must pass, over their letters and digits.
    Checksum {
        Luhn = "luhn", "The Luhn digit (ISO/IEC 7812-1).";
        Verhoeff = "verhoeff", "The Verhoeff digit.";
        Iban = "iban", "MOD 97-10 with the first four characters at the end (ISO 13616).";
        Mod97 = "mod97-10", "ISO 7064 MOD 97-10.";
        Mod11 = "mod11-10", "ISO 7064 MOD 11,10.";
        Aba = "aba", "The 3-7-1 checksum of US routing numbers.";
    }
}
