/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check for people: the verdict first, then every check with its evidence, cards and groups. */
#include "checks.h"

#include <sys/ioctl.h>
#include <wchar.h>

#define WIDTH_DEFAULT 96 /* of what is no terminal */
#define WIDTH_LEAST   40
#define WIDTH_MOST    120 /* longer lines are hard to read */
#define INDENT_LEAST  10

#define BOLD   "1"
#define DIM    "2"
#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define BLUE   "36"

struct page {
	FILE *out;
	bool colour;
	size_t width, indent; /* columns */
};

static void paint(const struct page *page, const char *sgr, const char *text)
{
	if (page->colour)
		fprintf(page->out, "\033[%sm%s\033[0m", sgr, text);
	else
		fputs(text, page->out);
}

/* What a person set, else what the terminal has. */
static size_t width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	uint64_t width = 0;

	if (!columns || parse_u64(columns, 10, 10000, &width) < 0)
		width = 0;
	if (!width && fileno(out) >= 0 && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		return WIDTH_DEFAULT;
	return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : (size_t)width;
}

/* Of @n bytes of text in the locale's encoding: letters with two cells count twice, accents not at all. */
static size_t columns_of(const char *text, size_t n)
{
	mbstate_t state = {0};
	size_t wide = 0, at = 0;

	while (at < n) {
		wchar_t c;
		size_t bytes = mbrtowc(&c, text + at, n - at, &state);

		/* In the C locale, or where it is broken: a character a cell. */
		if (bytes == 0 || bytes == (size_t)-1 || bytes == (size_t)-2)
			return utf8_columns(text, n);
		wide += wcwidth(c) > 0 ? (size_t)wcwidth(c) : 0;
		at += bytes;
	}
	return wide;
}

/*
 * Prints @text from column @at, broken between words, each later line indented by @indent. A word that is wider than
 * the line (a path) stays whole, so that it can be copied. With @gap the line holds something already.
 */
static void wrap_after(const struct page *page, const char *sgr, bool gap, size_t at, size_t indent,
        const char *text)
{
	if (page->colour && sgr)
		fprintf(page->out, "\033[%sm", sgr);
	while (*text) {
		size_t n = strcspn(text, " \n"), wide = columns_of(text, n);

		if (gap && at + 1 + wide > page->width) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (gap) {
			fputc(' ', page->out);
			at++;
		}
		fprintf(page->out, "%.*s", (int)n, text);
		at += wide;
		text += n;
		text += strspn(text, " \n");
		gap = true;
	}
	fputs(page->colour && sgr ? "\033[0m\n" : "\n", page->out);
}

static void wrap(
        const struct page *page, const char *sgr, size_t at, size_t indent, const char *text)
{
	wrap_after(page, sgr, false, at, indent, text);
}

static void blank(const struct page *page, size_t columns)
{
	fprintf(page->out, "%*s", (int)columns, "");
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

/* "+ pass    ", always as wide as the indent. */
static void print_status(const struct page *page, enum check_status status)
{
	const char *word = status_word(status);
	cleanup_free char *text = xasprintf("%s %s", status_symbol(status), word);
	size_t wide = columns_of(text, strlen(text));

	paint(page, status_colour(status), text);
	blank(page, wide < page->indent ? page->indent - wide : 1);
}

/* The longest word for a status, its symbol before and a blank behind. */
static size_t indent_for_words(void)
{
	size_t most = INDENT_LEAST;

	for (int status = CHECK_PASS; status <= CHECK_SKIP; status++) {
		const char *word = status_word((enum check_status)status);
		size_t wide = columns_of(word, strlen(word)) + 3;

		most = wide > most ? wide : most;
	}
	return most;
}

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
	wrap_after(page, NULL, true, 3, 4, r->summary);
	if (r->fix) {
		blank(page, 4);
		wrap(page, BOLD, 4, 4, r->fix);
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
	wrap(page, NULL, 0, 2, line);
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
	wrap(page, BOLD, 0, 0, sentence);
	if (host->firmware.product || host->cpu.model_name) {
		cleanup_free char *pc =
		        xasprintf("%s%s%s", host->firmware.product ? host->firmware.product : "",
		                host->firmware.product ? ", " : "",
		                host->cpu.model_name ? host->cpu.model_name : "");
		wrap(page, DIM, 0, 0, pc);
	}
	print_candidates(page, report);
	count = xasprintf(_("%zu of %zu checks pass."), passed, report->n_results);
	wrap(page, NULL, 0, 0, count);
	print_obstacles(page, report);
	wrap(page, NULL, 0, 0, next_step(check_exit_code(report)));
}

static void print_result(const struct page *page, const struct check_result *r)
{
	const size_t indent = page->indent;
	cleanup_free char *code = r->code ? xasprintf(" [%s]", r->code) : xstrdup("");
	cleanup_free char *line = xasprintf("%s%s", r->summary, code);

	print_status(page, r->status);
	paint(page, BOLD, r->id);
	fputc(':', page->out);
	wrap_after(page, NULL, true, indent + strlen(r->id) + 1, indent, line);
	for (size_t i = 0; i < r->n_evidence; i++) {
		cleanup_free char *e =
		        xasprintf("%s: %s", r->evidence[i].source, r->evidence[i].value);

		blank(page, indent);
		wrap(page, DIM, indent, indent + 2, e);
	}
	if (r->fix && r->status != CHECK_PASS) {
		blank(page, indent);
		fputs("->", page->out);
		wrap_after(page, NULL, true, indent + 2, indent + 3, r->fix);
	}
	if (r->only_root_knows) {
		blank(page, indent);
		wrap(page, DIM, indent, indent, _("(only root can read this)"));
	}
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
	wrap(page, NULL, page->indent, page->indent + 2, line);
	strv_foreach (reason, &gpu->reasons) {
		blank(page, page->indent);
		wrap(page, DIM, page->indent, page->indent + 2, *reason);
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

	wrap(page, NULL, page->indent, page->indent + 2, line);
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
			blank(page, page->indent);
		print_member(page, &host->pci.list[group->devices[k]]);
	}
	host_group_loses(host, group, &losses);
	all = strv_join(&losses, "; ");
	line = losses.n ? xasprintf(_("the host would lose: %s"), all)
	                : xstrdup(_("the host would lose nothing that it uses"));
	blank(page, page->indent);
	wrap(page, losses.n ? YELLOW : DIM, page->indent, page->indent + 2, line);
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
	blank(page, 2);
	wrap(page, DIM, 2, 4, line);
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
	wrap(page, BOLD, 0, 0, title);
}

void check_print(const struct host *host, const struct check_report *report, bool colour, FILE *out)
{
	const struct page page = {
	        .out = out, .colour = colour, .width = width_of(out), .indent = indent_for_words()};

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
