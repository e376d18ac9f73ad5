/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child that reads a backup. It goes through the tar twice: the manifest is its last member, and names what the others
 * are. Members are what the manifest says, each of them once, or all of it is refused.
 */
#include "backup/unpack_wire.h"

#include "base/i18n.h"
#include "profile/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct reading {
	int fd, out;
	struct archive *tar;
	struct backup_manifest manifest;
	bool has_manifest;
	bool seen[BACKUP_ITEMS_MOST];
	struct backup_item *members; /* of the first way: member and size */
	size_t n_members;
	struct err err;
};

static int tell(int out, const void *bytes, size_t n)
{
	for (const char *at = bytes; n;) {
		ssize_t written = write(out, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

/* --- one way through --- */

static int refuse_tar(struct reading *r)
{
	const char *why = archive_error_string(r->tar);

	return err_set(&r->err, -EBADMSG, _("it is no tar, or is damaged: %s"),
	        ini_quote(why ? why : "?").s);
}

static int begin(struct reading *r)
{
	r->tar = archive_read_new();
	if (lseek(r->fd, 0, SEEK_SET) < 0)
		return err_errno(&r->err, -errno, "lseek");
	if (archive_read_support_format_tar(r->tar) != ARCHIVE_OK ||
	        archive_read_open_fd(r->tar, r->fd, UNPACK_BLOCK) != ARCHIVE_OK)
		return refuse_tar(r);
	return 0;
}

static void end(struct reading *r)
{
	archive_read_free(r->tar);
	r->tar = NULL;
}

static int refuse_member(struct reading *r, const char *member, const char *what)
{
	return err_set(&r->err, -EBADMSG, _("its member %s is %s"), ini_quote(member).s, what);
}

/* What a member is that a backup never has; NULL: a plain file. */
static const char *wrong_kind(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) || archive_entry_hardlink_utf8(entry))
		return _("a hard link");
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return NULL;
	case AE_IFLNK:
		return _("a symbolic link");
	case AE_IFDIR:
		return _("a folder");
	case AE_IFCHR:
	case AE_IFBLK:
		return _("a device");
	default:
		return _("no file");
	}
}

/* 1: there is one, and @name is its name, which no folder leads out of. 0: the end. */
static int next(struct reading *r, struct archive_entry **entry, const char **name)
{
	int found = archive_read_next_header(r->tar, entry);
	const char *what;

	if (found == ARCHIVE_EOF)
		return 0;
	if (found != ARCHIVE_OK)
		return refuse_tar(r);
	*name = archive_entry_pathname(*entry);
	if (!*name)
		return err_set(&r->err, -EBADMSG, _("one of its members has no name"));
	what = wrong_kind(*entry);
	return what ? refuse_member(r, *name, what) : 1;
}

/* --- the first way: what there is --- */

static int read_manifest(struct reading *r, struct archive_entry *entry)
{
	la_int64_t size = archive_entry_size(entry);
	cleanup_free char *text = NULL;

	if (r->has_manifest)
		return refuse_member(r, BACKUP_MANIFEST, _("there twice"));
	if (size < 0 || size > BACKUP_MANIFEST_MOST)
		return refuse_member(r, BACKUP_MANIFEST, _("too large"));
	text = xcalloc((size_t)size + 1, 1);
	if (archive_read_data(r->tar, text, (size_t)size) != size)
		return refuse_tar(r);
	r->has_manifest = true;
	return backup_manifest_read(text, (size_t)size, &r->manifest, &r->err);
}

static int note_member(struct reading *r, struct archive_entry *entry, const char *name)
{
	struct backup_item *member;

	if (r->n_members == BACKUP_ITEMS_MOST)
		return err_set(
		        &r->err, -EBADMSG, _("it has more than %u members"), BACKUP_ITEMS_MOST);
	member = list_append(r->members, r->n_members);
	if (strlen(name) >= sizeof(member->member))
		return refuse_member(r, name, _("of too long a name"));
	snprintf(member->member, sizeof(member->member), "%s", name);
	member->size = (uint64_t)archive_entry_size(entry);
	return 0;
}

