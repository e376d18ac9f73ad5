/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest of a test drive could really do with each device, as plain data. Pure; texts are harmless and of bounded length. */
#ifndef MODEL_DRIVE_H
#define MODEL_DRIVE_H

#include "base/err.h"
#include "base/strv.h"

#define DRIVE_RESULTS_MOST  96u
#define DRIVE_PROBLEMS_MOST 16u

enum drive_status { DRIVE_PASS, DRIVE_FAIL, DRIVE_NOT_TESTED };

struct drive_result {
	char *device; /* as the profile names it: "gpu", "disk games" */
	char *what;   /* a word: "dma", "interrupt" */
	char *detail;
	enum drive_status status;
};

struct drive {
	char *vm;      /* NULL: there was none */
	bool complete; /* else the guest stopped before its end */
	struct drive_result results[DRIVE_RESULTS_MOST];
	size_t n;
	size_t left_out;      /* results for which there was no room: what they are is not known */
	struct strv problems; /* sentences */
};

void drive_finish(struct drive *drive);
/* The job's result: {"lines": [{"event", "device", "capability", "status", "detail"}]}; on garbage -EBADMSG with @err. */
int drive_set(struct drive *drive, const char *vm, const char *json, struct err *err);
/* A job as it is now. One of this VM without a result, NULL or "", has the one before it forgotten. */
void drive_follow(struct drive *drive, const char *vm, const char *result);
size_t drive_count(const struct drive *drive, enum drive_status status);

#endif
