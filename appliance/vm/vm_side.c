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

/* --- the networks --- */

/* Where a session's passt writes; caller frees. */
static char *log_of(const char *card)
{
	return xasprintf("passt%s%s.log", *card ? "-" : "", card);
}

static void hint_at_passt(const struct vm *vm, const char *card, struct err *err)
{
	cleanup_free char *unit = side_unit_name("passt", vm->name, card), *log = log_of(card);

	if (vm->vms->env.session)
		err_hint(err, _("see %s in its folder, or write backend=slirp in [network%s%s]"),
		        log, *card ? " " : "", card);
	else
		err_hint(err, _("see: journalctl -u %s; or write backend=slirp in [network%s%s]"),
		        unit, *card ? " " : "", card);
	err_code(err, CODE_NET_PROGRAM);
}

int vm_side_passt(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	const struct vm_claim_net *net = &vm->starting->plan.nets[index];
	cleanup_free char *description = xasprintf(_("network of the game VM %s"), vm->name);
	cleanup_free char *name = log_of(net->name);
	cleanup_strv struct strv args = {0};
	struct side_request request = request_of(vm, &args);
	cleanup_close int log = vm_open_log(vm, name, err);

	if (log < 0)
		return log;
	passt_arguments(net->forward, &args);
	request.kind = "passt";
	request.card = net->name;
	request.description = description;
	request.network = true;
	request.log = log;
	return side_start(&request, done, vm, &vm->starting->passt[index], err);
}

static void set_ended(const struct vm *vm, const char *card, struct err *err)
{
	cleanup_free char *log = log_of(card), *line = vm_last_line(vm, log);

	err_set(err, -ECHILD, _("passt, which carries the VM's network, has ended: %s"),
	        line ? line : _("without a word"));
	if (*card)
		err_prefix(err, _("network %s"), card);
	hint_at_passt(vm, card, err);
}

/* A guest whose network is dead from the start is told, and not left to wonder. */
int vm_side_check(const struct vm *vm, struct err *err)
{
	const struct vm_starting *s = vm->starting;

	for (size_t i = 0; i < s->plan.n_fds; i++) {
		if (s->plan.fds[i].kind != VM_FD_PASST || !side_is_gone(s->fds[i]))
			continue;
		set_ended(vm, s->plan.nets[s->plan.fds[i].index].name, err);
		return -ECHILD;
	}
	return 0;
}

void vm_sides_stop(struct vm *vm)
{
	const struct journal *j = &vm->journal;
	sd_bus *bus = vm->vms->env.session ? NULL : vm->vms->env.bus;

	if (!bus)
		return;
	side_stop(bus, "tpm", vm->name, NULL);
	for (size_t i = 0; i < j->n_nets; i++)
		if (j->nets[i].passt)
			side_stop(bus, "passt", vm->name, j->nets[i].name);
}

/* The card whose netdev has that id, of vm_net_id(); the first where none has. */
static const char *card_of(const struct vm *vm, const char *id)
{
	const struct journal *j = &vm->journal;

	for (size_t i = 0; id && i < j->n_nets; i++) {
		const struct vm_claim_net net = {.name = j->nets[i].name};
		cleanup_free char *its = vm_net_id(&net);

		if (streq(its, id))
			return j->nets[i].name;
	}
	return "";
}

bool vm_side_event(const struct vm *vm, const char *name, const json_t *data, struct err *why)
{
	if (!streq(name, "NETDEV_STREAM_DISCONNECTED"))
		return false;
	set_ended(vm, card_of(vm, json_string_value(json_object_get(data, "netdev-id"))), why);
	return true;
}
