/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/verdict.h"
#include "base/util.h"

#include <stdlib.h>

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)
#define MB 1e6

/* With fewer random reads than that nothing is said: a hard disk makes as many in a second or two. */
#define LEAST_READS 100

/*
 * Random reads, one at a time. A SATA SSD of today makes 13,000 a second (Samsung's data sheet of the 870 EVO), an NVMe
 * one 22,000 (980 PRO); half of a slow one's, behind a virtual disk or a good USB bridge, still loads a game as an SSD
 * does. Flash that is made for cameras (sticks, cards) makes 500 to 3,000.
 */
#define IOPS_GOOD 4000.0
/* A disk of 5400 turns a minute waits 5.6 ms for half a turn, after a seek of 12 ms: 57 a second. Less is a fault. */
#define IOPS_LEAST 40.0
/* A disk of 7200 turns a minute: 4.17 ms for half a turn, and 8 ms to seek. No flash takes as long for most reads. */
#define TURNS_NS (2 * MS)

/*
 * Sequential reads. An SSD on SATA of 3 Gbit/s, which carries 300 MB/s (8b/10b), reads 250 and more; that is 50 GB of
 * game in 200 seconds.
 */
#define RATE_GOOD (250 * MB)
/* USB 2.0 carries at most 13 packets of 512 bytes in each of 8000 microframes (section 5.8.4): 53 MB/s, in practice 40. */
#define RATE_LEAST (54 * MB)
#define USB2_MBPS  480

/*
 * 32 reads at a time are at least twice as fast as one where a disk takes them as a queue (NCQ, NVMe, UAS). A USB bridge
 * without UAS takes one command after the other (USB Mass Storage Class, Bulk-Only Transport, section 5). From so many
 * on, the processor is what limits.
 */
#define QUEUE_GAIN 1.5
#define QUEUE_ANY  50000.0

/* A picture at 60 Hz stays for 16.7 ms: what a game waits for longer than that, while it plays, is seen. */
#define FRAME_NS (16700 * US)
/* One read in 10,000 is one in each second of heavy loading: so long is a hitch that anybody feels. */
#define HITCH_NS (100 * MS)
/* Of a hard disk's, one in 100: ten turns and seeks. */
#define HARD_HITCH_NS (150 * MS)

/*
 * No healthy disk lets one read wait for seconds; one that tries to read a bad place again does, up to 7 s where its error
 * recovery is limited as for RAID (smartctl(8), -l scterc,70,70). A hard disk with 32 reads on their way may take one
 * of them late.
 */
#define STALL_NS      (1 * S)
#define STALL_DEEP_NS (5 * S)

/* The last third of the slices beside the first. NVMe: thermal management throttles in steps (base spec, HCTM). */
#define FADE       0.6
#define WRITE_FADE 0.33
/* One slice beside the middle one. */
#define DROP 0.33
/*
 * A drive-managed shingled disk takes random writes into a place of its own until that is full, then slows down by ten and more
 * (Aghayev, Desnoyers: Skylight, FAST 2015).
 */
#define SHINGLED_FADE 0.25
/* What a disk's own memory can hold: 64 MB to 1 GB. */
#define SMALL_BYTES (UINT64_C(1) << 30)

struct view {
	const struct qualify_measured *measured;
	const struct qualify_facts *facts;
	const struct qualify_sum *random, *deep, *sequential;
	bool turns; /* answers as slowly as something that turns */
};

/* --- over time --- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *rates, size_t n)
{
	double sorted[QUALIFY_SLICES_MAX];

	memcpy(sorted, rates, n * sizeof(*rates));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	return sorted[n / 2];
}

static bool fades(const struct view *view, enum qualify_load load, double to)
{
	double rates[QUALIFY_SLICES_MAX];
	size_t n = qualify_rates(view->measured, load, rates), third = n / 3;

	return third && middle(rates + n - third, third) < to * middle(rates, third);
}

static bool drops(const struct view *view, enum qualify_load load)
{
	double rates[QUALIFY_SLICES_MAX];
	size_t n = qualify_rates(view->measured, load, rates);

	for (size_t i = 0; n >= 3 && i < n; i++)
		if (rates[i] < DROP * middle(rates, n))
			return true;
	return false;
}

/* --- the findings --- */

