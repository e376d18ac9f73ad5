/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks a recorded machine, to look at or to measure with: prints the folder, which the caller removes.
 *
 *   build/playthrough-setup check --root $(build/machine-unpack asus-prime-b350-plus)
 */
#include "machine.h"

int main(int argc, char **argv)
{
	struct machine m;

	if (argc != 2) {
		fprintf(stderr, "Usage: machine-unpack NAME, as in tests/machines/NAME.machine\n");
		return 2;
	}
	machine_open(&m, argv[1]);
	puts(m.folder);
	root_close(&m.root);
	return 0;
}
