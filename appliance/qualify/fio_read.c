/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"
#include "qualify/fio.h"

#include <errno.h>
#include <jansson.h>

#define JOBS_MAX  (QUALIFY_SLICES_MAX + 2)
#define BINS_MAX  4096 /* of one job; fio's histogram has 1856 (stat.h, FIO_IO_U_PLAT_NR) */
#define COUNT_MAX (UINT64_MAX / QUALIFY_SLICES_MAX / 1000) /* sums of them, in ms, stay numbers */

struct bin {
	uint64_t ns, count;
};

struct bins {
	struct bin *list;
	size_t n;
	uint64_t total;
};

static void bins_finish(struct bins *bins)
{
	free(bins->list);
	*bins = (struct bins){0};
}

static int not_understood(struct err *err, const char *what)
{
	err_set(err, -EBADMSG, _("fio's answer is not understood: %s"), what);
	err_hint(err, _("try the fio of Debian 12 or later"));
	err_code(err, CODE_DISK_FIO);
	return -EBADMSG;
}

static int take_count(const json_t *object, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	        (uint64_t)json_integer_value(value) > COUNT_MAX)
		return -EBADMSG;
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

/* --- the histogram --- */

static int take_bins(const json_t *latency, struct bins *out)
{
	json_t *object = json_object_get(latency, "bins"), *count;
	size_t n = json_object_size(object), before = out->n;
	const char *key;

	if (n > BINS_MAX)
		return -EBADMSG;
	if (!n)
		return 0;
	out->list = xrealloc(out->list, before + n, sizeof(*out->list));
	json_object_foreach (object, key, count) {
		struct bin *bin = &out->list[out->n];

		if (parse_u64(key, 10, COUNT_MAX, &bin->ns) < 0 || !json_is_integer(count) ||
		        json_integer_value(count) < 0 ||
		        (uint64_t)json_integer_value(count) > COUNT_MAX / BINS_MAX)
			return -EBADMSG;
		bin->count = (uint64_t)json_integer_value(count);
		out->total += bin->count;
		out->n++;
	}
	return 0;
}

static int compare_bins(const void *a, const void *b)
{
	uint64_t x = ((const struct bin *)a)->ns, y = ((const struct bin *)b)->ns;

	return (x > y) - (x < y);
}

/* All but one in @of are at most this long; 0 where that one of so many was not made. @bins are sorted. */
static uint64_t all_but_one_in(const struct bins *bins, uint64_t of)
{
	uint64_t over = bins->total / of, seen = 0;

	if (!over)
		return 0;
	for (size_t i = 0; i < bins->n; i++) {
		seen += bins->list[i].count;
		if (seen >= bins->total - over)
			return bins->list[i].ns ? bins->list[i].ns : 1;
	}
	return 0;
}

static void sort_bins(struct bins *bins)
{
	if (bins->n)
		qsort(bins->list, bins->n, sizeof(*bins->list), compare_bins);
}

/* A bin is known by its middle, which may lie beyond the slowest one there was. */
static uint64_t slowest_but(const struct bins *bins, unsigned of, const struct qualify_sum *sum)
{
	uint64_t ns = all_but_one_in(bins, of);

	return ns > sum->max_ns ? sum->max_ns : ns;
}

static void tell_percentiles(struct bins *bins, struct qualify_sum *sum)
{
	sort_bins(bins);
	sum->p50_ns = slowest_but(bins, 2, sum);
	sum->p90_ns = slowest_but(bins, 10, sum);
	sum->p99_ns = slowest_but(bins, 100, sum);
	sum->p999_ns = slowest_but(bins, 1000, sum);
	sum->p9999_ns = slowest_but(bins, 10000, sum);
}

/* --- one job --- */

/* "random-3" */
static bool load_of(const char *job, enum qualify_load *out)
{
	const char *dash = job ? strrchr(job, '-') : NULL;

	for (enum qualify_load load = 0; dash && load < QUALIFY_LOADS; load++) {
		const char *id = qualify_load_id(load);

		if (strlen(id) == (size_t)(dash - job) && starts_with(job, id)) {
			*out = load;
			return true;
		}
	}
	return false;
}

/* What the disk answers, or the kernel for it, when it is the disk that cannot (Linux block/blk-core.c, blk_errors[]). */
static bool is_fault_of_disk(int number)
{
	static const int faults[] = {
	        EIO, ENODATA, EREMOTEIO, EILSEQ, ETIMEDOUT, ENODEV, ENXIO, ENOLINK, EBADE};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (number == faults[i])
			return true;
	return false;
}

