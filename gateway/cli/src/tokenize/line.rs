//! From drafts to an output: sealed by any thread of the crew, written in the order of the document.

use std::collections::VecDeque;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use coding::ByteOrderMark;
use rewrite::{BodyKind, Coverage, Draft, RewriteError, Rewriter, Writer};
use tokio::runtime::Handle;

use super::BUFFER;
use super::crew::Crew;
use super::error::FileError;

/// The way of one document from its scanner to its output. Memory is bounded: a draft that is sent
/// waits for the older ones.
pub(crate) struct Line<W: Write> {
    rewriter: Arc<Rewriter>,
    tenant: String,
    runtime: Handle,
    coverage: Arc<Coverage>,
    state: Mutex<State>,
    /// A piece was written, or has failed.
    moved: Condvar,
    exit: Mutex<Exit<W>>,
}

struct State {
    /// Pieces that were sent and not yet written, in order; `None` while one is being sealed.
    pieces: VecDeque<Option<Result<Piece, RewriteError>>>,
    /// The number of the first of them.
    first: u64,
    /// A thread is at the exit.
    writing: bool,
    /// Drafts to be filled again.
    spare: Vec<Draft>,
    /// Nothing is written any more.
    failed: bool,
    /// Why, until it is told.
    failure: Option<FileError>,
}

/// A sealed piece.
struct Piece {
    text: Vec<u8>,
    place: Place,
}

/// Where a draft is in its document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The byte order mark that was read until here.
    pub(crate) mark: Option<ByteOrderMark>,
    /// Whether the document ends with it.
    pub(crate) last: bool,
}

/// Where pieces leave.
struct Exit<W: Write> {
    writer: Writer,
    output: BufWriter<W>,
}

impl<W: Write + Send + 'static> Line<W> {
    /// For one document.
    pub(crate) fn new(
        rewriter: Arc<Rewriter>,
        tenant: &str,
        runtime: Handle,
        kind: &BodyKind,
        coverage: Arc<Coverage>,
        output: W,
    ) -> Arc<Self> {
        Arc::new(Self {
            rewriter,
            tenant: tenant.to_owned(),
            runtime,
            coverage,
            state: Mutex::new(State {
                pieces: VecDeque::new(),
                first: 0,
                writing: false,
                spare: Vec::new(),
                failed: false,
                failure: None,
            }),
            moved: Condvar::new(),
            exit: Mutex::new(Exit {
                writer: Writer::new(kind),
                output: BufWriter::with_capacity(BUFFER, output),
            }),
        })
    }

    /// An empty draft.
    pub(crate) fn draft(&self, capacity: usize) -> Draft {
        let spare = self.state().spare.pop();
        spare.unwrap_or_else(|| {
            let draft = Draft::new(self.rewriter.policy().clone(), capacity);
            draft.for_tenant(&self.tenant)
        })
    }

    /// Sends a draft on its way. Works off tasks of the crew until there is room for another; when
    /// nobody helps, that is until this one is written.
    ///
    /// # Errors
    /// Why a piece before it was not written.
    pub(crate) fn send(
        self: &Arc<Self>,
        crew: &Crew,
        draft: Draft,
        place: Place,
    ) -> Result<(), FileError> {
        let number = {
            let mut state = self.state();
            state.pieces.push_back(None);
            state.first + state.pieces.len() as u64 - 1
        };
        let line = self.clone();
        crew.offer(Box::new(move || line.seal(number, draft, place)));
        // With a helper: one piece for each thread, and as many that wait for a thread or the exit.
        let room = match crew.helpers() {
            0 => 0,
            _ => 2 * crew.threads(),
        };
        self.work_down_to(crew, room);
        self.state().failure.take().map_or(Ok(()), Err)
    }

    /// Waits until all that was sent is written.
    ///
    /// # Errors
    /// Why a piece was not.
    pub(crate) fn finish(&self, crew: &Crew) -> Result<(), FileError> {
        self.work_down_to(crew, 0);
        let flushed = self.exit().output.flush();
        self.state().failure.take().map_or(Ok(()), Err)?;
        flushed.map_err(FileError::Write)
    }

    fn work_down_to(&self, crew: &Crew, room: usize) {
        loop {
            if self.state().pieces.len() <= room {
                return;
            }
            if let Some(task) = crew.take() {
                task();
                continue;
            }
            // Others have all of this document's tasks in hand: nobody else offers any.
            let state = self.state();
            let waited = self
                .moved
                .wait_while(state, |state| state.pieces.len() > room);
            drop(waited);
            return;
        }
    }

    fn seal(&self, number: u64, mut draft: Draft, place: Place) {
        let sealed = draft.seal(&self.rewriter, &self.coverage);
        let sealed = self.runtime.block_on(sealed);
        let mut state = self.state();
        if sealed.is_ok() {
            state.spare.push(draft);
        }
        let sealed = sealed.map(|text| Piece { text, place });
        let index = usize::try_from(number - state.first).unwrap_or(usize::MAX);
        if let Some(waiting) = state.pieces.get_mut(index) {
            *waiting = Some(sealed);
        }
        self.write(state);
    }

    /// Writes what can be written now, unless another thread does. Encoding takes as long as
    /// sealing, so meanwhile others go on.
    fn write<'l>(&'l self, mut state: MutexGuard<'l, State>) {
        if state.writing {
            return;
        }
        while let Some(piece) = state.pieces.front_mut().and_then(Option::take) {
            if !state.failed {
                state.writing = true;
                drop(state);
                let written = piece.map_err(FileError::from);
                let written = written.and_then(|piece| self.exit().write(piece));
                state = self.state();
                state.writing = false;
                state.failure = written.err();
                state.failed = state.failure.is_some();
            }
            state.pieces.pop_front();
            state.first += 1;
            self.moved.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exit(&self) -> MutexGuard<'_, Exit<W>> {
        self.exit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Exit<W> {
    fn write(&mut self, piece: Piece) -> Result<(), FileError> {
        let Place { mark, last } = piece.place;
        let encoded = self.writer.write(piece.text, mark, last)?;
        self.output.write_all(&encoded).map_err(FileError::Write)
    }
}
