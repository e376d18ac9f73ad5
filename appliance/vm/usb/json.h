/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices and sockets as JSON, for UsbList and UsbPorts. Pure; new references. */
#ifndef VM_USB_JSON_H
#define VM_USB_JSON_H

#include "host/host.h"
#include "host/usb_port.h"

#include <jansson.h>

/*
 * {"port", "sysname", "id", "product", "serial", "driver", "vm", "hub", "kind", "name", "manufacturer", "speed_mbps",
 * "busnum", "devnum", "controller", "removable", "isochronous", "host_uses"}; @vm has it, NULL: none.
 */
json_t *usb_json_device(const struct host *host, const struct usb_device *d, const char *vm);
/*
 * {"controllers": [{"address", "name"}], "ports": [{"port", "controller", "connect_type", "usb2", "usb3", "device",
 * "over_current"}]}. usb2 and usb3 are the kernel's names of the halves, device is what sits there. Of @host only pci
 * and usb are looked at.
 */
json_t *usb_json_ports(const struct host *host, const struct usb_sockets *sockets);

#endif
