[vm]
guest=linux
[cpu]
count=2
[memory]
size=4G
[network]
forward=tcp:2222:22 udp:127.0.0.1:4000-4003:5000-5003
mac=52:54:00:aa:bb:cd
[display]
type=virtio
[sound]
type=hda
microphone=yes
[disk system]
image=/srv/system.qcow2
format=qcow2
writable=yes
[disk games]
url=rbd:pool/games:id=player
secret-file=/etc/playthrough/ceph.key
writable=yes
bus=virtio
[disk films]
url=nbd+unix:///films?socket=/run/nbd.sock
bus=virtio
