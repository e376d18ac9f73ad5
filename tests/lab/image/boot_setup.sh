#!/bin/sh
# Runs once inside the PC, which was started without a boot loader: lets Debian's own tools make one.
set -eu
grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram
update-grub
test -s /boot/efi/EFI/BOOT/BOOTX64.EFI
grep -q '^menuentry ' /boot/grub/grub.cfg
systemctl is-system-running --wait || systemctl --failed
sync
