/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU command lines, as qemu(1) describes them, from a script or by themselves. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_secrets.h"

#include <stdio.h>
#include <strings.h>

/* --- options of the machine --- */

static void take_name(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *name;

	import_options_split(&o, value, "guest");
	name = import_option(&o, "guest");
	if (name && !q->d->name)
		q->d->name = xstrdup(name);
	draft_carried(q->d, NULL);
}

static void take_machine(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *accel;

	import_options_split(&o, value, "type");
	accel = import_option(&o, "accel");
	if (accel && starts_with(accel, "tcg"))
		draft_set(q->d, "cpu", "accel", "tcg");
	draft_left(q->d, WHY_PLACES);
}

static void take_accel(struct qemu *q, const char *value)
{
	if (starts_with(value, "tcg"))
		draft_set(q->d, "cpu", "accel", "tcg");
	else
		draft_carried(q->d, "[cpu] accel=kvm");
}

static void take_cpu_part(struct qemu *q, const struct import_option *p)
{
	struct draft *d = q->d;
	bool on = import_is_on(p->value);
	cleanup_free char *word = NULL;

	if (streq(p->key, "model"))
		return draft_model(d, p->value);
	if (p->key[0] == '+' || p->key[0] == '-')
		return draft_feature(d, p->key);
	if (streq(p->key, "kvm") || streq(p->key, "hv_vendor_id") ||
	        streq(p->key, "hv-vendor-id")) {
		if (!on)
			draft_hide(d);
		d->windows = d->windows || p->key[0] == 'h';
		return;
	}
	if (starts_with(p->key, "hv_") || starts_with(p->key, "hv-")) {
		d->windows = true;
		return draft_left(d, WHY_HYPERV);
	}
	if (on || strcasecmp(p->value, "off") == 0) {
		word = xasprintf("%s%s", on ? "+" : "-", p->key);
		return draft_feature(d, word);
	}
	draft_left(d, WHY_TUNED);
}

static void take_cpu(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;

	import_options_split(&o, value, "model");
	for (size_t i = 0; i < o.n; i++) {
		draft_at(q->d, q->d->line, i ? "-cpu ...,%s%s%s" : "-cpu %s%s%s",
		        i ? o.list[i].key : "", i && !streq(o.list[i].value, "on") ? "=" : "",
		        i && streq(o.list[i].value, "on") ? "" : o.list[i].value);
		take_cpu_part(q, &o.list[i]);
	}
}

static unsigned long long number(struct import_options *o, const char *key)
{
	const char *text = import_option(o, key);
	uint64_t n = 0;

	return text && parse_u64(text, 10, 4096, &n) == 0 ? n : 0;
}

static void take_smp(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	unsigned long long n, sockets, cores, threads;

	import_options_split(&o, value, "cpus");
	sockets = number(&o, "sockets");
	cores = number(&o, "cores");
	threads = number(&o, "threads");
	n = number(&o, "cpus");
	if (!n)
		n = (sockets ? sockets : 1) * (cores ? cores : 1) * (threads ? threads : 1);
	draft_cpus(q->d, n);
	if (sockets || cores || threads)
		draft_left(q->d, WHY_TUNED);
}

static void take_memory(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *size;
	uint64_t bytes;

	import_options_split(&o, value, "size");
	size = import_option(&o, "size");
	if (size && import_size(size, 1 << 20, &bytes))
		draft_memory(q->d, bytes);
	else
		draft_lost(q->d, WHY_SIZE);
}

static void take_memory_path(struct qemu *q, const char *value)
{
	if (strstr(value, "huge"))
		draft_set(q->d, "memory", "hugepages", strstr(value, "1G") ? "1G" : "2M");
	else
		draft_left(q->d, WHY_TUNED);
}

static void take_bios(struct qemu *q, const char *value)
{
	if (strcasestr(value, "ovmf") || strcasestr(value, "edk2") || strcasestr(value, "uefi")) {
		q->d->uefi = true;
		draft_left(q->d, WHY_FIRMWARE);
	} else {
		draft_lost(q->d, WHY_FIRMWARE);
	}
}

static void take_rtc(struct qemu *q, const char *value)
{
	if (strstr(value, "localtime"))
		q->d->windows = true;
	draft_left(q->d, WHY_CLOCK);
}

static void take_vga(struct qemu *q, const char *value)
{
	draft_display(q->d, value);
}

