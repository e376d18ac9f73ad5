#! /bin/bash
# point: Looking Glass, two networks, keyboards of virtio; after github:StqiGIT/Arch-Linux L4L/scripts/vm.sh
	qemu-system-x86_64 \
	-runas michael \
	-name GPU-Passthrough,process=GPU-Passthrough \
	-machine type=q35 \
	-enable-kvm \
	-cpu host,topoext=on,kvm=off,hypervisor=off,hv_time=on,hv_vendor_id=12456789ab \
	-smp 8,sockets=1,cores=4,threads=2 \
	-m 12G \
	-vga none -nographic \
	-device vfio-pci,host=01:00.0,multifunction=on \
	-nic user \
	-device driver=virtio-keyboard-pci,id=input1,serial=virtio-keyboard \
	-audiodev id=audio1,driver=spice \
	-device driver=ich9-intel-hda,id=sound0,bus=pcie.0,addr=0x1b \
	-device driver=hda-micro,id=sound0-codec0,bus=sound0.0,cad=0,audiodev=audio1 \
	-nic tap,ifname=tap0,script=no,downscript=no \
	-drive id=disk0,if=virtio,cache=none,format=qcow2,file=/Documents/GPU-Passthrough.qcow2 \
	-device ivshmem-plain,memdev=ivshmem,bus=pcie.0 \
	-object memory-backend-file,id=ivshmem,share=on,mem-path=/dev/shm/looking-glass,size=128M
