"""A VM's backup and restore, on this PC and on another one, which is another set of folders."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from conftest import BUILD, TINY, TOP, Session

MIB = 1 << 20
BODY = "[cpu]\naccel=tcg\nmodel=max\ncount=1\n[memory]\nsize=256M\n[boot]\nfirmware=uefi\ntpm=yes\n"


def state(session: Session, name: str = "game") -> Path:
    return session.home / ".local/state/playthrough" / name


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def make(session: Session) -> Path:
    """A VM with a hole in its disk, a drop-in, variables and a TPM; the folder of its image."""
    images = session.home / "images"
    images.mkdir()
    with (images / "disk.img").open("wb") as out:
        out.truncate(8 * MIB)
        out.seek(3 * MIB)
        out.write(os.urandom(200000))
    session.profile("game", BODY + f"[disk c]\nimage={images}/disk.img\nformat=raw\nwritable=yes\n")
    drop_ins = session.profiles / "game.profile.d"
    drop_ins.mkdir()
    (drop_ins / "10-title.conf").write_text("[vm]\ntitle=Игра\n")
    (state(session) / "tpm").mkdir(parents=True)
    (state(session) / "OVMF_VARS.fd").write_bytes(os.urandom(70000))
    (state(session) / "tpm" / "tpm2-00.permall").write_bytes(os.urandom(1300))
    return images


@pytest.fixture
def other() -> Iterator[Session]:
    """The other PC."""
    made = Session()
    (made.home / "images").mkdir()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def backup(session: Session) -> Path:
    make(session)
    done = session.run("backup", "game", str(session.home))
    assert done.returncode == 0, done.stderr
    return session.home / "game.tar"


def restore(pc: Session, file: Path, *args: str, **how: Any) -> subprocess.CompletedProcess[str]:
    return pc.run("restore", str(file), "--images", str(pc.home / "images"), *args, **how)


def is_empty(pc: Session) -> bool:
    """Nothing of a VM is there, by whichever name."""
    left = [p for p in (*pc.profiles.rglob("*"), *(pc.home / "images").rglob("*"), *state(pc, "").rglob("*"))
            if not p.is_dir()]
    return not left



# --- the whole way ---


def test_the_whole_way(session: Session, other: Session) -> None:
    """A VM that has run, with what its firmware and TPM have written, starts on another PC under another name."""
    images = session.home / "images"
    images.mkdir()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", images / "c.qcow2", "64M"], check=True)
    session.profile("game", BODY + f"[disk c]\nimage={images}/c.qcow2\nformat=qcow2\nwritable=yes\n")
    session.start_daemon()
    assert session.run("start", "game").returncode == 0, session.daemon_log()
    refused = session.run("backup", "game", str(session.home / "game.tar"))
    assert refused.returncode == 1 and "PT-BACKUP-01" in refused.stderr
    assert not list(session.home.glob("*game.tar*"))
    assert session.run("stop", "game", "--force").returncode == 0
    before = files(images) | files(state(session))
    document = session.json("backup", "game", str(session.home / "game.tar"))
    assert [item["kind"] for item in document["items"]] == ["profile", "variables", "tpm", "image"]
    assert files(images) | files(state(session)) == before

    rehearsed = restore(other, session.home / "game.tar", "--as", "copy", "--dry-run")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert str(other.home / "images/c.qcow2") in rehearsed.stdout and is_empty(other)
    done = restore(other, session.home / "game.tar", "--as", "copy")
    assert done.returncode == 0, done.stderr
    assert files(other.home / "images") == files(images)
    assert (state(other, "copy") / "OVMF_VARS.fd").read_bytes() == before["OVMF_VARS.fd"]
    assert str(other.home / "images/c.qcow2") in (other.profiles / "copy.profile").read_text()
    assert other.run("start", "copy").returncode == 0, other.daemon_log()
    assert other.run("stop", "copy", "--force").returncode == 0
    assert (state(session) / "OVMF_VARS.fd").read_bytes() == before["OVMF_VARS.fd"]


def test_images_on_images(session: Session, other: Session) -> None:
    """What an image stands on comes along, and lies beside it again; two disks of one name do not collide."""
    images = session.home / "images"
    for folder in ("a", "b"):
        (images / folder).mkdir(parents=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", images / folder / "base.qcow2", "64M"], check=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2",
                        images / folder / "c.qcow2"], check=True)
    session.profile("game", BODY + "".join(f"[disk {d}]\nimage={images}/{d}/c.qcow2\nformat=qcow2\n" for d in "ab"))
    assert session.run("backup", "game", str(session.home)).returncode == 0
    done = restore(other, session.home / "game.tar")
    assert done.returncode == 0, done.stderr
    for disk in "ab":
        image = other.home / f"images/disk-{disk}/c.qcow2"
        assert f"image={image}\n" in (other.profiles / "game.profile").read_text()
        subprocess.run(["qemu-img", "check", "-q", image], check=True)
        assert (image.parent / "base.qcow2").exists()


def test_overlays_of_ours(session: Session, other: Session) -> None:
    """An overlay stands on others by its profile: all of them come along, and the profile says where they are now."""
    images = session.home / "images"
    deeper = images / "deeper"
    deeper.mkdir(parents=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", deeper / "c.qcow2", "8M"], check=True)
    subprocess.run(["qemu-io", "-c", "write -P 7 1M 1M", deeper / "c.qcow2"], check=True, capture_output=True)
    session.profile("game", TINY + f"[disk c]\nimage={deeper}/c.qcow2\nformat=qcow2\nwritable=yes\n")
    session.start_daemon()
    for tag in ("one", "two"):
        done = session.run("disk", "snapshot", "game", "c", tag, "--overlay")
        assert done.returncode == 0, done.stderr
    top = deeper / "c-one-two.qcow2"
    subprocess.run(["qemu-io", "-c", "write -P 8 3M 1M", top], check=True, capture_output=True)
    moved = images / "c.qcow2"  # of another folder, by a name that is there twice
    (deeper / "c-one.qcow2").rename(moved)
    profile = session.profiles / "game.profile"
    profile.write_text(profile.read_text().replace(str(deeper / "c-one.qcow2"), str(moved)))
    before = session.run("disk", "convert", "game", "c", "before.raw", "--to", "raw")
    assert before.returncode == 0, before.stderr
    document = session.json("backup", "game", str(session.home / "game.tar"))
    assert [i["backing"] for i in document["items"] if i["kind"] == "image"] == [False, True, True]
    done = restore(other, session.home / "game.tar", "--as", "copy")
    assert done.returncode == 0, done.stderr
    text = (other.profiles / "copy.profile").read_text()
    places = [other.home / "images/disk-c" / n for n in ("c-one-two.qcow2", "2-c.qcow2", "3-c.qcow2")]
    assert f"image={places[0]}\n" in text and f"backing=qcow2:{places[1]}|qcow2:{places[2]}\n" in text, text
    other.start_daemon()
    after = other.run("disk", "convert", "copy", "c", "after.raw", "--to", "raw")
    assert after.returncode == 0, after.stderr
    assert (session.home / "before.raw").read_bytes() == (other.home / "after.raw").read_bytes()
    assert other.run("start", "copy").returncode == 0, other.daemon_log()
    assert other.run("stop", "copy", "--force").returncode == 0


def test_the_passphrase_is_not_in_it(session: Session, other: Session) -> None:
    images = make(session)
    path = session.profiles / "game.profile"
    (session.home / "secret").write_text("a passphrase\n")
    image = images / "disk.img"
    image.unlink()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "--object", f"secret,id=s,file={session.home}/secret",
                    "-o", "encrypt.format=luks,encrypt.key-secret=s", image, "1M"], check=True)
    path.write_text(path.read_text().replace("format=raw", f"format=qcow2\npassphrase-file={session.home}/secret"))
    done = session.run("backup", "game", str(session.home))
    assert done.returncode == 0, done.stderr
    assert f"{session.home}/secret" in done.stdout and "the passphrase of an encrypted disk is in no backup" in done.stdout
    assert b"a passphrase" not in (session.home / "game.tar").read_bytes()
    rehearsed = restore(other, session.home / "game.tar", "--dry-run")
    assert rehearsed.returncode == 0 and "the passphrase of an encrypted disk" in rehearsed.stdout


def test_a_rehearsal_reads_it_all(backup: Path, other: Session) -> None:
    document = json.loads(restore(other, backup, "--dry-run", "--json").stdout)
    assert document["verified"] is True and document["written"] is False
    assert document["rooms"][0]["free_bytes"] > document["rooms"][0]["need_bytes"] > 0
    whole = bytearray(backup.read_bytes())
    whole[len(whole) // 2] ^= 0x40  # in the image
    bad = other.folder / "bad.tar"
    bad.write_bytes(whole)
    done = restore(other, bad, "--dry-run")
    assert done.returncode == 1 and "PT-BACKUP-05" in done.stderr and is_empty(other)


def test_files_of_this_pc_are_a_matter_of_trust(session: Session, other: Session) -> None:
    make(session)
    profile = session.profiles / "game.profile"
    profile.write_text(profile.read_text().replace("firmware=uefi\n", "firmware=uefi\nkernel=/etc/shadow\ninitrd=/etc/gshadow\n"))
    done = session.run("backup", "game", str(session.home))
    assert done.returncode == 0 and "/etc/shadow" in done.stdout, done.stderr
    for more in ([], ["--dry-run"]):
        refused = restore(other, session.home / "game.tar", *more)
        assert refused.returncode == 1 and "(PT-BACKUP-07)" in refused.stderr and is_empty(other)
        assert "kernel=/etc/shadow, initrd=/etc/gshadow" in refused.stderr and "--trust" in refused.stderr
    done = restore(other, session.home / "game.tar", "--trust")
    assert done.returncode == 0, done.stderr


def test_disks_of_this_pc_are_a_matter_of_trust(session: Session, other: Session) -> None:
    make(session)
    profile = session.profiles / "game.profile"
    disk = "[disk evil]\ndevice=/dev/disk/by-id/ata-WINDOWS_1\nserial=x\n"
    for more, fine in (("", True), ("writable=yes\n", False)):
        before = profile.read_text()
        profile.write_text(before + disk + more)
        file = session.home / f"{'read' if fine else 'written'}.tar"
        done = session.run("backup", "game", str(file))
        assert done.returncode == 0, done.stderr
        profile.write_text(before)
        done = restore(other, file, "--dry-run")
        assert fine or (done.returncode == 1 and "(PT-BACKUP-07)" in done.stderr), done.stdout + done.stderr
        assert not fine or "PT-BACKUP-07" not in done.stderr
        assert fine or "device=/dev/disk/by-id/ata-WINDOWS_1" in done.stderr


def test_tar_alone_reads_it(session: Session, backup: Path) -> None:
    out = session.folder / "by-hand"
    out.mkdir()
    subprocess.run(["tar", "-xf", backup, "-C", out], check=True)
    manifest = json.loads((out / "manifest.json").read_text())
    for item in manifest["items"]:
        whole = (out / item["member"]).read_bytes()
        assert hashlib.sha256(whole).hexdigest() == item["sha256"] and len(whole) == item["size"]
    assert (out / "images/4-disk.img").read_bytes() == (session.home / "images/disk.img").read_bytes()
    assert backup.stat().st_size < 2 * MIB  # of a disk of 8


def test_holes_stay_and_nothing_is_overwritten(backup: Path, other: Session, session: Session) -> None:
    assert restore(other, backup).returncode == 0
    image = other.home / "images/disk.img"
    assert image.read_bytes() == (session.home / "images/disk.img").read_bytes()
    assert image.stat().st_blocks * 512 < 2 * MIB
    assert (other.profiles / "game.profile.d/10-title.conf").read_text() == "[vm]\ntitle=Игра\n"
    before = files(other.home) | files(other.profiles)
    for args in ((), ("--as", "copy")):
        again = restore(other, backup, *args)
        assert again.returncode == 1 and "PT-BACKUP-06" in again.stderr
    assert files(other.home) | files(other.profiles) == before
    again = session.run("backup", "game", str(backup))
    assert again.returncode == 1 and "PT-BACKUP-04" in again.stderr


def test_what_is_left_out_is_told(session: Session, other: Session) -> None:
    make(session)
    path = session.profile("game", BODY + "[disk raw]\ndevice=/dev/disk/by-id/nvme-x\nserial=x\n"
                           "[gpu]\naddress=0000:77:00.0\nid=10de:1b81\n")
    assert path.exists()
    done = session.run("backup", "game", str(session.home))
    assert done.returncode == 0 and "/dev/disk/by-id/nvme-x" in done.stdout
    rehearsed = other.run("restore", str(session.home / "game.tar"), "--dry-run")
    assert rehearsed.returncode == 0 and "/dev/disk/by-id/nvme-x" in rehearsed.stdout
    assert "would not start on this PC" in rehearsed.stdout and "0000:77:00.0" in rehearsed.stdout
    assert is_empty(other)


def test_parts_that_cannot_go(session: Session) -> None:
    images = make(session)
    image = images / "disk.img"
    kept = image.read_bytes()
    image.unlink()
    assert "PT-BACKUP-02" in session.run("backup", "game", str(session.home)).stderr
    image.symlink_to("/dev/null")
    assert "is not a file" in session.run("backup", "game", str(session.home)).stderr
    image.unlink()
    image.write_bytes(kept)
    path = session.profiles / "game.profile"
    path.write_text(path.read_text().replace("format=raw", "format=qcow2"))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/hostname", "-u", image, "1M"],
                   check=True)
    refused = session.run("backup", "game", str(session.home))
    assert refused.returncode == 1 and "stands on something else" in refused.stderr
    assert not (session.home / "game.tar").exists()


# --- what strangers make ---


def test_a_changed_byte(backup: Path, other: Session) -> None:
    whole = bytearray(backup.read_bytes())
    for at in (0, 600, len(whole) // 3, len(whole) // 2, len(whole) - 12000):
        bad = other.folder / "bad.tar"
        changed = bytearray(whole)
        changed[at] ^= 0x40
        bad.write_bytes(changed)
        done = restore(other, bad)
        # A byte of the padding is nobody's.
        assert (done.returncode == 1 and "PT-BACKUP-05" in done.stderr and is_empty(other)) or at < 4096, done.stderr
        if done.returncode == 0:
            pytest.fail(f"byte {at} was changed, and nothing noticed")


@pytest.mark.parametrize("keep", (0, 100, 512, 5000, 60000))
def test_cut_off(backup: Path, other: Session, keep: int) -> None:
    bad = other.folder / "bad.tar"
    bad.write_bytes(backup.read_bytes()[:keep])
    done = restore(other, bad)
    assert done.returncode == 1 and "PT-BACKUP-05" in done.stderr
    assert is_empty(other)


Change = Callable[[dict[str, Any], list[tuple[tarfile.TarInfo, bytes]]], None]


def rebuilt(backup: Path, out: Path, change: Change) -> Path:
    """The backup with its manifest and members changed."""
    with tarfile.open(backup) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]
    for info, body in members:
        info.pax_headers = {}
        info.sparse = None  # type: ignore[attr-defined]
        info.size = len(body)
    manifest = json.loads(members.pop()[1])
    change(manifest, members)
    text = json.dumps(manifest).encode()
    info = tarfile.TarInfo("manifest.json")
    info.size = len(text)
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for member, body in members:
            tar.addfile(member, io.BytesIO(body))
        tar.addfile(info, io.BytesIO(text))
    return out


def renamed(to: str) -> Change:
    def change(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        manifest["items"][0]["member"] = members[0][0].name = to
    return change


def item(key: str, value: Any, index: int = -1) -> Change:
    def change(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        manifest["items"][index][key] = value
    return change


def kind(of: bytes) -> Change:
    def change(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[-1][0].type = of
        members[-1][0].linkname = "/etc/passwd"
        if of in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):
            members[-1] = (members[-1][0], b"")
            members[-1][0].size = 0
    return change


def twice(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.append(members[-1])


def extra(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    info = tarfile.TarInfo("images/../../../etc/cron.d/x")
    members.append((info, b""))


def other_image(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """The profile names a file of the PC that is none of the backup's."""
    info, body = members[0]
    body = body + b"[disk x]\nimage=/etc/shadow\nformat=raw\n"
    info.size = len(body)
    members[0] = (info, body)
    manifest["items"][0].update(size=len(body), data=len(body), sha256=hashlib.sha256(body).hexdigest())


