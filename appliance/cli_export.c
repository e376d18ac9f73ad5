/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile export: a profile as the definition of another program, and what that cannot say. */
#include "cli_export.h"

#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "host/host.h"

#include <errno.h>

#define QEMU "/usr/bin/qemu-system-x86_64"

/* --- what is known of this PC --- */

struct here {
	struct host host;
	struct vm_plan plan;
	bool has_host, planned;
};

/* A start as root would plan it; one that this PC refuses is no reason not to move elsewhere. */
static int plan_here(
        struct cli *cli, const struct profile *profile, struct here *here, struct err *err)
{
	const struct vm_options options = {
	        .qemu = QEMU, .data_dir = cli->paths.data_dir, .read_rom = plan_look_at_rom};
	cleanup(root_close) struct root root;
	int r = root_open(&root, "/", err);

	if (r == 0)
		r = host_take(&root, &here->host, err);
	here->has_host = r == 0;
	if (r == 0)
		r = vm_plan_make(&here->host, profile, &options, &here->plan, err);
	here->planned = r == 0;
	return r;
}

static void here_finish(struct here *here)
{
	if (here->planned)
		vm_plan_finish(&here->plan);
	if (here->has_host)
		host_finish(&here->host);
}

static struct export_facts facts_of(const struct here *here)
{
	const struct cpu_map *map = &here->plan.cpus;

	if (!here->planned)
		return (struct export_facts){0};
	return (struct export_facts){
	        .pins = map->n ? map->guest : NULL,
	        .dies = map->dies,
	        .cores = map->cores,
	        .threads = map->threads,
	        .same_caches = map->n && map->same_caches,
	        .memory_bytes = here->plan.memory_bytes,
	};
}

/* --- to whom --- */

static int refuse_shares(const struct profile *profile, struct err *err)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		if (!profile_pci_is_share(&profile->pci[i]))
			continue;
		err_set(err, -ENOTSUP,
		        _("a part of a card is made by Playthrough at each start, and is not there "
		          "without it"));
		err_hint(err, _("pass a whole card, or none"));
		return -ENOTSUP;
	}
	return 0;
}

static int export_systemd(
        struct cli *cli, const struct profile *profile, struct exported *out, struct err *err)
{
	cleanup(here_finish) struct here here = {0};
	int r = refuse_shares(profile, err);

	if (r < 0)
		return r;
	r = plan_here(cli, profile, &here, err);
	if (r < 0)
		return err_prefix(err, _("a unit of systemd is for this PC"));
	args_console_out(&here.plan, true);
	vm_plan_without_sound(&here.plan);
	cli_export_systemd(profile, &here.plan, out);
	return 0;
}

static int export_definition(struct cli *cli, export_function *export,
        const struct profile *profile, struct exported *out, struct err *err)
{
	cleanup(here_finish) struct here here = {0};
	struct export_facts facts;

	plan_here(cli, profile, &here, NULL);
	facts = facts_of(&here);
	return export(profile, &facts, out, err);
}

static int export_to(
        struct cli *cli, const struct profile *profile, struct exported *out, struct err *err)
{
	static const struct {
		const char *name;
		export_function *export;
	} formats[] = {{"libvirt", export_libvirt}, {"proxmox", export_proxmox},
	        {"kubevirt", export_kubevirt}};
	cleanup_free char *harmless = NULL;

	if (!cli->to) {
		err_set(err, -EINVAL, _("--to is missing"));
		err_hint(err, _("say to what: libvirt, proxmox, kubevirt or systemd"));
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (streq(cli->to, formats[i].name))
			return export_definition(cli, formats[i].export, profile, out, err);
	if (streq(cli->to, "systemd"))
		return export_systemd(cli, profile, out, err);
	harmless = text_harmless(cli->to, false);
	err_set(err, -EINVAL, _("%s is nothing that a profile is exported to"), harmless);
	err_hint(err, _("there are libvirt, proxmox, kubevirt and systemd"));
	return -EINVAL;
}

/* --- what is said --- */

static const char *fate_word(enum export_fate fate)
{
	switch (fate) {
	case EXPORT_CHANGED:
		return "changed";
	case EXPORT_LOST:
		return "lost";
	case EXPORT_DO:
		return "to-do";
	case EXPORT_KEPT:
		break;
	}
	return "kept";
}

static void print_fate(const struct exported *out, enum export_fate fate, const char *title)
{
	bool any = false;

	for (size_t i = 0; i < out->n_notes; i++) {
		const struct export_note *note = &out->notes[i];
		cleanup_free char *value = text_harmless(note->value ? note->value : "", false),
		                  *why = text_harmless(note->why, false);

		if (note->fate != fate)
			continue;
		if (!any)
			fprintf(stderr, "%s\n", title);
		any = true;
		fprintf(stderr, "  [%s]%s%s%s%s: %s\n", note->section, note->key ? " " : "",
		        note->key ? note->key : "", *value ? "=" : "", value, why);
	}
}

static void print_notes(const struct profile *profile, const struct exported *out)
{
	print_fate(out, EXPORT_CHANGED, _("Is otherwise there:"));
	print_fate(out, EXPORT_LOST, _("Is not carried:"));
	print_fate(out, EXPORT_DO, _("Is for you to do:"));
	if (profile->n_pci)
		fprintf(stderr, "%s\n",
		        _("The passed devices are named there by their addresses on this PC. Look "
		          "that they are the same where it is to run."));
}

static json_t *notes_json(const struct exported *out)
{
	json_t *all = json_array();

	for (size_t i = 0; i < out->n_notes; i++) {
		const struct export_note *note = &out->notes[i];

		json_array_append_new(
		        all, json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "fate", fate_word(note->fate),
		                     "section", note->section, "key", note->key, "value",
		                     note->value, "why", note->why));
	}
	return all;
}

static void print_json(const struct cli *cli, const struct exported *out)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	json_object_set_new(document, "to", json_string(cli->to));
	json_object_set_new(document, "text", json_string(out->text));
	json_object_set_new(document, "notes", notes_json(out));
	cli_print_json(document);
}

/* Standard output is the definition alone. */
int command_profile_export(struct cli *cli, struct err *err)
{
	struct exported out = {0};
	struct profile profile;
	int r = cli_profile_load(cli, &profile, err);

	if (r < 0)
		return r;
	r = export_to(cli, &profile, &out, err);
	if (r == 0 && cli->json)
		print_json(cli, &out);
	if (r == 0 && !cli->json) {
		cleanup_free char *harmless = text_harmless(out.text, true);

		fputs(harmless, stdout);
		print_notes(&profile, &out);
	}
	exported_finish(&out);
	profile_finish(&profile);
	return r;
}
