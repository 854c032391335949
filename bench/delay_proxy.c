/* SPDX-License-Identifier: MIT
 * A TCP proxy on 127.0.0.1 that makes the store as far away as a round trip of RTT milliseconds, whatever the
 * bandwidth: delay-proxy LISTEN-PORT TARGET-PORT RTT-MS. Every byte is delivered half a round trip after it arrived, in
 * order; up to WINDOW bytes a direction are under way, so that the delay does not limit the rate (as a well-tuned TCP).
 * A connect costs nothing here: who opens more connections is not charged for it. Two threads a direction: one takes,
 * one delivers. Serves until it is killed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW (16u << 20)
#define CHUNK (64u << 10)

struct piece {
	struct piece *next;
	uint64_t due_ns;
	size_t size;
	uint8_t bytes[];
};

struct conn {
	int fd[2];
	int left; /* threads that still use it; under lock */
	pthread_mutex_t lock;
};

struct way { /* one direction of a connection */
	struct conn *conn;
	int from, to;
	uint64_t delay_ns;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	struct piece *first, **last;
	size_t held;
	int ended;  /* no more comes in */
	int broken; /* nothing more goes out */
	int users;
};

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void conn_put(struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	int left = --c->left;
	pthread_mutex_unlock(&c->lock);
	if (left)
		return;
	close(c->fd[0]);
	close(c->fd[1]);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void way_put(struct way *w)
{
	pthread_mutex_lock(&w->lock);
	int left = --w->users;
	pthread_mutex_unlock(&w->lock);
	if (left)
		return;
	while (w->first) {
		struct piece *p = w->first;
		w->first = p->next;
		free(p);
	}
	conn_put(w->conn);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	free(w);
}

static void *take(void *arg)
{
	struct way *w = arg;
	for (;;) {
		struct piece *p = malloc(sizeof(*p) + CHUNK);
		ssize_t n = p ? read(w->from, p->bytes, CHUNK) : -1;
		pthread_mutex_lock(&w->lock);
		while (n > 0 && w->held >= WINDOW && !w->broken)
			pthread_cond_wait(&w->changed, &w->lock);
		if (n <= 0 || w->broken) {
			w->ended = 1;
			pthread_cond_broadcast(&w->changed);
			pthread_mutex_unlock(&w->lock);
			free(p);
			break;
		}
		p->next = NULL;
		p->size = (size_t)n;
		p->due_ns = now_ns() + w->delay_ns;
		*w->last = p;
		w->last = &p->next;
		w->held += p->size;
		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->lock);
	}
	way_put(w);
	return NULL;
}

static int send_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
		if (w <= 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static void *deliver(void *arg)
{
	struct way *w = arg;
	for (;;) {
		pthread_mutex_lock(&w->lock);
		while (!w->first && !w->ended)
			pthread_cond_wait(&w->changed, &w->lock);
		struct piece *p = w->first;
		if (p) {
			w->first = p->next;
			if (!w->first)
				w->last = &w->first;
		}
		pthread_mutex_unlock(&w->lock);
		if (!p)
			break;
		struct timespec due = { (time_t)(p->due_ns / 1000000000u), (long)(p->due_ns % 1000000000u) };
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
			;
		int bad = send_all(w->to, p->bytes, p->size);
		pthread_mutex_lock(&w->lock);
		w->held -= p->size;
		w->broken |= bad;
		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->lock);
		free(p);
		if (bad)
			break;
	}
	shutdown(w->to, SHUT_WR);
	if (w->broken)
		shutdown(w->from, SHUT_RD);
	way_put(w);
	return NULL;
}

static void must(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "delay-proxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void start(pthread_attr_t *small, void *(*f)(void *), void *arg)
{
	pthread_t t;
	errno = pthread_create(&t, small, f, arg);
	must(errno != 0, "thread");
}

static void way_start(pthread_attr_t *small, struct conn *c, int from, int to, uint64_t delay_ns)
{
	struct way *w = calloc(1, sizeof(*w));
	must(!w, "memory");
	*w = (struct way){ .conn = c, .from = from, .to = to, .delay_ns = delay_ns, .users = 2 };
	w->last = &w->first;
	must(pthread_mutex_init(&w->lock, NULL) || pthread_cond_init(&w->changed, NULL), "lock");
	start(small, take, w);
	start(small, deliver, w);
}

static struct sockaddr_in local(const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_port = htons((uint16_t)atoi(port)),
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return a;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: delay-proxy LISTEN-PORT TARGET-PORT RTT-MS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	uint64_t half_ns = (uint64_t)(atof(argv[3]) * 1e6 / 2);
	struct sockaddr_in here = local(argv[1]), there = local(argv[2]);
	int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "socket");
	must(bind(s, (struct sockaddr *)&here, sizeof(here)) || listen(s, 128), "listen");
	pthread_attr_t small;
	must(pthread_attr_init(&small) || pthread_attr_setstacksize(&small, 64 << 10) ||
	             pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED),
	     "threads");
	for (;;) {
		int a = accept4(s, NULL, NULL, SOCK_CLOEXEC), b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (a < 0 || b < 0 || connect(b, (struct sockaddr *)&there, sizeof(there))) {
			if (a >= 0)
				close(a);
			if (b >= 0)
				close(b);
			continue;
		}
		(void)setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		(void)setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		struct conn *c = calloc(1, sizeof(*c));
		must(!c || pthread_mutex_init(&c->lock, NULL), "memory");
		c->fd[0] = a;
		c->fd[1] = b;
		c->left = 2;
		way_start(&small, c, a, b, half_ns);
		way_start(&small, c, b, a, half_ns);
	}
}
