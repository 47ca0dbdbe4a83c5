//! Threads that share work: each does its own, then helps those that are not done with theirs.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A piece of work that any thread may do.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// A fixed number of threads: so many cores are in use, with one file at hand or with many.
pub(crate) struct Crew {
    threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    tasks: VecDeque<Task>,
    /// Threads that are not done with their own work.
    busy: usize,
}

impl Crew {
    /// Of so many threads, each of which is to call [`Crew::join`] once.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads,
            state: Mutex::new(State {
                tasks: VecDeque::new(),
                busy: threads,
            }),
            changed: Condvar::new(),
        }
    }

    /// Does a thread's own work, then tasks of others until all are done with theirs.
    pub(crate) fn join<T>(&self, own: impl FnOnce() -> T) -> T {
        let busy = Busy(self);
        let done = own();
        drop(busy);
        self.help();
        done
    }

    /// How many threads wait for tasks, or do some, and nothing else.
    pub(crate) fn helpers(&self) -> usize {
        self.threads.saturating_sub(self.state().busy)
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Puts a task where a helper, or who offers it, takes it.
    pub(crate) fn offer(&self, task: Task) {
        self.state().tasks.push_back(task);
        self.changed.notify_one();
    }

    /// The oldest task that nobody has taken yet.
    pub(crate) fn take(&self) -> Option<Task> {
        self.state().tasks.pop_front()
    }

    fn help(&self) {
        let mut state = self.state();
        loop {
            if let Some(task) = state.tasks.pop_front() {
                drop(state);
                task();
                state = self.state();
            } else if state.busy == 0 {
                return;
            } else {
                let woken = self.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that does its own work.
struct Busy<'c>(&'c Crew);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.changed.notify_all();
    }
}
