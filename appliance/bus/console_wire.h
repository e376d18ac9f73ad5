/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What playthroughd tells playthrough-console, one message a packet of a SOCK_SEQPACKET connection to
 * RUN_DIR/console-link. The daemon speaks, and reads nothing: the process that is root parses no word of the one that
 * a network talks to. The kernel says who connects (SO_PEERCRED), and only the console's user is served.
 *
 * After the connection the daemon tells of each VM that is not stopped, then CONSOLE_BEGUN, then of each change. With a VM
 * that runs and has an emulated display comes a descriptor: a D-Bus connection to QEMU's display (peer to peer,
 * docs/interop/dbus-display.rst of QEMU), which shows and takes input and is no way to QMP. Whoever loses that connection
 * or wants a new one connects to the daemon anew.
 */
#ifndef BUS_CONSOLE_WIRE_H
#define BUS_CONSOLE_WIRE_H

#include "bus/paths.h"

#define CONSOLE_LINK      "console-link" /* in the run directory; the daemon's socket */
#define CONSOLE_SOCKET    "console.sock" /* the console's, for viewers */
#define CONSOLE_USER      "playthrough-console"
#define CONSOLE_MAGIC     0x31435450u /* "PTC1" */
#define CONSOLE_NAME_MAX  64u
#define CONSOLE_TITLE_MAX 192u
#define CONSOLE_WHY_MAX   1024u

enum console_kind {
	CONSOLE_VM = 1, /* what a VM does */
	CONSOLE_SHOW,   /* a person wants to see this VM, or with no name the front end */
	CONSOLE_BEGUN,  /* all that there is has been told; no name */
	CONSOLE_SOUND   /* a front end at the seat wants to hear: its socket (bus/sound_wire.h) */
};

enum console_vm_state {
	CONSOLE_VM_STOPPED,
	CONSOLE_VM_STARTING,
	CONSOLE_VM_RUNNING,
	CONSOLE_VM_STOPPING
};

/* Texts end with a zero byte within their room. */
struct console_message {
	uint32_t magic;
	uint16_t kind;
	uint8_t state;   /* enum console_vm_state */
	uint8_t display; /* 1: a connection to its display comes with this */
	char vm[CONSOLE_NAME_MAX];
	char title[CONSOLE_TITLE_MAX]; /* "" where it has none */
	char why[CONSOLE_WHY_MAX];     /* it stopped: why, where that was nobody's wish; else "" */
};

/* Whether @m, of @n bytes, can be read, with @has_fd a descriptor beside it. */
bool console_message_good(const struct console_message *m, size_t n, bool has_fd);

#endif