static int take_error(const json_t *job, struct qualify_measured *measured, struct err *err)
{
	uint64_t number = 0;

	if (take_count(job, "error", &number) < 0 || number > 4095) /* MAX_ERRNO */
		return not_understood(err, "error");
	if (!number)
		return 0;
	if (!is_fault_of_disk((int)number)) {
		err_errno(err, -(int)number, _("fio could not read the disk"));
		return -(int)number;
	}
	if (!measured->io_error)
		measured->io_error = (int)number;
	return 0;
}

static int take_slice(
        const json_t *job, enum qualify_load load, struct qualify_slice *slice, struct bins *bins)
{
	bool writes = load == QUALIFY_WRITE || load == QUALIFY_RANDOM_WRITE;
	const json_t *way = json_object_get(job, writes ? "write" : "read");
	const json_t *latency = json_object_get(way, "lat_ns");

	slice->load = load;
	if (take_count(way, "total_ios", &slice->ops) < 0 ||
	        take_count(way, "io_bytes", &slice->bytes) < 0 ||
	        take_count(way, "runtime", &slice->runtime_ms) < 0 ||
	        take_count(latency, "max", &slice->max_ns) < 0 || take_bins(latency, bins) < 0)
		return -EBADMSG;
	sort_bins(bins);
	slice->p99_ns = all_but_one_in(bins, 100);
	return 0;
}

static void add_slice(const struct qualify_slice *slice, const struct bins *bins,
        struct qualify_measured *measured, struct bins *all)
{
	struct qualify_sum *sum = &measured->loads[slice->load];

	measured->slices[measured->n_slices++] = *slice;
	sum->ops += slice->ops;
	sum->bytes += slice->bytes;
	sum->runtime_ms += slice->runtime_ms;
	sum->max_ns = slice->max_ns > sum->max_ns ? slice->max_ns : sum->max_ns;
	if (!bins->n)
		return;
	all->list = xrealloc(all->list, all->n + bins->n, sizeof(*all->list));
	memcpy(all->list + all->n, bins->list, bins->n * sizeof(*bins->list));
	all->n += bins->n;
	all->total += bins->total;
}

static int take_job(
        const json_t *job, struct qualify_measured *measured, struct bins *all, struct err *err)
{
	const char *name = json_string_value(json_object_get(job, "jobname"));
	cleanup(bins_finish) struct bins bins = {0};
	struct qualify_slice slice = {0};
	enum qualify_load load;
	int r = name ? take_error(job, measured, err) : not_understood(err, "jobname");

	if (r < 0 || streq(name, "wake-0"))
		return r;
	if (streq(name, "fill-0"))
		return take_count(json_object_get(job, "write"), "io_bytes", &measured->filled) < 0
		               ? not_understood(err, name)
		               : 0;
	if (!load_of(name, &load) || take_slice(job, load, &slice, &bins) < 0)
		return not_understood(err, "jobs");
	if (measured->n_slices == QUALIFY_SLICES_MAX)
		return not_understood(err, "jobs");
	/* A job that found a fault at once has measured nothing. */
	if (slice.ops)
		add_slice(&slice, &bins, measured, &all[load]);
	return 0;
}

/* --- the document --- */

/* Its first line may be a warning: the document begins with a line "{". */
static const char *find_document(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);

		if (text[at] == '{')
			return text + at;
		if (!end)
			break;
		at = (size_t)(end - text) + 1;
	}
	return NULL;
}

static int take_jobs(const json_t *jobs, struct qualify_measured *measured, struct err *err)
{
	struct bins all[QUALIFY_LOADS] = {0};
	size_t n = json_array_size(jobs);
	int r = n && n <= JOBS_MAX ? 0 : not_understood(err, "jobs");

	for (size_t i = 0; r == 0 && i < n; i++)
		r = take_job(json_array_get(jobs, i), measured, all, err);
	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++) {
		if (r == 0 && all[load].n)
			tell_percentiles(&all[load], &measured->loads[load]);
		bins_finish(&all[load]);
	}
	return r;
}

int qualify_fio_read(
        const char *text, size_t size, struct qualify_measured *measured, struct err *err)
{
	const char *start = find_document(text, size);
	json_error_t why;
	json_t *document;
	int r;

	if (!start)
		return not_understood(err, _("it has no JSON"));
	document = json_loadb(start, size - (size_t)(start - text), JSON_DISABLE_EOF_CHECK, &why);
	if (!document)
		return not_understood(err, why.text);
	r = take_jobs(json_object_get(document, "jobs"), measured, err);
	json_decref(document);
	return r;
}
