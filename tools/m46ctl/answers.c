// SPDX-License-Identifier: GPL-2.0
/*
 * Answers about devices, kept until the dump is known to be of one piece.
 */
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "err.h"
#include "nl.h"

static int keep(const struct nlmsghdr *hdr, void *arg)
{
	struct answers *a = arg;
	struct nlmsghdr *copy;
	void *hdrs;

	hdrs = realloc(a->hdrs, (a->n + 1) * sizeof(*a->hdrs));
	if (!hdrs)
		return -1;
	a->hdrs = hdrs;
	copy = malloc(hdr->nlmsg_len);
	if (!copy)
		return -1;
	memcpy(copy, hdr, hdr->nlmsg_len);
	a->hdrs[a->n++] = copy;

	return 0;
}

static void restart(void *arg)
{
	struct answers *a = arg;

	while (a->n)
		free(a->hdrs[--a->n]);
}

int answers_get(struct answers *answers, uint8_t cmd, const char *ifname)
{
	struct kn_reply reply = {
		.message = keep, .restart = restart, .arg = answers
	};
	struct kn_error err;
	int ret;

	memset(answers, 0, sizeof(*answers));
	ret = kn_open_genl();
	if (ret)
		return ret;
	if (kn_call(KN_GENL, kn_genl_msg(cmd, ifname ? 0 : NLM_F_DUMP, ifname),
		    &reply, &err))
		return kn_refused(&err, "%s", ifname ? ifname : "all devices");
	answers->torn = reply.torn;

	return EXIT_OK;
}

int answers_check(const struct answers *answers)
{
	if (!answers->torn)
		return EXIT_OK;

	return err_refused("devices changed each time they were read, the list may be inconsistent");
}

void answers_free(struct answers *answers)
{
	restart(answers);
	free(answers->hdrs);
	answers->hdrs = NULL;
}

int answer_ifname(const struct nlmsghdr *hdr, char name[PARSE_IFNAMSIZ])
{
	const struct nlattr *nla;

	nla = nlmsg_find_attr((struct nlmsghdr *)hdr, GENL_HDRLEN,
			      M46_A_IFNAME);
	if (!nla)
		return -1;
	snprintf(name, PARSE_IFNAMSIZ, "%.*s", nla_len(nla),
		 (const char *)nla_data(nla));

	return 0;
}
