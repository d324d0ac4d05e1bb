// SPDX-License-Identifier: GPL-2.0
/*
 * The store service: requests, without waiting for their answers.
 *
 * A million entries take seconds, in which new ones must not wait: so answers
 * are read piece by piece between events. There is one job at a time.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "err.h"
#include "store.h"

/* Acknowledgements of a batch wait here, each in a buffer of its own. */
#define RCVBUF		(8 << 20)
#define ANSWER_MS	10000
#define ENTRY_ROOM	128	/* one message of a batch */

int store_nl_open(struct store *s)
{
	struct store_nl *nl = &s->nl;

	nl->sk = kn_socket(NETLINK_GENERIC, RCVBUF);
	if (!nl->sk)
		return EXIT_REFUSED;
	nl_socket_set_nonblocking(nl->sk);
	if (!nl->buf)
		nl->buf = malloc(BATCH * ENTRY_ROOM);

	return nl->buf ? EXIT_OK : err_refused("out of memory");
}

void store_nl_close(struct store *s)
{
	nl_socket_free(s->nl.sk);
	free(s->nl.buf);
	s->nl.sk = NULL;
	s->nl.buf = NULL;
}

/* Ends of jobs */

static void end_restore(struct store *s)
{
	uint32_t i;

	/* Those that nothing was said about. */
	for (i = 0; i < s->nl.n_batch; i++) {
		if (s->nl.batch[i] != SLOT_NONE)
			store_sent(s, s->nl.batch[i], NULL);
	}
}

/* The answer did not come, or not as a whole. */
static void fail_restore(struct store *s)
{
	const struct kn_error err = { .code = EAGAIN };
	uint32_t i;

	for (i = 0; i < s->nl.n_batch; i++) {
		if (s->nl.batch[i] != SLOT_NONE)
			store_sent(s, s->nl.batch[i], &err);
	}
	s->dump_at = store_ms();
}

static void end_job(struct store *s)
{
	struct store_nl *nl = &s->nl;

	switch (nl->job) {
	case JOB_DEVICES:
		/* A list that is not whole would make devices go. */
		if (nl->failed || nl->torn)
			s->want_devices = true;
		else
			store_devices_done(s);
		break;
	case JOB_DUMP:
		store_dump_done(s, nl->failed || nl->torn);
		break;
	case JOB_POOLS:
		if (nl->failed || nl->torn)
			s->pools_at = store_ms();
		else
			store_pools_done(s);
		break;
	case JOB_RESTORE:
		if (nl->failed)
			fail_restore(s);
		else
			end_restore(s);
		break;
	case JOB_NONE:
		break;
	}
	nl->job = JOB_NONE;
	nl->not_before = nl->failed || nl->torn ? store_ms() + RETRY_MS : 0;
}

/* Old answers must not meet new questions: the socket is a new one as well. */
static int give_up(struct store *s)
{
	s->nl.failed = true;
	end_job(s);
	nl_socket_free(s->nl.sk);

	return store_nl_open(s);
}

/* Begins of jobs */

static void begin_job(struct store *s, enum job job)
{
	s->nl.job = job;
	s->nl.torn = false;
	s->nl.failed = false;
	s->nl.first_seq = s->nl.seq + 1;
	s->nl.deadline = store_ms() + ANSWER_MS;
}

static int send_dump(struct store *s, enum job job, uint8_t cmd)
{
	/* The list of devices is always whole: the one may not be there. */
	bool one = s->only[0] && job != JOB_DEVICES;
	struct nl_msg *msg = kn_genl_msg(cmd, NLM_F_DUMP,
					 one ? s->only : NULL);
	int ret;

	begin_job(s, job);
	nlmsg_hdr(msg)->nlmsg_seq = ++s->nl.seq;
	ret = nl_send_auto(s->nl.sk, msg);
	nlmsg_free(msg);
	if (ret < 0)
		return give_up(s);

	return EXIT_OK;
}

static void add_to_batch(struct store *s, uint32_t slot, bool last)
{
	const struct slot *e = &s->table.slots[slot];
	const struct entry entry = {
		.ipv6 = e->ipv6, .ipv4 = e->ipv4, .type = M46_ENTRY_DYNAMIC,
		.expires = store_remaining(s, e), .has_ipv6 = true,
		.has_ipv4 = true, .has_expires = true
	};
	struct store_nl *nl = &s->nl;
	struct nlmsghdr *hdr;
	struct nl_msg *msg;

	msg = kn_genl_msg_size(M46_CMD_ENTRY_NEW, 0, NULL, ENTRY_ROOM);
	kn_put(msg, M46_A_IFINDEX, &s->devs[e->dev].ifindex, 4);
	entry_put(msg, &entry);
	hdr = nlmsg_hdr(msg);
	hdr->nlmsg_seq = ++nl->seq;
	hdr->nlmsg_pid = nl_socket_get_local_port(nl->sk);
	/* Errors come by themselves; the last one tells that all are done. */
	if (!last)
		hdr->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	memset(nl->buf + nl->used, 0, NLMSG_ALIGN(hdr->nlmsg_len));
	memcpy(nl->buf + nl->used, hdr, hdr->nlmsg_len);
	nl->used += NLMSG_ALIGN(hdr->nlmsg_len);
	nlmsg_free(msg);
}

