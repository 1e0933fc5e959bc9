//! `aws-proxy [port]`: a local AWS until interrupted. It prints its URL when it
//! is ready.

use aws_proxy::LocalAws;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse());
    let (Ok(port), Ok(mut interrupt), Ok(mut terminate)) =
        (port, signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        eprintln!("usage: aws-proxy [port]");
        return ExitCode::FAILURE;
    };
    let aws = LocalAws::start_at(port).await;
    println!("{}", aws.endpoint());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    ExitCode::SUCCESS
}
