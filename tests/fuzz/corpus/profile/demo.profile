# The demonstration: needs nothing of this PC, neither KVM nor a device to pass. It is what
# `make run` test-drives. The test drive brings its own guest; nothing is installed here.

[vm]
title=Demonstration
guest=linux

[cpu]
count=1
accel=auto

[memory]
size=512M

[boot]
firmware=bios

[display]
type=virtio