static bool has_errors(const struct view *v)
{
	return v->measured->io_error != 0;
}

static bool stalls(const struct view *v)
{
	uint64_t deep = v->turns ? STALL_DEEP_NS : STALL_NS;

	return v->random->max_ns >= STALL_NS || v->sequential->max_ns >= STALL_NS ||
	       v->deep->max_ns >= deep;
}

static bool is_zoned(const struct view *v)
{
	return v->facts->zoned;
}

static bool on_usb2(const struct view *v)
{
	return v->facts->usb_mbps && v->facts->usb_mbps <= USB2_MBPS;
}

static bool crawls(const struct view *v)
{
	return v->random->ops >= LEAST_READS && qualify_iops(v->random) < IOPS_LEAST;
}

/* By USB 2 it cannot do otherwise: told already. */
static bool trickles(const struct view *v)
{
	return v->sequential->ops && !on_usb2(v) && qualify_bytes_per_s(v->sequential) < RATE_LEAST;
}

static bool is_hard_disk(const struct view *v)
{
	return v->turns && !crawls(v);
}

static bool is_slow_random(const struct view *v)
{
	return v->random->ops >= LEAST_READS && !v->turns && !crawls(v) &&
	       qualify_iops(v->random) < IOPS_GOOD;
}

static bool is_slow_sequential(const struct view *v)
{
	double rate = qualify_bytes_per_s(v->sequential);

	return v->sequential->ops && !v->turns && !on_usb2(v) && rate >= RATE_LEAST &&
	       rate < RATE_GOOD;
}

static bool has_no_queue(const struct view *v)
{
	double one = qualify_iops(v->random), many = qualify_iops(v->deep);

	return v->deep->ops >= LEAST_READS && v->random->ops >= LEAST_READS && !v->turns &&
	       many < QUEUE_ANY && many < QUEUE_GAIN * one;
}

static bool has_spikes(const struct view *v)
{
	if (stalls(v))
		return false;
	if (v->turns)
		return v->random->p99_ns > HARD_HITCH_NS;
	return v->random->p999_ns > FRAME_NS || v->random->p9999_ns > HITCH_NS;
}

/* What turns is slower towards its middle, and a game has the same place all the time. */
static bool becomes_slow(const struct view *v)
{
	return fades(v, QUALIFY_SEQUENTIAL, FADE) || fades(v, QUALIFY_RANDOM, FADE);
}

static bool is_unsteady(const struct view *v)
{
	return !becomes_slow(v) && (drops(v, QUALIFY_SEQUENTIAL) || drops(v, QUALIFY_RANDOM));
}

static bool is_shingled(const struct view *v)
{
	return v->turns && fades(v, QUALIFY_RANDOM_WRITE, SHINGLED_FADE);
}

static bool writes_fade(const struct view *v)
{
	return !v->turns &&
	       (fades(v, QUALIFY_WRITE, WRITE_FADE) || fades(v, QUALIFY_RANDOM_WRITE, WRITE_FADE));
}

static bool is_used(const struct view *v)
{
	return v->facts->used;
}

static bool is_empty(const struct view *v)
{
	return v->facts->empty && !v->turns && !v->measured->filled;
}

static bool is_small(const struct view *v)
{
	return v->facts->size && v->facts->size < SMALL_BYTES;
}

static bool maybe_shingled(const struct view *v)
{
	return is_hard_disk(v) && !is_zoned(v) && !is_shingled(v);
}

static bool has_few(const struct view *v)
{
	return v->random->ops && !v->random->p9999_ns;
}

/* --- */

