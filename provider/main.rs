//! The plugin's executable: flags, and the server.

use std::process::ExitCode;

use agentic::server;

const HELP: &str = "\
pulumi-resource-agentic: the Pulumi resource provider `agentic`

Pulumi starts this plugin by itself; install it with
    pulumi plugin install resource agentic <version> --file <archive>
and use it from a program with the package `pulumi-agentic` of npm or PyPI.

Usage: pulumi-resource-agentic [ENGINE]

Arguments:
  ENGINE       address of the Pulumi engine, such as 127.0.0.1:4040; without it the
               plugin serves whoever connects to the port that it prints

Options:
  --version    print the version
  -h, --help   print this help
";

fn main() -> ExitCode {
    let mut engine = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            "--version" => {
                println!("{}", server::VERSION);
                return ExitCode::SUCCESS;
            }
            // The engine's own flags: the plugin tolerates them all, and one brings a value.
            "--tracing" | "-tracing" => drop(arguments.next()),
            flag if flag.starts_with('-') => {}
            address => engine = Some(address.to_owned()),
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(server::serve(engine)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("pulumi-resource-agentic: {error}");
    ExitCode::FAILURE
}
