/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's .vmx: lines KEY = "VALUE", keys without regard to case. */
#include "base/i18n.h"
#include "move/import_draft.h"
#include "move/import_secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#define LINES_MAX 4000u

struct vmx {
	struct draft *d;
	struct entry {
		char *key, *value;
		int line;
		bool asked;
	} * list;
	size_t n;
};

static void vmx_finish(struct vmx *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->list[i].key);
		free(v->list[i].value);
	}
	free(v->list);
}

/* Its value, marked as asked, and notes are about it; NULL: it is not there. */
static const char *ask(struct vmx *v, const char *fmt, ...) PRINTF(2, 3);
static const char *ask(struct vmx *v, const char *fmt, ...)
{
	cleanup_free char *key = NULL;
	const char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	key = xvasprintf(fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < v->n; i++)
		if (strcasecmp(v->list[i].key, key) == 0) {
			v->list[i].asked = true;
			value = v->list[i].value;
			draft_at(v->d, v->list[i].line, "%s = \"%s\"", v->list[i].key,
			        secret_is_vmx(key) ? "..." : value);
		}
	return value;
}

/* |22 is ", as VMware writes what its quotes cannot hold. */
static char *decode(const char *text, size_t n)
{
	char *out = xcalloc(n + 1, 1);
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned code;

		if (text[i] == '|' && i + 2 < n && isxdigit((unsigned char)text[i + 1]) &&
		        isxdigit((unsigned char)text[i + 2]) &&
		        sscanf(text + i + 1, "%2x", &code) == 1 && code >= ' ' && code < 0x7f) {
			out[k++] = (char)code;
			i += 2;
		} else {
			out[k++] = text[i];
		}
	}
	return out;
}

static int read_line(struct vmx *v, int number, char *line, struct err *err)
{
	char *text = strip(line), *equals = strchr(text, '='), *value;
	struct entry *e;
	size_t n;

	if (!*text || *text == '#')
		return 0;
	if (!equals || v->n == LINES_MAX)
		return import_refuse(v->d, number,
		        equals ? _("more lines than a machine has")
		               : _("the line is not KEY = \"VALUE\""),
		        err);
	*equals = '\0';
	value = strip(equals + 1);
	n = value[0] == '"' ? strcspn(value + 1, "\"") : strcspn(value, "#");
	e = list_append(v->list, v->n);
	*e = (struct entry){
	        xstrdup(strip(text)), decode(value + (value[0] == '"'), n), number, false};
	memmove(e->value, strip(e->value), strlen(strip(e->value)) + 1);
	return 0;
}

static int read_lines(struct vmx *v, const char *text, struct err *err)
{
	int number = 1, r = 0;

	while (*text && r == 0) {
		size_t n = strcspn(text, "\n");
		cleanup_free char *line = xstrndup(text, n);

		r = read_line(v, number++, line, err);
		text += n + (text[n] == '\n');
	}
	return r;
}

/* --- the machine --- */

static void take_guest(struct vmx *v)
{
	const char *system = ask(v, "guestOS");
	struct draft *d = v->d;

	if (!system)
		return;
	if (import_is_windows(system, &d->guest) || starts_with(system, "win")) {
		/* "windows9-64" is Windows 10. */
		if (d->guest)
			return draft_note(d, IMPORT_CARRIED,
			        streq(d->guest, "windows-11") ? "[vm] guest=windows-11"
			                                      : "[vm] guest=windows-10",
			        NULL);
		d->guest = "other";
		return draft_note(d, IMPORT_CHANGED, "[vm] guest=other",
		        N_("a profile knows Windows 10 and 11 only"));
	}
	d->guest = starts_with(system, "other") && !strstr(system, "linux") ? "other" : "linux";
	draft_carried(d, streq(d->guest, "linux") ? "[vm] guest=linux" : "[vm] guest=other");
}

