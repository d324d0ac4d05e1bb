// SPDX-License-Identifier: GPL-2.0
/*
 * Tunnel ends: which device a packet of protocol 41 comes to, by its outer
 * destination, beside sit and whoever else listens there.
 */
#include <linux/hashtable.h>
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/ndisc.h>
#include <net/netns/hash.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "config.h"
#include "flows.h"
#include "m46.h"
#include "tunnel.h"
#include "xmit.h"

/*
 * Its own number among the handlers of protocol 41, of which the kernel wants
 * one each; before sit's, whose device without addresses would take all.
 */
#define M46_PRIORITY	(-46)

/**
 * struct m46_end - one local address of one device
 * @node: in m46_ends
 * @m46: the device
 * @local: the address
 * @key: where in m46_ends it is
 * @rcu: for freeing
 */
struct m46_end {
	struct hlist_node node;
	struct m46_dev *m46;
	__be32 local;
	u32 key;
	struct rcu_head rcu;
};

/*
 * By m46_end_key(), of all namespaces. A device that has moved is found again
 * when it comes up. Writers hold RTNL.
 */
static DEFINE_HASHTABLE(m46_ends, 10);

/*
 * Counts what can change the answer of m46_tunnel_find(), and the devices that
 * have gone: wide, for it must never come round. RTNL.
 */
static atomic64_t m46_ends_gen;

void m46_tunnel_changed(void)
{
	ASSERT_RTNL();
	/* pairs with m46_tunnel_gen(): who sees it sees the change */
	atomic64_set_release(&m46_ends_gen, atomic64_read(&m46_ends_gen) + 1);
}

u64 m46_tunnel_gen(void)
{
	/* pairs with the release above: what it counts can be seen */
	return atomic64_read_acquire(&m46_ends_gen);
}

/*
 * Keyed, and by namespace: whoever may make devices in his own must not be able
 * to make everybody's packets walk through all of them.
 */
static u32 m46_end_key(const struct net *net, __be32 local)
{
	static u32 seed __read_mostly;

	net_get_random_once(&seed, sizeof(seed));
	return jhash_2words((__force u32)local, net_hash_mix(net), seed);
}

#define for_each_end(end, net, local)					       \
	hash_for_each_possible_rcu(m46_ends, end, node,			       \
				   m46_end_key(net, local),		       \
				   lockdep_rtnl_is_held())

static const struct m46_tun *m46_end_tun(const struct m46_end *end)
{
	return &rcu_dereference_rtnl(end->m46->cfg)->tun;
}

/* Did the packet come in where the device's packets go out? */
static bool m46_is_underlay(const struct m46_dev *m46,
			    const struct m46_tun *tun,
			    const struct sk_buff *skb)
{
	int l3 = l3mdev_master_ifindex_rcu(skb->dev);

	if (!tun->link)
		return l3mdev_master_ifindex_rcu(m46->dev) == l3;
	return tun->link == inet_iif(skb) || tun->link == inet_sdif(skb) ||
	       tun->link == l3;
}

struct m46_dev *m46_tunnel_find(const struct sk_buff *skb, __be32 local,
				__be32 remote)
{
	struct net *net = dev_net(skb->dev);
	struct m46_dev *best = NULL;
	const struct m46_tun *tun;
	int rank, best_rank = -1;
	struct m46_end *end;

	for_each_end(end, net, local) {
		if (end->local != local || !net_eq(dev_net(end->m46->dev), net))
			continue;
		tun = m46_end_tun(end);
		/*
		 * It is up until m46_dev_stop() has returned, and not running
		 * before that begins.
		 */
		if (!(end->m46->dev->flags & IFF_UP) ||
		    !netif_running(end->m46->dev) ||
		    !m46_is_underlay(end->m46, tun, skb))
			continue;
		if (tun->kind == M46_TUN_CONFIGURED &&
		    htonl(tun->remote) != remote)
			continue;
		rank = (tun->kind == M46_TUN_CONFIGURED) * 2 + !!tun->link;
		if (rank > best_rank) {
			best = end->m46;
			best_rank = rank;
		}
	}
	return best;
}

