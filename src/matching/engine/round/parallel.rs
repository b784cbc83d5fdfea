//! Work on every mentee, divided among threads. The results are in the order of the mentees, whatever the number of
//! threads.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::scope;

/// Fewer mentees than this are not worth a thread.
const MIN_PART: usize = 16;

/// Runs `work` on every part of `0..len`. The results are in order.
pub(super) fn parts<T: Send>(len: usize, threads: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let size = len.div_ceil(threads.max(1)).max(MIN_PART);
    let parts = (0..len).step_by(size).map(|from| from..(from + size).min(len));
    if len <= size {
        return parts.map(work).collect();
    }
    scope(|scope| {
        let started: Vec<_> = parts.map(|part| scope.spawn(|| work(part))).collect();
        started.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}
