/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What VMs look like from outside: JSON for the bus, and the guest's console. */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/told.h"
#include "host/usb_names.h"
#include "profile/keys.h"
#include "profile/meaning.h"
#include "vm/usb/json.h"
#include "vm/vm_places.h"
#include "vm/vm_usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_TAIL ((off_t)65536)

static json_t *text_or_null(const char *text)
{
	json_t *s = text ? json_string(text) : NULL;

	return s ? s : json_null();
}

static json_t *gpus_json(const struct profile *profile)
{
	json_t *all = json_array();

	for (size_t i = 0; i < profile->n_pci; i++) {
		if (profile->pci[i].kind == PROFILE_PCI_GPU)
			json_array_append_new(
			        all, json_string(pci_addr_format(profile->pci[i].address).s));
	}
	return all;
}

/* "max" is known once it runs. */
static uint64_t memory_of(const struct vm *vm, const struct profile *profile)
{
	if (profile->memory_bytes != PROFILE_MEMORY_MAX)
		return profile->memory_bytes;
	return vm && vm->state != VM_STOPPED ? vm->journal.memory_bytes : 0;
}

/* What the VM is made of, as its profile says: a person tells games apart by it. */
static json_t *hardware_json(const struct vm *vm, const struct profile *profile)
{
	const struct key *guest = key_find(key_section_find("vm", NULL), "guest", NULL);
	cleanup_free char *word = key_format(guest, profile);

	return json_pack("{s:s?, s:i, s:I, s:o, s:i, s:b}", "guest", word, "cpus",
	        (int)profile->cpus, "memory", (json_int_t)memory_of(vm, profile), "gpus",
	        gpus_json(profile), "disks", (int)profile->n_disks, "sound",
	        profile_sound_card(profile) != PROFILE_SOUND_NONE);
}

/* Whoever reads it speaks another language than who was there, perhaps. */
static json_t *last_end_json(const struct vm *vm)
{
	struct err end, lost;

	if (!vm || !vm->end_usec)
		return json_null();
	err_now(&vm->end, &end);
	err_now(&vm->lost, &lost);
	return json_pack("{s:I, s:s?, s:s?}", "when", (json_int_t)(vm->end_usec / 1000000),
	        "reason", end.number ? end.message : NULL, "lost",
	        lost.number ? lost.message : NULL);
}

/* Beside the state, whose words stay: a VM that is paused runs. */
static void add_pause(json_t *entry, const struct vm *vm)
{
	static const struct err none;
	bool on = vm && vm->state != VM_STOPPED && vm->pause.on;
	struct err now;
	const struct err *why = &now;

	err_now(on ? &vm->pause.why : &none, &now);
	json_object_set_new(entry, "paused", json_boolean(on));
	json_object_set_new(
	        entry, "pause_reason", text_or_null(*why->message ? why->message : NULL));
	json_object_set_new(entry, "pause_hint", text_or_null(*why->hint ? why->hint : NULL));
	json_object_set_new(entry, "pause_code", text_or_null(*why->code ? why->code : NULL));
}

/* What the guest itself is about. */
static void add_guest(json_t *entry, const struct vm *vm)
{
	static const struct err none;
	bool lives = vm && vm->state != VM_STOPPED;
	struct err now;

	err_now(lives ? &vm->trouble : &none, &now);
	json_object_set_new(entry, "asleep", json_boolean(lives && vm->asleep));
	json_object_set_new(entry, "trouble", text_or_null(*now.message ? now.message : NULL));
}

/* What is done, or was, about a VM that has died (restart-on-failure=). */
static void add_recovery(json_t *entry, const struct vm *vm)
{
	static const struct err none;
	struct err now;

	err_now(vm ? &vm->recover.told : &none, &now);
	json_object_set_new(entry, "recovery", text_or_null(*now.message ? now.message : NULL));
	json_object_set_new(
	        entry, "restarts", json_integer(vm ? (json_int_t)vm->recover.series.tries : 0));
}

static json_t *list_entry(struct vms *vms, const char *name)
{
	const struct vm *vm = vms_find(vms, name);
	struct profile profile;
	struct err err;
	json_t *entry = json_pack(
	        "{s:s, s:s}", "name", name, "state", vm_state_name(vm ? vm->state : VM_STOPPED));

	if (vm && vm->state != VM_STOPPED)
		json_object_set_new(
		        entry, "since", json_integer((json_int_t)(vm->journal.since / 1000000)));
	add_pause(entry, vm);
	add_guest(entry, vm);
	add_recovery(entry, vm);
	json_object_set_new(entry, "last_end", last_end_json(vm));
	if (profile_find(vms->env.profile_folders, name, &profile, &err) == 0) {
		json_object_set_new(
		        entry, "title", text_or_null(profile.title ? profile.title : profile.name));
		json_object_set_new(entry, "file", text_or_null(profile.file));
		json_object_set_new(entry, "error", json_null());
		json_object_set_new(entry, "hardware", hardware_json(vm, &profile));
		profile_finish(&profile);
		return entry;
	}
	json_object_set_new(entry, "title", text_or_null(vm ? vm->journal.title : NULL));
	json_object_set_new(entry, "file", json_null());
	json_object_set_new(entry, "error", text_or_null(err.message));
	return entry;
}

