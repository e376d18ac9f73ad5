/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drives for CDs of a game that runs, and the images on this PC that may be put into them, as plain data. Pure; what is
 * shown is harmless and of bounded length, and a path besides that is as the file is called.
 */
#ifndef MODEL_DISCS_H
#define MODEL_DISCS_H

#include "base/strv.h"

#define DISCS_DRIVES_MOST 16u
#define DISCS_IMAGES_MOST 256u

struct disc_image {
	char *path;          /* as it is called: to be opened, never shown */
	char *name, *folder; /* to be shown */
};

struct disc_drive {
	char *name;
	struct disc_image in; /* its path "": nothing is in it, or nobody knows what */
	bool open, locked;    /* its tray; held shut by the guest */
};

struct discs {
	char *vm; /* whose the drives are; NULL: of none yet */
	struct disc_drive *drives;
	size_t n_drives;
	struct disc_image *images; /* by name */
	size_t n_images;
	bool looked; /* for images, at least once */
};

void discs_finish(struct discs *discs);
/* From Status of a game; true: what is shown is another. Garbage is no drives. */
bool discs_set(struct discs *discs, const char *vm, const char *json);
/* The files that were found, by their whole paths. */
void discs_set_images(struct discs *discs, const struct strv *paths);
/* The drives of that game; 0: it has none, or they are not known. */
size_t discs_count(const struct discs *discs, const char *vm);
/* NULL: that game has no such drive. */
const struct disc_drive *discs_drive(const struct discs *discs, const char *vm, const char *name);

#endif
