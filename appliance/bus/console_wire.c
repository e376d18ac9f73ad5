/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/console_wire.h"

static bool ends(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

bool console_message_good(const struct console_message *m, size_t n, bool has_fd)
{
	if (n != sizeof(*m) || m->magic != CONSOLE_MAGIC || m->display > 1 ||
	        m->state > CONSOLE_VM_STOPPING || !ends(m->vm, sizeof(m->vm)) ||
	        !ends(m->title, sizeof(m->title)) || !ends(m->why, sizeof(m->why)) ||
	        !ends(m->ticket, sizeof(m->ticket)))
		return false;
	switch (m->kind) {
	case CONSOLE_VM:
		return m->vm[0] && has_fd == (m->display == 1);
	case CONSOLE_SHOW:
		return !has_fd && !m->display;
	case CONSOLE_NETWORK:
	case CONSOLE_WEB:
		return has_fd == (m->display == 1) && !m->vm[0];
	case CONSOLE_TICKET:
	case CONSOLE_BEGUN:
		return !has_fd && !m->display && !m->vm[0];
	case CONSOLE_SOUND:
		return has_fd && !m->display && !m->vm[0];
	default:
		return false;
	}
}

bool console_report_good(const struct console_report *r, size_t n)
{
	return n == sizeof(*r) && r->magic == CONSOLE_MAGIC &&
	       r->viewer <= CONSOLE_VIEWER_NETWORK && r->has_certificate <= 1;
}
