/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps a graphics card with this PC while it runs: text consoles on frame buffers, the firmware's frame buffer,
 * programs and people's sessions. Taken only for cards that are to change hands; see vm/plan/hand_over.h.
 */
#ifndef HOST_HAND_OVER_H
#define HOST_HAND_OVER_H

#include "host/display.h"

#define HAND_OVER_FRONT_END "playthrough-gui.service"

/* Who has a function in use. */
struct hand_over_holder {
	struct pci_addr addr;
	char *who;         /* "Xorg (812)"; "session 2 of alice" */
	char *what;        /* "/dev/dri/card0", "/dev/snd/pcmC1D3p"; where it was read */
	struct strv units; /* systemd's units with which it ends; none: nobody knows */
	bool session;      /* somebody has logged in there, graphically */
};

/* A driver of the firmware's frame buffer, and its device: "simple-framebuffer", "simple-framebuffer.0". */
struct hand_over_buffer {
	char *driver, *device;
};

struct hand_over {
	bool taken;
	struct strv consoles; /* "vtcon1": of the kind "frame buffer", and it draws now */
	struct hand_over_buffer *buffers;
	size_t n_buffers;
	struct hand_over_holder *holders;
	size_t n_holders;
	/* Of the units asked for: by the names they really have ("gdm.service" of "display-manager.service"), those that run. */
	struct strv asked, running;
	struct strv unseen; /* "/dev/nvidia0": nobody tells who has it open */
};

/*
 * @displays are this PC's; @cards the functions that are to go; @units those whose state is wanted, one for each of
 * @out->asked. /proc/PID/fd of others is for CAP_SYS_PTRACE, which also opens their memory and which the daemon therefore
 * lacks: DRM tells root of its users by itself, NVIDIA's own nodes are @out->unseen.
 */
void hand_over_take(const struct root *root, const struct displays *displays,
        const struct pci_addr *cards, size_t n, const struct strv *units, struct hand_over *out);
void hand_over_finish(struct hand_over *h);

#endif
