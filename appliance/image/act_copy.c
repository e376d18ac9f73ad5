/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts that make a new file: created, copied, compacted. */
#include "image/act_parts.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* Beside what qemu-img measures: the head of an encrypted image, tables, and what a file system needs itself. */
#define SPARE_BYTES (16ull << 20)

static const struct new_file_codes image_codes = {CODE_IMAGE_EXISTS, CODE_IMAGE_SPACE, CODE_NONE};

static const char *target_format(const struct image_request *request)
{
	return request->target_format ? request->target_format : "qcow2";
}

/* The new file as the only node of a run. */
static int add_new(const struct new_file *place, const struct image_request *request,
        bool encrypted, struct image_run *run, struct image_chain *chain, struct err *err)
{
	*chain = (struct image_chain){.n = 1, .secret = -1};
	chain->list[0] = (struct image_node){.fd = image_run_file(run, place->fd, true),
	        .format = target_format(request),
	        .encrypted = encrypted};
	if (!encrypted)
		return 0;
	image_add_secret(request, run, chain);
	return image_need_secret(request, err);
}

/* Makes an empty image in the hidden file. */
static int format_new(const struct image_env *env, const struct new_file *place,
        const struct image_request *request, uint64_t size, bool encrypted,
        const struct stat *owner, struct err *err)
{
	const struct image_backing *under =
	        request->verb == IMAGE_OVERLAY || request->verb == IMAGE_PREPARE ? request->backing
	                                                                         : NULL;
	struct image_run run = {.uid = owner->st_uid, .gid = owner->st_gid};
	struct image_chain chain;
	int r = add_new(place, request, encrypted, &run, &chain, err);

	if (under && !request->n_backing)
		under = NULL;
	image_args_create(
	        &run.args, &chain, size, under ? under->path : NULL, under ? under->format : NULL);
	r = r < 0 ? r : image_run(env, &run, 1, NULL, NULL, err);
	image_run_finish(&run);
	return r < 0 ? image_name_it(place->path, err) : 0;
}

static int check_target(const struct image_request *request, struct err *err)
{
	if (!image_format_writable(target_format(request)))
		return err_set(err, -EINVAL, _("a new image is raw or qcow2, not %s"),
		        target_format(request));
	if (request->encrypt && !streq(target_format(request), "qcow2"))
		return err_set(err, -EINVAL, _("only qcow2 images are encrypted"));
	return 0;
}

/* --- create --- */

json_t *image_act_create(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	struct stat owner = {0};
	int r = check_target(request, err);

	r = r < 0 ? r
	          : new_file_begin(
	                    &place, request->target, false, env->open_folder, &image_codes, err);
	r = r < 0 ? r : new_file_room(&place, SPARE_BYTES / 4, err);
	owner.st_uid = place.uid;
	owner.st_gid = place.gid;
	r = r < 0 ? r : new_file_make(&place, place.uid, place.gid, err);
	r = r < 0 ? r
	          : format_new(env, &place, request, request->size, request->encrypt, &owner, err);
	r = r < 0 ? r : new_file_publish(&place, 0600, false, err);
	return r < 0 ? NULL
	             : image_tell_done(env, request->target, target_format(request), place.fd);
}

/* --- copies --- */

static int measure(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, uint64_t *bytes, struct err *err)
{
	struct image_run run = {0};
	cleanup_free char *output = NULL;
	struct image_chain chain;
	int r = image_source_add(source, request, false, &run, &chain, err);

	image_args_measure(&run.args, &chain, target_format(request));
	r = r < 0 ? r : image_run(env, &run, 1, NULL, &output, err);
	image_run_finish(&run);
	r = r < 0 ? r : image_parse_measure(output, bytes, err);
	/* A raw file has holes where there is nothing. */
	if (r == 0 && streq(target_format(request), "raw") && source->n == 1 &&
	        *bytes > source->info.used && !streq(source->info.format, "vmdk"))
		*bytes = source->info.used;
	return r < 0 ? image_name_it(request->file, err) : 0;
}

static int copy(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, const struct new_file *place, bool encrypted,
        struct err *err)
{
	struct image_run run = {.stage = "copy", .from = 5, .to = 95};
	struct image_chain from, to;
	int r = image_source_add(source, request, false, &run, &from, err);

	to = (struct image_chain){.n = 1, .secret = -1};
	to.list[0] = (struct image_node){.fd = image_run_file(&run, place->fd, true),
	        .format = target_format(request),
	        .encrypted = encrypted};
	if (encrypted && from.secret >= 0)
		to.secret = from.secret;
	else if (encrypted)
		image_add_secret(request, &run, &to);
	if (r == 0 && encrypted)
		r = image_need_secret(request, err);
	image_args_convert(&run.args, &from, &to);
	r = r < 0 ? r : image_run(env, &run, 1, NULL, NULL, err);
	image_run_finish(&run);
	return r < 0 ? image_name_it(request->file, err) : 0;
}

