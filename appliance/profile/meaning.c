/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/meaning.h"

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
		if (profile->pci[i].kind == PROFILE_PCI_GPU ||
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

		if (pci->kind != PROFILE_PCI_GPU)
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

enum profile_nic profile_network_card(const struct profile *profile)
{
	if (profile->nic != PROFILE_NIC_AUTO)
		return profile->nic;
	return profile_is_windows(profile) ? PROFILE_NIC_E1000E : PROFILE_NIC_VIRTIO;
}

/* The highest number that is written. */
static unsigned last_boot(const struct profile *profile)
{
	unsigned last = 0;

	for (size_t i = 0; i < profile->n_disks; i++)
		last = profile->disks[i].boot > last ? profile->disks[i].boot : last;
	for (size_t i = 0; i < profile->n_pci; i++)
		last = profile->pci[i].boot > last ? profile->pci[i].boot : last;
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
