/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/svg.h"
#include "base/i18n.h"
#include "base/util.h"

#include <math.h>

#define WIDTH  960
#define LEFT   64
#define RIGHT  24
#define PLOT_W (WIDTH - LEFT - RIGHT)

/* The panels of rates, one a load, and the one of times below them. */
#define TOP         110
#define PANEL_H     96
#define PANEL_GAP   40
#define TIMES_H     200
#define TIME_FROM   4 /* 10^4 ns */
#define TIME_TO     10
#define FOOT        76
#define PERCENTILES 6

/* To be told apart by those who see colours otherwise, too (Okabe, Ito); each line also has a mark of its own. */
static const char *const colours[QUALIFY_LOADS] = {
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00"};
static const char *const verdict_colours[] = {
        [QUALIFY_UNKNOWN] = "#555555",
        [QUALIFY_GOOD] = "#00704a",
        [QUALIFY_SLOW] = "#a05a00",
        [QUALIFY_BAD] = "#b00020",
};

/* What XML 1.0 knows no way to write is left out. */
static void put_text(FILE *out, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '&')
			fputs("&amp;", out);
		else if (*c == '<')
			fputs("&lt;", out);
		else if (*c == '>')
			fputs("&gt;", out);
		else if (*c >= 0x20)
			fputc(*c, out);
	}
}

static void text_at(FILE *out, double x, double y, const char *attributes, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
	put_text(out, text);
	fputs("</text>\n", out);
}

static void line(FILE *out, double x1, double y1, double x2, double y2, const char *colour)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1,
	        y1, x2, y2, colour);
}

static unsigned measured_loads(const struct qualify_measured *measured)
{
	unsigned n = 0;

	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++)
		n += measured->loads[load].ops > 0;
	return n;
}

/* --- rates over time --- */

/* 1, 2 or 5 times a power of ten, not below @value. */
static double round_up(double value)
{
	double power = value > 0 ? pow(10, floor(log10(value))) : 1;
	double first = value / power;

	return power * (first <= 1 ? 1 : first <= 2 ? 2 : first <= 5 ? 5 : 10);
}

static char *tell_axis(enum qualify_load load, double value)
{
	if (load == QUALIFY_SEQUENTIAL || load == QUALIFY_WRITE)
		return qualify_tell_rate(value);
	return xasprintf(_("%.0f a second"), value);
}

static void put_panel(
        FILE *out, const struct qualify_measured *measured, enum qualify_load load, double top)
{
	double rates[QUALIFY_SLICES_MAX], most = 0;
	size_t n = qualify_rates(measured, load, rates), at = 0;
	double wide = (double)PLOT_W / (double)measured->n_slices;
	cleanup_free char *axis = NULL;

	for (size_t i = 0; i < n; i++)
		most = rates[i] > most ? rates[i] : most;
	most = round_up(most);
	axis = tell_axis(load, most);
	text_at(out, LEFT, top - 8, "font-size=\"15\" fill=\"#222222\"", qualify_load_title(load));
	text_at(out, WIDTH - RIGHT, top - 8,
	        "font-size=\"13\" fill=\"#555555\" text-anchor=\"end\"", axis);
	line(out, LEFT, top, WIDTH - RIGHT, top, "#dddddd");
	for (size_t i = 0; i < measured->n_slices; i++) {
		double high;

		if (measured->slices[i].load != load)
			continue;
		high = rates[at++] / most * PANEL_H;
		fprintf(out,
		        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		        "fill=\"%s\"/>\n",
		        LEFT + wide * (double)i + 1, top + PANEL_H - high, wide - 2, high,
		        colours[load]);
	}
	line(out, LEFT, top + PANEL_H, WIDTH - RIGHT, top + PANEL_H, "#888888");
}

/* Below the last panel: all have the same time from left to right. */
static void put_seconds(FILE *out, const struct qualify_measured *measured, double y)
{
	cleanup_free char *end = NULL;
	uint64_t ms = 0;

	for (size_t i = 0; i < measured->n_slices; i++)
		ms += measured->slices[i].runtime_ms;
	end = xasprintf(_("%.0f s"), (double)ms / 1e3);
	text_at(out, LEFT, y, "font-size=\"12\" fill=\"#555555\"", "0");
	text_at(out, WIDTH - RIGHT, y, "font-size=\"12\" fill=\"#555555\" text-anchor=\"end\"",
	        end);
}

