/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/meaning.h"

#define MIB    (1ull << 20)
#define PIXEL  4u         /* bytes */
#define DEEP   8u         /* of HDR */
#define FRAMES 2u         /* one is written while the other is shown */
#define BESIDE (10 * MIB) /* cursor, sound and the queues */

bool profile_is_windows(const struct profile *profile)
{
	return profile->guest == PROFILE_GUEST_WINDOWS_10 ||
	       profile->guest == PROFILE_GUEST_WINDOWS_11;
}

/* Windows 11 installs only where Secure Boot can be switched on; others may boot what nobody has signed. */
bool profile_wants_secure_boot(const struct profile *profile)
{
	switch (profile->secure_boot) {
	case PROFILE_SECURE_BOOT_YES:
		return true;
	case PROFILE_SECURE_BOOT_NO:
		return false;
	case PROFILE_SECURE_BOOT_AUTO:
		break;
	}
	return profile->guest == PROFILE_GUEST_WINDOWS_11;
}

bool profile_wants_tpm(const struct profile *profile)
{
	switch (profile->tpm) {
	case PROFILE_TPM_YES:
		return true;
	case PROFILE_TPM_NO:
		return false;
	case PROFILE_TPM_AUTO:
		break;
	}
	return profile->guest == PROFILE_GUEST_WINDOWS_11;
}

/* What is passed has sound of its own: a graphics card at the screen that is plugged into it. */
static bool passes_sound(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if ((profile->pci[i].kind == PROFILE_PCI_GPU &&
		            !profile_pci_is_share(&profile->pci[i])) ||
		        profile->pci[i].kind == PROFILE_PCI_AUDIO)
			return true;
	return false;
}

enum profile_sound profile_sound_card(const struct profile *profile)
{
	if (profile->sound != PROFILE_SOUND_AUTO)
		return profile->sound;
	return passes_sound(profile) ? PROFILE_SOUND_NONE : PROFILE_SOUND_HDA;
}

/* The card that says so, else the first that may be. */
const struct profile_pci *profile_primary_card(const struct profile *profile)
{
	const struct profile_pci *first = NULL;

	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct profile_pci *pci = &profile->pci[i];

		if (pci->kind != PROFILE_PCI_GPU ||
		        profile_pci_is_share(pci)) /* which has no screen */
			continue;
		if (pci->primary == PROFILE_PRIMARY_YES)
			return pci;
		if (pci->primary == PROFILE_PRIMARY_AUTO && !first)
			first = pci;
	}
	return first;
}

enum profile_display profile_display_card(const struct profile *profile)
{
	if (profile->display != PROFILE_DISPLAY_AUTO)
		return profile->display;
	return profile_primary_card(profile) ? PROFILE_DISPLAY_NONE : PROFILE_DISPLAY_VIRTIO;
}

enum profile_nic profile_network_card(const struct profile *profile, const struct profile_net *net)
{
	if (net->nic != PROFILE_NIC_AUTO)
		return net->nic;
	return profile_is_windows(profile) ? PROFILE_NIC_E1000E : PROFILE_NIC_VIRTIO;
}

char *profile_forwards(const struct profile *profile)
{
	cleanup_strv struct strv words = {0};

	for (size_t i = 0; i < profile->n_nets; i++)
		if (profile->nets[i].forward)
			strv_add(&words, profile->nets[i].forward);
	return words.n ? strv_join(&words, " ") : NULL;
}

/* The highest number that is written. */
static unsigned last_boot(const struct profile *profile)
{
	unsigned last = 0;

	for (size_t i = 0; i < profile->n_disks; i++)
		last = profile->disks[i].boot > last ? profile->disks[i].boot : last;
	for (size_t i = 0; i < profile->n_pci; i++)
		last = profile->pci[i].boot > last ? profile->pci[i].boot : last;
	for (size_t i = 0; i < profile->n_cdroms; i++)
		last = profile->cdroms[i].boot > last ? profile->cdroms[i].boot : last;
	return last;
}

unsigned profile_disk_boot(const struct profile *profile, size_t index)
{
	const struct profile_disk *disks = profile->disks;
	unsigned rank = 1;

	if (disks[index].boot)
		return disks[index].boot;
	for (size_t i = 0; i < index; i++)
		rank += !disks[i].boot;
	return last_boot(profile) + rank;
}

unsigned profile_cdrom_boot(const struct profile *profile, size_t index)
{
	const struct profile_cdrom *drives = profile->cdroms;

	if (drives[index].boot)
		return drives[index].boot;
	return last_boot(profile) + (unsigned)profile->n_disks + (unsigned)index + 1;
}

/* The BAR of the device is a power of two. */
uint64_t profile_glass_bytes(const struct profile *profile)
{
	const char *height = strchr(profile->glass_resolution, 'x') + 1;
	uint64_t x = strtoul(profile->glass_resolution, NULL, 10), y = strtoul(height, NULL, 10),
	         need = x * y * (profile->glass_hdr ? DEEP : PIXEL) * FRAMES + BESIDE, size = MIB;

	while (size < need)
		size *= 2;
	return size;
}

static bool same_card(struct pci_addr a, struct pci_addr b)
{
	return a.domain == b.domain && a.bus == b.bus && a.device == b.device;
}

/* A part of a card is a card to the guest. */
static bool same_slot(const struct profile_pci *a, const struct profile_pci *b)
{
	return a == b || (!profile_pci_is_share(a) && !profile_pci_is_share(b) &&
	                         same_card(a->address, b->address));
}

unsigned profile_card_number(const struct profile *profile, size_t index)
{
	unsigned cards = 0;

	for (size_t i = 0; i <= index; i++) {
		size_t j = 0;

		while (j < i && !same_slot(&profile->pci[j], &profile->pci[i]))
			j++;
		if (same_slot(&profile->pci[i], &profile->pci[index]))
			return cards;
		cards += j == i;
	}
	return cards;
}

/*
 * Functions are where they are on the card: drivers look for the parts of a card beside each other by number. A slot
 * without function 0 would be empty to the guest (PCI Local Bus Specification 3.0, 3.2.2.3.4); where that one is not
 * passed, the others move up in their order.
 */
unsigned profile_guest_function(const struct profile *profile, size_t index)
{
	struct pci_addr addr = profile->pci[index].address;
	unsigned before = 0;

	for (size_t i = 0; i < profile->n_pci; i++) {
		struct pci_addr other = profile->pci[i].address;

		if (!same_slot(&profile->pci[index], &profile->pci[i]))
			continue;
		if (profile_pci_is_share(&profile->pci[i]))
			return 0;
		if (other.function == 0)
			return addr.function;
		before += other.function < addr.function;
	}
	return before;
}
