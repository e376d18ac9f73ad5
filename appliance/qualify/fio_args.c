/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"
#include "qualify/fio.h"

#include <errno.h>

#define SLICE_SECONDS       2
#define QUICK_SLICE_SECONDS 1
#define WAKE_SECONDS        1
#define FILL_SECONDS        20
#define JOB_OVERHEAD        0.2 /* s, between two jobs of fio 3.33 */

/*
 * In this order: random reads once more at the end, when the disk is warm. Together about 50 seconds, 15 in quick, 20 and
 * 6 more with writes.
 */
static const struct stage {
	enum qualify_load load;
	unsigned slices, quick_slices;
	bool writes;
} stages[] = {
        {QUALIFY_WRITE, 5, 3, true},
        {QUALIFY_RANDOM_WRITE, 5, 3, true},
        {QUALIFY_RANDOM, 8, 4, false},
        {QUALIFY_DEEP, 4, 3, false},
        {QUALIFY_SEQUENTIAL, 8, 4, false},
        {QUALIFY_RANDOM, 3, 2, false},
};

static const struct {
	const char *rw, *bs;
	unsigned depth;
} jobs[QUALIFY_LOADS] = {
        [QUALIFY_RANDOM] = {"randread", "4k", 1},
        [QUALIFY_DEEP] = {"randread", "4k", 32},
        [QUALIFY_SEQUENTIAL] = {"read", "1M", 8},
        [QUALIFY_WRITE] = {"write", "1M", 8},
        [QUALIFY_RANDOM_WRITE] = {"randwrite", "4k", 1},
};

static bool lists(const char *enghelp, const char *engine)
{
	struct strv words = {0};
	bool found;

	strv_split(&words, enghelp, " \t\r\n");
	found = strv_has(&words, engine);
	strv_finish(&words);
	return found;
}

/* The synchronous ones would have one read on its way whatever the depth. */
const char *qualify_fio_engine(const char *enghelp, bool io_uring_allowed, struct err *err)
{
	if (io_uring_allowed && lists(enghelp, "io_uring"))
		return "io_uring";
	if (lists(enghelp, "libaio"))
		return "libaio";
	if (lists(enghelp, "posixaio"))
		return "posixaio";
	err_set(err, -ENOTSUP,
	        _("fio has none of the engines io_uring, libaio and posixaio (fio --enghelp)"));
	err_hint(err, _("install Debian's package fio"));
	err_code(err, CODE_DISK_FIO);
	return NULL;
}

/*
 * tausworthe64, since the usual one ends at 2^32 blocks (16 TB), and no map of what was read, which would take gigabytes.
 * Nothing is created, made longer or thrown out of a cache: whoever may only read can do it.
 */
static void add_global(const struct qualify_wish *wish, bool read_only, struct strv *argv)
{
	static const char *const all[] = {"--name=global", "--direct=1", "--thread=1",
	        "--norandommap=1", "--random_generator=tausworthe64", "--invalidate=0",
	        "--allow_file_create=0", "--fallocate=none", "--disk_util=0", "--disable_slat=1",
	        "--disable_clat=1", "--lat_percentiles=1", "--clat_percentiles=0", "--stonewall"};

	strv_add(argv, "--output-format=json+");
	if (read_only)
		strv_add(argv, "--readonly");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		strv_add(argv, all[i]);
	strv_addf(argv, "--ioengine=%s", wish->engine);
	strv_addf(argv, "--filename=%s", wish->path);
	if (wish->size)
		strv_addf(argv, "--size=%llu", (unsigned long long)wish->size);
}

/* Each slice reads other blocks than the one before, or the disk's own memory would answer. */
static void add_job(enum qualify_load load, const char *name, unsigned number, unsigned seconds,
        struct strv *argv)
{
	strv_addf(argv, "--name=%s-%u", name, number);
	strv_addf(argv, "--rw=%s", jobs[load].rw);
	strv_addf(argv, "--bs=%s", jobs[load].bs);
	strv_addf(argv, "--iodepth=%u", jobs[load].depth);
	strv_addf(argv, "--randseed=%u", 1009 * (number + 1));
	strv_add(argv, "--time_based=1");
	strv_addf(argv, "--runtime=%u", seconds);
}

static unsigned slices_of(const struct qualify_wish *wish, const struct stage *stage)
{
	if (stage->writes && !wish->write)
		return 0;
	return wish->quick ? stage->quick_slices : stage->slices;
}

unsigned qualify_fio_args(const struct qualify_wish *wish, struct strv *argv)
{
	unsigned seconds = wish->quick ? QUICK_SLICE_SECONDS : SLICE_SECONDS, number = 0;

	add_global(wish, !wish->write, argv);
	/* A disk that sleeps takes seconds for its first answer. */
	add_job(QUALIFY_SEQUENTIAL, "wake", 0, WAKE_SECONDS, argv);
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		for (unsigned n = slices_of(wish, &stages[i]); n; n--)
			add_job(stages[i].load, qualify_load_id(stages[i].load), number++, seconds,
			        argv);
	return WAKE_SECONDS + (unsigned)(number * (seconds + JOB_OVERHEAD));
}

unsigned qualify_fio_fill_args(const struct qualify_wish *wish, struct strv *argv)
{
	add_global(wish, false, argv);
	strv_add(argv, "--name=fill-0");
	strv_add(argv, "--rw=write");
	strv_add(argv, "--bs=1M");
	strv_add(argv, "--iodepth=8");
	strv_addf(argv, "--runtime=%u", FILL_SECONDS);
	return FILL_SECONDS;
}

enum qualify_load qualify_fio_load_at(const struct qualify_wish *wish, double seconds)
{
	double slice = (wish->quick ? QUICK_SLICE_SECONDS : SLICE_SECONDS) + JOB_OVERHEAD;
	enum qualify_load load = QUALIFY_RANDOM;

	seconds -= WAKE_SECONDS;
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		unsigned slices = slices_of(wish, &stages[i]);

		if (!slices)
			continue;
		load = stages[i].load;
		seconds -= slices * slice;
		if (seconds < 0)
			break;
	}
	return load;
}
