/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"

#include "host/pasted.h"

#include <inttypes.h>

/* --- from text to facts --- */

char *explain_source(const struct explained *e, size_t file, size_t line)
{
	return xasprintf("%s:%zu", file < e->names.n ? e->names.list[file] : "-", line);
}

char *explain_describe(const struct pci_device *d)
{
	const char *name = d->device_name ? d->device_name : "";

	if (!d->vendor)
		return xstrdup(*name ? name : _("no id told"));
	return xasprintf("%s%s%s", pci_id(d).s, *name ? " " : "", name);
}

static void add_to_group(struct iommu *iommu, int id, size_t index)
{
	struct iommu_group *group = NULL;

	for (size_t i = 0; i < iommu->n_groups && !group; i++)
		group = iommu->groups[i].id == id ? &iommu->groups[i] : NULL;
	if (!group) {
		group = list_append(iommu->groups, iommu->n_groups);
		group->id = id;
	}
	*list_append(group->devices, group->n) = (int)index;
}

static int compare_groups(const void *a, const void *b)
{
	const struct iommu_group *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void take_function(struct host *host, const struct listed *told)
{
	struct pci_device *d = list_append(host->pci.list, host->pci.n);

	d->addr = told->addr;
	d->vendor = told->vendor;
	d->device = told->device;
	d->class_code = told->class_code;
	d->device_name = xstrdup(told->name);
	d->driver = xstrdup(told->driver);
	d->path = xstrdup(pci_addr_format(told->addr).s);
	d->iommu_group = told->group;
	d->numa_node = d->d3cold_allowed = d->parent = -1;
	d->boot_vga = told->boot_vga ? 1 : -1;
	if (told->group >= 0)
		add_to_group(&host->iommu, told->group, host->pci.n - 1);
}

/* More than any PC has, virtual functions counted. */
#define MOST_FUNCTIONS 8192

static void take_listing(struct explained *e)
{
	struct iommu *iommu = &e->host.iommu;

	listing_settle(&e->listing);
	for (size_t i = 0; i < e->listing.n && i < MOST_FUNCTIONS; i++)
		take_function(&e->host, &e->listing.list[i]);
	if (iommu->n_groups)
		qsort(iommu->groups, iommu->n_groups, sizeof(*iommu->groups), compare_groups);
}

/* How much a log tells: of several files the one that tells most is judged, of equal ones the last. */
static int weight(const struct told_log *log)
{
	int w = 4 * (log->verdict.iommu.state != KERNEL_UNKNOWN) +
	        4 * (log->verdict.remapping.state != KERNEL_UNKNOWN);

	for (enum kernel_says s = KERNEL_TABLE_DMAR; s <= KERNEL_LAZY_OFF; s++) {
		if (s != KERNEL_GROUPED && kernel_log_says(&log->log, s))
			return w + 3;
	}
	for (enum kernel_says s = KERNEL_CPU_LOCKED; s <= KERNEL_CPU_WORKS; s++)
		w += kernel_log_says(&log->log, s);
	return w;
}

static bool speaks_of_iommu(const struct kernel_log *log)
{
	for (enum kernel_says s = KERNEL_TABLE_DMAR; s <= KERNEL_LAZY_OFF; s++) {
		if (s != KERNEL_GROUPED && kernel_log_says(log, s))
			return true;
	}
	return kernel_log_says(log, KERNEL_VERSION) || kernel_log_says(log, KERNEL_CMDLINE);
}

static void take_log(struct explained *e, const char *name, const char *text)
{
	struct told_log log = {.file = name};

	kernel_log_parse(text, false, &log.log);
	kernel_log_judge(&log.log, &log.verdict);
	if (e->log.file && weight(&log) < weight(&e->log)) {
		kernel_log_finish(&log.log);
		return;
	}
	kernel_log_finish(&e->log.log);
	e->log = log;
	/* It pointed into the struct that was moved; both share the list of units. */
	kernel_log_judge(&e->log.log, &e->log.verdict);
}

static void take_cpu(struct host *host, const struct kernel_log *log)
{
	const char *text = log->says[KERNEL_CPU].text, *name = text ? strstr(text, "CPU0: ") : NULL;

	host->cpu.vendor = log->vendor;
	host->cpu.model_name = xstrdup(name ? name + strlen("CPU0: ") : "");
	text = log->says[KERNEL_BOARD].text;
	host->firmware.product = text ? xstrdup(text + strlen("DMI: ")) : NULL;
	host->firmware.cmdline = xstrdup(log->cmdline);
}

/* --- from facts to results --- */

typedef void explain_function(const struct explained *e, struct check_result *r);

static void explain_cpu(const struct explained *e, struct check_result *r)
{
	result_told(r, &e->log, KERNEL_CPU);
	if (result_told(r, &e->log, KERNEL_CPU_LOCKED)) {
		result_fail(r, CODE_CPU_OFF, CHECK_CURE_PERSON,
		        _("the processor can run virtual machines, but the firmware setup has it "
		          "off"));
		result_fix(r,
		        _("In the firmware setup (often under CPU or Advanced) switch on %s; then "
		          "a full power cycle."),
		        e->log.log.vendor == CPU_AMD ? "SVM" : "Intel VT-x");
	} else if (result_told(r, &e->log, KERNEL_CPU_WORKS)) {
		result_pass(r, _("the processor runs virtual machines (%s)"), "KVM");
	} else if (result_told(r, &e->log, KERNEL_CPU_NONE)) {
		result_fail(r, CODE_CPU_NONE, CHECK_CURE_PERSON,
		        _("KVM finds neither VT-x nor SVM: switched off in the firmware setup, or "
		          "missing"));
		result_fix(r, _("Look for Intel VT-x or SVM in the firmware setup."));
	} else {
		result_skip(r, _("the text does not tell"));
	}
}

static void explain_firmware(const struct explained *e, struct check_result *r)
{
	bool dmar =
	        result_told(r, &e->log, KERNEL_TABLE_DMAR) || result_told(r, &e->log, KERNEL_DMAR);
	bool ivrs = result_told(r, &e->log, KERNEL_TABLE_IVRS) ||
	            (!dmar && result_told(r, &e->log, KERNEL_AMD));

	if (result_told(r, &e->log, KERNEL_TABLE_BAD)) {
		result_fail(r, CODE_IOMMU_FAILED, CHECK_CURE_PERSON,
		        _("the firmware's table of the IOMMU is broken"));
		result_fix(r, _("Install a newer firmware."));
	} else if (dmar || ivrs) {
		result_pass(r, _("the firmware describes an IOMMU (%s)"),
		        dmar ? "Intel VT-d" : "AMD-Vi");
	} else if (e->log.verdict.iommu.why == KERNEL_WHY_NO_TABLE) {
		result_fail(r, CODE_IOMMU_FIRMWARE, CHECK_CURE_PERSON,
		        _("the firmware describes no IOMMU: it is switched off there, or this "
		          "board has none"));
		result_fix(r,
		        _("In the firmware setup switch on %s. No kernel argument can replace it."),
		        iommu_firmware_switch(e->log.log.vendor));
	} else if (e->listing.has_groups) {
		result_pass(r, _("there are IOMMU groups, so the firmware describes an IOMMU"));
	} else {
		result_skip(r, _("the text does not tell"));
	}
}

static void show_first_group(const struct explained *e, struct check_result *r)
{
	for (size_t i = 0; i < e->listing.n; i++) {
		const struct listed *d = &e->listing.list[i];
		cleanup_free char *source = explain_source(e, d->group_file, d->group_line);

		if (d->group < 0)
			continue;
		result_evidence(r, source, "%s in group %d", pci_addr_format(d->addr).s, d->group);
		return;
	}
}

static void explain_enabled(const struct explained *e, struct check_result *r)
{
	bool on = e->log.verdict.iommu.state == KERNEL_YES, groups = e->listing.has_groups;

	/* "Removing from iommu group 5" alone makes no log of it, nor a listing, but says it as well. */
	if (on ? e->is_log || !groups : e->is_log && !groups) {
		iommu_judge_log(&e->log, r);
	} else if (e->listing.has_groups) {
		/* Groups prove it, whatever a log of another boot says. */
		show_first_group(e, r);
		result_pass(
		        r, _("the IOMMU is on (groups in the text: %zu)"), e->host.iommu.n_groups);
	} else if (e->listing.n) {
		result_unknown(r, CODE_IOMMU_UNKNOWN,
		        _("the listing names no IOMMU groups, so it does not tell whether an IOMMU "
		          "is on"));
		result_fix(r, _("Give the kernel log, or what is in /sys/kernel/iommu_groups."));
	} else {
		result_unknown(r, CODE_IOMMU_UNKNOWN,
		        _("there is neither a kernel log about an IOMMU nor a listing of groups in "
		          "this text"));
		result_fix(r, _("Give the whole log of one boot: sudo dmesg right after the start, "
		                "or journalctl -k -b."));
	}
}

static void explain_remapping(const struct explained *e, struct check_result *r)
{
	/* A text without either may be a piece of a log that tells nothing. */
	if (e->is_log || !e->listing.n)
		remapping_judge_log(&e->log, r);
	else
		result_skip(r, _("a listing does not tell; the kernel log does"));
}

static void explain_quirks(const struct explained *e, struct check_result *r)
{
	quirks_judge(&e->log, r);
}

/* The group of a card as the text tells it. */
static void show_group(
        const struct explained *e, const struct check_gpu *gpu, struct check_result *r)
{
	const struct listed *told = &e->listing.list[gpu->device - e->host.pci.list];
	const struct iommu_group *group =
	        iommu_find_group(&e->host.iommu, gpu->device->iommu_group);
	cleanup_free char *source = explain_source(e, told->group_file, told->group_line);
	struct strv cleanup_strv names = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; group && i < group->n; i++) {
		const struct pci_device *d = &e->host.pci.list[group->devices[i]];

		strv_addf(&names, "%s [%04x]%s", pci_addr_format(d->addr).s, d->class_code >> 8,
		        pci_is_bridge(d) ? " stays" : "");
	}
	all = strv_join(&names, ", ");
	if (group)
		result_evidence(r, source, "group %d: %s", group->id, all);
}

