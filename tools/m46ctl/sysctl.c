// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's settings below /proc/sys.
 */
#include <stdio.h>

#include "sysctl.h"

int sysctl_get(const char *path, int *value)
{
	char full[256];
	FILE *file;
	int n;

	snprintf(full, sizeof(full), "/proc/sys/%s", path);
	file = fopen(full, "re");
	if (!file)
		return -1;
	n = fscanf(file, "%d", value);
	fclose(file);

	return n == 1 ? 0 : -1;
}
