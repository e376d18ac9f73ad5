"""Disks on the network: a guest reads and writes one through iSCSI and NFS. The servers are tgt and nfs-ganesha, and all of it, with the
session's daemon, is in a network namespace of its own, since NFS is looked for at the ports of everybody."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from session import BUILD, Session
from storage import MIB, pattern, sum_of, written
from test_storage import first_root, raw, said, start, stop, write_profile  # noqa: F401

TARGET = "iqn.2026-01.org.example:games"
PASSWORD = "fourteen words"  # CHAP's are 12 to 16 characters
LIMIT_S, GUEST_S = 60, 240
# What is served over NFS version 3 alone, which QEMU speaks.
GANESHA = """NFS_CORE_PARAM {{ Protocols = 3; Enable_NLM = false; Enable_RQUOTA = false; }}
EXPORT {{ Export_Id = 1; Path = {folder}; Pseudo = /games; Protocols = 3; Transports = TCP; Access_Type = RW;
	Squash = No_Root_Squash; SecType = sys; PrivilegedPort = false; FSAL {{ Name = VFS; }} }}
"""


class Secluded(Session):
    """A session in a network of its own, where servers are, too."""

    def __init__(self) -> None:
        super().__init__()
        self.servers: list[subprocess.Popen[bytes]] = []
        inside = "mount -t tmpfs tmpfs /run && mkdir /run/rpcbind /run/tgtd && ip link set lo up && echo ready && exec cat"
        self.keeper = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-ec", inside],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.keeper.stdout and self.keeper.stdout.readline() == b"ready\n"

    def inside(self, *command: Any) -> list[str]:
        return ["nsenter", "-t", str(self.keeper.pid), "-n", "-m", *map(str, command)]

    def serve(self, *command: Any) -> None:
        log = (self.folder / f"{Path(command[0]).name}.log").open("ab")
        self.servers.append(subprocess.Popen(self.inside(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def end_servers(self) -> None:
        for server in self.servers:
            server.kill()  # tgtd ends by nothing less while somebody is connected
        for server in self.servers:
            server.wait(LIMIT_S)
        self.servers = []

    def works(self, *command: Any) -> bool:
        return subprocess.run(self.inside(*command), capture_output=True, timeout=LIMIT_S).returncode == 0

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not what():
            assert time.monotonic() < deadline, "".join(p.read_text() for p in self.folder.glob("*.log"))
            time.sleep(0.2)

    def start_daemon(self, **env: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "daemon.log").open("ab")
        self.daemon = subprocess.Popen(self.inside(BUILD / "playthroughd", "--session"), env=self.env | env,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for(lambda: self.socket().exists())
        return self.daemon

    def close(self) -> None:
        super().close()
        self.end_servers()
        self.keeper.kill()
        self.keeper.communicate()


@pytest.fixture
def secluded() -> Iterator[Secluded]:
    made = Secluded()
    try:
        made.start_daemon()
        yield made
    finally:
        made.close()


def disk(url: str, more: str = "") -> str:
    return f"[disk far]\nurl = {url}\nserial = FAR\nwritable = yes\n{more}"


def expect_use(session: Secluded, first_root: Path, far: Path, section: str) -> None:  # noqa: F811
    """The guest sees what is in the server's file, and what it writes is there."""
    write_profile(session, first_root, section, "storage.write=FAR")
    with far.open("rb") as file:
        head = file.read(MIB)
    assert written(far) != pattern()
    start(session)
    said(session, rf"^disk \S+ serial=FAR bytes={16 * MIB} by=virtio_blk sum={sum_of(head)}\r?$", GUEST_S)
    said(session, r"^wrote FAR\r?$", GUEST_S)
    stop(session)
    assert written(far) == pattern()


# --- iSCSI ---


