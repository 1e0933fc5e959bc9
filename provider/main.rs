//! The plugin's executable: flags, and the server.

use std::process::ExitCode;

use agentic::package::REPOSITORY;
use agentic::server;

const HELP: &str = "\
Deploys a whole agent platform on AWS: the Pulumi resource provider `agentic`.

You do not start this program yourself. `pulumi up` does, for a program that uses
the package `pulumi-agentic` from npm or PyPI. To begin:

    npm install pulumi-agentic        or    pip install pulumi-agentic
    pulumi config set agentic:region eu-west-1
    pulumi preview

Pulumi finds the plugin in ~/.pulumi/plugins or on the PATH. To install it there:

    pulumi plugin install resource agentic VERSION [--server URL | --file ARCHIVE]

Credentials are those of the AWS CLI: environment variables, a profile, SSO or a role.

Usage: pulumi-resource-agentic [ENGINE]

Arguments:
  ENGINE       The address of the Pulumi engine, such as 127.0.0.1:4040. Without it,
               the plugin prints a port and serves whoever connects to it.

Options:
  --version    Print the version
  -h, --help   Print this help

Environment:
  AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and other variables of the AWS CLI
  HTTPS_PROXY  The proxy of all calls to AWS; NO_PROXY lists hosts without one
";

fn main() -> ExitCode {
    let mut engine = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" => {
                print!("{HELP}");
                if !REPOSITORY.is_empty() {
                    println!("\nDocumentation: {REPOSITORY}");
                }
                return ExitCode::SUCCESS;
            }
            "-V" | "--version" => {
                println!("pulumi-resource-agentic {}", server::VERSION);
                println!("needs Pulumi {} or later", server::OLDEST_ENGINE);
                return ExitCode::SUCCESS;
            }
            // The engine's own flags: the plugin tolerates them all, and one brings a value.
            "--tracing" | "-tracing" => drop(arguments.next()),
            flag if flag.starts_with('-') => {}
            address => engine = Some(address.to_owned()),
        }
    }
    std::panic::set_hook(Box::new(|panic| eprintln!("{}", mistake(&panic.to_string()))));
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(server::serve(engine)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// What a person reads when a panic ends the plugin.
fn mistake(panic: &str) -> String {
    let place = if REPOSITORY.is_empty() { String::new() } else { format!(" at {REPOSITORY}/issues") };
    format!(
        "pulumi-resource-agentic {} ended, since there is a mistake in it: {panic}\n\
         Run `pulumi up` again: it goes on from here. Please report the mistake{place}.",
        server::VERSION
    )
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("pulumi-resource-agentic: {error}");
    ExitCode::FAILURE
}
