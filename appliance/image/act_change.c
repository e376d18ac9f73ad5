/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acts on an image where it is: checked, resized, its snapshots. When any of them is cut off, qcow2 keeps what the guest sees; of
 * a snapshot it may keep wrong counts, which a check with repair=all mends.
 */
#include "image/act_parts.h"

#include "base/i18n.h"

#include <errno.h>
#include <unistd.h>

/* Runs what is in @run on it, and makes it last. */
static int change(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, const struct image_run *run, struct err *err)
{
	int r = image_run(env, run, 1, NULL, NULL, err);

	if (r < 0)
		return image_name_it(request->file, err);
	return fsync(source->fds[0]) < 0 ? err_errno(err, -errno, "%s", request->file) : 0;
}

static int open_to_change(const struct image_env *env, const struct image_request *request,
        struct image_source *source, struct image_run *run, struct image_chain *chain,
        struct err *err)
{
	int r = image_source_open(env, request, true, source, err);

	r = r < 0 ? r : image_source_free(request, source, true, err);
	return r < 0 ? r : image_source_add(source, request, true, run, chain, err);
}

/* --- check --- */

static bool can_be_checked(const char *format)
{
	return !streq(format, "raw");
}

static json_t *check(const struct image_env *env, const struct image_request *request,
        struct image_source *source, struct err *err)
{
	struct image_run run = {.stage = "check", .from = 0, .to = 100};
	cleanup_free char *output = NULL;
	struct image_chain chain;
	json_t *json;
	int r = image_source_add(source, request, request->repair != NULL, &run, &chain, err);

	image_args_check(&run.args, &chain, request->repair);
	/* 2: errors, 3: leaks; both are in the answer */
	r = r < 0 ? r : image_run(env, &run, 1u << 2 | 1u << 3, NULL, &output, err);
	image_run_finish(&run);
	if (r < 0) {
		image_name_it(request->file, err);
		return NULL;
	}
	json = image_parse_check(output, err);
	if (json) {
		json_object_set_new(json, "file", json_string(request->file));
		json_object_set_new(json, "format", json_string(source->info.format));
		json_object_set_new(
		        json, "repaired", json_string(request->repair ? request->repair : ""));
	}
	return json;
}

json_t *image_act_check(const struct image_env *env, struct image_request *request, struct err *err)
{
	bool repair = request->repair != NULL;
	struct image_source source;
	json_t *json = NULL;

	if (image_source_open(env, request, repair, &source, err) == 0 &&
	        image_source_free(request, &source, repair, err) == 0) {
		if (can_be_checked(source.info.format))
			json = check(env, request, &source, err);
		else
			err_set(err, -EOPNOTSUPP,
			        _("%s is raw: it has nothing beside the guest's own bytes that "
			          "could be checked"),
			        request->file);
	}
	image_source_finish(&source);
	return json;
}

/* --- resize --- */

static int judge_size(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	uint64_t now = source->info.size;

	if (request->size >= now || request->shrink)
		return 0;
	err_set(err, -EFBIG,
	        _("%s has %llu bytes, and %llu are fewer: what the guest has written behind them "
	          "would be gone"),
	        request->file, (unsigned long long)now, (unsigned long long)request->size);
	err_hint(err, _("make the guest's partitions smaller first, then say --shrink"));
	err_code(err, CODE_IMAGE_SHRINK);
	return -EFBIG;
}

static int resizable(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	if (!image_format_writable(source->info.format))
		return err_set(err, -EOPNOTSUPP,
		        _("%s is %s: only raw and qcow2 images are resized; import it first"),
		        request->file, source->info.format);
	if (request->size >= source->info.size || !source->info.n_snapshots)
		return 0;
	return err_set(err, -EOPNOTSUPP,
	        _("%s has snapshots inside (%zu), which an image keeps only while it does not "
	          "shrink"),
	        request->file, source->info.n_snapshots);
}

json_t *image_act_resize(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	struct image_run run = {0};
	struct image_source source;
	struct image_chain chain;
	json_t *json = NULL;
	int r = open_to_change(env, request, &source, &run, &chain, err);

	r = r < 0 ? r : judge_size(request, &source, err);
	r = r < 0 ? r : resizable(request, &source, err);
	if (r == 0 && request->size != source.info.size) {
		image_args_resize(&run.args, &chain, request->size, request->shrink);
		r = change(env, request, &source, &run, err);
	}
	image_run_finish(&run);
	if (r == 0)
		json = image_tell_done(env, request->file, source.info.format, source.fds[0]);
	image_source_finish(&source);
	return json;
}

