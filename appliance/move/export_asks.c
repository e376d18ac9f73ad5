/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every exporter asks of a profile. */
#include "base/i18n.h"
#include "move/export_parts.h"
#include "profile/keys.h"

#include <errno.h>
#include <stdio.h>

#define GUEST_SERIAL_MAX 20 /* of virtio-blk, ATA and NVMe alike */

int export_memory(const struct exporting *e, uint64_t *bytes, struct err *err)
{
	*bytes = e->profile->memory_bytes;
	if (*bytes != PROFILE_MEMORY_MAX)
		return 0;
	*bytes = e->facts->memory_bytes;
	if (!*bytes) {
		err_set(err, -EINVAL,
		        _("size=max in [memory] is no number, and this PC could not start it now, "
		          "which would have told one"));
		err_hint(err, _("write how much in [memory] of %s, such as size=16G"),
		        e->profile->file);
		return -EINVAL;
	}
	export_note(e, EXPORT_CHANGED, "memory", "size", _("it is %llu MiB, what max is now"),
	        (unsigned long long)(*bytes / EXPORT_MIB));
	return 0;
}

/* "4-7,12": one for each of the guest's, in the order in which they stand there. */
static unsigned *listed_pins(const struct profile *profile)
{
	cleanup_strv struct strv words = {0};
	unsigned *pins = NULL;
	size_t n = 0;

	strv_split(&words, profile->cpu_pin, ",");
	strv_foreach (word, &words) {
		unsigned first, last;
		int got = sscanf(*word, "%u-%u", &first, &last);

		for (unsigned c = first; got > 0 && c <= (got == 2 ? last : first); c++)
			*list_append(pins, n) = c;
	}
	if (n == profile->cpus)
		return pins;
	free(pins);
	return NULL;
}

unsigned *export_pins(const struct exporting *e)
{
	const struct profile *profile = e->profile;
	const char *pin = profile->cpu_pin ? profile->cpu_pin : "auto";
	unsigned *pins;

	if (streq(pin, "no"))
		return NULL;
	if (!streq(pin, "auto"))
		return listed_pins(profile);
	if (!e->facts->pins)
		return NULL;
	pins = xcalloc(profile->cpus, sizeof(*pins));
	memcpy(pins, e->facts->pins, profile->cpus * sizeof(*pins));
	return pins;
}

const char *export_kind(const struct profile_pci *pci)
{
	return key_section_of_pci(pci->kind)->name;
}

bool export_passes(const struct profile *profile, enum profile_pci_kind kind)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].kind == kind)
			return true;
	return false;
}

int export_function_at(const struct profile *profile, unsigned card, unsigned function)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (!profile_pci_is_share(&profile->pci[i]) &&
		        profile_card_number(profile, i) == card &&
		        profile_guest_function(profile, i) == function)
			return (int)i;
	return -1;
}

/* Without its address: that is the whole card's, which stays with this PC. */
void export_note_shares(const struct exporting *e)
{
	for (size_t i = 0; i < e->profile->n_pci; i++) {
		const struct profile_pci *pci = &e->profile->pci[i];

		if (profile_pci_is_share(pci))
			export_note_of(e, EXPORT_LOST, export_kind(pci), pci->name, "address",
			        _("a part of a card is made by Playthrough at each start, and is "
			          "not there without it"));
	}
}

unsigned export_cards(const struct profile *profile)
{
	unsigned cards = 0;

	for (size_t i = 0; i < profile->n_pci; i++) {
		unsigned number = profile_card_number(profile, i) + 1;

		cards = number > cards ? number : cards;
	}
	return cards;
}

/* Two partitions have one disk's serial number between them. */
static bool is_partition(const char *device)
{
	const char *part = strrchr(device, '-');

	return strstr(device, "/by-partuuid/") || (part && starts_with(part, "-part"));
}

char *export_serial(const struct profile_disk *disk)
{
	bool whole = disk->device && !is_partition(disk->device);
	const char *serial = disk->serial && (whole || disk->image) ? disk->serial : disk->name;

	return whole && !disk->serial ? NULL : xasprintf("%.*s", GUEST_SERIAL_MAX, serial);
}

bool export_is_vga(const struct profile *profile, const struct profile_pci *pci)
{
	return pci == profile_primary_card(profile) && profile->firmware == PROFILE_FIRMWARE_BIOS &&
	       !profile->kernel &&
	       (pci->primary == PROFILE_PRIMARY_YES ||
	               profile_display_card(profile) == PROFILE_DISPLAY_NONE);
}

bool export_is_mouse(const struct profile_input *input)
{
	return ends_with(input->device, "-event-mouse");
}

/* Those that Linux has had since 4.14; in the order in which each builds upon the others. */
const struct export_enlightenment export_enlightenments[] = {
        {"hv-relaxed", "relaxed", "relaxed"},
        {"hv-vapic", "vapic", "vapic"},
        {"hv-spinlocks", "spinlocks", "spinlocks"},
        {"hv-vpindex", "vpindex", "vpindex"},
        {"hv-runtime", "runtime", "runtime"},
        {"hv-synic", "synic", "synic"},
        {"hv-stimer", "stimer", "synictimer"},
        {"hv-reset", "reset", "reset"},
        {"hv-frequencies", "frequencies", "frequencies"},
        {0},
};

bool export_is_unwanted(const struct profile *profile, const char *feature)
{
	cleanup_strv struct strv wishes = {0};

	strv_split(&wishes, profile->cpu_features ? profile->cpu_features : "", ",");
	strv_foreach (wish, &wishes)
		if (**wish == '-' && streq(*wish + 1, feature))
			return true;
	return false;
}
