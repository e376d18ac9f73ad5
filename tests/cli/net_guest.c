/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that does nothing but talk to its network: /init of a first root that test_network.py packs.
 *
 *   net.address=10.9.0.2 net.peer=10.9.0.1 net.port=4567
 *
 * on the kernel's command line: it loads what is in /modules in the order of the names, gives the first network card that address
 * in a network of 256, and sends "hello ADDRESS-OF-THE-CARD" to that port of the peer by UDP, four times a second.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load_modules(void)
{
	struct dirent **names;
	int n = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			perror(path);
		close(fd);
	}
}

static void read_word(const char *line, const char *key, char *out, size_t size)
{
	const char *at = strstr(line, key);

	at = at ? at + strlen(key) : "";
	snprintf(out, size, "%.*s", (int)strcspn(at, " \n"), at);
}

/* The first card that is there; waits for its driver. */
static void find_card(char *name)
{
	for (;;) {
		for (int i = 1; i < 16; i++) {
			char found[IF_NAMESIZE];

			if (if_indextoname((unsigned)i, found) && strcmp(found, "lo")) {
				strcpy(name, found);
				return;
			}
		}
		usleep(100000);
	}
}

static void set_up(int s, struct ifreq *card, const char *address)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	inet_pton(AF_INET, address, &a.sin_addr);
	memcpy(&card->ifr_addr, &a, sizeof(a));
	if (ioctl(s, SIOCSIFADDR, card) < 0)
		perror("address");
	inet_pton(AF_INET, "255.255.255.0", &a.sin_addr);
	memcpy(&card->ifr_netmask, &a, sizeof(a));
	if (ioctl(s, SIOCSIFNETMASK, card) < 0)
		perror("netmask");
	card->ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, card) < 0)
		perror("up");
}

int main(void)
{
	char line[4096] = "", address[64], peer[64], port[16], text[64];
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct ifreq card = {0};
	const unsigned char *mac = (const unsigned char *)card.ifr_hwaddr.sa_data;
	int fd, s;

	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		perror("/proc/cmdline");
	read_word(line, "net.address=", address, sizeof(address));
	read_word(line, "net.peer=", peer, sizeof(peer));
	read_word(line, "net.port=", port, sizeof(port));
	load_modules();
	s = socket(AF_INET, SOCK_DGRAM, 0);
	find_card(card.ifr_name);
	if (ioctl(s, SIOCGIFHWADDR, &card) < 0)
		perror("card");
	snprintf(text, sizeof(text), "hello %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	        mac[3], mac[4], mac[5]);
	set_up(s, &card, address);
	to.sin_port = htons((uint16_t)atoi(port));
	inet_pton(AF_INET, peer, &to.sin_addr);
	printf("card %s %s sends to %s:%s\n", card.ifr_name, text, peer, port);
	for (;;) {
		if (sendto(s, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			perror("send");
		usleep(250000);
	}
}
