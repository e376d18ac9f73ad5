# point: variables that only another file sets; after github:danwdart/VMs Proprietary/Windows/Supported/11/x86_64/install-virtio.sh
sudo qemu-system-x86_64 \
    -m 8G \
    $QEMU_USB \
    -nic user,model=virtio \
    -drive file=win11.img,if=virtio,id=hd \
    -drive file=$VIRTIO_WIN_ISO,if=none,id=virtio,media=cdrom \
    -device usb-storage,drive=virtio \
    $QEMU_BALLOON
