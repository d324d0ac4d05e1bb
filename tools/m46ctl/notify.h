/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What systemd is told, see sd_notify(3); nothing where nobody listens.
 *
 * One datagram is all there is to it, so libsystemd is not needed.
 */
#ifndef M46CTL_NOTIFY_H
#define M46CTL_NOTIFY_H

/* "READY=1" and so on. */
void notify_send(const char *state);

/* ms between two signs of life that are asked for, 0: none. */
int notify_watchdog_ms(void);

#endif /* M46CTL_NOTIFY_H */
