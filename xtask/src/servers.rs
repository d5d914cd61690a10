//! `cargo xtask servers`: MariaDB, an S3-compatible store and an SQS-compatible queue, real ones, in
//! private folders on loopback; for tests, for chaos, and for people who want to try `drape` on them.

use std::path::{Path, PathBuf};
use std::process::Command;

use drape_testing::{ACCESS_KEY, BUCKET, MariaDb, Queue, SECRET_KEY, Tools, Weed};

/// The servers; they stop when this is dropped.
pub(crate) struct Servers {
    pub(crate) database: MariaDb,
    pub(crate) objects: Weed,
    pub(crate) queue: Queue,
    /// Gone after the servers in it.
    _folder: Folder,
}

/// A temporary folder, gone when the servers in it are.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Servers {
    /// Starts all three, bringing their programs where they are missing.
    pub(crate) fn start() -> Result<Self, String> {
        let tools = Tools::ready(&Path::new("target").join("tools"))?;
        let folder = Folder(std::env::temp_dir().join(format!("drape-servers-{}", std::process::id())));
        let _ = std::fs::remove_dir_all(&folder.0);
        println!("== starting MariaDB, SeaweedFS and ministack");
        // Side by side, for each takes some seconds.
        std::thread::scope(|threads| {
            let database = threads.spawn(|| MariaDb::start(&folder.0.join("mariadb")));
            let objects = threads.spawn(|| Weed::start(&tools, &folder.0.join("weed")));
            let queue = Queue::start(&tools, &folder.0.join("queue"));
            let broken = |_| "a server's starter panicked".to_owned();
            let (database, objects) = (database.join().map_err(broken)?, objects.join().map_err(broken)?);
            Ok((database?, objects?, queue?))
        })
        .map(|(database, objects, queue)| Self { database, objects, queue, _folder: folder })
    }

    /// What tests are told, and the keys that programs find the usual way.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            (drape_testing::DATABASE, self.database.url()),
            (drape_testing::S3, self.objects.url()),
            (drape_testing::SQS, self.queue.url()),
        ];
        all.extend(keys());
        all
    }
}

/// Keys of the store and the queue, under the names that every program looks for.
pub(crate) fn keys() -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Starts the servers, says where they are, and stops them when the command (or standard input) ends.
pub(crate) fn run(command: &[String]) -> Result<(), String> {
    let servers = Servers::start()?;
    if let [program, args @ ..] = command {
        let status = Command::new(program).args(args).envs(servers.variables()).status();
        let status = status.map_err(|e| format!("{program}: {e}"))?;
        return if status.success() { Ok(()) } else { Err(format!("{program} failed")) };
    }
    for (name, value) in servers.variables() {
        println!("export {name}={value}");
    }
    println!(
        "\ncargo run --release -- serve \\\n    --database {}/mysql \\\n    --blobs s3://{BUCKET}/demo --blobs-endpoint {} \\\n    --queue sqs://demo --queue-endpoint {}",
        servers.database.url(),
        servers.objects.url(),
        servers.queue.url()
    );
    println!("\nThey stop with the end of the standard input (Ctrl-D).");
    let mut line = String::new();
    while std::io::stdin().read_line(&mut line).is_ok_and(|n| n > 0) {}
    Ok(())
}
