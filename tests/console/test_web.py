"""The console in a browser: a real Chromium, and strangers who speak HTTPS to it by hand."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest
from PIL import Image

from browser import Browser, Socket
from conftest import ConsoleSession
from test_access import free_port
from test_console import CARD, keep

BINARY = "Sec-WebSocket-Protocol: binary"


class Web:
    """Where it is, and how to speak to it without a browser."""

    def __init__(self, session: ConsoleSession) -> None:
        self.session = session
        self.port = free_port()
        self.ticket = ""
        self.context = ssl.create_default_context()
        self.context.check_hostname = False

    def start(self, front: bool = False) -> None:
        self.session.start_console(front=front)
        done = self.session.run("console", "enable", "--listen", f"127.0.0.1:{free_port()}", "--web", self.host)
        assert done.returncode == 0, done.stderr + self.session.daemon_log()
        self.ticket = done.stdout.strip().rsplit(" ", 1)[1]
        end = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < end, self.session.console_log()
            time.sleep(0.05)
        self.context.load_verify_locations(self.session.home / ".local/state/playthrough/console/certificate.pem")

    def answers(self) -> bool:
        """Whether the console listens by now, and not only the daemon, whose socket it is."""
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        try:
            with anybody.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=1)):
                return True
        except OSError:
            return False

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connect(self) -> ssl.SSLSocket:
        return self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=20))

    def ask(self, text: str) -> tuple[int, dict[str, str], bytes]:
        """One request as it stands, and the answer."""
        with self.connect() as stream:
            stream.sendall(text.encode())
            answer = b""
            while got := stream.recv(1 << 16):
                answer += got
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *fields = head.decode().split("\r\n")
        return int(first.split()[1]), {k.lower(): v for k, v in (f.split(": ", 1) for f in fields)}, body

    def get(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        return self.ask(f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n")

    def open(self, *fields: str) -> Socket:
        return Socket(self.connect(), self.host, "/spice", *(fields or (BINARY,)))

    def descriptors(self) -> int:
        assert self.session.console
        return len(os.listdir(f"/proc/{self.session.console.pid}/fd"))

    def settle(self, most: int, seconds: float = 20) -> int:
        """Descriptors, once no more than so many are left."""
        end = time.monotonic() + seconds
        while (n := self.descriptors()) > most and time.monotonic() < end:
            time.sleep(0.1)
        return n


@pytest.fixture
def web(session: ConsoleSession) -> Web:
    return Web(session)


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser()
    try:
        yield made
    finally:
        made.close()


def link_message() -> bytes:
    """What a viewer says first (SpiceLinkHeader, SpiceLinkMess), for the main channel."""
    body = struct.pack("<IBBIII", 0, 1, 0, 1, 1, 18) + struct.pack("<II", 0b1011, 1)
    return struct.pack("<4sIII", b"REDQ", 2, 2, len(body)) + body


def colours(picture: Image.Image) -> int:
    return len(picture.getcolors(1 << 24) or [])


def canvas(browser: Browser) -> Image.Image:
    """The picture in the page, without the page."""
    box = browser.run("(() => { const c = document.querySelector('#screen canvas'); if (!c) return null;"
                      "const b = c.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })()")
    if not box:
        return Image.new("RGB", (1, 1))
    return browser.picture().crop(tuple(round(side) for side in box))


def enter(browser: Browser, web: Web, ticket: str) -> None:
    browser.run("document.getElementById('ticket').value = ''")
    browser.click("ticket")
    browser.type(ticket)
    browser.click("connect")


def notice(browser: Browser) -> str:
    return browser.run("document.getElementById('notice').textContent")


def test_front_end_in_a_browser(web: Web, browser: Browser) -> None:
    """A wrong ticket is refused; with the right one the front end is seen, keys reach it, and a game takes its place."""
    web.start(front=True)
    browser.open(f"https://{web.host}/")
    browser.until(lambda: browser.run("document.documentElement.lang") == "en")
    keep(browser.picture(), "browser-login")
    enter(browser, web, "wrong horse")
    browser.until(lambda: notice(browser) == "The password is wrong.")
    browser.click("language")
    keep(browser.picture(), "browser-login-russian")
    assert "Пароль" in browser.run("document.querySelector('label').innerText")
    browser.click("language")
    enter(browser, web, web.ticket)
    browser.until(lambda: colours(canvas(browser)) > 200)
    browser.until(lambda: browser.run("(c => [c.width, c.height])(document.querySelector('#screen canvas'))")
                  == browser.run("(s => [s.clientWidth & ~7, s.clientHeight & ~7])(document.getElementById('screen'))"))
    browser.until(lambda: colours(canvas(browser)) > 200)
    still(browser)
    keep(browser.picture(), "browser-front-end")
    before = canvas(browser).tobytes()
    browser.key("ArrowUp", number=38)
    browser.until(lambda: canvas(browser).tobytes() != before)
    still(browser)
    keep(browser.picture(), "browser-front-end-after-a-key")

    browser.run("window.same = document.getElementById('view')")
    assert web.session.run("start", "tiny").returncode == 0
    browser.until(lambda: is_firmware(canvas(browser)))
    keep(browser.picture(), "browser-firmware")
    browser.click("switch")
    browser.until(lambda: colours(canvas(browser)) > 200)
    browser.click("switch")
    browser.until(lambda: is_firmware(canvas(browser)))
    assert web.session.run("stop", "tiny", "--force").returncode == 0
    browser.until(lambda: colours(canvas(browser)) > 200)
    assert browser.run("!window.same.hidden") and not notice(browser)
    browser.click("leave")
    browser.until(lambda: not browser.run("document.getElementById('login').hidden"))
    assert not [line for line in browser.said if "Content Security Policy" in line], browser.said


def is_firmware(picture: Image.Image) -> bool:
    """White letters of SeaBIOS on black; the browser may have made it smaller, which softens them."""
    grey = picture.convert("L")
    return picture.width > 1 and picture.getpixel((5, picture.height - 5)) == (0, 0, 0) and \
        grey.getextrema()[1] > 120 and sum(grey.histogram()[:40]) > 0.9 * picture.width * picture.height


def still(browser: Browser, seconds: float = 150) -> None:
    """The picture has come to rest."""
    end = time.monotonic() + seconds
    before = None
    while (now := canvas(browser).tobytes()) != before:
        assert time.monotonic() < end
        before = now
        time.sleep(1)


def sent_keys(browser: Browser) -> list[int]:
    return browser.run("window.sentKeys.splice(0)")


def test_keys_go_by_their_place(web: Web, browser: Browser) -> None:
    """In a Russian layout a key has another letter and another number, and is the same key."""
    web.start()
    browser.open(f"https://{web.host}/")
    enter(browser, web, web.ticket)
    browser.until(lambda: is_card(canvas(browser)))
    # SPICE_MSGC_INPUTS_KEY_DOWN is 101 and UP 102: type, size, code
    browser.run("""(() => { window.sentKeys = []; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { const v = new DataView(data);
            if (data.byteLength === 10 && (v.getUint16(0, true) === 101 || v.getUint16(0, true) === 102))
                window.sentKeys.push(v.getUint32(6, true));
            return send.call(this, data); }; })()""")
    browser.click("screen")
    for code, letter, number, down, up in (
            ("KeyQ", "й", 81, 0x10, 0x90), ("BracketRight", "ъ", 0, 0x1b, 0x9b), ("Backquote", "ё", 192, 0x29, 0xa9),
            ("Period", "ю", 0, 0x34, 0xb4), ("IntlBackslash", "/", 226, 0x56, 0xd6), ("NumpadEnter", "Enter", 13, 0x1ce0, 0x9ce0),
            ("ArrowLeft", "ArrowLeft", 37, 0x4be0, 0xcbe0), ("Pause", "Pause", 19, 0x451de1, 0xc59de1)):
        browser.key(code, letter, number)
        assert sent_keys(browser) == [down, up], code
    browser.click("delete")
    assert sent_keys(browser) == [0x1d, 0x38, 0x53e0, 0xd3e0, 0xb8, 0x9d]
    # A key that is held when the window is left is let go.
    browser.call("Input.dispatchKeyEvent", type="rawKeyDown", code="ControlLeft", key="Control", modifiers=2)
    browser.run("window.dispatchEvent(new Event('blur'))")
    assert sent_keys(browser) == [0x1d, 0x9d]
    # The keyboard of a tablet tells letters.
    browser.click("type")
    browser.type("Йz")
    assert sent_keys(browser) == [0x2a, 0x10, 0x90, 0xaa, 0x2c, 0xac]


def is_card(picture: Image.Image) -> bool:
    return picture.width > 1 and picture.getpixel((5, 5)) == CARD and colours(picture) >= 3


def test_pointer_in_a_smaller_picture(web: Web, browser: Browser) -> None:
    """The place is told in the picture's own pixels, however large it is shown."""
    web.start()
    browser.open(f"https://{web.host}/")
    enter(browser, web, web.ticket)
    browser.until(lambda: is_card(canvas(browser)))
    browser.run("""(() => { window.places = []; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { const v = new DataView(data);
            if (data.byteLength === 17 && v.getUint16(0, true) === 112)
                window.places.push([v.getUint32(6, true), v.getUint32(10, true)]);
            return send.call(this, data); };
        const c = document.querySelector('#screen canvas'); c.style.width = c.width / 2 + 'px'; })()""")
    left, top, width = browser.run("(b => [b.left, b.top, b.width])"
                                   "(document.querySelector('#screen canvas').getBoundingClientRect())")
    browser.click_at(left + width / 2, top + 50)
    whole = browser.run("document.querySelector('#screen canvas').width")
    browser.until(lambda: browser.run("window.places.length"))
    x, y = browser.run("window.places[0]")
    assert abs(x - whole / 2) <= 2 and abs(y - 100) <= 2


