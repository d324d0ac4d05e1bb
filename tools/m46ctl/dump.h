/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many small things of devices (rules, pools, entries), read from the kernel
 * into memory, for a dump is known to be of one piece only when it is over.
 */
#ifndef M46CTL_DUMP_H
#define M46CTL_DUMP_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>

#include "nl.h"
#include "out.h"
#include "parse.h"

/**
 * struct dump_type - one kind of things
 * @name: what they are called, many of them
 * @attr: top level attribute that holds one thing
 * @size: of one thing in memory
 * @read: makes one of the attribute. Return: 0, or -1 where it is none
 * @print: prints one
 */
struct dump_type {
	const char *name;
	int attr;
	size_t size;
	int (*read)(const struct nlattr *nest, void *thing);
	void (*print)(const void *thing, const char *dev);
};

/**
 * struct dump - what was read
 * @type: of what kind; the rest starts with zeros
 * @things: all of them, device by device
 * @n: how many
 * @room: for how many there is memory
 * @devs: the devices, and where the things of each one start
 * @n_devs: how many
 * @torn: changed each time it was read
 */
struct dump {
	const struct dump_type *type;
	char *things;
	size_t n;
	size_t room;
	struct dump_dev {
		char name[PARSE_IFNAMSIZ];
		size_t first;
	} *devs;
	size_t n_devs;
	bool torn;
};

/*
 * Send @msg, a do or a dump, and free it.
 * Return: 0, or -1 with @err filled. Free with dump_free() either way.
 */
int dump_query(struct dump *dump, struct nl_msg *msg, struct kn_error *err);
/* One more thing of a device, from elsewhere. Return: 0, or -1: no memory. */
int dump_add(struct dump *dump, const char *dev, const void *thing);
/* Forget what was read. */
void dump_restart(void *dump);
void dump_free(struct dump *dump);

/*
 * Sort the things of each device, and drop those that are equal to another: a
 * table that grows while the kernel walks it may show one twice.
 */
void dump_sort(struct dump *dump, int (*compare)(const void *, const void *));

/* Keep the things that @passes says so of; it gets @arg too. */
void dump_filter(struct dump *dump,
		 bool (*passes)(const void *arg, const void *thing),
		 const void *arg);

void dump_print(const struct dump *dump, const struct out_column *columns);
/* Likewise @n of them, one behind the other, as one list. */
void dump_print_all(const struct dump *dumps, size_t n,
		    const struct out_column *columns);

/* Return: EXIT_REFUSED, printed, where the things do not fit together. */
int dump_check(const struct dump *dump);

/*
 * All of it, for things that need no sorting. @dev: the device, NULL for all.
 * Errors are printed. Return: 0 or an exit code.
 */
int dump_show(const struct dump_type *type, uint8_t cmd, const char *dev,
	      const struct out_column *columns);

#endif /* M46CTL_DUMP_H */
