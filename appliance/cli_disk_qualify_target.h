/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is tested: a disk or file that is only read, an empty disk to be written, or a file of our own in a folder. */
#ifndef CLI_DISK_QUALIFY_TARGET_H
#define CLI_DISK_QUALIFY_TARGET_H

#include "base/err.h"
#include "qualify/verdict.h"

struct target {
	int fd;
	char *path;   /* as it was found: of a name alone, the link or node of that name */
	char *title;  /* "Samsung SSD 860 EVO 500GB (sda)", or the path; harmless */
	char *below;  /* serial number, size; harmless */
	char *serial; /* NULL: not known */
	char *sysfs;  /* of the whole disk, "/sys/devices/.../block/sda"; NULL: not known */
	bool is_disk, is_folder;
	struct qualify_facts facts;
};

/*
 * Opens what is only to be read. What is only in memory, has holes, or is too small for a test is refused.
 * @may_write: an empty disk or a folder, which are not written to before qualify_target_prepare().
 */
int qualify_target_open(const char *name, bool may_write, struct target *out, struct err *err);
/*
 * Now it may be written to: the disk is opened for us alone and once more found to be the same and empty; in the folder,
 * a file without a name is made of at most @bytes. @region gets how much of it is to be written.
 */
int qualify_target_prepare(
        struct target *target, uint64_t bytes, uint64_t *region, struct err *err);
/* The test is over: an empty disk's first bytes become 0 again, so that it still is an empty one. */
int qualify_target_clear(struct target *target, struct err *err);
/* Takes the temperature, where there is one. */
void qualify_target_measure_heat(struct target *target);
void qualify_target_finish(struct target *target);

#endif
