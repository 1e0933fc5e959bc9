//! Listening, telling the engine the port, and ending when the engine is gone.

use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::transport::server::Connected;

use super::Provider;
use crate::aws::wait::Clock;
use crate::engine::proto::resource_provider_server::ResourceProviderServer;

/// As much as the engine's own limit.
pub const LARGEST_MESSAGE: usize = 400 << 20;

/// How long calls under way may take to end once the engine is gone.
const GRACE: Duration = Duration::from_secs(10);

/// How often to look whether an engine without a connection is still there.
const LOOK: Duration = Duration::from_secs(5);

/// Serves the engine at `engine` until it is gone or asks to end. Without an address it serves
/// whoever connects, until it is asked to end.
pub async fn serve(engine: Option<String>) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    // The engine reads the port from the first line; nothing may come before it.
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", listener.local_addr()?.port())?;
    stdout.flush()?;
    drop(stdout);

    let provider = Arc::new(Provider::new(engine.as_deref()).with_clock(clock()));
    let connections = Arc::new(Connections::default());
    let counted = connections.clone();
    let incoming = TcpListenerStream::new(listener).map(move |stream| {
        let stream = stream?;
        stream.set_nodelay(true)?;
        std::io::Result::Ok(Counted::new(stream, counted.clone()))
    });
    let service = ResourceProviderServer::from_arc(provider.clone())
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let server = Server::builder().add_service(service).serve_with_incoming(incoming);
    tokio::select! {
        ended = server => ended.map_err(std::io::Error::other),
        () = told_to_end() => Ok(()),
        () = connections.gone(engine.as_deref()) => {
            // Nobody is left to record what is made: calls under way end, and no further one starts.
            provider.cancel();
            let _ = tokio::time::timeout(GRACE, provider.idle()).await;
            Ok(())
        }
    }
}

/// The clock that waits go by. A debug build takes its speed from the environment, so that a local
/// AWS whose resources come up faster than AWS's own can be watched in little time.
fn clock() -> Clock {
    let speed = std::env::var("AGENTIC_CLOCK_SPEED").ok().filter(|_| cfg!(debug_assertions));
    speed.and_then(|speed| speed.parse().ok()).map_or_else(Clock::default, Clock::fast)
}

async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// How many connections are open. The engine holds one, which ends with it even when it is killed
/// without a word; but it may also let an idle one go.
#[derive(Default)]
struct Connections {
    open: AtomicUsize,
    closed: Notify,
}

impl Connections {
    /// Ends once there is no connection left and no engine at the address either.
    async fn gone(&self, engine: Option<&str>) {
        let Some(engine) = engine else { return std::future::pending().await };
        loop {
            self.closed.notified().await;
            while self.open.load(Ordering::SeqCst) == 0 {
                if TcpStream::connect(engine).await.is_err() {
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

struct Counted {
    stream: TcpStream,
    connections: Arc<Connections>,
}

impl Counted {
    fn new(stream: TcpStream, connections: Arc<Connections>) -> Self {
        connections.open.fetch_add(1, Ordering::SeqCst);
        Counted { stream, connections }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::SeqCst);
        self.connections.closed.notify_one();
    }
}

impl Connected for Counted {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
