/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a profile means where it says auto, of all that follows from the profile alone. Pure. */
#ifndef PROFILE_MEANING_H
#define PROFILE_MEANING_H

#include "profile/profile.h"

bool profile_is_windows(const struct profile *profile);
bool profile_wants_secure_boot(const struct profile *profile);
bool profile_wants_tpm(const struct profile *profile);
/* The emulated cards; never AUTO. */
enum profile_sound profile_sound_card(const struct profile *profile);
enum profile_display profile_display_card(const struct profile *profile);
/* VIRTIO or E1000E. */
enum profile_nic profile_network_card(const struct profile *profile, const struct profile_net *net);
/* All forward= of its network cards, with spaces between; NULL: none. Caller frees. */
char *profile_forwards(const struct profile *profile);
/* The passed card that is the guest's first screen; NULL: none. */
const struct profile_pci *profile_primary_card(const struct profile *profile);
/* The place in the boot order of the disk at @index, from 1 on; those without boot= follow those with one. */
unsigned profile_disk_boot(const struct profile *profile, size_t index);
/* The same of the drive for CDs at @index; those without boot= follow the disks. */
unsigned profile_cdrom_boot(const struct profile *profile, size_t index);
/* Of the memory that Looking Glass reads, a power of two; the profile has a glass_resolution. */
uint64_t profile_glass_bytes(const struct profile *profile);
/* How many cards stand before that of the function at @index: each gets a root port of its own. */
unsigned profile_card_number(const struct profile *profile, size_t index);
/* Its function in the guest. */
unsigned profile_guest_function(const struct profile *profile, size_t index);

#endif
