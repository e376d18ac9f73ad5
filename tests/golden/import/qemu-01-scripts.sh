# point: SCSI disks, evdev, sound by an old option; after github:spaghetti-/vfio-scripts run.sh
export QEMU_AUDIO_DRV=pa
qemu-system-x86_64 -enable-kvm -m 8G \
  -cpu host,kvm=off,hv_relaxed,hv_spinlocks=0x1fff,hv_vendor_id=0xDEADBEEFFF \
  -rtc clock=host,base=localtime \
  -smp 4,sockets=1,cores=2,threads=2 \
  -device vfio-pci,host=01:00.0,multifunction=on,x-vga=on \
  -device vfio-pci,host=01:00.1 \
  -drive if=pflash,format=raw,file=/usr/share/edk2-ovmf/OVMF_CODE.fd \
  -soundhw ac97 -vga none \
  -object input-linux,id=kbd,evdev=/dev/input/by-id/usb-K-event-kbd,grab_all=on,repeat=on \
  -object input-linux,id=mouse,evdev=/dev/input/by-id/usb-M-event-mouse \
  -drive id=gamesfs,file=/qpool/games.img,format=qcow2,if=none \
  -device virtio-scsi-pci,id=scsi0 \
  -device scsi-hd,bus=scsi0.0,drive=gamesfs \
  -boot order=dc
