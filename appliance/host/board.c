/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/board.h"
#include "host/attr.h"
#include "host/usb.h"

static const struct {
	enum board_part_kind kind;
	const char *folder,
	        *prefix; /* further names there ("hci0:256", "tpmrm0", "tty1") are no parts */
} places[] = {
        {BOARD_BLUETOOTH, "/sys/class/bluetooth", "hci"},
        {BOARD_TPM, "/sys/class/tpm", "tpm"},
        {BOARD_IPMI, "/sys/class/ipmi", "ipmi"},
        {BOARD_SERIAL, "/sys/class/tty", "ttyS"},
};

static void take_part(const struct root *root, size_t place, const char *name, struct board *out)
{
	cleanup_free char *link = xasprintf("%s/%s", places[place].folder, name);
	cleanup_free char *real = root_real_path(root, link);
	struct pci_addr controller;

	if (!real || !path_controller(real, &controller))
		return;
	*list_append(out->list, out->n) = (struct board_part){
	        .kind = places[place].kind,
	        .name = xstrdup(name),
	        .source = take_ptr(link),
	        .usb = usb_name_in_path(real),
	        .controller = controller,
	};
}

int board_take(const struct root *root, struct board *out, struct err *err)
{
	(void)err; /* none of these folders needs to be there */
	*out = (struct board){0};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct strv names = {0};

		root_list(root, places[i].folder, &names);
		strv_foreach (name, &names) {
			if (is_numbered(*name, places[i].prefix))
				take_part(root, i, *name, out);
		}
		strv_finish(&names);
	}
	return 0;
}

void board_finish(struct board *board)
{
	for (size_t i = 0; i < board->n; i++) {
		free(board->list[i].name);
		free(board->list[i].source);
		free(board->list[i].usb);
	}
	free(board->list);
	*board = (struct board){0};
}
