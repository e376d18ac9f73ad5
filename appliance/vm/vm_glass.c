/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of Looking Glass while a VM runs: it belongs to whoever sits at this PC, and the VM's user has it by its group.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>

#define SHARED 0660

int vms_check_glass_free(const struct vms *vms, const char *path, struct err *err)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (!vm->journal.glass || !streq(vm->journal.glass, path))
			continue;
		err_set(err, -EBUSY, _("looking-glass: %s is in use by VM %s"), path, vm->name);
		err_code(err, CODE_VM_CLAIMED);
		err_hint(err, _("stop that VM first: playthrough stop %s"), vm->name);
		return -EBUSY;
	}
	return 0;
}

int vm_glass_open(struct vm *vm, disposable_done done, struct err *err)
{
	const struct vm_plan *plan = &vm->starting->plan;
	const struct act_glass glass = {.path = plan->glass, .bytes = plan->glass_bytes};
	struct journal *j = &vm->journal;
	struct stat st = {0};
	int r;

	root_stat(&vm->vms->root, plan->glass, &st);
	j->glass = xstrdup(plan->glass);
	j->glass_uid = st.st_uid;
	j->glass_gid = st.st_gid;
	j->glass_mode = st.st_mode & 0777;
	r = vm_journal(vm, err);
	return r < 0 ? r
	             : vms_act(vm->vms, ACT_GLASS_OPEN, &glass, ACT_MS, done, vm, &vm->act, err);
}

/* Whoever has logged in at this PC; what asks for a password there is a session too, of a user that is nobody. */
static int find_sitter(uid_t *uid)
{
	cleanup_free char *session = NULL, *class = NULL;
	int r = sd_seat_get_active("seat0", &session, uid);

	r = r < 0 ? r : sd_session_get_class(session, &class);
	if (r >= 0 && streq(class, "user"))
		return 0;
	*uid = 0;
	return r < 0 ? r : -ENXIO;
}

/* Of a user that systemd makes, group and user have the same number. */
int vm_glass_give(struct vm *vm, uid_t uid, disposable_done done, struct err *err)
{
	struct act_glass glass = {.path = vm->journal.glass, .gid = (gid_t)uid, .mode = SHARED};

	if (find_sitter(&glass.uid) < 0)
		log_warning(_("VM %s: nobody has logged in at this PC (seat0 has no session of a "
		              "person), so that root alone can open %s for Looking Glass"),
		        vm->name, vm->journal.glass);
	return vms_act(vm->vms, ACT_GLASS_GIVE, &glass, ACT_MS, done, vm, &vm->act, err);
}

int vm_glass_release(struct vm *vm, disposable_done done, struct err *err)
{
	const struct journal *j = &vm->journal;
	const struct act_glass glass = {
	        .path = j->glass, .uid = j->glass_uid, .gid = j->glass_gid, .mode = j->glass_mode};

	/* A session has never changed whose the node is. */
	if (!j->glass || (vm->vms->env.session && starts_with(j->glass, "/dev/kvmfr")))
		return 0;
	return vms_act(vm->vms, ACT_GLASS_BACK, &glass, ACT_MS, done, vm, &vm->act, err);
}