def test_a_password_that_begins_with_zeros(web: Web, browser: Browser) -> None:
    """As it is encrypted: one channel of 256 has such a one."""
    web.start()
    browser.open(f"https://{web.host}/")
    browser.until(lambda: browser.run("document.readyState") == "complete")  # and its own module has run
    browser.run("""import("./spice-html5/spiceconn.js").then(m => m.SpiceConn.prototype.send_ticket.call(
        {ws: {send: (bytes) => { window.sent = [...new Uint8Array(bytes)]; }}}, [1, 2, 3]))""")
    browser.until(lambda: browser.run("window.sent && window.sent.length"))
    assert browser.run("window.sent")[4:] == [0] * 125 + [1, 2, 3]


def test_taken_over(web: Web, browser: Browser) -> None:
    """Another viewer takes the place of the first, which is told."""
    web.start()
    browser.open(f"https://{web.host}/")
    enter(browser, web, web.ticket)
    browser.until(lambda: is_card(canvas(browser)))
    second = Browser(800, 600)
    try:
        second.open(f"https://{web.host}/")
        enter(second, web, web.ticket)
        second.until(lambda: is_card(canvas(second)))
        browser.until(lambda: "connection has ended" in notice(browser))
    finally:
        second.close()


def test_pictures_are_packed(web: Web, browser: Browser) -> None:
    """Though libspice sees a local socket: what is drawn after the first picture, too."""
    web.start()
    browser.open(f"https://{web.host}/")
    enter(browser, web, web.ticket)
    browser.until(lambda: is_card(canvas(browser)))

    def sent() -> int:
        told = subprocess.run(["ss", "-tinH", f"sport = :{web.port}"], check=True, capture_output=True, text=True)
        return sum(int(field[11:]) for field in told.stdout.split() if field.startswith("bytes_sent:"))

    before = sent()
    assert web.session.run("start", "tiny").returncode == 0
    browser.until(lambda: is_firmware(canvas(browser)))
    # QEMU's own words at 640x480, and the firmware's at 720x400: each would be a megabyte and more.
    assert 0 < sent() - before < 300_000