static int send_batch(struct store *s)
{
	struct store_nl *nl = &s->nl;
	uint32_t i;

	nl->n_batch = store_next_batch(s, nl->batch);
	if (!nl->n_batch)
		return EXIT_OK;
	begin_job(s, JOB_RESTORE);
	nl->used = 0;
	for (i = 0; i < nl->n_batch; i++)
		add_to_batch(s, nl->batch[i], i + 1 == nl->n_batch);
	if (nl_sendto(nl->sk, nl->buf, nl->used) < 0)
		return give_up(s);

	return EXIT_OK;
}

static bool any_device(const struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		if (s->devs[i].ifindex)
			return true;
	}

	return false;
}

int store_nl_next(struct store *s)
{
	int64_t now = store_ms();

	if (s->nl.job != JOB_NONE || !kn_family() || now < s->nl.not_before)
		return EXIT_OK;
	if (s->want_devices) {
		store_devices_begin(s);
		return send_dump(s, JOB_DEVICES, M46_CMD_DEV_GET);
	}
	if (s->listed && now >= s->dump_at) {
		store_dump_begin(s);
		if (any_device(s))
			return send_dump(s, JOB_DUMP, M46_CMD_ENTRY_GET);
		store_dump_done(s, false);
	}
	if (store_want_pools(s, now)) {
		store_pools_begin(s);
		return send_dump(s, JOB_POOLS, M46_CMD_POOL_GET);
	}
	if (store_want_restore(s, now))
		return send_batch(s);

	return EXIT_OK;
}

/* Answers */

static void read_device(struct store *s, int ifindex, const char *name,
			const struct nlattr *nest)
{
	const struct nlattr *mode, *expires;
	int len = nla_len(nest);

	mode = nla_find(nla_data(nest), len, M46_DEV_A_MODE);
	expires = nla_find(nla_data(nest), len, M46_DEV_A_EXPIRES);
	if (mode && nla_len(mode) == 1 && nla_get_u8(mode) == M46_MODE_M46T &&
	    expires && nla_len(expires) == 4)
		store_dev_there(s, ifindex, name, nla_get_u32(expires));
}

static void read_answer(struct store *s, const struct nlmsghdr *hdr)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN), ifindex = 0;
	char name[PARSE_IFNAMSIZ];
	struct entry entry;
	struct pool pool;

	if (answer_ifname(hdr, name))
		return;
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) == M46_A_IFINDEX && nla_len(nla) == 4)
			ifindex = (int)nla_get_u32(nla);
		else if (nla_type(nla) == M46_A_DEV && s->nl.job == JOB_DEVICES)
			read_device(s, ifindex, name, nla);
		else if (nla_type(nla) == M46_A_ENTRY &&
			 s->nl.job == JOB_DUMP && !entry_get(nla, &entry))
			store_dump_entry(s, ifindex, name, &entry);
		else if (nla_type(nla) == M46_A_POOL &&
			 s->nl.job == JOB_POOLS && !pool_get(nla, &pool))
			store_pool(s, ifindex, &pool);
	}
}

static void result_of_restore(struct store *s, uint32_t seq,
			      const struct kn_error *err)
{
	uint32_t i = seq - s->nl.first_seq;

	if (i < s->nl.n_batch) {
		store_sent(s, s->nl.batch[i], err->code ? err : NULL);
		s->nl.batch[i] = SLOT_NONE;
	}
	if (seq == s->nl.seq)
		end_job(s);
}

static void result_of_dump(struct store *s, const struct kn_error *err)
{
	s->nl.failed = err->code;
	/*
	 * The module, or the one device, is going or has gone: that is told.
	 * A module that goes has no dumps (EPROTONOSUPPORT).
	 */
	if (err->code && err->code != ENOENT && err->code != ENODEV &&
	    err->code != EPROTONOSUPPORT)
		kn_refused(err, "reading %s",
			   s->nl.job == JOB_DEVICES ? "devices" :
			   s->nl.job == JOB_POOLS ? "pools" : "entries");
	end_job(s);
}

static void handle(struct store *s, const struct nlmsghdr *hdr)
{
	struct kn_error err;

	if (s->nl.job == JOB_NONE || hdr->nlmsg_seq < s->nl.first_seq ||
	    hdr->nlmsg_seq > s->nl.seq)
		return;
	s->nl.deadline = store_ms() + ANSWER_MS;
	if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
		s->nl.torn = true;
	if (hdr->nlmsg_type >= NLMSG_MIN_TYPE) {
		read_answer(s, hdr);
		return;
	}
	if (hdr->nlmsg_type != NLMSG_ERROR && hdr->nlmsg_type != NLMSG_DONE)
		return;
	kn_result(hdr, &err);
	if (s->nl.job == JOB_RESTORE)
		result_of_restore(s, hdr->nlmsg_seq, &err);
	else
		result_of_dump(s, &err);
}

int store_nl_read(struct store *s, int (*drain)(struct store *s))
{
	struct sockaddr_nl from;
	struct nlmsghdr *hdr;
	unsigned char *buf;
	int len, ret;

	len = nl_recv(s->nl.sk, &from, &buf, NULL);
	if (len == -NLE_AGAIN)
		return EXIT_OK;
	if (len <= 0)
		return give_up(s);
	ret = drain(s);
	for (hdr = (struct nlmsghdr *)buf; !ret && nlmsg_ok(hdr, len);
	     hdr = nlmsg_next(hdr, &len)) {
		if (!from.nl_pid)
			handle(s, hdr);
	}
	free(buf);

	return ret;
}

int store_nl_check(struct store *s)
{
	if (s->nl.job == JOB_NONE || store_ms() < s->nl.deadline)
		return EXIT_OK;

	return give_up(s);
}
