/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/collect_parts.h"

#include "backup/hold.h"
#include "backup/pack.h"
#include "base/i18n.h"
#include "base/owner.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void keep_fd(struct collection *c, int fd)
{
	*list_append(c->fds, c->n_fds) = fd;
}

int collect_refuse_part(struct collecting *c, int number)
{
	err_code(c->err, CODE_BACKUP_PART);
	return number;
}

static int refuse_busy(struct collecting *c, const char *path)
{
	err_set(c->err, -EBUSY,
	        _("%s is open for writing in another program: VM %s runs, or an "
	          "image tool does"),
	        path, c->vm);
	err_hint(c->err, _("stop it first (playthrough stop %s); fuser -v %s names who has it"),
	        c->vm, path);
	err_code(c->err, CODE_BACKUP_BUSY);
	return -EBUSY;
}

/* @held: of hold_image() or hold_tpm(). */
static int judge_hold(struct collecting *c, const char *path, int held)
{
	if (held > 0)
		return 0;
	if (held == 0)
		return refuse_busy(c, path);
	err_errno(c->err, held,
	        _("%s: whether another program writes it is not known, its file system knows no "
	          "locks (fcntl F_OFD_SETLK)"),
	        path);
	err_hint(
	        c->err, _("stop VM %s and copy the file to a file system of this PC first"), c->vm);
	err_code(c->err, CODE_BACKUP_BUSY);
	return held;
}

/* --- one file --- */

static int open_part(struct collecting *c, const char *path, int *fd)
{
	cleanup_close int opened = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct root root;
	struct stat st;
	int r;

	if (opened < 0 || fstat(opened, &st) < 0) {
		r = err_errno(c->err, -errno, "%s", path);
		err_hint(c->err, _("check that it is there and may be read (ls -l)"));
		return collect_refuse_part(c, r);
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(c->err, -EINVAL, _("%s is not a file"), path);
		err_hint(c->err, _("a backup carries files; take it out of the profile"));
		return collect_refuse_part(c, -EINVAL);
	}
	r = root_open(&root, "/", c->err);
	r = r < 0 ? r : owner_check(&root, path, &st, c->err);
	root_close(&root);
	if (r < 0)
		return r;
	*fd = take_fd(opened);
	return 0;
}

int collect_add(struct collecting *c, enum backup_kind kind, const char *path, const char *name,
        bool hold, int *out)
{
	struct collection *all = c->out;
	cleanup_close int fd = -1;
	int r = open_part(c, path, &fd);
	uint64_t data = 0;

	if (r == 0 && hold)
		r = judge_hold(c, path, hold_image(fd));
	if (r == 0)
		r = backup_item_make(&all->manifest, kind, path, name, c->err);
	if (r == 0 && (r = pack_data(fd, &data)) < 0)
		err_errno(c->err, r, "%s", path);
	if (r < 0)
		return r;
	all->data += data;
	if (out)
		*out = fd;
	keep_fd(all, take_fd(fd));
	return 0;
}

const char *collect_base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- the profile --- */

static bool names_differ(const struct strv *files)
{
	for (size_t i = 1; i < files->n; i++)
		for (size_t k = 1; k < i; k++)
			if (streq(collect_base_of(files->list[i]), collect_base_of(files->list[k])))
				return false;
	return true;
}

/* All of them come into one folder: where two have one name, numbers keep their order. */
static int add_profile(struct collecting *c, const struct strv *files)
{
	cleanup_free char *own = xasprintf("%s.profile", c->vm);
	bool plain = names_differ(files);
	int r = collect_add(c, BACKUP_PROFILE, files->list[0], own, false, NULL);

	for (size_t i = 1; r == 0 && i < files->n; i++) {
		const char *base = collect_base_of(files->list[i]);
		cleanup_free char *name = plain ? xstrdup(base) : xasprintf("%03zu-%s", i, base);

		r = collect_add(c, BACKUP_DROP_IN, files->list[i], name, false, NULL);
	}
	return r;
}

/* --- state --- */

