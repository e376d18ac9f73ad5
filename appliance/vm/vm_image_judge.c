/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person asks for of an image file, judged, and made a request to the process that does it. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "image/parse.h"
#include "profile/backing.h"

#include <errno.h>

static const struct vm_image_word words[] = {
        {"create", "disk-create", IMAGE_CREATE, false, true, true, false, false},
        {"info", "disk-info", IMAGE_INFO, false, false, false, false, false},
        {"check", "disk-check", IMAGE_CHECK, false, false, false, false, false},
        {"resize", "disk-resize", IMAGE_RESIZE, true, false, true, false, false},
        {"snapshot", "disk-snapshot", IMAGE_SNAPSHOT, true, false, false, true, false},
        {"snapshot-remove", "disk-snapshot-remove", IMAGE_FORGET, true, false, false, true, false},
        {"overlay", "disk-overlay", IMAGE_OVERLAY, true, true, false, false, false},
        {"set-back", "disk-set-back", IMAGE_OVERLAY, true, true, false, false, true},
        {"revert", "disk-revert", IMAGE_REVERT, true, false, false, true, false},
        {"empty", "disk-revert", IMAGE_EMPTY, true, false, false, false, false},
        {"import", "disk-import", IMAGE_IMPORT, false, true, false, false, false},
        {"backup", "disk-backup", IMAGE_BACKUP, false, true, false, false, false},
        {"compact", "disk-compact", IMAGE_COMPACT, true, false, false, false, false},
};

const struct vm_image_word *vm_image_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(words[i].word, word))
			return &words[i];
	return NULL;
}

static int bad(struct err *err, const char *what)
{
	err_set(err, -EINVAL, "%s", what);
	err_code(err, CODE_USAGE);
	return -EINVAL;
}

static int check_path(const char *path, struct err *err)
{
	if (path && path[0] == '/' && strlen(path) < 4096)
		return 0;
	return bad(err, _("an image is named by its whole path"));
}

static const struct profile_disk *disk_of(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_disks; i++)
		if (streq(profile->disks[i].name, name))
			return &profile->disks[i];
	return NULL;
}

static int refuse_disk(
        const struct profile *profile, const char *name, bool device, struct err *err)
{
	cleanup_strv struct strv known = {0};
	cleanup_free char *list = NULL;

	for (size_t i = 0; i < profile->n_disks; i++)
		if (profile->disks[i].image)
			strv_add(&known, profile->disks[i].name);
	list = strv_join(&known, ", ");
	if (device)
		err_set(err, -ENOENT,
		        _("disk %s of VM %s is a disk of this PC and no image file (%s)"), name,
		        profile->name, profile->file);
	else
		err_set(err, -ENOENT, _("there is no disk %s in VM %s (%s)"), name, profile->name,
		        profile->file);
	if (known.n)
		err_hint(err, _("its image files: %s"), list);
	else
		err_hint(err, _("it has no image file"));
	err_code(err, CODE_DISK_IMAGE);
	return -ENOENT;
}

static void take_backings(struct image_request *request, const struct profile_backings *backings)
{
	for (size_t i = 0; i < backings->n; i++)
		request->backing[request->n_backing++] =
		        (struct image_backing){.path = xstrdup(backings->list[i].path),
		                .format = xstrdup(backings->list[i].format)};
}

static void take_disk(struct vm_image *work, const struct profile_disk *disk,
        const struct profile_backings *backings)
{
	struct image_request *request = &work->request;

	request->file = xstrdup(disk->image);
	request->format = xstrdup(disk->format);
	request->secret_file = xstrdup(disk->passphrase_file);
	take_backings(request, backings);
}

static int find_disk(struct vm_image *work, struct err *err)
{
	struct profile_backings backings = {0};
	const struct profile_disk *disk;
	struct profile profile;
	int r = profile_find(work->vms->env.profile_folders, work->name, &profile, err);

	if (r < 0)
		return r;
	disk = disk_of(&profile, work->disk);
	if (!disk || !disk->image)
		r = refuse_disk(&profile, work->disk, disk != NULL, err);
	r = r < 0 ? r : profile_backings_parse(disk->backing, &backings, err);
	if (r == 0)
		take_disk(work, disk, &backings);
	profile_backings_finish(&backings);
	profile_finish(&profile);
	return r;
}

