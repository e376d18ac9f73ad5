/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check: facts about a PC -> a verdict for each thing that decides whether passthrough works here.
 *
 * Pure: `struct host` in, results out. Every result shows the evidence it stands on. A fact that could
 * not be read makes `unknown`, never a guess.
 */
#ifndef SETUP_CHECK_H
#define SETUP_CHECK_H

#include "host/host.h"

#include <jansson.h>
#include <stdio.h>

enum check_status { CHECK_PASS, CHECK_WARN, CHECK_FAIL, CHECK_UNKNOWN, CHECK_SKIP };
const char *check_status_name(enum check_status status); /* "pass", ... as in JSON */

/* Who can mend a failure: decides the exit code. */
enum check_cure { CHECK_CURE_NONE, CHECK_CURE_APPLY, CHECK_CURE_PERSON, CHECK_CURE_IMPOSSIBLE };

struct check_evidence {
	char *source; /* path that was read, or "kernel log" */
	char *value;
};

struct check_result {
	const char *id;   /* "iommu.interrupt-remapping" */
	const char *code; /* "PT-IOMMU-02", NULL when it asks for no act */
	enum check_status status;
	enum check_cure cure;
	bool only_root_knows; /* unknown merely since this user may not read it: does not make the verdict undecided */
	char *summary; /* one sentence, translated */
	char *fix;     /* what to do, translated; NULL */
	struct check_evidence *evidence;
	size_t n_evidence;
};

/* Part of the processor or board, or a card of its own. */
enum gpu_kind { GPU_KIND_UNKNOWN, GPU_KIND_INTEGRATED, GPU_KIND_DISCRETE };
/* After its VM stops; later ones are worse. */
enum gpu_comes_back { GPU_BACK_YES, GPU_BACK_UNKNOWN, GPU_BACK_RISKY, GPU_BACK_NO };

struct check_gpu {
	const struct pci_device *device;
	enum gpu_kind kind;
	enum gpu_comes_back comes_back;
	enum check_status verdict; /* pass, warn, fail */
	bool boot_display;   /* the host's own screen: passing it leaves the host without one */
	bool in_place;       /* it and all it needs are on vfio-pci, or no host driver holds them */
	struct strv needs;   /* addresses of the functions that go along */
	struct strv reasons; /* translated sentences */
};

struct facts;

struct check_report {
	struct check_result *results; /* in the order of the table */
	size_t n_results;
	struct check_gpu *gpus;
	size_t n_gpus;
};

/* Without facts.h's part of the world: what only it tells is judged by @host alone. */
void check_run(const struct host *host, struct check_report *out);
void check_run_with(const struct host *host, const struct facts *facts, struct check_report *out);
void check_report_finish(struct check_report *report);

/*
 * 0 ready, 3 `apply` can fix it, 4 a person must act, 5 not possible on this PC, 6 undecided. Failures
 * decide by their cure; an `unknown` makes it undecided when passthrough hangs on it.
 */
enum {
	CHECK_EXIT_READY = 0,
	CHECK_EXIT_APPLY = 3,
	CHECK_EXIT_PERSON = 4,
	CHECK_EXIT_IMPOSSIBLE = 5,
	CHECK_EXIT_UNDECIDED = 6
};
int check_exit_code(const struct check_report *report);
/* "ready", "apply", "person", "impossible", "undecided": the exit code as `check --json` names it. */
const char *check_verdict_name(int exit_code);
const struct check_result *check_find(const struct check_report *report, const char *id);

/* The JSON of `check --json`, schema 1; and the text for people on @out (with colour when @colour). */
json_t *check_json(const struct host *host, const struct check_report *report);
void check_print(
        const struct host *host, const struct check_report *report, bool colour, FILE *out);

#endif
