/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks: of this PC by a name that lasts, images as they are or as what they are to become. */
#include "base/i18n.h"
#include "move/import_url.h"
#include "profile/keys.h"

#include <stdio.h>

/* The one that this PC calls so. NULL: none. */
static const struct import_pc_disk *find_disk(const struct draft *d, const char *path)
{
	for (size_t i = 0; i < d->pc->n_disks; i++)
		if (strv_has(&d->pc->disks[i].names, path))
			return &d->pc->disks[i];
	return NULL;
}

static bool is_lasting(const char *path)
{
	return starts_with(path, "/dev/disk/by-id/") || starts_with(path, "/dev/disk/by-partuuid/");
}

static bool has_bus(const char *word)
{
	const struct key *key = key_find(key_section_find("disk", NULL), "bus", NULL);

	for (size_t i = 0; key->words[i]; i++)
		if (streq(key->words[i], word))
			return true;
	return false;
}

/* The bus of a profile, and why it is another one than it was. */
static const char *choose_bus(const struct draft *d, const char *bus, const char **why)
{
	*why = NULL;
	if (!bus || streq(bus, "virtio"))
		return "virtio";
	if (streq(bus, "scsi") && has_bus(bus))
		return "scsi";
	if (streq(bus, "nvme") || streq(bus, "sata"))
		return bus;
	*why = _("the nearest bus that VMs can have");
	if (!streq(bus, "scsi") || d->windows) {
		*why = d->windows && streq(bus, "scsi")
		               ? _("on sata, which Windows has a driver for")
		               : *why;
		return "sata";
	}
	return "virtio";
}

/* Those that a profile has, and how the others get there. */
static bool is_image_format(const char *format)
{
	return streq(format, "raw") || streq(format, "qcow2");
}

static const char *format_by_name(const char *path)
{
	static const char *const known[] = {"qcow2", "vmdk", "vdi", "vhdx", "vhd", "qed"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		cleanup_free char *ending = xasprintf(".%s", known[i]);

		if (ends_with(path, ending))
			return known[i];
	}
	return "raw";
}

struct placed {
	char *keys, *why; /* device= or image=; why it is another than it was, translated */
	bool read_only;
};

static void place_device(struct draft *d, const struct draft_disk *disk, struct placed *out)
{
	const struct import_pc_disk *here = find_disk(d, disk->path);

	if (is_lasting(disk->path)) {
		out->keys = xasprintf("device=%s\n", disk->path);
		out->why = here ? NULL : xstrdup(_("this PC has no disk of that name now"));
		return;
	}
	if (!here || !here->link) {
		draft_lost(d, N_("no lasting name of a disk: playthrough disk list shows those of "
		                 "this PC"));
		return;
	}
	out->keys = xasprintf("device=%s\n", here->link);
	out->read_only = true;
	out->why =
	        xasprintf(_("%s changes between boots and PCs, so it is read-only until you have "
	                    "made sure that it is this one, and written writable=yes"),
	                disk->path);
}

static void place_image(struct draft *d, const struct draft_disk *disk, struct placed *out)
{
	cleanup_free char *path = import_path(d, disk->path), *stem = NULL;
	const char *format = disk->format ? disk->format : format_by_name(path);
	const char *dot = strrchr(path, '.');

	if (is_image_format(format)) {
		out->keys = xasprintf("image=%s\nformat=%s\n", path, format);
		out->why = disk->format ? NULL
		                        : xasprintf(_("its format is not said, and %s by its name"),
		                                  format);
		return;
	}
	stem = xstrndup(path, dot > strrchr(path, '/') ? (size_t)(dot - path) : strlen(path));
	out->keys = xasprintf("image=%s.qcow2\nformat=qcow2\n", stem);
	out->why = xasprintf(
	        _("to be made of the old image first: playthrough disk import %s %s.qcow2"), path,
	        stem);
}

static void add_reason(char **all, const char *more)
{
	char *joined = more ? xasprintf("%s%s%s", *all ? *all : "", *all ? "; " : "", more) : NULL;

	if (!joined)
		return;
	free(*all);
	*all = joined;
}

static bool is_remote(const struct draft_disk *disk)
{
	return disk->url || disk->why_no_url || (disk->path && import_is_url(disk->path));
}