def test_what_is_served(web: Web) -> None:
    web.start()
    for path, kind in (("/", "text/html"), ("/play.js", "text/javascript"), ("/play.css", "text/css"),
                       ("/keys.js", "text/javascript"), ("/spice-html5/main.js", "text/javascript"),
                       ("/spice-html5/thirdparty/jsbn.js", "text/javascript")):
        status, fields, body = web.get(path)
        assert status == 200 and fields["content-type"].startswith(kind) and len(body) == int(fields["content-length"])
        assert fields["x-content-type-options"] == "nosniff" and fields["cache-control"] == "no-store"
        assert "default-src 'none'" in fields["content-security-policy"]
        assert "frame-ancestors 'none'" in fields["content-security-policy"]
        status, fields, body = web.get(path, "HEAD")
        assert status == 200 and not body and int(fields["content-length"]) > 0
    for path in ("/spice-html5", "/spice-html5/", "/spice-html5/spice.html", "/index.html", "/../etc/passwd",
                 "/spice-html5/../../../../etc/passwd", "/%2e%2e/etc/passwd", "/spice-html5/..%2f..%2fetc/passwd",
                 "//etc/passwd", "/play.js/", "/" + "a" * 4000):
        assert web.get(path)[0] == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        status, fields, _ = web.get("/", method)
        assert status == 405 and fields["allow"] == "GET, HEAD"
    assert web.get("/spice", "HEAD")[0] == 404
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as plain:  # nothing in plain text
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in plain.recv(4096)


