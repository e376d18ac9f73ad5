/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU command lines, as qemu(1) describes them, from a script or by themselves. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_secrets.h"

#include <stdio.h>

static const struct option {
	const char *name;
	bool has_value;
	qemu_take *take;
	enum import_fate fate; /* without take */
	const char *why;
} table[] = {
        {"name", true, qemu_name, 0, NULL},
        {"machine", true, qemu_machine, 0, NULL},
        {"M", true, qemu_machine, 0, NULL},
        {"accel", true, qemu_accel, 0, NULL},
        {"enable-kvm", false, qemu_kvm, 0, NULL},
        {"cpu", true, qemu_cpu, 0, NULL},
        {"smp", true, qemu_smp, 0, NULL},
        {"m", true, qemu_memory, 0, NULL},
        {"mem-path", true, qemu_memory_path, 0, NULL},
        {"bios", true, qemu_bios, 0, NULL},
        {"rtc", true, qemu_rtc, 0, NULL},
        {"vga", true, qemu_vga, 0, NULL},
        {"soundhw", true, qemu_sound, 0, NULL},
        {"smbios", true, qemu_smbios, 0, NULL},
        {"kernel", true, qemu_kernel, 0, NULL},
        {"initrd", true, qemu_initrd, 0, NULL},
        {"append", true, qemu_append, 0, NULL},
        {"watchdog", true, qemu_watchdog, 0, NULL},
        {"watchdog-action", true, qemu_watchdog_action, 0, NULL},
        {"tpmdev", true, qemu_tpm, 0, NULL},
        {"uuid", true, qemu_uuid, 0, NULL},
        {"boot", true, qemu_boot, 0, NULL},
        {"hda", true, qemu_hda, 0, NULL},
        {"hdb", true, qemu_hda, 0, NULL},
        {"hdc", true, qemu_hda, 0, NULL},
        {"hdd", true, qemu_hda, 0, NULL},
        {"cdrom", true, qemu_cdrom, 0, NULL},
        {"fda", true, qemu_floppy, 0, NULL},
        {"fdb", true, qemu_floppy, 0, NULL},
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
        {"nodefaults", false, qemu_nodefaults, 0, NULL},
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
        {"audio", true, qemu_sound, 0, NULL},
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
        {"snapshot", false, qemu_dropping, 0, NULL},
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
