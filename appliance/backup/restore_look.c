/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a backup would become on this PC, and whether it may. */
#include "backup/restore.h"

#include "backup/digest.h"
#include "backup/place.h"
#include "backup/unpack.h"
#include "backup/verify.h"
#include "base/i18n.h"
#include "base/root.h"
#include "profile/backing.h"
#include "profile/profile.h"
#include "profile/store.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct looking {
	const struct restore_request *request;
	struct restore_plan *plan;
	struct backup_watch watch; /* nobody's */
};

static bool is_text(const struct backup_item *item)
{
	return item->kind == BACKUP_PROFILE || item->kind == BACKUP_DROP_IN;
}

/* --- read --- */

static int on_manifest(void *user, const struct backup_manifest *m, struct err *err)
{
	struct looking *l = user;
	struct backup_manifest *own = &l->plan->manifest;

	(void)err;
	*own = *m;
	own->items = xcalloc(m->n, sizeof(*m->items));
	own->left = xcalloc(m->n_left + 1, sizeof(*m->left));
	memcpy(own->items, m->items, m->n * sizeof(*m->items));
	memcpy(own->left, m->left, m->n_left * sizeof(*m->left));
	l->plan->n_texts = m->n;
	l->plan->texts = xcalloc(m->n, sizeof(*l->plan->texts));
	for (size_t i = 0; i < m->n; i++)
		if (is_text(&m->items[i]))
			l->plan->texts[i] = xcalloc(m->items[i].size + 1, 1);
	return 0;
}

/* They come first: with another item's bytes, they are all there. */
static int on_data(
        void *user, size_t item, uint64_t offset, const void *bytes, size_t n, struct err *err)
{
	struct looking *l = user;

	(void)err;
	if (!l->plan->texts[item])
		return 1;
	memcpy(l->plan->texts[item] + offset, bytes, n);
	return 0;
}

static int check_texts(struct looking *l, struct err *err)
{
	for (size_t i = 0; i < l->plan->n_texts; i++) {
		const struct backup_item *item = &l->plan->manifest.items[i];
		cleanup(digest_destroy) struct digest *digest = digest_create();
		unsigned char sha256[BACKUP_DIGEST];

		if (!l->plan->texts[i])
			continue;
		digest_add(digest, l->plan->texts[i], item->size);
		digest_end(digest, sha256);
		if (memcmp(sha256, item->sha256, BACKUP_DIGEST) != 0)
			return backup_refuse_digest(l->request->file, item->member, err);
		if (strlen(l->plan->texts[i]) == item->size)
			continue;
		err_set(err, -EBADMSG, _("%s: its member %s is no text"), l->request->file,
		        item->member);
		err_code(err, CODE_BACKUP_BAD);
		return -EBADMSG;
	}
	return 0;
}

/* --- the profile --- */

static bool is_carried(
        const struct restore_plan *plan, const char *disk, const char *path, bool backing)
{
	for (size_t i = 0; i < plan->manifest.n; i++) {
		const struct backup_item *item = &plan->manifest.items[i];

		if (item->kind == BACKUP_IMAGE && item->backing == backing &&
		        streq(item->disk, disk) && streq(plan->paths.list[i], path))
			return true;
	}
	return false;
}

static int refuse_image(
        const struct looking *l, const char *disk, const char *file, struct err *err)
{
	err_set(err, -EBADMSG,
	        _("%s: its profile gives the guest %s as disk %s, which the backup does not carry"),
	        l->request->file, file, disk);
	err_hint(err, _("whoever made it has changed it; take one made by playthrough backup"));
	err_code(err, CODE_BACKUP_BAD);
	return -EBADMSG;
}

/* An image that was there before and did not come along would be somebody else's here; so would what one stands on. */
static int check_disk(const struct looking *l, const struct profile_disk *disk, struct err *err)
{
	struct profile_backings backings;
	int r;

	if (!disk->image)
		return 0;
	if (!is_carried(l->plan, disk->name, disk->image, false))
		return refuse_image(l, disk->name, disk->image, err);
	r = profile_backings_parse(disk->backing, &backings, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < backings.n; i++)
		if (!is_carried(l->plan, disk->name, backings.list[i].path, true))
			r = refuse_image(l, disk->name, backings.list[i].path, err);
	profile_backings_finish(&backings);
	return r;
}