static void place_url(struct draft *d, const struct draft_disk *disk, struct placed *out)
{
	const char *why = disk->why_no_url;
	char *url = disk->url    ? xstrdup(disk->url)
	            : disk->path ? import_url_of_text(disk->path, &why)
	                         : NULL;

	if (url && disk->format && !streq(disk->format, "raw")) {
		why = N_("what it holds is an image, which could name files of this PC: have the "
		         "server give out the disk itself (qemu-nbd does)");
		free(take_ptr(url));
	}
	if (!url)
		return draft_lost(d, why);
	out->keys = xasprintf("url=%s\n", url);
	if (import_url_has_user(url))
		add_reason(&out->why, _("no password is taken over: secret-file= names a file with "
		                        "what the server wants to hear"));
	if (disk->path && import_url_has_more(disk->path))
		add_reason(&out->why, _("the options in its address stay behind"));
	free(url);
}

static void add_disk(struct draft *d, const struct draft_disk *disk, struct placed *at)
{
	const char *why, *bus = choose_bus(d, disk->bus, &why);
	cleanup_free char *number = xasprintf("%zu", (size_t)(disk - d->disks) + 1);
	cleanup_free char *head = draft_named_head(d, "disk", disk->name ? disk->name : number);
	cleanup_free char *boot = disk->boot ? xasprintf("boot=%u\n", disk->boot) : xstrdup("");
	bool serial = disk->serial && !starts_with(at->keys, "device=");
	cleanup_free char *keys =
	        xasprintf("%s%s%s%s%s%s%s%s%sbus=%s\n%s", at->keys, disk->backing ? "backing=" : "",
	                disk->backing ? disk->backing : "", disk->backing ? "\n" : "",
	                serial ? "serial=" : "", serial ? disk->serial : "", serial ? "\n" : "",
	                disk->read_only || at->read_only ? "" : "writable=yes\n", "", bus, boot);

	add_reason(&at->why, why);
	draft_add_section(d, head, keys, at->why);
}

/* After all disks that are started from, which is where a drive is that says nothing. */
static bool comes_last(const struct draft *d, const struct draft_disk *drive)
{
	bool any = false;

	for (size_t i = 0; i < d->n_disks; i++) {
		const struct draft_disk *other = &d->disks[i];

		if (other->cdrom || !other->boot)
			continue;
		if (other->boot > drive->boot)
			return false;
		any = true;
	}
	return any;
}

/* A drive, with its disc or without; its bus follows from the machine. */
static void add_drive(struct draft *d, const struct draft_disk *disk)
{
	bool file = disk->path && !starts_with(disk->path, "/dev/") && !strstr(disk->path, "://");
	cleanup_free char *path = file ? import_path(d, disk->path) : NULL;
	cleanup_free char *head = draft_named_head(d, "cdrom", disk->name ? disk->name : "drive");
	bool said = disk->boot && !comes_last(d, disk);
	cleanup_free char *boot = said ? xasprintf("boot=%u\n", disk->boot) : xstrdup("");
	cleanup_free char *keys = xasprintf(
	        "%s%s%s%s", path ? "file=" : "", path ? path : "", path ? "\n" : "", boot);

	if (!key_section_find("cdrom", NULL))
		draft_lost(d, N_("there is no drive for discs"));
	else if (is_remote(disk))
		draft_lost(d, N_("a disc is a file of this PC: copy it here"));
	else if (disk->path && !file)
		draft_lost(d, N_("a disc of this PC's own drive is not handed on"));
	else
		draft_add_section(d, head, keys, NULL);
}

void draft_decide_disks(struct draft *d)
{
	for (size_t i = 0; i < d->n_disks && i < DRAFT_MANY; i++) {
		const struct draft_disk *disk = &d->disks[i];
		struct placed at = {0};

		draft_at(d, disk->line, "%s", disk->what);
		if (disk->dropped || d->drops)
			at.read_only = true;
		if (at.read_only && !disk->cdrom && (disk->path || is_remote(disk)))
			draft_lost(d, WHY_DROPPED);
		if (disk->cdrom)
			add_drive(d, disk);
		else if (is_remote(disk))
			place_url(d, disk, &at);
		else if (!disk->path)
			draft_lost(d, WHY_OFF);
		else if (disk->bus && streq(disk->bus, "floppy"))
			draft_lost(d, WHY_NOTHING);
		else if (starts_with(disk->path, "/dev/"))
			place_device(d, disk, &at);
		else
			place_image(d, disk, &at);
		if (at.keys)
			add_disk(d, disk, &at);
		free(at.keys);
		free(at.why);
	}
}
