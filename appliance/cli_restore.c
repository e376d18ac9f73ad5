/* SPDX-License-Identifier: GPL-2.0-or-later */
/* restore: a VM from a backup; with --dry-run, what that would be on this PC. */
#include "backup/restore.h"
#include "backup/room.h"
#include "base/i18n.h"
#include "bus/text.h"
#include "cli_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char *tpm_of(const void *user, const char *vm)
{
	const struct cli *cli = user;

	return paths_tpm_dir(cli->paths.session, vm);
}

static int open_backup(const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(err, -errno, "%s", file);
		err_hint(err, _("check the path"));
		return err->number;
	}
	if (S_ISREG(st.st_mode))
		return fd;
	close(fd);
	err_set(err, -EINVAL, _("%s is not a file"), file);
	err_hint(err, _("playthrough backup makes one"));
	err_code(err, CODE_BACKUP_BAD);
	return -EINVAL;
}

/* Profiles name files by their whole path. NULL with @err. */
static int find_images(const struct cli *cli, char **out, struct err *err)
{
	if (!cli->images)
		return 0;
	*out = realpath(cli->images, NULL);
	if (*out)
		return 0;
	err_errno(err, -errno, "%s", cli->images);
	err_hint(err, _("make that folder first: mkdir -p %s"), cli->images);
	err_code(err, CODE_BACKUP_PLACE);
	return err->number;
}

/* --- what this PC lacks --- */

static bool says_gpu(const char *text)
{
	return starts_with(text, "[gpu") || strstr(text, "\n[gpu");
}

static void print_gpus(struct cli *cli)
{
	struct err none = {0};
	cleanup(json_decrefp) json_t *offers = cli_call_json(cli, "ProfileOffers", NULL, &none);
	const json_t *gpu;
	size_t i;

	if (json_array_size(json_object_get(offers, "gpus")))
		puts(_("  graphics cards of this PC (playthrough profile offers tells more):"));
	json_array_foreach (json_object_get(offers, "gpus"), i, gpu) {
		cleanup_free char *at = cli_member(gpu, "address"), *name = cli_member(gpu, "name");

		printf("    %s  %s\n", at, name);
	}
}

/* What the daemon says of the profile here; NULL: it could not be asked, and @err says why. */
static json_t *ask(struct cli *cli, const struct restore_plan *plan, struct err *err)
{
	return cli_profile_check(cli, plan->name, plan->merged, err);
}

static void print_check(struct cli *cli, const struct restore_plan *plan)
{
	struct err err = {0};
	cleanup(json_decrefp) json_t *checked = ask(cli, plan, &err);

	if (!checked) {
		cleanup_free char *harmless = text_harmless(err.message, false);

		printf(_("Whether this PC has what it wants is not known: %s\n"), harmless);
		return;
	}
	if (json_array_size(json_object_get(checked, "problems"))) {
		puts(_("It would not start on this PC as it is:"));
		cli_profile_problems(stdout, checked);
		if (says_gpu(plan->merged))
			print_gpus(cli);
		printf(_("  once restored, change that: playthrough profile edit %s\n"),
		        plan->name);
		return;
	}
	puts(_("Besides its images, it would take of this PC:"));
	cli_put_lines(stdout, "  ", json_object_get(checked, "summary"));
}

/* --- told --- */

static void print_files(const struct restore_plan *plan)
{
	for (size_t i = 0; i < plan->manifest.n; i++) {
		cleanup_free char *path = text_harmless(plan->paths.list[i], false);
		cleanup_free char *size = cli_backup_size(plan->manifest.items[i].data);

		printf("  %9s  %s\n", size, path);
	}
}

static void print_rooms(const struct restore_plan *plan)
{
	struct restore_rooms rooms;

	if (restore_rooms_take(plan, &rooms, NULL) < 0)
		return;
	for (size_t i = 0; i < rooms.n; i++) {
		cleanup_free char *folder = text_harmless(rooms.list[i].folder, false);
		cleanup_free char *need = cli_backup_size(rooms.list[i].need);
		cleanup_free char *left = cli_backup_size(rooms.list[i].left);

		printf(_("  the file system of %s: %s are needed, %s are free\n"), folder, need,
		        left);
	}
	restore_rooms_finish(&rooms);
}

