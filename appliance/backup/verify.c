/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/verify.h"

#include "backup/digest.h"
#include "backup/unpack.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (1u << 20)

struct verifying {
	const char *file;
	const struct backup_manifest *expected;
	struct backup_manifest found; /* a copy */
	struct backup_watch *watch;
	struct digest *digest;
	size_t item;
	uint64_t offset;
};

int backup_refuse_digest(const char *file, const char *member, struct err *err)
{
	err_set(err, -EBADMSG, _("%s: %s is not what was written: its SHA-256 is another one"),
	        file, member);
	err_hint(err, _("a disk, cable or memory of this PC has changed it on the way (dmesg may "
	                "tell); take another disk, or another backup"));
	err_code(err, CODE_BACKUP_BAD);
	return -EBADMSG;
}

/* The item's end is reached: what it was is compared, and the next one begins. */
static int close_item(struct verifying *v, struct err *err)
{
	const struct backup_item *item = &v->found.items[v->item];
	unsigned char sha256[BACKUP_DIGEST];
	int r = digest_zeros(v->digest, item->size - v->offset, v->watch, err);

	if (r < 0)
		return r;
	digest_end(v->digest, sha256);
	digest_destroy(&v->digest);
	v->digest = digest_create();
	v->offset = 0;
	v->item++;
	if (memcmp(sha256, item->sha256, BACKUP_DIGEST) != 0)
		return backup_refuse_digest(v->file, item->member, err);
	return 0;
}

static int on_manifest(void *user, const struct backup_manifest *manifest, struct err *err)
{
	struct verifying *v = user;
	const struct backup_manifest *e = v->expected;

	if (e && (e->n != manifest->n ||
	                 memcmp(e->items, manifest->items, e->n * sizeof(*e->items)) != 0))
		return backup_refuse_digest(v->file, BACKUP_MANIFEST, err);
	v->found.n = manifest->n;
	v->found.items = xcalloc(manifest->n, sizeof(*manifest->items));
	memcpy(v->found.items, manifest->items, manifest->n * sizeof(*manifest->items));
	return 0;
}

static int on_data(
        void *user, size_t item, uint64_t offset, const void *bytes, size_t n, struct err *err)
{
	struct verifying *v = user;
	int r = 0;

	while (r == 0 && v->item < item)
		r = close_item(v, err);
	r = r < 0 ? r : digest_zeros(v->digest, offset - v->offset, v->watch, err);
	if (r < 0)
		return r;
	digest_add(v->digest, bytes, n);
	v->offset = offset + n;
	return backup_watch_add(v->watch, n, err);
}

int backup_verify(int fd, const char *file, const struct backup_manifest *expected,
        struct backup_watch *watch, struct err *err)
{
	struct verifying v = {
	        .file = file, .expected = expected, .watch = watch, .digest = digest_create()};
	const struct unpack_events events = {on_manifest, on_data, &v};
	int r;

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* from the disk, not from memory */
	r = unpack_run(fd, file, &events, err);
	while (r == 0 && v.item < v.found.n)
		r = close_item(&v, err);
	digest_destroy(&v.digest);
	backup_manifest_finish(&v.found);
	return r;
}

/* --- a file of its own --- */

static int add_data(int fd, const char *path, uint64_t at, uint64_t end, struct digest *digest,
        struct backup_watch *watch, struct err *err)
{
	cleanup_free unsigned char *buffer = xcalloc(BLOCK, 1);

	while (at < end) {
		ssize_t n =
		        pread(fd, buffer, end - at < BLOCK ? (size_t)(end - at) : BLOCK, (off_t)at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, n < 0 ? -errno : -EIO, "%s", path);
		digest_add(digest, buffer, (size_t)n);
		at += (uint64_t)n;
		r = backup_watch_add(watch, (uint64_t)n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int backup_verify_file(int fd, const char *file, const struct backup_item *item,
        struct backup_watch *watch, struct err *err)
{
	cleanup(digest_destroy) struct digest *digest = digest_create();
	unsigned char sha256[BACKUP_DIGEST];
	int r = 0;

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (uint64_t at = 0; r == 0 && at < item->size;) {
		off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole;

		if (data < 0 && errno != ENXIO)
			return err_errno(err, -errno, "%s", item->name);
		data = data < 0 ? (off_t)item->size : data;
		hole = data < (off_t)item->size ? lseek(fd, data, SEEK_HOLE) : data;
		if (hole < 0)
			return err_errno(err, -errno, "%s", item->name);
		r = digest_zeros(digest, (uint64_t)data - at, watch, err);
		if (r == 0)
			r = add_data(
			        fd, item->name, (uint64_t)data, (uint64_t)hole, digest, watch, err);
		at = (uint64_t)hole;
	}
	if (r < 0)
		return r;
	digest_end(digest, sha256);
	return memcmp(sha256, item->sha256, BACKUP_DIGEST) == 0
	               ? 0
	               : backup_refuse_digest(file, item->member, err);
}
