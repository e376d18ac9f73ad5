/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our entries for a PC that systemd-boot starts by unified kernel images (uki.h).
 *
 * Nothing can be added to such an image without making it anew, and a tool that signs may not be there. So ours are
 * entries of type 1 here too: kernel, microcode and initramfs of the image are copied out of it into files of their own
 * beside our archive, and the entry has the image's command line with ours behind it. The image itself is only read.
 *
 * A copy is as old as the image was. So this is done only where something calls `playthrough-setup renew` after the image was made
 * anew: kernel-install(8) with layout=uki, or mkinitcpio(8). And only where the stub in the image adds nothing of its own
 * to what the kernel gets: no addons, credentials or extensions beside it, no Secure Boot (a kernel taken out of a signed
 * image is not signed).
 */
#ifndef SETUP_UNIFIED_H
#define SETUP_UNIFIED_H

#include "loader_entry.h"
#include "uki.h"

#include "base/root.h"

#define UNIFIED_FOLDER "/EFI/Linux"

enum unified_copy { UNIFIED_LINUX, UNIFIED_UCODE, UNIFIED_INITRD, UNIFIED_COPY_COUNT };

struct unified {
	char *file;     /* "arch-linux.efi" */
	char *path;     /* "/efi/EFI/Linux/arch-linux.efi" */
	char *id;       /* as systemd-boot names the entry: without a boot counter */
	char *version;  /* "6.9.1-arch1-1" */
	char *own_name; /* "~arch-linux.efi-6.9.1-arch1-1~playthrough.conf" */
	char *family; /* what the names of ours begin with, whatever the kernel: "~arch-linux.efi-" */
	struct uki uki;
	uint64_t size; /* of the whole image */
	struct loader_entry
	        entry; /* the image as if it were an entry of type 1 that names the copies */
	char *copies[UNIFIED_COPY_COUNT]; /* paths in the root; NULL: the image has none of it */
};

struct unified_list {
	struct unified *list;
	size_t n;
	char *why_not; /* why there is none for some image, or for all; NULL */
};

/*
 * The images in @boot (systemd_boot.h) of this system that get an entry: the one that started it, the one that is our
 * default, and newer ones of the same line. Never fails: @out has less then, and says why.
 */
void unified_take(const struct root *root, const char *boot, struct unified_list *out);
/* Names the copies, by their content: reads the images whole. -errno where one cannot be read. */
int unified_name_copies(
        const struct root *root, const char *boot, struct unified_list *list, struct err *err);
void unified_finish(struct unified_list *list);

/*
 * Fails with PT-BOOT-16 where the copies that are still to be made leave no room for the system's next image; those of
 * ours that nothing needs any more count as free.
 */
int unified_check_room(const struct root *root, const char *boot, const struct unified_list *list,
        struct err *err);
/* Bytes of the copies that are still to be made. */
uint64_t unified_still_needed(const struct root *root, const struct unified_list *list);
/* Whether copies of @needed bytes fit into @free, and behind them another image of @next. */
bool unified_fits(uint64_t needed, uint64_t free, uint64_t next);
/* Removes the copies that no image of @list needs. */
int unified_remove_copies(const struct root *root, const char *boot,
        const struct unified_list *list, struct err *err);
/* Makes those that are not there or not whole; on the disk when it returns. */
int unified_make_copies(const struct root *root, const struct unified_list *list, struct err *err);
/* Any copy, or what is left of one. */
bool unified_has_copies(const struct root *root, const char *boot);

/* For people, rounded up. */
unsigned unified_megabytes(uint64_t bytes);
/* Adds what a plan has to say of them. */
void unified_notes(const struct root *root, const char *boot, struct strv *notes);

#endif