static void take_machine(struct vmx *v)
{
	struct draft *d = v->d;
	const char *name = ask(v, "displayName"), *memory, *cpus;
	uint64_t n;

	if (name) {
		draft_name(d, name);
		draft_carried(d, NULL);
	}
	memory = ask(v, "memsize");
	if (memory && parse_u64(memory, 10, 1 << 24, &n) == 0)
		draft_memory(d, n << 20);
	else if (memory)
		draft_lost(d, WHY_SIZE);
	cpus = ask(v, "numvcpus");
	if (cpus && parse_u64(cpus, 10, 4096, &n) == 0)
		draft_cpus(d, n);
	else if (!cpus)
		draft_at(d, 0, "numvcpus"), draft_cpus(d, 1); /* its default */
	if (ask(v, "cpuid.coresPerSocket"))
		draft_left(d, WHY_TUNED);
}

static void take_firmware(struct vmx *v)
{
	struct draft *d = v->d;
	const char *firmware = ask(v, "firmware"), *note;

	d->uefi = firmware && streq(firmware, "efi");
	if (firmware)
		draft_left(d, WHY_FIRMWARE);
	d->secure_boot = import_is_on(ask(v, "uefi.secureBoot.enabled"));
	if (d->secure_boot)
		draft_carried(d, "[boot] secure-boot=yes");
	d->tpm = import_is_on(ask(v, "vtpm.present"));
	if (d->tpm)
		draft_note(d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
	firmware = ask(v, "hypervisor.cpuid.v0");
	if (firmware && !import_is_on(firmware))
		draft_hide(d);
	if (ask(v, "nvram"))
		draft_left(d, WHY_FIRMWARE);
	if (ask(v, "uuid.bios"))
		draft_lost(d, WHY_UUID);
	if (import_is_on(ask(v, "SMBIOS.reflectHost")))
		draft_lost(d, N_("what this PC's own firmware says is not handed on: write it into "
		                 "[smbios]"));
	note = ask(v, "annotation");
	if (note)
		draft_describe(d, note);
}

/* --- devices --- */

static void take_unit(struct vmx *v, const char *bus, unsigned controller, unsigned unit)
{
	const char *type = ask(v, "%s%u:%u.deviceType", bus, controller, unit), *file;
	const char *mode, *connected;
	const char *present = ask(v, "%s%u:%u.present", bus, controller, unit);
	struct draft_disk *disk;

	file = ask(v, "%s%u:%u.fileName", bus, controller, unit);
	if (!file || (present && !import_is_on(present)))
		return;
	disk = draft_add_disk(v->d);
	disk->cdrom = type && (strcasestr(type, "cdrom") != NULL);
	disk->path = streq(file, "auto detect") || !*file ? NULL : xstrdup(file);
	disk->format = disk->path && ends_with(disk->path, ".vmdk") ? xstrdup("vmdk") : NULL;
	disk->name = xasprintf("%s%u-%u", bus, controller, unit);
	disk->bus = streq(bus, "scsi")   ? "scsi"
	            : streq(bus, "nvme") ? "nvme"
	            : streq(bus, "ide")  ? "ide"
	                                 : "sata";
	if (type && strcasestr(type, "rawDisk"))
		draft_lost(v->d,
		        N_("a raw disk lies behind that file: device= names it in a profile"));
	mode = ask(v, "%s%u:%u.mode", bus, controller, unit);
	disk->dropped = mode && strcasestr(mode, "nonpersistent");
	ask(v, "%s%u:%u.redo", bus, controller, unit);
	connected = ask(v, "%s%u:%u.startConnected", bus, controller, unit);
	if (connected && !import_is_on(connected))
		draft_note(v->d, IMPORT_CHANGED, NULL,
		        N_("it was not there when the machine started; here it is"));
	ask(v, "%s%u:%u.autodetect", bus, controller, unit);
}

static void take_disks(struct vmx *v)
{
	static const char *const buses[] = {"nvme", "scsi", "sata", "ide"};

	for (size_t b = 0; b < ARRAY_SIZE(buses); b++)
		for (unsigned c = 0; c < 4; c++)
			for (unsigned u = 0; u < 30; u++)
				take_unit(v, buses[b], c, u);
}

static void take_nic(struct vmx *v, unsigned i)
{
	const char *present = ask(v, "ethernet%u.present", i), *type, *model, *mac, *connected;
	struct draft_nic *nic;

	if (!present || !import_is_on(present))
		return;
	nic = draft_add_nic(v->d);
	type = ask(v, "ethernet%u.connectionType", i);
	if (!type || streq(type, "bridged"))
		nic->why = N_(
		        "it was a neighbour on the network: type=bridge with link= makes it one");
	else if (!streq(type, "nat"))
		nic->why = N_("a network of VMware is not there without it; the guest reaches out "
		              "by this "
		              "PC's addresses");
	nic->type = "user";
	connected = ask(v, "ethernet%u.startConnected", i);
	if (connected && !import_is_on(connected)) {
		nic->type = NULL;
		nic->why = WHY_UNPLUGGED;
	}
	model = ask(v, "ethernet%u.virtualDev", i);
	nic->model = xstrdup(model);
	mac = ask(v, "ethernet%u.address", i);
	if (!mac)
		mac = ask(v, "ethernet%u.generatedAddress", i);
	nic->mac = xstrdup(mac);
	ask(v, "ethernet%u.generatedAddress", i);
	ask(v, "ethernet%u.addressType", i);
	ask(v, "ethernet%u.generatedAddressOffset", i);
	ask(v, "ethernet%u.networkName", i);
	ask(v, "ethernet%u.vnet", i);
}

static int id_of(struct vmx *v, unsigned i, const char *key)
{
	const char *text = ask(v, "pciPassthru%u.%s", i, key);
	uint64_t n;

	return text && parse_u64(text, 0, 0xffff, &n) == 0 && n ? (int)n : -1;
}

/* "00000:066:00.0", every part of it decimal. */
static bool address_of(const char *text, struct pci_addr *out)
{
	unsigned domain, bus, device, function;
	char end;

	if (!text ||
	        sscanf(text, "%5u:%3u:%2u.%1u%c", &domain, &bus, &device, &function, &end) != 4 ||
	        bus > 255 || device > 31 || function > 7)
		return false;
	*out = (struct pci_addr){domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function};
	return true;
}

static void take_passed(struct vmx *v, unsigned i)
{
	const char *present = ask(v, "pciPassthru%u.present", i), *id;
	struct draft_pci pci = {
	        .vendor = id_of(v, i, "vendorId"), .device = id_of(v, i, "deviceId")};

	ask(v, "pciPassthru%u.systemId", i);
	ask(v, "pciPassthru%u.pciSlotNumber", i);
	id = ask(v, "pciPassthru%u.id", i);
	if (!present || !import_is_on(present))
		return;
	pci.has_address = address_of(id, &pci.address);
	if (pci.vendor >= 0 && pci.device >= 0)
		draft_at(v->d, v->d->line, "pciPassthru%u %s %04x:%04x", i, id ? id : "",
		        (unsigned)pci.vendor, (unsigned)pci.device);
	else
		pci.vendor = pci.device = -1;
	if (!pci.has_address && pci.vendor < 0)
		return draft_lost(v->d, N_("its PCI address cannot be read"));
	pci.line = v->d->line;
	pci.what = xstrdup(v->d->what);
	*list_append(v->d->pci, v->d->n_pci) = pci;
}

/* --- the rest --- */

static const struct {
	const char *prefix;
	enum import_fate fate;
	const char *why;
} known[] = {
        {".encoding", IMPORT_CHANGED, WHY_PROCESS},
        {"config.version", IMPORT_CHANGED, WHY_PLACES},
        {"virtualHW.", IMPORT_CHANGED, WHY_PLACES},
        {"pciBridge", IMPORT_CHANGED, WHY_PLACES},
        {"pciPassthru.", IMPORT_CHANGED, WHY_PLACES},
        {"scsi", IMPORT_CHANGED, WHY_PLACES},
        {"sata", IMPORT_CHANGED, WHY_PLACES},
        {"nvme", IMPORT_CHANGED, WHY_PLACES},
        {"ide", IMPORT_CHANGED, WHY_PLACES},
        {"usb", IMPORT_CHANGED, WHY_PLACES},
        {"ehci", IMPORT_CHANGED, WHY_PLACES},
        {"hpet", IMPORT_CHANGED, WHY_CLOCK},
        {"rtc.", IMPORT_CHANGED, WHY_CLOCK},
        {"mem.", IMPORT_CHANGED, WHY_TUNED},
        {"vcpu.", IMPORT_CHANGED, WHY_TUNED},
        {"sched.", IMPORT_CHANGED, WHY_TUNED},
        {"numa.", IMPORT_CHANGED, WHY_NUMA},
        {"cpuid.", IMPORT_LOST, WHY_UNKNOWN},
        {"svga.", IMPORT_CHANGED, WHY_SCREEN},
        {"mks.", IMPORT_CHANGED, WHY_SCREEN},
        {"RemoteDisplay.", IMPORT_CHANGED, WHY_SCREEN},
        {"guestinfo.", IMPORT_LOST, WHY_NOTHING},
        {"sound.", IMPORT_CHANGED, WHY_PLACES},
        {"vmci0.", IMPORT_CHANGED, WHY_PLACES},
        {"powerType.", IMPORT_CHANGED, WHY_PROCESS},
        {"msg.", IMPORT_CHANGED, WHY_PROCESS},
        {"uuid.", IMPORT_CHANGED, WHY_PROCESS},
        {"tools.", IMPORT_CHANGED, WHY_PROCESS},
        {"toolScripts.", IMPORT_CHANGED, WHY_PROCESS},
        {"extendedConfigFile", IMPORT_CHANGED, WHY_PROCESS},
        {"ethernet", IMPORT_CHANGED, WHY_PLACES},
        {"sharedFolder", IMPORT_LOST, WHY_SHARE},
        {"isolation.", IMPORT_LOST, WHY_NOTHING},
};

static void note_rest(struct vmx *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct entry *e = &v->list[i];
		size_t k = 0;
		bool told;

		if (e->asked)
			continue;
		while (k < ARRAY_SIZE(known) &&
		        strncasecmp(e->key, known[k].prefix, strlen(known[k].prefix)))
			k++;
		told = ends_with(e->key, ".present") ||
		       (k < ARRAY_SIZE(known) && !secret_is_vmx(e->key));
		draft_at(v->d, e->line, "%s = \"%s\"", e->key, told ? e->value : "...");
		if (k < ARRAY_SIZE(known))
			draft_note(v->d, known[k].fate, NULL, known[k].why);
		else if (ends_with(e->key, ".present") && !import_is_on(e->value))
			draft_left(v->d, WHY_OFF);
		else
			draft_lost(v->d, WHY_UNKNOWN);
	}
}

int import_vmware(struct draft *d, const char *text, struct err *err)
{
	cleanup(vmx_finish) struct vmx v = {.d = d};
	int r = read_lines(&v, text, err);

	if (r < 0)
		return r;
	take_guest(&v);
	take_machine(&v);
	take_firmware(&v);
	d->display = "std"; /* every machine of VMware has one */
	d->sound = import_is_on(ask(&v, "sound.present"));
	take_disks(&v);
	for (unsigned i = 0; i < 10; i++)
		take_nic(&v, i);
	for (unsigned i = 0; i < 32; i++)
		take_passed(&v, i);
	note_rest(&v);
	return 0;
}
