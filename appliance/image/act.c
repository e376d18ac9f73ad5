/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/act_parts.h"

#include "base/i18n.h"

#include <errno.h>
#include <unistd.h>

void image_request_finish(struct image_request *request)
{
	free(request->file);
	free(request->format);
	for (size_t i = 0; i < request->n_backing; i++) {
		free(request->backing[i].path);
		free(request->backing[i].format);
	}
	free(request->target);
	free(request->target_format);
	free(request->repair);
	free(request->tag);
	free(request->hidden);
	free(request->secret_file);
	close_fd(&request->secret);
	close_fd(&request->fd);
	*request = (struct image_request){.secret = -1, .fd = -1};
}

int image_name_it(const char *file, struct err *err)
{
	if (!err || strstr(err->message, file))
		return err ? err->number : -EIO;
	return err_prefix(err, "%s", file);
}

/* --- what an image is --- */

int image_ask(const struct image_env *env, int fd, const struct stat *st, const char *format,
        struct image_info *info, struct err *err)
{
	struct image_run run = {.uid = st->st_uid, .gid = st->st_gid};
	struct image_chain chain = {.n = 1, .secret = -1};
	cleanup_free char *output = NULL;
	int r;

	chain.list[0] =
	        (struct image_node){.fd = image_run_file(&run, fd, false), .format = format};
	image_args_info(&run.args, &chain);
	r = image_run(env, &run, 1, NULL, &output, err);
	image_run_finish(&run);
	return r < 0 ? r : image_parse_info(output, info, err);
}

static int refuse_format(const struct image_request *request, const char *found, struct err *err)
{
	err_set(err, -EMEDIUMTYPE, _("%s is of format %s, which is not read here"), request->file,
	        found);
	err_hint(err, _("what is read: raw, qcow2, VMDK, VDI and VHDX"));
	err_code(err, CODE_IMAGE_FORMAT);
	return -EMEDIUMTYPE;
}

/* A guest that writes to a raw disk decides how its first bytes look. */
static int judge_format(
        const struct image_request *request, const struct image_info *info, struct err *err)
{
	if (!image_format_readable(info->format))
		return refuse_format(request, info->format, err);
	if (!info->corrupt || request->verb == IMAGE_INFO || request->verb == IMAGE_CHECK)
		return 0;
	err_set(err, -EUCLEAN, _("%s is marked as damaged (qemu-img info: corrupt)"),
	        request->file);
	err_hint(err, _("look at it with playthrough disk check, and let that repair it with "
	                "--repair all"));
	err_code(err, CODE_IMAGE_FORMAT);
	return -EUCLEAN;
}

static int refuse_backing(
        const struct image_request *request, const struct image_info *info, struct err *err)
{
	if (!info->backing || request->n_backing || request->verb == IMAGE_INFO ||
	        request->verb == IMAGE_CHECK)
		return 0;
	err_set(err, -EXDEV,
	        _("%s holds only what differs from another file, which it names itself: %s"),
	        request->file, info->backing);
	err_hint(err, _("a file that an image names is never opened; say it: --backing %s:FILE"),
	        info->backing_format ? info->backing_format : "FORMAT");
	err_code(err, CODE_IMAGE_BACKING);
	return -EXDEV;
}

static int open_backing(const struct image_env *env, const struct image_request *request,
        struct image_source *source, struct err *err)
{
	for (size_t i = 0; i < request->n_backing; i++) {
		int r = env->open_file(request->backing[i].path, false, &source->fds[i + 1], err);

		if (r < 0)
			return r;
		source->formats[i + 1] = request->backing[i].format;
		source->n++;
	}
	return 0;
}

