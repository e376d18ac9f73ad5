/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon and playthrough-chord say to each other, one message a datagram of a SOCK_SEQPACKET pair: the
 * daemon sends descriptors of nodes and facts, the program says what was held. When the daemon's end is closed, the
 * program ends.
 */
#ifndef CHORD_WIRE_H
#define CHORD_WIRE_H

#include "chord/chord.h"

#include <linux/input-event-codes.h>
#include <stddef.h>

#define CHORD_MAGIC          0x31684350u /* "PCh1" */
#define CHORD_DESCRIPTOR_MAX 4096u       /* HID_MAX_DESCRIPTOR_SIZE of linux/hid.h */
#define CHORD_INPUTS_MAX     48u
#define CHORD_BUSES_MAX      16u
#define CHORD_INTERFACES_MAX 64u
#define CHORD_FDS_MAX        (CHORD_INPUTS_MAX + CHORD_BUSES_MAX)

enum chord_order {
	CHORD_ADD_INPUT = 1, /* with the descriptor of a node of evdev */
	CHORD_ADD_BUS,       /* with the descriptor of a bus's node of usbmon */
	CHORD_ADD_INTERFACE, /* of a device that a VM has */
	CHORD_DROP_DEVICE,   /* no VM has it any more */
};

struct chord_message {
	uint32_t magic;
	uint32_t order;
	uint32_t busnum, devnum;
	uint32_t ring; /* CHORD_ADD_BUS: bytes to map; 0: packets are read, one a read(2) */
	uint16_t vendor, product;
	uint8_t number, class, subclass, protocol; /* of the interface */
	uint8_t endpoint;                          /* its interrupt endpoint inwards: 0x81 */
	uint8_t unused;
	uint16_t size; /* of the report descriptor; 0: not known */
	uint8_t descriptor[CHORD_DESCRIPTOR_MAX];
};

#define CHORD_MESSAGE_MIN offsetof(struct chord_message, descriptor)

enum chord_news {
	CHORD_HELD = 1, /* a chord was held long enough */
	CHORD_SEES,     /* a chord on this device would be seen */
};

struct chord_answer {
	uint32_t magic;
	uint32_t news;
	uint32_t kind;           /* enum chord_kind */
	uint32_t busnum, devnum; /* 0: a device of the host's own */
};

/* The keys as evdev names them; nothing else wakes anybody. linux/input-event-codes.h */
#define CHORD_CODES(X)                       \
	X(KEY_LEFTSHIFT, CHORD_LEFT_SHIFT)   \
	X(KEY_RIGHTSHIFT, CHORD_RIGHT_SHIFT) \
	X(KEY_LEFTCTRL, CHORD_LEFT_CTRL)     \
	X(KEY_LEFTALT, CHORD_LEFT_ALT)       \
	X(BTN_MODE, CHORD_GUIDE)             \
	X(BTN_START, CHORD_START)            \
	X(BTN_SELECT, CHORD_SELECT)          \
	X(BTN_TL, CHORD_L1)                  \
	X(BTN_TR, CHORD_R1)

#endif