static bool m46_has_end(const struct m46_dev *m46, __be32 local)
{
	struct m46_end *end;

	for_each_end(end, dev_net(m46->dev), local) {
		if (end->m46 == m46 && end->local == local)
			return true;
	}
	return false;
}

static unsigned int m46_tun_n_ends(const struct m46_tun *tun)
{
	return tun->n_local + (tun->anycast && tun->kind == M46_TUN_6TO4);
}

/* The local addresses, then 192.88.99.1 where packets to it are ours too. */
static __be32 m46_tun_end(const struct m46_tun *tun, unsigned int i)
{
	return htonl(i < tun->n_local ? tun->local[i] : M46_ANYCAST4);
}

/* Would two devices both claim a packet (RFC 3964 6.1)? */
static bool m46_conflicts(const struct m46_dev *m46, const struct m46_tun *tun,
			  const struct m46_end *end, int vrf)
{
	const struct m46_tun *other = m46_end_tun(end);

	if (end->m46 == m46 ||
	    !net_eq(dev_net(end->m46->dev), dev_net(m46->dev)))
		return false;
	if (tun->link != other->link ||
	    l3mdev_master_ifindex(end->m46->dev) != vrf)
		return false;
	if (tun->kind == M46_TUN_CONFIGURED)
		return other->kind == tun->kind && other->remote == tun->remote;
	return other->kind != M46_TUN_CONFIGURED;
}

static int m46_check_end(struct m46_dev *m46, const struct m46_tun *tun,
			 __be32 local, int vrf,
			 const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	struct m46_end *end;
	bool is_ours;

	for_each_end(end, dev_net(m46->dev), local) {
		if (end->local == local &&
		    m46_conflicts(m46, tun, end, vrf)) {
			if (tun->kind == M46_TUN_CONFIGURED)
				NL_SET_ERR_MSG_ATTR(extack, attr,
						    "local and remote are another configured tunnel's");
			else
				NL_SET_ERR_MSG_ATTR(extack, attr,
						    "local is another 6to4 or 6rd device's");
			return -EEXIST;
		}
	}
	if (tun->nonlocal || m46_has_end(m46, local))
		return 0;
	rcu_read_lock();
	is_ours = __ip_dev_find(dev_net(m46->dev), local, false);
	rcu_read_unlock();
	if (is_ours)
		return 0;
	if (local == htonl(M46_ANYCAST4))
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "192.88.99.1 is no address of this machine, as anycast needs");
	else
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "local is no address of this machine (nonlocal on would allow that)");
	return -EADDRNOTAVAIL;
}

static void m46_drop_ends(struct m46_dev *m46, const struct m46_tun *keep)
{
	struct hlist_node *tmp;
	struct m46_end *end;
	unsigned int i;
	int bucket;

	hash_for_each_safe(m46_ends, bucket, tmp, end, node) {
		if (end->m46 != m46)
			continue;
		for (i = 0; keep && i < m46_tun_n_ends(keep); i++) {
			if (m46_tun_end(keep, i) == end->local)
				break;
		}
		if (keep && i < m46_tun_n_ends(keep) &&
		    end->key == m46_end_key(dev_net(m46->dev), end->local))
			continue;
		hash_del_rcu(&end->node);
		kfree_rcu(end, rcu);
	}
}

static int m46_add_ends(struct m46_dev *m46, const struct m46_tun *tun)
{
	struct m46_end *end;
	unsigned int i;

	for (i = 0; i < m46_tun_n_ends(tun); i++) {
		if (m46_has_end(m46, m46_tun_end(tun, i)))
			continue;
		end = kzalloc(sizeof(*end), GFP_KERNEL_ACCOUNT);
		if (!end)
			return -ENOMEM;
		end->m46 = m46;
		end->local = m46_tun_end(tun, i);
		end->key = m46_end_key(dev_net(m46->dev), end->local);
		hash_add_rcu(m46_ends, &end->node, end->key);
	}
	return 0;
}

/*
 * Asked only when it is set: what becomes this machine's later is not to keep
 * the operator from other changes.
 */
