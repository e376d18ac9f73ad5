/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu-system-x86_64 in name and QMP alone: no guest, no memory, up within a millisecond. What it is asked for help it lets the
 * real QEMU answer ($STUB_HELP: a folder that keeps the answers).
 *
 * $STUB_ORDER is a file that says how it misbehaves, once, read before each line that it sends: "WHAT HOW", where WHAT is the
 * command that it answers, the event, or QMP, its greeting. Then the file is gone. HOW is:
 *   nonsense   bytes that are no JSON
 *   list       JSON that is no object
 *   wrong      an answer of a type that no command has
 *   refuse     an error without words, and it is not done
 *   flood      17 MiB without an end of line
 *   pieces     byte by byte: a QEMU that does nothing wrong
 *   half       half of it, and the connection is closed
 *   close      nothing, and the connection is closed
 *   silent     nothing, and nothing from then on
 *   die        nothing, and QEMU ends
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL        "/usr/bin/qemu-system-x86_64"
#define DEVICES_MAX 16
#define FLOOD       ((size_t)17 << 20)

struct stub {
	int connection;
	bool silent;
	const char *status;
	char devices[DEVICES_MAX][64];
	size_t n_devices;
	const char *state; /* a file that names its devices, for the test; NULL: none */
};

/* --- help --- */

static void answer_help(char **argv)
{
	const char *folder = getenv("STUB_HELP");
	char path[512], part[65536];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/nonexistent", argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		execv(REAL, argv);
		_exit(127);
	}
	while ((n = read(fd, part, sizeof(part))) > 0)
		if (write(1, part, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

/* --- what it sends --- */

static void put(struct stub *s, const char *text, size_t size)
{
	while (size && s->connection >= 0) {
		ssize_t n = send(s->connection, text, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		size -= (size_t)n;
	}
}

static void hang_up(struct stub *s)
{
	close(s->connection);
	s->connection = -1;
}

static void put_flood(struct stub *s)
{
	char *text = malloc(FLOOD);

	memset(text, ' ', FLOOD);
	put(s, text, FLOOD);
	free(text);
}

static void put_pieces(struct stub *s, const char *line)
{
	for (; *line; line++) {
		put(s, line, 1);
		usleep(200);
	}
}

/* How this line is sent; "" as it is. */
static void read_order(const char *what, char how[16])
{
	const char *path = getenv("STUB_ORDER");
	FILE *f = path ? fopen(path, "re") : NULL;
	char name[64];

	if (!f || fscanf(f, "%63s %15s", name, how) != 2 || strcmp(name, what) != 0)
		how[0] = '\0';
	else
		unlink(path);
	if (f)
		fclose(f);
}

static void send_line(struct stub *s, const char *how, json_t *message)
{
	json_t *id = json_object_get(message, "id");
	char *text = json_dumps(message, JSON_COMPACT), line[4096];
	int size = snprintf(line, sizeof(line), "%s\r\n", text);

	free(text);
	if (s->silent)
		return;
	if (strcmp(how, "nonsense") == 0)
		put(s, "\x01\xff%%{\"\r\n", 8);
	else if (strcmp(how, "list") == 0)
		put(s, "[1]\r\n", 5);
	else if (strcmp(how, "wrong") == 0)
		size = snprintf(line, sizeof(line), "{\"return\": [7, null], \"id\": %lld}\r\n",
		        (long long)json_integer_value(id));
	if (strcmp(how, "flood") == 0)
		put_flood(s);
	else if (strcmp(how, "pieces") == 0)
		put_pieces(s, line);
	else if (strcmp(how, "half") == 0)
		put(s, line, (size_t)size / 2);
	else if (!*how || strcmp(how, "wrong") == 0 || strcmp(how, "refuse") == 0)
		put(s, line, (size_t)size);
	if (strcmp(how, "half") == 0 || strcmp(how, "close") == 0)
		hang_up(s);
	s->silent = strcmp(how, "silent") == 0;
	if (strcmp(how, "die") == 0)
		_exit(1);
}

static void send_new(struct stub *s, const char *what, json_t *message)
{
	char how[16];

	read_order(what, how);
	send_line(s, how, message);
	json_decref(message);
}

/* --- what it is told --- */

static void tell_devices(const struct stub *s)
{
	FILE *f = s->state ? fopen(s->state, "we") : NULL;

	for (size_t i = 0; f && i < s->n_devices; i++)
		fprintf(f, "%s\n", s->devices[i]);
	if (f)
		fclose(f);
}

static size_t find_device(const struct stub *s, const char *id)
{
	size_t i = 0;

	while (i < s->n_devices && strcmp(s->devices[i], id) != 0)
		i++;
	return i;
}

static json_t *no_device(void)
{
	return json_pack("{s:{s:s, s:s}}", "error", "class", "DeviceNotFound", "desc", "not found");
}

/* Returns the answer, without an id. */
static json_t *change_devices(struct stub *s, bool add, const char *id)
{
	size_t i = find_device(s, id);

	if (add && i == s->n_devices && i < DEVICES_MAX) {
		snprintf(s->devices[s->n_devices++], sizeof(s->devices[0]), "%s", id);
	} else if (!add && i < s->n_devices) {
		memmove(s->devices[i], s->devices[--s->n_devices], sizeof(s->devices[0]));
		send_new(s, "DEVICE_DELETED",
		        json_pack(
		                "{s:s, s:{s:s}}", "event", "DEVICE_DELETED", "data", "device", id));
	} else {
		return no_device();
	}
	tell_devices(s);
	return json_pack("{s:{}}", "return");
}

static json_t *list_devices(const struct stub *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_devices; i++)
		json_array_append_new(list,
		        json_pack("{s:s, s:s}", "name", s->devices[i], "type", "child<usb-host>"));
	return json_pack("{s:o}", "return", list);
}

static json_t *answer(struct stub *s, const char *name, const json_t *arguments)
{
	const char *id = json_string_value(json_object_get(arguments, "id"));
	const char *path = json_string_value(json_object_get(arguments, "path"));

	if (strncmp(name, "device_", 7) == 0 && id)
		return change_devices(s, strcmp(name, "device_add") == 0, id);
	if (strcmp(name, "cont") == 0)
		s->status = "running";
	if (strcmp(name, "stop") == 0)
		s->status = "paused";
	if (strcmp(name, "query-status") == 0)
		return json_pack("{s:{s:s}}", "return", "status", s->status);
	if (strcmp(name, "qom-list") == 0)
		return path && strcmp(path, "/objects") == 0 ? json_pack("{s:[]}", "return")
		                                             : list_devices(s);
	if (strcmp(name, "query-cpus-fast") == 0)
		return json_pack(
		        "{s:[{s:i, s:i}]}", "return", "cpu-index", 0, "thread-id", (int)getpid());
	if (strncmp(name, "query-", 6) == 0)
		return json_pack("{s:[]}", "return");
	return json_pack("{s:{}}", "return");
}

static void serve_line(struct stub *s, const char *line)
{
	json_t *command = json_loads(line, 0, NULL), *said;
	const char *name = json_string_value(json_object_get(command, "execute"));
	char how[16];

	if (!name)
		exit(1); /* the daemon never sends what is no command */
	read_order(name, how);
	said = strcmp(how, "refuse") == 0 ? json_pack("{s:i}", "error", 7)
	                                  : answer(s, name, json_object_get(command, "arguments"));
	json_object_set(said, "id", json_object_get(command, "id"));
	send_line(s, how, said);
	json_decref(said);
	if (strcmp(name, "quit") == 0 || strcmp(name, "system_powerdown") == 0)
		exit(0);
	json_decref(command);
}

/* Reads with room for a descriptor, which is closed: the device behind it is nobody's here. */
static ssize_t hear(int fd, char *text, size_t room)
{
	char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8)));
	struct iovec part = {.iov_base = text, .iov_len = room};
	struct msghdr message = {.msg_iov = &part,
	        .msg_iovlen = 1,
	        .msg_control = control,
	        .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	if (c && c->cmsg_type == SCM_RIGHTS)
		close(*(int *)(void *)CMSG_DATA(c));
	return n;
}