json_t *vms_list_json(struct vms *vms)
{
	cleanup_strv struct strv names = {0};
	json_t *all = json_array();

	profile_list(vms->env.profile_folders, &names, NULL);
	/* One that runs is shown even when its profile was deleted meanwhile. */
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state != VM_STOPPED && !strv_has(&names, vm->name))
			strv_add(&names, vm->name);
	}
	strv_foreach (name, &names)
		json_array_append_new(all, list_entry(vms, *name));
	return all;
}

static json_t *devices_json(const struct vm *vm)
{
	json_t *all = json_array();

	for (size_t i = 0; i < vm->journal.n_pci; i++) {
		const struct journal_pci *p = &vm->journal.pci[i];
		char id[16];

		snprintf(id, sizeof(id), "%04x:%04x", p->vendor, p->device);
		json_array_append_new(
		        all, json_pack("{s:s, s:s, s:s?, s:i, s:b, s:s?, s:b}", "address",
		                     pci_addr_format(p->addr).s, "id", id, "name", p->name, "group",
		                     p->group, "passed", p->pass, "previous_driver", p->previous,
		                     "bound_since_boot", p->home));
	}
	return all;
}

/* What it has of functions that stay with this PC. */
static json_t *parts_json(const struct vm *vm)
{
	json_t *all = json_array();

	for (size_t i = 0; i < vm->journal.n_shares; i++) {
		const struct journal_share *s = &vm->journal.shares[i];
		cleanup_free char *number =
		        s->kind == VM_SHARE_VIRTUAL ? xasprintf("virtfn%u", s->vf) : NULL;

		json_array_append_new(all,
		        json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:i}", "parent",
		                pci_addr_format(s->parent).s, "function", number, "type", s->type,
		                "uuid", s->uuid, "mac", s->mac, "vlan", (int)s->vlan));
	}
	return all;
}

static json_t *disks_json(const struct vm *vm)
{
	json_t *all = json_array();

	for (size_t i = 0; i < vm->journal.n_disks; i++) {
		const struct journal_disk *d = &vm->journal.disks[i];

		json_array_append_new(all, json_pack("{s:s?, s:s?, s:b}", "name", d->name, "device",
		                                   d->device, "writable", d->writable));
	}
	return all;
}

static json_t *usb_json(const struct vm *vm)
{
	json_t *all = json_array();

	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];
		char id[16];

		snprintf(id, sizeof(id), "%04x:%04x", u->vendor, u->product);
		json_array_append_new(
		        all, json_pack("{s:s, s:s?, s:s, s:s?}", "sysname", u->sysname, "port",
		                     u->port, "id", id, "product", u->label));
	}
	return all;
}

/* The ports of this PC that lead to it while it runs. */
static json_t *forwards_json(const struct vm *vm)
{
	cleanup(forwards_finish) struct forwards forwards = {0};
	json_t *all = json_array();

	if (vm->state != VM_STOPPED)
		forwards_parse(vm->journal.forward, &forwards, NULL);
	for (size_t i = 0; i < forwards.n; i++) {
		const struct forward *f = &forwards.list[i];

		json_array_append_new(all,
		        json_pack("{s:s?, s:s, s:s, s:i, s:i, s:i}", "service", f->service,
		                "protocol", f->udp ? "udp" : "tcp", "address", f->address, "port",
		                (int)f->port, "guest_port", (int)f->guest, "count", (int)f->count));
	}
	return all;
}

static json_t *quarantine_json(const struct vms *vms)
{
	json_t *all = json_array();

	for (size_t i = 0; i < vms->n_quarantine; i++) {
		const struct vm_quarantine *q = &vms->quarantine[i];
		cleanup_free char *reason = told_now(q->reason);

		json_array_append_new(
		        all, json_pack("{s:s, s:s?, s:s}", "address", pci_addr_format(q->addr).s,
		                     "previous_driver", q->previous, "reason", reason));
	}
	return all;
}

static json_t *running_json(const struct vm *vm)
{
	const struct journal *j = &vm->journal;

	return json_pack("{s:i, s:s?, s:I, s:b, s:s?}", "pid", (int)j->pid, "unit", j->unit,
	        "since", (json_int_t)(j->since / 1000000), "test_drive", j->test_drive, "nonce",
	        j->nonce[0] ? j->nonce : NULL);
}

