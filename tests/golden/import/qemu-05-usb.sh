# point: USB devices by what they are, in lines of a page; after github:liujunming/qemu_usage 0003-install-iso-file/Readme.md
qemu-system-x86_64 -m 2048 -smp 2 -M q35 -enable-kvm -name ubuntu \
-hda /home/u/ubuntu.img -cdrom ./ubuntu.iso \
-device usb-host,vendorid=0x03f0,productid=0x0324 \
-device usb-host,vendorid=0x0461,productid=0x4d81 \
-usbdevice host:046d:c52b
