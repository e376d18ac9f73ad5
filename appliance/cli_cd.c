/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about a running VM's drives for CDs: cd list, insert, eject. */
#include "base/i18n.h"
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const char *state_of(const json_t *drive)
{
	if (json_is_true(json_object_get(drive, "open")))
		return _("open");
	return json_is_true(json_object_get(drive, "locked")) ? _("in use") : _("shut");
}

static void print_drives(const json_t *drives)
{
	struct cli_table table = {.columns = 3};
	const json_t *drive;
	size_t i;

	cli_table_add(&table, xstrdup(_("DRIVE")));
	cli_table_add(&table, xstrdup(_("STATE")));
	cli_table_add(&table, xstrdup(_("FILE")));
	json_array_foreach (drives, i, drive) {
		cli_table_add(&table, cli_member(drive, "name"));
		cli_table_add(&table, xstrdup(state_of(drive)));
		cli_table_add(&table, cli_member(drive, "file"));
	}
	cli_table_print(&table, stdout);
}

int command_cd_list(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *status = cli_call_json(cli, "Status", cli->args[0], err);
	cleanup(json_decrefp) json_t *document = NULL;
	json_t *drives = json_object_get(status, "cdroms");

	if (!status)
		return err->number;
	if (cli->json) {
		document = cli_document();
		json_object_set(document, "drives", drives);
		cli_print_json(document);
	} else if (json_array_size(drives)) {
		print_drives(drives);
	} else {
		printf(_("%s has no drive for CDs, or does not run.\n"), cli->args[0]);
	}
	return 0;
}

/* The drive that was named; or the only one there is. Caller frees. */
static char *choose_drive(struct cli *cli, const char *named, struct err *err)
{
	cleanup(json_decrefp) json_t *status = NULL;
	const json_t *drives;

	if (named)
		return xstrdup(named);
	status = cli_call_json(cli, "Status", cli->args[0], err);
	drives = json_object_get(status, "cdroms");
	if (!status)
		return NULL;
	if (json_array_size(drives) == 1)
		return cli_member(json_array_get(drives, 0), "name");
	if (json_array_size(drives)) {
		err_set(err, -EINVAL, _("VM %s has several drives"), cli->args[0]);
		err_hint(err, _("name one: playthrough cd list %s shows them"), cli->args[0]);
	} else {
		err_set(err, -ENODEV, _("VM %s has no drive for CDs, or does not run"),
		        cli->args[0]);
		err_hint(err, _("a section [cdrom NAME] in its profile gives it one, at its next "
		                "start"));
	}
	err_code(err, CODE_CD_DRIVE);
	return NULL;
}

static int open_image(const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		return fd;
	err_errno(err, -errno, _("%s: the image cannot be read"), file);
	err_code(err, CODE_CD_FILE);
	return err->number;
}

/* @fd -1: the drive is to be empty. */
static int change(struct cli *cli, const char *drive, int fd, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = cli_connect(cli, err);

	r = r < 0 ? r : client_new_call(&cli->client, "CdChange", &call, err);
	if (r < 0)
		return r;
	r = sd_bus_message_append(call, "ss", cli->args[0], drive);
	r = r < 0 ? r : sd_bus_message_open_container(call, 'a', "{sv}");
	r = r < 0 ? r : sd_bus_message_append(call, "{sv}", "force", "b", (int)cli->force);
	if (fd >= 0)
		r = r < 0 ? r : sd_bus_message_append(call, "{sv}", "file", "h", fd);
	r = r < 0 ? r : sd_bus_message_close_container(call);
	return client_send(&cli->client, r, call, NULL, err);
}

int command_cd_insert(struct cli *cli, struct err *err)
{
	bool named = cli->args[2];
	const char *file = cli->args[named ? 2 : 1];
	cleanup_free char *drive = choose_drive(cli, named ? cli->args[1] : NULL, err);
	cleanup_close int fd = drive ? open_image(file, err) : -1;
	int r = fd < 0 ? err->number : change(cli, drive, fd, err);

	if (r >= 0)
		printf(_("%s: %s is in drive %s\n"), cli->args[0], file, drive);
	return r < 0 ? r : 0;
}

int command_cd_eject(struct cli *cli, struct err *err)
{
	cleanup_free char *drive = choose_drive(cli, cli->args[1], err);
	int r = drive ? change(cli, drive, -1, err) : err->number;

	if (r >= 0)
		printf(_("%s: drive %s is empty\n"), cli->args[0], drive);
	return r < 0 ? r : 0;
}
