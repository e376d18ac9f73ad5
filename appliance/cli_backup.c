/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backup: a stopped VM as one file. It asks no daemon: locks tell whether the VM runs, whoever runs it. */
#include "cli_backup.h"

#include "backup/pack.h"
#include "backup/verify.h"
#include "base/i18n.h"
#include "base/new_file.h"
#include "bus/text.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLACK (4u << 20) /* heads, lists of holes, the manifest */

/* --- shared --- */

/* Of a process that does this one thing; a handler of signals has no other way. */
static struct {
	volatile sig_atomic_t cancelled;
	uint64_t shown_us;
	bool terminal, shown;
} now;

static void on_signal(int number)
{
	(void)number;
	now.cancelled = 1;
}

static int tell(void *user, enum backup_stage stage, uint64_t done, uint64_t all)
{
	uint64_t us = monotonic_us();
	cleanup_free char *a = NULL, *b = NULL;

	(void)user;
	if (now.cancelled)
		return -ECANCELED;
	if (!now.terminal || us - now.shown_us < 500000)
		return 0;
	now.shown_us = us;
	now.shown = true;
	a = cli_backup_size(done);
	b = cli_backup_size(all);
	fputs("\r\033[K", stderr);
	fprintf(stderr,
	        stage == BACKUP_WRITING ? _("writing: %s of %s") : _("reading back: %s of %s"), a,
	        b);
	return 0;
}

void cli_backup_watch(struct backup_watch *watch)
{
	const char *term = getenv("TERM");
	const struct sigaction action = {.sa_handler = on_signal};

	*watch = (struct backup_watch){.tell = tell};
	now.terminal = isatty(STDERR_FILENO) && term && !streq(term, "dumb");
	now.shown_us = monotonic_us();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

void cli_backup_quiet(void)
{
	if (now.shown)
		fputs("\r\033[K", stderr);
	now.shown = false;
}

int cli_backup_allowed(const struct cli *cli, const char *command, struct err *err)
{
	if (cli->paths.session || geteuid() == 0)
		return 0;
	err_set(err, -EPERM, _("only root reads and writes the state of this PC's VMs"));
	err_hint(err, _("sudo playthrough %s ...; or --session for a VM of your own"), command);
	err_code(err, CODE_BUS_DENIED);
	return -EPERM;
}

char *cli_backup_size(uint64_t bytes)
{
	if (bytes < 10ull << 20)
		return xasprintf(_("%llu KiB"), (unsigned long long)((bytes + 1023) >> 10));
	if (bytes < 10ull << 30)
		return xasprintf(_("%llu MiB"), (unsigned long long)(bytes >> 20));
	return xasprintf(_("%llu GiB"), (unsigned long long)(bytes >> 30));
}

void cli_backup_put_left(const struct backup_manifest *m)
{
	if (m->n_left)
		puts(_("Not in it:"));
	for (size_t i = 0; i < m->n_left; i++) {
		cleanup_free char *what = text_harmless(m->left[i].what, false);
		cleanup_free char *why = text_harmless(m->left[i].why, false);

		printf("  %s\n    %s\n", what, why);
	}
}

json_t *cli_backup_left_json(const struct backup_manifest *m)
{
	json_t *all = json_array();

	for (size_t i = 0; i < m->n_left; i++) {
		cleanup_free char *what = text_utf8(m->left[i].what);
		cleanup_free char *why = text_utf8(m->left[i].why);

		json_array_append_new(all, json_pack("{s:s, s:s}", "what", what, "why", why));
	}
	return all;
}

int cli_backup_harmless(struct err *err)
{
	cleanup_free char *message = text_harmless(err->message, false);
	cleanup_free char *hint = text_harmless(err->hint, false);

	snprintf(err->message, sizeof(err->message), "%s", message);
	snprintf(err->hint, sizeof(err->hint), "%s", hint);
	return err->number;
}

/* --- backup --- */

static char *file_of(const struct cli *cli)
{
	const char *name = cli->args[0];
	cleanup_free char *to = cli_whole_path(cli->args[1]);
	struct stat st;

	if (stat(to, &st) == 0 && S_ISDIR(st.st_mode))
		return xasprintf("%s%s%s.tar", to, ends_with(to, "/") ? "" : "/", name);
	return take_ptr(to);
}

static int write_all(struct new_file *target, struct collection *c, struct err *err)
{
	struct backup_watch watch;
	int r = new_file_room(target, c->data + SLACK, err);

	cli_backup_watch(&watch);
	backup_watch_begin(&watch, BACKUP_WRITING, c->data);
	r = r < 0 ? r : pack_write(target->fd, target->path, &c->manifest, c->fds, &watch, err);
	r = r < 0 ? r : new_file_sync(target, err);
	backup_watch_begin(&watch, BACKUP_COMPARING, c->data);
	r = r < 0 ? r : backup_verify(target->fd, target->path, &c->manifest, &watch, err);
	r = r < 0 ? r : new_file_publish(target, 0600, false, err);
	cli_backup_quiet();
	return r;
}

static void print_items(const struct backup_manifest *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct backup_item *item = &m->items[i];
		cleanup_free char *path = text_harmless(item->path, false);
		cleanup_free char *size = cli_backup_size(item->data);

		printf("  %-32s %9s  %s\n", item->member, size, path);
	}
}

static void print_done(const struct cli *cli, const char *file, const struct backup_manifest *m)
{
	cleanup_free char *harmless = text_harmless(file, false);
	cleanup(json_decrefp) json_t *document = NULL, *manifest = NULL;
	cleanup_free char *text = NULL;

	if (!cli->json) {
		printf(_("%s: backed up into %s, read back and compared\n"), m->name, harmless);
		print_items(m);
		cli_backup_put_left(m);
		return;
	}
	document = cli_document();
	text = backup_manifest_write(m);
	manifest = text ? json_loads(text, 0, NULL) : NULL;
	json_object_update_missing(document, manifest);
	json_object_set_new(document, "file", json_string(harmless));
	cli_print_json(document);
}

int command_backup(struct cli *cli, struct err *err)
{
	static const struct new_file_codes codes = {
	        CODE_BACKUP_TARGET, CODE_BACKUP_ROOM, CODE_BACKUP_TARGET};
	const char *name = cli->args[0];
	cleanup_free char *file = file_of(cli);
	cleanup_free char *state = paths_state_dir(cli->paths.session);
	cleanup_free char *tpm = paths_tpm_dir(cli->paths.session, name);
	const struct backup_places places = {&cli->paths.profile_folders, state, tpm};
	struct collection collection;
	struct new_file target;
	int r = cli_backup_allowed(cli, "backup", err);

	r = r < 0 ? r : collect(&places, name, &collection, err);
	if (r < 0)
		return cli_backup_harmless(err);
	r = new_file_begin(&target, file, false, NULL, &codes, err);
	r = r < 0 ? r : new_file_make(&target, target.uid, target.gid, err);
	r = r < 0 ? r : write_all(&target, &collection, err);
	new_file_finish(&target);
	if (r == 0)
		print_done(cli, file, &collection.manifest);
	collection_finish(&collection);
	return r < 0 ? cli_backup_harmless(err) : 0;
}
