"""What goes wrong around the console, and what others notice of it; `-m matrix` has the long ones."""

from __future__ import annotations

import os
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

import raw
from conftest import BUILD, ConsoleSession
from test_access import certificate, enable, free_port
from test_console import is_card, is_firmware
from viewer import Viewer

NOTES: list[str] = []


@pytest.fixture(autouse=True)
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Figures that are recorded and decide nothing."""
    yield
    with capsys.disabled():
        while NOTES:
            print(f"\n  {NOTES.pop(0)}", end="")


def took_ms(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return (time.monotonic() - began) * 1000


def sees_card(session: ConsoleSession, seconds: float = 20) -> None:
    viewer = Viewer(session.console_socket(), seconds)
    viewer.until(lambda: viewer.address and is_card(viewer.picture()), seconds)
    viewer.close()


def settled(session: ConsoleSession) -> subprocess.Popen[bytes]:
    """A console that keeps what it will: malloc gives the 8 MiB of the first display's encoders back when that viewer leaves,
    and having seen such a size keeps those of the second for all later ones (M_MMAP_THRESHOLD in mallopt(3))."""
    console = session.start_console()
    for _ in range(2):
        sees_card(session)
    return console


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_kib(pid: int) -> int:
    """What is its own, once a viewer that has left is forgotten: of what it shares, others' weight would change its part."""
    time.sleep(0.5)
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Dirty:", "Private_Clean:")))


def cpu_ticks(pid: int) -> int:
    return sum(int(n) for n in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])


def noisy(session: ConsoleSession) -> None:
    """A front end whose pictures fill every socket."""
    programs = session.folder / "programs"
    programs.mkdir()
    for program in BUILD.glob("playthrough*"):
        if program.is_file() and program.name != "playthrough-gui":
            (programs / program.name).symlink_to(program)
    (programs / "playthrough-gui").symlink_to(Path(__file__).with_name("noisy_front.py"))
    session.env["PLAYTHROUGH_LIBEXEC_DIR"] = str(programs)


def test_stopped_viewer_holds_nobody_up(session: ConsoleSession) -> None:
    """One takes nothing, with more on its way than sockets hold, and the picture gets another size."""
    noisy(session)
    console = session.start_console(front=True)
    stalled = subprocess.Popen([sys.executable, str(Path(__file__).with_name("viewer.py")),
                                str(session.console_socket())], stdout=subprocess.PIPE)
    try:
        assert stalled.stdout and stalled.stdout.readline() == b"1600x900\n"
        stalled.send_signal(signal.SIGSTOP)
        time.sleep(1)
        assert session.run("start", "tiny").returncode == 0
        time.sleep(1)  # QEMU's picture has another size
        answered = took_ms(lambda: session.json("status", "tiny"))
        before = cpu_ticks(console.pid)
        time.sleep(1)
        busy = (cpu_ticks(console.pid) - before) * 1000 / os.sysconf("SC_CLK_TCK")

        def look() -> None:
            viewer = Viewer(session.console_socket(), 14)
            viewer.until(lambda: viewer.address, 14)
            seen.append(viewer)

        seen: list[Viewer] = []
        opened = took_ms(look)
        seen[0].until(lambda: seen[0].address and is_firmware(seen[0].picture()), 14)
        NOTES.append(f"a viewer is stopped during a resize: the daemon answers in {answered:.0f} ms, a new viewer has a "
                     f"picture in {opened:.0f} ms; the console used {busy:.0f} ms of a second")
        # libspice's own patience is 15 s: whoever waited for it would not be here yet.
        assert opened < 10000 and console.poll() is None
        assert session.run("stop", "tiny", "--force").returncode == 0
        seen[0].close()
    finally:
        stalled.kill()
        stalled.wait()


def test_viewer_that_goes_on_gets_the_new_size(session: ConsoleSession) -> None:
    """A stop of a while is no end: the resize waits, and comes."""
    noisy(session)
    session.start_console(front=True)
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.sizes[-1] == (1600, 900))
    time.sleep(1)  # nobody reads here
    assert session.run("start", "tiny").returncode == 0
    time.sleep(2)
    viewer.until(lambda: viewer.address and viewer.sizes[-1] != (1600, 900))
    assert viewer.ended == []
    viewer.close()


