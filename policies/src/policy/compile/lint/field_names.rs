//! What names of fields say of the values in them.

/// What is known of fields with one of some names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// In small letters, without what separates words.
    names: &'static [&'static str],
    /// About how many values there are, where they are few.
    pub(super) values: Option<u64>,
    /// Whether a value says nothing of whose it is, so that no table is joined by it.
    pub(super) of_nobody: bool,
}

const fn field(names: &'static [&'static str], values: u64, of_nobody: bool) -> Field {
    let values = Some(values);
    Field {
        names,
        values,
        of_nobody,
    }
}

const fn open(names: &'static [&'static str]) -> Field {
    Field {
        names,
        values: None,
        of_nobody: true,
    }
}

/// Counts are of ISO 3166-1 (countries), 639-1 (languages) and 4217 (currencies), the US Postal
/// Service (states, ZIP codes), ICD-10-CM (diagnoses), and otherwise what such lists usually have.
const FIELDS: &[Field] = &[
    field(&["sex", "gender", "genderidentity"], 3, true),
    field(&["bloodtype", "bloodgroup"], 8, true),
    field(&["maritalstatus", "civilstatus"], 10, true),
    field(
        &["status", "orderstatus", "paymentstatus", "accountstatus"],
        20,
        true,
    ),
    field(&["race", "ethnicity", "religion"], 50, true),
    field(&["state", "province", "statecode"], 60, true),
    field(
        &[
            "country",
            "countrycode",
            "nationality",
            "citizenship",
            "countryofbirth",
        ],
        249,
        true,
    ),
    field(&["language", "languagecode"], 184, true),
    field(&["currency", "currencycode"], 180, true),
    field(&["age"], 120, true),
    field(&["year", "birthyear", "yearofbirth"], 120, true),
    field(
        &[
            "expiry",
            "expirydate",
            "expirationdate",
            "cardexpiry",
            "expirymonth",
            "expiryyear",
        ],
        240,
        true,
    ),
    field(&["cvv", "cvv2", "cvc", "cvc2", "securitycode"], 1_000, true),
    field(&["pin", "pincode"], 10_000, true),
    field(
        &[
            "diagnosis",
            "diagnoses",
            "diagnosiscode",
            "icd10",
            "icd10code",
        ],
        74_000,
        true,
    ),
    field(
        &[
            "zip",
            "zipcode",
            "postcode",
            "postalcode",
            "plz",
            "postleitzahl",
        ],
        100_000,
        false,
    ),
    field(
        &[
            "birthdate",
            "birthday",
            "dateofbirth",
            "dob",
            "geburtsdatum",
        ],
        44_000,
        false,
    ),
    field(
        &["ssn", "socialsecuritynumber", "socialsecurity"],
        890_000_000,
        false,
    ),
    field(
        &["ipv4", "ipv4address", "ipaddress", "clientip", "remoteip"],
        1 << 32,
        false,
    ),
    field(
        &[
            "phone",
            "phonenumber",
            "telephone",
            "telephonenumber",
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cellphone",
            "fax",
            "faxnumber",
        ],
        10_000_000_000,
        false,
    ),
    open(&[
        "amount", "total", "subtotal", "price", "cost", "fee", "tax", "balance", "quantity",
        "salary", "income", "wage",
    ]),
    open(&[
        "note",
        "notes",
        "comment",
        "comments",
        "remark",
        "remarks",
        "description",
        "freetext",
        "message",
        "summary",
        "memo",
        "reason",
        "feedback",
    ]),
    open(&[
        "symptom",
        "symptoms",
        "medication",
        "medications",
        "allergy",
        "allergies",
        "treatment",
        "procedure",
        "prognosis",
        "height",
        "weight",
    ]),
];

/// What is known of a field with this name: compared without case, and without all but letters and
/// digits.
pub(super) fn field_named(name: &str) -> Option<&'static Field> {
    let plain = name.chars().filter(|each| each.is_alphanumeric());
    let plain: String = plain.flat_map(char::to_lowercase).collect();
    FIELDS.iter().find(|field| field.names.contains(&&*plain))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_compared_without_case_and_separators() {
        for name in ["blood_type", "bloodType", "Blood Type", "BLOOD-TYPE"] {
            assert_eq!(field_named(name).unwrap().values, Some(8));
        }
        assert!(field_named("type").is_none());
        assert!(field_named("").is_none());
    }

    #[test]
    fn each_name_stands_once_and_is_found() {
        let mut seen = HashSet::new();
        for name in FIELDS.iter().flat_map(|field| field.names) {
            assert!(seen.insert(name), "{name} stands twice");
            assert!(
                field_named(name).is_some(),
                "{name} is spelled as it is never asked for"
            );
        }
    }
}
