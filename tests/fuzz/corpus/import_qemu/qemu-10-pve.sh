# point: what qm showcmd prints; after a test's command line of github:proxmox/qemu-server (public code excerpts; vm8006)
/usr/bin/kvm \
  -id 8006 \
  -name vm8006 \
  -no-shutdown \
  -chardev 'socket,id=qmp,path=/var/run/qemu-server/8006.qmp,server=on,wait=off' \
  -mon 'chardev=qmp,mode=control' \
  -daemonize \
  -smbios 'type=1,uuid=3dd750ce-d910-44d0-9493-525c0be4e687,manufacturer=ACME,, Inc.' \
  -drive 'if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/pve-edk2-firmware//OVMF_CODE.fd' \
  -smp '2,sockets=2,cores=1,maxcpus=2' \
  -nodefaults \
  -blockdev '{"driver":"raw","node-name":"drive0","file":{"driver":"file","filename":"/var/lib/vz/images/8006/a.raw"}}' \
  -device '{"driver":"virtio-blk-pci","drive":"drive0","bootindex":0}' \
  -m 512
