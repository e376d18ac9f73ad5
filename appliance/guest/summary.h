/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results so far, counted, and in words for the screens. */
#pragma once

#include "plan.h"
#include "probe.h"
#include "usb.h"

#define SUMMARY_RESULTS_MAX 400

struct summary_result {
	size_t item;
	enum probe_status status;
	char capability[24];
	char detail[200];
};

struct summary {
	struct summary_result results[SUMMARY_RESULTS_MAX];
	size_t count;
	int passed, failed, not_testable;
	bool done;
};

void summary_add(struct summary *summary, size_t item, const struct probe_message *message);

/* Writes the text for picture_draw; what does not fit is cut at a line's end. */
void summary_text(const struct summary *summary, const struct plan *plan,
        const struct usb_watch *usb, char *text, size_t size);