static void print_plan(struct cli *cli, const struct restore_plan *plan)
{
	cleanup_free char *made = text_harmless(plan->manifest.made, false);

	printf(_("%s, backed up at %s, would be restored as %s; nothing is written now:\n"),
	        plan->manifest.name, made, plan->name);
	print_files(plan);
	print_rooms(plan);
	puts(_("All of the backup was read, and every part of it has its checksum."));
	cli_backup_put_left(&plan->manifest);
	print_check(cli, plan);
}

static void print_done(struct cli *cli, const struct restore_plan *plan)
{
	printf(_("%s: restored and compared:\n"), plan->name);
	print_files(plan);
	cli_backup_put_left(&plan->manifest);
	print_check(cli, plan);
}

static json_t *files_json(const struct restore_plan *plan)
{
	json_t *all = json_array();

	for (size_t i = 0; i < plan->manifest.n; i++) {
		const struct backup_item *item = &plan->manifest.items[i];
		cleanup_free char *path = text_utf8(plan->paths.list[i]);

		json_array_append_new(all,
		        json_pack("{s:s, s:s, s:s, s:I, s:I}", "kind", backup_kind_word(item->kind),
		                "member", item->member, "path", path, "size",
		                (json_int_t)item->size, "data", (json_int_t)item->data));
	}
	return all;
}

static json_t *rooms_json(const struct restore_plan *plan)
{
	json_t *all = json_array();
	struct restore_rooms rooms;

	if (restore_rooms_take(plan, &rooms, NULL) < 0)
		return all;
	for (size_t i = 0; i < rooms.n; i++) {
		cleanup_free char *folder = text_utf8(rooms.list[i].folder);

		json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "folder", folder,
		                                   "need_bytes", (json_int_t)rooms.list[i].need,
		                                   "free_bytes", (json_int_t)rooms.list[i].left));
	}
	restore_rooms_finish(&rooms);
	return all;
}

static void print_json(struct cli *cli, const struct restore_plan *plan)
{
	cleanup(json_decrefp) json_t *document = cli_document();
	cleanup_free char *made = text_utf8(plan->manifest.made);
	struct err err = {0};

	json_object_set_new(document, "name", json_string(plan->name));
	json_object_set_new(document, "made", json_string(made));
	json_object_set_new(document, "written", json_boolean(!cli->dry_run));
	json_object_set_new(document, "files", files_json(plan));
	json_object_set_new(document, "verified", json_true());
	json_object_set_new(document, "rooms", rooms_json(plan));
	json_object_set_new(document, "left_out", cli_backup_left_json(&plan->manifest));
	json_object_set_new(document, "check", ask(cli, plan, &err));
	cli_print_json(document);
}

static void report(struct cli *cli, const struct restore_plan *plan)
{
	if (cli->json)
		print_json(cli, plan);
	else if (cli->dry_run)
		print_plan(cli, plan);
	else
		print_done(cli, plan);
}

/* --- done --- */

static int restore(struct cli *cli, const struct restore_request *q, struct err *err)
{
	cleanup(restore_plan_finish) struct restore_plan plan = {0};
	struct backup_watch watch;
	int r = restore_clear(q, err);

	r = r < 0 ? r : restore_look(q, &plan, err);
	if (r < 0)
		return r;
	cli_backup_watch(&watch);
	r = cli->dry_run ? restore_rehearse(q, &plan, &watch, err)
	                 : restore_run(q, &plan, &watch, err);
	cli_backup_quiet();
	if (r == 0)
		report(cli, &plan);
	return r;
}

int command_restore(struct cli *cli, struct err *err)
{
	cleanup_free char *state = paths_state_dir(cli->paths.session), *images = NULL;
	cleanup_close int fd = -1;
	int r = cli_backup_allowed(cli, "restore", err);

	r = r < 0 ? r : find_images(cli, &images, err);
	if (r == 0)
		r = fd = open_backup(cli->args[0], err);
	if (r >= 0) {
		const struct restore_request q = {fd, cli->args[0], cli->as, cli->trust, images,
		        &cli->paths.profile_folders, state, tpm_of, cli};

		r = restore(cli, &q, err);
	}
	return r < 0 ? cli_backup_harmless(err) : 0;
}
