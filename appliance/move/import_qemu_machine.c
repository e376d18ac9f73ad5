/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of QEMU that say what the machine itself is. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_secrets.h"

#include <stdio.h>
#include <strings.h>

void qemu_name(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *name;

	import_options_split(&o, value, "guest");
	name = import_option(&o, "guest");
	if (name && !q->d->name)
		q->d->name = xstrdup(name);
	draft_carried(q->d, NULL);
}

void qemu_machine(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *accel;

	import_options_split(&o, value, "type");
	accel = import_option(&o, "accel");
	if (accel && starts_with(accel, "tcg"))
		draft_set(q->d, "cpu", "accel", "tcg");
	draft_left(q->d, WHY_PLACES);
}

void qemu_accel(struct qemu *q, const char *value)
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

void qemu_cpu(struct qemu *q, const char *value)
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

void qemu_smp(struct qemu *q, const char *value)
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

void qemu_memory(struct qemu *q, const char *value)
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

void qemu_memory_path(struct qemu *q, const char *value)
{
	if (strstr(value, "huge"))
		draft_set(q->d, "memory", "hugepages", strstr(value, "1G") ? "1G" : "2M");
	else
		draft_left(q->d, WHY_TUNED);
}

void qemu_bios(struct qemu *q, const char *value)
{
	if (strcasestr(value, "ovmf") || strcasestr(value, "edk2") || strcasestr(value, "uefi")) {
		q->d->uefi = true;
		draft_left(q->d, WHY_FIRMWARE);
	} else {
		draft_lost(q->d, WHY_FIRMWARE);
	}
}

void qemu_rtc(struct qemu *q, const char *value)
{
	if (strstr(value, "localtime"))
		q->d->windows = true;
	draft_left(q->d, WHY_CLOCK);
}

void qemu_vga(struct qemu *q, const char *value)
{
	draft_display(q->d, value);
}

void qemu_sound(struct qemu *q, const char *value)
{
	q->d->sound = true;
	if (strstr(value, "hda"))
		draft_carried(q->d, "[sound] type=hda");
	else
		draft_note(q->d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

void qemu_smbios(struct qemu *q, const char *value)
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

void qemu_kernel(struct qemu *q, const char *value)
{
	cleanup_free char *path = import_path(q->d, value);

	draft_set(q->d, "boot", "kernel", path);
}

void qemu_initrd(struct qemu *q, const char *value)
{
	cleanup_free char *path = import_path(q->d, value);

	draft_set(q->d, "boot", "initrd", path);
}

void qemu_append(struct qemu *q, const char *value)
{
	draft_set(q->d, "boot", "cmdline", value);
}

void qemu_watchdog(struct qemu *q, const char *value)
{
	if (streq(value, "i6300esb"))
		draft_set(q->d, "vm", "watchdog", "reset");
	else
		draft_change(q->d, "vm", "watchdog", "reset",
		        N_("another watchdog, the one that VMs can have"));
}

void qemu_watchdog_action(struct qemu *q, const char *value)
{
	draft_set(q->d, "vm", "watchdog", streq(value, "shutdown") ? "poweroff" : value);
}

void qemu_tpm(struct qemu *q, const char *value)
{
	(void)value;
	q->d->tpm = true;
	draft_note(q->d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

void qemu_uuid(struct qemu *q, const char *value)
{
	(void)value;
	draft_lost(q->d, WHY_UUID);
}

void qemu_boot(struct qemu *q, const char *value)
{
	(void)value;
	draft_note(q->d, IMPORT_CHANGED, NULL, N_("disks are booted from, in the order of boot="));
}

void qemu_hda(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "ide", false);
}

void qemu_cdrom(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "ide", true);
}

void qemu_floppy(struct qemu *q, const char *value)
{
	qemu_plain_disk(q, value, "floppy", false);
}

void qemu_nodefaults(struct qemu *q, const char *value)
{
	(void)value;
	q->nodefaults = true;
	draft_left(q->d, WHY_PLACES);
}

void qemu_dropping(struct qemu *q, const char *value)
{
	(void)value;
	q->d->drops = true;
	draft_lost(q->d, WHY_DROPPED);
}

void qemu_kvm(struct qemu *q, const char *value)
{
	(void)value;
	draft_carried(q->d, "[cpu] accel=kvm");
}
