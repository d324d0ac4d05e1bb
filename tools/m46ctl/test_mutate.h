/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What unit tests make of good files: bad ones, the same in each run.
 */
#ifndef M46CTL_TEST_MUTATE_H
#define M46CTL_TEST_MUTATE_H

#include <stdint.h>
#include <string.h>

static inline uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;

	return *state >> 8;
}

/* @bytes: what new ones are taken from. Return: the length then. */
static inline size_t mutate(char *text, size_t n, size_t room, const char *bytes,
			    uint32_t *state)
{
	size_t at = next(state) % (n + 1), len = next(state) % 40, to;
	char c = bytes[next(state) % strlen(bytes)];

	switch (next(state) % 4) {
	case 0:		/* another byte */
		if (at < n)
			text[at] = c;
		return n;
	case 1:		/* a byte more */
		if (n == room)
			return n;
		memmove(text + at + 1, text + at, n - at);
		text[at] = c;
		return n + 1;
	case 2:		/* some less */
		if (at + len > n)
			len = n - at;
		memmove(text + at, text + at + len, n - at - len);
		return n - len;
	default:	/* some twice */
		to = next(state) % (n + 1);
		if (at + len > n || n + len > room)
			return n;
		memmove(text + to + len, text + to, n - to);
		memmove(text + to, text + at, len);
		return n + len;
	}
}

static inline unsigned int count_lines(const char *text, size_t n)
{
	unsigned int lines = 1;

	while (n--)
		lines += text[n] == '\n';

	return lines;
}

#endif /* M46CTL_TEST_MUTATE_H */
