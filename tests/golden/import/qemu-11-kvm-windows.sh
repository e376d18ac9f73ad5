#! /bin/sh
# point: disks of a controller, by names that change; after github:devdtc/.dotfiles .scripts/qemu/run_qemu_nopci.sh
qemu-system-x86_64 \
  -name windows-kvm -enable-kvm -m 16G -smp 8 \
  -cpu host,kvm=on \
  -device vfio-pci,host=42:00.0,x-vga=on \
  -device vfio-pci,host=10:00.1 \
  -drive if=pflash,format=raw,readonly=on,file=/run/libvirt/nix-ovmf/OVMF_CODE.fd \
  -device ahci,id=ahci \
  -device ide-hd,drive=disk,bus=ahci.0 \
  -drive id=disk,file=/dev/sdc,if=none,media=disk,format=raw \
  -drive id=spare,file=/srv/spare.img,if=none,format=raw