static int list(struct collecting *c, const char *folder, struct strv *names)
{
	struct root root;
	int r = root_open(&root, "/", c->err);

	if (r < 0)
		return r;
	r = root_list(&root, folder, names);
	root_close(&root);
	if (r == -ENOENT)
		return 0;
	return r < 0 ? err_errno(c->err, r, "%s", folder) : 0;
}

static int add_variables(struct collecting *c)
{
	cleanup_free char *folder = xasprintf("%s/%s", c->places->state, c->vm);
	cleanup_strv struct strv names = {0};
	int r = list(c, folder, &names);

	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *name);
		bool variables = starts_with(*name, "OVMF_VARS") && ends_with(*name, ".fd");

		if (r < 0)
			break;
		if (variables)
			r = collect_add(c, BACKUP_VARIABLES, path, *name, true, NULL);
		else if ((*name)[0] != '.' && !streq(path, c->places->tpm))
			backup_leave(&c->out->manifest, path,
			        _("this program does not know what it is"));
	}
	return r;
}

static int add_tpm(struct collecting *c)
{
	const char *folder = c->places->tpm;
	cleanup_free char *lock = xasprintf("%s/.lock", folder);
	int fd = open(lock, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	cleanup_strv struct strv names = {0};
	int r;

	c->out->tpm_lock = fd;
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_errno(c->err, -errno, "%s", lock);
	r = fd < 0 ? 0 : judge_hold(c, lock, hold_tpm(fd));
	r = r < 0 ? r : list(c, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *name);

		if (r < 0)
			break;
		if (starts_with(*name, "tpm"))
			r = collect_add(c, BACKUP_TPM, path, *name, false, NULL);
	}
	return r;
}

static int add_disks(struct collecting *c, const struct profile *profile)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];
		cleanup_free char *what = NULL;

		if (disk->image) {
			r = collect_disk(c, disk);
			continue;
		}
		what = xasprintf(
		        "[disk %s] %s", disk->name, disk->device ? disk->device : disk->url);
		backup_leave(&c->out->manifest, what,
		        disk->url ? _("a disk on the network is not copied: its server keeps it")
		                  : _("a disk of this PC is not copied: back it up by itself"));
	}
	return r;
}

static void leave_file(struct collecting *c, const char *path)
{
	if (path)
		backup_leave(&c->out->manifest, path,
		        _("the profile names it, and it is not the VM's alone: copy it by hand"));
}

static void leave_files(struct collecting *c, const struct profile *profile)
{
	leave_file(c, profile->kernel);
	leave_file(c, profile->initrd);
	for (size_t i = 0; i < profile->n_cdroms; i++)
		leave_file(c, profile->cdroms[i].file);
	for (size_t i = 0; i < profile->n_pci; i++)
		leave_file(c, profile->pci[i].romfile);
}

/* --- all --- */

static void name_it(struct backup_manifest *m, const char *vm)
{
	time_t now = time(NULL);
	struct tm utc;

	snprintf(m->name, sizeof(m->name), "%s", vm);
	strftime(m->made, sizeof(m->made), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

int collect(const struct backup_places *places, const char *name, struct collection *out,
        struct err *err)
{
	struct collecting c = {places, name, out, err};
	cleanup_strv struct strv files = {0};
	struct profile profile;
	int r = profile_files(places->profiles, name, &files, err);

	*out = (struct collection){.tpm_lock = -1};
	r = r < 0 ? r : profile_load_files(&files, NULL, 0, &profile, err);
	if (r < 0)
		return r;
	name_it(&out->manifest, name);
	r = add_profile(&c, &files);
	r = r < 0 ? r : add_variables(&c);
	r = r < 0 ? r : add_tpm(&c);
	r = r < 0 ? r : add_disks(&c, &profile);
	leave_files(&c, &profile);
	profile_finish(&profile);
	r = r < 0 ? r : backup_manifest_check(&out->manifest, err);
	if (r < 0)
		collection_finish(out);
	return r;
}

void collection_finish(struct collection *c)
{
	backup_manifest_finish(&c->manifest);
	for (size_t i = 0; i < c->n_fds; i++)
		close_fd(&c->fds[i]);
	free(c->fds);
	close_fd(&c->tpm_lock);
	*c = (struct collection){.tpm_lock = -1};
}
