# SPDX-License-Identifier: GPL-2.0-or-later
"""Real stacks of storage on the disks of an emulated PC: what is built, and which disks and partitions it stands on.

The shell that builds one finds two disks in $A and $B, the places to build on in $N and $M (the disks, or the first
partitions of them), and leaves in $T what it made. `CLEAN` takes down any of them, or what a failure left of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

# What the PC has not installed; unpacked only, as it lives for one test.
PACKAGES = ("lvm2", "mdadm", "cryptsetup-bin", "btrfs-progs", "bcache-tools")

FORMAT = "echo secret | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 $T -\n"
LUKS = FORMAT + "echo secret | cryptsetup -q open --key-file - $T labcrypt\nT=/dev/mapper/labcrypt\n"
LVM = """pvcreate -qffy $T
vgcreate -q labvg $T
lvcreate -qy -Wn -l 100%FREE -n lv labvg
T=/dev/labvg/lv
"""
RAID = """mdadm --create /dev/md/lab --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean $N $M
udevadm settle
T=$(readlink -f /dev/md/lab)
"""
LINEAR = 'dmsetup create lablinear --table "0 $(blockdev --getsz $T) linear $T 0"\nT=/dev/mapper/lablinear\n'
MULTIPATH = (
    'modprobe dm-round-robin\n'
    'dmsetup create labpath --uuid mpath-lab --table'
    ' "0 $(blockdev --getsz $T) multipath 0 0 1 1 round-robin 0 1 1 $T 1000"\nT=/dev/mapper/labpath\n'
)

BOTTOMS = {
    "plain": "",
    "LVM": LVM,
    "RAID": RAID,
    "LUKS": LUKS,
    "device mapper": LINEAR,
    "multipath": MULTIPATH,
    "LVM on LUKS": LUKS + LVM,
    "LUKS on LVM": LVM + LUKS,
    "LVM on RAID": RAID + LVM,
    "LUKS on RAID": RAID + LUKS,
}
TOPS = {
    "mounted": "mkfs.ext4 -qF $T\nmount $T /mnt\n",
    "mounted elsewhere": "mkfs.ext4 -qF $T\n"
    "systemd-run -q --unit labelsewhere -p PrivateMounts=yes sh -c \"mount $T /mnt && exec sleep 9999\"\n"
    "until nsenter -t $(systemctl show -P MainPID labelsewhere) -m mountpoint -q /mnt; do sleep 0.3; done\n",
    "swap": "mkswap -q $T\nswapon $T\n",
    "idle": "",
}

BTRFS = "mkfs.btrfs -qf -d raid1 -m raid1 $N $M\n"
BCACHE = "modprobe bcache\nmake-bcache -B $N\nudevadm settle\n"
# Uberblocks where blkid looks for them: there is no ZFS on a Debian without a network.
ZFS = (
    "for i in $(seq 132 152); do printf '\\014\\261\\272\\0\\0\\0\\0\\0' |"
    " dd of=$N bs=1024 seek=$i conv=notrunc status=none; done\nudevadm trigger --settle $N\n"
)
HOLDER = "systemd-run -q --unit labholder sh -c \"exec 3<$N; exec sleep 9999\"\nsleep 1\n"
TARGET = """modprobe target_core_mod
modprobe target_core_iblock
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
mkdir -p /sys/kernel/config/target/core/iblock_0/lab
echo "udev_path=$N" >/sys/kernel/config/target/core/iblock_0/lab/control
echo "$N" >/sys/kernel/config/target/core/iblock_0/lab/udev_path
echo 1 >/sys/kernel/config/target/core/iblock_0/lab/enable
"""
NVME_TARGET = """modprobe nvmet
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
mkdir -p /sys/kernel/config/nvmet/subsystems/lab/namespaces/1
echo "$N" >/sys/kernel/config/nvmet/subsystems/lab/namespaces/1/device_path
echo 1 >/sys/kernel/config/nvmet/subsystems/lab/namespaces/1/enable
"""

CLEAN = r"""
exec >/dev/null 2>&1
systemctl stop labelsewhere labholder labserver
systemctl reset-failed labelsewhere labholder labserver
swapoff -a
while mountpoint -q /mnt; do umount /mnt || break; done
[ -d /sys/kernel/config/nvmet/subsystems/lab ] && {
	echo 0 >/sys/kernel/config/nvmet/subsystems/lab/namespaces/1/enable
	rmdir /sys/kernel/config/nvmet/subsystems/lab/namespaces/1 /sys/kernel/config/nvmet/subsystems/lab
}
rmdir /sys/kernel/config/target/core/iblock_0/lab /sys/kernel/config/target/core/iblock_0
# Twice: one of these may stand on another.
for turn in 1 2; do
	cryptsetup close labcrypt
	vgchange -qan labvg
	for device in lablinear labpath; do dmsetup remove --force $device; done
	mdadm --stop --scan
	for loop in $(losetup -nO NAME); do losetup -d $loop; done
	for cache in /sys/block/bcache*/bcache/stop; do echo 1 >$cache; done
	for set in /sys/fs/bcache/*/stop; do echo 1 >$set; done
	sleep 0.5
done
for disk in $A $B; do
	for part in ${disk}[0-9]*; do [ -b $part ] && wipefs -aqf $part; done
	sfdisk -q --delete $disk
	wipefs -aqf $disk
	# what has no mark: the ZFS of a test, the remains of a RAID at the end
	dd if=/dev/zero of=$disk bs=1M count=4 conv=notrunc
	blockdev --rereadpt $disk
done
udevadm settle
"""


@dataclass(frozen=True)
class Stack:
    name: str
    up: str
    on: str = "A"  # "A", "B", "AB": on which disks it stands; "": it uses none
    partition: bool = False  # on their first partitions, not on the whole


def bottoms_and_tops() -> list[Stack]:
    found = []
    for (bottom, build), (top, use), partition in product(BOTTOMS.items(), TOPS.items(), (False, True)):
        on = "AB" if "RAID" in bottom else "A"
        if bottom == "plain" and top == "idle":
            on = ""
        found.append(Stack(f"{bottom}, {top}", build + use, on, partition))
    return found


SINGLE = [
    Stack("btrfs on two, mounted", BTRFS + "mount $N /mnt\n", "AB"),
    Stack("btrfs on two, mounted by the second", BTRFS + "mount $M /mnt\n", "AB"),
    Stack("btrfs on two partitions, asleep", BTRFS + "udevadm settle\n", "AB", partition=True),
    Stack("btrfs on one, asleep", "mkfs.btrfs -qf $N\nudevadm settle\n", ""),
    Stack("LVM asleep", LVM + "udevadm settle\nvgchange -qan labvg\n", "A"),
    Stack("RAID asleep", RAID + "mdadm --stop $T\n", "AB", partition=True),
    Stack("LUKS closed", FORMAT + "udevadm settle\n", ""),
    Stack("bcache", BCACHE, "A"),
    Stack("bcache on a partition", BCACHE, "A", partition=True),
    Stack("ZFS", ZFS, "A"),
    Stack("loop device", "losetup -f $N\n", "A"),
    Stack("loop device on a partition, mounted", "T=$(losetup -f --show $N)\nmkfs.ext4 -qF $T\nmount $T /mnt\n",
          "A", partition=True),
    Stack("swap file", "mkfs.ext4 -qF $N\nmount $N /mnt\ndd if=/dev/zero of=/mnt/swap bs=1M count=8 status=none\n"
          "chmod 600 /mnt/swap\nmkswap -q /mnt/swap\nswapon /mnt/swap\n", "A"),
    Stack("unmounted lazily", "mkfs.ext4 -qF $N\nmount $N /mnt\n"
          "systemd-run -q --unit labholder sh -c \"exec 3>/mnt/open; exec sleep 9999\"\nsleep 1\numount -l /mnt\n", "A"),
    Stack("open in a program", HOLDER, "A"),
    Stack("a partition open in a program", HOLDER, "A", partition=True),
    Stack("served by NBD", "systemd-run -q --unit labserver qemu-nbd -t -f raw -x lab -k /run/lab.nbd -r $N\nsleep 2\n",
          "A"),
    Stack("served by iSCSI", TARGET, "A"),
    Stack("served by NVMe", NVME_TARGET, "A"),
    Stack("an empty table", "", "", partition=True),
]  # fmt: skip
STACKS = bottoms_and_tops() + SINGLE
assert len(STACKS) >= 60 and len({(s.name, s.partition) for s in STACKS}) == len(STACKS)

PARTITIONS = """for disk in $A $B; do printf 'label: gpt\\n,,L\\n' | sfdisk -q $disk; done
udevadm settle
N=${A}1 M=${B}1
"""


def script(stack: Stack) -> str:
    """What builds it; it fails with what fails in it."""
    place = PARTITIONS if stack.partition else "N=$A M=$B\n"
    return f"set -e\n{place}T=$N\n{stack.up}udevadm settle\n"


# One of every kind at once, each on a partition of A, and what is said of that partition; btrfs is on all of B too.
DEGRADED = """mdadm --create /dev/md/lab --run --force --level=1 --raid-devices=2 --metadata=1.2 $T missing
udevadm settle
"""
KINDS = (
    ("mounted elsewhere", TOPS["mounted elsewhere"], "is mounted on /mnt in a mount namespace of process"),
    ("swap", TOPS["swap"], "is swap"),
    ("loop", "losetup -f $T\n", "is held by"),
    ("LVM", LVM + TOPS["idle"], "LVM labvg-lv"),
    ("md", DEGRADED, "RAID raid1"),
    ("dm-crypt", LUKS, "encrypted labcrypt"),
    ("btrfs on two", "mkfs.btrfs -qf -d raid1 -m raid1 $T $B\nmount $B /mnt\n", "btrfs"),
    ("free", "mkfs.ext4 -qF $T\n", ""),
)
KINDS_MIB = {"btrfs on two": 128}  # it takes no less than 109


def every_kind() -> str:
    """What builds them all on A: its partition N is of KINDS[N - 1]."""
    table = "".join(f"size={KINDS_MIB.get(name, 40)}M\\n" for name, _, _ in KINDS)
    lines = [f"set -e\nprintf 'label: gpt\\n{table}' | sfdisk -q $A\nudevadm settle\n"]
    lines += [f"T=${{A}}{number}\n{up}" for number, (_, up, _) in enumerate(KINDS, 1)]
    return "".join(lines) + "udevadm settle\n"
