/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that does nothing but talk to its networks: /init of a first root that small_guest.py packs.
 *
 *   net.address=10.9.0.2,10.8.0.2 net.peer=10.9.0.1,10.8.0.1 net.port=4567
 *
 * on the kernel's command line: it gives each of its network cards in turn the next address, in a network of 256, and sends "hello
 * ADDRESS-OF-THE-CARD" by it to that port of the next peer by UDP, four times a second.
 */
#include "small_guest.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CARDS_MOST 8

struct card {
	struct ifreq request;
	struct sockaddr_in to;
	char text[64];
	int s;
};

/* "a,b" -> "b" for 1. False: there are fewer. */
static int take_part(const char *list, unsigned index, char *out, size_t size)
{
	for (; index; index--) {
		list += strcspn(list, ",");
		if (!*list++)
			return 0;
	}
	snprintf(out, size, "%.*s", (int)strcspn(list, ","), list);
	return *out != '\0';
}

/* The card of that number; waits for its driver. */
static void find_card(unsigned number, char *name)
{
	for (;;) {
		unsigned seen = 0;

		for (unsigned i = 1; i < 32; i++) {
			char found[IF_NAMESIZE];

			if (!if_indextoname(i, found) || strcmp(found, "lo") == 0 ||
			        seen++ != number)
				continue;
			strcpy(name, found);
			return;
		}
		usleep(100000);
	}
}

static void set_up(struct card *card, const char *address)
{
	struct ifreq *request = &card->request;
	struct sockaddr_in a = {.sin_family = AF_INET};

	inet_pton(AF_INET, address, &a.sin_addr);
	memcpy(&request->ifr_addr, &a, sizeof(a));
	if (ioctl(card->s, SIOCSIFADDR, request) < 0)
		perror("address");
	inet_pton(AF_INET, "255.255.255.0", &a.sin_addr);
	memcpy(&request->ifr_netmask, &a, sizeof(a));
	if (ioctl(card->s, SIOCSIFNETMASK, request) < 0)
		perror("netmask");
	request->ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(card->s, SIOCSIFFLAGS, request) < 0)
		perror("up");
}

static void begin(struct card *card, unsigned number, const char *address, const char *peer)
{
	const unsigned char *mac = (const unsigned char *)card->request.ifr_hwaddr.sa_data;
	char port[16];

	guest_word("net.port=", port, sizeof(port));
	card->s = socket(AF_INET, SOCK_DGRAM, 0);
	find_card(number, card->request.ifr_name);
	if (ioctl(card->s, SIOCGIFHWADDR, &card->request) < 0)
		perror("card");
	snprintf(card->text, sizeof(card->text), "hello %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
	        mac[1], mac[2], mac[3], mac[4], mac[5]);
	set_up(card, address);
	card->to.sin_family = AF_INET;
	card->to.sin_port = htons((uint16_t)atoi(port));
	inet_pton(AF_INET, peer, &card->to.sin_addr);
	printf("card %s %s sends to %s:%s\n", card->request.ifr_name, card->text, peer, port);
}

int main(void)
{
	static struct card cards[CARDS_MOST];
	char addresses[256], peers[256], address[64], peer[64];
	unsigned n = 0;

	guest_begin();
	guest_word("net.address=", addresses, sizeof(addresses));
	guest_word("net.peer=", peers, sizeof(peers));
	while (n < CARDS_MOST && take_part(addresses, n, address, sizeof(address)) &&
	        take_part(peers, n, peer, sizeof(peer))) {
		begin(&cards[n], n, address, peer);
		n++;
	}
	for (unsigned i = 0;; i = (i + 1) % n) {
		struct card *card = &cards[i];

		if (sendto(card->s, card->text, strlen(card->text), 0, (struct sockaddr *)&card->to,
		            sizeof(card->to)) < 0)
			perror("send");
		usleep(250000 / n);
	}
}
