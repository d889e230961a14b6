//! The socket: connections, how slow they may be, and TLS.

mod tls;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};
use tracing::{debug, warn};

use crate::gate::LARGEST_HEADERS;

pub use tls::{Tls, TlsError};

/// How many connections are held; whoever comes then waits to be accepted.
const MOST_CONNECTIONS: usize = 8192;
/// How many requests run side by side on a connection of HTTP/2.
const MOST_STREAMS: u32 = 100;
/// What of a head is kept while it is read: beyond the largest that is answered as a problem, so that those just above it are.
const HEAD_BUFFER: usize = 4 * LARGEST_HEADERS;
/// How long to wait where no connection can be accepted, as when files run out.
const NO_ROOM: Duration = Duration::from_millis(200);

/// Who answers, and how.
#[derive(Clone, Debug)]
pub struct Serving<S> {
    /// What answers.
    pub service: S,
    /// By which certificate, where TLS is spoken.
    pub tls: Option<Tls>,
    /// How long a client may take for a handshake or for the head of a request; as long an idle connection is kept.
    pub silence: Duration,
}

impl<S, F> Serving<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future = F> + Clone + Send + 'static,
    F: Future<Output = Result<Response, Infallible>> + Send + 'static,
{
    /// Answers whoever connects until `stop` comes, and then those who wait for an answer.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, accept(&listener).await)
            };
            let (place, (stream, peer)) = tokio::select! {
                () = &mut stop => break,
                accepted = accepted => accepted,
            };
            let (serving, watcher) = (self.clone(), graceful.watcher());
            tokio::spawn(async move {
                serving.answer(stream, peer, watcher).await;
                drop(place);
            });
        }
        // Whoever connects from now on is told at once that nobody is there.
        drop(listener);
        graceful.shutdown().await;
    }

    async fn answer(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // Answers are written whole: to wait for more would only make them late.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "a connection was gone before it began");
            return;
        }
        let Some(tls) = &self.tls else { return self.converse(stream, peer, Protocol::Http1, watcher).await };
        match timeout(self.silence, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
                let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
                self.converse(stream, peer, protocol, watcher).await;
            }
            Ok(Err(error)) => debug!(%error, "a handshake failed"),
            Err(_) => debug!("a handshake took too long"),
        }
    }

    async fn converse<C>(self, stream: C, peer: SocketAddr, protocol: Protocol, watcher: Watcher)
    where
        C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service =
            TowerToHyperService::new(self.service.map_request(move |request: hyper::Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            }));
        let stream = TokioIo::new(stream);
        let ended = match protocol {
            Protocol::Http1 => {
                let mut http = http1::Builder::new();
                http.timer(TokioTimer::new()).header_read_timeout(self.silence).max_buf_size(HEAD_BUFFER);
                watcher.watch(http.serve_connection(stream, service)).await
            }
            Protocol::Http2 => {
                let mut http = http2::Builder::new(TokioExecutor::new());
                http.timer(TokioTimer::new())
                    .keep_alive_interval(self.silence)
                    .keep_alive_timeout(self.silence)
                    .max_header_list_size(HEAD_BUFFER as u32)
                    .max_concurrent_streams(MOST_STREAMS);
                watcher.watch(http.serve_connection(stream, service)).await
            }
        };
        if let Err(error) = ended {
            // Phones lose their network all the time.
            debug!(%error, "a connection broke");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

/// The next connection, however often accepting fails.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // It was gone before we came to it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                sleep(NO_ROOM).await;
            }
        }
    }
}