static void tell(const struct image_env *env, const char *stage, unsigned percent)
{
	if (env->told)
		env->told(env->user, stage, percent);
}

/* Into the hidden file: all of it. */
static int fill(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, struct new_file *place, bool encrypted, struct err *err)
{
	uint64_t bytes = 0;
	int r = measure(env, request, source, &bytes, err);

	r = r < 0 ? r : new_file_room(place, bytes + SPARE_BYTES, err);
	r = r < 0 ? r : new_file_make(place, source->st.st_uid, source->st.st_gid, err);
	r = r < 0 ? r
	          : format_new(env, place, request, source->info.size, encrypted, &source->st, err);
	tell(env, "copy", 5);
	r = r < 0 ? r : copy(env, request, source, place, encrypted, err);
	return r;
}

json_t *image_act_copy(const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	struct image_source source;
	json_t *json = NULL;
	bool encrypted = false;
	int r = check_target(request, err);

	r = r < 0 ? r
	          : new_file_begin(
	                    &place, request->target, false, env->open_folder, &image_codes, err);
	if (r < 0)
		return NULL;
	r = image_source_open(env, request, false, &source, err);
	r = r < 0 ? r : image_source_free(request, &source, false, err);
	/* A copy of what is encrypted is not left lying about in the clear. */
	if (r == 0)
		encrypted = request->encrypt || (source.info.luks && request->verb == IMAGE_BACKUP);
	r = r < 0 ? r : fill(env, request, &source, &place, encrypted, err);
	if (r == 0) {
		tell(env, "write", 96);
		r = new_file_publish(&place, 0600, false, err);
	}
	if (r == 0)
		json = image_tell_done(env, request->target, target_format(request), place.fd);
	if (json)
		json_object_set_new(json, "source", image_info_json(request->file, &source.info));
	image_source_finish(&source);
	return json;
}

/* --- in place of the image --- */

/* Where the image is, whatever links lead there. Caller frees. */
static char *real_path(const struct image_request *request, const struct image_source *source)
{
	cleanup_free char *link = xasprintf("/proc/self/fd/%d", source->fds[0]);
	char path[PATH_MAX];
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	return n > 0 && path[0] == '/' ? xstrndup(path, (size_t)n) : xstrdup(request->file);
}

/* What has the name is what was read. */
static int check_same(
        const struct image_source *source, const struct new_file *place, struct err *err)
{
	struct stat st;

	if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, -errno, "%s", place->path);
	if (st.st_dev == source->st.st_dev && st.st_ino == source->st.st_ino)
		return 0;
	err_set(err, -EBUSY, _("%s has become another file meanwhile"), place->path);
	err_code(err, CODE_IMAGE_USED);
	return -EBUSY;
}

static int begin_in_place(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, struct new_file *place, struct err *err)
{
	cleanup_free char *path = real_path(request, source);
	int r = new_file_begin(place, path, true, env->open_folder, &image_codes, err);

	return r < 0 ? r : check_same(source, place, err);
}

/* --- compact --- */

static int judge_compact(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	if (!image_format_writable(source->info.format))
		return err_set(err, -EOPNOTSUPP,
		        _("%s is %s: import it instead, which compacts it, too"), request->file,
		        source->info.format);
	if (source->info.n_snapshots) {
		err_set(err, -EOPNOTSUPP,
		        _("%s has snapshots inside (%zu), which would not come along"),
		        request->file, source->info.n_snapshots);
		err_hint(err, _("remove them first: playthrough disk snapshot --remove"));
		return -EOPNOTSUPP;
	}
	if (source->info.backing || source->n > 1)
		return err_set(err, -EOPNOTSUPP,
		        _("%s stands on another file; convert it into a new image instead"),
		        request->file);
	return 0;
}

/* Whether the copy is the same to a guest, before it takes the original's place. */
static int compare(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, const struct new_file *place, struct err *err)
{
	struct image_run run = {.stage = "verify", .from = 50, .to = 95};
	struct image_chain from, to;
	int r = image_source_add(source, request, false, &run, &from, err);

	to = (struct image_chain){.n = 1, .secret = from.secret};
	to.list[0] = (struct image_node){.fd = image_run_file(&run, place->fd, false),
	        .format = source->info.format,
	        .encrypted = source->info.luks};
	image_args_compare(&run.args, &from, &to);
	r = r < 0 ? r : image_run(env, &run, 1, NULL, NULL, err);
	image_run_finish(&run);
	return r < 0 ? err_prefix(err, _("%s: the compacted copy is not the same"), request->file)
	             : 0;
}