int image_source_open(const struct image_env *env, const struct image_request *request,
        bool writable, struct image_source *source, struct err *err)
{
	int r;

	*source = (struct image_source){0};
	for (size_t i = 0; i < IMAGE_CHAIN_MOST; i++)
		source->fds[i] = -1;
	r = env->open_file(request->file, writable, &source->fds[0], err);
	if (r < 0) {
		err_code(err, err_is(err, CODE_DISK_OWNER) ? CODE_DISK_OWNER : CODE_DISK_IMAGE);
		return r;
	}
	source->n = 1;
	if (fstat(source->fds[0], &source->st) < 0)
		return err_errno(err, -errno, "%s", request->file);
	r = image_ask(env, source->fds[0], &source->st, request->format, &source->info, err);
	if (r < 0) {
		if (err_is(err, CODE_IMAGE_TOOL))
			err_code(err, CODE_IMAGE_FORMAT);
		return image_name_it(request->file, err);
	}
	source->formats[0] = source->info.format;
	r = judge_format(request, &source->info, err);
	r = r < 0 ? r : refuse_backing(request, &source->info, err);
	return r < 0 ? r : open_backing(env, request, source, err);
}

void image_source_finish(struct image_source *source)
{
	for (size_t i = 0; i < IMAGE_CHAIN_MOST; i++)
		close_fd(&source->fds[i]);
	image_info_finish(&source->info);
}

int image_source_free(const struct image_request *request, const struct image_source *source,
        bool writable, struct err *err)
{
	enum image_use use = image_use(source->fds[0]);

	if (use == IMAGE_FREE || (use == IMAGE_READ && !writable))
		return 0;
	if (use == IMAGE_UNKNOWN) {
		err_set(err, -ENOLCK,
		        _("whether %s is in use is not known: its file system does not tell of "
		          "locks (fcntl F_OFD_GETLK)"),
		        request->file);
		err_hint(err,
		        _("copy it to a file system that knows locks, such as one of this PC"));
		err_code(err, CODE_IMAGE_USED);
		return -ENOLCK;
	}
	err_set(err, -EBUSY,
	        _("%s is in use: a QEMU or a tool of it has it open (its locks in /proc/locks)"),
	        request->file);
	err_hint(
	        err, _("stop the VM that has it (playthrough status), or wait for the other tool"));
	err_code(err, CODE_IMAGE_USED);
	return -EBUSY;
}

int image_need_secret(const struct image_request *request, struct err *err)
{
	if (request->secret >= 0)
		return 0;
	err_set(err, -ENOKEY, _("%s is encrypted, and no passphrase was given"),
	        request->file ? request->file : request->target);
	err_hint(err, _("say --passphrase-file FILE, or answer on the terminal"));
	err_code(err, CODE_IMAGE_SECRET);
	return -ENOKEY;
}

void image_add_secret(
        const struct image_request *request, struct image_run *run, struct image_chain *chain)
{
	if (request->secret >= 0)
		chain->secret = (int)image_run_file(run, request->secret, false);
}

int image_source_add(const struct image_source *source, const struct image_request *request,
        bool writable, struct image_run *run, struct image_chain *chain, struct err *err)
{
	*chain = (struct image_chain){.n = source->n, .secret = -1};
	run->uid = source->st.st_uid;
	run->gid = source->st.st_gid;
	for (size_t i = 0; i < source->n; i++)
		chain->list[i] = (struct image_node){
		        .fd = image_run_file(run, source->fds[i], writable && i == 0),
		        .format = source->formats[i],
		        .encrypted = i == 0 && source->info.luks,
		};
	if (!source->info.luks)
		return 0;
	image_add_secret(request, run, chain);
	return image_need_secret(request, err);
}

/* --- what is answered --- */

json_t *image_info_json(const char *path, const struct image_info *info)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:b, s:b, s:s?, s:O?, s:I, s:O?}", "file", path,
	        "format", info->format, "size_bytes", (json_int_t)info->size, "disk_bytes",
	        (json_int_t)info->used, "encrypted", (int)info->encrypted, "corrupt",
	        (int)info->corrupt, "backing", info->backing, "snapshots", info->snapshots,
	        "snapshot_count", (json_int_t)info->n_snapshots, "bitmaps", info->bitmaps);
}

void image_tell_next(json_t *json, const struct image_info *was)
{
	if (json_array_size(was->bitmaps))
		json_object_set_new(json, "next_backup", json_string("full"));
}

