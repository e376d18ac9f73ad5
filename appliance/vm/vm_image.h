/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts on image files as jobs (image/task.h); what the files vm_image*.c share. */
#ifndef VM_VM_IMAGE_H
#define VM_VM_IMAGE_H

#include "image/task.h"
#include "vm/vm_impl.h"

struct vm_backup;

/* One that is under way. */
struct vm_image {
	struct vms *vms;
	struct vm_image *next; /* in struct vms's list */
	struct vm_job *job;
	struct image_task *task;  /* NULL: QEMU works on it */
	struct vm_backup *backup; /* NULL: none of a running VM */
	struct image_request request;
	char *name, *disk; /* of the VM; NULL: a file by its path */
	bool overlay, incremental, cancelled;
};

/* vm_image_judge.c: a verb of D-Bus. */
struct vm_image_word {
	const char *word, *kind; /* of D-Bus; of its job */
	enum image_verb verb;
	bool changes; /* the image itself, so that no VM may have it */
	bool target, size, tag;
	bool under; /* of what the disk stands on */
};
const struct vm_image_word *vm_image_word(const char *word); /* NULL: there is none such */
/* Makes @work's request of what was asked for; -EINVAL, or what finding the VM's disk came to. */
int vm_image_judge(struct vm_image *work, const struct vm_image_options *options,
        const struct vm_image_word *word, struct err *err);
/* vm_image_users.c: -EBUSY where the image is in use in a way that does not go with the act. */
int vm_image_check_users(struct vm_image *work, const struct vm_image_word *word, struct err *err);

/* Starts or goes on with the act that request says; its end is told to @done, which frees it at last. */
int vm_image_task(struct vm_image *work,
        void (*done)(void *user, json_t *result, int fd, const struct err *err), struct err *err);
/* The end of all of it: tells the job's, and frees it. @result is borrowed. */
void vm_image_end(struct vm_image *work, json_t *result, const struct err *err);

/* vm_image_profile.c: the VM's profile from now on says that its disk is the new image on top of the old one. */
int vm_image_write_overlay(struct vms *vms, const struct vm_image *work, struct err *err);

/* vm_backup.c: of the disk of a VM that runs. */
int vm_backup_start(struct vm_image *work, struct err *err);
void vm_backup_cancel(struct vm_image *work);
void vm_backup_free(struct vm_backup *backup);
/* QEMU says something about a job of its own. */
void vm_backup_event(struct vm *vm, const char *name, json_t *data);

#endif
