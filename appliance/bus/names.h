/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names under which Playthrough is found on a bus. Others rely on them: none may change. */
#ifndef BUS_NAMES_H
#define BUS_NAMES_H

#define BUS_NAME      "org.playthrough.Appliance1"
#define BUS_PATH      "/org/playthrough/Appliance1"
#define BUS_INTERFACE "org.playthrough.Appliance1"

/* A job is BUS_JOB_PATH/N; N is a number without leading zeros. */
#define BUS_JOB_PATH      "/org/playthrough/Appliance1/job"
#define BUS_JOB_INTERFACE "org.playthrough.Job1"

/* The setup of this PC, by a service of its own (host-setup/service). Its jobs have the same interface. */
#define BUS_SETUP_NAME      "org.playthrough.Setup1"
#define BUS_SETUP_PATH      "/org/playthrough/Setup1"
#define BUS_SETUP_INTERFACE "org.playthrough.Setup1"
#define BUS_SETUP_JOB_PATH  "/org/playthrough/Setup1/job"

/* polkit's actions; bus/org.playthrough.policy says who may. */
#define BUS_ACTION_START     "org.playthrough.start"
#define BUS_ACTION_USB       "org.playthrough.usb"
#define BUS_ACTION_CONFIGURE "org.playthrough.configure"
#define BUS_ACTION_SOUND     "org.playthrough.sound"

#endif
