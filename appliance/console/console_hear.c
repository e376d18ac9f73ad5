/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says of VMs, and what a person wants to see. */
#include "console/console_impl.h"

#include "base/log.h"
#include "console/access.h"
#include "console/certificate.h"
#include "console/network.h"
#include "console/qemu.h"

#include <time.h>

void console_want(struct console *c, const char *name)
{
	free(c->wanted);
	c->wanted = name && name[0] ? xstrdup(name) : NULL;
	c->wants_front = name && !name[0];
}

static void on_vm(struct console *c, const struct console_message *m, int fd)
{
	struct console_vm *known = console_vms_find(&c->vms, m->vm);
	bool begins = !known || known->state == CONSOLE_VM_STOPPED;
	struct source *old;
	struct console_vm *vm = console_vms_tell(&c->vms, m, &old);
	struct err err;

	console_let_go(c, old);
	if (begins && c->daemon && m->state != CONSOLE_VM_STOPPED)
		console_want(c, NULL); /* what was begun last is what a person wants to see */
	if (fd < 0)
		return;
	vm->source = qemu_create(c->event, fd, &c->handler, &err);
	if (!vm->source)
		log_error(&err, "VM %s", vm->name);
	sd_event_now(c->event, CLOCK_MONOTONIC, &vm->since_us);
}

static void on_begun(struct console *c)
{
	struct console_vm *vm;

	c->daemon = true;
	while ((vm = console_vms_take_stale(&c->vms)) != NULL) {
		console_let_go(c, vm->source);
		console_vm_free(vm);
	}
}

void console_report(struct console *c)
{
	struct console_report report;

	network_report(access_network(c->access), &report);
	link_say(c->link, &report);
}

static void on_network(struct console *c, int fd)
{
	if (fd >= 0)
		network_listen(access_network(c->access), fd);
	else
		network_close(access_network(c->access));
}

static void on_web(struct console *c, int fd)
{
	struct network *network = access_network(c->access);
	const struct certificate *certificate = network_certificate(network);
	cleanup_free char *folder = xasprintf("%s/web", c->paths->data_dir);
	struct err err;

	if (fd < 0 || !certificate) {
		web_destroy(take_ptr(c->web));
		close_fd(&fd);
		return;
	}
	if (c->web) {
		web_listen(c->web, fd);
		return;
	}
	c->web = web_create(
	        c->event, network, fd, certificate->certificate, certificate->key, folder, &err);
	if (!c->web)
		log_error(&err, "%s", folder);
	else
		web_pause(c->web, c->resizing);
}

static void on_message(void *user, const struct console_message *m, int fd)
{
	struct console *c = user;

	switch ((enum console_kind)m->kind) {
	case CONSOLE_VM:
		on_vm(c, m, fd);
		break;
	case CONSOLE_SHOW:
		console_want(c, m->vm);
		break;
	case CONSOLE_BEGUN:
		on_begun(c);
		console_report(c);
		break;
	case CONSOLE_NETWORK:
		on_network(c, fd);
		return;
	case CONSOLE_WEB:
		on_web(c, fd);
		return;
	case CONSOLE_TICKET:
		network_ticket(access_network(c->access), m->ticket, m->expires);
		return;
	case CONSOLE_SOUND:
		sound_seat(c->sound, fd);
		break;
	}
	console_present(c);
}

/* Games go on without the daemon, and so do their pictures. The next one is to listen where this one did. */
static void on_lost(void *user)
{
	struct console *c = user;

	network_listen(access_network(c->access), -1);
	if (c->web)
		web_listen(c->web, -1);
	c->daemon = false;
	console_vms_set_stale(&c->vms);
	console_present(c);
}

const struct link_handler console_hearing = {.message = on_message, .lost = on_lost};
