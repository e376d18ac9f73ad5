/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words a check answers with; see checks.h. */
#include "checks.h"
#include "host/attr.h"

static void say(struct check_result *r, enum check_status status, enum code code, const char *fmt,
        va_list ap)
{
	free(r->summary);
	r->status = status;
	r->code = code_text(code);
	/* Names that strangers gave must break neither JSON nor a terminal. */
	r->summary = text_clean(xvasprintf(fmt, ap));
}

void result_pass(struct check_result *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, CHECK_PASS, CODE_NONE, fmt, ap);
	va_end(ap);
}

void result_skip(struct check_result *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, CHECK_SKIP, CODE_NONE, fmt, ap);
	va_end(ap);
}

void result_warn(struct check_result *r, enum code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, CHECK_WARN, code, fmt, ap);
	va_end(ap);
}

void result_fail(struct check_result *r, enum code code, enum check_cure cure, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, CHECK_FAIL, code, fmt, ap);
	va_end(ap);
	r->cure = cure;
}

void result_unknown(struct check_result *r, enum code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, CHECK_UNKNOWN, code, fmt, ap);
	va_end(ap);
}

void result_evidence(struct check_result *r, const char *source, const char *fmt, ...)
{
	struct check_evidence *e = list_append(r->evidence, r->n_evidence);
	va_list ap;

	va_start(ap, fmt);
	e->source = text_clean(xstrdup(source));
	e->value = text_clean(xvasprintf(fmt, ap));
	va_end(ap);
}

void result_fix(struct check_result *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(r->fix);
	r->fix = text_clean(xvasprintf(fmt, ap));
	va_end(ap);
}

bool result_log_line(struct check_result *r, const struct host *host, const char *text)
{
	cleanup_free char *line =
	        host->firmware.log ? firmware_log_line(&host->firmware, text) : NULL;

	if (line)
		result_evidence(r, "kernel log", "%s", line);
	return line;
}

bool result_told(struct check_result *r, const struct told_log *log, enum kernel_says says)
{
	const struct kernel_line *line = &log->log.says[says];

	if (line->text && log->file) {
		cleanup_free char *source = xasprintf("%s:%zu", log->file, line->number);

		result_evidence(r, source, "%s", line->text);
	} else if (line->text) {
		result_evidence(r, "kernel log", "%s", line->text);
	}
	return line->text;
}

char *result_argument(struct check_result *r, const struct host *host, const char *name)
{
	char *value = host->firmware.cmdline ? firmware_cmdline_get(&host->firmware, name) : NULL;

	if (value)
		result_evidence(r, "/proc/cmdline", "%s%s%s", name, *value ? "=" : "", value);
	return value;
}

char *pci_source(const struct pci_device *d, const char *file)
{
	return xasprintf("/sys/bus/pci/devices/%s/%s", pci_addr_format(d->addr).s, file);
}