def test_who_may_open_a_websocket(web: Web) -> None:
    web.start()
    origin = f"Origin: https://{web.host}"
    assert web.open(BINARY, origin).status == 101
    assert web.open("Sec-WebSocket-Protocol: chat, binary").status == 101
    assert web.open(BINARY, "Origin: https://example.org").status == 403
    assert web.open(BINARY, f"Origin: http://{web.host}").status == 403
    assert web.open(BINARY, "Origin: null").status == 403
    assert web.open(origin).status == 400
    assert web.get("/spice")[0] == 400
    good = f"GET /spice HTTP/1.1\r\nHost: {web.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{BINARY}\r\n"
    assert web.ask(good + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   "Connection: close\r\n\r\n")[0] == 426
    assert web.ask(good + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\nConnection: close\r\n\r\n")[0] == 400


def spice_ticket(opened: Socket, ticket: str, folder: Path) -> int:
    """Shows a ticket by hand; libspice's result."""
    opened.send(link_message(), 2)
    stream = b""
    while len(stream) < 16 or len(stream) < 16 + struct.unpack_from("<I", stream, 12)[0]:
        stream += opened.receive()
    key = folder / "key.der"
    key.write_bytes(stream[16 + 4:16 + 4 + 162])
    done = subprocess.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", str(key), "-pkeyopt",
                           "rsa_padding_mode:oaep"], input=ticket.encode() + b"\0", capture_output=True, check=True)
    opened.send(struct.pack("<I", 1) + done.stdout, 2)
    return struct.unpack("<I", opened.receive())[0]


def test_wrong_tickets_are_slowed_down(web: Web) -> None:
    web.start()
    for _ in range(5):
        opened = web.open()
        assert spice_ticket(opened, "wrong horse", web.session.folder) == 7
        opened.stream.close()
    assert web.open().status == 429
    time.sleep(1.5)
    good = web.open()
    assert spice_ticket(good, web.ticket, web.session.folder) == 0
    assert web.open().status == 101
    status = web.session.json("console", "status")
    assert "127.0.0.1" in web.session.console_log() and status["web"] == web.host


def test_many_come_and_go(web: Web) -> None:
    """500 connections that end in every way leave nothing behind."""
    web.start()
    web.get("/")
    before = web.settle(0, 3)
    for i in range(500):
        kind = i % 5
        if kind == 0:
            web.get("/play.js")
        elif kind == 1:  # nothing but a connection
            socket.create_connection(("127.0.0.1", web.port), timeout=20).close()
        elif kind == 2:  # cut off
            stream = web.open().stream
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.close()
        elif kind == 3:
            opened = web.open()
            opened.send(link_message(), 2)
            opened.stream.close()
        else:  # half closed
            opened = web.open()
            opened.send(b"\x00" * 100, 2)
            opened.stream.close()
    assert web.settle(before) <= before
    assert web.get("/")[0] == 200


def test_those_who_say_nothing(web: Web) -> None:
    """One address has a bounded number of connections, and they end by themselves."""
    web.start()
    web.get("/")
    before = web.settle(0, 3)
    silent = [socket.create_connection(("127.0.0.1", web.port), timeout=5) for _ in range(60)]
    time.sleep(1)
    assert web.descriptors() <= before + 41
    time.sleep(32)
    assert web.settle(before, 10) <= before
    for stream in silent:
        stream.close()
    assert web.get("/")[0] == 200


def test_websocket_without_a_ticket_ends(web: Web) -> None:
    web.start()
    opened = [web.open() for _ in range(3)]
    half = web.open()
    half.send(link_message(), 2)
    began = time.monotonic()
    for one in (*opened, half):
        one.stream.settimeout(40)
        with pytest.raises((ConnectionError, OSError)):
            while True:
                one.receive()
    assert 10 < time.monotonic() - began < 40


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_stalled_one_costs_nobody_else(web: Web, browser: Browser) -> None:
    """One asks for much and takes nothing; another sees and types as before, and nothing spins."""
    web.start()
    stalled = [web.connect() for _ in range(10)]
    for stream in stalled:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.sendall((f"GET /spice-html5/display.js HTTP/1.1\r\nHost: {web.host}\r\n\r\n" * 20).encode())
    waiting = web.open()
    waiting.send(link_message(), 2)
    began = time.monotonic()
    assert web.get("/")[0] == 200
    assert time.monotonic() - began < 3
    browser.open(f"https://{web.host}/")
    enter(browser, web, web.ticket)
    browser.until(lambda: is_card(canvas(browser)))
    assert web.session.console
    used = cpu_seconds(web.session.console.pid)
    time.sleep(3)
    assert cpu_seconds(web.session.console.pid) - used < 0.3
    for stream in stalled:
        stream.close()
