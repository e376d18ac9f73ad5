/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of network links and addresses of network cards, as text. */
#ifndef BASE_NET_NAME_H
#define BASE_NET_NAME_H

#include <stdint.h>

#define NET_LINK_MAX 15 /* bytes of a link's name; IFNAMSIZ of linux/if.h without the end */

/* Whether the kernel could have a link of this name (dev_valid_name() of net/core/dev.c), and one that ip shows; -EINVAL. */
int net_link_check(const char *name);

/* The address of one card, not of a group of them, in small letters; caller frees. NULL: it is none. */
char *net_mac_parse(const char *text);

/* "games" of its first card, whose name is "", "games_lan" of [network lan]: no two of all VMs are alike. Caller frees. */
char *net_card_of_vm(const char *vm, const char *card);
/* The link that is made for it: pt-NAME of that name, shortened so that two names stay two. Caller frees. */
char *net_link_of_vm(const char *vm, const char *card);
/*
 * The address of that card: as QEMU's own begin, which are not a maker's, then of that name and @seed, which tells
 * this PC from others. Caller frees.
 */
char *net_mac_of_vm(const char *vm, const char *card, uint64_t seed);

#endif