/* --- how long it takes --- */

static double time_y(uint64_t ns, double top)
{
	double at = (log10((double)ns) - TIME_FROM) / (TIME_TO - TIME_FROM);

	return top + TIMES_H * (1 - (at < 0 ? 0 : at > 1 ? 1 : at));
}

static double time_x(unsigned i)
{
	return LEFT + 40 + (double)i * (PLOT_W - 80) / (PERCENTILES - 1);
}

static void put_grid(FILE *out, double top)
{
	static const char *const names[PERCENTILES] = {
	        "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "100 %"};
	uint64_t ns = 10000;

	for (int i = TIME_FROM; i <= TIME_TO; i++, ns *= 10) {
		cleanup_free char *time = qualify_tell_time(ns);

		line(out, LEFT, time_y(ns, top), WIDTH - RIGHT, time_y(ns, top), "#dddddd");
		text_at(out, LEFT - 8, time_y(ns, top) + 4,
		        "font-size=\"12\" fill=\"#555555\" text-anchor=\"end\"", time);
	}
	for (unsigned i = 0; i < PERCENTILES; i++)
		text_at(out, time_x(i), top + TIMES_H + 20,
		        "font-size=\"12\" fill=\"#555555\" text-anchor=\"middle\"", names[i]);
}

static void put_times(FILE *out, const struct qualify_sum *sum, const char *colour, double top)
{
	const uint64_t times[PERCENTILES] = {
	        sum->p50_ns, sum->p90_ns, sum->p99_ns, sum->p999_ns, sum->p9999_ns, sum->max_ns};

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
	for (unsigned i = 0; i < PERCENTILES; i++)
		if (times[i])
			fprintf(out, "%.1f,%.1f ", time_x(i), time_y(times[i], top));
	fputs("\"/>\n", out);
	for (unsigned i = 0; i < PERCENTILES; i++)
		if (times[i])
			fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n",
			        time_x(i), time_y(times[i], top), colour);
}

static void put_legend(FILE *out, const struct qualify_measured *measured, double y)
{
	double x = LEFT;

	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++) {
		const char *title = qualify_load_title(load);

		if (!measured->loads[load].ops)
			continue;
		fprintf(out,
		        "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x,
		        y - 11, colours[load]);
		text_at(out, x + 18, y, "font-size=\"13\" fill=\"#222222\"", title);
		x += 34 + 7.2 * (double)utf8_columns(title, strlen(title));
		if (x > WIDTH - 220) {
			x = LEFT;
			y += 20;
		}
	}
}

static void put_head(FILE *out, double height, const char *title, const char *below,
        enum qualify_verdict verdict)
{
	cleanup_free char *colour = xasprintf(
	        "font-size=\"17\" font-weight=\"bold\" fill=\"%s\"", verdict_colours[verdict]);

	fprintf(out,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	        "viewBox=\"0 0 %d %.0f\" font-family=\"Inter, DejaVu Sans, sans-serif\">\n"
	        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
	        WIDTH, height, WIDTH, height);
	text_at(out, LEFT, 34, "font-size=\"20\" font-weight=\"bold\" fill=\"#222222\"", title);
	text_at(out, LEFT, 56, "font-size=\"13\" fill=\"#555555\"", below);
	text_at(out, LEFT, 82, colour, qualify_verdict_title(verdict));
}

void qualify_svg_print(FILE *out, const char *title, const char *below,
        const struct qualify_measured *measured, const struct qualify_opinion *opinion)
{
	double top = TOP + 10, panels = measured_loads(measured);
	double times = top + panels * (PANEL_H + PANEL_GAP) + 24;

	put_head(out, times + TIMES_H + FOOT, title, below, opinion->verdict);
	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++) {
		if (!measured->loads[load].ops)
			continue;
		put_panel(out, measured, load, top);
		top += PANEL_H + PANEL_GAP;
	}
	put_seconds(out, measured, top - PANEL_GAP + 16);
	text_at(out, LEFT, times - 12, "font-size=\"15\" fill=\"#222222\"",
	        _("how long one takes at most, of so many of them"));
	put_grid(out, times);
	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++)
		if (measured->loads[load].ops)
			put_times(out, &measured->loads[load], colours[load], times);
	put_legend(out, measured, times + TIMES_H + 48);
	fputs("</svg>\n", out);
}
