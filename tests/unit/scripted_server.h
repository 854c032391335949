/* SPDX-License-Identifier: MIT
 * An HTTP server for tests that answers every request with a scripted text, and stores that talk to it. Includes use
 * only some of it.
 */
#pragma once

#include "remote/backends/dav.h"
#include "remote/backends/s3.h"
#include "remote/open.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
/* cmocka wants these first */
#include <cmocka.h>

#define OK_200 "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define NAME "00112233445566778899aabbccddeeff"

struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock;
	const char *const *script; /* lock: what the next requests get; the last one again and again */
	bool stall;                /* lock: keep the connection open after the answer */
	unsigned drip_ms, drip;    /* lock: then so many bytes more in each so many ms; 0: none */
	unsigned requests;         /* lock */
	char last[4096];           /* lock: the newest request's header */
};

/* Reads a request's header and as much body as it announces. */
static bool read_request(int fd, char *head, size_t size)
{
	size_t n = 0;
	char *end = NULL;
	while (!end && n < size - 1) {
		ssize_t got = read(fd, head + n, size - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		head[n] = 0;
		end = strstr(head, "\r\n\r\n");
	}
	const char *length = end ? strcasestr(head, "content-length:") : NULL;
	size_t body = length ? strtoul(length + 15, NULL, 10) : 0, have = end ? n - (size_t)(end + 4 - head) : 0;
	for (char sink[4096]; have < body;) {
		ssize_t got = read(fd, sink, sizeof(sink));
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return end != NULL;
}

static void serve(struct server *s, int fd)
{
	char head[4096];
	if (!read_request(fd, head, sizeof(head)))
		return;
	pthread_mutex_lock(&s->lock);
	const char *text = s->script[0];
	if (s->script[1])
		s->script++;
	bool stall = s->stall;
	unsigned drip_ms = s->drip_ms, drip = s->drip;
	s->requests++;
	memcpy(s->last, head, sizeof(head));
	pthread_mutex_unlock(&s->lock);
	(void)!write(fd, text, strlen(text)); /* the client may have gone */
	static const char some[256];
	while (drip && send(fd, some, drip, MSG_NOSIGNAL) == (ssize_t)drip) /* until it goes */
		nanosleep(&(struct timespec){ 0, (long)drip_ms * 1000000 }, NULL);
	if (stall)
		(void)!read(fd, head, sizeof(head)); /* the same */
}

static void *loop(void *arg)
{
	struct server *s = arg;
	for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0; close(fd))
		serve(s, fd);
	return NULL;
}

static void up(struct server *s, const char *const *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	*s = (struct server){ .lock = PTHREAD_MUTEX_INITIALIZER, .script = script };
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&a, n) && !listen(s->fd, 16));
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, loop, s), 0);
}

static void down(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static inline struct store *dav(const struct server *s, unsigned timeout_ms)
{
	char url[64];
	struct store *ret;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/vault", s->port);
	struct store_config c = { .url = url, .timeout_ms = timeout_ms };
	assert_int_equal(store_dav_open(&c, &ret, NULL), ERR_OK);
	return ret;
}

static inline struct store *s3(const struct server *s)
{
	char endpoint[64];
	struct store *ret;
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", s->port);
	struct store_config c = { .url = "s3://bucket/p", .endpoint = endpoint };
	assert_int_equal(store_s3_open(&c, &ret, NULL), ERR_OK);
	return ret;
}

/* scripted_keys: a group's set-up: keys for s3(), and none for dav(). */
static inline int scripted_keys(void **state)
{
	(void)state;
	return setenv("AWS_ACCESS_KEY_ID", "testkey", 1) || setenv("AWS_SECRET_ACCESS_KEY", "testsecret", 1) ||
	       setenv("NETRC", "/dev/null", 1) || unsetenv("AWS_SESSION_TOKEN");
}
