/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/restore.h"

#include "backup/journal.h"
#include "backup/room.h"
#include "backup/unpack.h"
#include "backup/verify.h"
#include "base/i18n.h"
#include "base/root.h"
#include "profile/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct restoring {
	const struct restore_request *request;
	const struct restore_plan *plan;
	struct backup_watch *watch;
	struct new_file *targets; /* of each item; the profile's own has none */
	struct journal journal;
	int lock; /* of the folder of states: one restore at a time */
};

/* --- begin --- */

/* Of a folder of states. */
static int take_lock(const char *state, int *lock, struct err *err)
{
	*lock = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock < 0)
		return err_errno(err, -errno, "%s", state);
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	err_set(err, -EBUSY, _("another restore is at work just now (%s)"), state);
	err_hint(err, _("wait for its end"));
	err_code(err, CODE_BACKUP_PLACE);
	return -EBUSY;
}

static char *journal_file(const struct restore_request *q)
{
	return xasprintf("%s/.restore-journal", q->state);
}

int restore_clear(const struct restore_request *q, struct err *err)
{
	cleanup_free char *file = journal_file(q);
	cleanup_close int lock = -1;
	int r;

	if (access(file, F_OK) < 0 && errno == ENOENT)
		return 0;
	r = take_lock(q->state, &lock, err);
	return r < 0 ? r : journal_undo(file, err);
}

static int make_folders(const struct restoring *r, const struct root *root, struct err *err)
{
	const struct restore_plan *plan = r->plan;
	bool tpm = false;
	int done = 0;

	strv_foreach (folder, &plan->folders)
		if (done == 0)
			done = root_make_folder(root, *folder, err);
	for (size_t i = 0; i < plan->manifest.n; i++)
		tpm |= plan->manifest.items[i].kind == BACKUP_TPM;
	if (done < 0 || !tpm)
		return done;
	/* Where systemd gives it to a user of its own, it does so when it starts the TPM. */
	if (strv_has(&plan->folders, plan->tpm) || access(plan->tpm, F_OK) == 0)
		return 0;
	{
		cleanup_free char *above =
		        xstrndup(plan->tpm, (size_t)(strrchr(plan->tpm, '/') - plan->tpm));

		done = root_make_folder(root, above, err);
	}
	if (done == 0 && mkdir(plan->tpm, 0700) < 0)
		return err_errno(err, -errno, "%s", plan->tpm);
	return done;
}

static int open_target(const char *path, struct new_file *file, struct err *err)
{
	static const struct new_file_codes codes = {
	        CODE_BACKUP_TARGET, CODE_BACKUP_ROOM, CODE_BACKUP_TARGET};
	int r = new_file_begin(file, path, false, NULL, &codes, err);

	return r < 0 ? r : new_file_make(file, file->uid, file->gid, err);
}

static int open_targets(struct restoring *r, struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < r->plan->manifest.n; i++)
		if (r->plan->manifest.items[i].kind != BACKUP_PROFILE)
			done = open_target(r->plan->paths.list[i], &r->targets[i], err);
	return done;
}

static int check_room(const struct restore_plan *plan, struct err *err)
{
	struct restore_rooms rooms;
	int r = restore_rooms_take(plan, &rooms, err);

	if (r < 0)
		return r;
	r = restore_rooms_check(&rooms, err);
	restore_rooms_finish(&rooms);
	return r;
}

/* --- write --- */

static int write_at(
        const struct new_file *t, const char *bytes, size_t n, uint64_t at, struct err *err)
{
	while (n) {
		ssize_t written = pwrite(t->fd, bytes, n, (off_t)at);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			int number = err_errno(err, -errno, _("%s: cannot be written"), t->path);

			err_hint(err, _("take a place with more room (df -h), whose file system "
			                "holds files of that size"));
			err_code(err, number == -ENOSPC ? CODE_BACKUP_ROOM : CODE_BACKUP_TARGET);
			return number;
		}
		bytes += written;
		at += (uint64_t)written;
		n -= (size_t)written;
	}
	return 0;
}

static int on_manifest(void *user, const struct backup_manifest *manifest, struct err *err)
{
	const struct restoring *r = user;
	const struct backup_manifest *seen = &r->plan->manifest;

	if (manifest->n == seen->n &&
	        memcmp(manifest->items, seen->items, seen->n * sizeof(*seen->items)) == 0)
		return 0;
	return err_set(err, -EBADMSG, _("somebody has changed it meanwhile"));
}

static int on_data(
        void *user, size_t item, uint64_t offset, const void *bytes, size_t n, struct err *err)
{
	const struct restoring *r = user;
	int done = 0;

	if (!r->plan->texts[item])
		done = write_at(&r->targets[item], bytes, n, offset, err);
	return done < 0 ? done : backup_watch_add(r->watch, n, err);
}

