/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/ports.h"

#include "base/log.h"
#include "bus/console_wire.h"
#include "console/chardev.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define ROOT       "/org/qemu/Display1"
#define CHARDEV    "org.qemu.Display1.Chardev"
#define MANAGER    "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define RETRY_US   100000u
#define TRIES_MOST 20u
#define PORTS_MOST (1u + CONSOLE_USB_MOST)

struct port {
	struct ports *ports;
	char *path;
	enum chardev_kind kind;
	bool private; /* no clipboard for it */
	bool open;    /* by the guest */
	struct chardev *chardev;
	sd_bus_slot *asked;
	sd_event_source *again;
	unsigned tries;
};

struct ports {
	sd_event *event;
	sd_bus *bus;
	void (*changed)(void *user);
	void *user;
	struct port list[PORTS_MOST];
	size_t n;
	SpiceServer *usb; /* whose viewers have USB channels, also those that are found later */
	sd_bus_slot *found, *told;
};

/* What is known of one object, as it is read. */
struct sight {
	const char *path, *name;
	int open;
};

/* --- registration --- */

static void connect_port(struct port *p);

static int on_again(sd_event_source *source, uint64_t usec, void *user)
{
	struct port *p = user;

	(void)source, (void)usec;
	p->again = sd_event_source_disable_unref(p->again);
	connect_port(p);
	return 0;
}

/* QEMU has one at a time, and may not have noticed yet that the last one is closed. */
static void try_later(struct port *p)
{
	if (!p->again && p->tries++ < TRIES_MOST)
		sd_event_add_time_relative(
		        p->ports->event, &p->again, CLOCK_MONOTONIC, RETRY_US, 0, on_again, p);
}

static int on_registered(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct port *p = user;

	(void)unused;
	p->asked = sd_bus_slot_unref(p->asked);
	if (sd_bus_message_is_method_error(m, NULL)) {
		try_later(p);
		return 0;
	}
	p->tries = 0;
	chardev_opened(p->chardev);
	return 0;
}

static void connect_port(struct port *p)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	cleanup_close int fd = chardev_connect(p->chardev);
	int r = fd < 0 ? fd
	               : sd_bus_message_new_method_call(
	                         p->ports->bus, &m, NULL, p->path, CHARDEV, "Register");

	p->asked = sd_bus_slot_unref(p->asked);
	r = r < 0 ? r : sd_bus_message_append(m, "h", fd);
	r = r < 0 ? r : sd_bus_call_async(p->ports->bus, &p->asked, m, on_registered, p, 0);
	if (r < 0)
		log_warning("QEMU: %s: %s", p->path, strerror(-r));
}

/* Never at once: it may come from within libspice, and again and again. */
static void on_wanted(void *user)
{
	try_later(user);
}

/* --- finding --- */

static bool is_agent(const struct sight *s)
{
	return streq(s->name, CONSOLE_AGENT_PORT) || streq(s->name, CONSOLE_AGENT_PORT_PRIVATE);
}

static size_t count(const struct ports *ports, enum chardev_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < ports->n; i++)
		n += ports->list[i].kind == kind;
	return n;
}

static void take_sight(struct ports *ports, const struct sight *s)
{
	bool agent = s->name && is_agent(s), usb = s->name && streq(s->name, CONSOLE_USB_PORT);
	enum chardev_kind kind = agent ? CHARDEV_AGENT : CHARDEV_USB;
	struct port *p = &ports->list[ports->n];

	if ((!agent && !usb) || count(ports, kind) >= (agent ? 1 : CONSOLE_USB_MOST))
		return;
	ports->n++;
	*p = (struct port){.ports = ports,
	        .path = xstrdup(s->path),
	        .kind = kind,
	        .private = streq(s->name, CONSOLE_AGENT_PORT_PRIVATE),
	        .open = s->open};
	p->chardev = chardev_create(ports->event, kind, &(struct chardev_handler){on_wanted, p});
	/* A guest's agent whose port leads nowhere tries again without rest: it leads here at all times. */
	if (agent)
		connect_port(p);
	else if (ports->usb)
		chardev_attach(p->chardev, ports->usb);
}

