/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts on image files: what a person asked for, judged, and run as a job. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "image/parse.h"
#include "profile/backing.h"

#include <errno.h>
#include <unistd.h>

static const struct image_word {
	const char *word, *kind; /* of D-Bus; of its job */
	enum image_verb verb;
	bool changes; /* the image itself, so that no VM may have it */
	bool target, size, tag;
} words[] = {
        {"create", "disk-create", IMAGE_CREATE, false, true, true, false},
        {"info", "disk-info", IMAGE_INFO, false, false, false, false},
        {"check", "disk-check", IMAGE_CHECK, false, false, false, false},
        {"resize", "disk-resize", IMAGE_RESIZE, true, false, true, false},
        {"snapshot", "disk-snapshot", IMAGE_SNAPSHOT, true, false, false, true},
        {"snapshot-remove", "disk-snapshot-remove", IMAGE_FORGET, true, false, false, true},
        {"overlay", "disk-overlay", IMAGE_OVERLAY, true, true, false, false},
        {"revert", "disk-revert", IMAGE_REVERT, true, false, false, true},
        {"empty", "disk-revert", IMAGE_EMPTY, true, false, false, false},
        {"import", "disk-import", IMAGE_IMPORT, false, true, false, false},
        {"backup", "disk-backup", IMAGE_BACKUP, false, true, false, false},
        {"compact", "disk-compact", IMAGE_COMPACT, true, false, false, false},
};

static const struct image_word *find_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(words[i].word, word))
			return &words[i];
	return NULL;
}

/* --- its process --- */

static int open_root(struct root *root, struct err *err)
{
	return root_open(root, "/", err);
}

static int open_file(const char *path, bool writable, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = open_root(&root, err);

	return r < 0 ? r : act_image_open(&root, path, NULL, writable, fd, err);
}

static int open_folder(const char *path, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = open_root(&root, err);

	return r < 0 ? r : act_folder_open(&root, path, fd, err);
}

static int open_secret(const char *path, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = open_root(&root, err);

	return r < 0 ? r : act_secret_open(&root, path, fd, err);
}

/* Caller frees; where it is not found, the path it will have once it is installed. */
static char *find_qemu_img(void)
{
	cleanup_strv struct strv folders = {0};
	const char *path = getenv("PATH");

	strv_split(&folders, path ? path : "/usr/bin:/bin", ":");
	strv_foreach (folder, &folders) {
		char *program = xasprintf("%s/qemu-img", *folder);

		if (access(program, X_OK) == 0)
			return program;
		free(program);
	}
	return xstrdup("/usr/bin/qemu-img");
}

static void on_progress(void *user, const char *stage, unsigned percent)
{
	static const char *const stages[] = {"check", "copy", "verify", "write"};
	struct vm_image *work = user;

	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (streq(stage, stages[i]))
			vm_job_stage(work->job, stages[i], percent);
}

int vm_image_task(struct vm_image *work,
        void (*done)(void *user, json_t *result, int fd, const struct err *err), struct err *err)
{
	const struct vm_env *env = &work->vms->env;
	const struct image_handler handler = {.progress = on_progress, .done = done, .user = work};
	cleanup_free char *helper = xasprintf("%s/playthrough-image", env->libexec_dir);
	cleanup_free char *qemu_img = find_qemu_img();
	const struct image_env how = {.system = !env->session,
	        .helper = helper,
	        .qemu_img = qemu_img,
	        .cancel = -1,
	        .open_file = open_file,
	        .open_folder = open_folder,
	        .open_secret = open_secret};

	return image_task_start(env->event, &how, &work->request, &handler, &work->task, err);
}

static void work_free(struct vm_image *work)
{
	struct vm_image **at = &work->vms->images;

	while (*at && *at != work)
		at = &(*at)->next;
	if (*at)
		*at = work->next;
	image_task_forget(work->task);
	vm_backup_free(work->backup);
	image_request_finish(&work->request);
	free(work->name);
	free(work->disk);
	free(work);
}

void vms_images_finish(struct vms *vms)
{
	while (vms->images)
		work_free(vms->images);
}

void vm_image_end(struct vm_image *work, json_t *result, const struct err *err)
{
	struct vm_job *job = work->job;

	if (!err && result)
		job->result = json_incref(result);
	job->cancel = NULL;
	work_free(work);
	vm_job_finish(job, err);
}

static void on_done(void *user, json_t *result, int fd, const struct err *err)
{
	struct vm_image *work = user;
	struct err own;

	work->task = NULL;
	close_fd(&fd);
	if (!err && work->overlay && vm_image_write_overlay(work->vms, work, &own) < 0)
		err = &own;
	vm_image_end(work, result, err);
}

static void on_cancel(struct vm_job *job)
{
	struct vm_image *work = job->user;

	work->cancelled = true;
	if (work->task)
		image_task_cancel(work->task);
	else
		vm_backup_cancel(work);
}

/* --- judging --- */

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

