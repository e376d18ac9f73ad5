# point: variables of the script itself, a disk by a name that changes; after github:biboon/Miscellaneous Passthrough/qemu-windows.sh; USB by numbers: https://www.qemu.org/docs/master/system/devices/usb.html
export VGAPT_FIRMWARE_BIN=/usr/share/OVMF/OVMF_CODE.fd
cp -f $VGAPT_FIRMWARE_BIN /tmp/x &&
qemu-system-x86_64 \
  -drive if=pflash,format=raw,readonly,file=$VGAPT_FIRMWARE_BIN \
  -enable-kvm -machine q35,accel=kvm,mem-merge=off \
  -cpu host,kvm=off,hv_relaxed \
  -smp 10,sockets=1,cores=5,threads=2 -m 8192 -vga none \
  -device vfio-pci,host=01:00.0,multifunction=on \
  -drive file=/dev/sda,format=raw,if=virtio,cache=none,index=0 \
  -usb -device usb-host,hostbus=1,hostaddr=3 \
;