/* Whoever looks twice knows from the times between which two moments the processors were used. */
static void add_usage(json_t *status, const struct vm *vm)
{
	const struct journal *j = &vm->journal;
	json_t *places = vm_places_json(&vm->vms->root, j->pid);
	struct vm_usage usage;

	if (places)
		json_object_set_new(status, "processors", places);
	json_object_set_new(status, "kept_processors", text_or_null(j->kept_processors));
	json_object_set_new(status, "kept_note", text_or_null(vm->isolation.why));

	if (!vm_usage_take(&vm->vms->root, j->pid, j->pid_start, j->unit, &usage))
		return;
	json_object_set_new(status, "cpu_usec", json_integer((json_int_t)usage.cpu_usec));
	json_object_set_new(status, "memory_bytes", json_integer((json_int_t)usage.memory_bytes));
	json_object_set_new(status, "at_usec", json_integer((json_int_t)usage.at_usec));
}

/* What of this PC it shares, and has not given back. */
static void add_shared(json_t *status, const struct vm *vm)
{
	const struct journal *j = &vm->journal;
	json_t *inputs = json_array();

	for (size_t i = 0; i < j->n_inputs; i++)
		if (!j->inputs[i].returned)
			json_array_append_new(inputs, json_string(j->inputs[i].name));
	json_object_set_new(status, "shared_inputs", inputs);
	json_object_set_new(status, "looking_glass", text_or_null(j->glass));
}

json_t *vms_status_json(struct vms *vms, const char *name, struct err *err)
{
	static const struct vm nothing;
	const struct vm *vm = vms_find(vms, name);
	struct profile profile;
	json_t *all, *running;

	/* A profile that was broken while its VM runs is no reason to show nothing. */
	if (!vm || vm->state == VM_STOPPED) {
		if (profile_find(vms->env.profile_folders, name, &profile, err) < 0)
			return NULL;
		profile_finish(&profile);
	}
	all = list_entry(vms, name);
	if (vm && vm->state != VM_STOPPED) {
		running = running_json(vm);
		json_object_update(all, running);
		json_decref(running);
		add_usage(all, vm);
		add_shared(all, vm);
	}
	if (vm && *vm->qemu_version)
		json_object_set_new(all, "qemu", json_string(vm->qemu_version));
	json_object_set_new(all, "devices", devices_json(vm ? vm : &nothing));
	json_object_set_new(all, "parts", parts_json(vm ? vm : &nothing));
	json_object_set_new(all, "disks", disks_json(vm ? vm : &nothing));
	json_object_set_new(all, "cdroms", vm_cdroms_json(vm ? vm : &nothing));
	json_object_set_new(all, "usb", usb_json(vm ? vm : &nothing));
	json_object_set_new(all, "forwards", forwards_json(vm ? vm : &nothing));
	json_object_set_new(all, "networks", vm_networks_json(vm ? vm : &nothing));
	json_object_set_new(all, "quarantined", quarantine_json(vms));
	return all;
}

json_t *vms_usb_json(struct vms *vms)
{
	cleanup(host_finish) struct host host = {0};
	json_t *all = json_array();

	if (host_take_usb(&vms->root, true, &host, NULL) < 0)
		return all;
	usb_names_fill(&host.usb);
	for (size_t i = 0; i < host.usb.n; i++) {
		const struct usb_device *d = &host.usb.list[i];
		const struct vm *holder = usb_holder(vms, d);

		json_array_append_new(all, usb_json_device(&host, d, holder ? holder->name : NULL));
	}
	return all;
}

json_t *vms_usb_ports_json(struct vms *vms)
{
	cleanup(host_finish) struct host host = {0};
	struct usb_sockets sockets;
	json_t *all;

	usb_take(&vms->root, &host.usb, NULL);
	pci_take(&vms->root, &host.pci, NULL);
	usb_sockets_take(&vms->root, &host.usb, &sockets);
	all = usb_json_ports(&host, &sockets);
	usb_sockets_finish(&sockets);
	return all;
}

static char *read_tail(int fd)
{
	struct stat st;
	char *text = xcalloc(1, (size_t)LOG_TAIL + 1);
	ssize_t n = -1;

	if (fstat(fd, &st) == 0)
		n = pread(fd, text, (size_t)LOG_TAIL,
		        st.st_size > LOG_TAIL ? st.st_size - LOG_TAIL : 0);
	for (ssize_t i = 0; i < n; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

char *vms_log(struct vms *vms, const char *name, struct err *err)
{
	cleanup_free char *file = xasprintf("%s/vm/%s/serial.log", vms->env.run_dir, name);
	cleanup_close int fd = -1;

	if (profile_check_name(name, err) < 0)
		return NULL;
	fd = root_openat(&vms->root, file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	if (fd >= 0)
		return read_tail(fd);
	err_set(err, fd, _("VM %s has no console log: it was not started since this PC was (%s)"),
	        name, file);
	err_code(err, CODE_VM_NO_LOG);
	return NULL;
}