static int m46_check_remote(struct net *net, const struct m46_tun *tun,
			    int vrf, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	u32 table = l3mdev_fib_table_by_index(net, tun->link ? : vrf);

	if (!attr || !tun->remote)
		return 0;
	switch (inet_addr_type_table(net, htonl(tun->remote),
				     table ? : RT_TABLE_LOCAL)) {
	case RTN_LOCAL:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "remote is an address of this machine");
		return -EINVAL;
	case RTN_BROADCAST:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "remote is a broadcast address");
		return -EINVAL;
	}
	return 0;
}

int m46_tunnel_check(struct m46_dev *m46, const struct m46_cfg *cfg,
		     int vrf, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *local = m46_tunnel_attr(nest, M46_TUN_A_LOCALS);
	unsigned int i;
	int err;

	ASSERT_RTNL();
	for (i = 0; i < m46_tun_n_ends(&cfg->tun); i++) {
		err = m46_check_end(m46, &cfg->tun,
				    m46_tun_end(&cfg->tun, i), vrf, local,
				    extack);
		if (err)
			return err;
	}
	return m46_check_remote(dev_net(m46->dev), &cfg->tun, vrf,
				m46_tunnel_attr(nest, M46_TUN_A_REMOTE),
				extack);
}

int m46_tunnel_listen(struct m46_dev *m46, const struct m46_cfg *cfg)
{
	const struct m46_cfg *old = rtnl_dereference(m46->cfg);
	int err;

	ASSERT_RTNL();
	if (!cfg) {
		m46_drop_ends(m46, NULL);
		return 0;
	}
	err = m46_add_ends(m46, &cfg->tun);
	m46_drop_ends(m46, err ? &old->tun : &cfg->tun);
	return err;
}

void m46_tunnel_carrier(struct m46_dev *m46)
{
	const struct m46_tun *tun = &rtnl_dereference(m46->cfg)->tun;
	bool there = false;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < tun->n_local && !there; i++)
		there = __ip_dev_find(dev_net(m46->dev), htonl(tun->local[i]),
				      false);
	rcu_read_unlock();
	if (there)
		netif_carrier_on(m46->dev);
	else
		netif_carrier_off(m46->dev);
}

static int m46_inetaddr_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct net *net = dev_net(ifa->ifa_dev->dev);
	struct m46_end *end;

	for_each_end(end, net, ifa->ifa_local) {
		if (end->local == ifa->ifa_local &&
		    net_eq(dev_net(end->m46->dev), net))
			m46_tunnel_carrier(end->m46);
	}
	return NOTIFY_DONE;
}

static struct notifier_block m46_inetaddr_notifier = {
	.notifier_call = m46_inetaddr_event,
};

static struct xfrm_tunnel m46_xfrm_tunnel __read_mostly = {
	.handler	= m46_decap_rcv,
	.err_handler	= m46_decap_err,
	.priority	= M46_PRIORITY,
};

int m46_tunnel_init(void)
{
	int err;

	err = xfrm4_tunnel_register(&m46_xfrm_tunnel, AF_INET6);
	if (err) {
		pr_err("m46: another module has its place among the receivers of protocol 41\n");
		return err;
	}
	err = register_inetaddr_notifier(&m46_inetaddr_notifier);
	if (err)
		xfrm4_tunnel_deregister(&m46_xfrm_tunnel, AF_INET6);
	return err;
}

void m46_tunnel_exit(void)
{
	unregister_inetaddr_notifier(&m46_inetaddr_notifier);
	xfrm4_tunnel_deregister(&m46_xfrm_tunnel, AF_INET6);
}

static void m46_rtslot_release(void *slot)
{
	ip_rt_put(((struct m46_rtslot *)slot)->rt);
}

static struct lock_class_key rtcache_lock_class;

const struct m46_flow_kind m46_rtslot_kind = {
	.size = sizeof(struct m46_rtslot),
	.release = m46_rtslot_release,
	.name = "m46_rtcache",
	.lock_class = &rtcache_lock_class,
};

int m46_tunnel_oif(const struct m46_dev *m46, const struct m46_tun *tun)
{
	if (tun->link || !netif_is_l3_slave(m46->dev))
		return tun->link;
	return l3mdev_master_ifindex_rcu(m46->dev);
}

/* This CPU's slot for a destination. The lock is held. */
static struct m46_rtslot *m46_rtslot(struct m46_dev *m46, __be32 daddr)
{
	struct m46_rtslot *slot = this_cpu_ptr(m46->rtcache)->slot;

