/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/disk_health.h"
#include "host/attr.h"

#define HOTTEST 200000 /* millidegrees: more is no temperature of a disk that answers */

/* The kernel writes "!" for the "/" in names such as "cciss/c0d0". */
static char *folder_of(const struct disk *d)
{
	cleanup_free char *name = xstrdup(d->name);

	for (char *c = name; (c = strchr(c, '/'));)
		*c = '!';
	return xasprintf("/sys/block/%s/device", name);
}

static bool read_number(const struct root *root, const char *path, int64_t *out)
{
	cleanup_free char *text = attr_text(root, "%s", path);
	bool minus = text && *text == '-';
	uint64_t value;

	if (!text || parse_u64(text + minus, 0, INT32_MAX, &value) < 0)
		return false;
	*out = minus ? -(int64_t)value : (int64_t)value;
	return true;
}

/*
 * Linux Documentation/hwmon/drivetemp.rst, drivers/nvme/host/hwmon.c: temp1_input, and temp1_alarm, which for NVMe is
 * that the disk itself calls for help.
 */
static void take_monitor(const struct root *root, const char *folder, struct disk_health *out)
{
	cleanup_free char *input = xasprintf("%s/temp1_input", folder);
	cleanup_free char *alarm = xasprintf("%s/temp1_alarm", folder);
	int64_t value;

	if (!read_number(root, input, &value) || value > HOTTEST || value < -HOTTEST)
		return;
	out->has_temperature = true;
	out->millidegrees = (int)value;
	free(out->temperature_source);
	out->temperature_source = take_ptr(input);
	if (!read_number(root, alarm, &value) || !value)
		return;
	out->verdict = DISK_HEALTH_WARN;
	out->value = xasprintf("%d", (int)value);
	out->source = take_ptr(alarm);
}

/* "hwmon3" is in the folder of the device, or in one that is called "hwmon". */
static void find_monitor(const struct root *root, const char *folder, struct disk_health *out)
{
	cleanup_free char *inner = xasprintf("%s/hwmon", folder);
	cleanup_strv struct strv names = {0};

	root_list(root, root_exists(root, inner) ? inner : folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *monitor =
		        xasprintf("%s/%s", root_exists(root, inner) ? inner : folder, *name);

		if (!out->has_temperature && is_numbered(*name, "hwmon"))
			take_monitor(root, monitor, out);
	}
}

struct state {
	const char *file, *value; /* the latter NULL: whatever else is there */
	enum disk_health_verdict verdict;
};

/*
 * SCSI and NVMe say that a device is given up (Documentation/ABI: "offline", "dead"); flash cards count down their life
 * (JEDEC eMMC 5.1, PRE_EOL_INFO: 1 normal, 2 most reserve is gone, 3 urgent). That a disk runs does not say that it is well.
 */
static const struct state states[] = {
        {"state", "offline", DISK_HEALTH_BAD},
        {"state", "transport-offline", DISK_HEALTH_BAD},
        {"state", "dead", DISK_HEALTH_BAD},
        {"pre_eol_info", "0x03", DISK_HEALTH_BAD},
        {"pre_eol_info", "0x02", DISK_HEALTH_WARN},
        {"pre_eol_info", "0x01", DISK_HEALTH_GOOD},
};

static void take_state(const struct root *root, const char *folder, struct disk_health *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		cleanup_free char *source = xasprintf("%s/%s", folder, states[i].file);
		cleanup_free char *value = attr_text(root, "%s", source);

		if (!value || !streq(value, states[i].value) || states[i].verdict <= out->verdict)
			continue;
		free(out->value);
		free(out->source);
		out->verdict = states[i].verdict;
		out->value = take_ptr(value);
		out->source = take_ptr(source);
	}
}

void disk_health_take(const struct root *root, const struct disk *d, struct disk_health *out)
{
	cleanup_free char *folder = folder_of(d);
	cleanup_free char *above = xasprintf("%s/device", folder);

	*out = (struct disk_health){0};
	find_monitor(root, folder, out);
	if (!out->has_temperature)
		find_monitor(root, above, out); /* NVMe of older kernels: at the PCI function */
	take_state(root, folder, out);
}

void disk_health_finish(struct disk_health *health)
{
	free(health->temperature_source);
	free(health->value);
	free(health->source);
	*health = (struct disk_health){0};
}

const char *disk_health_word(enum disk_health_verdict verdict)
{
	switch (verdict) {
	case DISK_HEALTH_GOOD:
		return "good";
	case DISK_HEALTH_WARN:
		return "warn";
	case DISK_HEALTH_BAD:
		return "bad";
	case DISK_HEALTH_UNKNOWN:
		break;
	}
	return "unknown";
}
