//! Prints its port as a plugin does, and knows no method.

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?.port());
    let incoming = TcpListenerStream::new(listener);
    Server::builder().add_routes(Routes::default()).serve_with_incoming(incoming).await?;
    Ok(())
}
