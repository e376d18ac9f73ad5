/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel logs from a stranger: any text is read, and what is concluded stands on a line of it or on its silence.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance tests/fuzz/kernel_log_fuzz.c
 *	all C files of appliance/host and appliance/base, -lpci
 */
#include "host/kernel_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const struct kernel_log *log)
{
	for (int s = 0; s < KERNEL_SAYS_N; s++) {
		const struct kernel_line *line = &log->says[s];

		if ((line->number != 0) != (line->text != NULL))
			abort();
	}
}

static void check_finding(const struct kernel_log *log, const struct kernel_finding *found)
{
	if (found->line && found->why == KERNEL_WHY_SAID && !log->says[found->line].text)
		abort();
	if ((found->state == KERNEL_UNKNOWN) != (found->why == KERNEL_WHY_CUT))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);

	for (int ring = 0; ring < 2; ring++) {
		struct kernel_verdict verdict;
		struct kernel_log log;

		kernel_log_parse(text, ring, &log);
		kernel_log_judge(&log, &verdict);
		check_lines(&log);
		check_finding(&log, &verdict.iommu);
		check_finding(&log, &verdict.remapping);
		kernel_log_finish(&log);
	}
	return 0;
}
