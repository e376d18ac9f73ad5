/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disk list, disk show: which disk is which, what is on it, and whether a game could have it. */
#include "base/i18n.h"
#include "cli_disk.h"

#include <errno.h>

struct word {
	const char *key, *word;
};

static const char *find(const struct word *words, const char *key)
{
	for (; key && words->key; words++) {
		if (streq(words->key, key))
			return _(words->word);
	}
	return NULL;
}

static const char *member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* --- words --- */

/* In thousands, as it is printed on the disk. */
char *cli_disk_size(const json_t *object)
{
	static const char *const units[] = {
	        N_("B"), N_("kB"), N_("MB"), N_("GB"), N_("TB"), N_("PB")};
	double value = (double)json_integer_value(json_object_get(object, "size"));
	size_t unit = 0;

	for (; value >= 1000 && unit + 1 < ARRAY_SIZE(units); unit++)
		value /= 1000;
	return xasprintf(value < 10 && unit ? "%.1f %s" : "%.0f %s", value, _(units[unit]));
}

/* "NVMe", "SATA, hard disk", "USB" */
static char *kind_of(const json_t *disk)
{
	static const struct word buses[] = {{"nvme", "NVMe"}, {"ata", "SATA"}, {"usb", "USB"},
	        {"scsi", "SCSI"}, {"mmc", N_("flash card")}, {"virtio", N_("virtual disk")}, {0}};
	const char *bus = find(buses, member(disk, "bus"));
	bool turns = json_is_true(json_object_get(disk, "rotational"));

	if (!bus)
		bus = _("unknown kind");
	return turns ? xasprintf(_("%s, spinning"), bus) : xstrdup(bus);
}

static char *temperature_of(const json_t *disk)
{
	const json_t *celsius = json_object_get(json_object_get(disk, "temperature"), "celsius");

	if (!json_is_number(celsius))
		return xstrdup(_("temperature unknown"));
	return xasprintf(_("%.0f °C"), json_number_value(celsius));
}

static char *health_of(const json_t *disk)
{
	static const struct word words[] = {{"good", N_("well, as it says itself")},
	        {"warn", N_("calls for help")}, {"bad", N_("failing")}, {0}};
	const json_t *health = json_object_get(disk, "health");
	const char *word = find(words, member(health, "verdict"));
	cleanup_free char *source = cli_member(health, "source");
	cleanup_free char *value = cli_member(health, "value");

	if (!word)
		return xstrdup(_("health unknown"));
	return xasprintf("%s (%s: %s)", word, source, value);
}

static const char *verdict_of(const json_t *object)
{
	static const struct word words[] = {{"pass", N_("can be given to a game")},
	        {"warn", N_("can be given to a game, but:")},
	        {"fail", N_("cannot be given to a game:")}, {0}};
	const char *word = find(words, member(object, "verdict"));

	return word ? word : _("whether it can be given to a game is not known:");
}

/* --- one disk --- */

/* "/dev/disk/by-id/ata-...  (sda)": the latter is shown, and never to be written down. */
static void put_title(const json_t *object)
{
	cleanup_free char *path = cli_member(object, "path"), *name = cli_member(object, "name");

	if (streq(path, "-"))
		printf("%s\n", name);
	else
		printf("%s  (%s)\n", path, name);
}

static void put_nature(const json_t *disk)
{
	cleanup_free char *model = cli_member(disk, "model");
	cleanup_free char *serial = cli_member(disk, "serial");
	cleanup_free char *size = cli_disk_size(disk), *kind = kind_of(disk);
	cleanup_free char *temperature = temperature_of(disk), *health = health_of(disk);

	printf(_("  %s, serial number %s, %s, %s\n"), model, serial, size, kind);
	printf("  %s, %s\n", temperature, health);
}

static void put_verdict(const json_t *object, const char *indent)
{
	cleanup_free char *reasons = xasprintf("%s  ", indent);

	printf("%s%s\n", indent, verdict_of(object));
	cli_put_lines(stdout, reasons, json_object_get(object, "reasons"));
}

static void put_disk(const json_t *disk)
{
	put_title(disk);
	put_nature(disk);
	if (json_array_size(json_object_get(disk, "contents"))) {
		printf("  %s\n", _("on it now:"));
		cli_put_lines(stdout, "    ", json_object_get(disk, "contents"));
	}
	put_verdict(disk, "  ");
}

/* What the profile would say; the first line is "[disk NAME]". */
static void put_section(const json_t *object)
{
	const json_t *section = json_array_get(json_object_get(object, "sections"), 0), *pair;
	cleanup_free char *name = cli_member(section, "section");
	size_t i;

	if (!section || streq(member(object, "verdict") ? member(object, "verdict") : "", "fail"))
		return;
	printf("  %s\n    [%s]\n", _("in a profile:"), name);
	json_array_foreach (json_object_get(section, "keys"), i, pair) {
		fputs("    ", stdout);
		cli_put(json_string_value(json_array_get(pair, 0)));
		fputs(" = ", stdout);
		cli_put(json_string_value(json_array_get(pair, 1)));
		putchar('\n');
	}
}

static void put_partition(const json_t *partition)
{
	cleanup_free char *content = cli_member(partition, "content");
	cleanup_free char *size = cli_disk_size(partition);

	put_title(partition);
	printf("  %s, %s\n", size, content);
	put_verdict(partition, "  ");
	put_section(partition);
}

static void put_links(const json_t *disk)
{
	if (json_array_size(json_object_get(disk, "links")) < 2)
		return;
	printf("  %s\n", _("all its names:"));
	cli_put_lines(stdout, "    ", json_object_get(disk, "links"));
}

static void put_partly(const json_t *all)
{
	if (json_is_true(json_object_get(all, "partly")))
		puts(_("Without root not all programs could be looked at: some may use a disk that "
		       "looks free here."));
}

/* --- the commands --- */

/* @all, or of it what @disk is, as one document. */
static void print_json(const json_t *all, const char *key, const json_t *disk)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	if (disk)
		json_object_set(document, key, (json_t *)disk);
	else
		json_object_update_missing(document, (json_t *)all);
	cli_print_json(document);
}

int command_disk_list(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *all = cli_disks(cli, err);
	const json_t *disk;
	size_t i;

	if (!all)
		return err->number;
	if (cli->json) {
		print_json(all, NULL, NULL);
		return 0;
	}
	json_array_foreach (json_object_get(all, "disks"), i, disk) {
		if (i)
			putchar('\n');
		put_disk(disk);
	}
	if (!i)
		puts(_("This PC shows no disk."));
	put_partly(all);
	return 0;
}

int command_disk_show(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *all = cli_disks(cli, err);
	const json_t *partition = NULL, *disk, *p;
	size_t i;

	if (!all)
		return err->number;
	disk = cli_disk_find(all, cli->args[0], &partition, err);
	if (!disk)
		return err->number;
	if (cli->json) {
		print_json(all, partition ? "partition" : "disk", partition ? partition : disk);
		return 0;
	}
	if (partition) {
		put_partition(partition);
		return 0;
	}
	put_disk(disk);
	put_section(disk);
	put_links(disk);
	json_array_foreach (json_object_get(disk, "partitions"), i, p) {
		putchar('\n');
		put_partition(p);
	}
	put_partly(all);
	return 0;
}
