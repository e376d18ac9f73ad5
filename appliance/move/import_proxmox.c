/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxmox VE's qm configuration: lines KEY: VALUE, as qm.conf(5) describes them. */
#include "base/i18n.h"
#include "move/import_proxmox.h"
#include "move/import_secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

static const struct rule {
	const char *key; /* with # at its end: and a number */
	pve_take *take;
	enum import_fate fate; /* without take */
	const char *why;
} rules[] = {
        {"name", pve_take_name, 0, NULL},
        {"cores", pve_take_number, 0, NULL},
        {"sockets", pve_take_number, 0, NULL},
        {"vcpus", pve_take_number, 0, NULL},
        {"memory", pve_take_memory, 0, NULL},
        {"hugepages", pve_take_huge_pages, 0, NULL},
        {"ostype", pve_take_system, 0, NULL},
        {"cpu", pve_take_cpu, 0, NULL},
        {"bios", pve_take_bios, 0, NULL},
        {"efidisk#", pve_take_efi_disk, 0, NULL},
        {"tpmstate#", pve_take_tpm, 0, NULL},
        {"onboot", pve_take_start, 0, NULL},
        {"agent", pve_take_agent, 0, NULL},
        {"watchdog", pve_take_watchdog, 0, NULL},
        {"smbios1", pve_take_smbios, 0, NULL},
        {"vga", pve_take_vga, 0, NULL},
        {"audio#", pve_take_audio, 0, NULL},
        {"ivshmem", pve_take_shared_memory, 0, NULL},
        {"boot", pve_take_boot, 0, NULL},
        {"bootdisk", pve_take_boot_disk, 0, NULL},
        {"args", pve_take_args, 0, NULL},
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
	bool kept = starts_with(comment, KEPT_MARK);

	draft_at(p->d, number, "%s", kept ? comment : "#");
	if (!draft_kept_comment(p->d, comment) && *comment)
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
	told = rule && rule->take != pve_take_args ? secret_hide_options(value) : xstrdup("...");
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