json_t *image_tell(
        const struct image_env *env, const char *path, const char *format, int fd, struct err *err)
{
	struct image_info info = {0};
	struct stat st;
	json_t *json;

	if (fstat(fd, &st) < 0) {
		err_errno(err, -errno, "%s", path);
		return NULL;
	}
	if (image_ask(env, fd, &st, format, &info, err) < 0)
		return NULL;
	json = image_info_json(path, &info);
	image_info_finish(&info);
	if (!json)
		err_set(err, -EBADMSG, _("%s names itself by bytes that are no text"), path);
	return json;
}

json_t *image_tell_done(const struct image_env *env, const char *path, const char *format, int fd)
{
	struct image_env own = *env;
	json_t *json;

	own.cancel = -1;
	json = image_tell(&own, path, format, fd, NULL);
	if (!json)
		json = json_pack("{s:s, s:s}", "file", path, "format", format);
	return json ? json : json_object(); /* a path of bytes that are no text */
}

static json_t *act_info(const struct image_env *env, struct image_request *request, struct err *err)
{
	static const char *const words[] = {[IMAGE_FREE] = "no",
	        [IMAGE_READ] = "read",
	        [IMAGE_WRITTEN] = "written",
	        [IMAGE_UNKNOWN] = "unknown"};
	struct image_source source;
	json_t *json = NULL;

	if (image_source_open(env, request, false, &source, err) == 0) {
		json = image_info_json(request->file, &source.info);
		json_object_set_new(json, "in_use", json_string(words[image_use(source.fds[0])]));
	}
	image_source_finish(&source);
	return json;
}

/* Whether any of what it works on may be opened by the passphrase. */
static bool wants_secret(const struct image_request *request)
{
	switch (request->verb) {
	case IMAGE_INFO:
	case IMAGE_OVERLAY:
	case IMAGE_EMPTY:
	case IMAGE_PUBLISH:
	case IMAGE_DISCARD:
		return false;
	case IMAGE_CREATE:
	case IMAGE_PREPARE:
		return request->encrypt;
	case IMAGE_CHECK:
	case IMAGE_RESIZE:
	case IMAGE_SNAPSHOT:
	case IMAGE_REVERT:
	case IMAGE_FORGET:
	case IMAGE_IMPORT:
	case IMAGE_BACKUP:
	case IMAGE_COMPACT:
		return true;
	}
	return true;
}

json_t *image_act(const struct image_env *env, struct image_request *request, struct err *err)
{
	if (access(env->qemu_img, X_OK) < 0) {
		err_errno(err, -errno, "%s", env->qemu_img);
		err_hint(err, _("install it: apt-get install qemu-utils"));
		err_code(err, CODE_IMAGE_TOOL);
		return NULL;
	}
	if (request->secret < 0 && request->secret_file && wants_secret(request) &&
	        env->open_secret(request->secret_file, &request->secret, err) < 0)
		return NULL;
	switch (request->verb) {
	case IMAGE_CREATE:
		return image_act_create(env, request, err);
	case IMAGE_INFO:
		return act_info(env, request, err);
	case IMAGE_CHECK:
		return image_act_check(env, request, err);
	case IMAGE_RESIZE:
		return image_act_resize(env, request, err);
	case IMAGE_SNAPSHOT:
	case IMAGE_REVERT:
	case IMAGE_FORGET:
		return image_act_snapshot(env, request, err);
	case IMAGE_OVERLAY:
	case IMAGE_EMPTY:
		return image_act_overlay(env, request, err);
	case IMAGE_IMPORT:
	case IMAGE_BACKUP:
		return image_act_copy(env, request, err);
	case IMAGE_COMPACT:
		return image_act_compact(env, request, err);
	case IMAGE_PREPARE:
		return image_act_prepare(env, request, err);
	case IMAGE_PUBLISH:
	case IMAGE_DISCARD:
		return image_act_publish(env, request, err);
	}
	err_set(err, -EINVAL, _("no such act on an image"));
	return NULL;
}
