// SPDX-License-Identifier: GPL-2.0
/*
 * Many small things of devices, read from the kernel into memory.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "dump.h"
#include "err.h"

/* Dumps come device by device: nearly always it is the last one again. */
static int enter_dev(struct dump *dump, const char *name)
{
	struct dump_dev *devs;

	if (dump->n_devs && !strcmp(dump->devs[dump->n_devs - 1].name, name))
		return 0;
	devs = realloc(dump->devs, (dump->n_devs + 1) * sizeof(*devs));
	if (!devs)
		return -1;
	dump->devs = devs;
	devs += dump->n_devs++;
	snprintf(devs->name, sizeof(devs->name), "%s", name);
	devs->first = dump->n;

	return 0;
}

/* Room for one more thing. */
static int make_room(struct dump *dump)
{
	size_t room = dump->room ? 2 * dump->room : 64;
	char *things;

	if (dump->n < dump->room)
		return 0;
	things = realloc(dump->things, room * dump->type->size);
	if (!things)
		return -1;
	dump->things = things;
	dump->room = room;

	return 0;
}

static int add_thing(struct dump *dump, const struct nlattr *nest)
{
	if (make_room(dump))
		return -1;
	if (!dump->type->read(nest, dump->things + dump->n * dump->type->size))
		dump->n++;

	return 0;
}

int dump_add(struct dump *dump, const char *dev, const void *thing)
{
	if (enter_dev(dump, dev) || make_room(dump))
		return -1;
	memcpy(dump->things + dump->n++ * dump->type->size, thing,
	       dump->type->size);

	return 0;
}

static int collect(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN);
	char name[PARSE_IFNAMSIZ];
	struct dump *dump = arg;

	if (answer_ifname(hdr, name))
		return 0;
	if (enter_dev(dump, name))
		return -1;
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) == dump->type->attr && add_thing(dump, nla))
			return -1;
	}

	return 0;
}

void dump_restart(void *arg)
{
	struct dump *dump = arg;

	dump->n = 0;
	dump->n_devs = 0;
}

int dump_query(struct dump *dump, struct nl_msg *msg, struct kn_error *err)
{
	struct kn_reply reply = {
		.message = collect, .restart = dump_restart, .arg = dump
	};
	int ret = kn_call(KN_GENL, msg, &reply, err);

	dump->torn = reply.torn;

	return ret;
}

void dump_free(struct dump *dump)
{
	free(dump->things);
	free(dump->devs);
}

/* Where the things of a device end. */
static size_t end_of(const struct dump *dump, size_t dev)
{
	return dev + 1 < dump->n_devs ? dump->devs[dev + 1].first : dump->n;
}

void dump_sort(struct dump *dump, int (*compare)(const void *, const void *))
{
	size_t size = dump->type->size, n = 0, dev, first, end, i;
	char *things = dump->things;

	for (dev = 0; dev < dump->n_devs; dev++) {
		first = dump->devs[dev].first;
		end = end_of(dump, dev);
		qsort(things + first * size, end - first, size, compare);
		dump->devs[dev].first = n;
		for (i = first; i < end; i++) {
			if (i > first && !compare(things + (n - 1) * size,
						  things + i * size))
				continue;
			if (n != i)
				memcpy(things + n * size, things + i * size,
				       size);
			n++;
		}
	}
	dump->n = n;
}

void dump_filter(struct dump *dump,
		 bool (*passes)(const void *arg, const void *thing),
		 const void *arg)
{
	size_t size = dump->type->size, n = 0, dev, i, end;
	char *things = dump->things;

	for (dev = 0; dev < dump->n_devs; dev++) {
		i = dump->devs[dev].first;
		end = end_of(dump, dev);
		dump->devs[dev].first = n;
		for (; i < end; i++) {
			if (passes(arg, things + i * size))
				memmove(things + n++ * size, things + i * size,
					size);
		}
	}
	dump->n = n;
}

static void print_things(const struct dump *dump)
{
	size_t dev, i;

	for (dev = 0; dev < dump->n_devs; dev++) {
		for (i = dump->devs[dev].first; i < end_of(dump, dev); i++)
			dump->type->print(dump->things + i * dump->type->size,
					  dump->devs[dev].name);
	}
}

void dump_print_all(const struct dump *dumps, size_t n,
		    const struct out_column *columns)
{
	size_t i;

	out_list_begin(columns);
	if (out_measure_begin()) {
		for (i = 0; i < n; i++)
			print_things(&dumps[i]);
		out_measure_end();
	}
	for (i = 0; i < n; i++)
		print_things(&dumps[i]);
	out_list_end();
}

void dump_print(const struct dump *dump, const struct out_column *columns)
{
	dump_print_all(dump, 1, columns);
}

int dump_check(const struct dump *dump)
{
	if (!dump->torn)
		return EXIT_OK;

	return err_refused("the %s changed each time they were read, the list may be inconsistent",
			   dump->type->name);
}

int dump_show(const struct dump_type *type, uint8_t cmd, const char *dev,
	      const struct out_column *columns)
{
	struct dump dump = { .type = type };
	struct kn_error err;
	int ret;

	ret = kn_open_genl();
	if (ret)
		return ret;
	if (dump_query(&dump, kn_genl_msg(cmd, NLM_F_DUMP, dev), &err)) {
		ret = kn_refused(&err, "%s", dev ? dev : type->name);
	} else {
		dump_print(&dump, columns);
		ret = dump_check(&dump);
	}
	dump_free(&dump);

	return ret;
}
