/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that can be made to run out, and is counted as kmalloc() rounds it. */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

typedef unsigned int gfp_t;

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0

/* Allocations that still succeed; negative: all. Each program defines them. */
extern long shim_alloc_left;
/* What is allocated now. */
extern long shim_alloc_count;
extern long shim_alloc_bytes;

static inline long shim_kmalloc_size(size_t size)
{
	static const unsigned int sizes[] = { 8, 16, 32, 64, 96, 128, 192, 256,
					      512, 1024, 2048, 4096 };
	unsigned int i = 0;

	while (sizes[i] < size)
		i++;
	return sizes[i];
}

/* The size stands in front of the memory, which stays 16-byte aligned. */
static inline void *kmalloc(size_t size, gfp_t gfp)
{
	size_t *p;

	(void)gfp;
	if (!shim_alloc_left)
		return NULL;
	if (shim_alloc_left > 0)
		shim_alloc_left--;
	p = malloc(size + 16);
	if (!p)
		abort();
	*p = size;
	shim_alloc_count++;
	shim_alloc_bytes += shim_kmalloc_size(size);
	return (char *)p + 16;
}

static inline void kfree(const void *ptr)
{
	size_t *p;

	if (!ptr)
		return;
	p = (size_t *)((char *)ptr - 16);
	shim_alloc_count--;
	shim_alloc_bytes -= shim_kmalloc_size(*p);
	free(p);
}

#endif
