[vm]
title=My games & "co"
guest=windows-11
autostart=yes
watchdog=reset
[cpu]
count=6
pin=4-7,12-13
features=+invtsc,-hypervisor
hide-hypervisor=yes
[memory]
size=16G
hugepages=1G
[smbios]
manufacturer=ACME
serial=S 1
[display]
type=virtio
[sound]
type=hda
microphone=yes
[looking-glass]
resolution=2560x1440
[network]
type=bridge
link=br0
mac=52:54:00:aa:bb:cc
[gpu]
address=0000:01:00.0
id=10de:2484
path=0000:00:01.0/00.0
romfile=/var/lib/rom/x.rom
bar-size=256M
[audio]
address=0000:01:00.1
id=10de:228b
[usb-controller]
address=0000:05:00.0
id=1b21:2142
[disk windows]
device=/dev/disk/by-id/nvme-Example_SSD_1TB
serial=S5XENX0R123456
writable=yes
bus=nvme
[disk other]
image=/srv/i.qcow2
format=qcow2
backing=qcow2:/srv/base.qcow2
[cdrom installer]
file=/srv/isos/Windows 11.iso
boot=1
[cdrom drivers]
file=/srv/isos/virtio-win.iso
[cdrom empty]
[usb headset]
id=046d:0a66
[input keyboard]
device=/dev/input/by-id/usb-A-event-kbd
[input mouse]
device=/dev/input/by-id/usb-B-event-mouse
