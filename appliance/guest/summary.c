/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results so far, counted, and in words for the screens. */
#include "summary.h"

#include <stdio.h>
#include <string.h>

#include "picture.h"
#include "util.h"

void summary_add(struct summary *summary, size_t item, const struct probe_message *message)
{
	struct summary_result *result;

	summary->passed += message->status == PROBE_PASS;
	summary->failed += message->status == PROBE_FAIL;
	summary->not_testable += message->status == PROBE_NOT_TESTABLE;
	if (summary->count == SUMMARY_RESULTS_MAX)
		return;
	result = &summary->results[summary->count++];
	result->item = item;
	result->status = message->status;
	guest_copy(result->capability, sizeof result->capability, message->capability);
	guest_copy(result->detail, sizeof result->detail, message->detail);
}

static const char *const words[] = {
        [PROBE_PASS] = "works",
        [PROBE_FAIL] = "FAILS",
        [PROBE_NOT_TESTABLE] = "not tested",
};

static const char looks[] = {
        [PROBE_PASS] = PICTURE_GOOD,
        [PROBE_FAIL] = PICTURE_BAD,
        [PROBE_NOT_TESTABLE] = PICTURE_UNSURE,
};

static void write_head(
        const struct summary *summary, const struct plan *plan, char *text, size_t size)
{
	guest_append(text, size, "%cPlaythrough test guest, picture %016lx\n", PICTURE_TITLE,
	        (unsigned long)plan->nonce);
	guest_append(text, size, "%c%s: %d passed, %d failed, %d could not be tested\n",
	        summary->failed ? PICTURE_BAD : PICTURE_PLAIN,
	        summary->done ? "All tests are done" : "Testing", summary->passed, summary->failed,
	        summary->not_testable);
	if (plan->problem[0] != '\0')
		guest_append(text, size, "%c%s\n", PICTURE_BAD, plan->problem);
	guest_append(text, size, "\n");
}

/* What is as it should be and needs no line of its own, so that more devices fit on a screen. */
static bool goes_into_title(const struct summary_result *result)
{
	return result->status == PROBE_PASS && (strcmp(result->capability, "present") == 0 ||
	                                               strcmp(result->capability, "driver") == 0);
}

static void write_title(const struct summary *summary, const struct plan *plan, size_t item,
        char *text, size_t size)
{
	guest_append(text, size, "%c%s %s", PICTURE_TITLE, plan_kind_name(plan->items[item].kind),
	        plan->items[item].name);
	for (size_t i = 0; i < summary->count; i++) {
		const struct summary_result *result = &summary->results[i];

		if (result->item == item && goes_into_title(result))
			guest_append(text, size, ", %s: %s", result->capability, result->detail);
	}
	guest_append(text, size, "\n");
}

static void write_device(const struct summary *summary, const struct plan *plan, size_t item,
        char *text, size_t size)
{
	write_title(summary, plan, item, text, size);
	for (size_t i = 0; i < summary->count; i++) {
		const struct summary_result *result = &summary->results[i];

		if (result->item == item && !goes_into_title(result))
			guest_append(text, size, "%c  %-10s %-11s %s\n", looks[result->status],
			        result->capability, words[result->status], result->detail);
	}
}

static void write_usb(const struct usb_watch *usb, char *text, size_t size)
{
	guest_append(text, size, "\n%cUSB devices, as they come and go: %zu\n", PICTURE_TITLE,
	        usb->count);
	for (size_t i = 0; i < usb->count; i++)
		guest_append(text, size, "%c  %s  %s  at %s  %s\n", PICTURE_PLAIN,
		        usb->devices[i].id, usb->devices[i].product, usb->devices[i].port,
		        usb->devices[i].serial);
}

void summary_text(const struct summary *summary, const struct plan *plan,
        const struct usb_watch *usb, char *text, size_t size)
{
	text[0] = '\0';
	write_head(summary, plan, text, size);
	for (size_t i = 0; i < plan->count; i++)
		write_device(summary, plan, i, text, size);
	write_usb(usb, text, size);
	guest_append(text, size, "\n%cThe power button switches off.\n", PICTURE_PLAIN);
}
