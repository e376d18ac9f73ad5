/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup of a running VM's disk; the parts of vm_backup*.c. */
#ifndef VM_VM_BACKUP_H
#define VM_VM_BACKUP_H

#include "vm/vm_image.h"

struct vm_backup {
	struct vm_image *work;
	char *source, *target; /* nodes of QEMU; the job there is called as the target */
	char *old_bitmap,
	        *base; /* of the last backup: what has changed since, and its file; NULL: none */
	char *new_bitmap;
	int fd; /* of the new file; -1: none yet, or not ours any more */
	int64_t fdset;
	bool node, copying, noted, encrypted, persistent, hidden_is_gone;
	bool gone; /* QEMU does not talk any more */
	bool dead; /* nobody waits for it; only answers of QEMU are still to come */
	unsigned asked;
	struct err why;
	sd_event_source *tick;
};

/* vm_backup.c. NULL: the VM does not run any more. */
struct qmp *vm_backup_qmp(const struct vm_backup *b);
/* A command of QMP, whose arguments and descriptor (-1: none) are owned from here on; @reply is called once, also at once. */
void vm_backup_ask(
        struct vm_backup *b, const char *command, json_t *arguments, int fd, qmp_reply reply);
/* What each reply begins with: whether it is not to be looked at any more, since nobody waits for the backup. */
bool vm_backup_is_over(struct vm_backup *b);
void vm_backup_drop_bitmap(struct vm_backup *b, const char *name);
/* Takes back what was done, one after the other, and ends the job. */
void vm_backup_fail(struct vm_backup *b, const struct err *err);
/* QEMU has the file: it copies, and then the file gets its name. */
void vm_backup_copy(struct vm_backup *b);

void vm_backup_destroy(struct vm_backup *b);
#define VM_BACKUP_TICK_US 500000u

/* vm_backup_note.c: which backup is the last of a disk, in the VM's folder of the state directory. */
void vm_backup_read_note(struct vm_backup *b);
int vm_backup_write_note(const struct vm_backup *b, struct err *err);

#endif
