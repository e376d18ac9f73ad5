/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole disks. None is ever proposed: what is on it is for a person to know. */
#include "vm/offer_parts.h"

#include "base/i18n.h"
#include "profile/file.h"

#include <ctype.h>

/* Small letters and digits of the model, the rest as hyphens: "samsung-ssd-970". Caller frees. */
static char *section_name(const struct disk *d)
{
	const char *from = d->model ? d->model : d->name;
	char *name = xcalloc(INI_NAME_MAX + 1, 1);
	size_t n = 0;

	/* Room for "-2" behind it. */
	for (; *from && n < INI_NAME_MAX - 4; from++) {
		unsigned char c = (unsigned char)*from;

		if (c < 0x80 && isalnum(c))
			name[n++] = (char)tolower(c);
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		name[--n] = '\0';
	if (!n)
		strcpy(name, "games");
	return name;
}

/* What the profile's text can say of its serial number; some have spaces or worse in it. */
static char *serial_of(const struct disk *d)
{
	cleanup_free char *text = NULL;
	struct profile profile;
	char *serial = NULL;

	if (!d->serial || !*d->serial)
		return NULL;
	text = xasprintf("[disk a]\nimage=/a\nserial=%s\n", d->serial);
	if (profile_parse(text, "offer.profile", &profile, NULL) < 0)
		return NULL;
	if (profile.n_disks == 1 && profile.disks[0].serial &&
	        streq(profile.disks[0].serial, d->serial))
		serial = xstrdup(d->serial);
	profile_finish(&profile);
	return serial;
}

/* Windows and Linux both have a driver for nvme. Whoever takes a whole disk means to write on it. */
static void add_section(struct offer *offer, struct strv *taken)
{
	const struct key_section *section = key_section_find("disk", NULL);
	const struct disk *d = offer->disk;
	cleanup_free char *name = section_name(d);
	struct profile_disk disk = {0};

	key_preset(section, &disk);
	disk.device = xstrdup(d->by_id);
	disk.serial = serial_of(d);
	disk.size = d->size;
	disk.writable = true;
	disk.bus = PROFILE_BUS_NVME;
	offer_add_section(offer, taken, section, name, &disk);
	key_finish(section, &disk);
}

/* In use is in use: the planner's own rule and reasons, each of which is a sentence by itself. */
static void judge(const struct offer_request *q, struct offer *offer, struct strv *taken)
{
	const struct disk *d = offer->disk;

	if (d->by_id)
		add_section(offer, taken);
	if (d->uses.n) {
		offer_worsen(offer, OFFER_FAIL);
		strv_foreach (use, &d->uses)
			strv_add(&offer->reasons, *use);
		strcpy(offer->code, code_text(CODE_DISK_USED));
	} else if (!d->by_id) {
		offer_worsen(offer, OFFER_FAIL);
		strv_addf(&offer->reasons,
		        _("%s has no link in /dev/disk/by-id, so nothing names it for good"),
		        d->name);
	} else {
		offer_try(q, offer);
	}
}

/* "sda1: ntfs Games" */
static void list_contents(const struct disk *d, struct strv *out)
{
	if (d->fs_type)
		strv_addf(out, "%s: %s", d->name, d->fs_type);
	for (size_t i = 0; i < d->n_partitions; i++) {
		const struct disk_partition *p = &d->partitions[i];

		strv_addf(out, "%s: %s%s%s", p->name, p->fs_type ? p->fs_type : "?",
		        p->label ? " " : "", p->label ? p->label : "");
	}
}

static json_t *tell(const struct offer *offer)
{
	const struct disk *d = offer->disk;
	cleanup_strv struct strv contents = {0};
	cleanup_free char *node = xasprintf("/dev/%s", d->name);
	json_t *json;

	list_contents(d, &contents);
	json = json_pack("{s:o, s:o, s:o, s:I, s:b, s:o}", "path",
	        offer_text(d->by_id ? d->by_id : node), "name",
	        offer_text(d->model ? d->model : d->name), "serial",
	        offer_text(d->serial ? d->serial : ""), "size", (json_int_t)d->size, "removable",
	        d->removable, "contents", offer_texts(&contents));
	offer_tell(offer, json);
	return json;
}

json_t *offer_disks(const struct offer_request *q, struct strv *taken)
{
	json_t *all = json_array();

	for (size_t i = 0; i < q->host->disks.n; i++) {
		struct offer offer = {.disk = &q->host->disks.list[i]};

		judge(q, &offer, taken);
		json_array_append_new(all, tell(&offer));
		offer_finish(&offer);
	}
	return all;
}
