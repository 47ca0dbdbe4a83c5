//! Views: who may use a view's key sees the view and no more, and whoever may use the class's key
//! sees the value; wherever the token, or what the vault keeps, carries them.

use crate::support::{EDGE_KEY, World, caller, public_key_pem};
use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, Tokens,
};
use std::sync::Arc;
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{RecordKey, Space, Token};
use unseal::{Caller, Candidate, RevealClass, Usage};

const POLICY: &str = r#"version: 1
classes:
  card: { kind: envelope, key: payments, views: { last4: { key: last4, keep_last: 4 }, bin: { key: last4, keep_first: 6 } } }
  short: { kind: envelope, key: payments, stored: true, views: { last4: { key: last4, keep_last: 4 } } }
  kept: { kind: vault, key: payments, format: uuid, views: { last4: { key: last4, keep_last: 4 } } }
  plain: { kind: envelope, key: payments }
rules: [ { select: $.a, class: card } ]
"#;
const CARD: &str = "4111-1111-1111-1234";
const CLASSES: [&str; 3] = ["card", "short", "kept"];

struct Views {
    world: World,
    policy: Policy,
    sealer: Sealer,
    sqlite: Arc<Sqlite>,
    _folder: tempfile::TempDir,
}

impl Views {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path().join("vault.db"));
        let sqlite = Arc::new(Sqlite::open(&settings).unwrap());
        let world = World::new().with_vault(Arc::new(SqliteReader::open(&settings).unwrap()));
        let policy = compile_policy("policy.yaml", POLICY).unwrap();
        policy.check_keys(&world.ring).unwrap();
        let key = |name: &str, kms_key: &str| {
            let format = &world.ring.key(name).unwrap().format;
            let pem = public_key_pem(kms_key);
            PublicKey::from_pem(KeyId::new(name, 1), format, pem.as_bytes()).unwrap()
        };
        let material = Material {
            keys: vec![key("payments", "kms-pay-1"), key("last4", "kms-view-1")],
            secrets: Vec::new(),
            edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
            signer: Arc::new(LocalSigner::from_pem(world.signer_pem().as_bytes()).unwrap()),
            signer_id: KeyId::new("edge", 1),
            epochs: EpochLimits::default(),
            vault: Some(sqlite.clone()),
        };
        Self {
            sealer: Sealer::new(&policy, material).unwrap(),
            world,
            policy,
            sqlite,
            _folder: folder,
        }
    }

    async fn seal(&self, values: &[(&str, &str)]) -> Vec<String> {
        let mut batch = Batch::new();
        for (class, value) in values {
            let class = self.policy.class_named(class).unwrap();
            batch.push(class, ValueType::Text, value.as_bytes());
        }
        let mut tokens = Tokens::new();
        self.sealer.prepare(&mut batch).await.unwrap();
        self.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        let texts = tokens.iter().map(|token| match token {
            Replacement::Text(text) => text.to_owned(),
            Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        });
        texts.collect()
    }

    /// The class, type and text of what opens, and the KMS keys that were asked.
    async fn open(
        &self,
        caller: &Caller,
        (class, token): (&str, &str),
        views: &[&str],
    ) -> (Option<(String, ValueType, String)>, Vec<String>) {
        let class = self.policy.class(self.policy.class_named(class).unwrap());
        let reveal = RevealClass::new(class, &self.world.ring);
        let candidate = match &reveal {
            Some(class) => Candidate::OfClass {
                class,
                tenant: "",
                text: token.as_bytes(),
            },
            None => self.world.opener.candidate(token.as_bytes()),
        };
        self.world.kms.take_calls();
        let usage = Usage::new(100);
        let opener = &self.world.opener;
        let opened = opener.open_views(caller, &usage, &[candidate], views).await;
        let opened = opened.unwrap().remove(0).ok().map(|value| {
            let text = String::from_utf8(value.bytes.to_vec()).unwrap();
            (value.class.to_string(), value.value_type, text)
        });
        let asked = self.world.kms.take_calls();
        (opened, asked.into_iter().map(|(_, key)| key).collect())
    }
}

#[tokio::test]
async fn who_may_see_the_view_sees_no_more_and_needs_no_right_to_the_whole() {
    let views = Views::new().await;
    let support = caller("support");
    views.world.kms.allow("support", "kms-view-1");
    let fraud = caller("fraud");
    views.world.kms.allow("fraud", "kms-pay-1");
    for class in CLASSES {
        let tokens = views.seal(&[(class, CARD)]).await;
        let token = (class, tokens[0].as_str());
        let (seen, asked) = views.open(&support, token, &["last4"]).await;
        let expected = (format!("{class}/last4"), ValueType::Text, "1234".to_owned());
        assert_eq!(seen, Some(expected), "{class}");
        assert!(asked.iter().all(|key| key == "kms-view-1"), "{asked:?}");
        assert!(!asked.is_empty());
        let (whole, asked) = views.open(&support, token, &[]).await;
        assert_eq!(whole, None, "{class}");
        assert!(!asked.is_empty(), "{class}: nobody was asked");
        let (whole, _) = views.open(&fraud, token, &[]).await;
        assert_eq!(whole, Some((class.into(), ValueType::Text, CARD.into())));
        let (view, asked) = views.open(&fraud, token, &["last4"]).await;
        assert_eq!(view, None, "{class}");
        assert!(asked.iter().all(|key| key == "kms-view-1"), "{asked:?}");
    }
}

