//! When someone wants the program to end.

use std::{convert::Infallible, time::Duration};

use khademyar_api::serving::Tls;
use tokio::{sync::watch, time::sleep};
use tracing::{error, info};

/// How long requests and jobs under way may take once the end is asked for; then the process ends, whatever goes on.
const GRACE: Duration = Duration::from_secs(10);

/// A flag that Ctrl-C or SIGTERM raises; a second one ends the program at once.
pub(crate) fn stop() -> watch::Sender<bool> {
    let stop = watch::Sender::new(false);
    let raised = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        raised.send_replace(true);
        asked_to_stop().await;
        std::process::exit(130);
    });
    stop
}

/// Comes back when the flag is up.
pub(crate) async fn raised(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Comes back when the flag has been up for so long that nothing is waited for any more.
pub(crate) async fn too_late(stop: watch::Receiver<bool>) {
    raised(stop).await;
    sleep(GRACE).await;
}

/// Waits for Ctrl-C or, on Unix, SIGTERM. Where a signal cannot be heard of, waits for the other.
pub(crate) async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}

/// Reads the certificate anew whenever SIGHUP says that there is another. Never ends.
pub(crate) async fn renew(tls: Option<&Tls>) -> Infallible {
    let Some(tls) = tls else { return std::future::pending().await };
    let mut hangups = hangups();
    loop {
        hangups.next().await;
        match tls.reload() {
            Ok(()) => info!("whoever connects from now on is shown the new certificate"),
            Err(error) => error!(%error, "the certificate stays as it was"),
        }
    }
}

/// SIGHUPs as they come; on a system without them, or where they cannot be heard of, none.
struct Hangups(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
fn hangups() -> Hangups {
    use tokio::signal::unix::{SignalKind, signal};
    Hangups(signal(SignalKind::hangup()).ok())
}

#[cfg(not(unix))]
fn hangups() -> Hangups {
    Hangups()
}

impl Hangups {
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
