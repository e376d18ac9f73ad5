/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A front end that is played here: its pixels, and what it hears. */
#include "console/front.h"

#include "bus/screen_wire.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define SIDE 320u

struct fixture {
	sd_event *event;
	int peer;
	struct source_handler handler;
	struct source *source;
	unsigned pictures, damages, gone;
};

static void on_picture(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->pictures++;
}

static void on_damage(void *user, struct source *source, const struct rect *rect)
{
	struct fixture *f = user;

	(void)source, (void)rect;
	f->damages++;
}

static void on_gone(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->gone++;
}

static void spin(struct fixture *f)
{
	while (sd_event_run(f->event, 1000) > 0)
		;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err err;
	int pair[2];

	f->handler = (struct source_handler){
	        .picture = on_picture, .damage = on_damage, .gone = on_gone, .user = f};
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	f->peer = pair[0];
	f->source = front_create(f->event, pair[1], SIDE, SIDE, &f->handler, &err);
	assert_non_null(f->source);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->source->ops->destroy(f->source);
	close_fd(&f->peer);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void send_with(struct fixture *f, const void *message, size_t n, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)message, n};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(f->peer, &header, 0), (ssize_t)n);
	spin(f);
}

static void send_buffer(struct fixture *f, uint32_t width, uint32_t height, unsigned seals)
{
	const struct screen_size size = {{SCREEN_VERSION, SCREEN_BUFFER}, width, height};
	cleanup_close int fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, (off_t)SIDE * SIDE * 4), 0);
	assert_int_equal(pwrite(fd, "\x07\0\0\0", 4, 0), 4);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	send_with(f, &size, sizeof(size), fd);
}

static void send_frame(struct fixture *f, uint32_t serial)
{
	const struct screen_frame frame = {
	        {SCREEN_VERSION, SCREEN_FRAME}, serial, 1, {{0, 0, SIDE, SIDE}}};

	send_with(f, &frame, screen_frame_size(1), -1);
}

static uint16_t hear(struct fixture *f, void *packet, size_t room)
{
	struct screen_head head = {0};
	ssize_t n = recv(f->peer, packet, room, MSG_DONTWAIT);

	if (n >= (ssize_t)sizeof(head))
		memcpy(&head, packet, sizeof(head));
	return head.kind;
}

#define GOOD (F_SEAL_SHRINK | F_SEAL_GROW)

/* The pixels are ours from a frame until they were taken, and nothing is read before the first frame. */
static void test_a_frame(void **state)
{
	struct fixture *f = *state;
	union screen_event event;

	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_RESIZE);
	assert_int_equal(event.size.width, SIDE);
	send_buffer(f, SIDE, SIDE, GOOD);
	assert_null(f->source->picture.pixels);
	send_frame(f, 1);
	assert_int_equal(f->pictures, 1);
	assert_int_equal(f->source->picture.pixels[0], 7);
	assert_int_equal(hear(f, &event, sizeof(event)), 0);
	f->source->ops->taken(f->source);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_DONE);
	assert_int_equal(event.done.serial, 1);
	f->source->ops->taken(f->source); /* once is enough */
	assert_int_equal(hear(f, &event, sizeof(event)), 0);
	send_frame(f, 2);
	assert_int_equal(f->damages, 1);
	assert_int_equal(f->gone, 0);
}

static void test_input(void **state)
{
	struct fixture *f = *state;
	union screen_event event;

	hear(f, &event, sizeof(event));
	f->source->ops->key(f->source, 0x1e, true);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_KEY);
	assert_int_equal(event.key.key, KEY_A);
	assert_int_equal(event.key.down, 1);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_TEXT);
	assert_int_equal(event.text.text[0], 'a');
	f->source->ops->buttons(f->source, BUTTON_LEFT | BUTTON_MIDDLE);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_BUTTON);
	assert_int_equal(event.button.button, SCREEN_BUTTON_LEFT);
	f->source->ops->pointer(f->source, 5, 6);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_POINTER);
	assert_int_equal(event.pointer.y, 6);
	f->source->ops->wheel(f->source, -1);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_WHEEL);
	f->source->ops->show(f->source, false);
	assert_int_equal(hear(f, &event, sizeof(event)), SCREEN_LEFT);
	assert_int_equal(hear(f, &event, sizeof(event)), 0);
}

static void test_frame_without_a_buffer(void **state)
{
	struct fixture *f = *state;

	send_frame(f, 1);
	assert_int_equal(f->gone, 1);
}

/* Whose other end could cut it off under our hands. */
static void test_buffer_without_seals(void **state)
{
	struct fixture *f = *state;

	send_buffer(f, SIDE, SIDE, F_SEAL_SHRINK);
	assert_int_equal(f->gone, 1);
}

static void test_buffer_too_small(void **state)
{
	struct fixture *f = *state;

	send_buffer(f, SIDE, SIDE + 1, GOOD);
	assert_int_equal(f->gone, 1);
}

static void test_frame_before_done(void **state)
{
	struct fixture *f = *state;

	send_buffer(f, SIDE, SIDE, GOOD);
	send_frame(f, 1);
	send_frame(f, 2);
	assert_int_equal(f->gone, 1);
	assert_non_null(f->source->picture.pixels);
}

static void test_end(void **state)
{
	struct fixture *f = *state;

	close_fd(&f->peer);
	spin(f);
	assert_int_equal(f->gone, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_a_frame, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_input, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_frame_without_a_buffer, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_buffer_without_seals, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_buffer_too_small, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_frame_before_done, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
