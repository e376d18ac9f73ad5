/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the acts on images share; used by act*.c alone. */
#ifndef IMAGE_ACT_PARTS_H
#define IMAGE_ACT_PARTS_H

#include "base/new_file.h"
#include "image/act.h"
#include "image/parse.h"
#include "image/use.h"

#include <sys/stat.h>

/* An image that is open, and what it stands on. */
struct image_source {
	int fds[IMAGE_CHAIN_MOST];
	const char *formats[IMAGE_CHAIN_MOST]; /* borrowed */
	size_t n;
	struct stat st;         /* of the top */
	struct image_info info; /* of the top */
};

/* Opens it and asks qemu-img what it is. To be finished in any case. */
int image_source_open(const struct image_env *env, const struct image_request *request,
        bool writable, struct image_source *source, struct err *err);
void image_source_finish(struct image_source *source);
/* -EBUSY when a program that uses QEMU's locks has it open in a way that does not go with ours. */
int image_source_free(const struct image_request *request, const struct image_source *source,
        bool writable, struct err *err);
/* Adds all of it to a run, which gets its user. -ENOKEY where a passphrase is needed and not there. */
int image_source_add(const struct image_source *source, const struct image_request *request,
        bool writable, struct image_run *run, struct image_chain *chain, struct err *err);
/* Puts the name before what is said, unless that has it. Returns the error's number. */
int image_name_it(const char *file, struct err *err);
/* That the passphrase is there. */
int image_need_secret(const struct image_request *request, struct err *err);
/* The passphrase as a file of the run; once. */
void image_add_secret(
        const struct image_request *request, struct image_run *run, struct image_chain *chain);

/* Asks anew what it is, for the answer. NULL with @err. New reference. */
json_t *image_tell(
        const struct image_env *env, const char *path, const char *format, int fd, struct err *err);
/*
 * The answer of an act that is done: from here on neither a cancel nor a qemu-img that fails makes it undone, so that where it
 * cannot be asked the answer has its path and format alone. New reference.
 */
json_t *image_tell_done(const struct image_env *env, const char *path, const char *format, int fd);
json_t *image_info_json(const char *path, const struct image_info *info);
/* "next_backup": "full", where the image has lost what it had noted for an incremental one; it @was that before. */
void image_tell_next(json_t *json, const struct image_info *was);
int image_ask(const struct image_env *env, int fd, const struct stat *st, const char *format,
        struct image_info *info, struct err *err);

json_t *image_act_create(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_check(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_resize(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_snapshot(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_overlay(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_copy(const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_compact(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_prepare(
        const struct image_env *env, struct image_request *request, struct err *err);
json_t *image_act_publish(
        const struct image_env *env, struct image_request *request, struct err *err);

#endif
