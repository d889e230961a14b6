//! Work that would keep other requests waiting, on threads of its own.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task;

use crate::error::ApiError;

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    task::spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()))
}

/// Runs `work` as [`blocking`] does. What `work` is given says whether somebody still waits for it: once the client has gone it
/// may leave off, for nobody hears what it answers.
pub(crate) async fn blocking_while_wanted<T: Send + 'static>(
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let waiting = Waiting(Arc::new(AtomicBool::new(true)));
    let wanted = Arc::clone(&waiting.0);
    blocking(move || work(&|| wanted.load(Ordering::Relaxed))).await
}

/// True while the future that holds this lives.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_learns_of_it() {
        let (begin, begun) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let work = blocking_while_wanted(move |wanted| {
            begin.send(()).unwrap();
            while wanted() {
                thread::yield_now();
            }
            end.send(()).unwrap();
        });

        tokio::select! {
            _ = work => panic!("it ended by itself"),
            _ = begun => {}
        }

        ended.await.unwrap();
    }
}
