/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/serve.h"

#include "base/i18n.h"
#include "base/socket.h"
#include "base/version.h"
#include "vm/acts/disposable.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#define FDS_MOST 2u

static const struct wire_field head_fields[] = {
        WIRE_OF_TEXT(struct act_head, version, WIRE_WORDS),
        WIRE_OF_TEXT(struct act_head, root, WIRE_PATH),
        WIRE_OF_UNSIGNED(struct act_head, act),
        WIRE_OF_UNSIGNED(struct act_head, until_us),
};
static const struct wire_struct head_table = WIRE_TABLE(struct act_head, head_fields);

/* --- the packet: the length of the head, the head, the argument --- */

int act_request(const struct act_head *head, const void *argument, struct wire_buffer *out)
{
	struct wire_buffer front = {0}, back = {0};
	uint32_t size;
	int r = wire_encode(&head_table, head, &front);

	r = r < 0 ? r : wire_encode(act_kind(head->act)->argument, argument, &back);
	if (r == 0) {
		size = (uint32_t)front.n;
		*out = (struct wire_buffer){.n = sizeof(size) + front.n + back.n};
		out->bytes = xcalloc(out->n, 1);
		memcpy(out->bytes, &size, sizeof(size));
		memcpy(out->bytes + sizeof(size), front.bytes, front.n);
		if (back.n)
			memcpy(out->bytes + sizeof(size) + front.n, back.bytes, back.n);
	}
	free(front.bytes);
	free(back.bytes);
	return r;
}

static int refuse(struct act_head *head, struct err *err)
{
	wire_finish(&head_table, head);
	return err_set(err, -EBADMSG, _("the request is none"));
}

int act_parse(
        const uint8_t *bytes, size_t size, struct act_head *head, void **argument, struct err *err)
{
	const struct act_kind *kind;
	uint32_t n = 0;

	*head = (struct act_head){0};
	if (size >= sizeof(n))
		memcpy(&n, bytes, sizeof(n));
	if (size < sizeof(n) || n > size - sizeof(n) ||
	        wire_decode(&head_table, bytes + sizeof(n), n, head) < 0)
		return refuse(head, err);
	if (!streq(head->version, PLAYTHROUGH_VERSION)) {
		wire_finish(&head_table, head);
		return err_set(err, -ESTALE, _("another version of Playthrough is asked"));
	}
	kind = act_kind(head->act);
	if (!kind)
		return refuse(head, err);
	*argument = xcalloc(1, kind->argument->size);
	if (wire_decode(kind->argument, bytes + sizeof(n) + n, size - sizeof(n) - n, *argument) ==
	        0)
		return 0;
	act_argument_free(head, *argument);
	return err_set(err, -EBADMSG, _("the request is none"));
}

void act_argument_free(struct act_head *head, void *argument)
{
	wire_finish(act_kind(head->act)->argument, argument);
	free(argument);
	wire_finish(&head_table, head);
}

/* --- the process --- */

/*
 * It may have lain in the queue while this program was started, or could not take it: by now its caller may be gone, or take
 * back what it asked for.
 */
static bool is_awaited(int socket, const struct act_head *head)
{
	struct pollfd p = {.fd = socket}; /* POLLHUP comes unasked */

	return poll(&p, 1, 0) == 0 && (!head->until_us || monotonic_us() < head->until_us);
}

/* The kernel may keep it for longer: it ends as soon as that lets it. */
static void end_at(uint64_t until_us)
{
	uint64_t now = monotonic_us(), us = until_us > now ? until_us - now : 1;
	const struct itimerval limit = {.it_value = {.tv_sec = (time_t)(us / 1000000),
	                                        .tv_usec = (suseconds_t)(us % 1000000)}};

	if (until_us)
		setitimer(ITIMER_REAL, &limit, NULL);
}

static int act_now(const struct act_head *head, const void *argument,
        const struct acts_place *place, int *fd, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int r = act_check(head->act, argument, place->system, err);

	r = r < 0 ? r : root_open(&root, head->root, err);
	r = r < 0 ? r : act_kind(head->act)->run(&root, argument, fd, err);
	return r == 0 && place->system && head->act == ACT_IMAGE ? act_check_opened(*fd, err) : r;
}

static ssize_t await(int socket, void *bytes, size_t room, int *fds, size_t *n_fds)
{
	struct pollfd p = {.fd = socket, .events = POLLIN};
	ssize_t n;

	do
		n = poll(&p, 1, -1) < 0 && errno != EINTR
		            ? -errno
		            : socket_receive(socket, bytes, room, fds, FDS_MOST, n_fds);
	while (n == -EAGAIN);
	return n;
}

static void __attribute__((noreturn)) refuse_all(int socket, int r, struct err *err)
{
	disposable_answer(socket, r, -1, err);
	_exit(0);
}

void acts_serve(int socket, const struct acts_place *place)
{
	static uint8_t bytes[2 * WIRE_MOST];
	int fds[FDS_MOST] = {-1, -1}, fd = -1, r;
	struct err err = {0};
	struct act_head head;
	size_t n_fds = 0;
	void *argument;
	ssize_t n = await(socket, bytes, sizeof(bytes), fds, &n_fds);

	if (n <= 0) /* whoever only wanted this program to stay */
		_exit(0);
	r = act_parse(bytes, (size_t)n, &head, &argument, &err);
	if (r == 0 && place->system && !streq(head.root, "/"))
		r = err_set(&err, -EPERM, _("%s is not this PC"), head.root);
	if (r < 0)
		refuse_all(socket, r, &err);
	if (!is_awaited(socket, &head))
		_exit(0);
	if (!act_kind(head.act)->run)
		acts_work(socket, place, argument, fds, n_fds);
	if (place->system)
		end_at(head.until_us);
	r = act_now(&head, argument, place, &fd, &err);
	disposable_answer(socket, r, fd, &err);
	_exit(0);
}
