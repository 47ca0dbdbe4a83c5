//! One thread writes. What waits for it when it is done with a commit goes into the next one
//! together (group commit), so that the disk's syncs are shared by all callers. Callers that were
//! answered together mostly come back together, so it waits a moment for as many as there were last
//! (as PostgreSQL's `commit_delay` does): else they fall apart into groups that take turns, and each
//! value costs twice the syncs.

use super::{Settings, schema};
use crate::{Space, StoreError, Timestamp, roles::Result};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::HashMap;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Most calls in a transaction: it bounds how long the first of them waits for the last.
const MOST_CALLS: usize = 512;
/// What part of the last transaction's time is waited for more calls, and how long at most.
const MOMENT: u32 = 16;
const LONGEST_MOMENT: Duration = Duration::from_millis(2);
/// How often it is looked whether more calls are there.
const LOOK: Duration = Duration::from_micros(50);

/// The way to the thread. It ends once this is dropped and what waits is written.
pub(super) struct Queue {
    calls: mpsc::Sender<Box<dyn Call>>,
    timeout: Duration,
}

/// What a call works on: the transaction that it shares, and what the thread remembers.
pub(super) struct Session<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) spaces: &'a mut HashMap<Space, i64>,
    pub(super) now: Timestamp,
    /// Set by what erases: the log is emptied after the commit.
    pub(super) erased: bool,
}

