/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxmox VE's qm configuration: lines KEY: VALUE, as qm.conf(5) describes them. */
#include "base/i18n.h"
#include "move/import_proxmox.h"
#include "move/import_secrets.h"
#include "move/import_shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* --- the machine --- */

static void take_name(struct pve *p, const char *key, const char *value)
{
	(void)key;
	draft_name(p->d, value);
	draft_carried(p->d, NULL);
}

static void take_number(struct pve *p, const char *key, const char *value)
{
	uint64_t n;

	if (parse_u64(value, 10, 4096, &n) < 0 || !n)
		return draft_lost(p->d, WHY_UNKNOWN);
	p->cores_line = p->d->line;
	*(streq(key, "cores") ? &p->cores : streq(key, "sockets") ? &p->sockets : &p->vcpus) = n;
}

static void take_memory(struct pve *p, const char *key, const char *value)
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

static void take_huge_pages(struct pve *p, const char *key, const char *value)
{
	(void)key;
	draft_set(p->d, "memory", "hugepages", streq(value, "1024") ? "1G" : "2M");
}

static void take_system(struct pve *p, const char *key, const char *value)
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

static void take_cpu(struct pve *p, const char *key, const char *value)
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

static void take_bios(struct pve *p, const char *key, const char *value)
{
	(void)key;
	p->d->uefi = streq(value, "ovmf");
	draft_left(p->d, WHY_FIRMWARE);
}

static void take_efi_disk(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (strstr(value, "pre-enrolled-keys=1"))
		p->d->secure_boot = true;
	draft_left(p->d, WHY_FIRMWARE);
}

