/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What viewers of the console may have of a VM beside its screen: a way to the agent in the guest, and USB channels.
 *
 * They are QEMU's D-Bus character devices, reached over the display's connection. The agent's port itself comes and goes
 * with the console (vm_display.c): spice-vdagentd reopens one that leads nowhere again and again, without a pause.
 */
#include "bus/console_wire.h"
#include "vm/plan/plan_parts.h"
#include "vm/plan/usb_options.h"

#include <stdio.h>

static void add_agent(const struct planning *p)
{
	struct strv *args = &p->plan->args;

	args_option(args, "-chardev", "dbus,id=agent,name=%s",
	        p->profile->clipboard ? CONSOLE_AGENT_PORT : CONSOLE_AGENT_PORT_PRIVATE);
	args_option(args, "-device", "virtio-serial-pci,id=%s,bus=pcie.0,addr=%02x.0",
	        ARGS_AGENT_BUS, SLOT_AGENT);
}

/* From the last port down: those of the host's sockets stay where they are. */
static void add_channel(const struct planning *p, unsigned i)
{
	struct strv *args = &p->plan->args;

	args_option(args, "-chardev", "dbus,id=redir%u,name=%s", i, CONSOLE_USB_PORT);
	args_option(args, "-device", "usb-redir,id=redirected%u,chardev=redir%u,bus=%s,port=%u", i,
	        i, VM_USB_BUS, USB_GUEST_PORTS - i);
}

void args_console(const struct planning *p)
{
	if (!p->plan->display_path)
		return;
	p->plan->console_ports = true;
	p->plan->usb_channels = p->profile->usb_channels;
	add_agent(p);
	for (unsigned i = 0; i < p->plan->usb_channels; i++)
		add_channel(p, i);
}

static bool is_channel(const char *value)
{
	return starts_with(value, "dbus,id=redir") || starts_with(value, "usb-redir,");
}

static bool is_agent(const char *value)
{
	return starts_with(value, "dbus,id=agent,") ||
	       starts_with(value, "virtio-serial-pci,id=" ARGS_AGENT_BUS ",");
}

void args_console_out(struct vm_plan *plan, bool agent_too)
{
	struct strv *args = &plan->args;
	size_t to = 0;

	for (size_t i = 0; i < args->n; i++) {
		const char *value = i + 1 < args->n ? args->list[i + 1] : "";
		bool out = args->list[i][0] == '-' &&
		           (is_channel(value) || (agent_too && is_agent(value)));

		if (out) {
			free(args->list[i++]);
			free(args->list[i]);
		} else {
			args->list[to++] = args->list[i];
		}
	}
	args->n = to;
	args->list[to] = NULL;
	plan->usb_channels = 0;
	plan->console_ports &= !agent_too;
}
