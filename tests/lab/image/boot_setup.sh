#!/bin/sh
# Runs once inside the PC, which was started without a boot loader: lets Debian's own tools make one.
set -eu
# systemd-boot lies beside GRUB and has its entry; a PC that is to start by it gets it as its BOOTX64.EFI.
kernel=$(uname -r)
bootctl install --no-variables --graceful
echo timeout 1 >/boot/efi/loader/loader.conf
mkdir -p /etc/kernel
echo "root=UUID=$(findmnt -no UUID /) ro console=ttyS0,115200 console=tty0 no_timer_check" >/etc/kernel/cmdline
kernel-install add "$kernel" "/boot/vmlinuz-$kernel"
test -s /boot/efi/EFI/systemd/systemd-bootx64.efi
grep -q "^initrd" /boot/efi/loader/entries/*"$kernel.conf"
grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram
update-grub
test -s /boot/efi/EFI/BOOT/BOOTX64.EFI
grep -q '^menuentry ' /boot/grub/grub.cfg
systemctl is-system-running --wait || systemctl --failed
sync