def test_console_killed_between_pictures(session: ConsoleSession) -> None:
    """Killed at moments while QEMU sends pictures: QEMU and the daemon do not notice, and the next one sees it."""
    assert session.run("start", "tiny").returncode == 0
    pid = session.json("status", "tiny")["pid"]
    for delay in (0.0, 0.02, 0.1):
        console = session.start_console()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(session.console_socket()))
        time.sleep(delay)
        console.kill()
        console.wait()
    session.start_console()
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    status = session.json("status", "tiny")
    assert status["pid"] == pid and status["state"] == "running"
    viewer.close()


def test_what_cannot_start_tells_why_and_rests(session: ConsoleSession) -> None:
    """Where systemd would start it anew at once; and it ends when it is told to."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(session.folder / "notify"))
        notify.settimeout(30)
        env = session.env | {"NOTIFY_SOCKET": str(session.folder / "notify"), "XDG_RUNTIME_DIR": "/proc/nowhere"}
        console = subprocess.Popen([str(BUILD / "playthrough-console"), "--session", "--no-front"], env=env,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = notify.recv(4096).decode()
    assert said.startswith("STATUS=") and "/proc/nowhere" in said
    assert console.poll() is None
    console.terminate()
    assert "/proc/nowhere" in console.communicate(timeout=30)[1] and console.returncode == 1


def test_qemu_killed(session: ConsoleSession) -> None:
    """The same connection goes on, and says why."""
    session.start_console()
    assert session.run("start", "tiny").returncode == 0
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    os.kill(session.json("status", "tiny")["pid"], signal.SIGKILL)
    ms = took_ms(lambda: viewer.until(lambda: viewer.address and is_card(viewer.picture())))
    NOTES.append(f"QEMU is killed: its end is seen after {ms:.0f} ms")
    assert viewer.ended == []
    assert session.json("status", "tiny")["state"] != "running"
    viewer.close()


def connect_often(session: ConsoleSession, times: int) -> None:
    """Whole viewers, ends in the middle of a link, and ends of one's own by turns."""
    for i in range(times):
        link = raw.Link(session.console_socket())
        if i % 5:
            link.sign_in()
        if i % 5 > 1:
            number = link.session()
        if i % 5 > 3:
            raw.Link(session.console_socket(), number, raw.INPUTS).sign_in().socket.close()
        link.socket.close()


def no_growth(session: ConsoleSession, times: int) -> None:
    console = settled(session)
    connect_often(session, 20)  # what is made once, and the allocator's own ways
    sees_card(session)
    idle = memory_kib(console.pid)
    before = descriptors(console.pid), idle
    connect_often(session, times)
    sees_card(session)
    late = memory_kib(console.pid)
    after = descriptors(console.pid), late
    NOTES.append(f"{times} connections: {before[0]} descriptors, then {after[0]}; {before[1]} KiB, then {after[1]}")
    assert after[0] <= before[0]
    # A key of 1024 bits alone is 1 KiB, a channel more: 512 bytes for each would be a leak, and pieces of free memory are not.
    assert after[1] - before[1] < 256 + times / 2


def test_connections_leave_nothing(session: ConsoleSession) -> None:
    no_growth(session, 30)


@pytest.mark.matrix
def test_500_connections_leave_nothing(session: ConsoleSession) -> None:
    no_growth(session, 500)


def answers(session: ConsoleSession) -> bool:
    try:
        raw.Link(session.console_socket()).socket.close()
    except OSError:
        return False
    return True


