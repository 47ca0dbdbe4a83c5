//! From SQLite to Redis, where there is a server: `VEILGATE_REDIS_SERVER`, or that of the path.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::{filled, folder, run, statistics};

struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// `None` where there is no such program.
    fn start() -> Option<Self> {
        let named = std::env::var("VEILGATE_REDIS_SERVER");
        let program = named.unwrap_or_else(|_| "redis-server".to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(&program)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", "always"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            println!("skipped: {program} is not here");
            return None;
        };
        let server = Self {
            child,
            port,
            _folder: folder,
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_vault_moves_to_redis_and_back() {
    let Some(server) = Server::start() else {
        return;
    };
    let folder = folder();
    let _filler = filled(&folder);
    let gateway = String::from_utf8(folder.read("gateway.yaml")).unwrap();
    let port = server.port;
    let redis = format!("redis: {{ server: \"127.0.0.1:{port}\" }}");
    folder.write(
        "redis.yaml",
        gateway.replace("sqlite: { file: vault.db }", &redis),
    );
    let told = run(&folder, "copy", &["--to-config", "redis.yaml"]).ok();
    assert_eq!(told.json()["imported"], 701);
    let in_file = statistics(&folder, "gateway.yaml");
    assert_eq!(statistics(&folder, "redis.yaml"), in_file);

    let redis = |command: &str, more: &[&str]| {
        let arguments = [&["vault", command, "--config", "redis.yaml"], more].concat();
        folder.run(&arguments).ok()
    };
    redis("verify", &[]);
    let told = redis("copy", &["--to-config", "other.yaml"]).json();
    assert_eq!(
        (&told["imported"], &told["conflicts"]),
        (&json!(701), &json!(0))
    );
    assert_eq!(statistics(&folder, "other.yaml"), in_file);
    let erased = redis("erase", &["--class", "pan", "--tenant", "acme", "--all"]);
    assert_eq!(erased.json()["records"], 250);
    let tenant = redis("erase", &["--all", "--tenant", "acme"]).json();
    assert_eq!(tenant["records"], 200);
    assert_eq!(redis("sweep", &[]).json()["swept"], 0);
}
