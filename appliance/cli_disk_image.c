/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image files: a command names a file, or a VM's disk as NAME DISK; the daemon works on it, in a job. */
#include "cli_disk_image.h"

#include "base/i18n.h"
#include "bus/text.h"
#include "cli_disk_call.h"

#include <errno.h>
#include <time.h>

/* --- how it is told --- */

static char *size_words(uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)bytes;
	size_t i = 0;

	for (; value >= 1024 && i + 1 < ARRAY_SIZE(units); i++)
		value /= 1024;
	return xasprintf(bytes < 1024 ? "%.0f %s" : "%.1f %s", value, units[i]);
}

static uint64_t number(const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	return value < 0 ? 0 : (uint64_t)value;
}

static void print_line(const char *label, const char *value)
{
	printf("  %-12s ", label);
	cli_put(value);
	putchar('\n');
}

static void print_snapshots(const json_t *json)
{
	struct cli_table table = {.columns = 3};
	const json_t *s, *all = json_object_get(json, "snapshots");
	size_t i;

	if (!json_array_size(all)) {
		puts(_("no snapshots"));
		return;
	}
	cli_table_add(&table, xstrdup(_("SNAPSHOT")));
	cli_table_add(&table, xstrdup(_("TAKEN")));
	cli_table_add(&table, xstrdup(_("MEMORY")));
	json_array_foreach (all, i, s) {
		time_t when = (time_t)number(s, "date");
		char text[32] = "-";
		struct tm tm;

		if (localtime_r(&when, &tm))
			strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
		cli_table_add(&table, cli_member(s, "tag"));
		cli_table_add(&table, xstrdup(text));
		cli_table_add(&table, number(s, "vm_state_bytes")
		                              ? size_words(number(s, "vm_state_bytes"))
		                              : xstrdup("-"));
	}
	cli_table_print(&table, stdout);
}

static void print_info(const json_t *json)
{
	cleanup_free char *size = size_words(number(json, "size_bytes"));
	cleanup_free char *used = size_words(number(json, "disk_bytes"));
	const char *backing = json_string_value(json_object_get(json, "backing"));
	const char *in_use = json_string_value(json_object_get(json, "in_use"));

	cli_put(json_string_value(json_object_get(json, "file")));
	putchar('\n');
	print_line(_("format"), json_string_value(json_object_get(json, "format")));
	print_line(_("size"), size);
	print_line(_("on the disk"), used);
	print_line(_("encrypted"),
	        json_is_true(json_object_get(json, "encrypted")) ? _("yes") : _("no"));
	if (backing)
		print_line(_("stands on"), backing);
	if (json_is_true(json_object_get(json, "corrupt")))
		print_line(_("damaged"), _("yes; see playthrough disk check"));
	if (in_use && !streq(in_use, "no"))
		print_line(_("in use"), streq(in_use, "written") ? _("yes, and written to")
		                        : streq(in_use, "unknown")
		                                ? _("not known: no locks on its file system")
		                                : _("yes"));
	if (json_array_size(json_object_get(json, "snapshots")))
		print_snapshots(json);
}

static void print_next(const json_t *json)
{
	if (json_object_get(json, "next_backup"))
		puts(_("  what was noted for an incremental backup is gone: the next backup of it "
		       "is "
		       "a full one"));
}

static void print_made(const json_t *json)
{
	cleanup_free char *size = size_words(number(json, "size_bytes"));
	cleanup_free char *used = size_words(number(json, "disk_bytes"));
	cleanup_free char *format = cli_member(json, "format");

	cli_put(json_string_value(json_object_get(json, "file")));
	printf(_(": %s, %s, of which %s are on the disk%s\n"), format, size, used,
	        json_is_true(json_object_get(json, "encrypted")) ? _(", encrypted") : "");
	print_next(json);
}

/* Prints what came and ends it. */
static int tell(const struct cli *cli, json_t *json, void (*print)(const json_t *json))
{
	if (!json)
		return -EIO;
	if (cli->json) {
		json_object_set_new(json, "schema", json_integer(1));
		cli_print_json(json);
	} else {
		print(json);
	}
	json_decref(json);
	return 0;
}

/* --- the commands --- */

