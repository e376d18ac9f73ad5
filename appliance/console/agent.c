/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/agent.h"

#include <errno.h>

struct agent {
	SpiceCharDeviceInstance device; /* first: libspice's calls bring only this */
	SpiceServer *server;
	struct agent_talk talk;
	struct agent_talk_handler handler;
	bool attached;
};

/* Whatever there is to be said now. */
static void speak(struct agent *a)
{
	if (a->attached && a->talk.n_out)
		spice_server_char_device_wakeup(&a->device);
}

static int on_write(SpiceCharDeviceInstance *device, const uint8_t *bytes, int n)
{
	struct agent *a = (struct agent *)device;

	if (n > 0)
		agent_talk_hear(&a->talk, bytes, (size_t)n, &a->handler);
	speak(a);
	return n;
}

static int on_read(SpiceCharDeviceInstance *device, uint8_t *bytes, int room)
{
	struct agent *a = (struct agent *)device;

	return room > 0 ? (int)agent_talk_take(&a->talk, bytes, (size_t)room) : 0;
}

/* Another viewer begins anew. */
static void on_state(SpiceCharDeviceInstance *device, int connected)
{
	(void)connected;
	agent_talk_reset(&((struct agent *)device)->talk);
}

static const SpiceCharDeviceInterface interface = {
        .base = {SPICE_INTERFACE_CHAR_DEVICE, "playthrough", SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
                SPICE_INTERFACE_CHAR_DEVICE_MINOR},
        .state = on_state,
        .write = on_write,
        .read = on_read,
};

struct agent *agent_create(SpiceServer *server, const struct agent_talk_handler *handler)
{
	struct agent *a = xcalloc(1, sizeof(*a));

	*a = (struct agent){.server = server, .handler = *handler};
	a->device.base.sif = &interface.base;
	a->device.subtype = "vdagent";
	return a;
}

void agent_destroy(struct agent *a)
{
	if (!a)
		return;
	agent_talk_finish(&a->talk);
	free(a);
}

/* Viewers learn what an agent can do when it comes: with or without a clipboard, it comes anew. */
int agent_attach(struct agent *a, bool clipboard, struct err *err)
{
	agent_detach(a);
	a->talk.clipboard = clipboard;
	if (spice_server_add_interface(a->server, &a->device.base) != 0)
		return err_set(err, -EIO, "libspice: vdagent");
	a->attached = true;
	return 0;
}

void agent_detach(struct agent *a)
{
	if (!a->attached)
		return;
	a->attached = false;
	spice_server_remove_interface(&a->device.base);
	agent_talk_reset(&a->talk);
}

bool agent_is_attached(const struct agent *a, bool clipboard)
{
	return a->attached && a->talk.clipboard == clipboard;
}

void agent_copied(struct agent *a, const char *text, size_t n)
{
	agent_talk_offer(&a->talk, text, n);
	speak(a);
}

void agent_paste(struct agent *a)
{
	agent_talk_ask(&a->talk, &a->handler);
	speak(a);
}