static void explain_groups(const struct explained *e, struct check_result *r)
{
	const struct check_report *report = &e->report;
	size_t candidates = gpus_count_candidates(report);

	for (size_t i = 0; i < report->n_gpus; i++)
		show_group(e, &report->gpus[i], r);
	if (!e->listing.has_groups) {
		result_skip(r, _("the text names no groups"));
	} else if (report->n_gpus == 0) {
		result_skip(r, _("%zu groups, and no graphics card in any of them"),
		        e->host.iommu.n_groups);
	} else if (candidates) {
		result_pass(r,
		        _("%zu of %zu graphics cards can be given away with their whole group"),
		        candidates, report->n_gpus);
	} else {
		result_fail(r, CODE_GROUP_SHARED, CHECK_CURE_PERSON,
		        _("every graphics card that could be given away shares its group with what "
		          "the host needs"));
		result_fix(r, _("Put the card into another slot (often the one nearest the "
		                "processor), or look for ACS in the firmware setup."));
	}
}

static bool tells_classes(const struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++) {
		if (listing->list[i].has_class)
			return true;
	}
	return false;
}

static void explain_present(const struct explained *e, struct check_result *r)
{
	size_t n = e->report.n_gpus;

	for (size_t i = 0; i < n; i++) {
		const struct pci_device *d = e->report.gpus[i].device;
		const struct listed *told = &e->listing.list[d - e->host.pci.list];
		cleanup_free char *source = explain_source(e, told->file, told->line);
		cleanup_free char *name = explain_describe(d);

		result_evidence(r, source, "%s [%04x] %s", pci_addr_format(d->addr).s,
		        d->class_code >> 8, name);
	}
	if (n) {
		result_pass(r, ngettext("%zu graphics card", "%zu graphics cards", n), n);
	} else if (e->listing.n && !tells_classes(&e->listing)) {
		result_unknown(r, CODE_NONE,
		        _("the text tells addresses alone, and not which of "
		          "them are graphics cards"));
		result_fix(r, _("Give the output of lspci -nn with it."));
	} else if (e->listing.n) {
		result_skip(r, _("no graphics card is in what the text tells"));
	} else {
		result_skip(r, _("the text lists no devices"));
	}
}

