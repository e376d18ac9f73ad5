/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine itself in Proxmox: processors, memory, firmware, screen, order of disks. */
#include "base/i18n.h"
#include "move/import_proxmox.h"
#include "move/import_shell.h"

#include <stdio.h>

void pve_take_name(struct pve *p, const char *key, const char *value)
{
	(void)key;
	draft_name(p->d, value);
	draft_carried(p->d, NULL);
}

void pve_take_number(struct pve *p, const char *key, const char *value)
{
	uint64_t n;

	if (parse_u64(value, 10, 4096, &n) < 0 || !n)
		return draft_lost(p->d, WHY_UNKNOWN);
	p->cores_line = p->d->line;
	*(streq(key, "cores") ? &p->cores : streq(key, "sockets") ? &p->sockets : &p->vcpus) = n;
}

void pve_take_memory(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *size;
	uint64_t bytes;

	(void)key;
	import_options_split(&o, value, "current");
	size = import_option(&o, "current");
	if (size && import_size(size, 1 << 20, &bytes))
		draft_memory(p->d, bytes);
	else
		draft_lost(p->d, WHY_SIZE);
}

void pve_take_huge_pages(struct pve *p, const char *key, const char *value)
{
	(void)key;
	draft_set(p->d, "memory", "hugepages", streq(value, "1024") ? "1G" : "2M");
}

void pve_take_system(struct pve *p, const char *key, const char *value)
{
	struct draft *d = p->d;

	(void)key;
	if (streq(value, "win10") || streq(value, "win11")) {
		d->guest = streq(value, "win11") ? "windows-11" : "windows-10";
		d->windows = true;
		draft_carried(d,
		        streq(value, "win11") ? "[vm] guest=windows-11" : "[vm] guest=windows-10");
	} else if (value[0] == 'l') {
		d->guest = "linux";
		draft_carried(d, "[vm] guest=linux");
	} else {
		d->guest = "other";
		draft_note(d, value[0] == 'o' ? IMPORT_CARRIED : IMPORT_CHANGED, "[vm] guest=other",
		        value[0] == 'o' ? NULL : N_("a profile knows Windows 10 and 11 only"));
	}
}

static void take_flags(struct draft *d, const char *flags)
{
	cleanup_strv struct strv all = {0};

	strv_split(&all, flags, ";");
	strv_foreach (flag, &all) {
		if (starts_with(*flag, "+hv-"))
			draft_left(d, WHY_HYPERV);
		else
			draft_feature(d, *flag);
	}
}

void pve_take_cpu(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *model, *flags;

	(void)key;
	import_options_split(&o, value, "cputype");
	model = import_option(&o, "cputype");
	if (model)
		draft_model(p->d, model);
	if (import_is_on(import_option(&o, "hidden")) || import_option(&o, "hv-vendor-id"))
		draft_hide(p->d);
	flags = import_option(&o, "flags");
	if (flags)
		take_flags(p->d, flags);
	import_options_rest(&o, p->d, "cpu");
}

void pve_take_bios(struct pve *p, const char *key, const char *value)
{
	(void)key;
	p->d->uefi = streq(value, "ovmf");
	draft_left(p->d, WHY_FIRMWARE);
}

void pve_take_efi_disk(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (strstr(value, "pre-enrolled-keys=1"))
		p->d->secure_boot = true;
	draft_left(p->d, WHY_FIRMWARE);
}

void pve_take_tpm(struct pve *p, const char *key, const char *value)
{
	(void)key;
	(void)value;
	p->d->tpm = true;
	draft_note(p->d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

void pve_take_start(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (import_is_on(value))
		draft_set(p->d, "vm", "autostart", "yes");
	else
		draft_carried(p->d, "[vm] autostart=no");
}

void pve_take_agent(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (value[0] == '1' || starts_with(value, "enabled=1"))
		draft_carried(p->d, "[vm] guest-agent=yes");
	else
		draft_set(p->d, "vm", "guest-agent", "no");
}

void pve_take_watchdog(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *action;

	(void)key;
	import_options_split(&o, value, "model");
	action = import_option(&o, "action");
	draft_set(p->d, "vm", "watchdog",
	        !action                     ? "reset"
	        : streq(action, "shutdown") ? "poweroff"
	                                    : action);
}

/* Values in base64 where base64=1 says so. */
static char *decode(const char *text)
{
	static const char letters[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = xcalloc(strlen(text) + 1, 1);
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (; *text && *text != '='; text++) {
		const char *at = strchr(letters, *text);

		if (!at)
			break;
		bits = bits << 6 | (unsigned)(at - letters);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have);
		}
	}
	out[n] = '\0';
	return out;
}

void pve_take_smbios(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	bool coded;

	(void)key;
	import_options_split(&o, value, NULL);
	coded = import_is_on(import_option(&o, "base64"));
	for (size_t i = 0; i < o.n; i++) {
		bool plain = !coded || streq(o.list[i].key, "uuid");
		cleanup_free char *text =
		        plain ? xstrdup(o.list[i].value) : decode(o.list[i].value);

		if (streq(o.list[i].key, "base64"))
			continue;
		draft_at(p->d, p->d->line, "smbios1: %s=%s", o.list[i].key, text);
		draft_smbios(p->d, o.list[i].key, text);
	}
}

void pve_take_vga(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *type;

	(void)key;
	import_options_split(&o, value, "type");
	type = import_option(&o, "type");
	if (type && starts_with(type, "serial"))
		draft_left(p->d, N_("every VM has a serial port: playthrough log"));
	if (!type || starts_with(type, "serial") || streq(type, "none"))
		p->d->display = NULL;
	else
		draft_display(p->d, type);
	if (type && streq(type, "none"))
		draft_carried(p->d, "[display] type=none");
}

void pve_take_audio(struct pve *p, const char *key, const char *value)
{
	(void)key;
	p->d->sound = true;
	if (strstr(value, "hda"))
		draft_carried(p->d, "[sound] type=hda");
	else
		draft_note(p->d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

void pve_take_shared_memory(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *size;
	uint64_t bytes;

	(void)key;
	import_options_split(&o, value, NULL);
	size = import_option(&o, "size");
	if (size && import_size(size, 1 << 20, &bytes))
		draft_glass(p->d, bytes, false);
	else
		draft_lost(p->d, WHY_UNKNOWN);
}

void pve_take_boot(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *order;

	(void)key;
	import_options_split(&o, value, "legacy");
	order = import_option(&o, "order");
	if (!order)
		return draft_note(p->d, IMPORT_CHANGED, NULL,
		        N_("disks are booted from, in the order of boot="));
	strv_split(&p->boot, order, ";");
	draft_carried(p->d, NULL);
}

void pve_take_boot_disk(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (!p->boot.n)
		strv_add(&p->boot, value);
	draft_carried(p->d, NULL);
}

void pve_take_args(struct pve *p, const char *key, const char *value)
{
	cleanup(shell_finish) struct shell shell = {0};
	struct err err = {0};

	(void)key;
	if (shell_read(p->d, value, &shell, &err) < 0)
		return draft_lost(p->d, WHY_UNKNOWN);
	for (size_t i = 0; i < shell.n_commands; i++)
		import_qemu_options(p->d, &shell.commands[i].words);
}
