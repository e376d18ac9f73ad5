/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: the verdict that pasted texts allow, kernel logs and listings of IOMMU groups in any mix.
 *
 * Pure: texts in, the same report as of check out. Only what texts of this kind can tell is judged: what they
 * cannot tell is `skip`, what these leave open is `unknown`.
 */
#ifndef SETUP_EXPLAIN_H
#define SETUP_EXPLAIN_H

#include "checks.h"
#include "listing.h"

struct explained {
	struct host host; /* processor, functions and groups as far as told; the rest is empty */
	struct check_report report;
	struct listing listing; /* one entry for each function of host.pci, in the same order */
	struct told_log log;    /* of the file that tells most about an IOMMU */
	struct strv names;
	bool is_log; /* there is a kernel log that speaks of the IOMMU, not merely of groups */
};

/* @names and @texts go together; "-" is shown as it is. */
void explain_run(const struct strv *names, const struct strv *texts, struct explained *out);
void explain_finish(struct explained *explained);

/* As check_json(); what no text told is null. Caller frees. */
json_t *explain_json(const struct explained *explained);
void explain_print(const struct explained *explained, bool colour, FILE *out);

/* Judges the cards by classes and groups alone: what the host uses is not known. */
void explain_judge_gpus(const struct explained *explained, struct check_report *report);
/* "FILE:LINE"; caller frees. */
char *explain_source(const struct explained *explained, size_t file, size_t line);
/* "10de:1b81 NVIDIA ...", "(no id told)"; caller frees. */
char *explain_describe(const struct pci_device *d);

#endif
