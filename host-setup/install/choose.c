/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choose.h"

#include "base/i18n.h"
#include "bus/text.h"
#include "host/disk_words.h"

#include <errno.h>

#define ESP_SIZE (UINT64_C(512) << 20) /* install.repart.d */
#define ROOM     (UINT64_C(2) << 30)   /* the journal of ext4, at most 1 GiB, and an update */

static int refuse(
        struct err *err, enum code code, const struct disk *d, const char *why, const char *hint)
{
	err_set(err, -EBUSY, "%s: %s", d->name, why);
	err_hint(err, "%s", hint);
	err_code(err, code);
	return -EBUSY;
}

static int judge_users(const struct disk *d, struct err *err)
{
	if (d->uses.n)
		return refuse(err, CODE_DISK_USED, d, d->uses.list[0],
		        _("choose another disk; the one that this system runs from cannot be "
		          "taken"));
	if (d->members.n)
		return refuse(err, CODE_DISK_MEMBER, d, d->members.list[0],
		        _("choose another disk, or take this one out of what it is a part of"));
	if (d->vms.n)
		return refuse(err, CODE_DISK_USED, d, _("a game VM has it"),
		        _("choose another disk, or take it out of the VM's profile first"));
	return 0;
}

uint64_t install_needed(uint64_t used)
{
	uint64_t needed = ESP_SIZE + used + used / 16 + ROOM;

	return needed > INSTALL_LEAST ? needed : INSTALL_LEAST;
}

bool install_same(const struct disk *before, const struct disk *now)
{
	return before->seq == now->seq && before->devno_major == now->devno_major &&
	       before->devno_minor == now->devno_minor && before->size == now->size &&
	       streq(before->model ? before->model : "", now->model ? now->model : "") &&
	       streq(before->serial ? before->serial : "", now->serial ? now->serial : "");
}

int install_judge(const struct disk *d, uint64_t needed, struct err *err)
{
	cleanup_free char *small = NULL;

	if (judge_users(d, err) < 0)
		return err->number;
	if (d->read_only)
		return refuse(err, CODE_INSTALL_DISK, d, _("it is write-protected"),
		        _("look for a switch on the disk or its adapter"));
	if (!d->by_id)
		return refuse(err, CODE_INSTALL_DISK, d, _("it has no name in /dev/disk/by-id"),
		        _("only a disk that tells its serial number can be chosen for sure"));
	if (d->size >= needed)
		return 0;
	small = xasprintf(_("it holds %.1f GB, and %.1f are needed"), (double)d->size / 1e9,
	        (double)needed / 1e9);
	return refuse(err, CODE_INSTALL_DISK, d, small, _("choose a larger disk"));
}

const char *install_name(const struct disk *d)
{
	const char *slash = d->by_id ? strrchr(d->by_id, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

void install_tell(const struct disk *d, struct strv *lines)
{
	cleanup_free char *model = text_harmless(d->model ? d->model : _("unknown model"), false);
	cleanup_strv struct strv contents = {0};

	strv_addf(lines, _("%s: %s, %.1f GB"), d->name, model, (double)d->size / 1e9);
	disk_tell_contents(d, &contents);
	strv_foreach (line, &contents)
		strv_take(lines, xasprintf("  %s", *line));
	strv_foreach (doubt, &d->doubts) {
		cleanup_free char *harmless = text_harmless(*doubt, false);

		strv_addf(lines, "  %s", harmless);
	}
}
