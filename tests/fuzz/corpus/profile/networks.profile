# Several network cards: on two bridges, in a VLAN, and out through this PC.
[vm]
guest=linux
[display]
type=none
[network]
type=bridge
link=br0
mac=52:54:00:aa:bb:01
[network lan]
type=ovs
link=ovsbr0
vlan=20
mac=52:54:00:aa:bb:02
vhost=no
[network out]
type=user
model=e1000e
mac=52:54:00:aa:bb:03
[network far]
type=bridge
link=br1
mac=52:54:00:aa:bb:04
