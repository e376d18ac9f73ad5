/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb_port.h"

#include "base/usb_port.h"
#include "host/attr.h"

#include <stdio.h>

#define DEVICES "/sys/bus/usb/devices"

/* --- names --- */

/* The folder with the ports of a hub, of "1-5" or "usb1"; caller frees. */
static char *ports_folder(const char *hub)
{
	if (starts_with(hub, "usb"))
		return xasprintf(DEVICES "/%s/%s-0:1.0", hub, hub + strlen("usb"));
	return xasprintf(DEVICES "/%s/%s:1.0", hub, hub);
}

/* The folder of the port that "2-3.1" sits in; caller frees. */
static char *port_folder(const char *sysname)
{
	const char *dot = strrchr(sysname, '.');
	const char *end = dot ? dot : strchr(sysname, '-');
	cleanup_free char *hub =
	        xasprintf("%s%.*s", dot ? "" : "usb", (int)(end - sysname), sysname);
	cleanup_free char *folder = ports_folder(hub);

	return xasprintf("%s/%s-port%s", folder, hub, end + 1);
}

/* Of "usb1-port5" or "1-5.2-port1" the name a device in it has: "1-5", "1-5.2.1"; caller frees. NULL: no port. */
static char *device_of_port(const char *port)
{
	const char *number = strstr(port, "-port"), *chain;
	bool on_root = starts_with(port, "usb");
	char *device;

	if (!number || (!on_root && strchr(port, '-') == number))
		return NULL;
	port += on_root ? strlen("usb") : 0;
	device = xasprintf("%.*s%s%s", (int)(number - port), port, on_root ? "-" : ".",
	        number + strlen("-port"));
	chain = strchr(device, '-') + 1;
	if (usb_port_is_chain(chain) && !starts_with(chain, "ss"))
		return device;
	free(device);
	return NULL;
}

/* --- the socket of a device --- */

/* The chain of the other half of the port that @sysname sits in; caller frees. NULL: it has none. */
static char *peer_chain(const struct root *root, const char *sysname)
{
	cleanup_free char *folder = port_folder(sysname), *link = xasprintf("%s/peer", folder);
	cleanup_free char *peer = root_link_name(root, link);
	cleanup_free char *device = peer ? device_of_port(peer) : NULL;

	return device ? xstrdup(strchr(device, '-') + 1) : NULL;
}

/*
 * From the device up to the root hub: the first port with a USB 2 half gives the socket's name, and what lies behind
 * is counted on from there. A hub may have lost its USB 2 half, or never had one.
 */
char *usb_socket_chain(const struct root *root, const char *sysname, bool superspeed)
{
	cleanup_free char *at = xstrdup(sysname), *folder = NULL;
	const char *own = strchr(sysname, '-') + 1;

	if (!superspeed || !usb_port_is_chain(own))
		return xstrdup(own);
	for (char *dot = at; dot;) {
		cleanup_free char *chain = peer_chain(root, at);

		if (chain)
			return xasprintf("%s%s", chain, sysname + strlen(at));
		dot = strrchr(at, '.');
		if (dot)
			*dot = '\0';
	}
	folder = port_folder(at);
	/* Without such folders (old kernels and captures) nothing is known of other halves. */
	return xasprintf("%s%s", root_exists(root, folder) ? "ss" : "", own);
}

/* --- all sockets --- */

static const char *const connects[] = {
        [USB_CONNECT_UNKNOWN] = "unknown",
        [USB_CONNECT_HOTPLUG] = "hotplug",
        [USB_CONNECT_HARDWIRED] = "hardwired",
        [USB_CONNECT_NOT_USED] = "not used",
};

const char *usb_connect_name(enum usb_connect connect)
{
	return connects[connect];
}

static enum usb_connect take_connect(const struct root *root, const char *folder)
{
	cleanup_free char *text = attr_text(root, "%s/connect_type", folder);

	for (size_t i = 0; text && i < ARRAY_SIZE(connects); i++) {
		if (streq(text, connects[i]))
			return (enum usb_connect)i;
	}
	return USB_CONNECT_UNKNOWN;
}

static void take_port(const struct root *root, const struct usb_device *hub, const char *name,
        struct usb_sockets *out)
{
	cleanup_free char *device = device_of_port(name), *ports = ports_folder(hub->sysname);
	cleanup_free char *folder = xasprintf("%s/%s", ports, name), *chain = NULL;
	cleanup_free char *link = xasprintf("%s/device", folder);
	size_t controller = strcspn(hub->port, "/");
	struct usb_socket *s;
	struct usb_half *half;

	if (!device)
		return;
	chain = usb_socket_chain(root, device, hub->superspeed);
	s = list_append(out->list, out->n);
	s->port = xasprintf("%.*s/%s", (int)controller, hub->port, chain);
	s->has_controller = hub->has_controller;
	s->controller = hub->controller;
	s->connect = take_connect(root, folder);
	s->over_current =
	        (unsigned)attr_u64(root, 10, UINT32_MAX, 0, "%s/over_current_count", folder);
	half = hub->superspeed ? &s->usb3 : &s->usb2;
	half->name = text_clean(xstrdup(name));
	half->device = root_link_name(root, link);
	if (half->device)
		text_clean(half->device);
}

static void take_ports(
        const struct root *root, const struct usb_device *hub, struct usb_sockets *out)
{
	cleanup_free char *folder = ports_folder(hub->sysname);
	cleanup_free char *prefix = xasprintf("%s-port", hub->sysname);
	struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		if (is_numbered(*name, prefix))
			take_port(root, hub, *name, out);
	}
	strv_finish(&names);
}

/* The USB 2 half first. */
static int compare(const void *a, const void *b)
{
	const struct usb_socket *x = a, *y = b;
	int order = strverscmp(x->port, y->port);

	return order ? order : !x->usb2.name - !y->usb2.name;
}

static void socket_finish(struct usb_socket *s)
{
	struct usb_half *const halves[] = {&s->usb2, &s->usb3};

	free(s->port);
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		free(halves[i]->name);
		free(halves[i]->device);
	}
}

/* Takes the other half out of @other, which then is nothing any more. Firmware may describe one half only. */
static void join(struct usb_socket *s, struct usb_socket *other)
{
	s->usb3 = other->usb3;
	other->usb3 = (struct usb_half){0};
	s->over_current += other->over_current;
	if (s->connect == USB_CONNECT_UNKNOWN)
		s->connect = other->connect;
	socket_finish(other);
}

static void join_halves(struct usb_sockets *out)
{
	size_t n = 0;

	for (size_t i = 0; i < out->n; i++) {
		struct usb_socket *last = n ? &out->list[n - 1] : NULL, *s = &out->list[i];

		if (last && !last->usb3.name && !s->usb2.name && streq(last->port, s->port))
			join(last, s);
		else
			out->list[n++] = *s;
	}
	out->n = n;
}

void usb_sockets_take(const struct root *root, const struct usb *usb, struct usb_sockets *out)
{
	*out = (struct usb_sockets){0};
	for (size_t i = 0; i < usb->n; i++) {
		if (usb->list[i].hub)
			take_ports(root, &usb->list[i], out);
	}
	if (out->n)
		qsort(out->list, out->n, sizeof(*out->list), compare);
	join_halves(out);
}

void usb_sockets_finish(struct usb_sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		socket_finish(&sockets->list[i]);
	free(sockets->list);
	*sockets = (struct usb_sockets){0};
}