static const struct {
	const char *id;
	enum qualify_verdict weight;
	enum code code;
	bool (*is)(const struct view *view);
} findings[FINDINGS] = {
        [FINDING_ERRORS] = {"errors", QUALIFY_BAD, CODE_DISK_FAILING, has_errors},
        [FINDING_STALL] = {"stall", QUALIFY_BAD, CODE_DISK_FAILING, stalls},
        [FINDING_ZONED] = {"zoned", QUALIFY_BAD, CODE_NONE, is_zoned},
        [FINDING_USB2] = {"usb2", QUALIFY_BAD, CODE_DISK_BRIDGE, on_usb2},
        [FINDING_CRAWLS] = {"crawls", QUALIFY_BAD, CODE_DISK_FAILING, crawls},
        [FINDING_TRICKLES] = {"trickles", QUALIFY_BAD, CODE_DISK_BRIDGE, trickles},
        [FINDING_HARD_DISK] = {"hard-disk", QUALIFY_SLOW, CODE_NONE, is_hard_disk},
        [FINDING_SLOW_RANDOM] = {"slow-random", QUALIFY_SLOW, CODE_NONE, is_slow_random},
        [FINDING_SLOW_SEQUENTIAL] = {"slow-sequential", QUALIFY_SLOW, CODE_DISK_BRIDGE,
                is_slow_sequential},
        [FINDING_NO_QUEUE] = {"no-queue", QUALIFY_SLOW, CODE_DISK_BRIDGE, has_no_queue},
        [FINDING_SPIKES] = {"spikes", QUALIFY_SLOW, CODE_DISK_UNSTEADY, has_spikes},
        [FINDING_FADES] = {"fades", QUALIFY_SLOW, CODE_DISK_UNSTEADY, becomes_slow},
        [FINDING_DROPS] = {"drops", QUALIFY_SLOW, CODE_DISK_UNSTEADY, is_unsteady},
        [FINDING_SHINGLED] = {"shingled", QUALIFY_SLOW, CODE_NONE, is_shingled},
        [FINDING_WRITE_FADES] = {"write-fades", QUALIFY_SLOW, CODE_NONE, writes_fade},
        [FINDING_USED] = {"used", QUALIFY_GOOD, CODE_NONE, is_used},
        [FINDING_EMPTY] = {"empty", QUALIFY_GOOD, CODE_NONE, is_empty},
        [FINDING_SMALL] = {"small", QUALIFY_GOOD, CODE_NONE, is_small},
        [FINDING_MAYBE_SHINGLED] = {"maybe-shingled", QUALIFY_GOOD, CODE_NONE, maybe_shingled},
        [FINDING_FEW] = {"few-reads", QUALIFY_GOOD, CODE_NONE, has_few},
};

const char *qualify_finding_id(enum qualify_finding finding)
{
	return findings[finding].id;
}

enum qualify_verdict qualify_finding_weight(enum qualify_finding finding)
{
	return findings[finding].weight;
}

enum code qualify_finding_code(enum qualify_finding finding)
{
	return findings[finding].code;
}

/* Half of the reads are enough to tell: others on the same disk only make it slower. */
static bool answers_slowly(
        const struct qualify_measured *measured, const struct qualify_facts *facts)
{
	uint64_t p50 = measured->loads[QUALIFY_RANDOM].p50_ns;

	return p50 >= (facts->rotational ? TURNS_NS / 2 : TURNS_NS);
}

static bool is_enough(const struct view *v)
{
	return v->random->ops >= LEAST_READS && v->sequential->ops;
}

void qualify_judge(const struct qualify_measured *measured, const struct qualify_facts *facts,
        struct qualify_opinion *out)
{
	const struct view view = {
	        .measured = measured,
	        .facts = facts,
	        .random = &measured->loads[QUALIFY_RANDOM],
	        .deep = &measured->loads[QUALIFY_DEEP],
	        .sequential = &measured->loads[QUALIFY_SEQUENTIAL],
	        .turns = answers_slowly(measured, facts),
	};

	*out = (struct qualify_opinion){.verdict = QUALIFY_GOOD};
	for (enum qualify_finding f = 0; f < FINDINGS; f++) {
		if (!findings[f].is(&view))
			continue;
		out->list[out->n++] = f;
		if (findings[f].weight > out->verdict)
			out->verdict = findings[f].weight;
	}
	/* What was found against it stays true; that nothing was found is not. */
	if (!is_enough(&view) && out->verdict != QUALIFY_BAD)
		out->verdict = QUALIFY_UNKNOWN;
}
