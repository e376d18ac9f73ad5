/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Have others published what passthrough does on this very board? */
#include "boards.h"
#include "checks.h"

void check_board(const struct check_context *c, struct check_result *r)
{
	const struct firmware *f = &c->host->firmware;
	const struct known_board *board = boards_find(f->board, f->product);

	if (f->board)
		result_evidence(r, "/sys/class/dmi/id/board_name", "%s", f->board);
	if (f->product)
		result_evidence(r, "/sys/class/dmi/id/product_name", "%s", f->product);
	if (board) {
		result_evidence(r, "playthrough-boards(7)", "%s: %s", board->name, board->source);
		result_pass(r, _("this board is known: %s"), _(board->known));
	} else if (f->board || f->product) {
		result_skip(r, _("nothing is known about this board yet"));
	} else {
		result_skip(r, _("this PC does not tell the name of its board"));
	}
}
