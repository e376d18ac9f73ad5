/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Playthrough does for a game that the definitions of other programs have no word for, and what stands in for it. */
#include "base/i18n.h"
#include "move/export_parts.h"

static const struct {
	const char *section, *key, *why;
} reasons[] = {
        {"cpu", "isolate",
                N_("it is an act of Playthrough on this PC; there, keep the host off these "
                   "processors by AllowedCPUs= of its slices")},
        {"memory", "numa", N_("the nodes of memory are chosen by Playthrough at each start")},
        {"gpu", "bar-size",
                N_("it is an act of Playthrough on this PC; there, write the size into "
                   "/sys/bus/pci/devices/ADDRESS/resource0_resize before a start")},
        {"gpu", "reset-method",
                N_("it is an act of Playthrough on this PC; there, write the word into "
                   "/sys/bus/pci/devices/ADDRESS/reset_method before a start")},
        {"gpu", "hand-over",
                N_("nothing there stops what uses the card; it must be free before a start")},
        {"gpu", "hand-over-stop", N_("nothing there stops services before a start")},
        {"gpu", "primary", N_("which screen is the first is left to the firmware")},
        {"gpu", "rombar", N_("there is no word for it there")},
        {"disk", "size", N_("nothing there compares the disk's size before a start")},
        {"disk", "guest-volumes",
                N_("nothing there asks whose the volumes on a disk are; keep this PC's own LVM "
                   "and RAID off it yourself")},
        {"disk", "passphrase-file",
                N_("no passphrase is carried; give it to the other program by its own way")},
        {"usb", "port",
                N_("devices are named there by what they are, or by a number of a bus that may "
                   "change with each start of the PC")},
        {"usb", "hub", N_("there is no rule for all that is behind a hub")},
        {"usb", "serial", N_("devices of one kind are not told from one another there")},
        {"monitor", "input-while-playing", N_("nothing there switches the monitor's input")},
        {"monitor", "connector", N_("nothing there switches the monitor's input")},
        {"looking-glass", "memory", N_("it is a file in /dev/shm")},
};

const char *export_reason(const char *section, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (streq(reasons[i].section, section) && streq(reasons[i].key, key))
			return _(reasons[i].why);
	return NULL;
}
