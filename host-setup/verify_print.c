/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verify's findings as text for people and as JSON. */
#include "verify.h"

#include "base/i18n.h"

/* Keys that a program may miss: what is not known is left out. */
static void add_rest(const struct verify_report *report, const struct err *why, json_t *out)
{
	if (report->state != VERIFY_NOT_APPLIED && report->restarted >= 0)
		json_object_set_new(out, "restarted", json_boolean(report->restarted));
	json_object_set_new(out, "half_way", json_boolean(report->half_way));
	json_object_set_new(out, "given_up", json_boolean(report->given_up));
	json_object_set_new(out, "by_hand", json_boolean(report->by_hand));
	if (why->number)
		json_object_set_new(out, "refused",
		        json_pack("{s:s, s:s, s:s}", "code", why->code, "message", why->message,
		                "hint", why->hint));
}

json_t *verify_json(const struct verify_report *report, bool kept, const struct err *why)
{
	static const char *const states[] = {"not-applied", "not-booted", "booted"};
	json_t *checks = json_array(), *out;

	for (size_t i = 0; i < report->n; i++) {
		const struct verify_finding *f = &report->list[i];

		json_array_append_new(
		        checks, json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}], s:s*, s:s*}", "id",
		                        f->id, "status", check_status_name(f->status), "summary",
		                        f->summary, "evidence", "source", f->source, "value",
		                        f->value, "fix", f->fix, "code", f->code));
	}
	out = json_pack("{s:i, s:s, s:s, s:b, s:b, s:o}", "schema", 1, "plan", report->id, "state",
	        states[report->state], "ready", verify_exit_code(report) == 0, "permanent", kept,
	        "checks", checks);
	add_rest(report, why, out);
	return out;
}

static const char *mark(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return _("ok");
	case CHECK_WARN:
		return _("warning");
	case CHECK_FAIL:
		return _("WRONG");
	case CHECK_UNKNOWN:
		return _("unknown");
	case CHECK_SKIP:
		break;
	}
	return _("skipped");
}

/* 9 columns; more where a translation is longer. */
static void print_mark(const char *word, FILE *out)
{
	size_t wide = utf8_columns(word, strlen(word));

	fprintf(out, "%s%*s", word, (int)(wide < 9 ? 9 - wide : 1), "");
}

void verify_print(const struct verify_report *report, FILE *out)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct verify_finding *f = &report->list[i];

		print_mark(mark(f->status), out);
		fprintf(out, "%s%s%s%s\n", f->summary, f->code ? " (" : "", f->code ? f->code : "",
		        f->code ? ")" : "");
		fprintf(out, "         %s: %s\n", f->source, f->value);
		if (f->fix)
			fprintf(out, "         -> %s\n", f->fix);
	}
}
