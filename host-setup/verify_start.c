/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify_start.h"
#include "health.h"
#include "journal.h"

#include "base/i18n.h"

#include <errno.h>

int start_take(const struct root *root, struct start *out, struct err *err)
{
	cleanup_free char *conf = root_read(root, PLAN_BIND_CONF);
	struct journal journal;
	struct facts facts;
	int r = journal_load(root, &journal, err);

	*out = (struct start){0};
	if (r == 0)
		r = host_take(root, &out->host, err);
	if (r == 0) {
		verify_run(&out->host, journal.state == JOURNAL_APPLIED ? journal.id : "", conf,
		        &out->report);
		out->report.restarted = journal_restarted(root, &journal);
		out->report.half_way =
		        journal.state == JOURNAL_APPLYING || journal.state == JOURNAL_UNDOING;
		out->report.given_up = root_exists(root, HEALTH_GIVEN_UP);
		out->report.by_hand = start_by_hand(root);
		facts_take(root, &facts);
		out->way_in = verify_ways(&out->host, &facts, conf, &journal.ways, &out->report);
		out->screen = out->way_in && verify_screen(&out->host, &facts, conf, &journal.ways);
		facts_finish(&facts);
	}
	journal_finish(&journal);
	if (r < 0)
		*out = (struct start){0};
	return r;
}

void start_finish(struct start *start)
{
	verify_finish(&start->report);
	host_finish(&start->host);
}

bool start_kept(const struct root *root, const char *id, bool *kept)
{
	const char *where;
	const struct loader *loader = loader_detect(root, &where, NULL);

	*kept = loader && !loader->instructions && loader->is_kept(root, id);
	return loader && !loader->instructions;
}

bool start_by_hand(const struct root *root)
{
	const char *where;
	const struct loader *loader = loader_detect(root, &where, NULL);

	return loader && loader->instructions;
}

/* An undo or another apply may have come between. */
static int check_still(const struct root *root, const struct start *start, struct err *err)
{
	struct journal journal;
	int r = journal_load(root, &journal, err);
	bool still = journal.state == JOURNAL_APPLIED && streq(journal.id, start->report.id);

	journal_finish(&journal);
	if (r < 0 || still)
		return r;
	err_set(err, -ESTALE, _("plan %s is not in force any more"), start->report.id);
	err_code(err, CODE_SETUP_NO_PLAN);
	return -ESTALE;
}

static int keep_locked(const struct root *root, const struct start *start, struct err *err)
{
	const char *kernel = start->host.firmware.kernel_release, *where;
	const struct loader *loader = loader_detect(root, &where, err);
	int r = loader ? check_still(root, start, err) : -ENOTSUP;

	return r < 0 ? r : loader->keep(root, start->report.id, kernel ? kernel : "", err);
}

int start_keep(const struct root *root, const struct start *start, struct err *err)
{
	int lock = journal_lock_soon(root, err), r;

	if (lock < 0)
		return lock;
	r = keep_locked(root, start, err);
	journal_unlock(root, lock);
	return r < 0 ? err_prefix(err, _("verify: all is well, but the entry could not be made the "
	                                 "default"))
	             : 0;
}
