# A kernel booted directly, emulated, with all that a screen brings, and ports forwarded to it.
[vm]
title=Kernel
guest=linux
crash=run
guest-agent=no
[cpu]
count=2
accel=tcg
pin=no
[memory]
size=768M
[boot]
firmware=bios
kernel=/boot/vmlinuz
initrd=/boot/initrd.img
cmdline=console=ttyS0 root=/dev/vda1 it's="quoted"
[smbios]
manufacturer=Lodz & Soehne
[display]
type=std
[sound]
microphone=yes
[network]
forward=ssh tcp:8080-8082:80-82 udp:127.0.0.1:5000:5000
[console]
clipboard=no
usb-channels=2
[disk root]
image=/srv/root, with comma.img
format=raw
writable=yes
boot=2
[disk secret]
image=/srv/secret.qcow2
format=qcow2
passphrase-file=/etc/playthrough/secret
[usb pad]
id=054c:0ce6
serial=ABC
[usb left]
port=0000:00:14.0/2.3
