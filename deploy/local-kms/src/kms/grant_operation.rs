//! The operations that a grant can allow.

use super::algorithm::{KeySpec, KeyUsage, names};

names! {
    /// An operation of a grant, by its API name.
    GrantOperation {
        CreateGrant = "CreateGrant",
        Decrypt = "Decrypt",
        DescribeKey = "DescribeKey",
        Encrypt = "Encrypt",
        GenerateDataKey = "GenerateDataKey",
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext",
        GenerateMac = "GenerateMac",
        GetPublicKey = "GetPublicKey",
        ReEncryptFrom = "ReEncryptFrom",
        ReEncryptTo = "ReEncryptTo",
        RetireGrant = "RetireGrant",
        Sign = "Sign",
        Verify = "Verify",
        VerifyMac = "VerifyMac",
    }
}

use serde::{Deserialize, Serialize};

impl GrantOperation {
    /// Whether a key of this spec and usage has the operation at all.
    pub(crate) fn fits(self, spec: KeySpec, usage: KeyUsage) -> bool {
        match self {
            GrantOperation::CreateGrant
            | GrantOperation::DescribeKey
            | GrantOperation::RetireGrant => true,
            GrantOperation::Decrypt
            | GrantOperation::Encrypt
            | GrantOperation::ReEncryptFrom
            | GrantOperation::ReEncryptTo => usage == KeyUsage::EncryptDecrypt,
            GrantOperation::GenerateDataKey | GrantOperation::GenerateDataKeyWithoutPlaintext => {
                spec == KeySpec::Symmetric
            }
            GrantOperation::GenerateMac | GrantOperation::VerifyMac => usage == KeyUsage::Mac,
            GrantOperation::GetPublicKey => spec.asymmetric(),
            GrantOperation::Sign | GrantOperation::Verify => usage == KeyUsage::SignVerify,
        }
    }
}
