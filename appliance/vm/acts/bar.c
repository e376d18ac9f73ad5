/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of a card's memory to the processor: see acts.h. */
#include "base/i18n.h"
#include "vm/acts/acts.h"

#include <errno.h>
#include <stdio.h>

#define DEVICES "/sys/bus/pci/devices/"
#define VFIO    "/sys/bus/pci/drivers/vfio-pci/"
#define MIB     (1ull << 20)

/* As the line of `resource` has it now: first and last address. 0: not known. */
static uint64_t size_of(const struct root *root, const char *addr, int bar)
{
	cleanup_free char *text = root_readf(root, DEVICES "%s/resource", addr);
	cleanup_strv struct strv lines = {0};
	unsigned long long first, last;

	strv_split(&lines, text ? text : "", "\n");
	if (bar < 0 || (size_t)bar >= lines.n ||
	        sscanf(lines.list[bar], "%llx %llx", &first, &last) != 2 || last <= first)
		return 0;
	return last - first + 1;
}

static bool is_on_vfio(const struct root *root, const char *addr)
{
	cleanup_free char *link = xasprintf(DEVICES "%s/driver", addr);
	cleanup_free char *driver = root_link_name(root, link);

	return driver && streq(driver, "vfio-pci");
}

int act_come_home(const struct root *root, const struct act_function *f, struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	int r = act_survived(root, f->addr, err);

	return r < 0 || is_on_vfio(root, addr.s) ? r : act_bind(root, f, err);
}

static int resize(
        const struct root *root, const char *addr, int bar, unsigned order, struct err *err)
{
	cleanup_free char *file = xasprintf(DEVICES "%s/resource%d_resize", addr, bar);
	cleanup_free char *bit = xasprintf("%u", order);
	int r = root_poke(root, file, bit, err);

	if (r < 0)
		return r;
	if (size_of(root, addr, bar) == MIB << order)
		return 0;
	return err_set(err, -EIO, _("%s: the size was written and is not there"), file);
}

static int refuse(const char *addr, struct err *err)
{
	err_prefix(err, _("PCI device %s: its memory cannot have that size"), addr);
	err_hint(err, _("other devices behind the same bridge may be in the way; bar-size=auto "
	                "leaves the card as it is"));
	err_code(err, CODE_GPU_BAR_SIZE);
	return err ? err->number : -EIO;
}

int act_bar_size(const struct root *root, const struct act_function *f, int bar, unsigned order,
        struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	struct err why = {0};
	int r, back;

	if (bar < 0 || bar > 5 || order > 43)
		return err_set(err, -EINVAL, _("PCI device %s has no BAR %d of 2^%u MiB"), addr.s,
		        bar, order);
	r = act_survived(root, f->addr, err);
	if (r < 0 || size_of(root, addr.s, bar) == MIB << order)
		return r;
	if (!is_on_vfio(root, addr.s))
		return err_set(err, -EBUSY, _("PCI device %s is not on vfio-pci"), addr.s);
	r = root_poke(root, VFIO "unbind", addr.s, err);
	if (r < 0)
		return r;
	r = resize(root, addr.s, bar, order, &why);
	back = root_poke(root, VFIO "bind", addr.s, err);
	if (back < 0)
		return back;
	if (r == 0)
		return act_survived(root, f->addr, err);
	if (err)
		*err = why;
	return refuse(addr.s, err);
}
