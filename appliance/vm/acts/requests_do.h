/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each request comes to; see requests.h. The argument's type is that of the act. */
#ifndef VM_ACTS_REQUESTS_DO_H
#define VM_ACTS_REQUESTS_DO_H

#include "base/root.h"

#define ACT_DOES(name) \
	int do_##name(const struct root *root, const void *argument, int *fd, struct err *err)

/* requests_do.c */
ACT_DOES(claim);
ACT_DOES(give_back);
ACT_DOES(survived);
ACT_DOES(viable);
ACT_DOES(group);
ACT_DOES(disk);
ACT_DOES(image);
ACT_DOES(secret);
ACT_DOES(look);
ACT_DOES(input_open);
ACT_DOES(input_give);
ACT_DOES(chord);
ACT_DOES(glass_open);
ACT_DOES(glass_give);
ACT_DOES(glass_back);
ACT_DOES(input_shown);
ACT_DOES(show_input);
ACT_DOES(usb_open);
ACT_DOES(usb_back);
ACT_DOES(usb_take);
ACT_DOES(hands_off);

/* requests_do_system.c */
ACT_DOES(pages_take);
ACT_DOES(pages_back);
ACT_DOES(isolate);
ACT_DOES(pin);
ACT_DOES(link);
ACT_DOES(vhost);
ACT_DOES(link_remove);
ACT_DOES(link_sweep);
ACT_DOES(share_make);
ACT_DOES(share_ask);
ACT_DOES(share_tell);
ACT_DOES(share_back);
ACT_DOES(hand);
ACT_DOES(hand_back);
ACT_DOES(listen);
ACT_DOES(console);

/* The answer of an act that is no descriptor: bytes in a file without a name. */
int act_answer(const void *bytes, size_t size, int *fd, struct err *err);

#endif
