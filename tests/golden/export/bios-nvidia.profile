# An old card that draws by VGA under a BIOS, on Open vSwitch, with a watchdog.
[vm]
guest=windows-10
watchdog=pause
crash=pause
[cpu]
count=4
model=Skylake-Client-v3
features=-hv-stimer,+aes
hide-hypervisor=yes
[memory]
size=6G
hugepages=2M
[boot]
firmware=bios
[network]
type=ovs
link=ovsbr0
vlan=20
model=virtio
vhost=yes
[gpu]
address=0000:0a:00.0
id=10de:1184
rombar=no
primary=yes
[audio]
address=0000:0a:00.1
id=10de:0e0a
[pci nvme]
address=0000:0b:00.0
id=144d:a808
boot=1
[disk data]
device=/dev/disk/by-partuuid/0f8e1a2b-01
size=107374182400
bus=sata
