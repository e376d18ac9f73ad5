/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain for people: the verdict, what the text tells with the lines it stands on, and the cards. */
#include "explain.h"
#include "page.h"

static const char *verdict_sentence(int code)
{
	switch (code) {
	case CHECK_EXIT_READY:
		return _("As far as this text tells, nothing stands in the way.");
	case CHECK_EXIT_APPLY:
		return _("As far as this text tells, the PC can do it once it is set up: "
		         "playthrough-setup apply does that there.");
	case CHECK_EXIT_PERSON:
		return _("By this text, something on the PC must be changed by a person first.");
	case CHECK_EXIT_IMPOSSIBLE:
		return _("By this text, the PC cannot give a graphics card to a game.");
	}
	return _("Undecided: the text leaves open what passthrough hangs on.");
}

static void print_gpu(const struct page *page, const struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	cleanup_free char *name = explain_describe(d);
	cleanup_free char *group = d->iommu_group < 0 ? xstrdup(_("no group"))
	                                              : xasprintf(_("group %d"), d->iommu_group);
	cleanup_free char *line = xasprintf("%s  %s, %s", pci_addr_format(d->addr).s, name, group);

	page_status(page, gpu->verdict);
	page_wrap(page, NULL, page->indent, page->indent, line);
	strv_foreach (reason, &gpu->reasons) {
		page_blank(page, page->indent);
		page_wrap(page, PAGE_DIM, page->indent, page->indent + 2, *reason);
	}
}

void explain_print(const struct explained *e, bool colour, FILE *out)
{
	const struct check_report *report = &e->report;
	struct strv cleanup_strv silent = {0};
	const char *not_told = _("Not told by this text:");
	cleanup_free char *all = NULL;
	struct page page;

	page_init_results(&page, out, colour);
	page_wrap(&page, PAGE_BOLD, 0, 0, verdict_sentence(check_exit_code(report)));
	if (e->log.log.boots > 1)
		fprintf(out,
		        _("The text holds %zu boots; the last one that speaks of an IOMMU is "
		          "judged.\n"),
		        e->log.log.boots);
	fputc('\n', out);
	for (size_t i = 0; i < report->n_results; i++) {
		if (report->results[i].status != CHECK_SKIP)
			page_result(&page, &report->results[i]);
		else
			strv_add(&silent, report->results[i].id);
	}
	if (report->n_gpus)
		fprintf(out, "\n%s\n", _("Graphics cards"));
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(&page, &report->gpus[i]);
	all = strv_join(&silent, " ");
	fprintf(out, "\n%s", not_told);
	page_wrap_after(&page, NULL, true, page_columns(not_told, strlen(not_told)), 2, all);
}
