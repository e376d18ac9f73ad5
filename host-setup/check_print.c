/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check for people: the verdict first, then every check with its evidence, cards and groups. */
#include "checks.h"

#define WIDTH  96
#define INDENT 10

#define BOLD   "1"
#define DIM    "2"
#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define BLUE   "36"

struct page {
	FILE *out;
	bool colour;
};

static void paint(const struct page *page, const char *sgr, const char *text)
{
	if (page->colour)
		fprintf(page->out, "\033[%sm%s\033[0m", sgr, text);
	else
		fputs(text, page->out);
}

/* Prints @text from column @at, broken between words, each later line indented by @indent. */
static void wrap(
        const struct page *page, const char *sgr, size_t at, size_t indent, const char *text)
{
	bool first = true;

	if (page->colour && sgr)
		fprintf(page->out, "\033[%sm", sgr);
	while (*text) {
		size_t n = strcspn(text, " \n"), wide = utf8_columns(text, n);

		if (!first && at + 1 + wide > WIDTH) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', page->out);
			at++;
		}
		fprintf(page->out, "%.*s", (int)n, text);
		at += wide;
		text += n;
		text += strspn(text, " \n");
		first = false;
	}
	fputs(page->colour && sgr ? "\033[0m\n" : "\n", page->out);
}

static const char *status_word(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return _("pass");
	case CHECK_WARN:
		return _("warn");
	case CHECK_FAIL:
		return _("fail");
	case CHECK_UNKNOWN:
		return _("unknown");
	case CHECK_SKIP:
		return _("skip");
	}
	abort();
}

static const char *status_symbol(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return "+";
	case CHECK_WARN:
		return "!";
	case CHECK_FAIL:
		return "x";
	case CHECK_UNKNOWN:
		return "?";
	case CHECK_SKIP:
		return "-";
	}
	abort();
}

static const char *status_colour(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return GREEN;
	case CHECK_WARN:
		return YELLOW;
	case CHECK_FAIL:
		return RED;
	case CHECK_UNKNOWN:
		return BLUE;
	case CHECK_SKIP:
		return DIM;
	}
	abort();
}

/* "+ pass    ", always INDENT columns. */
static void print_status(const struct page *page, enum check_status status)
{
	const char *word = status_word(status);
	cleanup_free char *text = xasprintf("%s %s", status_symbol(status), word);
	size_t wide = utf8_columns(text, strlen(text));

	paint(page, status_colour(status), text);
	fprintf(page->out, "%*s", (int)(wide < INDENT ? INDENT - wide : 1), "");
}

static const char *verdict_sentence(int code)
{
	switch (code) {
	case CHECK_EXIT_READY:
		return _("Ready: this PC can give a graphics card to a game.");
	case CHECK_EXIT_APPLY:
		return _("This PC can do it. It must be set up once: playthrough-setup can do "
		         "that.");
	case CHECK_EXIT_PERSON:
		return _("Not yet: something on this PC must be changed by you.");
	case CHECK_EXIT_IMPOSSIBLE:
		return _("This PC cannot give a graphics card to a game.");
	}
	return _("Undecided: what passthrough hangs on could not be read here.");
}

/*
 * The failures that stand in the way, those with the heaviest cure first. What apply can do is no obstacle
 * yet where a person must act before it.
 */
static void print_obstacles(const struct page *page, const struct check_report *report)
{
	int least =
	        check_exit_code(report) == CHECK_EXIT_APPLY ? CHECK_CURE_APPLY : CHECK_CURE_PERSON;

	for (int cure = CHECK_CURE_IMPOSSIBLE; cure >= least; cure--) {
		for (size_t i = 0; i < report->n_results; i++) {
			const struct check_result *r = &report->results[i];

			if (r->status != CHECK_FAIL || (int)r->cure != cure)
				continue;
			fputs("  - ", page->out);
			wrap(page, NULL, 4, 4, r->summary);
			if (r->fix) {
				fputs("    ", page->out);
				wrap(page, BOLD, 4, 4, r->fix);
			}
		}
	}
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
	int code = check_exit_code(report);
	size_t passed = 0;

	for (size_t i = 0; i < report->n_results; i++)
		passed += report->results[i].status == CHECK_PASS;
	wrap(page, BOLD, 0, 0, verdict_sentence(code));
	if (host->firmware.product || host->cpu.model_name) {
		cleanup_free char *pc =
		        xasprintf("%s%s%s", host->firmware.product ? host->firmware.product : "",
		                host->firmware.product ? ", " : "",
		                host->cpu.model_name ? host->cpu.model_name : "");
		wrap(page, DIM, 0, 0, pc);
	}
	fprintf(page->out, _("%zu of %zu checks pass."), passed, report->n_results);
	fputc('\n', page->out);
	print_obstacles(page, report);
	wrap(page, NULL, 0, 0, next_step(code));
}

