/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that is watched for a chord: the host's own keyboards and pads, by what evdev says of them, and the
 * interfaces of devices that VMs have, by what goes over the bus. No input or output: that is main.c's.
 */
#ifndef CHORD_WATCH_H
#define CHORD_WATCH_H

#include "chord/hid.h"
#include "chord/pads.h"
#include "chord/usbmon.h"
#include "chord/wire.h"

#include <linux/input.h>

struct watch_input {
	unsigned down;
	struct chord_watch chord;
};

struct watch_interface {
	bool used;
	unsigned busnum, devnum;
	uint8_t number, endpoint;
	bool hid;
	bool boot_keyboard; /* it can speak the boot protocol */
	bool boot;          /* it does */
	const struct pad *pad;
	struct hid_layout layout; /* empty: not known yet */
	uint64_t asked;           /* the transfer that brings its report descriptor; 0: none */
	uint32_t held;
	unsigned down;
	bool told; /* that a chord on it would be seen */
	struct chord_watch chord;
};

struct watch {
	struct watch_input inputs[CHORD_INPUTS_MAX];
	struct watch_interface interfaces[CHORD_INTERFACES_MAX];
};

/* What is new; the caller says it to the daemon. False: nothing. */
bool watch_next_answer(struct watch *watch, uint64_t now_ms, struct chord_answer *answer);
uint64_t watch_next_ms(const struct watch *watch); /* when there may be news without an event */

void watch_add_interface(struct watch *watch, const struct chord_message *message);
void watch_drop_device(struct watch *watch, unsigned busnum, unsigned devnum);
void watch_forget_input(struct watch *watch, size_t input); /* nothing is held there */
void watch_event(
        struct watch *watch, size_t input, const struct input_event *event, uint64_t now_ms);
void watch_packet(struct watch *watch, const struct usbmon_packet *packet, uint64_t now_ms);
/* Packets of this bus were lost: a key whose end was among them would be held for ever. */
void watch_lost(struct watch *watch, unsigned busnum);

#endif
