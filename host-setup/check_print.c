/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check for people: the verdict first, then every check with its evidence, cards and groups. */
#include "checks.h"
#include "page.h"

/* Failures that the firmware setup mends. */
static bool is_in_firmware(const struct check_result *r)
{
	static const enum code codes[] = {CODE_CPU_OFF, CODE_IOMMU_FIRMWARE, CODE_IR_FIRMWARE};

	for (size_t i = 0; r->code && i < ARRAY_SIZE(codes); i++) {
		if (streq(r->code, code_text(codes[i])))
			return true;
	}
	return false;
}

/* "Not yet: 2 things to change, 1 of them in the firmware setup."; caller frees. */
static char *tell_acts(const struct check_report *report)
{
	size_t acts = 0, firmware = 0;

	for (size_t i = 0; i < report->n_results; i++) {
		const struct check_result *r = &report->results[i];

		if (r->status != CHECK_FAIL || r->cure != CHECK_CURE_PERSON)
			continue;
		acts++;
		firmware += is_in_firmware(r);
	}
	if (!acts)
		return xstrdup(_("Not yet: something on this PC must be changed by you."));
	if (firmware == acts)
		return xasprintf(
		        ngettext("Not yet: %zu thing to change in the firmware setup.",
		                "Not yet: %zu things to change in the firmware setup.", acts),
		        acts);
	if (firmware)
		return xasprintf(
		        ngettext("Not yet: %zu thing for you to change, %zu of them in the "
		                 "firmware setup.",
		                "Not yet: %zu things for you to change, %zu of them in the "
		                "firmware setup.",
		                acts),
		        acts, firmware);
	return xasprintf(ngettext("Not yet: %zu thing for you to change on this PC.",
	                         "Not yet: %zu things for you to change on this PC.", acts),
	        acts);
}

/* Caller frees. */
static char *verdict_sentence(const struct check_report *report)
{
	switch (check_exit_code(report)) {
	case CHECK_EXIT_READY:
		return xstrdup(_("Ready: this PC can give a graphics card to a game."));
	case CHECK_EXIT_APPLY:
		return xstrdup(_("This PC can do it. It must be set up once: playthrough-setup can "
		                 "do that."));
	case CHECK_EXIT_PERSON:
		return tell_acts(report);
	case CHECK_EXIT_IMPOSSIBLE:
		return xstrdup(_("This PC cannot give a graphics card to a game."));
	}
	return xstrdup(_("Undecided: what passthrough hangs on could not be read here."));
}

static void print_obstacle(const struct page *page, const struct check_result *r)
{
	fputs("  -", page->out);
	page_wrap_after(page, NULL, true, 3, 4, r->summary);
	if (r->fix) {
		page_blank(page, 4);
		page_wrap(page, PAGE_BOLD, 4, 4, r->fix);
	}
}

/*
 * The failures that stand in the way, those with the heaviest cure first. What apply can do is no obstacle
 * yet where a person must act before it.
 */
static void print_obstacles(const struct page *page, const struct check_report *report)
{
	int code = check_exit_code(report);
	int least = code == CHECK_EXIT_APPLY ? CHECK_CURE_APPLY : CHECK_CURE_PERSON;

	for (int cure = CHECK_CURE_IMPOSSIBLE; cure >= least; cure--) {
		for (size_t i = 0; i < report->n_results; i++) {
			const struct check_result *r = &report->results[i];

			if (r->status == CHECK_FAIL && (int)r->cure == cure)
				print_obstacle(page, r);
		}
	}
	for (size_t i = 0; code == CHECK_EXIT_UNDECIDED && i < report->n_results; i++) {
		const struct check_result *r = &report->results[i];

		if (r->status == CHECK_UNKNOWN && !r->only_root_knows)
			print_obstacle(page, r);
	}
}

/* "For a game: 0000:01:00.0 (10de:1b81 NVIDIA ...)", where there is such a card. */
static void print_candidates(const struct page *page, const struct check_report *report)
{
	struct strv cleanup_strv cards = {0};
	cleanup_free char *all = NULL, *line = NULL;

	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct pci_device *d = report->gpus[i].device;
		cleanup_free char *name = pci_describe(d);

		if (gpu_is_candidate(&report->gpus[i]))
			strv_addf(&cards, "%s (%s)", pci_addr_format(d->addr).s, name);
	}
	if (!cards.n)
		return;
	all = strv_join(&cards, _(" or "));
	line = xasprintf(_("For a game: %s."), all);
	page_wrap(page, NULL, 0, 2, line);
}

static const char *next_step(int code)
{
	switch (code) {
	case CHECK_EXIT_READY:
		return _("Next: playthrough profile new, then playthrough test-drive NAME.");
	case CHECK_EXIT_APPLY:
		return _("Next: playthrough-setup plan shows every edit and what the host would "
		         "lose.");
	case CHECK_EXIT_PERSON:
		return _("Next: do the above, then run playthrough-setup check again.");
	case CHECK_EXIT_IMPOSSIBLE:
		return _("VMs without passed devices still work.");
	}
	return _("Next: run playthrough-setup check as root, or send a capture of this PC with a "
	         "report.");
}