def other_backing(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """The profile has one of the backup's images stand on a file of the PC."""
    info, body = members[0]
    assert b"\nformat=raw\n" in body
    body = body.replace(b"\nformat=raw\n", b"\nformat=qcow2\nbacking=raw:/etc/shadow\n", 1)
    info.size = len(body)
    members[0] = (info, body)
    manifest["items"][0].update(size=len(body), data=len(body), sha256=hashlib.sha256(body).hexdigest())


def bad_profile(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    info, body = members[0]
    body = body.replace(b"accel=tcg", b"axcel=tcg")
    members[0] = (info, body)
    manifest["items"][0]["sha256"] = hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("change", [
    renamed("../../evil"), renamed("/etc/evil"), renamed("profile/../../evil"), renamed("profile/.hidden"),
    item("name", "../x"), item("name", "/etc/x"), item("name", ".."), item("name", ""), item("name", "x\x1b[2J"),
    item("name", "a" * 400), item("name", "other.profile", 0), item("path", "x"), item("path", "/x/\n/disk.img"),
    item("size", -1), item("size", 1 << 62), item("size", 5), item("size", "5"), item("data", 1 << 40),
    item("sha256", "00"), item("sha256", "g" * 64), item("sha256", "0" * 64), item("kind", "device"),
    item("disk", "a/b"), item("disk", "another"), item("member", "images/x"),
    kind(tarfile.SYMTYPE), kind(tarfile.LNKTYPE), kind(tarfile.CHRTYPE), kind(tarfile.FIFOTYPE),
    kind(tarfile.DIRTYPE), twice, extra, other_image, other_backing, bad_profile,
    lambda manifest, members: manifest.update(schema=2), lambda manifest, members: manifest.update(what="x"),
    lambda manifest, members: manifest.update(name="../x"), lambda manifest, members: manifest.update(items=[]),
    lambda manifest, members: manifest["items"].reverse(), lambda manifest, members: members.clear(),
])
def test_hostile(backup: Path, other: Session, change: Change) -> None:
    bad = rebuilt(backup, other.folder / "bad.tar", change)
    done = restore(other, bad)
    assert done.returncode == 1 and ("PT-BACKUP-05" in done.stderr or "PT-PROFILE-05" in done.stderr), done.stderr
    assert "\x1b" not in done.stderr and "bad.tar" in done.stderr
    assert is_empty(other) and not list(other.folder.rglob("*evil*"))


def test_rebuilt_unchanged_is_good(backup: Path, other: Session) -> None:
    """The tests above refuse what they change, not what tarfile makes of it."""
    good = rebuilt(backup, other.folder / "good.tar", lambda manifest, members: None)
    done = restore(other, good)
    assert done.returncode == 0, done.stderr


def test_no_tar(other: Session) -> None:
    for body in (b"", b"\0" * 10240, os.urandom(20000), b"PK\x03\x04" + bytes(2000)):
        bad = other.folder / "bad.tar"
        bad.write_bytes(body)
        done = restore(other, bad)
        assert done.returncode == 1 and "PT-BACKUP-05" in done.stderr
    assert restore(other, other.folder).returncode == 1


# --- ends of all kinds ---


@pytest.fixture(scope="module")
def fault(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("fault") / "fault.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", out, TOP / "tests/cli/fault.c", "-ldl"], check=True)
    return str(out)


def faults(session: Session, fault: str, what: str, at: int) -> dict[str, str]:
    return {"LD_PRELOAD": fault, "FAULT": what, "FAULT_AT": str(at), "FAULT_COUNT": str(session.folder / "count")}


def count(session: Session) -> int:
    return int((session.folder / "count").read_text())


@pytest.mark.parametrize("what", ("kill", "full"))
def test_backup_cut_anywhere(session: Session, fault: str, what: str) -> None:
    make(session)
    target = session.home / "out"
    target.mkdir()
    source = files(session.home) | files(session.profiles)
    at = 0
    while True:
        at += 1
        done = session.run("backup", "game", str(target), env=faults(session, fault, what, at))
        if done.returncode == 0:
            break
        assert done.returncode == (-9 if what == "kill" else 1), (at, done.stderr)
        # A name is given last: whoever was killed after that has a whole one.
        if (target / "game.tar").exists():
            assert what == "kill", (at, done.stderr)
            assert session.run("restore", str(target / "game.tar"), "--dry-run", "--as", "x", "--images",
                               str(target)).returncode == 0
            (target / "game.tar").unlink()
        elif what == "full":
            assert not list(target.iterdir()), at
    assert at > 5
    assert [p.name for p in target.iterdir()] == ["game.tar"]
    (target / "game.tar").unlink()
    target.rmdir()
    assert files(session.home) | files(session.profiles) == source


@pytest.mark.parametrize("what", ("kill", "full"))
def test_restore_cut_anywhere(backup: Path, other: Session, fault: str, what: str) -> None:
    whole = backup.read_bytes()
    at = 0
    while True:
        at += 1
        done = restore(other, backup, env=faults(other, fault, what, at))
        if done.returncode == 0:
            break
        assert done.returncode == (-9 if what == "kill" else 1), (at, done.stderr)
        if what == "full":
            assert is_empty(other), at
        if (other.profiles / "game.profile").exists():
            break  # its last act was done
        assert at < 500
    assert at > 15
    assert (other.home / "images/disk.img").exists()
    again = restore(other, backup)
    assert again.returncode == 1 and "is there already" in again.stderr
    hidden = [p for p in other.home.rglob(".*.playthrough-*")]
    assert not hidden and not list(other.home.rglob(".restore-journal"))
    assert backup.read_bytes() == whole


def test_full_file_system(session: Session, other: Session) -> None:
    """A real one, where one may be mounted; elsewhere the full disks above have to do."""
    make(session)
    target = session.home / "small"
    target.mkdir()
    command = f'mount -t tmpfs -o size=256k none {target} && "$@"; r=$?; ls -A {target}; exit $r'
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", command, "sh",
                           str(BUILD / "playthrough"), "--session", "backup", "game", str(target)],
                          env=session.env, capture_output=True, text=True, timeout=60)
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        return
    assert done.returncode == 1 and "PT-BACKUP-03" in done.stderr and done.stdout == ""


def test_cancelled(session: Session) -> None:
    images = make(session)
    with (images / "disk.img").open("r+b") as out:
        out.truncate(1 << 40)  # a hole that takes its time
    process = session.popen("backup", "game", str(session.home / "game.tar"))
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "cancelled" in err
    assert not list(session.home.glob("*game.tar*"))