/* Ends where the file ends, also where that is a hole; and what is on the disk is what it was. */
static int close_target(struct restoring *r, size_t i, struct err *err)
{
	const struct backup_item *item = &r->plan->manifest.items[i];
	const char *text = r->plan->texts[i];
	struct new_file *t = &r->targets[i];
	int done = 0;

	if (text)
		done = write_at(t, text, strlen(text), 0, err);
	else if (ftruncate(t->fd, (off_t)item->size) < 0)
		done = err_errno(err, -errno, "%s", t->path);
	done = done < 0 ? done : new_file_sync(t, err);
	if (done == 0 && !text)
		done = backup_verify_file(t->fd, r->request->file, item, r->watch, err);
	return done;
}

static int write_all(struct restoring *r, struct err *err)
{
	const struct backup_manifest *m = &r->plan->manifest;
	const struct unpack_events events = {on_manifest, on_data, r};
	int done;

	backup_watch_begin(r->watch, BACKUP_WRITING, backup_manifest_data(m));
	done = unpack_run(r->request->fd, r->request->file, &events, err);
	backup_watch_begin(r->watch, BACKUP_COMPARING, backup_manifest_data(m));
	for (size_t i = 0; done == 0 && i < m->n; i++)
		if (r->targets[i].path)
			done = close_target(r, i, err);
	return done;
}

/* --- end --- */

static int commit(struct restoring *r, struct err *err)
{
	cleanup_free char *file = NULL;
	int done;

	r->journal.files = r->targets;
	done = journal_write(&r->journal, err);
	for (size_t i = 0; done == 0 && i < r->plan->manifest.n; i++)
		if (r->targets[i].path)
			done = new_file_publish(&r->targets[i],
			        r->plan->manifest.items[i].kind == BACKUP_DROP_IN ? 0644 : 0600,
			        false, err);
	for (size_t i = 0; done == 0 && i < r->plan->manifest.n; i++)
		if (r->plan->manifest.items[i].kind == BACKUP_PROFILE)
			done = profile_store_write(r->request->profiles, r->plan->name,
			        r->plan->texts[i], "", &file, err);
	return done;
}

/* The profile goes first, where it came to be there at all: it is what makes a VM of the rest. */
static void undo(struct restoring *r, const struct root *root)
{
	for (size_t i = 0; i < r->plan->manifest.n; i++)
		if (r->plan->manifest.items[i].kind == BACKUP_PROFILE)
			root_exchange(root, r->journal.profile, r->plan->texts[i], NULL, NULL);
	for (size_t i = 0; i < r->plan->manifest.n; i++)
		if (r->targets[i].path)
			new_file_undo(&r->targets[i]);
	for (size_t i = r->journal.folders->n; i-- > 0;)
		rmdir(r->journal.folders->list[i]);
}

static int restore(struct restoring *r, const struct root *root, struct err *err)
{
	int done = check_room(r->plan, err);

	if (done < 0)
		return done;
	done = journal_write(&r->journal, err);
	done = done < 0 ? done : make_folders(r, root, err);
	done = done < 0 ? done : open_targets(r, err);
	done = done < 0 ? done : write_all(r, err);
	done = done < 0 ? done : commit(r, err);
	if (done < 0)
		undo(r, root);
	journal_remove(r->journal.file, NULL);
	return done;
}

int restore_rehearse(const struct restore_request *q, const struct restore_plan *plan,
        struct backup_watch *watch, struct err *err)
{
	int r = check_room(plan, err);

	backup_watch_begin(watch, BACKUP_COMPARING, backup_manifest_data(&plan->manifest));
	return r < 0 ? r : backup_verify(q->fd, q->file, &plan->manifest, watch, err);
}

int restore_run(const struct restore_request *q, const struct restore_plan *plan,
        struct backup_watch *watch, struct err *err)
{
	cleanup_free char *file = journal_file(q);
	cleanup_free char *profile = profile_own_file(q->profiles, plan->name);
	cleanup_strv struct strv folders = {0};
	struct restoring r = {.request = q,
	        .plan = plan,
	        .watch = watch,
	        .lock = -1,
	        .targets = xcalloc(plan->manifest.n, sizeof(*r.targets)),
	        .journal = {file, profile, &plan->paths, NULL, &folders}};
	struct root root;
	int done = root_open(&root, "/", err);

	strv_foreach (folder, &plan->folders)
		strv_add(&folders, *folder);
	strv_add(&folders, plan->tpm);
	done = done < 0 ? done : root_make_folder(&root, q->state, err);
	done = done < 0 ? done : take_lock(q->state, &r.lock, err);
	done = done < 0 ? done : restore(&r, &root, err);
	for (size_t i = 0; i < plan->manifest.n; i++)
		new_file_finish(&r.targets[i]);
	free(r.targets);
	close_fd(&r.lock);
	root_close(&root);
	return done;
}
