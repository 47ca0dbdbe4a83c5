#![allow(clippy::unwrap_used, reason = "tests")]
//! Times here are so long that they never pass, or zero, so that nothing depends on how fast a
//! machine is.
use super::*;
use crate::tenant::testing::pairs;
use serde_json::json;
use std::sync::Mutex;
use tokio::sync::Semaphore;

const NEVER: Duration = Duration::from_secs(100_000);

const PACE: Pace = Pace {
    refresh: NEVER,
    pause: NEVER,
    retry: NEVER,
    wait: NEVER,
};

fn set(name: &str) -> KeySet {
    let jwks = json!({ "keys": [pairs().ed.jwk(name)] }).to_string();
    KeySet::parse(jwks.as_bytes()).unwrap()
}

/// A server that answers when it is let, and with what it has then; without, it fails.
struct Server {
    has: Mutex<Option<&'static str>>,
    let_go: Semaphore,
    asked: watch::Sender<usize>,
}

impl Server {
    fn with(has: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            has: Mutex::new(has),
            let_go: Semaphore::new(0),
            asked: watch::channel(0).0,
        })
    }

    fn has(&self, now: Option<&'static str>) {
        *self.has.lock().unwrap() = now;
    }

    async fn answer(self: Arc<Self>) -> Result<KeySet, FetchError> {
        self.asked.send_modify(|count| *count += 1);
        self.let_go.acquire().await.unwrap().forget();
        let has = *self.has.lock().unwrap();
        has.map(set).ok_or(FetchError::Time)
    }

    async fn was_asked(&self, count: usize) {
        self.asked
            .subscribe()
            .wait_for(|asked| *asked == count)
            .await
            .unwrap();
    }

    fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    fn start(self: &Arc<Self>, pace: Pace, seed: Option<&str>) -> Arc<RemoteKeys> {
        let url = JwksUrl::parse("http://127.0.0.1:1/").unwrap();
        let server = Arc::clone(self);
        let fetch = move || Arc::clone(&server).answer();
        RemoteKeys::start(url, pace, seed.map(|name| Arc::new(set(name))), fetch)
    }
}

fn is(found: Option<Arc<KeySet>>, name: &str) -> bool {
    found.is_some_and(|found| *found == set(name))
}

/// Lets other tasks go as far as they can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_waits_for_the_first_answer_but_not_for_long() {
    let server = Server::with(Some("a"));
    let keys = server.start(PACE, None);
    let waiting = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.current().await }
    });
    settle().await;
    assert!(!waiting.is_finished());
    server.let_go.add_permits(1);
    assert!(is(waiting.await.unwrap(), "a"));

    let silent = Server::with(Some("a"));
    let wait = Duration::from_millis(1);
    let keys = silent.start(Pace { wait, ..PACE }, None);
    assert!(keys.current().await.is_none());
}

#[tokio::test]
async fn after_a_failure_nobody_waits() {
    let server = Server::with(None);
    server.let_go.add_permits(1);
    let keys = server.start(PACE, None);
    assert!(keys.current().await.is_none());
    assert!(keys.current().await.is_none());
    assert!(keys.newer().await.is_none());
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn it_tries_again_after_a_failure_and_keeps_the_last_good_set() {
    let server = Server::with(None);
    let retry = Duration::ZERO;
    let keys = server.start(Pace { retry, ..PACE }, None);
    server.let_go.add_permits(1);
    server.was_asked(2).await;
    server.has(Some("a"));
    server.let_go.add_permits(1);
    keys.wait_until(|progress| !progress.running).await;
    assert!(is(keys.last(), "a"));

    server.has(None);
    keys.fetch_soon();
    server.was_asked(3).await;
    server.let_go.add_permits(1);
    // it was tried again, so that the failure has been dealt with
    server.was_asked(4).await;
    assert!(is(keys.current().await, "a"));
}

#[tokio::test]
async fn it_refreshes_unasked() {
    let server = Server::with(Some("a"));
    let refresh = Duration::from_millis(1);
    let keys = server.start(Pace { refresh, ..PACE }, None);
    server.let_go.add_permits(1);
    server.was_asked(2).await;
    assert!(is(keys.last(), "a"));
    server.has(Some("b"));
    server.let_go.add_permits(1);
    server.was_asked(3).await;
    assert!(is(keys.last(), "b"));
}

#[tokio::test]
async fn many_unknown_kids_make_one_fetch() {
    let server = Server::with(Some("a"));
    let keys = server.start(
        Pace {
            pause: Duration::ZERO,
            ..PACE
        },
        None,
    );
    server.let_go.add_permits(1);
    assert!(is(keys.current().await, "a"));
    server.has(Some("b"));
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.newer().await })
        })
        .collect();
    server.was_asked(2).await;
    settle().await;
    server.let_go.add_permits(1);
    for one in asking {
        assert!(is(one.await.unwrap(), "b"));
    }
    settle().await;
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn within_the_pause_unknown_kids_make_none() {
    let server = Server::with(Some("a"));
    let keys = server.start(PACE, None);
    server.let_go.add_permits(1000);
    assert!(is(keys.current().await, "a"));
    server.has(Some("b"));
    for _ in 0..1000 {
        assert!(is(keys.newer().await, "a"));
    }
    settle().await;
    assert_eq!(server.asked(), 1);
    // The operator is no attacker.
    keys.fetch_soon();
    server.was_asked(2).await;
    keys.wait_until(|progress| !progress.running).await;
    assert!(is(keys.last(), "b"));
}

#[tokio::test]
async fn a_seed_counts_until_there_is_another() {
    let server = Server::with(Some("b"));
    let keys = server.start(PACE, Some("a"));
    assert!(is(keys.current().await, "a"));
    server.let_go.add_permits(1);
    keys.wait_until(|progress| !progress.running).await;
    assert!(is(keys.current().await, "b"));
}

#[tokio::test]
async fn nothing_is_fetched_after_the_drop() {
    let server = Server::with(Some("a"));
    let refresh = Duration::from_millis(1);
    let keys = server.start(Pace { refresh, ..PACE }, None);
    server.let_go.add_permits(1);
    server.was_asked(2).await;
    drop(keys);
    while Arc::strong_count(&server) > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.asked(), 2);
}
