/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain for people: the verdict, what the text tells with the lines it stands on, and the cards. */
#include "explain.h"

#define WIDTH  96
#define INDENT 10

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

static const char *status_mark(enum check_status status)
{
	static const char *const marks[] = {
	        [CHECK_PASS] = "+",
	        [CHECK_WARN] = "!",
	        [CHECK_FAIL] = "x",
	        [CHECK_UNKNOWN] = "?",
	        [CHECK_SKIP] = "-",
	};

	return marks[status];
}

static const char *status_colour(enum check_status status)
{
	static const char *const colours[] = {
	        [CHECK_PASS] = "\033[32m",
	        [CHECK_WARN] = "\033[33m",
	        [CHECK_FAIL] = "\033[31m",
	        [CHECK_UNKNOWN] = "\033[36m",
	        [CHECK_SKIP] = "\033[2m",
	};

	return colours[status];
}

/* From column @at on, further lines from column @indent. */
static void wrap(FILE *out, size_t at, size_t indent, const char *text)
{
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " \n"), wide = utf8_columns(text, n);

		if (!first && at + 1 + wide > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)n, text);
		at += wide;
		text += n;
		text += strspn(text, " \n");
		first = false;
	}
	fputc('\n', out);
}

static void print_status(FILE *out, bool colour, enum check_status status)
{
	cleanup_free char *text = xasprintf("%s %s", status_mark(status), status_word(status));
	size_t wide = utf8_columns(text, strlen(text));

	fprintf(out, "%s%s%s%*s", colour ? status_colour(status) : "", text,
	        colour ? "\033[0m" : "", (int)(wide < INDENT ? INDENT - wide : 1), "");
}

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

static void print_result(FILE *out, bool colour, const struct check_result *r)
{
	cleanup_free char *line = xasprintf("%s: %s%s%s%s", r->id, r->summary, r->code ? " [" : "",
	        r->code ? r->code : "", r->code ? "]" : "");

	print_status(out, colour, r->status);
	wrap(out, INDENT, INDENT, line);
	for (size_t i = 0; i < r->n_evidence; i++) {
		cleanup_free char *e =
		        xasprintf("%s: %s", r->evidence[i].source, r->evidence[i].value);

		fprintf(out, "%*s", INDENT, "");
		wrap(out, INDENT, INDENT + 2, e);
	}
	if (r->fix && r->status != CHECK_PASS) {
		fprintf(out, "%*s-> ", INDENT, "");
		wrap(out, INDENT + 3, INDENT + 3, r->fix);
	}
}

static void print_gpu(FILE *out, bool colour, const struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	cleanup_free char *name = explain_describe(d);
	cleanup_free char *group = d->iommu_group < 0 ? xstrdup(_("no group"))
	                                              : xasprintf(_("group %d"), d->iommu_group);
	cleanup_free char *line = xasprintf("%s  %s, %s", pci_addr_format(d->addr).s, name, group);

	print_status(out, colour, gpu->verdict);
	wrap(out, INDENT, INDENT, line);
	strv_foreach (reason, &gpu->reasons) {
		fprintf(out, "%*s", INDENT, "");
		wrap(out, INDENT, INDENT + 2, *reason);
	}
}

void explain_print(const struct explained *e, bool colour, FILE *out)
{
	const struct check_report *report = &e->report;
	struct strv cleanup_strv silent = {0};
	cleanup_free char *all = NULL;

	wrap(out, 0, 0, verdict_sentence(check_exit_code(report)));
	if (e->log.log.boots > 1)
		fprintf(out,
		        _("The text holds %zu boots; the last one that speaks of an IOMMU is "
		          "judged.\n"),
		        e->log.log.boots);
	fputc('\n', out);
	for (size_t i = 0; i < report->n_results; i++) {
		if (report->results[i].status != CHECK_SKIP)
			print_result(out, colour, &report->results[i]);
		else
			strv_add(&silent, report->results[i].id);
	}
	if (report->n_gpus)
		fprintf(out, "\n%s\n", _("Graphics cards"));
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(out, colour, &report->gpus[i]);
	all = strv_join(&silent, " ");
	fprintf(out, "\n%s ", _("Not told by this text:"));
	wrap(out, utf8_columns(_("Not told by this text:"), 200) + 1, 2, all);
}