static void take_tpm(struct pve *p, const char *key, const char *value)
{
	(void)key;
	(void)value;
	p->d->tpm = true;
	draft_note(p->d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

static void take_start(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (import_is_on(value))
		draft_set(p->d, "vm", "autostart", "yes");
	else
		draft_carried(p->d, "[vm] autostart=no");
}

static void take_agent(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (value[0] == '1' || starts_with(value, "enabled=1"))
		draft_carried(p->d, "[vm] guest-agent=yes");
	else
		draft_set(p->d, "vm", "guest-agent", "no");
}

static void take_watchdog(struct pve *p, const char *key, const char *value)
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

static void take_smbios(struct pve *p, const char *key, const char *value)
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

static void take_vga(struct pve *p, const char *key, const char *value)
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

static void take_audio(struct pve *p, const char *key, const char *value)
{
	(void)key;
	p->d->sound = true;
	if (strstr(value, "hda"))
		draft_carried(p->d, "[sound] type=hda");
	else
		draft_note(p->d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

static void take_shared_memory(struct pve *p, const char *key, const char *value)
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

static void take_boot(struct pve *p, const char *key, const char *value)
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

static void take_boot_disk(struct pve *p, const char *key, const char *value)
{
	(void)key;
	if (!p->boot.n)
		strv_add(&p->boot, value);
	draft_carried(p->d, NULL);
}

static void take_args(struct pve *p, const char *key, const char *value)
{
	cleanup(shell_finish) struct shell shell = {0};
	struct err err = {0};

	(void)key;
	if (shell_read(p->d, value, &shell, &err) < 0)
		return draft_lost(p->d, WHY_UNKNOWN);
	for (size_t i = 0; i < shell.n_commands; i++)
		import_qemu_options(p->d, &shell.commands[i].words);
}

/* --- the table --- */

static const struct rule {
	const char *key; /* with # at its end: and a number */
	pve_take *take;
	enum import_fate fate; /* without take */
	const char *why;
} rules[] = {
        {"name", take_name, 0, NULL},
        {"cores", take_number, 0, NULL},
        {"sockets", take_number, 0, NULL},
        {"vcpus", take_number, 0, NULL},
        {"memory", take_memory, 0, NULL},
        {"hugepages", take_huge_pages, 0, NULL},
        {"ostype", take_system, 0, NULL},
        {"cpu", take_cpu, 0, NULL},
        {"bios", take_bios, 0, NULL},
        {"efidisk#", take_efi_disk, 0, NULL},
        {"tpmstate#", take_tpm, 0, NULL},
        {"onboot", take_start, 0, NULL},
        {"agent", take_agent, 0, NULL},
        {"watchdog", take_watchdog, 0, NULL},
        {"smbios1", take_smbios, 0, NULL},
        {"vga", take_vga, 0, NULL},
        {"audio#", take_audio, 0, NULL},
        {"ivshmem", take_shared_memory, 0, NULL},
        {"boot", take_boot, 0, NULL},
        {"bootdisk", take_boot_disk, 0, NULL},
        {"args", take_args, 0, NULL},
        {"virtio#", pve_take_disk, 0, NULL},
        {"scsi#", pve_take_disk, 0, NULL},
        {"sata#", pve_take_disk, 0, NULL},
        {"ide#", pve_take_disk, 0, NULL},
        {"net#", pve_take_net, 0, NULL},
        {"hostpci#", pve_take_passed, 0, NULL},
        {"usb#", pve_take_usb, 0, NULL},
        {"numa", NULL, IMPORT_CHANGED, WHY_NUMA},
        {"numa#", NULL, IMPORT_CHANGED, WHY_NUMA},
        {"affinity", NULL, IMPORT_CHANGED, WHY_TUNED},
        {"cpulimit", NULL, IMPORT_CHANGED, WHY_TUNED},
        {"cpuunits", NULL, IMPORT_CHANGED, WHY_TUNED},
        {"keephugepages", NULL, IMPORT_CHANGED, WHY_TUNED},
        {"balloon", NULL, IMPORT_CHANGED, N_("a guest has all of its memory from the start")},
        {"shares", NULL, IMPORT_CHANGED, N_("a guest has all of its memory from the start")},
        {"machine", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"scsihw", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"hotplug", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"acpi", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"rng0", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"tablet", NULL, IMPORT_CHANGED, WHY_INPUT},
        {"keyboard", NULL, IMPORT_CHANGED, WHY_INPUT},
        {"serial#", NULL, IMPORT_CHANGED, N_("every VM has a serial port: playthrough log")},
        {"localtime", NULL, IMPORT_CHANGED, WHY_CLOCK},
        {"startdate", NULL, IMPORT_CHANGED, WHY_CLOCK},
        {"kvm", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"meta", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"tags", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"protection", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"vmstatestorage", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"spice_enhancements", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"startup", NULL, IMPORT_CHANGED,
                N_("VMs start one after the other, in the order of their names")},
        {"vmgenid", NULL, IMPORT_LOST, WHY_UUID},
        {"parallel#", NULL, IMPORT_LOST, WHY_NOTHING},
        {"unused#", NULL, IMPORT_LOST, WHY_OFF},
        {"template", NULL, IMPORT_LOST, WHY_NOTHING},
        {"freeze", NULL, IMPORT_LOST, WHY_NOTHING},
        {"hookscript", NULL, IMPORT_LOST, N_("no program of others runs when a VM starts")},
};

static const struct rule *find_rule(const char *key)
{
	size_t letters = strcspn(key, "0123456789");
	bool numbered = key[letters] && !key[letters + strspn(key + letters, "0123456789")];

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		size_t n = strlen(rules[i].key);

		if (streq(rules[i].key, key) ||
		        (numbered && rules[i].key[n - 1] == '#' && n - 1 == letters &&
		                strncmp(rules[i].key, key, letters) == 0))
			return &rules[i];
	}
	return NULL;
}

/* As PVE::Tools::decode_text does, in place. */
static char *decode_notes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		char digits[3] = {from[0] == '%' ? from[1] : '\0',
		        from[0] == '%' && from[1] ? from[2] : '\0'};
		uint64_t byte;

		if (strlen(digits) == 2 && parse_u64(digits, 16, 0xff, &byte) == 0 && byte) {
			*to++ = (char)byte;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* The notes of the guest. */
static void read_comment(struct pve *p, int number, char *text)
{
	const char *comment = strip(decode_notes(text + 1));

	draft_at(p->d, number, "%s", comment);
	if (!draft_kept_comment(p->d, comment) && !p->d->description && *comment)
		draft_describe(p->d, comment);
}

static int read_line(struct pve *p, int number, char *line, struct err *err)
{
	char *text = strip(line), *colon = strchr(text, ':'), *value;
	cleanup_free char *told = NULL;
	const struct rule *rule;

	if (*text == '#')
		read_comment(p, number, text);
	if (!*text || *text == '#')
		return 0;
	if (!colon)
		return import_refuse(p->d, number, _("the line is not KEY: VALUE"), err);
	*colon = '\0';
	value = strip(colon + 1);
	rule = find_rule(text);
	told = rule && rule->take != take_args ? secret_hide_options(value) : xstrdup("...");
	draft_at(p->d, number, "%s: %s", text, told);
	if (!rule)
		draft_lost(p->d, WHY_UNKNOWN);
	else if (rule->take)
		rule->take(p, text, value);
	else
		draft_note(p->d, rule->fate, NULL, rule->why);
	return 0;
}

static void decide(struct pve *p)
{
	struct draft *d = p->d;
	unsigned long long cores = p->cores ? p->cores : 1, sockets = p->sockets ? p->sockets : 1;

	draft_at(d, p->cores_line, "cores x sockets");
	draft_cpus(d, p->vcpus ? p->vcpus : cores * sockets);
	for (size_t i = 0; i < d->n_disks; i++)
		for (size_t k = 0; d->disks[i].name && k < p->boot.n && k < 99; k++)
			if (streq(p->boot.list[k], d->disks[i].name))
				d->disks[i].boot = (unsigned)k + 1;
}

/* A snapshot's section, and what is pending, are other machines than the one now. */
int import_proxmox(struct draft *d, const char *text, struct err *err)
{
	struct pve p = {.d = d};
	int number = 1, r = 0;

	d->display = "std";
	while (*text && r == 0) {
		size_t n = strcspn(text, "\n");
		cleanup_free char *line = xstrndup(text, n);

		if (line[0] == '[') {
			draft_at(d, number, "%s", line);
			draft_lost(d,
			        N_("snapshots, and changes that wait for a restart, are not read"));
			break;
		}
		r = read_line(&p, number++, line, err);
		text += n + (text[n] == '\n');
	}
	if (r == 0)
		decide(&p);
	strv_finish(&p.boot);
	return r;
}
