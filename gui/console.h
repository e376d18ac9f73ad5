/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual terminal a picture without a desktop is on (console_codes(4), ioctl_console(2)). SDL 2.26 mutes its keyboard
 * and leaves all else: here the screen is given to another terminal when somebody switches there, and taken back
 * when they return; Ctrl+Alt+F1 to F12 switch.
 *
 * It waits by signals in the loop: SIGUSR1 asks for the screen, SIGUSR2 gives it back.
 */
#ifndef GUI_CONSOLE_H
#define GUI_CONSOLE_H

#include <stdbool.h>

struct console;
typedef struct sd_event sd_event;

/*
 * @drm: SDL's descriptor of the card, which is borrowed. @changed: the screen is ours or is not, told from the loop. NULL:
 * this program is on no virtual terminal, as over ssh, and nothing is to be switched.
 */
struct console *console_create(
        sd_event *event, int drm, void (*changed)(void *user, bool shown), void *user);
/* The terminal is as it was; to be called before SDL gives the card back. Takes NULL. */
void console_destroy(struct console *console);

/* Whether the screen is ours. NULL: it always is. */
bool console_shown(const struct console *console);
/* To terminal @number, 1 to 12. */
void console_switch(struct console *console, int number);

#endif
