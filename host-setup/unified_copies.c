/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our entries start in place of a unified image: names, bytes, and the room that they take. */
#include "unified.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#define COPY_PREFIX "playthrough-"
#define HASH_DIGITS 12u /* in the name of a copy */
#define CHUNK       (1u << 20)
/* Folders of entries, sizes of a FAT cluster: what else a copy may take. */
#define SLACK (4u << 20)

static const struct {
	enum uki_part part;
	const char *suffix;
} copies[UNIFIED_COPY_COUNT] = {
        [UNIFIED_LINUX] = {UKI_LINUX, ".linux"},
        [UNIFIED_UCODE] = {UKI_UCODE, ".ucode"},
        [UNIFIED_INITRD] = {UKI_INITRD, ".initrd"},
};

/* FNV-1a's steps, eight bytes at a time: told apart, not kept secret. */
static uint64_t hash_more(uint64_t h, const char *bytes, size_t n)
{
	for (; n >= 8; bytes += 8, n -= 8) {
		uint64_t word;

		memcpy(&word, bytes, 8);
		h = (h ^ word) * 1099511628211u;
		h ^= h >> 29;
	}
	for (; n; bytes++, n--)
		h = (h ^ (unsigned char)*bytes) * 1099511628211u;
	return h;
}

static int hash_section(int fd, const struct uki_section *section, uint64_t *h)
{
	cleanup_free char *chunk = xcalloc(1, CHUNK);

	*h = hash_more(*h, (const char *)&section->size, sizeof(section->size));
	for (uint64_t done = 0; done < section->size; done += CHUNK) {
		uint64_t left = section->size - done;
		size_t n = left < CHUNK ? (size_t)left : CHUNK;
		int r = uki_read_at(fd, chunk, n, section->offset + done);

		if (r < 0)
			return r;
		*h = hash_more(*h, chunk, n);
	}
	return 0;
}

static int name_copies(const struct root *root, const char *boot, struct unified *u)
{
	cleanup_close int fd = root_openat(root, u->path, O_RDONLY, 0);
	uint64_t h = 14695981039346656037u;
	int r = fd < 0 ? fd : 0;

	for (size_t i = 0; r == 0 && i < UNIFIED_COPY_COUNT; i++)
		r = hash_section(fd, &u->uki.parts[copies[i].part], &h);
	for (size_t i = 0; r == 0 && i < UNIFIED_COPY_COUNT; i++) {
		const char *key = i == UNIFIED_LINUX ? "linux" : "initrd";

		if (!u->uki.parts[copies[i].part].size)
			continue;
		u->copies[i] = xasprintf("%s/" COPY_PREFIX "%s-%012jx%s", boot, u->version,
		        (uintmax_t)(h >> 16), copies[i].suffix);
		loader_entry_add(&u->entry, key, u->copies[i] + strlen(boot));
	}
	return r;
}

int unified_name_copies(
        const struct root *root, const char *boot, struct unified_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		int r = name_copies(root, boot, &list->list[i]);

		if (r < 0)
			return err_errno(err, r, "%s%s", root->path, list->list[i].path);
	}
	return 0;
}

static bool same_bytes(int a, uint64_t a_at, int b, uint64_t n)
{
	cleanup_free char *one = xcalloc(1, CHUNK), *other = xcalloc(1, CHUNK);

	for (uint64_t done = 0; done < n; done += CHUNK) {
		size_t size = n - done < CHUNK ? (size_t)(n - done) : CHUNK;

		if (uki_read_at(a, one, size, a_at + done) < 0 ||
		        uki_read_at(b, other, size, done) < 0 || memcmp(one, other, size) != 0)
			return false;
	}
	return true;
}