static int check_images(const struct looking *l, const struct profile *profile, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < profile->n_disks; i++)
		r = check_disk(l, &profile->disks[i], err);
	return r;
}

/* Files and disks of this PC that a guest would be given: a stranger's profile could name any. */
static int check_trust(const struct looking *l, const struct profile *profile, struct err *err)
{
	cleanup_strv struct strv files = {0};
	cleanup_free char *all = NULL;

	if (profile->kernel)
		strv_addf(&files, "kernel=%s", profile->kernel);
	if (profile->initrd)
		strv_addf(&files, "initrd=%s", profile->initrd);
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].romfile)
			strv_addf(&files, "romfile=%s", profile->pci[i].romfile);
	for (size_t i = 0; i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];

		if (disk->device && disk->writable)
			strv_addf(&files, "device=%s", disk->device);
		if (disk->secret_file)
			strv_addf(&files, "secret-file=%s", disk->secret_file);
	}
	if (!files.n || l->request->trust)
		return 0;
	all = strv_join(&files, ", ");
	err_set(err, -EPERM,
	        _("%s: its profile names files and disks of this PC that the VM would have: %s"),
	        l->request->file, all);
	err_hint(err, _("where you know who made the backup, and these are what you want it to "
	                "have: --trust"));
	err_code(err, CODE_BACKUP_TRUST);
	return -EPERM;
}

/* What the profile wants besides: this PC has the images only once they are restored. */
static char *without_images(const struct profile *profile, struct err *err)
{
	char *text = profile_write(profile);

	for (size_t i = 0; text && i < profile->n_disks; i++) {
		cleanup_free char *section = xasprintf("disk %s", profile->disks[i].name);
		cleanup_free char *before = text;

		text = profile->disks[i].image ? profile_remove_section(before, section, err)
		                               : take_ptr(before);
	}
	return text;
}

/* The profile, then its drop-ins in the order of their names, as they will be read. */
static int load(struct looking *l, struct profile *profile, struct err *err)
{
	const struct restore_plan *plan = l->plan;
	cleanup_strv struct strv files = {0}, all = {0};
	cleanup_free struct profile_text *texts = xcalloc(plan->n_texts, sizeof(*texts));
	size_t n = 0;

	for (size_t i = 0; i < plan->n_texts; i++) {
		if (!plan->texts[i])
			continue;
		texts[n++] = (struct profile_text){plan->paths.list[i], plan->texts[i]};
		strv_add(plan->manifest.items[i].kind == BACKUP_PROFILE ? &all : &files,
		        plan->paths.list[i]);
	}
	strv_sort(&files);
	strv_foreach (file, &files)
		strv_add(&all, *file);
	return profile_load_files(&all, texts, n, profile, err);
}

static int check_profile(struct looking *l, struct err *err)
{
	struct restore_plan *plan = l->plan;
	struct profile profile;
	int r;

	for (size_t i = 0; i < plan->n_texts; i++) {
		char *now;

		if (!plan->texts[i])
			continue;
		now = place_images(&plan->manifest, &plan->paths, plan->texts[i], err);
		if (!now) {
			err_prefix(err, "%s: %s", l->request->file, plan->manifest.items[i].member);
			return err->number;
		}
		free(plan->texts[i]);
		plan->texts[i] = now;
	}
	r = load(l, &profile, err);
	if (r < 0) {
		err_code(err, CODE_PROFILE_BAD);
		return err_prefix(err, "%s", l->request->file);
	}
	r = check_images(l, &profile, err);
	r = r < 0 ? r : check_trust(l, &profile, err);
	if (r == 0)
		plan->merged = without_images(&profile, err);
	profile_finish(&profile);
	return r == 0 && !plan->merged ? err->number : r;
}

/* --- whether there is place --- */