static void explain_boot_display(const struct explained *e, struct check_result *r)
{
	const struct check_report *report = &e->report;
	const struct check_gpu *boot = NULL;

	for (size_t i = 0; i < report->n_gpus && !boot; i++)
		boot = report->gpus[i].boot_display ? &report->gpus[i] : NULL;
	if (boot && report->n_gpus > 1) {
		result_pass(r, _("the host's screen is on %s, and there is another card"),
		        pci_addr_format(boot->device->addr).s);
	} else if (report->n_gpus == 1) {
		result_warn(r, CODE_GPU_ONLY_BOOT,
		        _("the text tells of one graphics card, %s: without it the host has no "
		          "screen, if there is no other"),
		        pci_addr_format(report->gpus[0].device->addr).s);
		result_fix(r, _("Switch on the processor's graphics in the firmware setup and make "
		                "it the first display, or add a second card (a cheap one will do "
		                "for the host)."));
	} else {
		result_skip(r, _("the text does not tell which card is the host's screen"));
	}
}

static void explain_reset(const struct explained *e, struct check_result *r)
{
	size_t without = 0, n = e->report.n_gpus;

	for (size_t i = 0; i < n; i++)
		without += e->listing.list[e->report.gpus[i].device - e->host.pci.list].reset != 1;
	if (!e->listing.has_resets || !n) {
		result_skip(r, _("the text does not tell how cards can be reset"));
	} else if (without) {
		result_warn(r, CODE_GPU_RESET, _("%zu of %zu cards cannot be reset by the kernel"),
		        without, n);
		result_fix(r, _("Give away a card that can; see the graphics cards below."));
	} else {
		result_pass(r, _("the listing marks every card as one that can be reset"));
	}
}

