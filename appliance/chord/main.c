/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-chord: waits for the key combination or pad chord that gives every USB device back to the host.
 *
 * Its standard input is the daemon's socket (chord/wire.h). Everything that a device says is parsed here and nowhere
 * else: a process that may read what it was handed, answer the daemon, and nothing more. In quiet it sleeps; it has no
 * timer but while a chord is held.
 */
#include "chord/sandbox.h"
#include "chord/watch.h"

#include "base/util.h"
#include "base/version.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FETCH_MAX   64u
#define PACKET_ROOM (USBMON_HEADER + 8192u)
/* A bus is looked at a hundred times a second at most, while a mouse alone can send 8000 packets. */
#define NAP_MS 10u

struct bus {
	unsigned busnum;
	const uint8_t *ring; /* NULL: packets are read */
	size_t size;
	uint32_t n_flush; /* fetched last time, and done with */
	bool no_naps;     /* packets were lost while we napped */
};

struct program {
	struct watch watch;
	struct pollfd polled[1 + CHORD_FDS_MAX]; /* the daemon, inputs, buses; fd -1: free */
	struct bus buses[CHORD_BUSES_MAX];
};

static struct pollfd *input_of(struct program *p, size_t i)
{
	return &p->polled[1 + i];
}

static struct pollfd *bus_of(struct program *p, size_t i)
{
	return &p->polled[1 + CHORD_INPUTS_MAX + i];
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- what the daemon hands over --- */

static bool add_input(struct program *p, int fd)
{
	for (size_t i = 0; i < CHORD_INPUTS_MAX; i++) {
		if (input_of(p, i)->fd >= 0)
			continue;
		*input_of(p, i) = (struct pollfd){.fd = fd, .events = POLLIN};
		watch_forget_input(&p->watch, i);
		return true;
	}
	return false;
}

static bool map_bus(struct bus *bus, int fd, const struct chord_message *m)
{
	*bus = (struct bus){.busnum = m->busnum, .size = m->ring};
	if (!m->ring)
		return true;
	bus->ring = mmap(NULL, m->ring, PROT_READ, MAP_SHARED, fd, 0);
	return bus->ring != MAP_FAILED;
}

static bool add_bus(struct program *p, int fd, const struct chord_message *m)
{
	for (size_t i = 0; i < CHORD_BUSES_MAX; i++) {
		if (bus_of(p, i)->fd >= 0)
			continue;
		if (!map_bus(&p->buses[i], fd, m))
			return false;
		*bus_of(p, i) = (struct pollfd){.fd = fd, .events = POLLIN};
		return true;
	}
	return false;
}

/* Keeps @fd where it is one that is watched; else closes it. */
static void obey(struct program *p, const struct chord_message *m, int fd)
{
	bool kept = false;

	switch ((enum chord_order)m->order) {
	case CHORD_ADD_INPUT:
		kept = fd >= 0 && add_input(p, fd);
		break;
	case CHORD_ADD_BUS:
		kept = fd >= 0 && add_bus(p, fd, m);
		break;
	case CHORD_ADD_INTERFACE:
		watch_add_interface(&p->watch, m);
		break;
	case CHORD_DROP_DEVICE:
		watch_drop_device(&p->watch, m->busnum, m->devnum);
		break;
	}
	if (!kept)
		close_fd(&fd);
}

/* Bytes of the message; 0 at the daemon's end, -1 when there is none yet. */
static ssize_t receive(struct chord_message *m, int *fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {.iov_base = m, .iov_len = sizeof(*m)};
	struct msghdr header = {.msg_iov = &part,
	        .msg_iovlen = 1,
	        .msg_control = &control,
	        .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(STDIN_FILENO, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&header) : NULL;

	*fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

static void hear(struct program *p)
{
	static struct chord_message m;
	ssize_t n;
	int fd;

	while ((n = receive(&m, &fd)) > 0) {
		if ((size_t)n < CHORD_MESSAGE_MIN || m.magic != CHORD_MAGIC ||
		        m.size > (size_t)n - CHORD_MESSAGE_MIN)
			_exit(1);
		obey(p, &m, fd);
	}
	if (n == 0)
		_exit(0);
	if (errno != EAGAIN && errno != EINTR)
		_exit(1);
}

/* --- what the devices say --- */

static void drop(struct pollfd *at)
{
	close_fd(&at->fd);
	at->fd = -1;
}

static void read_input(struct program *p, size_t i)
{
	struct input_event events[32];
	ssize_t n = read(input_of(p, i)->fd, events, sizeof(events));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* unplugged, or handed to a VM */
		watch_forget_input(&p->watch, i);
		drop(input_of(p, i));
		return;
	}
	for (size_t e = 0; e < (size_t)n / sizeof(*events); e++)
		watch_event(&p->watch, i, &events[e], now_ms());
}

static void on_packet(struct program *p, const uint8_t *bytes, size_t size)
{
	struct usbmon_packet packet;

	if (usbmon_decode(bytes, size, &packet))
		watch_packet(&p->watch, &packet, now_ms());
}

static bool read_packet(struct program *p, int fd)
{
	static uint8_t packet[PACKET_ROOM];
	ssize_t n = read(fd, packet, sizeof(packet));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	on_packet(p, packet, (size_t)n);
	return true;
}

static void look_for_losses(struct program *p, struct bus *bus, int fd)
{
	struct usbmon_stats stats = {0};

	if (ioctl(fd, USBMON_STATS, &stats) < 0 || !stats.dropped)
		return;
	bus->no_naps = true;
	watch_lost(&p->watch, bus->busnum);
}

/* The packets lie in the ring until the next call says that they may go. */
static bool fetch_packets(struct program *p, struct bus *bus, int fd)
{
	uint32_t offsets[FETCH_MAX];
	struct usbmon_mfetch fetch = {offsets, FETCH_MAX, bus->n_flush};

	if (ioctl(fd, USBMON_MFETCH, &fetch) < 0) {
		bus->n_flush = errno == EINTR ? bus->n_flush : 0;
		return errno == EAGAIN || errno == EINTR;
	}
	bus->n_flush = fetch.n_fetch <= FETCH_MAX ? fetch.n_fetch : 0;
	for (uint32_t i = 0; i < bus->n_flush; i++) {
		if (offsets[i] < bus->size)
			on_packet(p, bus->ring + offsets[i], bus->size - offsets[i]);
	}
	look_for_losses(p, bus, fd);
	return true;
}

static void read_bus(struct program *p, size_t i)
{
	struct bus *bus = &p->buses[i];
	int fd = bus_of(p, i)->fd;
	bool lives = bus->ring ? fetch_packets(p, bus, fd) : read_packet(p, fd);

	if (lives)
		return;
	watch_lost(&p->watch, bus->busnum);
	if (bus->ring)
		munmap((void *)bus->ring, bus->size);
	drop(bus_of(p, i));
}

static void look_at_all(struct program *p)
{
	bool nap = false;

	if (p->polled[0].revents)
		hear(p);
	for (size_t i = 0; i < CHORD_INPUTS_MAX; i++) {
		if (input_of(p, i)->revents)
			read_input(p, i);
	}
	for (size_t i = 0; i < CHORD_BUSES_MAX; i++) {
		if (!bus_of(p, i)->revents)
			continue;
		read_bus(p, i);
		nap |= p->buses[i].ring && !p->buses[i].no_naps;
	}
	if (nap)
		nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000}, NULL);
}

/* --- the loop --- */

static void tell(struct program *p)
{
	struct chord_answer answer;

	while (watch_next_answer(&p->watch, now_ms(), &answer)) {
		if (write(STDIN_FILENO, &answer, sizeof(answer)) != sizeof(answer) &&
		        errno != EAGAIN)
			_exit(0);
	}
}

static int patience_ms(const struct program *p)
{
	uint64_t next = watch_next_ms(&p->watch), now = now_ms();

	if (next == UINT64_MAX)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

int main(int argc, char **argv)
{
	static struct program program;

	if (version_asked(argc, argv, "playthrough-chord"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(program.polled); i++)
		program.polled[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	program.polled[0].fd = STDIN_FILENO;
	signal(SIGPIPE, SIG_IGN); /* the daemon's end is told by write() */
	if (!sandbox_enter())
		_exit(2);
	for (;;) {
		int n = poll(program.polled, ARRAY_SIZE(program.polled), patience_ms(&program));

		if (n < 0 && errno != EINTR)
			_exit(1);
		if (n > 0)
			look_at_all(&program);
		tell(&program);
	}
}
