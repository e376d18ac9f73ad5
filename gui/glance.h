/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one game does just now, looked at only while somebody sees it: what it uses of the PC, every two seconds while
 * its page is open, and what is in its drives for CDs; and its emulated screen, when that is asked for.
 */
#ifndef GUI_GLANCE_H
#define GUI_GLANCE_H

#include "model/link.h"
#include "shell.h"

#include <systemd/sd-event.h>

struct glance;

/* All must outlive it. */
struct glance *glance_create(
        sd_event *event, struct link *link, struct model *model, struct shell *shell);
void glance_destroy(struct glance *glance); /* takes NULL */
/* Begins and ends with the page, and with the window being @seen; called in each turn of the loop. Takes NULL. */
void glance_follow(struct glance *glance, bool seen);
/* Something was done that it shows: it is looked at now. */
void glance_again(struct glance *glance);
/* Its answer is shell_pictured(). */
void glance_picture(struct glance *glance, const char *vm);

#endif
