/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens what QEMU inherits, in the plan's order: sockets, logs, raw disks (O_EXCL), files. */
#include "vm/vm_impl.h"

#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>

static void on_opened(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct vm_starting *s = vm->starting;

	vm->act = NULL;
	s->fds[s->step] = fd;
	if (err || vm->state == VM_STOPPING) {
		struct err own = err ? *err : (struct err){0};

		if (err)
			err_prefix(&own, "VM %s", vm->name);
		vm_start_fail(vm, err ? &own : NULL);
		return;
	}
	s->step++;
	vm_open_next(vm);
}

static int open_disk(struct vm *vm, size_t index, struct err *err)
{
	const struct vm_claim_disk *d = &vm->starting->plan.disks[index];
	const struct act_disk disk = {.device = d->device,
	        .serial = d->serial,
	        .size = d->size,
	        .writable = d->writable,
	        .guest_volumes = d->guest_volumes};

	return vms_act(vm->vms, ACT_DISK, &disk, ACT_MS, on_opened, vm, &vm->act, err);
}

static int open_image(struct vm *vm, const struct vm_fd *want, struct err *err)
{
	const struct act_image image = {.path = want->path,
	        .from = want->from,
	        .writable = want->writable,
	        .alone = want->alone};

	return vms_act(vm->vms, ACT_IMAGE, &image, ACT_MS, on_opened, vm, &vm->act, err);
}

static int open_secret(struct vm *vm, const struct vm_fd *want, struct err *err)
{
	const struct act_file file = {want->path};

	return vms_act(vm->vms, ACT_SECRET, &file, ACT_MS, on_opened, vm, &vm->act, err);
}

static int open_socket(const struct vm *vm, const char *name, struct err *err)
{
	cleanup_free char *path = vm_file(vm, name);

	return socket_listen(path, 0600, err);
}

/* A fresh log; appended to, so that cutting it leaves no hole. */
int vm_open_log(const struct vm *vm, const char *name, struct err *err)
{
	cleanup_free char *path = vm_file(vm, name);
	int fd = root_openat(
	        &vm->vms->root, path, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

	return fd < 0 ? err_errno(err, fd, "%s", path) : fd;
}

/* Returns the descriptor, -EINPROGRESS when on_opened() will bring it, or an error. */
static int open_one(struct vm *vm, const struct vm_fd *want, struct err *err)
{
	int r = -EINVAL;

	switch (want->kind) {
	case VM_FD_QMP:
		return open_socket(vm, "qmp.sock", err);
	case VM_FD_REPORT:
		return open_socket(vm, "report.sock", err);
	case VM_FD_AGENT:
		return open_socket(vm, VM_AGENT_SOCKET, err);
	case VM_FD_SERIAL:
		return vm_open_log(vm, "serial.log", err);
	case VM_FD_DISK:
		r = open_disk(vm, want->index, err);
		break;
	case VM_FD_TPM:
		return vm_side_tpm(vm, on_opened, err);
	case VM_FD_GLASS:
		r = vm_glass_open(vm, on_opened, err);
		break;
	case VM_FD_INPUT:
		r = vm_input_open(vm, want->index, on_opened, err);
		break;
	case VM_FD_SECRET:
	case VM_FD_URL_SECRET:
		r = open_secret(vm, want, err);
		break;
	case VM_FD_TAP:
		r = vm_network_open(vm, want->index, want->queue, on_opened, err);
		break;
	case VM_FD_VHOST:
		r = vm_network_open_vhost(vm, on_opened, err);
		break;
	case VM_FD_PASST:
		return vm_side_passt(vm, want->index, on_opened, err);
	case VM_FD_BACKING:
	case VM_FD_CDROM:
	case VM_FD_IMAGE:
		r = open_image(vm, want, err);
		break;
	}
	return r < 0 ? r : -EINPROGRESS;
}

void vm_open_next(struct vm *vm)
{
	struct vm_starting *s = vm->starting;
	struct err err;

	for (; s->step < s->plan.n_fds; s->step++) {
		int fd = open_one(vm, &s->plan.fds[s->step], &err);

		if (fd == -EINPROGRESS)
			return;
		if (fd < 0) {
			vm_start_fail(vm, &err);
			return;
		}
		s->fds[s->step] = fd;
	}
	s->log = vm_open_log(vm, "qemu.log", &err);
	if (s->log < 0)
		vm_start_fail(vm, &err);
	else
		vm_launch(vm);
}
