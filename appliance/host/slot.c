/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/slot.h"
#include "host/attr.h"

#include <errno.h>

#define SLOTS "/sys/bus/pci/slots"

/* Linux Documentation/ABI/testing/sysfs-bus-pci: "0000:01:00", without a function. */
static void take_slot(const struct root *root, const char *name, struct slots *out)
{
	cleanup_free char *text = attr_text(root, SLOTS "/%s/address", name);
	cleanup_free char *whole = text ? xasprintf("%s.0", text) : NULL;
	struct pci_addr addr;
	struct slot *slot;

	if (!whole || pci_addr_parse(whole, &addr) < 0)
		return;
	slot = list_append(out->list, out->n);
	slot->name = text_clean(xstrdup(name));
	slot->addr = addr;
}

int slots_take(const struct root *root, struct slots *out, struct err *err)
{
	struct strv names = {0};
	int r = root_list(root, SLOTS, &names);

	*out = (struct slots){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" SLOTS, root->path);
	strv_foreach (name, &names)
		take_slot(root, *name, out);
	strv_finish(&names);
	return 0;
}

void slots_finish(struct slots *slots)
{
	for (size_t i = 0; i < slots->n; i++)
		free(slots->list[i].name);
	free(slots->list);
	*slots = (struct slots){0};
}
