/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the console's core share; nobody else includes it. */
#ifndef CONSOLE_CONSOLE_IMPL_H
#define CONSOLE_CONSOLE_IMPL_H

#include "console/agent.h"
#include "console/console.h"
#include "console/front_run.h"
#include "console/input.h"
#include "console/link.h"
#include "console/screen.h"
#include "console/sound.h"
#include "console/vms.h"
#include "console/web.h"

struct console {
	sd_event *event;
	SpiceServer *server;
	struct access *access;
	struct web *web; /* for browsers; NULL: none */
	bool resizing;   /* whoever comes has to wait */
	const struct paths *paths;
	struct screen *screen;
	struct input *input;
	char *link_path;
	struct link *link;
	bool daemon; /* is there, and has told everything */
	struct console_vms vms;
	char *wanted;
	bool wants_front;
	struct source_handler handler;
	struct source *card, *front, *shown;
	struct front_run *front_run;
	sd_event_source *later, *again, *look;
	uint32_t width, height; /* of the viewer's window, when it last told */
	bool told_size;
	struct agent *agent; /* the built-in one */
	/* Of the VM whose agent viewers have, NULL: the built-in one; of the one whose USB channels they have. */
	struct ports *agent_of, *usb_of;
	struct sound *sound;
	struct source *heard; /* whose sound is; NULL: nobody's */
	bool stopped;
	char *notice; /* what is said for a moment; NULL: nothing */
	sd_event_source *noticed;
};

/* console.c: shows what is to be seen now; lets a source go, whose memory is about to. */
void console_present(struct console *c);
void console_let_go(struct console *c, struct source *source);

/* console_front.c */
void console_front_start(struct console *c, enum console_front front);

/* console_sound.c: whose sound is heard, by what is shown; that of one whose memory is about to go is not. */
void console_listen(struct console *c);
void console_mute(struct console *c, const struct source *source);
extern const struct source_handler console_sounds; /* its three calls alone */

/* console_hear.c: what the daemon says, and what a person wants to see: a VM, "" the front end, NULL whichever is there. */
extern const struct link_handler console_hearing; /* but for its user */
void console_want(struct console *c, const char *name);
/* Tells the daemon who looks. */
void console_report(struct console *c);

/* console_notice.c: a card that is shown for a moment, whatever else is there. */
int console_notice_init(struct console *c, struct err *err);
void console_notice_finish(struct console *c);

#endif
