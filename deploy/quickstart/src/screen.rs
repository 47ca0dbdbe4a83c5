//! What is printed once everything runs: lines to paste.

use std::path::Path;

use crate::configuration::REVOKED_WITHIN_SECONDS;
use crate::folder::{Ports, Service};
use crate::people::CUSTOMERS;

/// The screen.
pub(crate) fn lines(folder: &Path, ports: Ports) -> String {
    let folder = shown(folder);
    let (gateway, detokenize) = (ports.url(Service::Gateway), ports.url(Service::Detokenize));
    let (application, kms) = (
        ports.url(Service::Application),
        ports.url(Service::LocalKms),
    );
    let base = ports.of(Service::Gateway);
    let subcommand = if base == 4480 {
        String::new()
    } else {
        format!(" --port-base {base}")
    };
    let received = format!("curl -s {application}/received");
    let reveal = |caller: &str| {
        format!(
            "{received} | curl -s --json @- -H \"Authorization: Bearer $(cat {folder}/{caller}.jwt)\" {detokenize}/v1/detokenize"
        )
    };
    let (alice, bob) = (reveal("alice"), reveal("bob"));
    format!(
        "\
veilgate is running, on loopback only. Its files are in {folder}; Ctrl-C stops it.

  gateway      {gateway}   tokenizes what {folder}/config/policy.yaml selects
  detokenize   {detokenize}   reveals to whom the key policies allow
  application  {application}   keeps what it receives
  local-kms    {kms}   AWS KMS and STS, for development

Paste into another terminal, in this folder (curl 7.82 or newer):

1. Send an order through the gateway.
curl -s --json @{folder}/order.json {gateway}/orders

2. See what the application got: a token for each sensitive value, the rest untouched.
{received} | cut -c -100

3. Reveal as alice, whom the key policies allow.
{alice}

4. Ask as bob, whom they do not: the tokens come back as they are.
{bob} | cut -c -100

5. Take alice's right away in the key policies; after {REVOKED_WITHIN_SECONDS} seconds, line 3 gives her tokens too.
./quickstart revoke alice{subcommand}
   Give it back, or let bob see what is under one of the two keys:
./quickstart allow alice{subcommand}
./quickstart allow bob identity{subcommand}

6. Do the same with {people} people, and compare.
curl -s --json @{folder}/customers.json {gateway}/customers
{alice} | cmp - {folder}/customers.json && echo the same, byte for byte

Who revealed what, and who was refused: {folder}/logs/audit.jsonl
The key policies, with the AWS command line: source {folder}/aws.env && aws kms list-aliases
",
        people = thousands(CUSTOMERS),
    )
}

/// Quoted for a shell, when it must be.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn thousands(number: u32) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_space_can_still_be_pasted() {
        let screen = lines(Path::new("my tries/one"), Ports::new(5000));
        assert!(
            screen.contains("curl -s --json @'my tries/one'/order.json http://127.0.0.1:5000/")
        );
        assert!(screen.contains("./quickstart revoke alice --port-base 5000"));
    }
}
