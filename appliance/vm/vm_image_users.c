/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has an image file: VMs that run, acts that are under way, and other images that stand on it. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "profile/backing.h"

#include <errno.h>
#include <sys/stat.h>

static int refuse_running(const char *image, const char *name, struct err *err)
{
	err_set(err, -EBUSY, _("%s is in use by VM %s, which runs"), image, name);
	err_hint(err, _("stop that VM first: playthrough stop %s"), name);
	err_code(err, CODE_IMAGE_USED);
	return -EBUSY;
}

/* Whether a VM that runs has the file, as far as its profile says; else QEMU's locks do. */
static const char *user_of(struct vms *vms, const char *file)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		struct profile profile;
		bool has = false;

		if (vm->state == VM_STOPPED ||
		        profile_find(vms->env.profile_folders, vm->name, &profile, NULL) < 0)
			continue;
		for (size_t i = 0; i < profile.n_disks && !has; i++)
			has = profile.disks[i].image && streq(profile.disks[i].image, file);
		profile_finish(&profile);
		if (has)
			return vm->name;
	}
	return NULL;
}

/* What it reads or changes, or what it is about to make. */
static bool works_on(const struct vm_image *work, const char *file)
{
	const struct image_request *request = &work->request;

	return (request->file && streq(request->file, file)) ||
	       (request->target && streq(request->target, file));
}

int vms_check_image_free(const struct vms *vms, const char *file, struct err *err)
{
	for (const struct vm_image *w = vms->images; w; w = w->next) {
		if (!w->job || !works_on(w, file))
			continue;
		err_set(err, -EBUSY, _("%s is being worked on (%s)"), file, w->job->kind);
		err_hint(err, _("wait until that has ended, or cancel it"));
		err_code(err, CODE_IMAGE_USED);
		return -EBUSY;
	}
	return 0;
}

/* --- what stands on it --- */

static bool is_same(const struct vms *vms, const char *a, const char *b)
{
	struct act_seen one, other;

	if (streq(a, b))
		return true;
	return vms_look(vms, a, &one) == 0 && vms_look(vms, b, &other) == 0 &&
	       one.device == other.device && one.inode == other.inode;
}

static bool stands_on(const struct vms *vms, const struct profile_disk *disk, const char *file)
{
	struct profile_backings backings;
	bool found = false;

	if (!disk->image || profile_backings_parse(disk->backing, &backings, NULL) < 0)
		return false;
	for (size_t i = 0; i < backings.n && !found; i++)
		found = is_same(vms, backings.list[i].path, file);
	profile_backings_finish(&backings);
	return found;
}

static int refuse_base(const struct profile *vm, const struct profile_disk *disk, const char *file,
        struct err *err)
{
	err_set(err, -EBUSY,
	        _("%s is what disk %s of VM %s stands on (backing= in %s): changed, it would make "
	          "%s worthless"),
	        file, disk->name, vm->name, vm->file, disk->image);
	err_hint(err,
	        _("make that disk whole first: playthrough disk convert %s %s NEW, then write NEW "
	          "as image= into its profile and take backing= out"),
	        vm->name, disk->name);
	err_code(err, CODE_IMAGE_BACKING);
	return -EBUSY;
}

/* What cannot be read may name it: a base that is changed makes all that stands on it worthless. */
static int refuse_unread(const char *file, const char *vm, struct err *err)
{
	err_prefix(err, _("whether VM %s stands on %s cannot be seen"), vm, file);
	err_hint(err, _("mend that profile first, or take it out of its folder"));
	err_code(err, CODE_IMAGE_BACKING);
	return err ? err->number : -EINVAL;
}

int vms_check_image_base(const struct vms *vms, const char *file, struct err *err)
{
	cleanup_strv struct strv all = {0};
	int r = 0;

	profile_list(vms->env.profile_folders, &all, NULL);
	strv_foreach (name, &all) {
		struct profile profile;

		if (r < 0)
			break;
		if (profile_find(vms->env.profile_folders, *name, &profile, err) < 0) {
			r = refuse_unread(file, *name, err);
			break;
		}
		for (size_t i = 0; r == 0 && i < profile.n_disks; i++)
			if (stands_on(vms, &profile.disks[i], file))
				r = refuse_base(&profile, &profile.disks[i], file, err);
		profile_finish(&profile);
	}
	return r;
}

/* --- all of it, for an act --- */

int vm_image_check_users(struct vm_image *work, const struct vm_image_word *word, struct err *err)
{
	const char *file = work->request.file, *user = user_of(work->vms, file);
	bool changes = word->changes || work->request.repair;

	if (user && changes)
		return refuse_running(file, user, err);
	/* A VM changes it while it is read: only QEMU itself copies it then. */
	if (user && word->verb == IMAGE_IMPORT)
		return refuse_running(file, user, err);
	if (changes && word->verb != IMAGE_OVERLAY) {
		int r = vms_check_image_base(work->vms, file, err);

		if (r < 0)
			return r;
	}
	return word->verb == IMAGE_INFO ? 0 : vms_check_image_free(work->vms, file, err);
}