trait Call: Send {
    /// Whether nobody waits for it any more.
    fn is_gone(&self) -> bool;
    /// Does the work. `Err` only for what spoils the whole transaction.
    fn work(&mut self, session: &mut Session<'_>) -> Result<()>;
    /// Tells the caller, once the transaction is committed or has failed.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Work<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Call for Work<T, F>
where
    T: Send,
    F: FnMut(&mut Session<'_>) -> Result<T> + Send,
{
    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn work(&mut self, session: &mut Session<'_>) -> Result<()> {
        match (self.work)(session) {
            // the caller's own fault: those it shares the transaction with are not concerned
            Err(fault @ StoreError::Conflict(_)) => self.outcome = Some(Err(fault)),
            outcome => self.outcome = Some(Ok(outcome?)),
        }
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Self { outcome, reply, .. } = *self;
        let not_tried = || Err(StoreError::unavailable("the write was not tried"));
        let outcome = committed.and_then(|()| outcome.unwrap_or_else(not_tried));
        // whoever has stopped waiting makes the call again
        drop(reply.send(outcome));
    }
}

impl Queue {
    /// Opens the file and starts the thread.
    pub(super) fn start(settings: &Settings) -> Result<Self> {
        let connection = schema::writing(settings)?;
        let (calls, waiting) = mpsc::channel(settings.queue.max(1));
        let timeout = settings.timeout;
        let settings = settings.clone();
        let thread = thread::Builder::new().name("vault-writer".to_owned());
        thread
            .spawn(move || write(&settings, connection, waiting))
            .map_err(|_| StoreError::unavailable("no thread could be started"))?;
        Ok(Self { calls, timeout })
    }

    /// Does `work` in a transaction, and answers once it is committed. `work` must leave nothing
    /// behind when it answers with a conflict.
    pub(super) fn run<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut Session<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Box::new(Work {
            work,
            outcome: None,
            reply,
        });
        let (calls, deadline) = (self.calls.clone(), self.timeout);
        async move {
            let deadline = Instant::now() + deadline;
            let stopped = || StoreError::unavailable("the vault's writer has stopped");
            let sent = timeout_at(deadline, calls.send(call)).await;
            sent.map_err(|_| StoreError::unavailable("too many writes wait for the disk"))?
                .map_err(|_| stopped())?;
            drop(calls);
            let answered = timeout_at(deadline, answer).await;
            answered
                .map_err(|_| StoreError::unavailable("the disk did not take a write in time"))?
                .map_err(|_| stopped())?
        }
    }
}

/// The thread: ends when nobody can call any more.
fn write(settings: &Settings, first: Connection, mut waiting: mpsc::Receiver<Box<dyn Call>>) {
    let mut spaces = HashMap::new();
    let mut connection = Some(first);
    let mut last = Last::default();
    while let Some(first) = waiting.blocking_recv() {
        let mut calls = gather(first, &mut waiting, &last);
        let start = std::time::Instant::now();
        let together = calls.len();
        calls.retain(|call| !call.is_gone());
        let committed = match connection.take() {
            Some(open) => Ok(open),
            None => schema::writing(settings),
        }
        .and_then(|mut open| {
            commit(&mut open, &mut spaces, &mut calls)?;
            connection = Some(open);
            Ok(())
        });
        if committed.is_err() {
            // After a failed write nothing that was read or remembered is sure: the connection is
            // closed, and the next call starts from the file.
            spaces.clear();
        }
        last = Last {
            together,
            moment: (start.elapsed() / MOMENT).min(LONGEST_MOMENT),
        };
        for call in calls {
            call.answer(committed.clone());
        }
    }
}

/// What the last transaction was like.
#[derive(Default)]
struct Last {
    together: usize,
    moment: Duration,
}

/// What goes into the next transaction: all that waits, and for a moment what is about to.
fn gather(
    first: Box<dyn Call>,
    waiting: &mut mpsc::Receiver<Box<dyn Call>>,
    last: &Last,
) -> Vec<Box<dyn Call>> {
    let until = std::time::Instant::now() + last.moment;
    let mut calls = vec![first];
    while calls.len() < MOST_CALLS {
        match waiting.try_recv() {
            Ok(next) => calls.push(next),
            Err(mpsc::error::TryRecvError::Empty)
                if calls.len() < last.together && std::time::Instant::now() < until =>
            {
                thread::sleep(LOOK);
            }
            Err(_) => break,
        }
    }
    calls
}

fn commit(
    connection: &mut Connection,
    spaces: &mut HashMap<Space, i64>,
    calls: &mut [Box<dyn Call>],
) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut session = Session {
        transaction: &transaction,
        spaces,
        now: Timestamp::now(),
        erased: false,
    };
    for call in calls {
        call.work(&mut session)?;
    }
    let erased = session.erased;
    transaction.commit()?;
    if erased {
        // The log still holds the pages as they were. While others read it this does nothing; the
        // next one does.
        let row = |_: &rusqlite::Row<'_>| Ok(());
        drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), row));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Far longer than a test takes: one that ends has not waited for it.
    const FOREVER: Duration = Duration::from_secs(600);

    struct Nothing;

    impl Call for Nothing {
        fn is_gone(&self) -> bool {
            false
        }
        fn work(&mut self, _: &mut Session<'_>) -> Result<()> {
            Ok(())
        }
        fn answer(self: Box<Self>, _: Result<()>) {}
    }

    fn last(together: usize, moment: Duration) -> Last {
        Last { together, moment }
    }

    #[test]
    fn as_many_are_waited_for_as_there_were_last() {
        let (calls, mut waiting) = mpsc::channel::<Box<dyn Call>>(2 * MOST_CALLS);
        let late = thread::spawn(move || {
            for _ in 0..2 {
                thread::sleep(Duration::from_millis(20));
                calls.blocking_send(Box::new(Nothing)).ok().unwrap();
            }
            calls
        });
        let gathered = gather(Box::new(Nothing), &mut waiting, &last(3, FOREVER));
        assert_eq!(gathered.len(), 3);
        drop(late.join().unwrap());
    }

    #[test]
    fn a_caller_that_comes_alone_waits_for_nobody() {
        let (_calls, mut waiting) = mpsc::channel::<Box<dyn Call>>(2 * MOST_CALLS);
        for last in [last(1, FOREVER), Last::default()] {
            assert_eq!(gather(Box::new(Nothing), &mut waiting, &last).len(), 1);
        }
    }

    #[test]
    fn those_that_do_not_come_back_are_waited_for_no_longer_than_a_moment() {
        let (calls, mut waiting) = mpsc::channel::<Box<dyn Call>>(2 * MOST_CALLS);
        let moment = last(64, Duration::from_millis(5));
        assert_eq!(gather(Box::new(Nothing), &mut waiting, &moment).len(), 1);
        // nor when nobody can come any more
        drop(calls);
        let forever = last(64, FOREVER);
        assert_eq!(gather(Box::new(Nothing), &mut waiting, &forever).len(), 1);
    }

    #[test]
    fn what_waits_already_is_taken_up_to_the_most() {
        let (calls, mut waiting) = mpsc::channel::<Box<dyn Call>>(2 * MOST_CALLS);
        for _ in 0..MOST_CALLS {
            calls.try_send(Box::new(Nothing)).ok().unwrap();
        }
        let gathered = gather(Box::new(Nothing), &mut waiting, &Last::default());
        assert_eq!((gathered.len(), waiting.len()), (MOST_CALLS, 1));
    }
}