static void print_result(const struct page *page, const struct check_result *r)
{
	cleanup_free char *code = r->code ? xasprintf(" [%s]", r->code) : xstrdup("");
	cleanup_free char *line = xasprintf("%s%s", r->summary, code);

	print_status(page, r->status);
	paint(page, BOLD, r->id);
	fputs(": ", page->out);
	wrap(page, NULL, INDENT + strlen(r->id) + 2, INDENT, line);
	for (size_t i = 0; i < r->n_evidence; i++) {
		cleanup_free char *e =
		        xasprintf("%s: %s", r->evidence[i].source, r->evidence[i].value);

		fprintf(page->out, "%*s", INDENT, "");
		wrap(page, DIM, INDENT, INDENT + 2, e);
	}
	if (r->fix && r->status != CHECK_PASS) {
		fprintf(page->out, "%*s-> ", INDENT, "");
		wrap(page, NULL, INDENT + 3, INDENT + 3, r->fix);
	}
	if (r->only_root_knows)
		fprintf(page->out, "%*s%s\n", INDENT, "", _("(only root can read this)"));
}

static void print_gpu(const struct page *page, const struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	cleanup_free char *name = pci_describe(d);
	cleanup_free char *group = d->iommu_group < 0 ? xstrdup(_("no group"))
	                                              : xasprintf(_("group %d"), d->iommu_group);
	cleanup_free char *line = xasprintf("%s  %s, %s, %s %s", pci_addr_format(d->addr).s, name,
	        group, _("driver"), d->driver ? d->driver : _("none"));

	print_status(page, gpu->verdict);
	wrap(page, NULL, INDENT, INDENT, line);
	strv_foreach (reason, &gpu->reasons) {
		fprintf(page->out, "%*s", INDENT, "");
		wrap(page, DIM, INDENT, INDENT + 2, *reason);
	}
}

static void print_member(
        const struct page *page, const struct host *host, const struct pci_device *d)
{
	struct strv cleanup_strv uses = {0};
	cleanup_free char *name = pci_describe(d), *all = NULL, *line = NULL;

	host_uses(host, d, &uses);
	all = strv_join(&uses, ", ");
	line = xasprintf("%s  %04x  %s%s%s%s%s", pci_addr_format(d->addr).s,
	        d->class_code >> 8 & 0xffff, name, d->driver ? ", " : "",
	        d->driver ? d->driver : "", *all ? ": " : "", all);
	wrap(page, NULL, INDENT, INDENT + 2, line);
}

static void print_groups(const struct page *page, const struct host *host)
{
	for (size_t i = 0; i < host->iommu.n_groups; i++) {
		const struct iommu_group *group = &host->iommu.groups[i];

		for (size_t k = 0; k < group->n; k++) {
			if (k == 0)
				fprintf(page->out, "  %-*d", INDENT - 2, group->id);
			else
				fprintf(page->out, "%*s", INDENT, "");
			print_member(page, host, &host->pci.list[group->devices[k]]);
		}
	}
}

static void print_title(const struct page *page, const char *title)
{
	fputc('\n', page->out);
	paint(page, BOLD, title);
	fputc('\n', page->out);
}

void check_print(const struct host *host, const struct check_report *report, bool colour, FILE *out)
{
	const struct page page = {.out = out, .colour = colour};

	print_verdict(&page, host, report);
	print_title(&page, _("Checks"));
	for (size_t i = 0; i < report->n_results; i++)
		print_result(&page, &report->results[i]);
	if (report->n_gpus)
		print_title(&page, _("Graphics cards"));
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(&page, &report->gpus[i]);
	if (host->iommu.n_groups)
		print_title(&page, _("IOMMU groups: what sits in one group goes to one owner"));
	print_groups(&page, host);
}
