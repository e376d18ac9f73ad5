# point: disks on the network in all of QEMU's words for them; after
# https://www.qemu.org/docs/master/system/qemu-block-drivers.html and https://www.qemu.org/docs/master/system/invocation.html (-blockdev)
qemu-system-x86_64 -enable-kvm -m 4G -smp 2 -name far \
 -object secret,id=sec0,data=letmein \
 -drive file=nbd://server:10810/export,if=virtio,format=raw,id=a \
 -drive file=nbd:unix:/run/nbd.sock:exportname=b,if=virtio,format=raw,id=b \
 -drive file=nbd:server:10809:exportname=c,if=none,id=c -device virtio-blk-pci,drive=c \
 -drive file=iscsi://me%letmein@san:3260/iqn.2001-04.com.example:disk/1,if=none,id=d -device ide-hd,drive=d,bootindex=0 \
 -drive file=rbd:pool/image:id=admin:conf=/etc/ceph/ceph.conf,if=none,id=e,format=raw -device virtio-blk-pci,drive=e \
 -blockdev driver=nfs,node-name=f0,server.type=inet,server.host=nas,path=/srv/games.raw,user=1000 \
 -blockdev driver=raw,node-name=f,file=f0 -device virtio-blk-pci,drive=f \
 -blockdev driver=iscsi,node-name=g,transport=tcp,portal=san,target=iqn.2001-04.com.example:g,lun=2,user=me,password-secret=sec0 \
 -device scsi-hd,drive=g \
 -drive file=nbd://server/qcow,if=virtio,format=qcow2,id=h \
 -drive file=https://server/i.img,if=virtio,format=raw,readonly=on,id=i \
 -drive file=ssh://me@server/j.img,if=virtio,id=j \
 -drive 'file=json:{"driver":"raw","file":{"driver":"nbd"}},if=virtio,id=k'
