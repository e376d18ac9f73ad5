/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the daemon has its acts done by; see acts/call.h. */
#include "vm/vm_impl.h"

#include <errno.h>
#include <unistd.h>

#define LOOK_MS 2000u

struct acts vms_acts(const struct vms *vms)
{
	return (struct acts){.session = vms->env.session,
	        .libexec_dir = vms->env.libexec_dir,
	        .root = root_is_host(&vms->root) ? "/" : vms->root.path};
}

int vms_act(struct vms *vms, enum act act, const void *argument, unsigned timeout_ms,
        disposable_done done, void *user, struct disposable **out, struct err *err)
{
	const struct acts acts = vms_acts(vms);

	return acts_call(&acts, vms->env.event, act, argument, timeout_ms, done, user, out, err);
}

static int look(const struct acts *acts, const char *path, struct act_seen *out)
{
	const struct act_file file = {path};
	cleanup_close int fd = -1;
	int r = acts_call_now(acts, ACT_LOOK, &file, LOOK_MS, &fd, NULL);

	return r < 0 ? r : pread(fd, out, sizeof(*out), 0) == sizeof(*out) ? 0 : -EIO;
}

bool vms_exists(const char *path)
{
	const struct acts acts = {.root = "/"};
	struct act_seen seen;

	return access(path, F_OK) == 0 || look(&acts, path, &seen) == 0;
}

/* People's folders may be closed to all but them, and /tmp is the daemon's own. */
int vms_look(const struct vms *vms, const char *path, struct act_seen *out)
{
	const struct acts acts = vms_acts(vms);
	struct stat st;
	int r = root_stat(&vms->root, path, &st);

	if (r == 0)
		*out = (struct act_seen){.device = st.st_dev, .inode = st.st_ino};
	if (r == 0 || vms->env.session)
		return r;
	return look(&acts, path, out);
}

/*
 * While a VM has anything that root must take back, or udev keeps rules of ours, which a daemon that is stopped takes back: systemd
 * would start playthrough-acts only when that has ended.
 */
void vms_hold_acts(struct vms *vms)
{
	const struct acts acts = vms_acts(vms);
	bool wanted = vms_hands_off_any(vms);

	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		wanted |= vm->state != VM_STOPPED;
	if (!wanted)
		close_fd(&vms->hold);
	else if (vms->hold < 0)
		vms->hold = acts_hold(&acts);
}
