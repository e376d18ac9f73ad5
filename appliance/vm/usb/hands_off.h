/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's desktop keeps its hands off USB devices that belong to game VMs: all profiles' rules -> the text of a
 * file of udev rules. Pure.
 *
 * It does not matter whether a VM runs: a stick in an assigned port is not mounted before the game has it, nor for
 * the moment after. What is read by whom:
 *  UDISKS_IGNORE, UDISKS_AUTO    udisks(8), "device information": neither shown nor mounted
 *  UDISKS_PRESENTATION_NOPOLICY  udevil, which mounts by the names of the first udisks
 *  LIBINPUT_IGNORE_DEVICE        libinput, "Ignoring specific devices": Wayland and X.Org
 *  tag power-switch              logind: a power key of the guest's keyboard does not switch this PC off
 *  PULSE_IGNORE, ACP_IGNORE      PulseAudio (module-udev-detect) and PipeWire (alsa-udev), which look for the name
 *  NM_UNMANAGED                  NetworkManager
 *  ID_MM_DEVICE_IGNORE           ModemManager, "Common udev tags"
 *  ID_GPHOTO2, ID_MTP_DEVICE, ID_MEDIA_PLAYER  taken away: GVfs and KDE's Solid know cameras and phones by them
 *
 * Limits, on purpose or known:
 *  - The device nodes stay. The front end may use an assigned gamepad to start the game, and a virtual console still
 *    gets the keys of an assigned keyboard, since that is the kernel's doing: who has lost the desktop can log in.
 *  - Programs that open USB devices by themselves do not ask udev: those for Bluetooth adapters, printers, card readers
 *    and webcams. They have such a device until the VM takes it.
 *  - Hubs are never meant. udev's rules know them by the class of the device, 09.
 *  - Keyboards stay with the host while no other one would be left to it. The rule for that names where they
 *    are now, so that the text is made anew whenever a device comes or goes, or comes back from a VM.
 *  - udev's patterns have no escapes: in names and serial numbers, a character with a meaning there stands for any.
 */
#ifndef VM_USB_HANDS_OFF_H
#define VM_USB_HANDS_OFF_H

#include "host/usb.h"
#include "vm/state.h"

#define USB_HANDS_OFF_FILE "/run/udev/rules.d/72-playthrough-usb.rules"

/*
 * A socket, and how Linux numbers its halves: chains of ports such as "2.3"; NULL: it has no such half. The ports
 * of a hub have one number on both halves (the kernel pairs them so: drivers/usb/core/port.c, find_and_link_peer()),
 * so that the controllers' own are enough.
 */
struct usb_hands_off_port {
	const char *port; /* its key, see base/usb_port.h */
	const char *usb2, *usb3;
};

struct usb_hands_off_vm {
	char *name;
	struct journal_rule *rules;
	size_t n;
};

struct usb_hands_off {
	const struct usb_hands_off_vm *vms;
	size_t n_vms;
	/* Those that are known. Of a socket that is not, nor any above it, both halves are taken to have one number. */
	const struct usb_hands_off_port *ports;
	size_t n_ports;
	const struct usb *usb; /* what is plugged in, for the sake of keyboards */
	bool other_keyboard;   /* there is one that is not on USB: PS/2, a laptop's own */
};

/* The text; NULL where no rule can match anything. Caller frees. */
char *usb_hands_off_rules(const struct usb_hands_off *w);
/* Whether these rules keep the desktop from @d, one of @w's usb. */
bool usb_hands_off_has(const struct usb_hands_off *w, const struct usb_device *d);

#endif