static const struct {
	const char *id;
	explain_function *run;
} told[] = {
        {"cpu.virtualization", explain_cpu},
        {"iommu.firmware", explain_firmware},
        {"iommu.enabled", explain_enabled},
        {"iommu.interrupt-remapping", explain_remapping},
        {"iommu.quirks", explain_quirks},
        {"iommu.groups", explain_groups},
        {"gpu.present", explain_present},
        {"gpu.boot-display", explain_boot_display},
        {"gpu.reset", explain_reset},
};

static void judge(struct explained *e, struct check_result *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		if (streq(told[i].id, r->id)) {
			told[i].run(e, r);
			return;
		}
	}
	result_skip(r, _("a text of this kind does not tell"));
}

void explain_run(const struct strv *names, const struct strv *texts, struct explained *out)
{
	*out = (struct explained){0};
	for (size_t i = 0; i < texts->n; i++) {
		strv_add(&out->names, names->list[i]);
		listing_parse(&out->listing, texts->list[i], i);
	}
	for (size_t i = 0; i < texts->n; i++)
		take_log(out, out->names.list[i], texts->list[i]);
	take_listing(out);
	take_cpu(&out->host, &out->log.log);
	out->is_log = speaks_of_iommu(&out->log.log);
	explain_judge_gpus(out, &out->report);
	for (size_t i = 0; check_id(i); i++) {
		struct check_result *r = list_append(out->report.results, out->report.n_results);

		r->id = check_id(i);
		judge(out, r);
	}
}

void explain_finish(struct explained *e)
{
	check_report_finish(&e->report);
	host_finish(&e->host);
	listing_finish(&e->listing);
	kernel_log_finish(&e->log.log);
	strv_finish(&e->names);
}

/* --- as JSON --- */

static const char *state_name(enum kernel_state state, const char *yes, const char *no)
{
	switch (state) {
	case KERNEL_YES:
		return yes;
	case KERNEL_NO:
		return no;
	case KERNEL_UNKNOWN:
		break;
	}
	return "unknown";
}

/* No vendor has the number 0, so that id was not told. */
static void null_untold(json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	const char *class = json_string_value(json_object_get(o, "class"));

	if (id && starts_with(id, "0000:"))
		json_object_set_new(o, "id", json_null());
	if (class && streq(class, "0000"))
		json_object_set_new(o, "class", json_null());
}

json_t *explain_json(const struct explained *e)
{
	json_t *o = check_json(&e->host, &e->report), *log = json_object(), *group, *each;
	size_t i, k;

	json_array_foreach (json_object_get(o, "groups"), i, group) {
		json_array_foreach (json_object_get(group, "devices"), k, each)
			null_untold(each);
	}
	json_array_foreach (json_object_get(o, "gpus"), i, each)
		null_untold(each);
	json_object_set_new(log, "file", e->is_log ? json_string(e->log.file) : json_null());
	json_object_set_new(log, "boots", json_integer((json_int_t)e->log.log.boots));
	json_object_set_new(log, "whole", json_boolean(e->log.log.whole));
	json_object_set_new(
	        log, "iommu", json_string(state_name(e->log.verdict.iommu.state, "on", "off")));
	json_object_set_new(log, "interrupt_remapping",
	        json_string(state_name(e->log.verdict.remapping.state, "enabled", "disabled")));
	json_object_set_new(o, "kernel_log", log);
	return o;
}
