/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a PCI function: which keys are of one. */
#include "base/i18n.h"
#include "profile/profile.h"

#include <errno.h>

bool profile_pci_is_share(const struct profile_pci *pci)
{
	return pci->virtual_function != PROFILE_VIRTUAL_NO || pci->mediated;
}

/* What is said of the whole function. */
static const char *key_of_whole(const struct profile_pci *pci)
{
	if (pci->primary == PROFILE_PRIMARY_YES)
		return "primary";
	if (pci->bar_size != PROFILE_BAR_AUTO)
		return "bar-size";
	if (pci->reset_method != PROFILE_RESET_AUTO)
		return "reset-method";
	if (pci->hand_over)
		return "hand-over";
	return pci->mediated && pci->romfile ? "romfile" : NULL;
}

static int refuse(const char *key, const char *share, struct err *err)
{
	err_set(err, -EINVAL, _("%s= does not go with %s="), key, share);
	err_hint(err, _("remove one of the two"));
	return -EINVAL;
}

int profile_share_check(const struct profile_pci *pci, struct err *err)
{
	bool function = pci->virtual_function != PROFILE_VIRTUAL_NO;
	const char *whole = profile_pci_is_share(pci) ? key_of_whole(pci) : NULL;
	const char *network = pci->mac ? "mac" : pci->vlan ? "vlan" : NULL;

	if (function && pci->mediated)
		return refuse("mediated", "virtual-function", err);
	if (whole)
		return refuse(whole, pci->mediated ? "mediated" : "virtual-function", err);
	if (!network || function)
		return 0;
	err_set(err, -EINVAL, _("%s= is there without virtual-function="), network);
	err_hint(err, _("a whole network card has the address and the VLAN that the guest gives "
	                "it"));
	return -EINVAL;
}
