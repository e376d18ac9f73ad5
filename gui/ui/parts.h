/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ui.c and parts.c share. */
#ifndef UI_PARTS_H
#define UI_PARTS_H

#include "ui/ui.h"

/* Draws the bar, and sets `clicked` where one of its entries was. */
void ui_draw_hints(struct ui *ui);

#endif
