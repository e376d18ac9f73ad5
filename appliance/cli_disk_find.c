/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks for the commands: asked for, added to, and found by what people call them. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli_disk.h"
#include "host/disk_health.h"

#include <errno.h>

/* --- what this program reads itself: a daemon would have to wait for a disk that dies --- */

static json_t *temperature_json(const struct disk_health *health)
{
	if (!health->has_temperature)
		return json_null();
	return json_pack("{s:f, s:s}", "celsius", health->millidegrees / 1000.0, "source",
	        health->temperature_source);
}

static void add_health(const struct root *root, json_t *disk)
{
	const char *name = json_string_value(json_object_get(disk, "name"));
	cleanup_free char *copy = xstrdup(name ? name : "");
	struct disk_health health;

	if (!name || strstr(name, ".."))
		return;
	disk_health_take(root, &(struct disk){.name = copy}, &health);
	json_object_set_new(disk, "temperature", temperature_json(&health));
	json_object_set_new(disk, "health",
	        json_pack("{s:s, s:s?, s:s?}", "verdict", disk_health_word(health.verdict), "value",
	                health.value, "source", health.source));
	disk_health_finish(&health);
}

json_t *cli_disks(struct cli *cli, struct err *err)
{
	json_t *all = cli_call_json(cli, "DiskList", NULL, err), *disk;
	struct root root;
	size_t i;

	if (!all || root_open(&root, "/", NULL) < 0)
		return all;
	json_array_foreach (json_object_get(all, "disks"), i, disk)
		add_health(&root, disk);
	root_close(&root);
	return all;
}

/* --- by name --- */

static bool is(const json_t *object, const char *key, const char *name)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && streq(value, name);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_called(const json_t *object, const char *name)
{
	const json_t *link;
	size_t i;

	json_array_foreach (json_object_get(object, "links"), i, link) {
		const char *path = json_string_value(link);

		if (path && (streq(path, name) || streq(last_part(path), name)))
			return true;
	}
	return is(object, "name", starts_with(name, "/dev/") ? name + strlen("/dev/") : name);
}

struct found {
	const json_t *disk, *partition;
	size_t n;
};

static void look(const json_t *disk, const char *name, struct found *found)
{
	const json_t *partition;
	size_t i;

	if (is_called(disk, name) || is(disk, "serial", name)) {
		found->disk = disk;
		found->partition = NULL;
		found->n++;
	}
	json_array_foreach (json_object_get(disk, "partitions"), i, partition) {
		if (!is_called(partition, name))
			continue;
		found->disk = disk;
		found->partition = partition;
		found->n++;
	}
}

const json_t *cli_disk_find(
        const json_t *disks, const char *name, const json_t **partition, struct err *err)
{
	cleanup_free char *harmless = text_harmless(name, false);
	struct found found = {0};
	const json_t *disk;
	size_t i;

	json_array_foreach (json_object_get(disks, "disks"), i, disk)
		look(disk, name, &found);
	if (found.n == 1) {
		if (partition)
			*partition = found.partition;
		return found.disk;
	}
	err_set(err, found.n ? -EEXIST : -ENODEV,
	        found.n ? _("%s names several disks") : _("there is no disk %s"), harmless);
	err_hint(err, _("playthrough disk list tells their names"));
	if (!found.n)
		err_code(err, CODE_DISK_ABSENT);
	return NULL;
}
