/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other side of call.h: one request is read, judged, done and answered. */
#ifndef VM_ACTS_SERVE_H
#define VM_ACTS_SERVE_H

#include "vm/acts/requests.h"

struct acts_place {
	bool system;             /* root's: under "/" alone, and with a deadline of its own */
	const char *libexec_dir; /* where playthrough-image is */
};

/* What stands before the argument. */
struct act_head {
	const char *version; /* of the program: after an upgrade the two may be of different ones */
	const char *root;    /* "/", but in tests */
	unsigned act;
	uint64_t until_us; /* of monotonic_us(): whoever asked has given it up then; 0: never */
};

/* The whole packet; caller frees @out's bytes. */
int act_request(const struct act_head *head, const void *argument, struct wire_buffer *out);
/* @argument is to be freed by act_argument_free() where it returns 0. */
int act_parse(
        const uint8_t *bytes, size_t size, struct act_head *head, void **argument, struct err *err);
void act_argument_free(struct act_head *head, void *argument);

/*
 * In a process of its own, which ends by it. Waits for the request, which may never come. One that nobody waits for any more is
 * not begun: it would be done after what takes it back.
 */
void acts_serve(int socket, const struct acts_place *place) __attribute__((noreturn));

/* image_work.c: ACT_IMAGE_WORK, with the descriptors that came with it. */
void acts_work(int socket, const struct acts_place *place, struct image_request *request,
        const int *fds, size_t n_fds) __attribute__((noreturn));
/* The two of @request, as they are to be sent: at most ACT_FDS; returns their number. */
size_t acts_work_fds(const struct image_request *request, int fds[2]);

#endif
