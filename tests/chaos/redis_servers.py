"""Redis servers that are killed, stalled and promoted: one, under Sentinel, and as a cluster."""

import random
import signal
import socket
import subprocess
import time

from harness.process import free_port

# What the gateway asks of a server before it trusts it. Redis before 7.2 has no WAITAOF.
DURABLE = (
    "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "",
    "--repl-diskless-sync-delay", "0",
)


def until(what, condition, within=40):
    """Waits for a condition; says what did not come."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.05)
    return found


class RedisServer:
    """A redis-server in a folder of its own, on loopback."""

    def __init__(self, folder, name, *arguments, port=None):
        self.folder = folder / name
        self.folder.mkdir()
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.arguments = arguments
        self.start()

    def start(self, *more):
        with open(self.folder / "log", "ab") as log:
            self.child = subprocess.Popen(
                ["redis-server", *self._file(), "--bind", "127.0.0.1", "--port", str(self.port),
                 "--dir", str(self.folder), *self.arguments, *more],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )
        until(f"an answer of {self.folder.name}", lambda: self.cli("ping") == "PONG")

    def _file(self):
        return []

    def cli(self, *command):
        """What redis-cli prints, or nothing where the server does not answer."""
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *command], capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def replicas_online(self):
        return self.cli("info", "replication").count("state=online")

    def is_primary(self):
        return "role:master" in self.cli("info", "replication")

    def kill(self):
        self.child.kill()
        self.child.wait()

    def pause(self):
        self.child.send_signal(signal.SIGSTOP)

    def resume(self):
        self.child.send_signal(signal.SIGCONT)


class SentinelServer(RedisServer):
    """Sentinel keeps its state in its configuration, so it needs a file."""

    def __init__(self, folder, name, primary):
        self.primary = primary
        super().__init__(folder, name)

    def _file(self):
        file = self.folder / "sentinel.conf"
        if not file.exists():
            file.write_text(
                f"sentinel monitor vault 127.0.0.1 {self.primary.port} 2\n"
                "sentinel down-after-milliseconds vault 1000\n"
                "sentinel failover-timeout vault 2000\n"
                "sentinel parallel-syncs vault 2\n"
            )
        return [str(file), "--sentinel"]

    def primary_port(self):
        answer = self.cli("sentinel", "get-master-addr-by-name", "vault").split()
        return int(answer[1]) if len(answer) == 2 else None

    def sees_all(self, replicas):
        """The other sentinels, and each replica as a sound one."""
        lines = self.cli("sentinel", "replicas", "vault").splitlines()
        flags = [value for name, value in zip(lines, lines[1:]) if name == "flags"]
        links = [value for name, value in zip(lines, lines[1:]) if name == "master-link-status"]
        quorum = self.cli("sentinel", "ckquorum", "vault").startswith("OK 3")
        return quorum and flags.count("slave") == replicas and links.count("ok") == replicas


class SentinelGroup:
    """A primary, its replicas, and three sentinels."""

    def __init__(self, folder, replicas, acknowledge):
        self.acknowledge = acknowledge
        primary = RedisServer(folder, "server-0", *DURABLE)
        self.servers = [primary]
        self.sentinels = []
        self.replicas = replicas
        for number in range(1, replicas + 1):
            replica = RedisServer(folder, f"server-{number}", *DURABLE)
            replica.cli("replicaof", "127.0.0.1", str(primary.port))
            self.servers.append(replica)
        until("replicas online", lambda: primary.replicas_online() == replicas)
        for number in range(3):
            self.sentinels.append(SentinelServer(folder, f"sentinel-{number}", primary))
        self.wait_until_sound()

    def vault(self, accept=None):
        """Its section; with fewer replicas to acknowledge than there are, the risk is accepted by name."""
        if accept is None:
            accept = ["failover"] if self.acknowledge < self.replicas else []
        return {"redis": {
            "sentinel": {"name": "vault", "sentinels": [sentinel.address for sentinel in self.sentinels]},
            "durability": {"fsync": True, "replicas": self.acknowledge}, "accept": accept, "timeout": "1s",
        }}

    def wait_until_sound(self):
        until("sentinels that see all", lambda: all(each.sees_all(self.replicas) for each in self.sentinels))

    def primary(self):
        port = self.sentinels[0].primary_port()
        return next(server for server in self.servers if server.port == port)

    def wait_for_another(self, dead):
        """The primary that all sentinels name after this one."""
        ports = [dead.port]
        until("a failover", lambda: {each.primary_port() for each in self.sentinels}.isdisjoint({None, *ports}))
        until("one primary", lambda: len({each.primary_port() for each in self.sentinels}) == 1)
        promoted = self.primary()
        until("a promoted replica", promoted.is_primary)
        return promoted

    def bring_back(self, dead, primary):
        """The dead one comes back with its files, as a replica of whoever is the primary by then."""
        dead.start("--replicaof", "127.0.0.1", str(primary.port))
        until("replicas online", lambda: self.primary().replicas_online() == self.replicas)

    def stop(self):
        for server in [*self.sentinels, *self.servers]:
            server.kill()


class Cluster:
    """Three primaries with a replica each."""

    def __init__(self, folder):
        options = (*DURABLE, "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
                   "--cluster-node-timeout", "1000")
        self.servers = [
            RedisServer(folder, f"node-{number}", *options, port=port)
            for number, port in enumerate(cluster_ports(6))
        ]
        done = subprocess.run(
            ["redis-cli", "--cluster", "create", *(server.address for server in self.servers),
             "--cluster-replicas", "1", "--cluster-yes"],
            capture_output=True, text=True, check=False, timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.wait_until_sound()

    def vault(self):
        return {"redis": {
            "cluster": [server.address for server in self.servers],
            "durability": {"fsync": True, "replicas": 1}, "timeout": "1s",
        }}

    def primaries(self):
        return [server for server in self.servers if server.child.poll() is None and server.is_primary()]

    def wait_until_sound(self):
        def is_sound():
            primaries = self.primaries()
            return (
                len(primaries) == 3
                and all(server.replicas_online() == 1 for server in primaries)
                and all("cluster_state:ok" in server.cli("cluster", "info") for server in self.servers)
            )
        until("a sound cluster", is_sound, 60)

    def wait_for_another(self):
        until("a failover", lambda: len(self.primaries()) == 3)

    def stop(self):
        for server in self.servers:
            server.kill()


def cluster_ports(count):
    """Free ports whose bus ports, 10,000 higher, are free as well."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 30000)
        try:
            for each in (port, port + 10000):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found
