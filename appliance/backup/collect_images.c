/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The images of a VM's disks: each with all that it stands on, as they are. */
#include "backup/collect_parts.h"

#include "backup/chain.h"
#include "base/i18n.h"
#include "profile/backing.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define CHAIN_MOST 32 /* images on images */

/* @what: a sentence with a place for @path. */
static int refuse_chain(struct collecting *c, const char *path, const char *what)
{
	err_set(c->err, -EINVAL, what, path);
	err_hint(c->err,
	        _("make one image of all of it (qemu-img convert -O qcow2 %s NEW), and "
	          "write that into the profile"),
	        path);
	return collect_refuse_part(c, -EINVAL);
}

static int read_head(struct collecting *c, const char *path, int fd, struct chain *chain)
{
	cleanup_free unsigned char *head = xcalloc(CHAIN_HEAD, 1);
	ssize_t n = pread(fd, head, CHAIN_HEAD, 0);

	if (n < 0)
		return err_errno(c->err, -errno, "%s", path);
	if (chain_read(head, (size_t)n, chain) == 0)
		return 0;
	err_set(c->err, -EINVAL, _("%s: its qcow2 head makes no sense"), path);
	err_hint(c->err, _("qemu-img check tells more"));
	return collect_refuse_part(c, -EINVAL);
}

static int add_image(struct collecting *c, const struct profile_disk *disk, const char *path,
        bool backing, int *fd)
{
	struct backup_manifest *m = &c->out->manifest;
	int r;

	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].kind == BACKUP_IMAGE && streq(m->items[i].path, path))
			return refuse_chain(c, path, _("%s is under two disks of the VM"));
	r = collect_add(c, BACKUP_IMAGE, path, collect_base_of(path), true, fd);
	if (r < 0)
		return r;
	snprintf(m->items[m->n - 1].disk, sizeof(m->items->disk), "%s", disk->name);
	m->items[m->n - 1].backing = backing;
	return 0;
}

static int refuse_elsewhere(struct collecting *c, const char *path)
{
	return refuse_chain(
	        c, path, _("%s has its data in another file, which a backup does not carry"));
}

static int refuse_stranger(struct collecting *c, const char *path)
{
	return refuse_chain(c, path,
	        _("%s stands on something else than an image beside it, which a backup does not "
	          "carry"));
}

/* One of a disk's images, with what its head says. */
static int add_link(struct collecting *c, const struct profile_disk *disk, const char *path,
        bool qcow2, bool backing, struct chain *head)
{
	int fd = -1, r = add_image(c, disk, path, backing, &fd);

	*head = (struct chain){0};
	if (r == 0 && qcow2)
		r = read_head(c, path, fd, head);
	return r == 0 && head->elsewhere ? refuse_elsewhere(c, path) : r;
}

/* What the profile says that it stands on (backing=): as QEMU gets it, whatever the images' heads name. */
static int add_said(struct collecting *c, const struct profile_disk *disk,
        const struct profile_backings *backings)
{
	const char *lowest = disk->image;
	struct chain head;
	int r = add_link(c, disk, disk->image, streq(disk->format, "qcow2"), false, &head);

	for (size_t i = 0; r == 0 && i < backings->n; i++) {
		lowest = backings->list[i].path;
		r = add_link(
		        c, disk, lowest, streq(backings->list[i].format, "qcow2"), true, &head);
	}
	return r == 0 && head.backing[0] ? refuse_stranger(c, lowest) : r;
}

/* And where the profile says nothing, those beside it that the heads name. */
static int add_found(struct collecting *c, const struct profile_disk *disk)
{
	cleanup_free char *path = xstrdup(disk->image);
	bool qcow2 = disk->format && streq(disk->format, "qcow2");

	for (int depth = 0;; depth++) {
		struct chain head;
		int r = add_link(c, disk, path, qcow2, depth > 0, &head);
		char *next;

		if (r < 0 || !head.backing[0])
			return r;
		if (!backup_is_file_name(head.backing) || strchr(head.backing, ':') ||
		        head.format == CHAIN_OTHER || depth == CHAIN_MOST)
			return refuse_stranger(c, path);
		qcow2 = head.format != CHAIN_RAW;
		next = xasprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, head.backing);
		free(path);
		path = next;
	}
}

/* An image, all that it stands on, and a word on what opens it. */
int collect_disk(struct collecting *c, const struct profile_disk *disk)
{
	struct profile_backings backings;
	int r = profile_backings_parse(disk->backing, &backings, c->err);

	if (r < 0)
		return r;
	r = backings.n ? add_said(c, disk, &backings) : add_found(c, disk);
	profile_backings_finish(&backings);
	if (disk->passphrase_file)
		backup_leave(&c->out->manifest, disk->passphrase_file,
		        _("the passphrase of an encrypted disk is in no backup: keep it elsewhere, "
		          "without it nobody reads that disk again"));
	return r;
}
