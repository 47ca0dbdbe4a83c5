//! An issuer's keys from its own server: fetched at the start, again after a while, and when a token
//! names a key that is not known. The last good set is kept.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::fetch::{FetchError, JwksUrl};
use super::key_set::KeySet;

/// How often keys are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Between two fetches that nobody asked for.
    pub(super) refresh: Duration,
    /// From the end of one to one that a token asks for: what clients send must not make the
    /// gateway besiege the issuer.
    pub(super) pause: Duration,
    /// After one that failed.
    pub(super) retry: Duration,
    /// Longest time that a request waits for one.
    pub(super) wait: Duration,
}

impl Pace {
    pub(super) const fn every(refresh: Duration) -> Self {
        Self {
            refresh,
            pause: Duration::from_secs(10),
            retry: Duration::from_secs(10),
            wait: Duration::from_secs(2),
        }
    }
}

/// Keys that a task keeps fresh until this is dropped.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    url: JwksUrl,
    pace: Pace,
    known: Arc<Known>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Known {
    last: ArcSwapOption<KeySet>,
    progress: watch::Sender<Progress>,
}

/// Where the task is. Whoever sets `running` has asked for a fetch.
#[derive(Debug)]
struct Progress {
    running: bool,
    /// When the last fetch ended, well or not.
    ended: Option<Instant>,
}

impl RemoteKeys {
    /// Begins to fetch. With a `seed`, that set counts until another is there.
    pub(super) fn start<F>(
        url: JwksUrl,
        pace: Pace,
        seed: Option<Arc<KeySet>>,
        fetch: impl Fn() -> F + Send + Sync + 'static,
    ) -> Arc<Self>
    where
        F: Future<Output = Result<KeySet, FetchError>> + Send + 'static,
    {
        let (progress, _) = watch::channel(Progress {
            running: true,
            ended: None,
        });
        let last = ArcSwapOption::new(seed);
        let known = Arc::new(Known { last, progress });
        let task = tokio::spawn(keep_fresh(Arc::clone(&known), url.clone(), pace, fetch));
        Arc::new(Self {
            url,
            pace,
            known,
            task,
        })
    }

    pub(super) fn url(&self) -> &JwksUrl {
        &self.url
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// The last good set.
    pub(super) fn last(&self) -> Option<Arc<KeySet>> {
        self.known.last.load_full()
    }

    /// The last good set. Before the first fetch has ended, waits for it, but not for long.
    pub(super) async fn current(&self) -> Option<Arc<KeySet>> {
        match self.last() {
            Some(set) => Some(set),
            None => {
                self.wait_until(|progress| progress.ended.is_some()).await;
                self.last()
            }
        }
    }

    /// The last good set after one more fetch, unless one has ended just now. Waits for it, but not
    /// for long.
    pub(super) async fn newer(&self) -> Option<Arc<KeySet>> {
        let mut running = false;
        self.known.progress.send_if_modified(|progress| {
            let rested = progress
                .ended
                .is_none_or(|at| at.elapsed() >= self.pace.pause);
            let begins = rested && !progress.running;
            progress.running |= begins;
            running = progress.running;
            begins
        });
        if running {
            self.wait_until(|progress| !progress.running).await;
        }
        self.last()
    }

    /// Has them fetched, whenever that was last done.
    pub(super) fn fetch_soon(&self) {
        self.known
            .progress
            .send_modify(|progress| progress.running = true);
    }

    async fn wait_until(&self, reached: impl FnMut(&Progress) -> bool) {
        let mut progress = self.known.progress.subscribe();
        let reached = async { progress.wait_for(reached).await.is_ok() };
        // After the time there is what there is.
        let _ = timeout(self.pace.wait, reached).await;
    }
}

impl Drop for RemoteKeys {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep_fresh<F>(known: Arc<Known>, url: JwksUrl, pace: Pace, fetch: impl Fn() -> F)
where
    F: Future<Output = Result<KeySet, FetchError>>,
{
    let mut asked = known.progress.subscribe();
    loop {
        let pause = match fetch().await {
            Ok(set) => {
                known.take(set, &url);
                pace.refresh
            }
            Err(error) => {
                let kept = known.last.load().is_some();
                tracing::warn!(%url, %error, kept, "an issuer's keys could not be fetched");
                pace.retry.min(pace.refresh)
            }
        };
        known.progress.send_modify(|progress| {
            progress.running = false;
            progress.ended = Some(Instant::now());
        });
        let asked = async { asked.wait_for(|progress| progress.running).await.is_ok() };
        if timeout(pause, asked).await.is_err() {
            known
                .progress
                .send_modify(|progress| progress.running = true);
        }
    }
}

impl Known {
    fn take(&self, set: KeySet, url: &JwksUrl) {
        let same = self.last.load().as_deref().is_some_and(|last| *last == set);
        if !same {
            tracing::info!(%url, "an issuer's keys are new");
            self.last.store(Some(Arc::new(set)));
        }
    }
}

#[cfg(test)]
mod tests;
