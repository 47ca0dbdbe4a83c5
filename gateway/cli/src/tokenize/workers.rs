//! Many files at one time: each thread takes the next one when it is done with its last, and helps
//! with the others' when there is none.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::crew::Crew;
use super::engine::Engine;
use super::error::FileError;
use super::file;
use super::inputs::Job;
use super::journal::Journal;
use super::progress::Progress;
use super::summary::Summary;

/// Does all files. One that fails is told of at once, and the others go on.
pub(crate) fn run(
    engine: &Engine,
    jobs: Vec<Job>,
    folder: &Path,
    threads: usize,
    journal: &Journal,
    progress: &Progress,
    summary: &mut Summary,
) {
    let next = AtomicUsize::new(0);
    let crew = Crew::new(threads);
    let summary = Mutex::new(summary);
    let work = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = one(engine, &crew, job, folder, journal, progress);
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            match outcome {
                Ok(done) => summary.add(job.stamp.size, &done.counts),
                Err(error) => {
                    let name = job.source.display().to_string();
                    progress.say(&format_args!("{name}: {}", error.report()));
                    summary.fail(&name, &error);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| crew.join(work));
        }
    });
}

fn one(
    engine: &Engine,
    crew: &Crew,
    job: &Job,
    folder: &Path,
    journal: &Journal,
    progress: &Progress,
) -> Result<file::Done, FileError> {
    let done = file::tokenize(engine, crew, job, folder, progress)?;
    let digest = engine.digest(job.kind.as_ref().ok());
    let noted = journal.note(job, digest, done.output_size);
    noted.map_err(FileError::Write)?;
    Ok(done)
}

/// Does one document with all threads.
pub(crate) fn run_one<T>(threads: usize, own: impl FnOnce(&Crew) -> T) -> T {
    let crew = Crew::new(threads);
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| crew.join(|| ()));
        }
        crew.join(|| own(&crew))
    })
}
