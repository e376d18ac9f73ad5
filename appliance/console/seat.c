/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/seat.h"

#include "base/log.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/*
 * As much as is to wait on the way: the kernel counts what it keeps of a packet beside its bytes, too. The usual room is
 * more than a second of sound.
 */
#define ROOM (2 * SOUND_LATE_FRAMES * (int)sizeof(uint32_t))

void seat_close(struct seat *seat)
{
	seat->io = sd_event_source_disable_unref(seat->io);
	close_fd(&seat->fd);
	sound_ring_clear(&seat->microphone);
}

/* False: not now. */
static bool try_send(struct seat *seat, const void *packet, size_t n)
{
	if (seat->fd < 0)
		return false;
	if (send(seat->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	if (errno != EAGAIN)
		seat_close(seat);
	return false;
}

/* Where there was no room it is told as soon as there is: a microphone must not stay open until the next sound. */
static void try_tell(struct seat *seat)
{
	seat->told = try_send(seat, &seat->state, sizeof(seat->state));
	if (seat->io)
		sd_event_source_set_io_events(seat->io, seat->told ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void seat_tell(struct seat *seat, const struct sound_state *state)
{
	seat->state = *state;
	if (!state->recording)
		sound_ring_clear(&seat->microphone);
	try_tell(seat);
}

void seat_play(struct seat *seat, const uint32_t *frames, size_t n)
{
	struct sound_samples samples = {.head = {SOUND_VERSION, SOUND_PLAYED}};
	size_t part;

	if (!seat->told)
		try_tell(seat);
	for (; n && seat->told; n -= part, frames += part) {
		part = n < SOUND_FRAMES_MOST ? n : SOUND_FRAMES_MOST;
		memcpy(samples.frames, frames, part * sizeof(*frames));
		if (!try_send(seat, &samples, sound_samples_size(part)))
			return;
	}
}

/* False: it has ended. */
static bool take_packet(struct seat *seat)
{
	union sound_message message;
	/* A byte more than any message has: one that is longer is seen to be. */
	uint8_t packet[sizeof(message) + 1];
	ssize_t got = recv(seat->fd, packet, sizeof(packet), MSG_DONTWAIT);
	struct err err;
	size_t n;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0)
		return false;
	if (sound_read_seat(packet, (size_t)got, &message, &n, &err) < 0) {
		log_warning("seat: %s", err.message);
		return false;
	}
	/* A packet may have been on its way when the guest stopped to record. */
	if (seat->state.recording)
		sound_ring_put(&seat->microphone, message.samples.frames, n);
	return true;
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct seat *seat = user;

	(void)source, (void)fd;
	if (events & EPOLLOUT)
		try_tell(seat);
	if (seat->fd >= 0 && !take_packet(seat))
		seat_close(seat);
	return 0;
}

int seat_open(struct seat *seat, sd_event *event, int fd, const struct sound_state *state)
{
	static const struct sound_head replaced = {SOUND_VERSION, SOUND_REPLACED};
	const int room = ROOM;
	int r;

	try_send(seat, &replaced, sizeof(replaced));
	seat_close(seat);
	seat->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	r = sd_event_add_io(event, &seat->io, fd, EPOLLIN, on_packet, seat);
	if (r < 0) {
		seat_close(seat);
		return r;
	}
	seat_tell(seat, state);
	return 0;
}
