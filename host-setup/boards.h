/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boards and PCs on which people have published what passthrough did there: `check` says that such a board is
 * known, and playthrough-boards(7) lists them all. A constant table; each row is a recorded machine of the tests.
 */
#ifndef SETUP_BOARDS_H
#define SETUP_BOARDS_H

#include <stddef.h>

struct known_board {
	const char *vendor; /* as the name of the vendor begins in DMI: "ASUSTeK" */
	const char *
	        name; /* board_name, or product_name of a whole PC, without "(MS-7B89)" at its end */
	const char *known;  /* one sentence without full stop, to be translated */
	const char *source; /* where that was published */
};

extern const struct known_board boards[];
extern const size_t n_boards;

/*
 * The row for "VENDOR NAME" as struct firmware has it in board and product, either may be NULL; NULL: not known.
 * The board decides before the product.
 */
const struct known_board *boards_find(const char *board, const char *product);

#endif
