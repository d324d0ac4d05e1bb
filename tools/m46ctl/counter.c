// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a device.
 */
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "counter.h"
#include "nl.h"

int counter_read(const struct nlattr *nest, struct counter *counter)
{
	const struct nlattr *nla;
	bool has_value = false;
	int left;

	memset(counter, 0, sizeof(*counter));
	nla_for_each_nested(nla, nest, left) {
		switch (nla_type(nla)) {
		case M46_COUNTER_A_NAME:
			snprintf(counter->name, sizeof(counter->name), "%.*s",
				 nla_len(nla), (const char *)nla_data(nla));
			break;
		case M46_COUNTER_A_TEXT:
			snprintf(counter->text, sizeof(counter->text), "%.*s",
				 nla_len(nla), (const char *)nla_data(nla));
			break;
		case M46_COUNTER_A_VALUE:
			has_value = nla_len(nla) == sizeof(counter->value);
			if (has_value)
				memcpy(&counter->value, nla_data(nla),
				       sizeof(counter->value));
			break;
		case M46_COUNTER_A_DROP:
			counter->drop = true;
			break;
		}
	}

	return counter->name[0] && has_value ? 0 : -1;
}

/**
 * struct search - for one counter
 */
struct search {
	const char *name;
	uint64_t *value;
	bool found;
};

static int look(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN);
	struct search *search = arg;
	struct counter counter;

	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) != M46_A_COUNTER ||
		    counter_read(nla, &counter) ||
		    strcmp(counter.name, search->name))
			continue;
		*search->value = counter.value;
		search->found = true;
	}

	return 0;
}

int counter_get(const char *dev, const char *name, uint64_t *value)
{
	struct search search = { .name = name, .value = value };
	struct kn_reply reply = { .message = look, .arg = &search };
	struct kn_error err;

	if (kn_call(KN_GENL, kn_genl_msg(M46_CMD_STATS_GET, 0, dev), &reply,
		    &err))
		return -1;

	return search.found ? 0 : -1;
}
