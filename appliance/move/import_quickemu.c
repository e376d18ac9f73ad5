/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quickemu's .conf: variables of a shell, as quickemu_conf(5) describes them. What is not written it chooses itself. */
#include "base/i18n.h"
#include "move/import_secrets.h"
#include "move/import_shell.h"

#include <stdio.h>

typedef void take(struct draft *d, const struct strv *values);

static const char *first(const struct strv *values)
{
	return values->n ? values->list[0] : "";
}

static void take_system(struct draft *d, const struct strv *values)
{
	const char *system = first(values);

	if (starts_with(system, "windows")) {
		d->windows = true; /* which one, its files tell at best */
		draft_left(d, N_("which Windows it is follows from the names of its files"));
	} else if (streq(system, "linux")) {
		d->guest = "linux";
		draft_carried(d, "[vm] guest=linux");
	} else {
		d->guest = "other";
		draft_carried(d, "[vm] guest=other");
	}
}

static void add_disk(
        struct draft *d, const char *path, bool cdrom, const char *bus, const char *name)
{
	struct draft_disk *disk;

	if (!*path)
		return;
	disk = draft_add_disk(d);
	disk->path = xstrdup(path);
	disk->cdrom = cdrom;
	disk->bus = bus;
	disk->name = xstrdup(name);
}

static void take_disk(struct draft *d, const struct strv *values)
{
	add_disk(d, first(values), false, "virtio", "system");
	if (!d->guest)
		import_is_windows(first(values), &d->guest);
}

static void take_disc(struct draft *d, const struct strv *values)
{
	add_disk(d, first(values), true, "ide", NULL);
	if (!d->guest)
		import_is_windows(first(values), &d->guest);
}

static void take_image(struct draft *d, const struct strv *values)
{
	add_disk(d, first(values), false, "sata", "install");
}

static void take_floppy(struct draft *d, const struct strv *values)
{
	add_disk(d, first(values), false, "floppy", NULL);
}

static void take_cores(struct draft *d, const struct strv *values)
{
	uint64_t n = 0;

	parse_u64(first(values), 10, 4096, &n);
	draft_cpus(d, n);
}

static void take_memory(struct draft *d, const struct strv *values)
{
	uint64_t bytes;

	if (import_size(first(values), 1 << 30, &bytes))
		draft_memory(d, bytes);
	else
		draft_lost(d, WHY_SIZE);
}

static void take_boot(struct draft *d, const struct strv *values)
{
	d->uefi = !streq(first(values), "legacy") && !streq(first(values), "bios");
	draft_left(d, WHY_FIRMWARE);
}

static void take_secure_boot(struct draft *d, const struct strv *values)
{
	d->secure_boot = import_is_on(first(values));
	draft_carried(d, d->secure_boot ? "[boot] secure-boot=yes" : "[boot] secure-boot=no");
}