def serve_iscsi(session: Secluded, far: Path) -> str:
    def admin(*words: str) -> None:
        assert session.works("tgtadm", "--lld", "iscsi", *words), words

    session.serve("tgtd", "-f", "--iscsi", "portal=127.0.0.1:3260")
    session.wait_for(lambda: session.works("tgtadm", "--lld", "iscsi", "--op", "show", "--mode", "target"))
    admin("--op", "new", "--mode", "target", "--tid", "1", "-T", TARGET)
    admin("--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", str(far))
    admin("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")
    admin("--op", "new", "--mode", "account", "--user", "gamer", "--password", PASSWORD)
    admin("--op", "bind", "--mode", "account", "--tid", "1", "--user", "gamer")
    return f"iscsi://gamer@127.0.0.1/{TARGET}/1"


def password_file(session: Session, text: str) -> str:
    path = session.folder / "chap"
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return f"secret-file = {path}\n"


def test_iscsi(secluded: Secluded, first_root: Path) -> None:  # noqa: F811
    """With CHAP; whoever has another password is refused by the server, and told so."""
    far = raw(secluded.home / "far.raw", head=b"over iSCSI")
    url = serve_iscsi(secluded, far)
    write_profile(secluded, first_root, disk(url, password_file(secluded, "another word 1")))
    refused = secluded.run("start", "store")
    assert refused.returncode == 1 and "Authentication failure" in refused.stderr, refused.stderr
    expect_use(secluded, first_root, far, disk(url, password_file(secluded, PASSWORD)))


# --- NFS ---


def serve_nfs(session: Secluded, folder: Path) -> str:
    config = session.folder / "ganesha.conf"
    config.write_text(GANESHA.format(folder=folder))
    session.serve("rpcbind", "-f")
    session.wait_for(lambda: session.works("rpcinfo", "-T", "tcp", "127.0.0.1", "portmapper"))
    session.serve("ganesha.nfsd", "-F", "-f", config, "-L", session.folder / "ganesha.log", "-p", "/run/ganesha.pid")
    session.wait_for(lambda: session.works("rpcinfo", "-T", "tcp", "127.0.0.1", "nfs", "3"))
    return f"nfs://127.0.0.1{folder}/far.raw"


def test_nfs(secluded: Secluded, first_root: Path) -> None:  # noqa: F811
    """And where its server is gone, a start says so."""
    folder = secluded.home / "export"
    folder.mkdir()
    far = raw(folder / "far.raw", head=b"over NFS")
    url = serve_nfs(secluded, folder)
    expect_use(secluded, first_root, far, disk(url))
    write_profile(secluded, first_root, disk(url.replace("far.raw", "other.raw")))
    refused = secluded.run("start", "store")
    assert refused.returncode == 1 and "other.raw" in refused.stderr, refused.stderr
    secluded.end_servers()
    write_profile(secluded, first_root, disk(url))
    refused = secluded.run("start", "store")
    assert refused.returncode == 1 and "mount" in refused.stderr, refused.stderr


# --- Ceph ---


def test_ceph_that_is_not_there(secluded: Secluded, first_root: Path) -> None:  # noqa: F811
    """There is no cluster here, but the driver is, and what it says is passed on."""
    write_profile(secluded, first_root, disk("rbd:games/far"))
    refused = secluded.run("start", "store")
    assert refused.returncode == 1 and "driver=rbd" in refused.stderr, refused.stderr
    assert "error connecting" in refused.stderr and "PT-DISK-11" not in refused.stderr, refused.stderr


# --- without a driver ---


@pytest.mark.parametrize("url", [f"iscsi://127.0.0.1/{TARGET}/1", "nfs://127.0.0.1/games/far.raw", "rbd:games/far"])
def test_a_driver_that_is_missing_is_named(secluded: Secluded, first_root: Path, url: str) -> None:  # noqa: F811
    """As on a PC without qemu-block-extra: QEMU finds its other modules."""
    modules = next(Path("/usr/lib").glob("*/qemu/block-iscsi.so")).parent
    assert secluded.works("sh", "-ec", f"cp -r {modules} /run/modules; rm /run/modules/block-*; mount --bind /run/modules {modules}")
    write_profile(secluded, first_root, disk(url))
    refused = secluded.run("start", "store")
    assert refused.returncode == 1, refused.stderr
    assert "(PT-DISK-11)" in refused.stderr and "apt install qemu-block-extra" in refused.stderr, refused.stderr