static int refuse_there(const char *what, const char *name, struct err *err)
{
	err_set(err, -EEXIST, _("%s is there already, and nothing is overwritten"), what);
	err_hint(err, _("another name than %s: --as NAME; or put it aside first"), name);
	err_code(err, CODE_BACKUP_PLACE);
	return -EEXIST;
}

/* What was left of an earlier VM of that name would be half of the restored one. */
static int check_folder(const char *folder, const char *except, const char *name, struct err *err)
{
	cleanup_strv struct strv names = {0};
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	root_list(&root, folder, &names);
	root_close(&root);
	strv_foreach (found, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *found);

		if ((*found)[0] != '.' && !streq(path, except))
			return refuse_there(path, name, err);
	}
	return 0;
}

static int check_free(struct looking *l, struct err *err)
{
	const struct restore_plan *plan = l->plan;
	cleanup_free char *state = xasprintf("%s/%s", l->request->state, plan->name);
	cleanup_free char *there = profile_where(l->request->profiles, plan->name);
	struct stat st;
	int r = there ? refuse_there(there, plan->name, err) : 0;

	r = r < 0 ? r : check_folder(state, plan->tpm, plan->name, err);
	r = r < 0 ? r : check_folder(plan->tpm, "", plan->name, err);
	strv_foreach (path, &plan->paths)
		if (r == 0 && lstat(*path, &st) == 0)
			r = refuse_there(*path, plan->name, err);
	return r;
}

/* Folders for what is written; the one for images is a person's, and there. */
static int note_folders(struct looking *l, struct err *err)
{
	const char *images = l->request->images;
	struct restore_plan *plan = l->plan;
	struct stat st;

	strv_foreach (path, &plan->paths) {
		cleanup_free char *folder = xstrndup(*path, (size_t)(strrchr(*path, '/') - *path));

		if ((!images || !streq(folder, images)) && !streq(folder, plan->tpm) &&
		        !strv_has(&plan->folders, folder) &&
		        !streq(folder, l->request->profiles->list[0]))
			strv_take(&plan->folders, take_ptr(folder));
	}
	if (!images || (stat(images, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	err_errno(err, -ENOTDIR, "%s", images);
	err_hint(err, _("make that folder first: mkdir -p %s"), images);
	err_code(err, CODE_BACKUP_PLACE);
	return -ENOTDIR;
}

static int settle(struct looking *l, struct err *err)
{
	const struct restore_request *q = l->request;
	struct restore_plan *plan = l->plan;
	struct placing placing = {
	        .profiles = q->profiles->list[0], .state = q->state, .images = q->images};
	int r;

	plan->name = xstrdup(q->as ? q->as : plan->manifest.name);
	plan->tpm = q->tpm(q->user, plan->name);
	placing.name = plan->name;
	placing.tpm = plan->tpm;
	r = profile_check_name(plan->name, err);
	r = r < 0 ? r : check_texts(l, err);
	r = r < 0 ? r : place_items(&plan->manifest, &placing, &plan->paths, err);
	r = r < 0 ? r : check_profile(l, err);
	r = r < 0 ? r : note_folders(l, err);
	return r < 0 ? r : check_free(l, err);
}

int restore_look(const struct restore_request *q, struct restore_plan *out, struct err *err)
{
	struct looking l = {.request = q, .plan = out};
	const struct unpack_events events = {on_manifest, on_data, &l};
	int r;

	*out = (struct restore_plan){0};
	r = unpack_run(q->fd, q->file, &events, err);
	if (r >= 0)
		r = settle(&l, err);
	if (r < 0)
		restore_plan_finish(out);
	return r;
}

void restore_plan_finish(struct restore_plan *plan)
{
	for (size_t i = 0; i < plan->n_texts; i++)
		free(plan->texts[i]);
	free(plan->texts);
	free(plan->name);
	free(plan->tpm);
	free(plan->merged);
	strv_finish(&plan->paths);
	strv_finish(&plan->folders);
	backup_manifest_finish(&plan->manifest);
	*plan = (struct restore_plan){0};
}
