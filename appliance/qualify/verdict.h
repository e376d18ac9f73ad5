/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a disk is good for games: a pure function of what was measured and what the kernel says of the disk. What each
 * number is compared with, and why, stands in verdict.c.
 */
#ifndef QUALIFY_VERDICT_H
#define QUALIFY_VERDICT_H

#include "base/codes.h"
#include "qualify/measured.h"

#include <stdbool.h>

enum qualify_verdict {
	QUALIFY_UNKNOWN, /* too little was measured */
	QUALIFY_GOOD,
	QUALIFY_SLOW, /* works, loads slowly */
	QUALIFY_BAD,
};

/* What is known without measuring. */
struct qualify_facts {
	bool rotational;    /* the kernel's word, which says so of many USB sticks too */
	bool zoned;         /* host-managed: only written from start to end, zone by zone */
	bool used;          /* something of the host stands on it */
	bool file;          /* a file, not a disk */
	bool empty;         /* a disk without anything on it that is known */
	unsigned usb_mbps;  /* of its USB device; 0: none, or not known */
	uint64_t size;      /* bytes */
	int temperature_mc; /* after the test, in 1/1000 degrees; 0: not known */
};

enum qualify_finding {
	/* against it */
	FINDING_ERRORS,
	FINDING_STALL,
	FINDING_ZONED,
	FINDING_USB2,
	FINDING_CRAWLS,
	FINDING_TRICKLES,
	FINDING_HARD_DISK,
	FINDING_SLOW_RANDOM,
	FINDING_SLOW_SEQUENTIAL,
	FINDING_NO_QUEUE,
	FINDING_SPIKES,
	FINDING_FADES,
	FINDING_DROPS,
	FINDING_SHINGLED,
	FINDING_WRITE_FADES,
	/* to be known */
	FINDING_USED,
	FINDING_EMPTY,
	FINDING_SMALL,
	FINDING_MAYBE_SHINGLED,
	FINDING_FEW,
	FINDINGS,
};

struct qualify_opinion {
	enum qualify_verdict verdict;
	enum qualify_finding list[FINDINGS]; /* the worst first */
	size_t n;
};

void qualify_judge(const struct qualify_measured *measured, const struct qualify_facts *facts,
        struct qualify_opinion *out);

const char *qualify_verdict_id(enum qualify_verdict verdict);    /* "good": never translated */
const char *qualify_verdict_title(enum qualify_verdict verdict); /* a translated sentence */

const char *qualify_finding_id(enum qualify_finding finding); /* "hard-disk" */
enum qualify_verdict qualify_finding_weight(
        enum qualify_finding finding);                        /* QUALIFY_GOOD: only to be known */
enum code qualify_finding_code(enum qualify_finding finding); /* CODE_NONE: asks for no act */
/* What was measured, why it matters, and what to do: translated sentences. Caller frees. */
char *qualify_finding_text(enum qualify_finding finding, const struct qualify_measured *measured,
        const struct qualify_facts *facts);

#endif
