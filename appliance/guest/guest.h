/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests from plan to report: what runs when, and the life after it. */
#pragma once

/*
 * Runs until the power button is pressed or the host asks for it. Returns the reason for
 * switching off, in words.
 */
const char *guest_run(void);
