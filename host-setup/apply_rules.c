/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply_rules.h"
#include "journal.h"

#include "base/i18n.h"

#include <errno.h>

int apply_require_way_in(const struct plan *plan, struct err *err)
{
	if (plan->ways.n)
		return 0;
	err_set(err, -EPERM,
	        _("no other way into the host would remain: no screen on another graphics card, "
	          "nothing listens for ssh (/proc/net/tcp), no serial console "
	          "(/proc/consoles)"));
	err_hint(err, _("install a way in first: sudo apt install openssh-server, and try it from "
	                "another PC"));
	err_code(err, CODE_HOST_NO_CONSOLE);
	return -EPERM;
}

int apply_require_same(const struct root *root, struct err *err)
{
	struct plan_wishes devices = {0};
	cleanup_free char *conf = root_read(root, PLAN_BIND_CONF);
	struct journal journal;
	bool there;
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	plan_read_bind_conf(conf ? conf : "", &devices);
	there = journal.state == JOURNAL_APPLIED && devices.n;
	plan_wishes_finish(&devices);
	journal_finish(&journal);
	if (there)
		return 0;
	err_set(err, -ENOENT, _("apply same: no plan is in force (%s%s)"), root->path,
	        JOURNAL_FILE);
	err_hint(err, _("name the devices, as for plan: playthrough-setup apply --gpu ADDRESS"));
	err_code(err, CODE_SETUP_NO_PLAN);
	return -ENOENT;
}
