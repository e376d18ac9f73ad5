/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VMs that the daemon told of, and which of them a viewer sees. Pure but for the memory. */
#ifndef CONSOLE_VMS_H
#define CONSOLE_VMS_H

#include "bus/console_wire.h"
#include "console/source.h"

struct console_vm {
	struct console_vm *next; /* in struct console_vms, the one that began last first */
	char *name, *title, *why;
	enum console_vm_state state;
	bool display;          /* it has one */
	bool stale;            /* the daemon that told of it is gone */
	struct source *source; /* NULL: no connection to its display */
	uint64_t since_us;     /* when that connection was made */
};

struct console_vms {
	struct console_vm *list;
};

/* Makes it where there is none; the old source is returned in @old, to be destroyed. */
struct console_vm *console_vms_tell(
        struct console_vms *vms, const struct console_message *m, struct source **old);
struct console_vm *console_vms_find(const struct console_vms *vms, const char *name);
struct console_vm *console_vms_of(const struct console_vms *vms, const struct source *source);
void console_vms_set_stale(struct console_vms *vms);
/* Takes one that is stale out of the list; its source is to be destroyed, and then it to be freed. NULL: none is. */
struct console_vm *console_vms_take_stale(struct console_vms *vms);
void console_vm_free(struct console_vm *vm);

/* A connection that has just been made brings its picture soon: until then the old one stays. */
#define CONSOLE_PATIENCE_US 1000000u

struct console_choice {
	const char *wanted; /* a VM; NULL: whichever is there */
	bool wants_front;
	struct source *front, *card;
	uint64_t now_us;
};

/* What is to be seen; NULL: what was seen until now, and to be asked again after the patience. */
struct source *console_choose(const struct console_vms *vms, const struct console_choice *choice);

/* Whose sound is heard: of the VM that is shown; behind the front end that of the one before, or whichever is there. */
struct source *console_choose_sound(
        const struct console_vms *vms, struct source *shown, struct source *heard);

/* What the card says. Caller frees both. */
void console_words(
        const struct console_vms *vms, bool daemon, bool session, char **heading, char **text);

#endif
