/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `playthrough-setup renew`: makes our boot entries agree with the kernels that are installed. What tells the
 * loader to try or keep them stays as it is.
 */
#include "commands.h"
#include "journal.h"

#include "base/i18n.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int check_arguments(int argc, char **argv, struct err *err)
{
	if (argc > 1) {
		err_set(err, -EINVAL, _("renew: unexpected argument: %s"), argv[1]);
		err_hint(err, "playthrough-setup renew");
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	if (geteuid() == 0)
		return 0;
	err_set(err, -EPERM, _("renew: changing how this PC starts needs root"));
	err_hint(err, _("run it as root, e.g. with sudo"));
	err_code(err, CODE_SETUP_ROOT);
	return -EPERM;
}

static int renew(const struct root *root, struct err *err)
{
	struct journal journal;
	const struct loader *loader;
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	if (journal.state == JOURNAL_APPLIED) {
		loader = journal_loader(root, &journal, err);
		r = loader ? loader->refresh(root, err) : -ENOTSUP;
		if (r == 0 && loader->try_new)
			r = loader->try_new(root, err);
	} else {
		printf("%s\n", _("No plan is applied: there are no entries of ours to renew."));
	}
	journal_finish(&journal);
	return r;
}

int command_renew(int argc, char **argv, struct err *err)
{
	struct root root;
	int r = check_arguments(argc, argv, err), lock;

	if (r == 0)
		r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	lock = journal_lock_soon(&root, err);
	r = lock < 0 ? lock : renew(&root, err);
	if (lock >= 0)
		journal_unlock(&root, lock);
	root_close(&root);
	return r;
}
