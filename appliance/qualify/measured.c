/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/measured.h"
#include "base/i18n.h"
#include "base/util.h"

static const struct {
	const char *id, *title;
} loads[QUALIFY_LOADS] = {
        [QUALIFY_RANDOM] = {"random", N_("random reads, one at a time")},
        [QUALIFY_DEEP] = {"deep", N_("random reads, 32 at a time")},
        [QUALIFY_SEQUENTIAL] = {"sequential", N_("sequential reads")},
        [QUALIFY_WRITE] = {"write", N_("sequential writes")},
        [QUALIFY_RANDOM_WRITE] = {"random-write", N_("random writes, one at a time")},
};

const char *qualify_load_id(enum qualify_load load)
{
	return loads[load].id;
}

const char *qualify_load_title(enum qualify_load load)
{
	return _(loads[load].title);
}

static double per_second(uint64_t n, uint64_t ms)
{
	return ms ? (double)n * 1000.0 / (double)ms : 0;
}

double qualify_iops(const struct qualify_sum *sum)
{
	return per_second(sum->ops, sum->runtime_ms);
}

double qualify_bytes_per_s(const struct qualify_sum *sum)
{
	return per_second(sum->bytes, sum->runtime_ms);
}

double qualify_slice_iops(const struct qualify_slice *slice)
{
	return per_second(slice->ops, slice->runtime_ms);
}

double qualify_slice_bytes_per_s(const struct qualify_slice *slice)
{
	return per_second(slice->bytes, slice->runtime_ms);
}

double qualify_slice_rate(const struct qualify_slice *slice)
{
	if (slice->load == QUALIFY_SEQUENTIAL || slice->load == QUALIFY_WRITE)
		return qualify_slice_bytes_per_s(slice);
	return qualify_slice_iops(slice);
}

size_t qualify_rates(const struct qualify_measured *measured, enum qualify_load load, double *rates)
{
	size_t n = 0;

	for (size_t i = 0; i < measured->n_slices; i++)
		if (measured->slices[i].load == load)
			rates[n++] = qualify_slice_rate(&measured->slices[i]);
	return n;
}

char *qualify_tell_time(uint64_t ns)
{
	double us = (double)ns / 1e3;

	if (!ns)
		return xstrdup("-");
	if (us < 10)
		return xasprintf(_("%.1f µs"), us);
	if (us < 1000)
		return xasprintf(_("%.0f µs"), us);
	if (us < 10000)
		return xasprintf(_("%.1f ms"), us / 1e3);
	if (us < 1e6)
		return xasprintf(_("%.0f ms"), us / 1e3);
	return xasprintf(_("%.1f s"), us / 1e6);
}

char *qualify_tell_rate(double bytes_per_s)
{
	if (bytes_per_s >= 10e6)
		return xasprintf(_("%.0f MB/s"), bytes_per_s / 1e6);
	return xasprintf(_("%.1f MB/s"), bytes_per_s / 1e6);
}