static int read_property(sd_bus_message *m, struct sight *s)
{
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r >= 0 && streq(name, "Name"))
		return sd_bus_message_read(m, "v", "s", &s->name);
	if (r >= 0 && streq(name, "FEOpened"))
		return sd_bus_message_read(m, "v", "b", &s->open);
	return r < 0 ? r : sd_bus_message_skip(m, "v");
}

static int read_properties(sd_bus_message *m, struct sight *s)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_property(m, s);
		r = r < 0 ? r : sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_interfaces(sd_bus_message *m, struct sight *s)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = streq(name, CHARDEV) ? read_properties(m, s)
			                         : sd_bus_message_skip(m, "a{sv}");
		r = r < 0 ? r : sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_objects(struct ports *ports, sd_bus_message *m)
{
	int r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
		struct sight s = {0};

		r = sd_bus_message_read(m, "o", &s.path);
		r = r < 0 ? r : read_interfaces(m, &s);
		r = r < 0 ? r : sd_bus_message_exit_container(m);
		if (r >= 0)
			take_sight(ports, &s);
	}
	return r;
}

static int on_found(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct ports *ports = user;

	(void)unused;
	if (sd_bus_message_is_method_error(m, NULL) || read_objects(ports, m) < 0)
		log_warning("QEMU: %s", MANAGER);
	if (ports->n)
		ports->changed(ports->user);
	return 0;
}

static int on_told(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	const char *path = sd_bus_message_get_path(m), *interface = "";
	struct ports *ports = user;

	(void)unused;
	if (sd_bus_message_read(m, "s", &interface) < 0 || !streq(interface, CHARDEV))
		return 0;
	for (size_t i = 0; i < ports->n; i++) {
		struct port *p = &ports->list[i];
		struct sight s = {.open = p->open};

		if (!path || !streq(p->path, path) || read_properties(m, &s) < 0)
			continue;
		p->open = s.open;
		ports->changed(ports->user);
		break;
	}
	return 0;
}

/* --- to viewers --- */

static const struct port *agent_of(const struct ports *ports)
{
	for (size_t i = 0; ports && i < ports->n; i++)
		if (ports->list[i].kind == CHARDEV_AGENT)
			return &ports->list[i];
	return NULL;
}

bool ports_have_agent(const struct ports *ports)
{
	const struct port *agent = agent_of(ports);

	return agent && agent->open;
}

bool ports_share_clipboard(const struct ports *ports)
{
	const struct port *agent = agent_of(ports);

	return agent && !agent->private;
}

static void give(struct ports *ports, enum chardev_kind kind, SpiceServer *server)
{
	for (size_t i = 0; i < ports->n; i++) {
		if (ports->list[i].kind != kind)
			continue;
		if (server)
			chardev_attach(ports->list[i].chardev, server);
		else
			chardev_detach(ports->list[i].chardev);
	}
}

void ports_give_agent(struct ports *ports, SpiceServer *server)
{
	give(ports, CHARDEV_AGENT, server);
}

void ports_give_usb(struct ports *ports, SpiceServer *server)
{
	ports->usb = server;
	give(ports, CHARDEV_USB, server);
}

/* --- life --- */

struct ports *ports_create(sd_event *event, sd_bus *bus, void (*changed)(void *user), void *user)
{
	struct ports *ports = xcalloc(1, sizeof(*ports));
	int r;

	*ports = (struct ports){.event = event, .bus = bus, .changed = changed, .user = user};
	r = sd_bus_match_signal(
	        bus, &ports->told, NULL, NULL, PROPERTIES, "PropertiesChanged", on_told, ports);
	r = r < 0 ? r
	          : sd_bus_call_method_async(bus, &ports->found, NULL, ROOT, MANAGER,
	                    "GetManagedObjects", on_found, ports, NULL);
	if (r < 0)
		log_warning("QEMU: %s: %s", MANAGER, strerror(-r));
	return ports;
}

void ports_destroy(struct ports *ports)
{
	if (!ports)
		return;
	sd_bus_slot_unref(ports->found);
	sd_bus_slot_unref(ports->told);
	for (size_t i = 0; i < ports->n; i++) {
		struct port *p = &ports->list[i];

		sd_bus_slot_unref(p->asked);
		chardev_detach(p->chardev);
		chardev_destroy(p->chardev);
		/* After the detaching, which may have asked for it. */
		sd_event_source_disable_unref(p->again);
		free(p->path);
	}
	free(ports);
}