static void print_verdict(
        const struct page *page, const struct host *host, const struct check_report *report)
{
	cleanup_free char *sentence = verdict_sentence(report), *count = NULL;
	size_t passed = 0;

	for (size_t i = 0; i < report->n_results; i++)
		passed += report->results[i].status == CHECK_PASS;
	page_wrap(page, PAGE_BOLD, 0, 0, sentence);
	if (host->firmware.product || host->cpu.model_name) {
		cleanup_free char *pc =
		        xasprintf("%s%s%s", host->firmware.product ? host->firmware.product : "",
		                host->firmware.product ? ", " : "",
		                host->cpu.model_name ? host->cpu.model_name : "");
		page_wrap(page, PAGE_DIM, 0, 0, pc);
	}
	print_candidates(page, report);
	count = xasprintf(_("%zu of %zu checks pass."), passed, report->n_results);
	page_wrap(page, NULL, 0, 0, count);
	print_obstacles(page, report);
	page_wrap(page, NULL, 0, 0, next_step(check_exit_code(report)));
}

static void print_gpu(const struct page *page, const struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	cleanup_free char *name = pci_describe(d);
	cleanup_free char *group = d->iommu_group < 0 ? xstrdup(_("no group"))
	                                              : xasprintf(_("group %d"), d->iommu_group);
	cleanup_free char *line = xasprintf("%s  %s, %s, %s %s", pci_addr_format(d->addr).s, name,
	        group, _("driver"), d->driver ? d->driver : _("none"));

	page_status(page, gpu->verdict);
	page_wrap(page, NULL, page->indent, page->indent + 2, line);
	strv_foreach (reason, &gpu->reasons) {
		page_blank(page, page->indent);
		page_wrap(page, PAGE_DIM, page->indent, page->indent + 2, *reason);
	}
}

/* --- groups: what goes together, and what the host would lose with it --- */

static bool only_bridges(const struct host *host, const struct iommu_group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		if (!pci_is_bridge(&host->pci.list[group->devices[i]]))
			return false;
	}
	return true;
}

static void print_member(const struct page *page, const struct pci_device *d)
{
	cleanup_free char *name = pci_describe(d);
	cleanup_free char *line = xasprintf("%s  %04x  %s, %s%s", pci_addr_format(d->addr).s,
	        d->class_code >> 8 & 0xffff, name, d->driver ? d->driver : _("no driver"),
	        pci_is_bridge(d) ? _(" (a bridge: stays)") : "");

	page_wrap(page, NULL, page->indent, page->indent + 2, line);
}

static void print_group(
        const struct page *page, const struct host *host, const struct iommu_group *group)
{
	struct strv cleanup_strv losses = {0};
	cleanup_free char *all = NULL, *line = NULL;

	for (size_t k = 0; k < group->n; k++) {
		if (k == 0)
			fprintf(page->out, "  %-*d", (int)page->indent - 2, group->id);
		else
			page_blank(page, page->indent);
		print_member(page, &host->pci.list[group->devices[k]]);
	}
	host_group_loses(host, group, &losses);
	all = strv_join(&losses, "; ");
	line = losses.n ? xasprintf(_("the host would lose: %s"), all)
	                : xstrdup(_("the host would lose nothing that it uses"));
	page_blank(page, page->indent);
	page_wrap(page, losses.n ? PAGE_YELLOW : PAGE_DIM, page->indent, page->indent + 2, line);
}

/* Groups of nothing but bridges matter to nobody: one line for all. */
static void print_bridges(const struct page *page, const struct host *host)
{
	struct strv cleanup_strv ids = {0};
	cleanup_free char *all = NULL, *line = NULL;

	for (size_t i = 0; i < host->iommu.n_groups; i++) {
		if (only_bridges(host, &host->iommu.groups[i]))
			strv_addf(&ids, "%d", host->iommu.groups[i].id);
	}
	if (!ids.n)
		return;
	all = strv_join(&ids, ", ");
	line = xasprintf(_("Only bridges, which stay with the host: %s"), all);
	page_blank(page, 2);
	page_wrap(page, PAGE_DIM, 2, 4, line);
}

static void print_groups(const struct page *page, const struct host *host)
{
	for (size_t i = 0; i < host->iommu.n_groups; i++) {
		if (!only_bridges(host, &host->iommu.groups[i]))
			print_group(page, host, &host->iommu.groups[i]);
	}
	print_bridges(page, host);
}

static void print_title(const struct page *page, const char *title)
{
	fputc('\n', page->out);
	page_wrap(page, PAGE_BOLD, 0, 0, title);
}

void check_print(const struct host *host, const struct check_report *report, bool colour, FILE *out)
{
	struct page page;

	page_init_results(&page, out, colour);
	print_verdict(&page, host, report);
	print_title(&page, _("Checks"));
	for (size_t i = 0; i < report->n_results; i++)
		page_result(&page, &report->results[i]);
	if (report->n_gpus)
		print_title(&page, _("Graphics cards"));
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(&page, &report->gpus[i]);
	if (host->iommu.n_groups)
		print_title(&page, _("IOMMU groups: what sits in one group goes to one owner"));
	print_groups(&page, host);
}
