/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of a display card, and the process that keeps the picture on its screens. */
#include "display.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "screen.h"
#include "interrupts.h"
#include "util.h"

static void tell_driver(struct probe *probe)
{
	char driver[64];

	if (pci_driver(probe->address, driver, sizeof driver))
		probe_result(probe, "driver", PROBE_PASS, "%s", driver);
	else
		probe_result(probe, "driver", PROBE_NOT_TESTABLE,
		        "this guest has no driver for %04x:%04x (drivers that want firmware files "
		        "are left "
		        "out of it)",
		        pci_attribute(probe->address, "vendor"),
		        pci_attribute(probe->address, "device"));
}

/* Drawing needs neither, so only what the driver did by itself can be told. */
static void tell_passed_card(struct probe *probe)
{
	struct interrupts seen;
	char driver[64] = "no driver";

	pci_driver(probe->address, driver, sizeof driver);
	interrupts_of(probe->address, &seen);
	if (seen.count > 0 && !seen.shared)
		probe_result(probe, "interrupt", PROBE_PASS, "%lu interrupts on %s", seen.count,
		        seen.text);
	else
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE,
		        "%s got no interrupt of its own from the card while drawing", driver);
	probe_result(probe, "dma", PROBE_NOT_TESTABLE,
	        "the picture is written by the processor into the card's memory; %s lets the card "
	        "fetch nothing",
	        driver);
}

static void tell_drawn(struct probe *probe, struct screens *screens, bool equal)
{
	if (equal)
		probe_result(
		        probe, "draw", PROBE_PASS, "%s; all pixels read back equal", screens->how);
	else
		probe_result(probe, "draw", PROBE_FAIL, "%s: %s", screens->how, screens->problem);
}

/* Waits for the next text; false when the main process is gone. */
static bool next_text(struct probe *probe, char *text)
{
	ssize_t length;

	do
		length = recv(probe->fd, text, DISPLAY_TEXT_MAX - 1, 0);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

void display_run(struct probe *probe, const struct display_job *job)
{
	static char text[DISPLAY_TEXT_MAX];
	static struct screens screens;
	static struct font font;
	bool fatal, first = true;

	tell_driver(probe);
	probe_waiting(probe, "draw", "the card's mode to be set");
	screens_open(probe->address, &screens, &fatal);
	if (screens.count == 0 || fatal)
		probe_result(probe, "draw", fatal ? PROBE_FAIL : PROBE_NOT_TESTABLE, "%s%s%s",
		        screens.how, screens.how[0] ? ": " : "", screens.problem);
	probe_waiting(probe, "draw", "the picture to be written and read back");
	font_init(&font, job->font_data, job->font_size);
	while (next_text(probe, text)) {
		bool equal = screens_show(&screens, job->nonce, text, &font);

		if (first && screens.count > 0 && !fatal)
			tell_drawn(probe, &screens, equal);
		if (first && probe->item->kind == PLAN_GPU)
			tell_passed_card(probe);
		probe_end(probe); /* of this text */
		first = false;
	}
	_exit(0);
}