static int refuse_running(const char *image, const char *name, struct err *err)
{
	err_set(err, -EBUSY, _("%s is in use by VM %s, which runs"), image, name);
	err_hint(err, _("stop that VM first: playthrough stop %s"), name);
	err_code(err, CODE_IMAGE_USED);
	return -EBUSY;
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

static int check_other_acts(const struct vms *vms, const char *file, struct err *err)
{
	for (const struct vm_image *w = vms->images; w; w = w->next) {
		if (!w->request.file || !streq(w->request.file, file) || !w->job)
			continue;
		err_set(err, -EBUSY, _("%s is being worked on (%s)"), file, w->job->kind);
		err_hint(err, _("wait until that has ended, or cancel it"));
		err_code(err, CODE_IMAGE_USED);
		return -EBUSY;
	}
	return 0;
}

int vms_check_image_free(const struct vms *vms, const char *file, struct err *err)
{
	return check_other_acts(vms, file, err);
}

static int check_image(struct vm_image *work, const struct image_word *word, struct err *err)
{
	const char *file = work->request.file, *user = user_of(work->vms, file);
	bool changes = word->changes || work->request.repair;

	if (user && changes)
		return refuse_running(file, user, err);
	/* A VM changes it while it is read: only QEMU itself copies it then. */
	if (user && word->verb == IMAGE_IMPORT)
		return refuse_running(file, user, err);
	return word->verb == IMAGE_INFO ? 0 : check_other_acts(work->vms, file, err);
}

static int take_numbers(struct image_request *request, const struct vm_image_options *o,
        const struct image_word *word, struct err *err)
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

	if (work->name && work->disk)
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

/* windows.qcow2 with the tag "patch": windows-patch.qcow2 beside it. Caller frees; NULL: there is no tag. */
static char *overlay_name(const struct image_request *request)
{
	const char *file = request->file, *slash = strrchr(file, '/'), *dot = strrchr(file, '.');
	size_t n = dot && dot > slash + 1 ? (size_t)(dot - file) : strlen(file);

	if (!request->tag || !image_tag_is_good(request->tag))
		return NULL;
	return xasprintf("%.*s-%s.qcow2", (int)n, file, request->tag);
}

static int take_options(struct vm_image *work, const struct vm_image_options *o,
        const struct image_word *word, struct err *err)
{
	struct image_request *request = &work->request;
	int r = take_numbers(request, o, word, err);

	request->verb = word->verb;
	request->target_format = xstrdup(o->target_format);
	request->tag = xstrdup(o->tag);
	request->repair = xstrdup(o->repair);
	request->shrink = o->shrink;
	request->encrypt = o->encrypt;
	if (r == 0 && word->verb != IMAGE_CREATE)
		r = take_source(work, o, err);
	if (r == 0 && word->target) {
		request->target =
		        o->target || !request->file ? xstrdup(o->target) : overlay_name(request);
		r = check_path(request->target, err);
	}
	return r;
}

static bool vm_runs(struct vms *vms, const char *name)
{
	const struct vm *vm = name ? vms_find(vms, name) : NULL;

	return vm && vm->state != VM_STOPPED;
}

static int start(struct vm_image *work, const struct image_word *word, struct err *err)
{
	if (work->request.file) {
		int r = check_image(work, word, err);

		if (r < 0)
			return r;
	}
	if (word->verb == IMAGE_BACKUP && vm_runs(work->vms, work->name))
		return vm_backup_start(work, err);
	if (work->incremental) {
		err_set(err, -EOPNOTSUPP,
		        _("VM %s does not run: only a running QEMU notes what has changed"),
		        work->name ? work->name : "-");
		err_hint(err, _("start it first, or make a full backup"));
		err_code(err, CODE_IMAGE_BACKUP);
		return -EOPNOTSUPP;
	}
	return vm_image_task(work, on_done, err);
}

struct vm_job *vms_image(struct vms *vms, const struct vm_image_options *options, struct err *err)
{
	const struct image_word *word = find_word(options->verb);
	struct vm_image *work = xcalloc(1, sizeof(*work));
	int r = 0;

	*work = (struct vm_image){.vms = vms,
	        .request = {.secret = options->secret, .fd = -1},
	        .name = xstrdup(options->vm),
	        .disk = xstrdup(options->disk),
	        .incremental = options->incremental};
	if (!word)
		r = err_set(err, -EINVAL, _("there is no act on a disk called %s"), options->verb);
	r = r < 0 ? r : take_options(work, options, word, err);
	if (r == 0) {
		work->overlay = word->verb == IMAGE_OVERLAY && work->name;
		work->job = vm_job_create_of(vms, work->name, word->kind, on_cancel);
		work->job->user = work;
		r = start(work, word, err);
	}
	if (r == 0) {
		work->next = vms->images;
		vms->images = work;
		return work->job;
	}
	if (work->job)
		vm_job_drop(work->job);
	work_free(work);
	return NULL;
}