#[tokio::test]
async fn of_the_views_that_are_asked_for_the_first_that_the_token_has_is_opened() {
    let views = Views::new().await;
    let ann = views.world.reader("ann");
    let tokens = views
        .seal(&[("card", CARD), ("card", "1234"), ("plain", CARD)])
        .await;
    let text = |seen: Option<(String, ValueType, String)>| seen.map(|(_, _, text)| text);
    let open = |token: usize, asked: &'static [&'static str]| {
        let class = ["card", "card", "plain"][token];
        views.open(&ann, (class, &tokens[token]), asked)
    };
    assert_eq!(
        text(open(0, &["year", "bin", "last4"]).await.0).as_deref(),
        Some("411111")
    );
    assert_eq!(
        text(open(0, &["last4", "bin"]).await.0).as_deref(),
        Some("1234")
    );
    // a value that is not longer than its view has an empty one
    assert_eq!(text(open(1, &["last4"]).await.0).as_deref(), Some(""));
    // which views a token has is no secret: nobody is asked
    for (token, asked) in [(0, &["year"][..]), (2, &["last4"][..])] {
        assert_eq!(open(token, asked).await, (None, Vec::new()));
    }
}

#[tokio::test]
async fn no_bit_of_a_token_with_views_can_be_changed() {
    let views = Views::new().await;
    let ann = views.world.reader("ann");
    let tokens = views.seal(&[("short", CARD), ("short", CARD)]).await;
    let (head, body) = tokens[0].trim_matches('~').rsplit_once('.').unwrap();
    let decode = |text: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let body = decode(body);
    for bit in 0..body.len() * 8 {
        let mut altered = body.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let token = format!("~{head}.{}~", encode(&altered));
        for asked in [&[][..], &["last4"][..]] {
            let (seen, _) = views.open(&ann, ("short", &token), asked).await;
            assert_eq!(seen, None, "bit {bit}");
        }
    }
    // a view of another token, under the same keys: its nonce is another
    let other = decode(tokens[1].trim_matches('~').rsplit_once('.').unwrap().1);
    let start = "short".len() + 3 + 12;
    let mut mixed = body;
    mixed[start..start + 23].copy_from_slice(&other[start..start + 23]);
    let token = format!("~{head}.{}~", encode(&mixed));
    assert_eq!(
        views.open(&ann, ("short", &token), &["last4"]).await.0,
        None
    );
}

#[tokio::test]
async fn what_the_vault_keeps_of_a_view_is_bound_to_its_token() {
    let views = Views::new().await;
    let ann = views.world.reader("ann");
    let tokens = views.seal(&[("kept", CARD), ("kept", CARD)]).await;
    let key = |token: &str| RecordKey {
        space: Space::new("kept", "").unwrap(),
        token: Token::new(token).unwrap(),
    };
    let reader = SqliteReader::open(&Settings::new(views._folder.path().join("vault.db"))).unwrap();
    let kept = store::Reader::records(&reader, &[key(&tokens[0])])
        .await
        .unwrap();
    let record = kept[0].clone().unwrap();
    let moved = store::NewRecord {
        key: key("00000000-0000-4000-8000-000000000000"),
        record,
        renew: false,
    };
    store::Writer::insert(views.sqlite.as_ref(), &[moved])
        .await
        .unwrap();
    for asked in [&[][..], &["last4"][..]] {
        let (own, _) = views.open(&ann, ("kept", &tokens[0]), asked).await;
        assert!(own.is_some());
        let moved = ("kept", "00000000-0000-4000-8000-000000000000");
        assert_eq!(views.open(&ann, moved, asked).await.0, None);
    }
}

#[tokio::test]
async fn a_token_with_views_that_comes_by_again_stays() {
    let views = Views::new().await;
    for class in ["card", "short"] {
        let token = views.seal(&[(class, CARD)]).await.remove(0);
        let mut batch = Batch::new();
        let id = views.policy.class_named(class).unwrap();
        batch.push(id, ValueType::Text, token.as_bytes());
        let mut tokens = Tokens::new();
        views.sealer.prepare(&mut batch).await.unwrap();
        views.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        let kept = tokens.iter().next().unwrap();
        assert!(matches!(kept, Replacement::Kept), "{class}");
    }
}
