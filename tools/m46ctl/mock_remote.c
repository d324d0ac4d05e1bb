// SPDX-License-Identifier: GPL-2.0
/*
 * m46ctl for tests, with mock_server.c instead of the kernel: the library's
 * sockets are Unix sockets to it, MOCK_SERVER in the environment is its path.
 * Linked by --wrap around the library's functions.
 */
#include <errno.h>
#include <fcntl.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mock_remote.h"

#define SOCKS_MAX	16
#define DATAGRAM	(1 << 18)

static struct {
	struct nl_sock *sk;
	int fd;
	bool nonblocking;
} socks[SOCKS_MAX];

int __wrap_nl_connect(struct nl_sock *sk, int protocol);
void __wrap_nl_socket_free(struct nl_sock *sk);
void __real_nl_socket_free(struct nl_sock *sk);
int __wrap_nl_socket_get_fd(const struct nl_sock *sk);
int __wrap_nl_socket_set_nonblocking(const struct nl_sock *sk);
int __wrap_nl_socket_add_membership(struct nl_sock *sk, int group);
int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg);
int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size);
int __wrap_nl_recv(struct nl_sock *sk, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds);

static int find(const struct nl_sock *sk)
{
	int i = 0;

	while (i < SOCKS_MAX - 1 && socks[i].sk != sk)
		i++;

	return i;
}

int __wrap_nl_connect(struct nl_sock *sk, int protocol)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = getenv("MOCK_SERVER");
	int i = find(NULL);

	(void)protocol;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path ? path : "");
	socks[i].sk = sk;
	socks[i].nonblocking = false;
	socks[i].fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return connect(socks[i].fd, (struct sockaddr *)&addr, sizeof(addr)) ?
	       -NLE_FAILURE : 0;
}

void __wrap_nl_socket_free(struct nl_sock *sk)
{
	int i = find(sk);

	if (sk && socks[i].sk == sk) {
		close(socks[i].fd);
		socks[i].sk = NULL;
	}
	__real_nl_socket_free(sk);
}

int __wrap_nl_socket_get_fd(const struct nl_sock *sk)
{
	return socks[find(sk)].fd;
}

int __wrap_nl_socket_set_nonblocking(const struct nl_sock *sk)
{
	socks[find(sk)].nonblocking = true;

	return 0;
}

int __wrap_nl_socket_add_membership(struct nl_sock *sk, int group)
{
	struct mock_join join = {
		.hdr = { .nlmsg_len = sizeof(join), .nlmsg_type = MOCK_JOIN },
		.group = (uint32_t)group
	};

	return send(socks[find(sk)].fd, &join, sizeof(join), 0) < 0 ?
	       -NLE_FAILURE : 0;
}

int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg)
{
	nl_complete_msg(sk, msg);

	return __wrap_nl_sendto(sk, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
}

int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size)
{
	ssize_t ret = send(socks[find(sk)].fd, buf, size, MSG_NOSIGNAL);

	return ret < 0 ? -NLE_FAILURE : (int)ret;
}

int __wrap_nl_recv(struct nl_sock *sk, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds)
{
	static unsigned char data[DATAGRAM];
	int i = find(sk);
	ssize_t len;

	(void)creds;
	len = recv(socks[i].fd, data, sizeof(data),
		   socks[i].nonblocking ? MSG_DONTWAIT : 0);
	if (len <= 0)
		return len && errno == EAGAIN ? -NLE_AGAIN : -NLE_FAILURE;
	if (((struct nlmsghdr *)data)->nlmsg_type == MOCK_LOST)
		return -NLE_NOMEM;
	memset(from, 0, sizeof(*from));
	*buf = malloc((size_t)len);
	memcpy(*buf, data, (size_t)len);

	return (int)len;
}
