/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program itself, shut in as it always is: socket pairs stand for the nodes, and carry what those would. Beside it,
 * that the fence holds.
 */
#include "chord/wire.h"

#include "base/util.h"
#include "chord/sandbox.h"
#include "chord_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/input.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	pid_t pid;
	int socket;
};

/* build/playthrough-chord, seen from build/unit/. */
static char *program(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	return xasprintf("%s/../playthrough-chord", self);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	cleanup_free char *path = program();
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	f->socket = pair[0];
	f->pid = fork();
	if (f->pid == 0) {
		dup2(pair[1], STDIN_FILENO);
		execl(path, path, NULL);
		_exit(127);
	}
	close(pair[1]);
	*state = f;
	return 0;
}

/* It must end by itself, and well, when the daemon does. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	int status = -1;

	close_fd(&f->socket);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	free(f);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void send_message(struct fixture *f, const struct chord_message *m, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)m, CHORD_MESSAGE_MIN + m->size};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	assert_true(sendmsg(f->socket, &header, MSG_NOSIGNAL) > 0);
}

/* Hands over one end of a pair; returns the other. */
static int hand_over(struct fixture *f, enum chord_order order)
{
	const struct chord_message m = {.magic = CHORD_MAGIC, .order = order, .busnum = 1};
	int pair[2];

	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	send_message(f, &m, pair[1]);
	close(pair[1]);
	return pair[0];
}

static void add_keyboard(struct fixture *f)
{
	struct chord_message m = {.magic = CHORD_MAGIC,
	        .order = CHORD_ADD_INTERFACE,
	        .busnum = 1,
	        .devnum = 5,
	        .class = 3,
	        .subclass = 1,
	        .protocol = 1,
	        .endpoint = 0x81,
	        .size = sizeof(bytes_keyboard)};

	memcpy(m.descriptor, bytes_keyboard, sizeof(bytes_keyboard));
	send_message(f, &m, -1);
}

static bool answers(struct fixture *f, int timeout_ms, struct chord_answer *a)
{
	struct pollfd p = {f->socket, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1 && recv(f->socket, a, sizeof(*a), 0) == sizeof(*a);
}

static void expect(struct fixture *f, enum chord_news news, enum chord_kind kind)
{
	struct chord_answer a = {0};

	assert_true(answers(f, 20000, &a));
	assert_int_equal(a.news, news);
	assert_int_equal(a.kind, kind);
}

static void type(int fd, uint16_t code, int32_t value)
{
	const struct input_event events[] = {
	        {.type = EV_KEY, .code = code, .value = value}, {.type = EV_SYN}};

	assert_int_equal(write(fd, events, sizeof(events)), sizeof(events));
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_keyboard_of_the_host(void **state)
{
	struct fixture *f = *state;
	cleanup_close int fd = hand_over(f, CHORD_ADD_INPUT);
	uint64_t since = now_ms();

	type(fd, KEY_LEFTSHIFT, 1);
	type(fd, KEY_LEFTCTRL, 1);
	type(fd, KEY_LEFTALT, 1);
	type(fd, KEY_RIGHTSHIFT, 1);
	expect(f, CHORD_HELD, CHORD_KEYBOARD);
	assert_true(now_ms() - since >= 1000);
}

static void test_keyboard_of_a_vm(void **state)
{
	struct fixture *f = *state;
	cleanup_close int fd = hand_over(f, CHORD_ADD_BUS);
	const uint8_t report[8] = {0x27};
	uint8_t bytes[128];
	size_t size = bytes_packet(bytes, 'C', USBMON_INTERRUPT, 0x81, 5, 1, report, 8);

	add_keyboard(f);
	expect(f, CHORD_SEES, CHORD_KEYBOARD);
	assert_int_equal(write(fd, "rubbish", 7), 7);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	expect(f, CHORD_HELD, CHORD_KEYBOARD);
}

/* A node whose device is gone says nothing more, and the others are still watched. */
static void test_unplugged(void **state)
{
	struct fixture *f = *state;
	int gone = hand_over(f, CHORD_ADD_INPUT), fd;

	type(gone, BTN_START, 1);
	close_fd(&gone);
	fd = hand_over(f, CHORD_ADD_INPUT);
	type(fd, BTN_SELECT, 1);
	type(fd, BTN_MODE, 1);
	type(fd, BTN_START, 1);
	expect(f, CHORD_HELD, CHORD_PAD);
	close_fd(&fd);
}

static void test_more_nodes_than_places(void **state)
{
	struct fixture *f = *state;
	int fds[2 * CHORD_INPUTS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = hand_over(f, CHORD_ADD_INPUT);
	type(fds[0], BTN_SELECT, 1);
	type(fds[0], BTN_MODE, 1);
	type(fds[0], BTN_START, 1);
	expect(f, CHORD_HELD, CHORD_PAD);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close_fd(&fds[i]);
}

/* Voluntary switches in /proc: while nothing comes, it does not run at all. */
static unsigned long switches(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/status", (int)pid);
	unsigned long n = 0;
	char line[256];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %lu", &n);
	fclose(f);
	return n;
}

static void test_quiet(void **state)
{
	struct fixture *f = *state;
	cleanup_close int fd = hand_over(f, CHORD_ADD_INPUT);
	struct chord_answer a;
	unsigned long before;

	type(fd, KEY_LEFTSHIFT, 1);
	add_keyboard(f);
	expect(f, CHORD_SEES, CHORD_KEYBOARD);
	assert_false(answers(f, 200, &a));
	before = switches(f->pid);
	assert_false(answers(f, 1000, &a));
	assert_int_equal(switches(f->pid), before);
}

/* --- the fence --- */

static void in_sandbox(void (*act)(void), int expected_signal)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!sandbox_enter())
			_exit(99);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (expected_signal)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == expected_signal);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void act_allowed(void)
{
	struct pollfd none = {.fd = -1};
	struct timespec now;

	poll(&none, 1, 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
	ioctl(-1, USBMON_MFETCH, NULL);
}

static void act_open(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
}

static void act_write_elsewhere(void)
{
	if (write(STDERR_FILENO, "", 0) < 0)
		_exit(1);
}

static void act_ioctl(void)
{
	ioctl(STDIN_FILENO, EVIOCGRAB, 1);
}

static void act_fork(void)
{
	fork();
}

static void act_exec(void)
{
	execl("/bin/true", "true", NULL);
}

static void act_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	close(fd);
}

static void test_fence(void **state)
{
	(void)state;
	in_sandbox(act_allowed, 0);
	in_sandbox(act_open, SIGSYS);
	in_sandbox(act_write_elsewhere, SIGSYS);
	in_sandbox(act_ioctl, SIGSYS);
	in_sandbox(act_fork, SIGSYS);
	in_sandbox(act_exec, SIGSYS);
	in_sandbox(act_socket, SIGSYS);
}

#define WITH_PROGRAM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_PROGRAM(test_keyboard_of_the_host),
	        WITH_PROGRAM(test_keyboard_of_a_vm),
	        WITH_PROGRAM(test_unplugged),
	        WITH_PROGRAM(test_more_nodes_than_places),
	        WITH_PROGRAM(test_quiet),
	        cmocka_unit_test(test_fence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
