/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan as text for people and as JSON. */
#include "plan.h"
#include "way_in.h"

#include "base/i18n.h"

static void print_devices(const struct plan *plan, FILE *out)
{
	if (!plan->n_devices) {
		fprintf(out, "%s\n", _("No device is given to vfio-pci by early boot."));
		return;
	}
	fprintf(out, "%s\n",
	        _("Devices that early boot gives to vfio-pci, by place and identity:"));
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct plan_device *d = &plan->devices[i];

		fprintf(out, "  %s  %s\n", pci_addr_format(d->addr).s, d->name);
		fprintf(out, _("      path %s, class %06x, driver now: %s\n"), d->path,
		        d->class_code, d->driver ? d->driver : _("none"));
		fprintf(out, _("      because: %s\n"), d->reason);
		if (d->serial)
			fprintf(out, _("      serial number %s\n"), d->serial);
	}
}

static void print_losses(const struct plan *plan, FILE *out)
{
	bool any = false;

	if (!plan->n_devices)
		return;
	fprintf(out, "\n%s\n", _("What the host loses while it runs with this boot entry:"));
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct plan_device *d = &plan->devices[i];

		strv_foreach (loss, &d->losses) {
			fprintf(out, "  %s: %s\n", pci_addr_format(d->addr).s, *loss);
			any = true;
		}
	}
	fprintf(out, "  %s\n",
	        any ? _("and the devices above; nothing else")
	            : _("the devices above; nothing it uses now"));
}

static void print_ways(const struct plan *plan, FILE *out)
{
	if (plan->ways.n)
		fprintf(out, "\n%s\n", _("Ways into the host that remain:"));
	strv_foreach (way, &plan->ways) {
		cleanup_free char *words = way_in_words(*way);

		fprintf(out, "  %s\n", words);
	}
}

static void print_instructions(const struct plan *plan, const struct boot *boot, FILE *out)
{
	fprintf(out, _("\nThen a person adds the entry: %s is not edited by Playthrough.\n"),
	        boot->loader->name);
	strv_foreach (line, &boot->instructions) {
		cleanup_free char *text = plan_fill(*line, plan);

		fprintf(out, "%s%s\n", *text ? "  " : "", text);
	}
	fprintf(out, "\n%s\n",
	        _("The entry that is there stays as it is, and stays the default until you say "
	          "otherwise."));
}

static void print_tools(const struct plan *plan, const struct boot *boot, FILE *out)
{
	if (boot->loader->instructions) {
		print_instructions(plan, boot, out);
		return;
	}
	fprintf(out, "\n%s\n", _("Then, in this order:"));
	fprintf(out, _("  %s, which adds the entry \"Playthrough\" with the arguments: %s\n"),
	        boot->loader->refresh_tool, plan->arguments);
	if (boot->remembers)
		fprintf(out, "  %s\n",
		        _("have the next start take that entry once; the one after it is the stock "
		          "entry, until verify has found all well"));
	else
		fprintf(out,
		        _("  nothing more: %s, so you choose the entry in the boot menu "
		          "(%s)\n"),
		        boot->remembers_why_not, code_text(CODE_BOOT_ONCE));
}

/* A stock entry or an edited file may hold what a terminal would obey. */
static void make_harmless(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			*text = '?';
	}
}

static void print_diffs(const struct edits *edits, FILE *out)
{
	for (size_t i = 0; i < edits->n; i++) {
		cleanup_free char *diff = edit_diff(&edits->list[i]);

		make_harmless(diff);
		fprintf(out, "%s%s", diff, *diff ? "\n" : "");
	}
}

void plan_print(const struct plan *plan, const struct boot *boot, bool in_force, FILE *out)
{
	print_devices(plan, out);
	print_losses(plan, out);
	print_ways(plan, out);
	strv_foreach (note, &plan->notes)
		fprintf(out, "\n%s\n", *note);
	if (in_force) {
		fprintf(out, _("\nNothing to do: plan %s is applied.\n"), plan->id);
		return;
	}
	fprintf(out,
	        _("\nPlan %s. Files (all without effect unless the kernel is started with "
	          "playthrough=%s):\n\n"),
	        plan->id, plan->id);
	print_diffs(&plan->edits, out);
	print_tools(plan, boot, out);
	if (edits_change(&plan->entries)) {
		fprintf(out, _("\nWhat %s will write:\n\n"), boot->loader->refresh_tool);
		print_diffs(&plan->entries, out);
	}
	fprintf(out, "\n%s\n",
	        _("To go back, at any time: the entry that starts this PC now stays in the boot "
	          "menu and starts it as it is; playthrough-setup undo takes all of this away."));
}

static json_t *strings(const struct strv *v)
{
	json_t *list = json_array();

	strv_foreach (s, v)
		json_array_append_new(list, json_string(*s));
	return list;
}

/* What a person has to do, NULL (no such key) where nothing is left. */
static json_t *instructions_json(const struct plan *plan, const struct boot *boot)
{
	json_t *list = boot->loader->instructions ? json_array() : NULL;

	strv_foreach (line, &boot->instructions) {
		cleanup_free char *text = plan_fill(*line, plan);

		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *device_json(const struct plan_device *d)
{
	char id[16], subsystem[16], class_code[8];

	snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->device);
	snprintf(subsystem, sizeof(subsystem), "%04x:%04x", d->subsystem_vendor,
	        d->subsystem_device);
	snprintf(class_code, sizeof(class_code), "%06x", d->class_code & 0xffffff);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:i, s:s, s:o}", "address",
	        pci_addr_format(d->addr).s, "path", d->path, "id", id, "subsystem", subsystem,
	        "class", class_code, "serial", d->serial, "driver", d->driver, "name", d->name,
	        "group", d->group, "reason", d->reason, "host_uses", strings(&d->losses));
}

static json_t *edits_json(const struct edits *edits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < edits->n; i++) {
		const struct edit *edit = &edits->list[i];
		cleanup_free char *diff = edit_diff(edit);
		char mode[8];

		if (!edit_changes(edit))
			continue;
		snprintf(mode, sizeof(mode), "%04o", edit->mode & 07777u);
		json_array_append_new(
		        list, json_pack("{s:s, s:b, s:s, s:s}", "path", edit->path, "created",
		                      !edit->existed, "mode", mode, "diff", diff));
	}
	return list;
}

json_t *plan_json(const struct plan *plan, const struct boot *boot, bool in_force)
{
	json_t *devices = json_array(), *tools = json_array();

	for (size_t i = 0; i < plan->n_devices; i++)
		json_array_append_new(devices, device_json(&plan->devices[i]));
	if (!in_force && !boot->loader->instructions) {
		json_array_append_new(
		        tools, json_pack("{s:s, s:s}", "run", boot->loader->refresh_tool, "undo",
		                       boot->loader->refresh_tool));
	}
	return json_pack("{s:i, s:s, s:b, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
	        "schema", 1, "id", plan->id, "nothing_to_do", in_force, "arguments",
	        plan->arguments, "loader", boot->loader->name, "tried_once", boot->remembers,
	        "devices", devices, "edits", edits_json(&plan->edits), "entries",
	        edits_json(&plan->entries), "tools", tools, "notes", strings(&plan->notes),
	        "ways_in", strings(&plan->ways), "instructions", instructions_json(plan, boot));
}
