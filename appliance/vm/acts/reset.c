/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel resets a card: see acts.h. */
#include "base/i18n.h"
#include "vm/acts/acts.h"

#include <errno.h>

static char *read_ways(const struct root *root, const char *path)
{
	char *text = root_read(root, path), *end = text ? text + strlen(text) : NULL;

	while (text && end > text && (end[-1] == '\n' || end[-1] == ' '))
		*--end = '\0';
	return text;
}

static bool are_ways(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz_ ")] == '\0';
}

int act_reset_method(
        const struct root *root, const struct act_function *f, const char *ways, struct err *err)
{
	const struct pci_addr_text addr = pci_addr_format(f->addr);
	cleanup_free char *path = xasprintf("/sys/bus/pci/devices/%s/reset_method", addr.s);
	cleanup_free char *before = NULL, *after = NULL;
	int r;

	if (!are_ways(ways))
		return err_set(
		        err, -EINVAL, _("PCI device %s cannot be reset by \"%s\""), addr.s, ways);
	r = act_survived(root, f->addr, err);
	before = r < 0 ? NULL : read_ways(root, path);
	if (r < 0 || (before && streq(before, ways)))
		return r;
	r = root_poke(root, path, ways, err);
	after = r < 0 ? NULL : read_ways(root, path);
	if (r == 0 && after && streq(after, ways))
		return 0;
	if (r == 0)
		r = err_set(err, -EIO, _("%s: %s was written, and %s is there"), path, ways,
		        after ? after : _("nothing"));
	err_hint(err, _("reset-method=auto leaves the card as it is"));
	err_code(err, CODE_GPU_RESET_WAY);
	return r;
}
