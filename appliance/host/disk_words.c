/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/disk_words.h"
#include "base/i18n.h"

struct word {
	const char *key, *word;
};

/* libblkid's names where people know another. */
static const struct word kinds[] = {
        {"ntfs", "NTFS"},
        {"exfat", "exFAT"},
        {"vfat", "FAT"},
        {"BitLocker", N_("BitLocker (Windows, encrypted)")},
        {"crypto_LUKS", N_("LUKS (encrypted)")},
        {"LVM2_member", "LVM"},
        {"linux_raid_member", N_("Linux RAID")},
        {"isw_raid_member", N_("Intel RAID")},
        {"ddf_raid_member", N_("RAID (DDF)")},
        {"zfs_member", "ZFS"},
        {"mpath_member", N_("a path of multipath")},
        {"swap", N_("swap")},
        {"swsuspend", N_("a hibernated system's memory")},
        {"iso9660", N_("a CD image")},
};

/* UEFI specification, 5.3.3; Microsoft's PARTITION_INFORMATION_GPT; the Discoverable Partitions Specification. */
static const struct word types[] = {
        {"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", N_("EFI system")},
        {"e3c9e316-0b5c-4db8-817d-f92df00215ae", N_("reserved by Windows")},
        {"de94bba4-06d1-4d40-a16a-bfd50179d6ac", N_("Windows recovery")},
        {"21686148-6449-6e6f-744e-656564454649", N_("BIOS boot")},
        {"0xef", N_("EFI system")},
        {"0x27", N_("Windows recovery")},
        {"0x5", N_("extended")},
        {"0xf", N_("extended")},
        {"0x85", N_("extended")},
};

static const char *find(const struct word *words, size_t n, const char *key)
{
	for (size_t i = 0; key && i < n; i++) {
		if (streq(words[i].key, key))
			return _(words[i].word);
	}
	return NULL;
}

char *disk_tell_content(const struct disk_content *content, const char *part_type)
{
	const char *type = find(types, ARRAY_SIZE(types), part_type);
	const char *kind = find(kinds, ARRAY_SIZE(kinds), content->fs_type);
	const char *what = kind ? kind : content->fs_type;
	const char *label = content->label;
	cleanup_free char *quoted = label ? xasprintf(_(" \"%s\""), label) : xstrdup("");

	if (!what && !type)
		what = content->known ? _("nothing known") : _("unknown: udev has not looked");
	return xasprintf(
	        "%s%s%s%s", type ? type : "", type && what ? ", " : "", what ? what : "", quoted);
}

const char *disk_table_name(const char *table)
{
	static const struct word tables[] = {{"gpt", "GPT"}, {"dos", "MBR"}};
	const char *name = find(tables, ARRAY_SIZE(tables), table);

	return name ? name : table;
}

void disk_tell_contents(const struct disk *d, struct strv *out)
{
	const char *table = disk_table_name(d->table);

	if (d->content.fs_type || !table) {
		cleanup_free char *words = disk_tell_content(&d->content, NULL);

		strv_addf(out, "%s: %s", d->name, words);
	} else {
		strv_addf(out, "%s: %s", d->name, table);
	}
	for (size_t i = 0; i < d->n_partitions; i++) {
		const struct disk_partition *p = &d->partitions[i];
		cleanup_free char *words = disk_tell_content(&p->content, p->type);

		strv_addf(out, "%s: %s", p->name, words);
	}
}