static void serve(struct stub *s)
{
	static char text[65536];
	size_t used = 0;
	ssize_t n;

	s->silent = false;
	send_new(s, "QMP",
	        json_pack("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[]}}", "QMP", "version", "qemu",
	                "major", 7, "minor", 2, "micro", 0, "package", "stub", "capabilities"));
	while (s->connection >= 0 &&
	        (n = hear(s->connection, text + used, sizeof(text) - 1 - used)) > 0) {
		char *end, *line = text;

		used += (size_t)n;
		text[used] = '\0';
		while (s->connection >= 0 && (end = strchr(line, '\n'))) {
			*end = '\0';
			serve_line(s, line);
			line = end + 1;
		}
		used -= (size_t)(line - text);
		memmove(text, line, used + 1);
	}
	if (s->connection >= 0)
		hang_up(s);
}

/* -chardev socket,id=qmp,fd=N,... */
static int qmp_listener(char **argv)
{
	int fd = -1;

	for (; *argv; argv++)
		if (sscanf(*argv, "socket,id=qmp,fd=%d", &fd) == 1)
			return fd;
	return -1;
}

int main(int argc, char **argv)
{
	struct stub s = {.status = "prelaunch", .state = getenv("STUB_STATE")};
	int listener = qmp_listener(argv);

	if (argc == 3 && strcmp(argv[2], "help") == 0)
		answer_help(argv);
	if (listener < 0) {
		execv(REAL, argv);
		return 127;
	}
	tell_devices(&s);
	fcntl(listener, F_SETFL, 0); /* it comes non-blocking */
	while ((s.connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve(&s);
	return 1;
}
