/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a test says, and how it gets hold of its device. */
#include "probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

const char *probe_status_name(enum probe_status status)
{
	switch (status) {
	case PROBE_PASS:
		return "pass";
	case PROBE_FAIL:
		return "fail";
	case PROBE_NOT_TESTABLE:
		return "not-testable";
	}
	return "";
}

static void say(struct probe *probe, struct probe_message *message, const char *capability,
        const char *format, va_list args)
{
	guest_copy(message->capability, sizeof message->capability, capability);
	vsnprintf(message->detail, sizeof message->detail, format, args);
	send(probe->fd, message, sizeof *message, MSG_NOSIGNAL);
}

void probe_result(struct probe *probe, const char *capability, enum probe_status status,
        const char *format, ...)
{
	struct probe_message message = {.kind = PROBE_MESSAGE_RESULT, .status = status};
	va_list args;

	va_start(args, format);
	say(probe, &message, capability, format, args);
	va_end(args);
}

void probe_waiting(struct probe *probe, const char *capability, const char *format, ...)
{
	struct probe_message message = {.kind = PROBE_MESSAGE_WAITING};
	va_list args;

	va_start(args, format);
	say(probe, &message, capability, format, args);
	va_end(args);
}

void probe_end(struct probe *probe)
{
	struct probe_message message = {.kind = PROBE_MESSAGE_END};

	send(probe->fd, &message, sizeof message, MSG_NOSIGNAL);
}

bool probe_take_device(struct probe *probe, const char *capability)
{
	char driver[64];
	int result;

	if (!pci_driver(probe->address, driver, sizeof driver))
		return true;
	probe_waiting(probe, capability, "the driver %s to let go of the device", driver);
	result = pci_unbind(probe->address);
	if (result == 0)
		return true;
	probe_result(probe, capability, PROBE_NOT_TESTABLE,
	        "the driver %s does not let go of the device: %s", driver, strerror(-result));
	return false;
}

void probe_bar_refused(struct probe *probe, const char *capability, int number, int error)
{
	const char *why = error == -ENODEV ? "the device has none, or the firmware gave it no place"
	                  : error == -ENXIO  ? "it is made of I/O ports"
	                  : error == -EINVAL ? "a driver built into this kernel holds it"
	                                     : strerror(-error);

	probe_result(probe, capability, PROBE_NOT_TESTABLE, "registers (BAR %d) not mapped: %s",
	        number, why);
}
