/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory, processors, networks and what this PC itself shows: what the acts of acts.h are called with. */
#include "vm/acts/requests_do.h"

#include "base/i18n.h"
#include "base/log.h"
#include "bus/console_wire.h"
#include "bus/net_address.h"
#include "vm/acts/hand_over.h"
#include "vm/acts/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <unistd.h>

ACT_DOES(pages_take)
{
	(void)fd;
	return act_pages_take(root, argument, err);
}

ACT_DOES(pages_back)
{
	(void)fd;
	return act_pages_return(root, argument, err);
}

ACT_DOES(isolate)
{
	(void)fd;
	return act_isolate(root, argument, err);
}

/* --- threads of a QEMU --- */

static int set_affinity(pid_t thread, const struct cpulist *cpus)
{
	size_t size = CPU_ALLOC_SIZE(CPULIST_MOST);
	cleanup_free cpu_set_t *set = xcalloc(1, size);

	for (size_t i = 0; i < cpus->n; i++)
		CPU_SET_S(cpus->list[i], size, set);
	return sched_setaffinity(thread, size, set) < 0 ? -errno : 0;
}

static const struct cpulist *cpus_of(const struct act_pins *pins, pid_t thread)
{
	for (size_t i = 0; i < pins->n; i++)
		if (pins->list[i].thread == thread)
			return &pins->list[i].cpus;
	return &pins->others;
}

ACT_DOES(pin)
{
	const struct act_pins *pins = argument;
	cleanup_free char *folder = xasprintf("/proc/%d/task", (int)pins->process);
	cleanup_strv struct strv tasks = {0};
	int r = root_list(root, folder, &tasks);

	(void)fd;
	strv_foreach (task, &tasks) {
		uint64_t thread;

		if (r < 0 || parse_u64(*task, 10, INT32_MAX, &thread) < 0)
			continue;
		r = set_affinity((pid_t)thread, cpus_of(pins, (pid_t)thread));
		r = r == -ESRCH ? 0 : r; /* it has ended; the next one that is started inherits */
	}
	return r < 0 ? err_errno(err, r, "%s", folder) : 0;
}

/* --- links --- */

ACT_DOES(link)
{
	const struct act_queue *q = argument;

	return act_link_open(root, &q->link, q->queue, fd, err);
}

ACT_DOES(vhost)
{
	(void)argument;
	return act_vhost_open(root, fd, err);
}

ACT_DOES(link_remove)
{
	const struct act_queue *q = argument;

	(void)fd;
	return act_link_remove(root, &q->link, err);
}

ACT_DOES(link_sweep)
{
	(void)fd;
	return act_link_sweep(root, argument, err);
}

/* --- parts of functions --- */

ACT_DOES(share_make)
{
	const struct act_part *part = argument;

	(void)fd;
	return act_share_make(root, &part->share, err);
}

ACT_DOES(share_ask)
{
	const struct act_part *part = argument;
	struct netlink_vf now;
	int r = act_share_address(&part->share, &now, err);

	(void)root;
	return r < 0 ? r : act_answer(&now, sizeof(now), fd, err);
}

ACT_DOES(share_tell)
{
	const struct act_part *part = argument;

	(void)root, (void)fd;
	return act_share_set_address(&part->share, &part->address, err);
}

/* An address that stays keeps nothing from being removed, and goes with that; else it is a loss. */
ACT_DOES(share_back)
{
	const struct act_part *part = argument;
	struct err own;
	int r;

	(void)fd;
	if (!part->remove) {
		r = act_share_set_address(&part->share, &part->address, err);
		return r == -ENODEV ? 0 : r; /* it has gone */
	}
	if (part->tell && act_share_set_address(&part->share, &part->address, &own) < 0)
		log_error(&own, "release");
	return act_share_remove(root, &part->share, err);
}

/* --- this PC's own picture --- */

ACT_DOES(hand)
{
	(void)fd;
	return hand_act_do(root, argument, err);
}

ACT_DOES(hand_back)
{
	(void)fd;
	return hand_act_undo(root, argument, err);
}

/* --- the console --- */

ACT_DOES(listen)
{
	const struct act_listen *l = argument;
	struct net_address address = {.port = l->port};

	(void)root;
	memcpy(&address.host, l->host, sizeof(l->host));
	*fd = net_listen(&address, (int)l->backlog, err);
	return *fd < 0 ? *fd : 0;
}

/* The socket of the daemon's becomes the console's to connect to. */
ACT_DOES(console)
{
	const struct act_file *file = argument;
	const struct passwd *user = getpwnam(CONSOLE_USER);
	cleanup_close int opened = root_openat(root, file->path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	(void)fd;
	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", file->path);
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1 || !user)
		return err_set(err, -EPERM, _("%s is not the console's socket"), file->path);
	if (fchownat(opened, "", user->pw_uid, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "%s", file->path);
	return 0;
}
