/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's settings below /proc/sys, of the namespace that we are in.
 */
#ifndef M46CTL_SYSCTL_H
#define M46CTL_SYSCTL_H

/* @path: "net/ipv4/ip_forward". Return: 0, or -1 where it is not there. */
int sysctl_get(const char *path, int *value);

#endif /* M46CTL_SYSCTL_H */