static void take_sound(struct qemu *q, const char *value)
{
	q->d->sound = true;
	if (strstr(value, "hda"))
		draft_carried(q->d, "[sound] type=hda");
	else
		draft_note(q->d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

static void take_smbios(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *type;

	import_options_split(&o, value, "type");
	type = import_option(&o, "type");
	for (size_t i = 0; i < o.n; i++) {
		cleanup_free char *told = NULL;

		if (streq(o.list[i].key, "type"))
			continue;
		told = secret_hide(o.list[i].key, o.list[i].value);
		draft_at(q->d, q->d->line, "-smbios type=%s,%s=%s", type ? type : "", o.list[i].key,
		        told);
		draft_smbios(
		        q->d, type && streq(type, "1") ? o.list[i].key : "type", o.list[i].value);
	}
}

static void take_kernel(struct qemu *q, const char *value)
{
	cleanup_free char *path = import_path(q->d, value);

	draft_set(q->d, "boot", "kernel", path);
}

static void take_initrd(struct qemu *q, const char *value)
{
	cleanup_free char *path = import_path(q->d, value);

	draft_set(q->d, "boot", "initrd", path);
}

static void take_append(struct qemu *q, const char *value)
{
	draft_set(q->d, "boot", "cmdline", value);
}

static void take_watchdog(struct qemu *q, const char *value)
{
	if (streq(value, "i6300esb"))
		draft_set(q->d, "vm", "watchdog", "reset");
	else
		draft_change(q->d, "vm", "watchdog", "reset",
		        N_("another watchdog, the one that VMs can have"));
}

static void take_watchdog_action(struct qemu *q, const char *value)
{
	draft_set(q->d, "vm", "watchdog", streq(value, "shutdown") ? "poweroff" : value);
}

static void take_tpm(struct qemu *q, const char *value)
{
	(void)value;
	q->d->tpm = true;
	draft_note(q->d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

static void take_uuid(struct qemu *q, const char *value)
{
	(void)value;
	draft_lost(q->d, WHY_UUID);
}

static void take_boot(struct qemu *q, const char *value)
{
	(void)value;
	draft_note(q->d, IMPORT_CHANGED, NULL, N_("disks are booted from, in the order of boot="));
}

static void take_hda(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "ide", false);
}

static void take_cdrom(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "ide", true);
}

static void take_floppy(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "floppy", false);
}

static void take_nodefaults(struct qemu *q, const char *value)
{
	(void)value;
	q->nodefaults = true;
	draft_left(q->d, WHY_PLACES);
}

static void take_dropping(struct qemu *q, const char *value)
{
	(void)value;
	q->d->drops = true;
	draft_lost(q->d, WHY_DROPPED);
}

static void take_kvm(struct qemu *q, const char *value)
{
	(void)value;
	draft_carried(q->d, "[cpu] accel=kvm");
}

/* --- the table --- */

static const struct option {
	const char *name;
	bool has_value;
	qemu_take *take;
	enum import_fate fate; /* without take */
	const char *why;
} table[] = {
        {"name", true, take_name, 0, NULL},
        {"machine", true, take_machine, 0, NULL},
        {"M", true, take_machine, 0, NULL},
        {"accel", true, take_accel, 0, NULL},
        {"enable-kvm", false, take_kvm, 0, NULL},
        {"cpu", true, take_cpu, 0, NULL},
        {"smp", true, take_smp, 0, NULL},
        {"m", true, take_memory, 0, NULL},
        {"mem-path", true, take_memory_path, 0, NULL},
        {"bios", true, take_bios, 0, NULL},
        {"rtc", true, take_rtc, 0, NULL},
        {"vga", true, take_vga, 0, NULL},
        {"soundhw", true, take_sound, 0, NULL},
        {"smbios", true, take_smbios, 0, NULL},
        {"kernel", true, take_kernel, 0, NULL},
        {"initrd", true, take_initrd, 0, NULL},
        {"append", true, take_append, 0, NULL},
        {"watchdog", true, take_watchdog, 0, NULL},
        {"watchdog-action", true, take_watchdog_action, 0, NULL},
        {"tpmdev", true, take_tpm, 0, NULL},
        {"uuid", true, take_uuid, 0, NULL},
        {"boot", true, take_boot, 0, NULL},
        {"hda", true, take_hda, 0, NULL},
        {"hdb", true, take_hda, 0, NULL},
        {"hdc", true, take_hda, 0, NULL},
        {"hdd", true, take_hda, 0, NULL},
        {"cdrom", true, take_cdrom, 0, NULL},
        {"fda", true, take_floppy, 0, NULL},
        {"fdb", true, take_floppy, 0, NULL},
        {"drive", true, qemu_drive, 0, NULL},
        {"blockdev", true, qemu_blockdev, 0, NULL},
        {"netdev", true, qemu_netdev, 0, NULL},
        {"nic", true, qemu_nic, 0, NULL},
        {"net", true, qemu_net, 0, NULL},
        {"object", true, qemu_object, 0, NULL},
        {"device", true, qemu_device, 0, NULL},
        {"usbdevice", true, qemu_usbdevice, 0, NULL},
        {"usb", false, NULL, IMPORT_CHANGED, WHY_PLACES},
        {"global", true, NULL, IMPORT_CHANGED, WHY_PLACES},
        {"set", true, NULL, IMPORT_LOST, WHY_PLACES},
        {"nodefaults", false, take_nodefaults, 0, NULL},
        {"no-hpet", false, NULL, IMPORT_CHANGED, WHY_CLOCK},
        {"mem-prealloc", false, NULL, IMPORT_CHANGED, WHY_TUNED},
        {"mem-lock", true, NULL, IMPORT_CHANGED, WHY_TUNED},
        {"overcommit", true, NULL, IMPORT_CHANGED, WHY_TUNED},
        {"realtime", true, NULL, IMPORT_CHANGED, WHY_TUNED},
        {"numa", true, NULL, IMPORT_CHANGED, WHY_NUMA},
        {"balloon", true, NULL, IMPORT_CHANGED, N_("a guest has all of its memory from the start")},
        {"display", true, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"nographic", false, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"full-screen", false, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"spice", true, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"vnc", true, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"sdl", false, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"k", true, NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"audiodev", true, NULL, IMPORT_CHANGED,
                N_("sound is heard at this PC and on the console")},
        {"audio", true, take_sound, 0, NULL},
        {"serial", true, NULL, IMPORT_CHANGED, N_("every VM has a serial port: playthrough log")},
        {"parallel", true, NULL, IMPORT_CHANGED, WHY_PLACES},
        {"chardev", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"monitor", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"mon", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"qmp", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"pidfile", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"daemonize", false, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"runas", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"run-with", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"sandbox", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"no-user-config", false, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"no-shutdown", false, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"no-reboot", false, NULL, IMPORT_LOST, WHY_NOTHING},
        {"S", false, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"id", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"msg", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"D", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"d", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"L", true, NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"readconfig", true, NULL, IMPORT_LOST, N_("what is in another file is not read")},
        {"snapshot", false, take_dropping, 0, NULL},
        {"incoming", true, NULL, IMPORT_LOST, WHY_NOTHING},
        {"loadvm", true, NULL, IMPORT_LOST, WHY_NOTHING},
        {"fw_cfg", true, NULL, IMPORT_LOST, WHY_NOTHING},
        {"acpitable", true, NULL, IMPORT_LOST, WHY_NOTHING},
        {"virtfs", true, NULL, IMPORT_LOST, WHY_SHARE},
        {"fsdev", true, NULL, IMPORT_LOST, WHY_SHARE},
        {"smb", true, NULL, IMPORT_LOST, WHY_SHARE},
};

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (streq(table[i].name, name))
			return &table[i];
	return NULL;
}