def half_open(session: ConsoleSession, count: int) -> None:
    console = settled(session)
    before, idle = memory_kib(console.pid), descriptors(console.pid)
    open_ones = []
    most = 0
    for i in range(count):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(20)
        try:
            one.connect(str(session.console_socket()))
            one.sendall(raw.hello() if i % 2 else b"RE")
        except (ConnectionError, BlockingIOError):  # refused at once; or more wait than may, since they are taken at a rate
            time.sleep(0.02)
        open_ones.append(one)
        if i % 50 == 49:
            most = max(most, descriptors(console.pid))

    def look() -> None:
        while not answers(session):  # as long as more wait than may
            time.sleep(0.02)
        sees_card(session)

    ms = took_ms(look)
    most = max(most, descriptors(console.pid))
    NOTES.append(f"{count} half-open connections: at most {most - idle} descriptors and "
                 f"{memory_kib(console.pid) - before} KiB more; a good viewer has its picture in {ms:.0f} ms")
    assert most - idle <= 2 * 24 + 60 and console.poll() is None
    for one in open_ones:
        one.close()
    sees_card(session)


@pytest.mark.matrix  # those by the network are in test_access.py
def test_1000_half_open_connections(session: ConsoleSession) -> None:
    half_open(session, 1000)


@pytest.mark.matrix
def test_half_open_ones_are_cut_in_time(session: ConsoleSession) -> None:
    session.start_console()
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(20)
    one.connect(str(session.console_socket()))
    assert one.recv(1) == b""


def garbage(session: ConsoleSession, times: int) -> None:
    """Before the ticket nothing that is sent may end the console."""
    console = session.start_console()
    chance = random.Random(6)
    for i in range(times):
        bytes_ = bytearray(raw.hello() + struct.pack("<I", i % 4) + chance.randbytes(chance.choice((4, 128, 5000))))
        for _ in range(chance.randrange(4)):
            bytes_[chance.randrange(len(bytes_))] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        if i % 7 == 6:
            bytes_ = bytearray(chance.randbytes(3000))
        with socket.socket(socket.AF_UNIX) as one:
            assert one.connect_ex(str(session.console_socket())) == 0, session.console_log()
            try:
                one.settimeout(20)
                one.sendall(bytes_)
                one.shutdown(socket.SHUT_WR)
                while one.recv(65536):
                    pass
            except ConnectionError:
                pass
    assert console.poll() is None, session.console_log()
    sees_card(session)


def test_garbage_in_place_of_a_link(session: ConsoleSession) -> None:
    garbage(session, 60)


@pytest.mark.matrix
def test_much_garbage_in_place_of_a_link(session: ConsoleSession) -> None:
    garbage(session, 3000)


SIZES = ((0xFFFFFFFF, 1 << 18), (8, 4000), (0, 0), (1, 1), (2048, 2048), (1 << 20, 1 << 18))  # claimed, sent
KINDS = (4, 6, 1, 2, 7, 99)


def send_to_agent(session: ConsoleSession, console: subprocess.Popen[bytes], most: int) -> None:
    for claimed, sent in SIZES[:most]:
        for kind in KINDS[:most]:
            link = raw.Link(session.console_socket()).sign_in()
            link.session()
            link.say(raw.MSGC_ATTACH_CHANNELS)
            link.say(raw.MSGC_AGENT_START, struct.pack("<I", 0xFFFFFFFF))
            data = struct.pack("<IIQI", 1, kind, 0, claimed) + b"\xff" * sent
            try:
                for at in range(0, len(data), 2048):
                    link.say(raw.MSGC_AGENT_DATA, data[at:at + 2048])
            except (ConnectionError, TimeoutError):
                pass
            link.socket.close()
            assert console.poll() is None, session.console_log()


def agent_messages(session: ConsoleSession, most: int) -> None:
    """Whether libspice lets the viewer go or not: nobody else notices, and nothing grows."""
    console = settled(session)
    after = []
    for _ in range(3):
        send_to_agent(session, console, most)
        sees_card(session)
        after.append(memory_kib(console.pid))
    NOTES.append(f"agent messages of any size: {after} KiB after each round")
    assert after[-1] - after[0] < 1024


def test_agent_messages_of_some_sizes(session: ConsoleSession) -> None:
    agent_messages(session, 2)