static bool is_whole(const struct root *root, const struct unified *u, size_t i)
{
	const struct uki_section *section = &u->uki.parts[copies[i].part];
	cleanup_close int image = root_openat(root, u->path, O_RDONLY, 0);
	cleanup_close int copy = root_openat(root, u->copies[i], O_RDONLY | O_NOFOLLOW, 0);
	struct stat st;

	return image >= 0 && copy >= 0 && fstat(copy, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == section->size &&
	       same_bytes(image, section->offset, copy, section->size);
}

static int make_copy(const struct root *root, const struct unified *u, size_t i, struct err *err)
{
	const struct uki_section *section = &u->uki.parts[copies[i].part];
	cleanup_close int fd = root_openat(root, u->path, O_RDONLY, 0);
	cleanup_free char *bytes = xcalloc(1, (size_t)section->size);
	int r = fd < 0 ? fd : uki_read_at(fd, bytes, (size_t)section->size, section->offset);

	if (r < 0)
		return err_errno(err, r, "%s%s", root->path, u->path);
	return root_write(root, u->copies[i], bytes, (size_t)section->size, 0, err);
}

int unified_make_copies(const struct root *root, const struct unified_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct unified *u = &list->list[i];

		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			int r = u->copies[k] && !is_whole(root, u, k) ? make_copy(root, u, k, err)
			                                              : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Whether it ends with the hash that name_copies() gives, and @suffix behind that. */
static bool ends_with_hash(const char *name, const char *suffix)
{
	size_t n = strlen(name), behind = strlen(suffix) + HASH_DIGITS + 1;
	const char *hash = n > behind ? name + n - behind : "";

	return ends_with(name, suffix) && *hash == '-' &&
	       strspn(hash + 1, "0123456789abcdef") == HASH_DIGITS;
}

/*
 * "playthrough-6.9.1-0123456789ab.linux", or what root_write() left of one. A person's "playthrough-notes.linux" is none.
 */
static bool is_copy(const char *name)
{
	const char *plain = name + (*name == '.');

	for (size_t i = 0; starts_with(plain, COPY_PREFIX) && i < UNIFIED_COPY_COUNT; i++) {
		cleanup_free char *cut_off = xasprintf("%s.playthrough-new", copies[i].suffix);

		if (ends_with_hash(plain, plain == name ? copies[i].suffix : cut_off))
			return true;
	}
	return false;
}

static void list_copies(const struct root *root, const char *boot, struct strv *paths)
{
	struct strv cleanup_strv names = {0};

	root_list(root, boot, &names);
	strv_foreach (name, &names) {
		if (is_copy(*name))
			strv_addf(paths, "%s/%s", boot, *name);
	}
}

static bool needs(const struct unified_list *list, const char *path)
{
	for (size_t i = 0; list && i < list->n; i++) {
		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			if (list->list[i].copies[k] && streq(list->list[i].copies[k], path))
				return true;
		}
	}
	return false;
}

int unified_remove_copies(
        const struct root *root, const char *boot, const struct unified_list *list, struct err *err)
{
	struct strv cleanup_strv paths = {0};
	int r = 0;

	list_copies(root, boot, &paths);
	/* One that stays keeps no other there. */
	strv_foreach (path, &paths) {
		int one = needs(list, *path) ? 0 : root_remove(root, *path, r < 0 ? NULL : err);

		r = r < 0 ? r : one;
	}
	return r;
}

bool unified_has_copies(const struct root *root, const char *boot)
{
	struct strv cleanup_strv paths = {0};

	list_copies(root, boot, &paths);
	return paths.n;
}

/* --- room --- */

bool unified_fits(uint64_t needed, uint64_t free, uint64_t next)
{
	return !needed || (free >= SLACK && free - SLACK >= next && free - SLACK - next >= needed);
}

/* Bytes of ours that go before anything is made. */
static uint64_t superfluous(
        const struct root *root, const char *boot, const struct unified_list *list)
{
	struct strv cleanup_strv paths = {0};
	uint64_t sum = 0;

	list_copies(root, boot, &paths);
	strv_foreach (path, &paths) {
		struct stat st;

		if (!needs(list, *path) && root_stat(root, *path, &st) == 0)
			sum += (uint64_t)st.st_size;
	}
	return sum;
}

/*
 * What unified_make_copies() will write. One that is there with other bytes is made anew, beside itself until it is whole; two
 * images of the same bytes have one.
 */
uint64_t unified_still_needed(const struct root *root, const struct unified_list *list)
{
	struct strv cleanup_strv counted = {0};
	uint64_t sum = 0;

	for (size_t i = 0; i < list->n; i++) {
		for (size_t k = 0; k < UNIFIED_COPY_COUNT; k++) {
			const char *path = list->list[i].copies[k];

			if (!path || strv_has(&counted, path) || is_whole(root, &list->list[i], k))
				continue;
			sum += list->list[i].uki.parts[copies[k].part].size;
			strv_add(&counted, path);
		}
	}
	return sum;
}

int unified_check_room(
        const struct root *root, const char *boot, const struct unified_list *list, struct err *err)
{
	cleanup_close int fd = root_openat(root, boot, O_RDONLY | O_DIRECTORY, 0);
	uint64_t needed = unified_still_needed(root, list), next = 0, room;
	struct statvfs st;

	if (fd < 0 || fstatvfs(fd, &st) < 0)
		return err_errno(err, fd < 0 ? fd : -errno, "%s%s", root->path, boot);
	for (size_t i = 0; i < list->n; i++)
		next = list->list[i].size > next ? list->list[i].size : next;
	room = (uint64_t)st.f_bavail * st.f_frsize + superfluous(root, boot, list);
	if (unified_fits(needed, room, next))
		return 0;
	err_set(err, -ENOSPC,
	        _("%s has %u MB free; our entry takes %u MB there for copies of kernel and "
	          "initramfs, and the system's next image needs %u MB"),
	        boot, unified_megabytes(room), unified_megabytes(needed), unified_megabytes(next));
	err_hint(err,
	        _("remove an old kernel or an image that is not needed (the fallback image, for "
	          "one), or enlarge the partition; nothing was changed"));
	err_code(err, CODE_BOOT_ROOM);
	return -ENOSPC;
}

unsigned unified_megabytes(uint64_t bytes)
{
	return (unsigned)((bytes + (1u << 20) - 1) >> 20);
}