/* The option that a word names; NULL: none that is known. */
static const struct option *option_of(const char *word)
{
	if (word[0] != '-' || !word[1])
		return NULL;
	return find(word + 1 + (word[1] == '-'));
}

/* How many words an option is; of an unknown one, what follows is its value where it looks like one. */
static size_t width(const struct strv *words, size_t i)
{
	const struct option *o = option_of(words->list[i]);
	bool more = i + 1 < words->n;

	if (o)
		return o->has_value && more ? 2 : 1;
	return words->list[i][0] == '-' && more && words->list[i + 1][0] != '-' ? 2 : 1;
}

static void take_option(struct qemu *q, const struct strv *words, size_t i)
{
	const struct option *o = option_of(words->list[i]);
	const char *value = width(words, i) == 2 ? words->list[i + 1] : "";
	cleanup_free char *told = o ? secret_hide_options(value) : xstrdup("...");

	draft_at(q->d, q->d->line, "%s%s%s", words->list[i], *value ? " " : "", *value ? told : "");
	if (!o)
		draft_lost(q->d, WHY_UNKNOWN);
	else if (o->take)
		o->take(q, value);
	else
		draft_note(q->d, o->fate, NULL, o->why);
}

/* Those that other options name, before those. */
static bool is_backend(const char *word)
{
	const struct option *o = option_of(word);

	return o && (o->take == qemu_drive || o->take == qemu_blockdev || o->take == qemu_netdev ||
	                    o->take == qemu_object);
}

static void finish_backends(struct qemu *q)
{
	for (size_t i = 0; i < q->n_backends; i++) {
		struct qemu_backend *b = &q->backends[i];

		draft_at(q->d, b->line, "%s", b->what);
		if (b->used)
			qemu_backend_rest(q, b);
		else
			draft_lost(q->d, N_("no device uses it"));
		free(b->id);
		free(b->what);
		import_options_finish(&b->o);
	}
	free(q->backends);
}

void qemu_take_words(
        struct draft *d, const struct strv *words, const int *lines, size_t first, struct qemu *q)
{
	int line = d->line;

	q->d = d;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = first; i < words->n; i += width(words, i)) {
			d->line = lines ? lines[i] : line;
			if (is_backend(words->list[i]) == (pass == 0))
				take_option(q, words, i);
		}
	finish_backends(q);
}

void import_qemu_options(struct draft *d, const struct strv *words)
{
	struct qemu q = {0};

	qemu_take_words(d, words, NULL, 0, &q);
}
