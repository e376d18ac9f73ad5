/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/mdev.h"

#include "base/util.h"
#include "host/attr.h"

#include <stdlib.h>

#define PARENTS \
	"/sys/class/mdev_bus" /* links to what can make them, by the name it has on its bus */
#define DEVICES "/sys/bus/mdev/devices"

static char *one_line(char *text)
{
	for (char *c = text; c && *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	return text;
}

static void take_types(const struct root *root, const char *card, struct mdevs *out)
{
	cleanup_free char *folder = xasprintf(PARENTS "/%s/mdev_supported_types", card);
	cleanup_strv struct strv names = {0};
	struct pci_addr parent;

	if (pci_addr_parse(card, &parent) < 0)
		return;
	root_list(root, folder, &names);
	strv_foreach (id, &names)
		*list_append(out->types, out->n_types) = (struct mdev_type){.parent = parent,
		        .id = text_clean(xstrdup(*id)),
		        .name = one_line(attr_text(root, "%s/%s/name", folder, *id)),
		        .description = one_line(attr_text(root, "%s/%s/description", folder, *id)),
		        .api = attr_text(root, "%s/%s/device_api", folder, *id),
		        .available = (unsigned)attr_u64(
		                root, 10, INT32_MAX, 0, "%s/%s/available_instances", folder, *id)};
}

/* /sys/devices/pci0000:00/0000:00:02.0/UUID: its card is the folder above. */
static void take_device(const struct root *root, const char *uuid, struct mdevs *out)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", uuid);
	cleanup_free char *type = xasprintf("%s/mdev_type", folder);
	cleanup_free char *group = xasprintf("%s/iommu_group", folder);
	cleanup_free char *number = root_link_name(root, group);
	cleanup_free char *real = root_real_path(root, folder);
	struct mdev *m = list_append(out->list, out->n);
	uint64_t id;

	*m = (struct mdev){.uuid = text_clean(xstrdup(uuid)),
	        .type = root_link_name(root, type),
	        .iommu_group = -1};
	if (m->type)
		text_clean(m->type);
	if (number && parse_u64(number, 10, INT32_MAX, &id) == 0)
		m->iommu_group = (int)id;
	m->on_pci = real && path_controller(real, &m->parent);
}

void mdevs_take(const struct root *root, struct mdevs *out)
{
	cleanup_strv struct strv cards = {0}, uuids = {0};

	*out = (struct mdevs){0};
	root_list(root, PARENTS, &cards);
	strv_foreach (card, &cards)
		take_types(root, *card, out);
	root_list(root, DEVICES, &uuids);
	strv_foreach (uuid, &uuids)
		take_device(root, *uuid, out);
}

void mdevs_finish(struct mdevs *mdevs)
{
	for (size_t i = 0; i < mdevs->n_types; i++) {
		free(mdevs->types[i].id);
		free(mdevs->types[i].name);
		free(mdevs->types[i].description);
		free(mdevs->types[i].api);
	}
	for (size_t i = 0; i < mdevs->n; i++) {
		free(mdevs->list[i].uuid);
		free(mdevs->list[i].type);
	}
	free(mdevs->types);
	free(mdevs->list);
	*mdevs = (struct mdevs){0};
}

const struct mdev_type *mdev_find_type(
        const struct mdevs *mdevs, struct pci_addr parent, const char *id)
{
	for (size_t i = 0; i < mdevs->n_types; i++) {
		const struct mdev_type *type = &mdevs->types[i];

		if (pci_addr_equal(type->parent, parent) && streq(type->id, id))
			return type;
	}
	return NULL;
}

const struct mdev *mdev_find(const struct mdevs *mdevs, const char *uuid)
{
	for (size_t i = 0; i < mdevs->n; i++) {
		if (streq(mdevs->list[i].uuid, uuid))
			return &mdevs->list[i];
	}
	return NULL;
}

unsigned mdev_count(const struct mdevs *mdevs, struct pci_addr parent)
{
	unsigned n = 0;

	for (size_t i = 0; i < mdevs->n; i++)
		n += mdevs->list[i].on_pci && pci_addr_equal(mdevs->list[i].parent, parent);
	return n;
}
