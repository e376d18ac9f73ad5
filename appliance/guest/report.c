/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report: JSON lines to the virtio-serial port and to the serial console. */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <linux/serial.h>

#include "util.h"

#define PORT_NAME   "org.playthrough.report"
#define PORT_SIGNAL (SIGRTMIN + 1)
#define OPEN_FLAGS  (O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* The first serial port if this machine has one, else whatever the kernel's console is. */
static int open_console(void)
{
	struct serial_struct serial = {0};
	int fd = open("/dev/ttyS0", OPEN_FLAGS);

	if (fd >= 0 && ioctl(fd, TIOCGSERIAL, &serial) == 0 && serial.type != PORT_UNKNOWN)
		return fd;
	if (fd >= 0)
		close(fd);
	return open("/dev/console", OPEN_FLAGS);
}

void report_init(struct report *report)
{
	sigset_t set;

	memset(report, 0, sizeof *report);
	report->next_seq = 1;
	report->port = (struct report_sink){.fd = -1, .prefix = ""};
	report->console = (struct report_sink){.fd = open_console(), .prefix = "report: "};
	sigemptyset(&set);
	sigaddset(&set, PORT_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	report->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * A closing and reopening that follow each other at once look the same to poll(). Signals of the
 * real-time kind queue up, one per event, so that none is lost.
 */
static void watch_port(int fd)
{
	fcntl(fd, F_SETSIG, PORT_SIGNAL);
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
}

bool report_find_port(struct report *report)
{
	DIR *folder = report->port.fd < 0 ? opendir("/sys/class/virtio-ports") : NULL;
	struct dirent *entry;

	while (folder && report->port.fd < 0 && (entry = readdir(folder))) {
		char path[PATH_MAX], name[64];

		snprintf(path, sizeof path, "/sys/class/virtio-ports/%.32s/name", entry->d_name);
		if (guest_read_text(path, name, sizeof name) <= 0 || strcmp(name, PORT_NAME) != 0)
			continue;
		snprintf(path, sizeof path, "/dev/%.32s", entry->d_name);
		report->port.fd = open(path, OPEN_FLAGS);
		if (report->port.fd >= 0)
			watch_port(report->port.fd);
	}
	if (folder)
		closedir(folder);
	return report->port.fd >= 0;
}

void report_begin(struct report *report, struct json *json, const char *event)
{
	json_begin(json);
	json_integer(json, "seq", report->next_seq++);
	json_string(json, "event", event);
}

static void shift_sink(struct report_sink *sink, size_t removed)
{
	if (sink->line > removed) {
		sink->line--;
	} else if (sink->line == removed && sink->offset > 0) {
		/* Half of that line is out: the next line follows on a line of its own. */
		sink->offset = 0;
	}
}

static void forget_one(struct report *report)
{
	size_t victim = 0;

	while (victim < report->count - 1 && !report->lines[victim].may_go)
		victim++;
	free(report->lines[victim].text);
	memmove(&report->lines[victim], &report->lines[victim + 1],
	        (report->count - victim - 1) * sizeof report->lines[0]);
	report->count--;
	shift_sink(&report->port, victim);
	shift_sink(&report->console, victim);
}

void report_add(struct report *report, struct json *json, bool may_go)
{
	struct report_line *line;

	json_end(json);
	if (report->count == REPORT_LINES_MAX)
		forget_one(report);
	line = &report->lines[report->count++];
	line->may_go = may_go;
	if (asprintf(&line->text, "%s\n", json->text) < 0)
		abort();
	report_flush(report);
}

/* Writes one line or what is left of it; false when the sink takes no more now. */
static bool write_line(struct report_sink *sink, const struct report_line *line)
{
	char text[sizeof((struct json *)0)->text + 32];
	int length = snprintf(text, sizeof text, "%s%s", sink->prefix, line->text);
	ssize_t n = write(sink->fd, text + sink->offset, (size_t)length - sink->offset);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		/* Unplugged, or no real console: waiting for it would never end. */
		close(sink->fd);
		*sink = (struct report_sink){.fd = -1, .prefix = sink->prefix};
	}
	if (n <= 0)
		return false;
	sink->offset += (size_t)n;
	if (sink->offset < (size_t)length)
		return false;
	sink->line++;
	sink->offset = 0;
	return true;
}

static void flush_sink(const struct report *report, struct report_sink *sink)
{
	while (sink->fd >= 0 && sink->line < report->count)
		if (!write_line(sink, &report->lines[sink->line]))
			return;
}

void report_flush(struct report *report)
{
	flush_sink(report, &report->console);
	if (report->connected)
		flush_sink(report, &report->port);
	report->connected = report->connected && report->port.fd >= 0;
}

size_t report_poll_fds(struct report *report, struct pollfd *fds)
{
	size_t count = 0;

	fds[count++] = (struct pollfd){.fd = report->signals, .events = POLLIN};
	if (report->console.fd >= 0 && report->console.line < report->count)
		fds[count++] = (struct pollfd){.fd = report->console.fd, .events = POLLOUT};
	/* While nobody has it open, the port hangs up for ever: only its signals tell then. */
	if (report->port.fd >= 0 && report->connected && report->port.line < report->count)
		fds[count++] = (struct pollfd){.fd = report->port.fd, .events = POLLOUT};
	return count;
}

/* Takes whole lines off the input; true where one of them is "poweroff". */
static bool obey(struct report *report, bool *again)
{
	bool power_off = false;
	char *end;

	while ((end = memchr(report->input, '\n', report->input_length))) {
		size_t length = (size_t)(end - report->input) + 1;

		*end = '\0';
		power_off |= strncmp(report->input, "poweroff", 8) == 0;
		*again |= strncmp(report->input, "again", 5) == 0;
		report->input_length -= length;
		memmove(report->input, end + 1, report->input_length);
	}
	if (report->input_length == sizeof report->input)
		report->input_length = 0;
	return power_off;
}

/* Reads all there is; the count of bytes tells whether a signal meant data or an opening. */
static size_t read_input(struct report *report, bool *power_off, bool *again)
{
	size_t total = 0;
	ssize_t n;

	while ((n = read(report->port.fd, report->input + report->input_length,
	                sizeof report->input - report->input_length)) > 0) {
		report->input_length += (size_t)n;
		total += (size_t)n;
		*power_off |= obey(report, again);
	}
	return total;
}

static bool host_has_it_open(const struct report *report)
{
	struct pollfd port = {.fd = report->port.fd, .events = POLLOUT};

	return poll(&port, 1, 0) >= 0 && !(port.revents & (POLLHUP | POLLERR));
}

static size_t take_signals(struct report *report)
{
	struct signalfd_siginfo signal;
	size_t count = 0;

	while (read(report->signals, &signal, sizeof signal) == sizeof signal)
		count++;
	return count;
}

bool report_serve(struct report *report)
{
	bool power_off = false, again = false, was_connected = report->connected;
	size_t signals, bytes;

	if (report->port.fd < 0)
		return false;
	signals = take_signals(report);
	bytes = read_input(report, &power_off, &again);
	report->connected = host_has_it_open(report);
	if (report->connected && !was_connected)
		again = true;
	if (signals > 0 && report->connected && bytes == 0)
		again = true;
	if (!report->connected || again) {
		report->port.line = 0;
		report->port.offset = 0;
	}
	/* What an earlier reader left half-read must not run into the first line. */
	if (report->connected && again && write(report->port.fd, "\n", 1) < 0)
		report->connected = errno == EAGAIN;
	report_flush(report);
	return power_off;
}

void report_drain(struct report *report, int ms)
{
	int64_t end = guest_now_ms() + ms;

	report_flush(report);
	while (guest_now_ms() < end &&
	        (report->console.line < report->count ||
	                (report->connected && report->port.line < report->count))) {
		guest_sleep_ms(10);
		report_flush(report);
	}
	if (report->console.fd >= 0)
		guest_sleep_ms(50);
}
