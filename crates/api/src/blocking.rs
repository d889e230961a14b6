//! Work that would keep other requests waiting, on threads of its own.

use tokio::task;

use crate::error::ApiError;

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    task::spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()))
}
