/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/hands_off_facts.h"

#include "host/input.h"

/* A Bluetooth keyboard may go with its adapter: it does not count. */
static bool has_other_keyboard(const struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++) {
		if (inputs->list[i].keyboard && !inputs->list[i].bluetooth)
			return true;
	}
	return false;
}

/* "5" of "usb1-port5", a port of the controller's own. NULL: no such half, or one of a hub. */
static const char *chain_of(struct strv *chains, const struct usb_half *half)
{
	const char *port = half->name ? strstr(half->name, "-port") : NULL;

	if (!port || !starts_with(half->name, "usb"))
		return NULL;
	strv_add(chains, port + strlen("-port"));
	return chains->list[chains->n - 1];
}

static void take_ports(const struct root *root, struct usb_hands_off_facts *out)
{
	usb_sockets_take(root, &out->usb, &out->sockets);
	for (size_t i = 0; i < out->sockets.n; i++) {
		const struct usb_socket *s = &out->sockets.list[i];
		const struct usb_hands_off_port port = {.port = s->port,
		        .usb2 = chain_of(&out->chains, &s->usb2),
		        .usb3 = chain_of(&out->chains, &s->usb3)};

		if (port.usb2 || port.usb3)
			*list_append(out->ports, out->w.n_ports) = port;
	}
	out->w.ports = out->ports;
}

int usb_hands_off_facts_take(
        const struct root *root, struct usb_hands_off_facts *out, struct err *err)
{
	struct inputs inputs = {0};
	int r;

	*out = (struct usb_hands_off_facts){0};
	r = usb_take(root, &out->usb, err);
	if (r < 0)
		return r;
	/* It completes what USB says of keyboards; where it cannot be read, that has to do. */
	inputs_take(root, &out->usb, &inputs, NULL);
	out->w = (struct usb_hands_off){
	        .usb = &out->usb, .other_keyboard = has_other_keyboard(&inputs)};
	inputs_finish(&inputs);
	take_ports(root, out);
	return 0;
}

void usb_hands_off_facts_finish(struct usb_hands_off_facts *facts)
{
	usb_finish(&facts->usb);
	usb_sockets_finish(&facts->sockets);
	free(facts->ports);
	strv_finish(&facts->chains);
}
