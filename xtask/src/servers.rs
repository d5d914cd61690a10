//! `cargo xtask servers`: a real MariaDB, S3-compatible store and SQS-compatible queue in private folders on
//! loopback; for tests, for chaos, and for trying `drape` on them.

use std::path::{Path, PathBuf};
use std::process::Command;

use drape_testing::{BUCKET, Servers, Tools};

/// Where the servers' programs are kept.
fn folder() -> PathBuf {
    Path::new("target").join("tools")
}

/// Installs what is missing of the servers' programs.
pub(crate) fn ready() -> Result<(), String> {
    Tools::ready(&folder()).map(drop)
}

/// Starts all three servers.
pub(crate) fn start() -> Result<Servers, String> {
    println!("== starting MariaDB, SeaweedFS and ministack");
    Servers::start(&folder())
}

/// Starts the servers, prints their addresses, and stops them when the command (or standard input) ends.
pub(crate) fn run(command: &[String]) -> Result<(), String> {
    let servers = start()?;
    if let [program, args @ ..] = command {
        let status = Command::new(program).args(args).envs(servers.variables()).status();
        let status = status.map_err(|e| format!("{program}: {e}"))?;
        return if status.success() { Ok(()) } else { Err(format!("{program} failed")) };
    }
    for (name, value) in servers.variables() {
        println!("export {name}={value}");
    }
    println!(
        "\ncargo run --release --features cloud -- serve \\\n    --database {}/mysql \\\n    \
         --blobs s3://{BUCKET}/demo --blobs-endpoint {} \\\n    --queue sqs://demo --queue-endpoint {}",
        servers.database.url(),
        servers.objects.url(),
        servers.queue.url()
    );
    println!("\nThey stop with the end of the standard input (Ctrl-D).");
    let mut line = String::new();
    while std::io::stdin().read_line(&mut line).is_ok_and(|n| n > 0) {}
    Ok(())
}
