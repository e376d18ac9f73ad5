"""The console on the network: enabled by the command line, with TLS and a ticket, bounded for strangers."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import ssl
import time
from pathlib import Path

import pytest

from conftest import ConsoleSession
from test_console import is_card, keep
from viewer import Viewer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(session: ConsoleSession) -> Path:
    return session.home / ".local/state/playthrough/console/certificate.pem"


def settings(session: ConsoleSession) -> Path:
    return session.home / ".config/playthrough/console.conf"


def enable(session: ConsoleSession, port: int) -> str:
    """The ticket."""
    done = session.run("console", "enable", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 0, done.stderr + session.daemon_log()
    return done.stdout.strip().rsplit(" ", 1)[1]


def look(session: ConsoleSession, port: int, ticket: str, seconds: float = 20) -> Viewer:
    return Viewer(None, seconds, host="127.0.0.1", tls_port=str(port), password=ticket,
                  ca_file=str(certificate(session)), cert_subject="CN=Playthrough")


def console_says(session: ConsoleSession, text: str) -> None:
    deadline = time.monotonic() + 5
    while text not in session.console_log():
        assert time.monotonic() < deadline, session.console_log()
        time.sleep(0.05)


def consoles(session: ConsoleSession) -> list[int]:
    found = []
    for pid in session.processes():
        try:
            if os.readlink(f"/proc/{pid}/exe").endswith("/playthrough-console"):
                found.append(pid)
        except OSError:
            continue
    return found


def refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def closed_at_once(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 5) as probe:
        probe.settimeout(0.5)
        try:
            return probe.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def test_enable_look_disable(session: ConsoleSession) -> None:
    port = free_port()
    session.start_console()
    assert session.json("console", "status")["enabled"] is False
    told = session.run("console", "enable", "--listen", f"127.0.0.1:{port}")
    ticket = told.stdout.strip().rsplit(" ", 1)[1]
    status = session.json("console", "status")
    print(told.stdout, json.dumps(status, indent=1))
    assert status["enabled"] and status["listen"] == f"127.0.0.1:{port}" and status["problem"] == ""
    assert status["urls"] == [f"spice://127.0.0.1?tls-port={port}"] and status["ticket"] == {"set": True, "expires": 0}
    assert ticket not in json.dumps(status) and oct(settings(session).stat().st_mode & 0o777) == "0o600"

    seen = hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))).hexdigest().upper()
    assert status["fingerprint"] == "SHA256 " + ":".join(seen[i:i + 2] for i in range(0, 64, 2))
    assert status["fingerprint"] in told.stdout and status["fingerprint"] in session.run("console").stdout

    wrong = look(session, port, "wrong horse", 0)
    wrong.until(lambda: wrong.ended)
    assert wrong.ended == ["MainChannel: error-auth"] and not wrong.sizes
    plain = Viewer(None, 0, host="127.0.0.1", port=str(port), password=ticket)
    plain.until(lambda: plain.ended)
    assert not plain.sizes

    viewer = look(session, port, ticket)
    viewer.until(lambda: is_card(viewer.picture()))
    assert session.json("console", "status")["viewer"] == {"connected": True, "from": "127.0.0.1"}
    assert session.run("console", "disable").returncode == 0
    viewer.until(lambda: viewer.ended, 3)
    assert refused(port)
    assert session.json("console", "status")["viewer"]["connected"] is False
    viewer.close()
    local = Viewer(session.console_socket())  # as before, without a ticket
    local.until(lambda: is_card(local.picture()))
    assert session.json("console", "status")["viewer"] == {"connected": True, "from": "this PC"}
    assert enable(session, port)  # whoever is there stays
    local.wait(0.5)
    assert local.ended == []
    local.close()


def test_one_takes_the_place_of_another(session: ConsoleSession) -> None:
    port = free_port()
    session.start_console()
    ticket = enable(session, port)
    first = Viewer(session.console_socket())
    first.until(lambda: is_card(first.picture()))
    before = first.picture().tobytes()
    second = look(session, port, ticket)
    first.until(lambda: first.ended)
    second.until(lambda: is_card(second.picture()) and second.picture().tobytes() != before)
    keep(second.picture(), "took-over")
    second.until(lambda: second.picture().tobytes() == before)
    console_says(session, "127.0.0.1 takes the place of the one from this PC")
    third = Viewer(session.console_socket())
    second.until(lambda: second.ended)
    console_says(session, "this PC takes the place of the one from 127.0.0.1")
    third.close()
    first.close()
    second.close()


def test_ticket_ends(session: ConsoleSession) -> None:
    """At its time nobody new comes in, and whoever is there stays."""
    port = free_port()
    ticket = "ABCD-EFGH-JKLM"
    assert session.daemon
    session.daemon.terminate()
    session.daemon.wait()
    settings(session).parent.mkdir(parents=True)
    expires = int(time.time()) + 6
    settings(session).write_text(f"enabled=yes\nlisten=127.0.0.1:{port}\nticket={ticket}\nticket-expires={expires}\n")
    session.start_console()
    session.start_daemon()
    viewer = None
    while not viewer and time.time() < expires - 1:
        if refused(port):
            time.sleep(0.1)
        else:
            viewer = look(session, port, ticket)
    assert viewer
    viewer.wait(max(0, expires + 0.5 - time.time()))
    assert viewer.ended == [] and session.json("console", "status")["ticket"] == {"set": False, "expires": expires}
    late = look(session, port, ticket, 0)
    late.until(lambda: late.ended)
    assert late.ended == ["MainChannel: error-auth"] and viewer.ended == []
    done = session.run("console", "ticket", "--minutes", "5")
    again = look(session, port, done.stdout.strip().rsplit(" ", 1)[1])
    again.until(lambda: is_card(again.picture()))
    assert session.json("console", "status")["ticket"]["expires"] - time.time() < 301
    again.close()
    viewer.close()


def test_half_open_connections(session: ConsoleSession) -> None:
    """A thousand that say nothing: bounded, and somebody with the ticket comes in while they are there."""
    port = free_port()
    console = session.start_console()
    ticket = enable(session, port)
    fds = Path(f"/proc/{console.pid}/fd")
    before = len(os.listdir(fds))
    crowd = []
    most = 0
    try:
        for _ in range(1000):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            crowd.append(one)
            if len(crowd) % 50 == 0:
                time.sleep(0.1)
                most = max(most, len(os.listdir(fds)))
        viewer = look(session, port, ticket, 40)
        viewer.until(lambda: is_card(viewer.picture()))
        most = max(most, len(os.listdir(fds)))
        print(f"descriptors: {before} before, {most} at most")
        assert most - before < 2 * 24 + 60
        viewer.wait(11)  # the time of the first ones is over, and others have come in their places
        assert viewer.ended == [] and len(os.listdir(fds)) - before < 2 * 24 + 60
    finally:
        for one in crowd:
            one.close()
    viewer.until(lambda: len(os.listdir(fds)) < before + 40)
    assert viewer.ended == [] and console.poll() is None
    viewer.close()


def test_wrong_tickets_wait(session: ConsoleSession) -> None:
    port = free_port()
    session.start_console()
    ticket = enable(session, port)
    for _ in range(6):
        while closed_at_once(port):
            time.sleep(0.1)
        wrong = look(session, port, "wrong horse", 0)
        wrong.until(lambda: wrong.ended)
        wrong.close()
    assert "did not come in (6 times by now)" in session.console_log()
    assert closed_at_once(port)
    began = time.monotonic()
    while closed_at_once(port):
        assert time.monotonic() - began < 10
        time.sleep(0.1)
    viewer = look(session, port, ticket)
    viewer.until(lambda: is_card(viewer.picture()))
    viewer.close()
    assert not closed_at_once(port)


def test_daemon_restarted(session: ConsoleSession) -> None:
    """Who looks goes on looking; the next daemon listens where the last one did."""
    port = free_port()
    session.start_console()
    ticket = enable(session, port)
    viewer = look(session, port, ticket)
    assert session.daemon
    session.daemon.kill()
    session.daemon.wait()
    deadline = time.monotonic() + 5
    while not refused(port):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    session.start_daemon()
    while refused(port):
        assert time.monotonic() < deadline + 10
        time.sleep(0.05)
    viewer.wait(0.5)
    assert viewer.ended == []
    viewer.close()
    again = look(session, port, ticket)
    again.until(lambda: is_card(again.picture()))
    again.close()


def test_console_killed(session: ConsoleSession) -> None:
    """Enabled, the session's daemon starts a console where none runs, and another one after that."""
    port = free_port()
    ticket = enable(session, port)
    assert session.json("console", "status")["running"]
    viewer = look(session, port, ticket, 40)
    assert session.run("console", "disable").returncode == 0
    viewer.until(lambda: viewer.ended)
    viewer.close()
    assert session.run("console", "enable", "--listen", f"127.0.0.1:{port}").returncode == 0
    for pid in consoles(session):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not session.json("console", "status")["viewer"]["connected"]:
        assert time.monotonic() < deadline
        try:
            viewer = look(session, port, ticket, 5)
        except AssertionError:
            continue
    viewer.close()


