/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -drive, -blockdev, -netdev, -nic, -net and -object of QEMU. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_url.h"

#include <stdio.h>

struct qemu_backend *qemu_find(struct qemu *q, const char *id)
{
	for (size_t i = q->n_backends; i-- > 0;)
		if (streq(q->backends[i].id, id)) {
			q->backends[i].used = true;
			return &q->backends[i];
		}
	return NULL;
}

struct qemu_backend *qemu_add(struct qemu *q, const char *id, struct import_options *o)
{
	struct qemu_backend *b = list_append(q->backends, q->n_backends);

	*b = (struct qemu_backend){
	        xstrdup(id ? id : ""), xstrdup(q->d->what), q->d->line, *o, false};
	*o = (struct import_options){0};
	return b;
}

#define TUNING                                                                                  \
	"if index unit bus cache cache.direct cache.no-flush aio discard detect-zeroes werror " \
	"rerror iops "                                                                          \
	"auto-read-only driver file.driver media id node-name l2-cache-size cache-size "        \
	"reconnect-delay file.reconnect-delay server.type file.server.type transport "          \
	"file.transport password-secret file.password-secret key-secret file.key-secret"

void qemu_backend_rest(struct qemu *q, struct qemu_backend *b)
{
	import_options_skip(&b->o, TUNING);
	import_options_skip(&b->o,
	        "qom-type share prealloc mem-path merge dump host-nodes policy size type vhost "
	        "vhostfds script downscript ifname helper queues fd hostname");
	import_options_skip(&b->o, "hostfwd br");
	import_options_rest(&b->o, q->d, b->what);
}

/* --- disks --- */

void qemu_plain_disk(struct qemu *q, const char *path, const char *bus, bool cdrom)
{
	struct draft_disk *disk = draft_add_disk(q->d);

	disk->path = xstrdup(path);
	disk->bus = bus;
	disk->cdrom = cdrom;
}

static void take_flash(struct qemu *q, struct import_options *o)
{
	(void)o;
	q->d->uefi = true;
	draft_left(q->d, WHY_FIRMWARE);
}

static const char *bus_of(const char *interface)
{
	static const char *const same[] = {"virtio", "scsi", "ide", "floppy"};

	for (size_t i = 0; interface && i < ARRAY_SIZE(same); i++)
		if (streq(interface, same[i]))
			return same[i];
	return "ide"; /* that of most machines */
}

static void take_attached(struct qemu *q, struct import_options *o, const char *interface)
{
	const char *media = import_option(o, "media"), *file = import_option(o, "file");
	const char *serial = import_option(o, "serial"), *id = import_option(o, "id");
	struct draft_disk *disk = draft_add_disk(q->d);

	disk->path = file && *file ? xstrdup(file) : NULL;
	disk->url = import_url_of_options(o, &disk->why_no_url);
	disk->name = xstrdup(id);
	disk->format = xstrdup(import_option(o, "format"));
	disk->serial = xstrdup(serial);
	disk->bus = bus_of(interface);
	disk->cdrom = media && streq(media, "cdrom");
	disk->read_only = import_is_on(import_option(o, "readonly")) ||
	                  import_is_on(import_option(o, "read-only"));
	disk->dropped = import_is_on(import_option(o, "snapshot"));
	import_options_skip(o, TUNING);
	import_options_rest(o, q->d, "-drive");
}

void qemu_drive(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *interface, *id;

	import_options_split(&o, value, "file");
	interface = import_option(&o, "if");
	id = import_option(&o, "id");
	if (interface && streq(interface, "pflash"))
		take_flash(q, &o);
	else if (interface && streq(interface, "none"))
		qemu_add(q, id, &o);
	else
		take_attached(q, &o, interface);
}

void qemu_blockdev(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *id;

	import_options_split(&o, value, "driver");
	id = import_option(&o, "node-name");
	if (id && (strstr(id, "pflash") || strstr(id, "efidisk")))
		take_flash(q, &o);
	else
		qemu_add(q, id, &o);
}

/* --- networks --- */

/* "tcp:127.0.0.1:5555-:22" -> "tcp:127.0.0.1:5555:22" */
static void take_forward(struct draft_nic *nic, const char *rule)
{
	cleanup_strv struct strv from = {0}, to = {0};
	const char *dash = strchr(rule, '-');
	cleanup_free char *left = xstrndup(rule, dash ? (size_t)(dash - rule) : 0);
	bool udp = starts_with(rule, "udp");

	strv_split(&from, left, ":");
	strv_split(&to, dash ? dash + 1 : "", ":");
	if (from.n < 2 || from.n > 3 || !to.n) {
		nic->why = N_(
		        "a port that leads to the guest cannot be read: forward= is to be written");
		return;
	}
	if (from.n == 3)
		strv_addf(&nic->forward, "%s:%s:%s:%s", udp ? "udp" : "tcp", from.list[1],
		        from.list[2], to.list[to.n - 1]);
	else
		strv_addf(&nic->forward, "%s:%s:%s", udp ? "udp" : "tcp", from.list[1],
		        to.list[to.n - 1]);
}