int command_disk_create(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "create", .secret = -1};

	disk_call_path(&call, "target", cli->args[0]);
	disk_call_say(&call, "size", cli->args[1]);
	disk_call_say(&call, "target-format", cli->format);
	disk_call_flag(&call, "encrypt", cli->encrypt);
	if (disk_call_secret(cli, &call, cli->encrypt, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run(cli, &call, err), print_made);
}

int command_disk_info(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "info", .secret = -1};

	disk_call_image(&call, cli, 0);
	return tell(cli, disk_call_run(cli, &call, err), print_info);
}

static void print_check(const json_t *json)
{
	uint64_t errors = number(json, "errors"), leaks = number(json, "leaks");
	uint64_t fixed = number(json, "errors_fixed") + number(json, "leaks_fixed");

	cli_put(json_string_value(json_object_get(json, "file")));
	if (errors || leaks)
		printf(_(": %llu errors, %llu lost clusters\n"), (unsigned long long)errors,
		        (unsigned long long)leaks);
	else
		puts(fixed ? _(": repaired") : _(": nothing is wrong with it"));
	if (errors)
		puts(_("  make a copy of the file; then playthrough disk check --repair all mends "
		       "what can be mended"));
	else if (leaks)
		puts(_("  that is room that is not used, and no data; --repair leaks gives it "
		       "back"));
}

int command_disk_check(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "check", .secret = -1};
	bool wrong;
	json_t *json;
	int r;

	disk_call_image(&call, cli, 0);
	disk_call_say(&call, "repair", cli->repair);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	json = disk_call_run_asking(cli, &call, err);
	wrong = number(json, "errors") > 0;
	r = tell(cli, json, print_check);
	return r < 0 ? r : wrong;
}

int command_disk_resize(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "resize", .secret = -1};
	char **rest = disk_call_image(&call, cli, 1);

	disk_call_say(&call, "size", rest[0]);
	disk_call_flag(&call, "shrink", cli->shrink);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err), print_made);
}

int command_disk_snapshot(struct cli *cli, struct err *err)
{
	struct disk_call call = {.secret = -1};
	char **rest = disk_call_image(&call, cli, 1);

	call.verb = cli->overlay ? "overlay" : cli->remove ? "snapshot-remove" : "snapshot";
	disk_call_say(&call, "tag", rest[0]);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err),
	        cli->overlay ? print_made : print_snapshots);
}

int command_disk_snapshots(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "info", .secret = -1};

	disk_call_image(&call, cli, 0);
	return tell(cli, disk_call_run(cli, &call, err), print_snapshots);
}

int command_disk_revert(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = cli->overlay ? "empty" : "revert", .secret = -1};
	char **rest = disk_call_image(&call, cli, cli->overlay ? 0 : 1);

	if (!cli->overlay)
		disk_call_say(&call, "tag", rest[0]);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err), print_made);
}

int command_disk_backup(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "backup", .secret = -1};
	char **rest = disk_call_image(&call, cli, 1);

	disk_call_path(&call, "target", rest[0]);
	disk_call_flag(&call, "incremental", cli->incremental);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err), print_made);
}

static void print_compacted(const json_t *json)
{
	cleanup_free char *before = size_words(number(json, "disk_bytes_before"));
	cleanup_free char *after = size_words(number(json, "disk_bytes"));

	cli_put(json_string_value(json_object_get(json, "file")));
	printf(_(": %s on the disk, %s before\n"), after, before);
	print_next(json);
}

int command_disk_compact(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "compact", .secret = -1};

	disk_call_image(&call, cli, 0);
	if (disk_call_secret(cli, &call, false, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err), print_compacted);
}

int command_disk_import(struct cli *cli, struct err *err)
{
	struct disk_call call = {.verb = "import", .secret = -1};
	char **rest = disk_call_image(&call, cli, 1);

	disk_call_path(&call, "target", rest[0]);
	disk_call_say(&call, "target-format", cli->to);
	disk_call_flag(&call, "encrypt", cli->encrypt);
	if (disk_call_secret(cli, &call, cli->encrypt, err) < 0) {
		disk_call_finish(&call);
		return err->number;
	}
	return tell(cli, disk_call_run_asking(cli, &call, err), print_made);
}
