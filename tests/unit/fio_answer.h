/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks in a few numbers, and what fio would answer of them: a JSON document with the histograms of each slice. */
#ifndef TEST_FIO_ANSWER_H
#define TEST_FIO_ANSWER_H

#include "base/strv.h"
#include "qualify/fio.h"

#define SLICES_MOST 11

struct shape_load {
	double per_second; /* reads, or MiB */
	unsigned us[6];    /* 50, 90, 99, 99.9, 99.99 % and the longest */
	/* How fast each slice is beside that, in percent; 0: 100 from here on */
	unsigned percent[SLICES_MOST];
};

struct shape {
	const char *name;
	struct shape_load loads[QUALIFY_LOADS];
	int error;
};

static const unsigned shape_slices[QUALIFY_LOADS] = {11, 4, 8, 5, 5};

/* A tenth of what is left belongs to each further percentile. */
static void shape_bins(const struct shape_load *load, uint64_t ops, struct strv *out)
{
	static const uint64_t of[] = {2, 10, 100, 1000, 10000};
	uint64_t rest = ops;

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		uint64_t over = ops / of[i];

		if (rest > over)
			strv_addf(out, "\"%u000\": %llu,", load->us[i],
			        (unsigned long long)(rest - over));
		rest = over;
	}
	strv_addf(out, "\"%u001\": %llu", load->us[5], (unsigned long long)rest);
}

static void shape_slice(const struct shape *shape, enum qualify_load kind, unsigned n,
        unsigned percent, struct strv *out)
{
	const struct shape_load *load = &shape->loads[kind];
	bool mib = kind == QUALIFY_SEQUENTIAL || kind == QUALIFY_WRITE;
	const char *way = kind >= QUALIFY_WRITE ? "write" : "read";
	uint64_t ops = (uint64_t)(load->per_second * 2 * percent / 100);

	strv_addf(out, "%s{\"jobname\": \"%s-%u\", \"error\": %d, \"%s\": {\"total_ios\": %llu,",
	        out->n > 1 ? "," : "", qualify_load_id(kind), n, shape->error, way,
	        (unsigned long long)ops);
	strv_addf(out,
	        "\"io_bytes\": %llu, \"runtime\": 2000, \"lat_ns\": {\"max\": %u001, \"bins\": {",
	        (unsigned long long)ops << (mib ? 20 : 12), load->us[5]);
	shape_bins(load, ops, out);
	strv_add(out, "}}}}\n");
}

/* Caller frees. */
static char *shape_answer(const struct shape *shape)
{
	struct strv out = {0};
	char *text;

	strv_add(&out, "{\"jobs\": [\n");
	for (enum qualify_load kind = 0; kind < QUALIFY_LOADS; kind++) {
		const struct shape_load *load = &shape->loads[kind];

		for (unsigned n = 0; load->per_second > 0 && n < shape_slices[kind]; n++)
			shape_slice(
			        shape, kind, n, load->percent[n] ? load->percent[n] : 100, &out);
	}
	if (out.n == 1)
		strv_addf(&out, "{\"jobname\": \"wake-0\", \"error\": %d}", shape->error);
	strv_add(&out, "]}\n");
	text = strv_join(&out, "");
	strv_finish(&out);
	return text;
}

#endif