void qemu_network_type(struct draft_nic *nic, const char *type, struct import_options *o)
{
	const char *bridge = import_option(o, "br");

	for (size_t i = 0; i < o->n; i++)
		if (streq(o->list[i].key, "hostfwd"))
			take_forward(nic, o->list[i].value);
	if (type && (streq(type, "user") || streq(type, "passt"))) {
		nic->type = "user";
		nic->passt = streq(type, "passt");
		if (import_option(o, "smb"))
			nic->why = WHY_SHARE;
	} else if (type && (streq(type, "bridge") || (streq(type, "tap") && bridge))) {
		nic->type = "bridge";
		free(nic->link);
		nic->link = xstrdup(bridge ? bridge : "br0"); /* QEMU's default */
	} else if (type && streq(type, "tap")) {
		nic->type = "user";
		nic->why = N_(
		        "a script gave it its network, so it reaches out by this PC's addresses; "
		        "type=bridge with link= makes it a neighbour");
	} else {
		nic->why = WHY_NOTHING;
	}
}

void qemu_netdev(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *id;

	import_options_split(&o, value, "type");
	id = import_option(&o, "id");
	qemu_add(q, id, &o);
}

void qemu_nic(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *type, *model, *mac;
	struct draft_nic *nic;

	import_options_split(&o, value, "type");
	type = import_option(&o, "type");
	if (type && streq(type, "none")) {
		q->no_network = true;
		return draft_carried(q->d, "[network] type=none");
	}
	q->has_network = true;
	model = import_option(&o, "model");
	mac = import_option(&o, "mac");
	nic = draft_add_nic(q->d);
	if (model)
		draft_nic_model(nic, model);
	nic->mac = xstrdup(mac);
	qemu_network_type(nic, type, &o);
}

/* -net nic is the card, and -net user what it is on; whichever comes first makes it. */
void qemu_net(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *type, *model, *mac;
	struct draft_nic *nic;

	import_options_split(&o, value, "type");
	type = import_option(&o, "type");
	if (type && streq(type, "none")) {
		q->no_network = true;
		return draft_carried(q->d, "[network] type=none");
	}
	q->has_network = true;
	nic = q->d->n_nics ? &q->d->nics[0] : draft_add_nic(q->d);
	if (!type || !streq(type, "nic"))
		return qemu_network_type(nic, type, &o);
	if (!nic->type && !nic->why)
		nic->type = "user";
	model = import_option(&o, "model");
	mac = import_option(&o, "macaddr");
	if (model)
		draft_nic_model(nic, model);
	if (mac && !nic->mac)
		nic->mac = xstrdup(mac);
}

/* --- objects --- */

static void take_evdev(struct qemu *q, struct import_options *o)
{
	const char *path = import_option(o, "evdev"), *repeat = import_option(o, "repeat");
	const char *toggle = import_option(o, "grab-toggle");
	struct draft_input *input;

	if (!path)
		return draft_lost(q->d, WHY_UNKNOWN);
	input = draft_add_input(q->d);
	input->path = xstrdup(path);
	input->toggle = xstrdup(toggle);
	input->no_repeat = repeat && !import_is_on(repeat) && ends_with(path, "-event-kbd");
}

static void take_memory(struct qemu *q, struct import_options *o)
{
	const char *id = import_option(o, "id"), *path = import_option(o, "mem-path");

	if (path && strstr(path, "huge"))
		draft_set(q->d, "memory", "hugepages", strstr(path, "1G") ? "1G" : "2M");
	qemu_add(q, id, o)->used =
	        !path || !(starts_with(path, "/dev/shm") || starts_with(path, "/dev/kvmfr"));
}

void qemu_object(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *type;

	import_options_split(&o, value, "qom-type");
	type = import_option(&o, "qom-type");
	if (type && streq(type, "input-linux"))
		take_evdev(q, &o);
	else if (type && starts_with(type, "memory-backend-"))
		take_memory(q, &o);
	else if (type && streq(type, "secret"))
		draft_lost(q->d,
		        N_("no secret is taken over: passphrase-file= or secret-file= names a file "
		           "with one"));
	else if (type && (streq(type, "iothread") || starts_with(type, "rng-")))
		draft_left(q->d, WHY_TUNED);
	else
		draft_lost(q->d, WHY_UNKNOWN);
}
