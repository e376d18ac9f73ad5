/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test of a disk has measured. The test is a row of short slices, each of one load, so that it shows how the disk
 * does over time; what belongs to one load is put together from its slices.
 */
#ifndef QUALIFY_MEASURED_H
#define QUALIFY_MEASURED_H

#include <stddef.h>
#include <stdint.h>

enum qualify_load {
	QUALIFY_RANDOM,       /* 4 KiB reads anywhere, one after another: what a game waits for */
	QUALIFY_DEEP,         /* the same with 32 on their way: a game that loads on all cores */
	QUALIFY_SEQUENTIAL,   /* 1 MiB reads one behind another: films, big archives, copying */
	QUALIFY_WRITE,        /* 1 MiB writes: an install */
	QUALIFY_RANDOM_WRITE, /* 4 KiB writes anywhere: updates, Windows at work */
	QUALIFY_LOADS,
};

#define QUALIFY_SLICES_MAX 64

struct qualify_slice {
	enum qualify_load load;
	uint64_t ops, bytes, runtime_ms;
	uint64_t p99_ns, max_ns; /* 0: too few to tell */
};

/* Percentiles are of the time between asking and having, in ns; 0 where too few were made to tell. */
struct qualify_sum {
	uint64_t ops, bytes, runtime_ms;
	uint64_t p50_ns, p90_ns, p99_ns, p999_ns, p9999_ns, max_ns;
};

struct qualify_measured {
	struct qualify_sum loads[QUALIFY_LOADS];
	struct qualify_slice slices[QUALIFY_SLICES_MAX]; /* in order of time */
	size_t n_slices;
	int io_error;    /* errno that the disk answered with; 0: none */
	uint64_t filled; /* bytes written before the measuring */
};

double qualify_iops(const struct qualify_sum *sum);        /* 0 where nothing was measured */
double qualify_bytes_per_s(const struct qualify_sum *sum); /* the same */
double qualify_slice_iops(const struct qualify_slice *slice);
double qualify_slice_bytes_per_s(const struct qualify_slice *slice);
/* How fast a slice was, in what its load is measured in: bytes or reads a second. */
double qualify_slice_rate(const struct qualify_slice *slice);
/* The slices of a load, their rates in order of time. Returns how many; @rates has room for QUALIFY_SLICES_MAX. */
size_t qualify_rates(
        const struct qualify_measured *measured, enum qualify_load load, double *rates);

const char *qualify_load_id(enum qualify_load load);    /* "random": in JSON and in fio's jobs */
const char *qualify_load_title(enum qualify_load load); /* translated */

/* For people: "62 µs", "1.3 ms", "-" for 0. "540 MB/s" (10^6, as disks are sold). Caller frees. */
char *qualify_tell_time(uint64_t ns);
char *qualify_tell_rate(double bytes_per_s);

#endif
