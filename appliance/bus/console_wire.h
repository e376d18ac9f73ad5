/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What playthroughd tells playthrough-console, one message a packet of a SOCK_SEQPACKET connection to
 * RUN_DIR/console-link. The daemon speaks. Of the console, which a network talks to, it hears one packet of a fixed size
 * without any text in it (struct console_report), and never answers. The kernel says who connects (SO_PEERCRED), and only
 * the console's user is served.
 *
 * After the connection the daemon tells of each VM that is not stopped, then CONSOLE_BEGUN, then of each change. With a VM
 * that runs and has an emulated display comes a descriptor: a D-Bus connection to QEMU's display (peer to peer,
 * docs/interop/dbus-display.rst of QEMU), which shows and takes input and is no way to QMP. Whoever loses that connection
 * or wants a new one connects to the daemon anew.
 *
 * Where the console is on the network (bus/console_settings.h), the daemon listens there and hands over the listening
 * sockets before CONSOLE_BEGUN: the console itself has no network to listen on. It never accepts anybody itself. Without
 * the daemon the console gives these sockets up, so that the next daemon can listen there; whoever looks goes on.
 */
#ifndef BUS_CONSOLE_WIRE_H
#define BUS_CONSOLE_WIRE_H

#include "bus/paths.h"

#define CONSOLE_LINK   "console-link" /* in the run directory; the daemon's socket */
#define CONSOLE_SOCKET "console.sock" /* the console's, for viewers */
#define CONSOLE_USER   "playthrough-console"
/*
 * The certificate in the console's own folder (paths.console_state), which all may read. One that was made there begins with
 * a line that tells its subject, which viewers compare, too.
 */
#define CONSOLE_CERTIFICATE_FILE    "certificate.pem"
#define CONSOLE_CERTIFICATE_NAME    "Playthrough"
#define CONSOLE_CERTIFICATE_SUBJECT "subject="

#define CONSOLE_MAGIC     0x31435450u /* "PTC1" */
#define CONSOLE_NAME_MAX  64u
#define CONSOLE_TITLE_MAX 192u
#define CONSOLE_WHY_MAX   1024u
/* With the byte at its end; SPICE_MAX_PASSWORD_LENGTH is 60. */
#define CONSOLE_TICKET_MAX 61u

/*
 * The names of QEMU's character devices that the console finds at a VM's display and gives to viewers: its agent's, one
 * that is to know nothing of clipboards, and USB channels (docs/interop/dbus-display.rst, org.qemu.Display1.Chardev).
 */
#define CONSOLE_AGENT_PORT         "com.redhat.spice.0"
#define CONSOLE_AGENT_PORT_PRIVATE "com.redhat.spice.0.no-clipboard"
#define CONSOLE_USB_PORT           "org.qemu.usbredir"
#define CONSOLE_USB_MOST           4u

enum console_kind {
	CONSOLE_VM = 1, /* what a VM does */
	CONSOLE_SHOW,   /* a person wants to see this VM, or with no name the front end */
	CONSOLE_BEGUN,  /* all that there is has been told; no name */
	/* The listening socket of viewers, and that of browsers, in place of the one before; without a descriptor: none. */
	CONSOLE_NETWORK,
	CONSOLE_WEB,
	CONSOLE_TICKET, /* what viewers on the network have to know; "" nobody may in */
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
	uint8_t state; /* enum console_vm_state */
	uint8_t display; /* 1: a descriptor comes with this; of CONSOLE_VM, a connection to its display */
	char vm[CONSOLE_NAME_MAX];
	char title[CONSOLE_TITLE_MAX]; /* "" where it has none */
	char why[CONSOLE_WHY_MAX];     /* it stopped: why, where that was nobody's wish; else "" */
	uint64_t expires;              /* of CONSOLE_TICKET: seconds since 1970; 0: never */
	char ticket[CONSOLE_TICKET_MAX];
};

enum console_viewer {
	CONSOLE_VIEWER_NONE,
	CONSOLE_VIEWER_LOCAL,  /* through the local socket */
	CONSOLE_VIEWER_NETWORK /* from report.address */
};

/* The console's only words, each time anything in them changes. There is no value in it that could not be. */
struct console_report {
	uint32_t magic;
	uint8_t viewer;          /* enum console_viewer */
	uint8_t has_certificate; /* else nobody on the network can be served */
	uint8_t address[16];     /* IPv6; IPv4 as ::ffff:0:0/96 */
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
};

/* Whether @m, of @n bytes, can be read, with @has_fd a descriptor beside it. */
bool console_message_good(const struct console_message *m, size_t n, bool has_fd);
bool console_report_good(const struct console_report *r, size_t n);

#endif