json_t *image_act_compact(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	struct image_source source;
	json_t *json = NULL;
	int r = image_source_open(env, request, false, &source, err);

	r = r < 0 ? r : image_source_free(request, &source, true, err);
	r = r < 0 ? r : judge_compact(request, &source, err);
	r = r < 0 ? r : begin_in_place(env, request, &source, &place, err);
	if (r == 0) {
		free(request->target_format);
		request->target_format = xstrdup(source.info.format);
		r = fill(env, request, &source, &place, source.info.luks, err);
	}
	r = r < 0 ? r : compare(env, request, &source, &place, err);
	/* Somebody may have begun to use it meanwhile, and would write into a file that has no name any more. */
	r = r < 0 ? r : image_source_free(request, &source, true, err);
	r = r < 0 ? r : check_same(&source, &place, err);
	r = r < 0 ? r : new_file_publish(&place, 0600, true, err);
	if (r == 0)
		json = image_tell_done(env, request->file, source.info.format, place.fd);
	if (json) {
		image_tell_next(json, &source.info);
		json_object_set_new(
		        json, "disk_bytes_before", json_integer((json_int_t)source.info.used));
	}
	image_source_finish(&source);
	return json;
}

/* --- overlay --- */

/* A new one on top of the image; or the image anew on what it stands on, as if nothing had been written to it. */
static int make_overlay(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, struct new_file *place, struct err *err)
{
	bool empty = request->verb == IMAGE_EMPTY;
	struct image_request own = *request;
	int r = empty ? begin_in_place(env, request, source, place, err)
	              : new_file_begin(
	                        place, request->target, false, env->open_folder, &image_codes, err);

	own.verb = IMAGE_OVERLAY;
	own.n_backing = 1;
	if (!empty)
		own.backing[0] = (struct image_backing){request->file, source->info.format};
	r = r < 0 ? r : new_file_room(place, SPARE_BYTES / 4, err);
	r = r < 0 ? r : new_file_make(place, source->st.st_uid, source->st.st_gid, err);
	r = r < 0 ? r : format_new(env, place, &own, source->info.size, false, &source->st, err);
	r = r < 0 ? r : image_source_free(request, source, empty, err);
	r = r < 0 || !empty ? r : check_same(source, place, err);
	return r < 0 ? r : new_file_publish(place, 0600, empty, err);
}

static int judge_overlay(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	if (source->info.luks)
		return err_set(err, -EOPNOTSUPP,
		        _("%s is encrypted; take a snapshot inside it, without --overlay"),
		        request->file);
	if (request->verb == IMAGE_EMPTY && !request->n_backing) {
		err_set(err, -EOPNOTSUPP, _("%s stands on no other file (backing= in its profile)"),
		        request->file);
		err_hint(
		        err, _("name a snapshot inside it: playthrough disk snapshots lists them"));
		return -EOPNOTSUPP;
	}
	return 0;
}

json_t *image_act_overlay(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	struct image_source source;
	json_t *json = NULL;
	int r = image_source_open(env, request, false, &source, err);

	/* On top of a file there is only reading: others may read it too, but none may write. */
	r = r < 0 ? r : image_source_free(request, &source, request->verb == IMAGE_EMPTY, err);
	r = r < 0 ? r : judge_overlay(request, &source, err);
	r = r < 0 ? r : make_overlay(env, request, &source, &place, err);
	if (r == 0)
		json = image_tell_done(env, place.path, "qcow2", place.fd);
	if (json && request->verb == IMAGE_EMPTY)
		image_tell_next(json, &source.info);
	if (json)
		json_object_set_new(json, "source", image_info_json(request->file, &source.info));
	image_source_finish(&source);
	return json;
}

/* --- for a QEMU that runs --- */

json_t *image_act_prepare(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	struct stat owner = {0};
	json_t *json;
	int r = new_file_begin(&place, request->target, false, env->open_folder, &image_codes, err);

	owner.st_uid = place.uid;
	owner.st_gid = place.gid;
	r = r < 0 ? r : new_file_make(&place, place.uid, place.gid, err);
	r = r < 0 ? r
	          : format_new(env, &place, request, request->size, request->encrypt, &owner, err);
	if (r < 0)
		return NULL;
	json = json_pack("{s:s}", "hidden", place.hidden);
	request->fd = take_fd(place.fd);
	place.hidden[0] = '\0'; /* it stays, held by its lock */
	return json;
}

/* Whether its name is taken by now shows when it gets it; that it can go does not hang on it. */
json_t *image_act_publish(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	cleanup(new_file_finish) struct new_file place = NEW_FILE_NONE;
	int r = new_file_begin(&place, request->target, true, env->open_folder, &image_codes, err);

	if (r < 0)
		return NULL;
	new_file_resume(&place, request->hidden, take_fd(request->fd));
	if (request->verb == IMAGE_DISCARD)
		return json_object();
	r = new_file_publish(&place, 0600, false, err);
	return r < 0 ? NULL : image_tell_done(env, request->target, "qcow2", place.fd);
}
