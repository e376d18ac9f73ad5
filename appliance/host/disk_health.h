/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How warm a disk is and whether it is well, as far as files of /sys tell. SMART is not asked: that takes commands to the
 * disk, which wake it, and which a disk that dies answers after minutes.
 */
#ifndef HOST_DISK_HEALTH_H
#define HOST_DISK_HEALTH_H

#include "host/disk.h"

enum disk_health_verdict {
	DISK_HEALTH_UNKNOWN,
	DISK_HEALTH_GOOD,
	DISK_HEALTH_WARN,
	DISK_HEALTH_BAD
};

struct disk_health {
	bool has_temperature;
	int millidegrees; /* Celsius */
	char *temperature_source;
	enum disk_health_verdict verdict;
	char *value, *source; /* what decided: "0x01", "/sys/.../pre_eol_info"; NULL: nothing did */
};

void disk_health_take(const struct root *root, const struct disk *d, struct disk_health *out);
void disk_health_finish(struct disk_health *health);
/* "good", "warn", "bad", "unknown" */
const char *disk_health_word(enum disk_health_verdict verdict);

#endif
