/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup of a running VM's disk; the parts of vm_backup*.c. */
#ifndef VM_VM_BACKUP_H
#define VM_VM_BACKUP_H

#include "vm/vm_image.h"

#define VM_BACKUP_BITMAP "playthrough-backup-"

struct vm_backup {
	struct vm_image *work;
	char *source, *target; /* nodes of QEMU; the job there is called as the target */
	char *old_bitmap,
	        *base; /* of the last backup: what has changed since, and its file; NULL: none */
	char *new_bitmap;
	int fd; /* of the new file; -1: none yet, or not ours any more */
	int64_t fdset;
	bool node, copying, noted, encrypted, persistent, hidden_is_gone;
	bool dead; /* nobody waits for it; only answers of QEMU are still to come */
	unsigned asked;
	struct err why;
	sd_event_source *tick;
};

void vm_backup_destroy(struct vm_backup *b);

/* vm_backup_note.c: which backup is the last of a disk, in the VM's folder of the state directory. */
void vm_backup_read_note(struct vm_backup *b);
int vm_backup_write_note(const struct vm_backup *b, struct err *err);

#endif
