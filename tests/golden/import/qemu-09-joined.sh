#! /bin/sh
# point: options joined in a variable, split again where it is used: https://www.gnu.org/software/bash/manual/html_node/Word-Splitting.html; a disk of the device mapper
OPT="-enable-kvm"
OPT="$OPT -name Windows"
OPT="$OPT -cpu host,kvm=off,-hypervisor,hv_time,hv_vendor_id=0123456789ab"
OPT="$OPT -smp 6,sockets=1,cores=3,threads=2"
OPT="$OPT -m 8G"
OPT="$OPT -drive if=pflash,format=raw,readonly=on,file=/usr/share/ovmf/x64/OVMF_CODE.fd"
OPT="$OPT -drive file=/dev/mapper/LINUX-VM,format=raw,cache=none,if=virtio"
OPT="$OPT -serial none"
sudo qemu-system-x86_64 $OPT
