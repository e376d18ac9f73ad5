/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks. None is ever proposed: what is on it is for a person to know. */
#include "vm/plan/offer_disk.h"

#include "base/i18n.h"
#include "host/disk_words.h"
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

const char *offer_disk_path(struct disk_part part)
{
	return part.partition ? part.partition->path : part.disk->by_id;
}

/* Windows and Linux both have a driver for nvme. Whoever takes a disk means to write on it. */
static void add_section(struct offer *offer, struct disk_part part, struct strv *taken)
{
	const struct key_section *section = key_section_find("disk", NULL);
	cleanup_free char *name = section_name(part.disk);
	struct profile_disk disk = {0};

	key_preset(section, &disk);
	disk.device = xstrdup(offer_disk_path(part));
	disk.serial = serial_of(part.disk);
	disk.size = disk_part_size(part);
	disk.writable = true;
	disk.bus = PROFILE_BUS_NVME;
	offer_add_section(offer, taken, section, name, &disk);
	key_finish(section, &disk);
}

/* In use is in use: the planner's own rule and reasons, each of which is a sentence by itself. */
static bool is_used(struct offer *offer, struct disk_part part)
{
	cleanup_strv struct strv uses = {0};

	disk_part_uses(part, false, &uses);
	disk_part_uses(part, true, &offer->reasons);
	if (!offer->reasons.n)
		return false;
	offer_worsen(offer, OFFER_FAIL);
	strcpy(offer->code, code_text(uses.n ? CODE_DISK_USED : CODE_DISK_MEMBER));
	return true;
}

static void add_doubts(struct offer *offer, struct disk_part part)
{
	cleanup_strv struct strv one = {0};
	const struct strv *doubts = &part.disk->doubts;

	if (part.partition) {
		if (part.partition->content.doubt)
			strv_add(&one, part.partition->content.doubt);
		doubts = &one;
	}
	if (offer->verdict == OFFER_FAIL || !doubts->n)
		return;
	offer_worsen(offer, OFFER_UNKNOWN);
	strv_foreach (doubt, doubts)
		strv_add(&offer->reasons, *doubt);
}

void offer_judge_disk(const struct offer_request *q, struct offer *offer, struct disk_part part,
        struct strv *taken)
{
	bool named = offer_disk_path(part);

	offer->disk = part.disk;
	if (named)
		add_section(offer, part, taken);
	if (is_used(offer, part))
		return;
	if (named) {
		offer_try(q, offer);
	} else {
		offer_worsen(offer, OFFER_FAIL);
		strv_addf(&offer->reasons,
		        part.partition
		                ? _("%s has no link in /dev/disk/by-partuuid, so nothing names it "
		                    "for good")
		                : _("%s has no link in /dev/disk/by-id, so nothing names it for "
		                    "good"),
		        disk_part_name(part));
	}
	add_doubts(offer, part);
}

static json_t *tell(const struct offer *offer)
{
	const struct disk *d = offer->disk;
	cleanup_strv struct strv contents = {0};
	cleanup_free char *node = xasprintf("/dev/%s", d->name);
	json_t *json;

	disk_tell_contents(d, &contents);
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
		struct disk_part part = {.disk = &q->host->disks.list[i]};
		struct offer offer = {0};

		offer_judge_disk(q, &offer, part, taken);
		json_array_append_new(all, tell(&offer));
		offer_finish(&offer);
	}
	return all;
}
