/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that show USB devices: usb list, usb show. */
#include "base/codes.h"
#include "base/i18n.h"
#include "cli.h"
#include "cli_usb.h"

#include <errno.h>

/* A daemon of before has no UsbPorts: then nothing is known of sockets. */
static json_t *take_ports(struct cli *cli)
{
	struct err ignored;

	return cli_call_json(cli, "UsbPorts", NULL, &ignored);
}

static int print_list_json(const json_t *devices, const json_t *ports)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	json_object_set(document, "devices", (json_t *)devices);
	json_object_update(document, (json_t *)ports);
	cli_print_json(document);
	return 0;
}

int command_usb_list(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *devices = cli_call_json(cli, "UsbList", NULL, err);
	cleanup(json_decrefp) json_t *ports = devices ? take_ports(cli) : NULL;
	struct page page;

	if (!devices || (cli->why && cli_usb_why(cli, devices, err) < 0))
		return err->number;
	if (cli->json)
		return print_list_json(devices, ports);
	if (cli->why)
		return 0;
	cli_page(&page);
	usb_tree_print(&page, devices, ports, cli->all);
	return 0;
}

/* As attach finds it: by sysname, socket, or identity where that is one device only. */
static bool is_called(const json_t *device, const char *what)
{
	static const char *const keys[] = {"sysname", "port", "id"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = json_string_value(json_object_get(device, keys[i]));

		if (text && strcasecmp(text, what) == 0)
			return true;
	}
	return false;
}

static const json_t *choose(const json_t *devices, const char *what, struct err *err)
{
	const json_t *device, *found = NULL;
	size_t i;

	json_array_foreach (devices, i, device) {
		if (!is_called(device, what))
			continue;
		if (found) {
			cleanup_free char *one = cli_member(found, "sysname");
			cleanup_free char *two = cli_member(device, "sysname");

			err_set(err, -ENOTUNIQ, _("\"%s\" is more than one USB device: %s and %s"),
			        what, one, two);
			err_hint(err, _("name it by one of these"));
			return NULL;
		}
		found = device;
	}
	if (found)
		return found;
	err_set(err, -ENOENT, _("there is no USB device \"%s\" (/sys/bus/usb/devices)"), what);
	err_code(err, CODE_USB_ABSENT);
	err_hint(err, _("see: playthrough usb list"));
	return NULL;
}

static const json_t *socket_of(const json_t *ports, const json_t *device)
{
	const char *port = json_string_value(json_object_get(device, "port"));
	const json_t *socket;
	size_t i;

	json_array_foreach (json_object_get(ports, "ports"), i, socket) {
		const char *name = json_string_value(json_object_get(socket, "port"));

		if (port && name && streq(port, name))
			return socket;
	}
	return NULL;
}

static int print_show_json(const json_t *device, const json_t *socket, const json_t *descriptors)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	json_object_set(document, "device", (json_t *)device);
	json_object_set(document, "socket", socket ? (json_t *)socket : json_null());
	json_object_set(document, "descriptors", descriptors ? (json_t *)descriptors : json_null());
	cli_print_json(document);
	return 0;
}

static unsigned number_of(const json_t *device, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(device, key));

	return n > 0 && n < 1000 ? (unsigned)n : 0;
}

int command_usb_show(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *devices = cli_call_json(cli, "UsbList", NULL, err);
	cleanup(json_decrefp) json_t *ports = devices ? take_ports(cli) : NULL;
	cleanup(json_decrefp) json_t *descriptors = NULL;
	const json_t *device = devices ? choose(devices, cli->args[0], err) : NULL, *socket;
	struct err why = {0};
	struct page page;

	if (!device)
		return err->number;
	descriptors = usb_descriptors_json(
	        number_of(device, "busnum"), number_of(device, "devnum"), &why);
	socket = socket_of(ports, device);
	if (cli->json)
		return print_show_json(device, socket, descriptors);
	cli_page(&page);
	usb_page_print(&page, device, socket, descriptors, &why);
	return 0;
}
