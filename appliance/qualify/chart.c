/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/chart.h"
#include "base/i18n.h"
#include "base/page.h"
#include "base/strv.h"

#include <math.h>

#define BAR_COLUMNS 36
#define BAR_FROM_NS 1e4  /* 10 µs */
#define BAR_TO_NS   1e10 /* 10 s */

static const char *const heights[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_heights[] = {"_", ".", "-", "=", "o", "+", "*", "#"};
/* An eighth of a column and more */
static const char *const widths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

static double largest(const double *values, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = values[i] > most ? values[i] : most;
	return most;
}

char *qualify_chart_spark(const double *values, size_t n, bool utf8)
{
	const char *const *steps = utf8 ? heights : ascii_heights;
	double most = largest(values, n);
	cleanup_strv struct strv parts = {0};

	for (size_t i = 0; i < n; i++) {
		int step = most > 0 ? (int)(values[i] / most * 8) : 0;

		strv_add(&parts, steps[step < 0 ? 0 : step > 7 ? 7 : step]);
	}
	return strv_join(&parts, "");
}

char *qualify_chart_time(uint64_t ns, bool utf8)
{
	double part = ns ? log((double)ns / BAR_FROM_NS) / log(BAR_TO_NS / BAR_FROM_NS) : 0;
	int eighths = (int)((part < 0 ? 0 : part > 1 ? 1 : part) * BAR_COLUMNS * 8);
	cleanup_strv struct strv parts = {0};

	if (ns && eighths < 8)
		eighths = 8; /* there is something to be seen of each */
	for (int i = 0; i < eighths / 8; i++)
		strv_add(&parts, utf8 ? "█" : "#");
	if (utf8)
		strv_add(&parts, widths[eighths % 8]);
	return strv_join(&parts, "");
}

static void print_padded(FILE *out, const char *text, size_t columns)
{
	size_t wide = page_columns(text, strlen(text));

	fprintf(out, "%s%*s", text, (int)(wide < columns ? columns - wide : 0), "");
}

static size_t title_columns(const struct qualify_measured *measured)
{
	size_t most = 0;

	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++) {
		const char *title = qualify_load_title(load);
		size_t wide = page_columns(title, strlen(title));

		if (measured->loads[load].ops && wide > most)
			most = wide;
	}
	return most;
}

static void print_load(FILE *out, const struct qualify_measured *measured, enum qualify_load load,
        size_t columns, bool utf8)
{
	const struct qualify_sum *sum = &measured->loads[load];
	double rates[QUALIFY_SLICES_MAX];
	size_t n = qualify_rates(measured, load, rates);
	cleanup_free char *spark = qualify_chart_spark(rates, n, utf8);
	cleanup_free char *rate = qualify_tell_rate(qualify_bytes_per_s(sum));
	cleanup_free char *number = NULL;

	if (!sum->ops)
		return;
	number = load == QUALIFY_SEQUENTIAL || load == QUALIFY_WRITE
	                 ? xasprintf("%s", rate)
	                 : xasprintf(_("%.0f a second, %s"), qualify_iops(sum), rate);
	fputs("  ", out);
	print_padded(out, qualify_load_title(load), columns + 2);
	print_padded(out, spark, 14);
	fprintf(out, "%s\n", number);
}

static void print_time(FILE *out, const char *of, uint64_t ns, bool utf8)
{
	cleanup_free char *bar = qualify_chart_time(ns, utf8), *time = qualify_tell_time(ns);

	if (!ns)
		return;
	fprintf(out, "  %9s  ", of);
	print_padded(out, time, 9);
	fprintf(out, "%s\n", bar);
}

void qualify_chart_print(FILE *out, const struct qualify_measured *measured, bool utf8)
{
	const struct qualify_sum *random = &measured->loads[QUALIFY_RANDOM];
	size_t columns = title_columns(measured);

	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++)
		print_load(out, measured, load, columns, utf8);
	if (!random->ops)
		return;
	fprintf(out, "\n  %s\n", _("How long a random read takes at most:"));
	print_time(out, "50 %", random->p50_ns, utf8);
	print_time(out, "90 %", random->p90_ns, utf8);
	print_time(out, "99 %", random->p99_ns, utf8);
	print_time(out, "99.9 %", random->p999_ns, utf8);
	print_time(out, "99.99 %", random->p9999_ns, utf8);
	print_time(out, "100 %", random->max_ns, utf8);
}
