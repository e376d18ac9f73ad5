/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power button: KEY_POWER of any input device, the ACPI button among them. */
#include "power.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

void power_init(struct power *power)
{
	for (size_t i = 0; i < POWER_INPUTS_MAX; i++)
		power->fds[i] = -1;
}

static bool has_power_key(int fd)
{
	unsigned char keys[KEY_MAX / 8 + 1] = {0};

	return ioctl(fd, EVIOCGBIT(EV_KEY, sizeof keys), keys) >= 0 &&
	       keys[KEY_POWER / 8] >> (KEY_POWER % 8) & 1;
}

void power_update(struct power *power)
{
	for (size_t i = 0; i < POWER_INPUTS_MAX; i++) {
		char path[32];

		if (power->fds[i] >= 0)
			continue;
		snprintf(path, sizeof path, "/dev/input/event%zu", i);
		power->fds[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (power->fds[i] < 0 || has_power_key(power->fds[i]))
			continue;
		close(power->fds[i]);
		power->fds[i] = -1;
	}
}

size_t power_poll_fds(const struct power *power, struct pollfd *fds)
{
	size_t count = 0;

	for (size_t i = 0; i < POWER_INPUTS_MAX; i++)
		if (power->fds[i] >= 0)
			fds[count++] = (struct pollfd){.fd = power->fds[i], .events = POLLIN};
	return count;
}

bool power_pressed(struct power *power)
{
	bool pressed = false;

	for (size_t i = 0; i < POWER_INPUTS_MAX; i++) {
		struct input_event event;
		ssize_t n = 0;

		while (power->fds[i] >= 0 &&
		        (n = read(power->fds[i], &event, sizeof event)) == sizeof event)
			pressed |=
			        event.type == EV_KEY && event.code == KEY_POWER && event.value == 1;
		if (power->fds[i] >= 0 && n < 0 && errno == ENODEV) {
			close(power->fds[i]);
			power->fds[i] = -1;
		}
	}
	return pressed;
}
