/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors over Unix sockets: none is lost, and none is kept that nobody asked for. */
#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
	int here, there;
};

static struct pair pair_of_packets(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	return (struct pair){fds[0], fds[1]};
}

static void pair_close(struct pair *p)
{
	close_fd(&p->here);
	close_fd(&p->there);
}

/* Both ends of a pipe, of which the reading one tells when the other is open nowhere. */
static struct pair new_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	return (struct pair){fds[0], fds[1]};
}

static bool is_open_somewhere(const struct pair *pipe)
{
	char byte;

	return read(pipe->here, &byte, 1) < 0 && errno == EAGAIN;
}

static void test_a_descriptor_comes(void **state)
{
	struct pair p = pair_of_packets(), pipe = new_pipe();
	char text[8];
	size_t n;
	int fd;

	(void)state;
	assert_int_equal(socket_send(p.here, "word", 5, &pipe.there, 1), 5);
	close_fd(&pipe.there);
	assert_int_equal(socket_receive(p.there, text, sizeof(text), &fd, 1, &n), 5);
	assert_string_equal(text, "word");
	assert_int_equal(n, 1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(is_open_somewhere(&pipe));
	close(fd);
	assert_false(is_open_somewhere(&pipe));
	pair_close(&p);
	pair_close(&pipe);
}

static void test_too_much_is_nothing(void **state)
{
	struct pair p = pair_of_packets(), pipe = new_pipe();
	const int two[] = {pipe.there, pipe.there};
	char text[4];
	size_t n;
	int fd;

	(void)state;
	assert_int_equal(socket_send(p.here, "longer", 7, &pipe.there, 1), 7);
	assert_int_equal(socket_send(p.here, "two", 4, two, 2), 4);
	close_fd(&pipe.there);
	assert_int_equal(socket_receive(p.there, text, sizeof(text), &fd, 1, &n), -EMSGSIZE);
	assert_int_equal(n, 0);
	assert_true(is_open_somewhere(&pipe)); /* in the second packet */
	assert_int_equal(socket_receive(p.there, text, sizeof(text), &fd, 1, &n), -EMSGSIZE);
	assert_int_equal(n, 0);
	assert_false(is_open_somewhere(&pipe));
	pair_close(&p);
	pair_close(&pipe);
}

static void test_nobody_waits(void **state)
{
	struct pair p = pair_of_packets();
	char byte = 0;
	ssize_t sent;
	size_t n;

	(void)state;
	assert_int_equal(socket_receive(p.there, &byte, 1, NULL, 0, &n), -EAGAIN);
	while ((sent = socket_send(p.here, &byte, 1, NULL, 0)) == 1)
		;
	assert_int_equal(sent, -EAGAIN);
	close_fd(&p.there);
	sent = socket_send(p.here, &byte, 1, NULL, 0);
	assert_true(sent == -EPIPE || sent == -ECONNRESET); /* and no signal */
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_descriptor_comes),
	        cmocka_unit_test(test_too_much_is_nothing),
	        cmocka_unit_test(test_nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
