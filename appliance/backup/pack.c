/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/pack.h"

#include "backup/digest.h"
#include "base/i18n.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK      (1u << 20)
#define SMALL_HOLE 65536 /* is written as zeros, so that the list of holes stays short */

struct packing {
	struct archive *tar;
	const char *file;
	struct backup_watch *watch;
	unsigned char *buffer;
	struct err *err;
};

struct extent {
	uint64_t at, end;
};

/* The next one from @from on; at == end: there is none. */
static int next_extent(int fd, uint64_t from, uint64_t size, struct extent *out)
{
	off_t at = lseek(fd, (off_t)from, SEEK_DATA), hole;

	*out = (struct extent){size, size};
	if (at < 0)
		return errno == ENXIO ? 0 : -errno;
	for (hole = at; (uint64_t)hole < size;) {
		off_t next;

		hole = lseek(fd, hole, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		next = lseek(fd, hole, SEEK_DATA);
		if (next < 0 && errno != ENXIO)
			return -errno;
		if (next < 0 || next - hole > SMALL_HOLE)
			break;
		hole = next;
	}
	out->at = (uint64_t)at < size ? (uint64_t)at : size;
	out->end = (uint64_t)hole < size ? (uint64_t)hole : size;
	return 0;
}

int pack_data(int fd, uint64_t *data)
{
	struct extent extent = {0};
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	*data = 0;
	while (r == 0 && extent.end < (uint64_t)st.st_size) {
		r = next_extent(fd, extent.end, (uint64_t)st.st_size, &extent);
		*data += extent.end - extent.at;
	}
	return r;
}

/* --- one member --- */

static int refuse_tar(const struct packing *p)
{
	int number = archive_errno(p->tar);

	number = number > 0 ? number : EIO;
	err_errno(p->err, -number, _("%s: cannot be written"), p->file);
	err_code(p->err, CODE_BACKUP_TARGET);
	return -number;
}

static int write_head(struct packing *p, const char *member, uint64_t size, int fd)
{
	struct archive_entry *entry = archive_entry_new2(p->tar);
	struct extent extent = {0};
	int r = 0;

	archive_entry_set_pathname(entry, member);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, time(NULL), 0);
	while (r == 0 && fd >= 0 && extent.end < size) {
		r = next_extent(fd, extent.end, size, &extent);
		if (r == 0 && (extent.at || extent.end < size))
			archive_entry_sparse_add_entry(
			        entry, (la_int64_t)extent.at, (la_int64_t)(extent.end - extent.at));
	}
	if (r < 0)
		err_errno(p->err, r, "%s", member);
	else if (archive_write_header(p->tar, entry) != ARCHIVE_OK)
		r = refuse_tar(p);
	archive_entry_free(entry);
	return r;
}

static int write_bytes(struct packing *p, const void *bytes, size_t n)
{
	la_ssize_t written = archive_write_data(p->tar, bytes, n);

	if (written == (la_ssize_t)n)
		return 0;
	return refuse_tar(p);
}

/* Holes are handed over too: the format leaves out what the head has not named. */
static int write_zeros(struct packing *p, uint64_t n)
{
	int r = 0;

	memset(p->buffer, 0, BLOCK);
	while (r == 0 && n) {
		size_t some = n < BLOCK ? (size_t)n : BLOCK;

		r = write_bytes(p, p->buffer, some);
		r = r < 0 ? r : backup_watch_add(p->watch, 0, p->err);
		n -= some;
	}
	return r;
}

static int write_extent(struct packing *p, int fd, const struct extent *extent,
        struct digest *digest, const char *path)
{
	for (uint64_t at = extent->at; at < extent->end;) {
		uint64_t left = extent->end - at;
		ssize_t n = pread(fd, p->buffer, left < BLOCK ? (size_t)left : BLOCK, (off_t)at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(p->err, n < 0 ? -errno : -EIO, "%s", path);
		digest_add(digest, p->buffer, (size_t)n);
		r = write_bytes(p, p->buffer, (size_t)n);
		r = r < 0 ? r : backup_watch_add(p->watch, (uint64_t)n, p->err);
		if (r < 0)
			return r;
		at += (uint64_t)n;
	}
	return 0;
}

static int write_file(struct packing *p, struct backup_item *item, int fd)
{
	cleanup(digest_destroy) struct digest *digest = digest_create();
	struct extent extent = {0};
	uint64_t before = 0;
	int r = write_head(p, item->member, item->size, fd);

	item->data = 0;
	while (r == 0 && before < item->size) {
		r = next_extent(fd, before, item->size, &extent);
		if (r < 0)
			return err_errno(p->err, r, "%s", item->path);
		r = digest_zeros(digest, extent.at - before, p->watch, p->err);
		r = r < 0 ? r : write_zeros(p, extent.at - before);
		r = r < 0 ? r : write_extent(p, fd, &extent, digest, item->path);
		item->data += extent.end - extent.at;
		before = extent.end;
	}
	if (r == 0)
		digest_end(digest, item->sha256);
	return r;
}

/* --- all of them --- */

static bool is_changed(const struct stat *a, const struct stat *b)
{
	return a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	       a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

static int write_item(struct packing *p, struct backup_item *item, int fd)
{
	struct stat before, after;
	int r;

	if (fstat(fd, &before) < 0)
		return err_errno(p->err, -errno, "%s", item->path);
	item->size = (uint64_t)before.st_size;
	r = write_file(p, item, fd);
	if (r == 0 && (fstat(fd, &after) < 0 || is_changed(&before, &after))) {
		err_set(p->err, -EBUSY, _("%s was written to meanwhile"), item->path);
		err_hint(p->err, _("find who does that (fuser -v %s), and try again then"),
		        item->path);
		err_code(p->err, CODE_BACKUP_BUSY);
		r = -EBUSY;
	}
	return r;
}

static int write_manifest(struct packing *p, const struct backup_manifest *manifest)
{
	cleanup_free char *text = backup_manifest_write(manifest);
	int r = write_head(p, BACKUP_MANIFEST, strlen(text), -1);

	return r < 0 ? r : write_bytes(p, text, strlen(text));
}

int pack_write(int out, const char *file, struct backup_manifest *manifest, const int *fds,
        struct backup_watch *watch, struct err *err)
{
	cleanup_free unsigned char *buffer = xcalloc(BLOCK, 1);
	struct packing p = {archive_write_new(), file, watch, buffer, err};
	int r = 0;

	if (archive_write_set_format_pax_restricted(p.tar) != ARCHIVE_OK ||
	        archive_write_set_bytes_per_block(p.tar, BLOCK) != ARCHIVE_OK ||
	        archive_write_set_bytes_in_last_block(p.tar, 1) != ARCHIVE_OK ||
	        archive_write_open_fd(p.tar, out) != ARCHIVE_OK)
		r = refuse_tar(&p);
	for (size_t i = 0; r == 0 && i < manifest->n; i++)
		r = write_item(&p, &manifest->items[i], fds[i]);
	r = r < 0 ? r : write_manifest(&p, manifest);
	if (r == 0 && archive_write_close(p.tar) != ARCHIVE_OK)
		r = refuse_tar(&p);
	else if (r < 0)
		archive_write_fail(p.tar);
	archive_write_free(p.tar);
	return r;
}
