/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs beside QEMU in a VM's life: passt for its network, swtpm for its TPM. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "vm/acts/passt.h"
#include "vm/acts/tpm.h"

#include <errno.h>
#include <sys/stat.h>

#define TPM_STATE "playthrough-tpm" /* in /var/lib; systemd gives it to the unit's user */

static struct side_request request_of(const struct vm *vm, const struct strv *args)
{
	const struct vm_env *env = &vm->vms->env;

	return (struct side_request){.event = env->event,
	        .bus = env->session ? NULL : env->bus,
	        .vm = vm->name,
	        .args = args};
}

/* Elsewhere systemd makes it. */
static int make_own_folder(const struct vm *vm, const char *folder, struct err *err)
{
	cleanup_free char *above = xasprintf("%s/%s", vm->vms->state_dir, vm->name);
	int r = root_make_folder(&vm->vms->root, above, err);

	if (r < 0)
		return r;
	return mkdir(folder, 0700) < 0 && errno != EEXIST ? err_errno(err, -errno, "%s", folder)
	                                                  : 0;
}

int vm_side_tpm(struct vm *vm, disposable_done done, struct err *err)
{
	struct vms *vms = vm->vms;
	cleanup_free char *description = xasprintf(_("TPM of the game VM %s"), vm->name);
	cleanup_free char *state = xasprintf(TPM_STATE "/%s", vm->name);
	cleanup_free char *folder = vms->env.session
	                                    ? xasprintf("%s/%s/tpm", vms->state_dir, vm->name)
	                                    : xasprintf("/var/lib/%s", state);
	cleanup_strv struct strv args = {0};
	struct side_request request = request_of(vm, &args);
	cleanup_close int log = vm_open_log(vm, "tpm.log", err);

	if (log < 0)
		return log;
	if (vms->env.session && make_own_folder(vm, folder, err) < 0)
		return err->number;
	tpm_arguments(folder, &args);
	request.kind = "tpm";
	request.description = description;
	request.state = state;
	request.log = log;
	return side_start(&request, done, vm, &vm->starting->tpm, err);
}

/* --- the network --- */

static void hint_at_passt(const struct vm *vm, struct err *err)
{
	cleanup_free char *unit = side_unit_name("passt", vm->name);

	if (vm->vms->env.session)
		err_hint(
		        err, _("see passt.log in its folder, or write backend=slirp in [network]"));
	else
		err_hint(
		        err, _("see: journalctl -u %s; or write backend=slirp in [network]"), unit);
	err_code(err, CODE_NET_PROGRAM);
}

int vm_side_passt(struct vm *vm, disposable_done done, struct err *err)
{
	cleanup_free char *description = xasprintf(_("network of the game VM %s"), vm->name);
	cleanup_strv struct strv args = {0};
	struct side_request request = request_of(vm, &args);
	cleanup_close int log = vm_open_log(vm, "passt.log", err);

	if (log < 0)
		return log;
	passt_arguments(vm->journal.forward, &args);
	request.kind = "passt";
	request.description = description;
	request.network = true;
	request.log = log;
	return side_start(&request, done, vm, &vm->starting->passt, err);
}

static void set_ended(const struct vm *vm, struct err *err)
{
	cleanup_free char *line = vm_last_line(vm, "passt.log");

	err_set(err, -ECHILD, _("passt, which carries the VM's network, has ended: %s"),
	        line ? line : _("without a word"));
	hint_at_passt(vm, err);
}

/* A guest whose network is dead from the start is told, and not left to wonder. */
int vm_side_check(const struct vm *vm, struct err *err)
{
	const struct vm_starting *s = vm->starting;

	for (size_t i = 0; i < s->plan.n_fds; i++) {
		if (s->plan.fds[i].kind != VM_FD_PASST || !side_is_gone(s->fds[i]))
			continue;
		set_ended(vm, err);
		return -ECHILD;
	}
	return 0;
}

void vm_sides_stop(struct vm *vm)
{
	static const char *const kinds[] = {"tpm", "passt"};
	sd_bus *bus = vm->vms->env.session ? NULL : vm->vms->env.bus;

	for (size_t i = 0; bus && i < ARRAY_SIZE(kinds); i++)
		side_stop(bus, kinds[i], vm->name);
}

bool vm_side_event(const struct vm *vm, const char *name, struct err *why)
{
	if (!streq(name, "NETDEV_STREAM_DISCONNECTED"))
		return false;
	set_ended(vm, why);
	return true;
}