@pytest.mark.matrix
def test_agent_messages_of_any_size(session: ConsoleSession) -> None:
    agent_messages(session, 6)


@pytest.mark.matrix
def test_silent_display_costs_a_reconnect(session: ConsoleSession) -> None:
    """libspice waits 30 s for a channel's first word, and whoever comes meanwhile with it: the console begins anew."""
    console = session.start_console()
    main = raw.Link(session.console_socket()).sign_in()
    display = raw.Link(session.console_socket(), main.session(), raw.DISPLAY).sign_in()
    time.sleep(1)
    other = raw.Link(session.console_socket())
    other.socket.sendall(struct.pack("<I", 1) + raw.encrypted(other.key))
    began = time.monotonic()
    assert console.wait(28) == 1
    NOTES.append(f"a viewer is silent where libspice waits for it: the console ends after {time.monotonic() - began:.1f} s")
    assert "libspice waits" in session.console_log()
    display.socket.close()
    session.start_console()
    sees_card(session)


def test_second_beginning_costs_a_reconnect(session: ConsoleSession) -> None:
    """An assertion of libspice 0.15.1 that whoever may look can have fail (dcc.cpp, dcc_handle_init()): no setting of its
    changes that, and what it says is read by nobody before libspice. The VM goes on, and the next console shows it."""
    assert session.run("start", "tiny").returncode == 0
    pid = session.json("status", "tiny")["pid"]
    console = session.start_console()
    init = struct.pack("<BqBi", 1, 1 << 20, 1, 1 << 16)
    main = raw.Link(session.console_socket()).sign_in()
    display = raw.Link(session.console_socket(), main.session(), raw.DISPLAY).sign_in()
    display.say(raw.MSGC_DISPLAY_INIT, init)
    display.messages(1)
    display.say(raw.MSGC_DISPLAY_INIT, init)
    assert display.ended()
    main.socket.close()
    time.sleep(0.5)
    if console.poll() is not None:
        assert console.returncode == -signal.SIGABRT, session.console_log()
        session.start_console()
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    status = session.json("status", "tiny")
    assert status["pid"] == pid and status["state"] == "running"
    viewer.close()


def test_at_most_60_pictures_a_second(session: ConsoleSession) -> None:
    """However fast they come; and the front end's letters are never made a film."""
    noisy(session)
    session.env["NOISE"] = "tile"
    session.start_console(front=True)
    main = raw.Link(session.console_socket()).sign_in()
    display = raw.Link(session.console_socket(), main.session(), raw.DISPLAY).sign_in()
    display.say(raw.MSGC_DISPLAY_INIT, struct.pack("<BqBi", 1, 1 << 20, 1, 1 << 16))
    began = time.monotonic()
    display.messages(3)  # until the front end is there
    kinds = display.messages(2)
    draws = kinds.count(raw.MSG_DRAW_COPY)
    NOTES.append(f"{draws / 2:.0f} pictures a second of a front end that draws all the time")
    assert 0 < draws <= 60 * 2 + 8 and raw.MSG_STREAM_CREATE not in kinds, (kinds[:50], began)


def tls(session: ConsoleSession, port: int) -> socket.socket:
    """By its own certificate, as the file has it."""
    context = ssl.create_default_context(cafile=str(certificate(session)))
    context.check_hostname = False  # its name is no address
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20))


def test_sasl_is_no_way_around_the_ticket(session: ConsoleSession) -> None:
    """libspice offers it unasked, and over TLS its ANONYMOUS (where libsasl2-modules is installed)."""
    port = free_port()
    session.start_console()
    enable(session, port)
    link = raw.Link(tls(session, port))
    link.socket.sendall(struct.pack("<I", 2))
    try:
        mechanisms = link.take(struct.unpack("<I", link.take(4))[0]).strip(b",")
    except ConnectionError:
        return
    if mechanisms:
        link.socket.sendall(struct.pack("<I", 9) + b"ANONYMOUS" + struct.pack("<I", 5) + b"guest")
        pytest.fail(f"SASL goes on: {mechanisms!r}, {link.take(4)!r}")