	return &slot[hash_32((__force u32)daddr, m46_flow_bits)];
}

/*
 * What ipv4_dst_check() finds out: neither has the route been replaced, nor any
 * other of the namespace changed. Not by dst_check(), whose calls cost more
 * than the rest of the lookup.
 */
static bool m46_is_valid(const struct m46_rtslot *slot, const struct net *net)
{
	return slot->rt && slot->net == net &&
	       slot->rt->dst.obsolete == DST_OBSOLETE_FORCE_CHK &&
	       slot->rt->rt_genid == rt_genid_ipv4(net);
}

/* Takes over the reference to rt. */
static void m46_rtcache_set(struct m46_dev *m46, int oif, u32 mark,
			    __be32 saddr, __be32 daddr, struct rtable *rt)
{
	struct m46_rtslot *slot;

	local_lock_nested_bh(&m46->rtcache->lock);
	slot = m46_rtslot(m46, daddr);
	/* Packets that have borrowed it are in a read-side section of RCU. */
	ip_rt_put(slot->rt);
	slot->rt = rt;
	slot->net = dev_net(m46->dev);
	slot->saddr = saddr;
	slot->daddr = daddr;
	slot->oif = oif;
	slot->mark = mark;
	local_unlock_nested_bh(&m46->rtcache->lock);
}

static struct rtable *m46_find_route(struct m46_dev *m46, int oif, u32 mark,
				     __be32 saddr, __be32 daddr)
{
	struct net *net = dev_net(m46->dev);
	struct flowi4 fl4 = {
		.flowi4_oif = oif,
		.flowi4_mark = mark,
		.flowi4_proto = IPPROTO_IPV6,
		.daddr = daddr,
		.saddr = saddr,
	};
	struct rtable *rt;
	bool is_local;

	rt = ip_route_output_flow(net, &fl4, NULL);
	if (!IS_ERR(rt)) {
		m46_rtcache_set(m46, oif, mark, saddr, daddr, rt);
		return rt;
	}
	/* The stack says the same of a missing route and a missing source. */
	rcu_read_lock();
	is_local = __ip_dev_find(net, saddr, false);
	rcu_read_unlock();
	return is_local ? rt : ERR_PTR(-EADDRNOTAVAIL);
}

struct rtable *m46_tunnel_route(struct m46_dev *m46, const struct m46_tun *tun,
				__be32 saddr, __be32 daddr)
{
	int oif = m46_tunnel_oif(m46, tun);
	const struct m46_rtslot *slot;
	struct rtable *rt = NULL;

	local_lock_nested_bh(&m46->rtcache->lock);
	slot = m46_rtslot(m46, daddr);
	if (slot->daddr == daddr && slot->saddr == saddr && slot->oif == oif &&
	    slot->mark == tun->fwmark && m46_is_valid(slot, dev_net(m46->dev)))
		rt = slot->rt;
	local_unlock_nested_bh(&m46->rtcache->lock);
	return rt ? : m46_find_route(m46, oif, tun->fwmark, saddr, daddr);
}

void m46_tunnel_clamp_mss(struct sk_buff *skb, unsigned int mtu)
{
	const unsigned int hlen = sizeof(struct ipv6hdr);

	if (ipv6_hdr(skb)->nexthdr != IPPROTO_TCP || !m46_pull_syn(skb, hlen))
		return;
	if (!skb_cow_head(skb, 0))
		m46_clamp_mss(skb, hlen, mtu - hlen - sizeof(struct tcphdr));
}

bool m46_tunnel_is_bad_nd(struct sk_buff *skb)
{
	const struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;
	u8 buf, nexthdr = ip->nexthdr;
	int off = sizeof(*ip);
	const u8 *type;
	__be16 frag;

	if (ipv6_ext_hdr(nexthdr))
		off = ipv6_skip_exthdr(skb, off, &nexthdr, &frag);
	if (off < 0 || nexthdr != IPPROTO_ICMPV6)
		return false;
	type = skb_header_pointer(skb, off, 1, &buf);
	return type && (*type == NDISC_ROUTER_SOLICITATION ||
			*type == NDISC_ROUTER_ADVERTISEMENT ||
			*type == NDISC_REDIRECT);
}