/* --- snapshots --- */

static bool has_tag(const struct image_source *source, const char *tag)
{
	const json_t *s;
	size_t i;

	json_array_foreach (source->info.snapshots, i, s) {
		const char *name = json_string_value(json_object_get(s, "tag"));

		if (name && streq(name, tag))
			return true;
	}
	return false;
}

static int judge_snapshot(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	bool there = has_tag(source, request->tag);

	if (!streq(source->info.format, "qcow2")) {
		err_set(err, -EOPNOTSUPP, _("%s is %s: only qcow2 keeps snapshots inside"),
		        request->file, source->info.format);
		err_hint(err, _("say --overlay, or make a qcow2 of it: playthrough disk convert"));
		return -EOPNOTSUPP;
	}
	if (request->verb == IMAGE_SNAPSHOT && there) {
		err_set(err, -EEXIST, _("%s has a snapshot %s already"), request->file,
		        request->tag);
		err_code(err, CODE_IMAGE_EXISTS);
		return -EEXIST;
	}
	if (request->verb == IMAGE_SNAPSHOT || there)
		return 0;
	err_set(err, -ENOENT, _("%s has no snapshot %s"), request->file, request->tag);
	err_hint(err, _("playthrough disk snapshots lists those there are"));
	return -ENOENT;
}

static const char *bitmap_of(const struct image_source *source, size_t i)
{
	return json_string_value(json_array_get(source->info.bitmaps, i));
}

/* One that is not ours is another program's record of a backup, which only a person can give up. */
static int judge_bitmaps(
        const struct image_request *request, const struct image_source *source, struct err *err)
{
	for (size_t i = 0; i < json_array_size(source->info.bitmaps); i++) {
		const char *name = bitmap_of(source, i);

		if (starts_with(name, IMAGE_BACKUP_BITMAP))
			continue;
		err_set(err, -EBUSY,
		        _("%s has the bitmap %s of another program, which notes what changes; it "
		          "would be wrong after a revert"),
		        request->file, name);
		err_hint(err, _("where nobody needs it any more: qemu-img bitmap --remove %s %s"),
		        request->file, name);
		err_code(err, CODE_IMAGE_USED);
		return -EBUSY;
	}
	return 0;
}

/*
 * What was noted for the next incremental backup is of a disk that will be another one: QEMU refuses to revert with it. First it
 * goes, then the image changes; what is cut off in between costs a full backup and nothing else.
 */
static int drop_bitmaps(const struct image_env *env, const struct image_request *request,
        const struct image_source *source, struct err *err)
{
	int r = judge_bitmaps(request, source, err);

	for (size_t i = 0; r == 0 && i < json_array_size(source->info.bitmaps); i++) {
		struct image_run run = {0};
		struct image_chain chain;

		r = image_source_add(source, request, true, &run, &chain, err);
		image_args_drop_bitmap(&run.args, &chain, bitmap_of(source, i));
		r = r < 0 ? r : change(env, request, source, &run, err);
		image_run_finish(&run);
	}
	return r;
}

static enum image_snapshot kind_of(enum image_verb verb)
{
	return verb == IMAGE_SNAPSHOT ? IMAGE_SNAPSHOT_CREATE
	       : verb == IMAGE_REVERT ? IMAGE_SNAPSHOT_APPLY
	                              : IMAGE_SNAPSHOT_DELETE;
}

json_t *image_act_snapshot(
        const struct image_env *env, struct image_request *request, struct err *err)
{
	struct image_run run = {0};
	struct image_source source;
	struct image_chain chain;
	json_t *json = NULL;
	int r = open_to_change(env, request, &source, &run, &chain, err);

	r = r < 0 ? r : judge_snapshot(request, &source, err);
	if (r == 0 && request->verb == IMAGE_REVERT)
		r = drop_bitmaps(env, request, &source, err);
	if (r == 0) {
		image_args_snapshot(&run.args, &chain, kind_of(request->verb), request->tag);
		r = change(env, request, &source, &run, err);
	}
	image_run_finish(&run);
	if (r == 0)
		json = image_tell_done(env, request->file, source.info.format, source.fds[0]);
	if (json && request->verb == IMAGE_REVERT)
		image_tell_next(json, &source.info);
	image_source_finish(&source);
	return json;
}
