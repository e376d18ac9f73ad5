/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test says. Each test runs in a child process, so that a device that hangs costs that
 * child and nothing else; it talks to the guest's main process over a SOCK_SEQPACKET pair.
 */
#pragma once

#include <stdint.h>

#include "pci.h"
#include "plan.h"

enum probe_status {
	PROBE_PASS,
	PROBE_FAIL,
	PROBE_NOT_TESTABLE,
};

enum probe_message_kind {
	PROBE_MESSAGE_RESULT,
	PROBE_MESSAGE_WAITING, /* what is being done now: the reason if the deadline strikes */
	PROBE_MESSAGE_END,     /* all is said; the child may live on */
};

struct probe_message {
	enum probe_message_kind kind;
	enum probe_status status;
	char capability[24];
	char detail[480];
};

/* A test as its child process sees it. */
struct probe {
	int fd;
	const struct plan_item *item;
	char address[PCI_ADDRESS_SIZE]; /* of a PCI function, else empty */
	bool codec_seen;                /* audio: the test without driver saw a codec */
};

/* The report's word for a status. */
const char *probe_status_name(enum probe_status status);

__attribute__((format(printf, 4, 5))) void probe_result(struct probe *probe, const char *capability,
        enum probe_status status, const char *format, ...);

__attribute__((format(printf, 3, 4))) void probe_waiting(
        struct probe *probe, const char *capability, const char *format, ...);

/* Says that nothing more will come. */
void probe_end(struct probe *probe);

/*
 * Gives the device no driver, if it has one, for a test of its registers. False where that failed;
 * the result is then already told under the capability.
 */
bool probe_take_device(struct probe *probe, const char *capability);

/* The detail for a BAR that could not be mapped; error is pci_bar_map's. */
void probe_bar_refused(struct probe *probe, const char *capability, int number, int error);