static int take_numbers(struct image_request *request, const struct vm_image_options *o,
        const struct vm_image_word *word, struct err *err)
{
	if (word->size && (!o->size || image_parse_size(o->size, &request->size) < 0)) {
		bad(err, _("the size of an image is a number of whole sectors, such as 64G"));
		return -EINVAL;
	}
	if (word->tag && (!o->tag || !image_tag_is_good(o->tag)))
		return bad(err, _("a snapshot is named by letters, digits, and . _ - behind the "
		                  "first, at most 64"));
	if (o->repair && !streq(o->repair, "leaks") && !streq(o->repair, "all"))
		return bad(err, _("what can be repaired is \"leaks\" or \"all\""));
	if (o->target_format && !image_format_writable(o->target_format))
		return bad(err, _("a new image is raw or qcow2"));
	if (o->format && !image_format_readable(o->format))
		return bad(err, _("what is read: raw, qcow2, vmdk, vdi, vhdx"));
	return 0;
}

static int take_source(struct vm_image *work, const struct vm_image_options *o, struct err *err)
{
	struct profile_backings backings;
	int r;

	if (work->name)
		return find_disk(work, err);
	work->request.file = xstrdup(o->file);
	work->request.format = xstrdup(o->format);
	r = check_path(o->file, err);
	r = r < 0 ? r : profile_backings_parse(o->backing, &backings, err);
	if (r < 0)
		return r;
	take_backings(&work->request, &backings);
	profile_backings_finish(&backings);
	return 0;
}

/* The source is what the disk stands on: the new image takes the place of the one that is there now, which stays. */
static int take_under(struct image_request *request, struct err *err)
{
	if (!request->n_backing) {
		err_set(err, -EOPNOTSUPP, _("%s stands on no other file (backing= in its profile)"),
		        request->file);
		err_code(err, CODE_IMAGE_BACKING);
		return -EOPNOTSUPP;
	}
	free(request->file);
	free(request->format);
	request->file = request->backing[0].path;
	request->format = request->backing[0].format;
	request->n_backing--;
	memmove(request->backing, request->backing + 1,
	        request->n_backing * sizeof(*request->backing));
	return 0;
}

/* By one of the two ways, and wholly. */
static int check_names(const struct vm_image_options *o, bool image, struct err *err)
{
	bool vm = o->vm && o->disk && !o->file, file = o->file && !o->vm && !o->disk;

	if (image ? vm || file : !o->vm && !o->disk && !o->file)
		return 0;
	return bad(err, image ? _("an image is named by its file, or by a VM and its disk")
	                      : _("a new image is named by \"target\" alone"));
}

/* windows.qcow2 with the tag "patch": windows-patch.qcow2 beside it. Caller frees; NULL: there is no tag. */
static char *overlay_name(const struct image_request *request)
{
	const char *file = request->file, *slash = strrchr(file, '/'), *dot = strrchr(file, '.');
	size_t n = dot && dot > slash + 1 ? (size_t)(dot - file) : strlen(file);

	if (!request->tag || !image_tag_is_good(request->tag))
		return NULL;
	return xasprintf("%.*s-%s.qcow2", (int)n, file, request->tag);
}

int vm_image_judge(struct vm_image *work, const struct vm_image_options *o,
        const struct vm_image_word *word, struct err *err)
{
	struct image_request *request = &work->request;
	int r = check_names(o, word->verb != IMAGE_CREATE, err);

	r = r < 0 ? r : take_numbers(request, o, word, err);
	request->verb = word->verb;
	request->target_format = xstrdup(o->target_format);
	request->tag = xstrdup(o->tag);
	request->repair = xstrdup(o->repair);
	request->shrink = o->shrink;
	request->encrypt = o->encrypt;
	if (r == 0 && word->verb != IMAGE_CREATE)
		r = take_source(work, o, err);
	if (r == 0 && word->under)
		r = take_under(request, err);
	if (r == 0 && word->target) {
		request->target =
		        o->target || !request->file ? xstrdup(o->target) : overlay_name(request);
		r = check_path(request->target, err);
	}
	return r;
}
