/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound cards: which PCI function or USB device each one is, and whether anything plays or records now. */
#ifndef HOST_SOUND_H
#define HOST_SOUND_H

#include "base/pciaddr.h"
#include "base/root.h"

struct sound_card {
	char *name; /* "card0" */
	char *id;   /* "PCH": /sys/class/sound/card0/id; "" where it has none */
	bool has_controller;
	struct pci_addr controller;
	char *usb;            /* "1-4": it is this USB device; NULL */
	bool running;         /* a stream of it is open and runs */
	char *running_source; /* "/proc/asound/card0/pcm0p/sub0/status"; NULL where none runs */
};

struct sounds {
	struct sound_card *list;
	size_t n;
};

int sounds_take(const struct root *root, struct sounds *out, struct err *err);
void sounds_finish(struct sounds *sounds);

#endif
