//! Redis servers on loopback, each with a folder and a port of its own, ended with their test.
//!
//! `VEILGATE_REDIS_SERVER` and `VEILGATE_VALKEY_SERVER` name other programs than those in the path.

use redis::{Cmd, FromRedisValue, Value, cmd};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::redis::{Address, User};
use tempfile::TempDir;

/// The program, or `None` and a word about it where there is none.
pub(crate) fn redis() -> Option<String> {
    program("VEILGATE_REDIS_SERVER", "redis-server")
}

pub(crate) fn valkey() -> Option<String> {
    program("VEILGATE_VALKEY_SERVER", "valkey-server")
}

fn program(variable: &str, usual: &str) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let there = Command::new(&program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {program} is not here");
    }
    there.then_some(program)
}

pub(crate) struct Server {
    program: String,
    arguments: Vec<String>,
    folder: TempDir,
    pub(crate) port: u16,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL ends one that is stopped, too
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Server {
    /// An empty server with an append-only file; later arguments win.
    pub(crate) async fn start(program: &str, arguments: &[&str]) -> Self {
        // another process may take the port between the two
        for _ in 0..5 {
            let mut server = Self::spawn(program, arguments);
            if server.ready().await {
                return server;
            }
        }
        panic!("{program} does not start with {arguments:?}");
    }

    /// The same, but `None` where its program was built without TLS.
    pub(crate) async fn with_tls(program: &str, arguments: &[&str]) -> Option<Self> {
        let mut server = Self::spawn(program, arguments);
        if server.ready().await {
            return Some(server);
        }
        assert!(server.log().contains("TLS support"), "{}", server.log());
        println!("skipped: {program} was built without TLS");
        None
    }

    fn spawn(program: &str, arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let bus = free_port();
        let all = format!(
            "--bind 127.0.0.1 --port {port} --cluster-port {bus} --dir {} --save '' \
             --appendonly yes --appendfsync everysec --logfile log",
            folder.path().display()
        );
        let all = all.split_whitespace().map(|each| each.replace('\'', ""));
        let arguments = all.chain(arguments.iter().map(|each| (*each).to_owned()));
        let arguments: Vec<_> = arguments.collect();
        let child = spawn(program, &arguments);
        Self {
            program: program.to_owned(),
            arguments,
            folder,
            port,
            child,
        }
    }

    /// Waits until it answers; whether it does.
    async fn ready(&mut self) -> bool {
        loop {
            match self.try_ask::<Value>(&mut cmd("PING")).await {
                Ok(_) => return true,
                Err(error) if error.to_string().contains("NOAUTH") => return true,
                Err(_) if self.child.try_wait().unwrap().is_some() => return false,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    pub(crate) async fn replica(program: &str, primary: &Self) -> Self {
        let of = primary.port.to_string();
        let replica = Self::start(program, &["--replicaof", "127.0.0.1", &of]).await;
        replica.until_info("master_link_status:up").await;
        replica
    }

    /// A sentinel that watches `vault` at a primary, decides alone, and soon.
    pub(crate) async fn sentinel(program: &str, primary: &Self) -> Self {
        let sentinel = Self::sentinel_of(program, primary.port, "").await;
        // it must have heard of the replica, or it has none to promote
        sentinel.until_info("slaves=1").await;
        sentinel
    }

    /// A sentinel of a primary on a port, with more lines of its configuration.
    pub(crate) async fn sentinel_of(program: &str, primary: u16, more: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let file = folder.path().join("sentinel.conf");
        let text = format!(
            "bind 127.0.0.1\nport {port}\ndir {}\nsentinel monitor vault 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds vault 500\nsentinel failover-timeout vault 2000\n\
             {more}\n",
            folder.path().display(),
            primary,
        );
        std::fs::write(&file, text).unwrap();
        let arguments = vec![file.display().to_string(), "--sentinel".to_owned()];
        let mut sentinel = Self {
            program: program.to_owned(),
            child: spawn(program, &arguments),
            arguments,
            folder,
            port,
        };
        assert!(sentinel.ready().await);
        sentinel
    }

    /// A replica of the first of a cluster's nodes, with settings of its own.
    pub(crate) async fn cluster_replica(nodes: &[Self], arguments: &[&str]) -> Self {
        let of = &nodes[0];
        let arguments = [&["--cluster-enabled", "yes"], arguments].concat();
        let replica = Self::start(&of.program, &arguments).await;
        of.meet(&replica).await;
        let id: String = of.ask(cmd("CLUSTER").arg("MYID")).await;
        let mut replicate = cmd("CLUSTER");
        replicate.arg("REPLICATE").arg(id);
        // it has to hear of the other first
        while replica.try_ask::<()>(&mut replicate).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        replica.until_info("master_link_status:up").await;
        replica
    }

    /// Takes a cluster's slots over from the primary that it replicates, and waits until both know.
    pub(crate) async fn take_over(&self, primary: &Self) {
        let mut failover = cmd("CLUSTER");
        self.ask::<()>(failover.arg("FAILOVER").arg("TAKEOVER"))
            .await;
        self.until_info("role:master").await;
        primary.until_info("role:slave").await;
    }

    async fn meet(&self, other: &Self) {
        let mut meet = cmd("CLUSTER");
        let bus = other.arguments[5].clone();
        meet.arg("MEET").arg("127.0.0.1").arg(other.port).arg(bus);
        self.ask::<()>(&mut meet).await;
    }

    pub(crate) async fn cluster(program: &str) -> Vec<Self> {
        let mut nodes: Vec<Self> = Vec::new();
        for (number, slots) in [(0, 5460), (5461, 10922), (10923, 16383)]
            .iter()
            .enumerate()
        {
            let arguments = ["--cluster-enabled", "yes", "--appendfsync", "always"];
            let node = Self::start(program, &arguments).await;
            let mut epoch = cmd("CLUSTER");
            node.ask::<()>(epoch.arg("SET-CONFIG-EPOCH").arg(number + 1))
                .await;
            let mut add = cmd("CLUSTER");
            node.ask::<()>(add.arg("ADDSLOTSRANGE").arg(slots.0).arg(slots.1))
                .await;
            if let Some(first) = nodes.first() {
                node.meet(first).await;
            }
            nodes.push(node);
        }
        for node in &nodes {
            loop {
                let info: String = node.ask(cmd("CLUSTER").arg("INFO")).await;
                let slots: Vec<Value> = node.ask(cmd("CLUSTER").arg("SLOTS")).await;
                if info.contains("cluster_state:ok") && slots.len() == 3 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        nodes
    }

    pub(crate) fn address(&self) -> Address {
        Address::new("127.0.0.1", self.port)
    }

    pub(crate) async fn knows(&self, command: &str) -> bool {
        let known: Vec<Value> = self.ask(cmd("COMMAND").arg("INFO").arg(command)).await;
        known != [Value::Nil]
    }

    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &mut Cmd) -> T {
        self.try_ask(command).await.unwrap()
    }

    /// Adds an ACL user, who may only do what the rules say.
    pub(crate) async fn user(&self, name: &str, rules: &str) -> User {
        for rule in "reset on >secret".split(' ').chain(rules.split(' ')) {
            let mut set = cmd("ACL");
            set.arg("SETUSER").arg(name).arg(rule);
            let set = self.try_ask::<()>(&mut set).await;
            // Redis 7.0 has no such command
            assert!(set.is_ok() || rule == "+waitaof", "{rule}");
        }
        User {
            name: name.to_owned(),
            password: "secret".to_owned(),
        }
    }

    /// Changes a setting as an operator would.
    pub(crate) async fn set(&self, setting: &str, value: &str) {
        self.ask::<()>(cmd("CONFIG").arg("SET").arg(setting).arg(value))
            .await;
    }

    async fn try_ask<T: FromRedisValue>(&self, command: &mut Cmd) -> redis::RedisResult<T> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        command.query_async(&mut connection).await
    }

    /// Waits until `INFO` holds a line.
    pub(crate) async fn until_info(&self, line: &str) {
        // a server that changes its role closes all connections
        let holds = |info: redis::RedisResult<String>| info.is_ok_and(|info| info.contains(line));
        while !holds(self.try_ask(&mut cmd("INFO")).await) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a signal by the process's id.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it with SIGKILL, and starts it again over what it left.
    pub(crate) async fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.program, &self.arguments);
        assert!(self.ready().await, "{}", self.log());
    }

    /// The same with more arguments, of which later ones win.
    pub(crate) async fn crash_and_start(&mut self, arguments: &[&str]) {
        let more = arguments.iter().map(|each| (*each).to_owned());
        self.arguments.extend(more);
        self.crash().await;
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn spawn(program: &str, arguments: &[String]) -> Child {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