static void take_tpm(struct draft *d, const struct strv *values)
{
	d->tpm = import_is_on(first(values));
	if (d->tpm)
		draft_note(d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
	else
		draft_carried(d, "[boot] tpm=no");
}

static void take_usb(struct draft *d, const struct strv *values)
{
	int line = d->line;

	strv_foreach (value, values) {
		struct draft_usb *usb;
		unsigned vendor, product;

		draft_at(d, line, "usb_devices %s", *value);
		usb = draft_add_usb(d);
		if (sscanf(*value, "%4x:%4x", &vendor, &product) == 2) {
			usb->vendor = (int)vendor;
			usb->product = (int)product;
		}
	}
}

/* The card that Quickemu gives to every machine, unless it was asked for already. */
static struct draft_nic *card(struct draft *d)
{
	if (d->n_nics)
		return &d->nics[0];
	draft_add_nic(d);
	d->nics[0].type = "user";
	d->nics[0].model = xstrdup("virtio");
	return &d->nics[0];
}

static void take_network(struct draft *d, const struct strv *values)
{
	const char *kind = first(values);
	struct draft_nic *nic = card(d);

	if (streq(kind, "none")) {
		nic->type = NULL;
		nic->why = WHY_OFF;
	} else if (streq(kind, "restrict")) {
		nic->why = N_("it reached nothing but this PC: type=private is the nearest");
	} else if (*kind && !streq(kind, "user")) {
		nic->type = "bridge";
		nic->link = xstrdup(kind);
	}
}

static void take_forward(struct draft *d, const struct strv *values)
{
	struct draft_nic *nic = card(d);

	strv_foreach (value, values)
		strv_addf(&nic->forward, "tcp:%s", *value);
}

static void take_mac(struct draft *d, const struct strv *values)
{
	struct draft_nic *nic = card(d);

	free(nic->mac);
	nic->mac = xstrdup(first(values));
	draft_carried(d, "[network] mac");
}

static void take_args(struct draft *d, const struct strv *values)
{
	cleanup_strv struct strv words = {0};

	strv_foreach (value, values)
		strv_split(&words, *value, " \t\n");
	import_qemu_options(d, &words);
}

static void take_sound(struct draft *d, const struct strv *values)
{
	d->sound = !streq(first(values), "none");
	draft_note(d, IMPORT_CHANGED, d->sound ? "[sound] type=hda" : "[sound] type=none",
	        N_("the nearest card that VMs can have"));
}

static const struct rule {
	const char *name;
	take *take;
	enum import_fate fate; /* without take */
	const char *why;
} rules[] = {
        {"guest_os", take_system, 0, NULL},
        {"disk_img", take_disk, 0, NULL},
        {"iso", take_disc, 0, NULL},
        {"fixed_iso", take_disc, 0, NULL},
        {"img", take_image, 0, NULL},
        {"floppy", take_floppy, 0, NULL},
        {"cpu_cores", take_cores, 0, NULL},
        {"ram", take_memory, 0, NULL},
        {"boot", take_boot, 0, NULL},
        {"secureboot", take_secure_boot, 0, NULL},
        {"tpm", take_tpm, 0, NULL},
        {"usb_devices", take_usb, 0, NULL},
        {"network", take_network, 0, NULL},
        {"port_forwards", take_forward, 0, NULL},
        {"macaddr", take_mac, 0, NULL},
        {"extra_args", take_args, 0, NULL},
        {"sound_card", take_sound, 0, NULL},
        {"display", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"viewer", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"spice_port", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"width", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"height", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"gl", NULL, IMPORT_CHANGED, WHY_SCREEN},
        {"keyboard", NULL, IMPORT_CHANGED, WHY_INPUT},
        {"keyboard_layout", NULL, IMPORT_CHANGED, WHY_INPUT},
        {"mouse", NULL, IMPORT_CHANGED, WHY_INPUT},
        {"usb_controller", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"monitor", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"monitor_telnet_port", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"monitor_telnet_host", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"monitor_cmd", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"serial", NULL, IMPORT_CHANGED, N_("every VM has a serial port: playthrough log")},
        {"serial_telnet_port", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"serial_telnet_host", NULL, IMPORT_CHANGED, WHY_PROCESS},
        {"disk_size", NULL, IMPORT_CHANGED, N_("the size of an image is that of its file")},
        {"preallocation", NULL, IMPORT_CHANGED, N_("the size of an image is that of its file")},
        {"macos_release", NULL, IMPORT_LOST, WHY_NOTHING},
        {"ssh_port", NULL, IMPORT_LOST, N_("forward=ssh leads there from port 2222")},
        {"public_dir", NULL, IMPORT_LOST, WHY_SHARE},
};

static void take_variable(struct draft *d, const struct shell_variable *v)
{
	const struct rule *rule = NULL;
	cleanup_free char *all = strv_join(&v->values, " ");

	for (size_t i = 0; !rule && i < ARRAY_SIZE(rules); i++)
		if (streq(rules[i].name, v->name))
			rule = &rules[i];
	draft_at(d, v->line, "%s=\"%s\"", v->name, rule && rule->take != take_args ? all : "...");
	if (!rule)
		draft_lost(d, WHY_UNKNOWN);
	else if (rule->take)
		rule->take(d, &v->values);
	else
		draft_note(d, rule->fate, NULL, rule->why);
}

int import_quickemu(struct draft *d, const char *text, struct err *err)
{
	cleanup(shell_finish) struct shell shell = {0};
	int r = shell_read(d, text, &shell, err);

	if (r < 0)
		return r;
	if (!shell.n_variables)
		return import_refuse(d, 1, _("no NAME=\"VALUE\" is in it"), err);
	d->uefi = true;
	d->display = "virtio";
	d->sound = true;
	for (size_t i = 0; i < shell.n_variables; i++)
		take_variable(d, &shell.variables[i]);
	for (size_t i = 0; i < shell.n_commands; i++) {
		cleanup_free char *told = secret_hide_command(shell.commands[i].words.list[0]);

		draft_at(d, shell.commands[i].lines[0], "%s", told);
		draft_lost(d, N_("no command of a script is run"));
	}
	draft_at(d, 0, "cpu_cores, ram");
	if (!strstr(d->text, "count=") || !strstr(d->text, "size="))
		draft_left(d, N_("what is not said Quickemu chooses by the PC, and a profile by "
		                 "its defaults"));
	draft_at(d, 0, "network=\"user\"");
	card(d);
	return 0;
}