def test_vv_file(session: ConsoleSession) -> None:
    """remote-viewer's own file: what it says lets one in."""
    port = free_port()
    session.start_console()
    assert session.run("console", "status", "--vv").returncode == 1
    enable(session, port)
    done = session.run("console", "ticket", "--vv")
    assert done.returncode == 0, done.stderr
    fields = dict(line.split("=", 1) for line in done.stdout.splitlines()[1:])
    assert done.stdout.startswith("[virt-viewer]\n") and fields["type"] == "spice"
    ca = session.folder / "ca.pem"
    ca.write_text(fields["ca"].replace("\\n", "\n"))
    viewer = Viewer(None, host=fields["host"], tls_port=fields["tls-port"], password=fields["password"],
                    ca_file=str(ca), cert_subject=fields["host-subject"])
    viewer.until(lambda: is_card(viewer.picture()))
    viewer.close()
    assert "password" not in session.run("console", "status", "--vv").stdout


@pytest.mark.parametrize(("words", "said"), [
    (("--listen", "nowhere"), "not an address and a port"),
    (("--listen", "192.0.2.77:5930"), "this PC does not have the address"),
    (("--web", "localhost:1"), "not an address and a port"),
    (("--minutes", "never"), "--minutes never"),
])
def test_careless_networks(session: ConsoleSession, words: tuple[str, ...], said: str) -> None:
    done = session.run("console", "enable", *words)
    assert done.returncode == 1 and said in done.stderr, done.stderr
    assert session.json("console", "status")["enabled"] is False


def test_port_of_another(session: ConsoleSession) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = session.run("console", "enable", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
        assert done.returncode == 1 and "another program has the port" in done.stderr
    assert session.json("console", "status")["enabled"] is False


def test_a_vm_of_such_a_name(session: ConsoleSession) -> None:
    session.profile("status", session.profiles.joinpath("tiny.profile").read_text())
    session.start_console()
    assert "not on the network" in session.run("console", "status").stdout
    shown = session.run("console", "--", "status")
    assert shown.returncode == 0 and "spice+unix://" in shown.stdout
