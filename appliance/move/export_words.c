/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several formats have in the same words, which are QEMU's. */
#include "base/i18n.h"
#include "move/export_parts.h"

#include <openssl/evp.h>

const char *export_toggle(enum profile_toggle toggle)
{
	switch (toggle) {
	case PROFILE_TOGGLE_CTRL_CTRL:
		break;
	case PROFILE_TOGGLE_ALT_ALT:
		return "alt-alt";
	case PROFILE_TOGGLE_META_META:
		return "meta-meta";
	case PROFILE_TOGGLE_SCROLLLOCK:
		return "scrolllock";
	case PROFILE_TOGGLE_CTRL_SCROLLLOCK:
		return "ctrl-scrolllock";
	}
	return "ctrl-ctrl";
}

const char *export_watchdog(enum profile_watchdog watchdog)
{
	switch (watchdog) {
	case PROFILE_WATCHDOG_NO:
		break;
	case PROFILE_WATCHDOG_RESET:
		return "reset";
	case PROFILE_WATCHDOG_POWEROFF:
		return "poweroff";
	case PROFILE_WATCHDOG_PAUSE:
		return "pause";
	}
	return NULL;
}

bool export_has_disk(const struct exporting *e, const struct profile_disk *disk)
{
	if (!disk->url)
		return true;
	export_note_of(e, EXPORT_LOST, "disk", disk->name, "url",
	        _("a disk on the network is not carried: add it by hand"));
	return false;
}

/* What bus=auto comes to is known from the disk itself; the link says as much of it as a profile has. */
static enum profile_bus bus_of(const struct profile *profile, const struct profile_disk *disk)
{
	if (disk->bus != PROFILE_BUS_AUTO)
		return disk->bus;
	if (!profile_is_windows(profile))
		return PROFILE_BUS_VIRTIO;
	return disk->device && disk->writable && !strstr(disk->device, "/nvme-") ? PROFILE_BUS_SATA
	                                                                         : PROFILE_BUS_NVME;
}

bool export_is_virtio(const struct exporting *e, const struct profile_disk *disk)
{
	enum profile_bus bus = bus_of(e->profile, disk);

	return bus == PROFILE_BUS_VIRTIO || bus == PROFILE_BUS_SCSI;
}

void export_note_bus(const struct exporting *e, const struct profile_disk *disk)
{
	enum profile_bus bus = bus_of(e->profile, disk);

	if (bus == PROFILE_BUS_SCSI)
		export_note_of(e, EXPORT_CHANGED, "disk", disk->name, "bus",
		        _("it is virtio: a Linux has other names for it"));
	if (bus == PROFILE_BUS_NVME)
		export_note_of(e, EXPORT_CHANGED, "disk", disk->name, "bus",
		        _("it is sata: a Windows that was installed on nvme starts from it after "
		          "one "
		          "start in safe mode"));
	if (!disk->writable && !export_is_virtio(e, disk))
		export_note_of(e, EXPORT_LOST, "disk", disk->name, "writable",
		        _("a disk of sata cannot be read only there: the guest may write to it"));
}

char *export_base64(const char *text)
{
	size_t n = strlen(text);
	unsigned char *out = xcalloc(4 * ((n + 2) / 3) + 1, 1);

	EVP_EncodeBlock(out, (const unsigned char *)text, (int)n);
	return (char *)out;
}