static int list(struct reading *r)
{
	struct archive_entry *entry;
	const char *name;
	int found = begin(r);

	while (found >= 0 && (found = next(r, &entry, &name)) > 0)
		found = streq(name, BACKUP_MANIFEST) ? read_manifest(r, entry)
		                                     : note_member(r, entry, name);
	end(r);
	return found;
}

static struct backup_item *find(struct reading *r, const char *member, size_t *index)
{
	for (*index = 0; *index < r->manifest.n; (*index)++)
		if (streq(r->manifest.items[*index].member, member))
			return &r->manifest.items[*index];
	return NULL;
}

/* Members and items are the same, in this order, with these sizes. */
static int compare(struct reading *r)
{
	if (!r->has_manifest)
		return err_set(&r->err, -EBADMSG,
		        _("it has no %s: it is cut off, or no backup of a VM"), BACKUP_MANIFEST);
	for (size_t i = 0; i < r->n_members; i++) {
		const struct backup_item *member = &r->members[i];
		size_t index;
		const struct backup_item *item = find(r, member->member, &index);

		if (!item)
			return refuse_member(r, member->member, _("not in its manifest.json"));
		if (r->seen[index])
			return refuse_member(r, member->member, _("there twice"));
		if (index != i)
			return refuse_member(r, member->member, _("out of its order"));
		if (item->size != member->size)
			return err_set(&r->err, -EBADMSG,
			        _("its member %s has %llu bytes, its manifest.json says %llu"),
			        ini_quote(member->member).s, (unsigned long long)member->size,
			        (unsigned long long)item->size);
		r->seen[index] = true;
	}
	for (size_t i = 0; i < r->manifest.n; i++)
		if (!r->seen[i])
			return refuse_member(r, r->manifest.items[i].member, _("missing"));
	return 0;
}

/* --- the second way: their bytes --- */

static int tell_manifest(struct reading *r)
{
	const struct unpack_frame frame = {.kind = UNPACK_MANIFEST};
	const struct backup_manifest *m = &r->manifest;
	int done = tell(r->out, &frame, sizeof(frame));

	done = done < 0 ? done : tell(r->out, m, sizeof(*m));
	done = done < 0 ? done : tell(r->out, m->items, m->n * sizeof(*m->items));
	return done < 0 ? done : tell(r->out, m->left, m->n_left * sizeof(*m->left));
}

static int tell_block(
        struct reading *r, size_t index, uint64_t at, const unsigned char *bytes, size_t n)
{
	while (n) {
		const size_t some = n < UNPACK_BLOCK ? n : UNPACK_BLOCK;
		const struct unpack_frame frame = {UNPACK_DATA, (uint32_t)index, at, some};
		int done = tell(r->out, &frame, sizeof(frame));

		done = done < 0 ? done : tell(r->out, bytes, some);
		if (done < 0)
			return done;
		bytes += some;
		at += some;
		n -= some;
	}
	return 0;
}

static int tell_data(struct reading *r, size_t index)
{
	const void *bytes;
	size_t n;
	la_int64_t at;
	int found;

	while ((found = archive_read_data_block(r->tar, &bytes, &n, &at)) == ARCHIVE_OK) {
		int done = at < 0 ? -EBADMSG : tell_block(r, index, (uint64_t)at, bytes, n);

		if (done < 0)
			return done;
	}
	return found == ARCHIVE_EOF ? 0 : refuse_tar(r);
}

static int tell_all(struct reading *r)
{
	struct archive_entry *entry;
	const char *name;
	int found = begin(r);

	while (found >= 0 && (found = next(r, &entry, &name)) > 0) {
		size_t index;

		if (find(r, name, &index))
			found = tell_data(r, index);
	}
	end(r);
	return found;
}

void unpack_child(int fd, int out)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	struct unpack_frame frame = {.kind = UNPACK_END};
	int done;

	r->fd = fd;
	r->out = out;
	done = unpack_shut_in(&r->err);
	done = done < 0 ? done : list(r);
	done = done < 0 ? done : compare(r);
	done = done < 0 ? done : tell_manifest(r);
	done = done < 0 ? done : tell_all(r);
	if (done < 0)
		frame.kind = UNPACK_ERROR;
	if (tell(out, &frame, sizeof(frame)) == 0 && done < 0)
		tell(out, &r->err, sizeof(r->err));
	_exit(0);
}
