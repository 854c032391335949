/* SPDX-License-Identifier: MIT
 * At most PEERS_MAX connections at a time, so a client that sends nothing (or never reads) costs one place for a few
 * seconds and nothing else.
 */
#include "cli/control/server.h"

#include "cli/control/line.h"
#include "crypto/secret.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#define PEERS_MAX 32
#define IDLE_S 10

struct control_peer {
	struct control *owner;
	pthread_t thread;
	int fd;
	bool used;     /* the accepting thread's only */
	bool finished; /* control.lock: its thread is about to end */
};
struct control {
	struct control_config cfg;
	int listener, wake; /* wake: an eventfd that ends the accepting thread */
	int dir_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	struct control_peer peers[PEERS_MAX];
};

bool control_send(struct control_peer *peer, json_t *value)
{
	bool good = value && line_send(peer->fd, value);
	json_decref(value);
	return good;
}

/* answer_to: the answer to what was read, or to that nothing could be. */
static json_t *answer_to(struct control_peer *p, err_t read_result, struct span line)
{
	struct control_request r;
	struct why why = { 0 };
	err_t e = read_result == ERR_LIMIT ? why_set(&why, ERR_INVAL, "bad request: too long") : read_result;
	if (!e)
		e = control_parse(line, &r, &why);
	log_operation();
	log_debug(AREA_CLI, "request: %s", e ? why.text : control_request_name(r.kind));
	if (e)
		return control_answer_error(e, &why);
	json_t *answer = p->owner->cfg.handle(p->owner->cfg.ctx, &r, p);
	crypto_wipe(&r, sizeof(r)); /* a key that members know may have been in it */
	return answer;
}

static void *serve(void *arg)
{
	process_name_thread("control");
	struct control_peer *p = arg;
	struct line_reader reader = { .fd = p->fd, .max = CONTROL_REQUEST_MAX };
	cleanup(buf_wipe_free) struct buf line = BUF_INIT;
	err_t e = line_next(&reader, &line);
	if (e != ERR_CANCELED)
		control_send(p, answer_to(p, e, buf_span(&line)));
	buf_wipe_free(&reader.pending);
	guard(&p->owner->lock);
	shutdown(p->fd, SHUT_RDWR);
	p->finished = true;
	return NULL;
}

/* end_requests: no request comes any more on a running connection; answers still go out. */
static void end_requests(struct control *c)
{
	guard(&c->lock);
	for (int i = 0; i < PEERS_MAX; i++)
		if (c->peers[i].used && !c->peers[i].finished)
			shutdown(c->peers[i].fd, SHUT_RD);
}

static bool finished(struct control *c, const struct control_peer *p)
{
	guard(&c->lock);
	return p->finished;
}

static void join_peer(struct control_peer *p)
{
	pthread_join(p->thread, NULL);
	close(p->fd);
	*p = (struct control_peer){ .fd = -1 };
}

/* join_finished: threads that are through give their places back. */
static void join_finished(struct control *c)
{
	for (int i = 0; i < PEERS_MAX; i++)
		if (c->peers[i].used && finished(c, &c->peers[i]))
			join_peer(&c->peers[i]);
}

static void join_all(struct control *c)
{
	end_requests(c);
	for (int i = 0; i < PEERS_MAX; i++)
		if (c->peers[i].used)
			join_peer(&c->peers[i]);
}

static bool peer_allowed(int fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n))
		return false;
	if (cred.uid == geteuid() || cred.uid == 0)
		return true;
	log_warn(AREA_CLI, "connection of uid %u refused", (unsigned)cred.uid);
	return false;
}

static struct control_peer *free_place(struct control *c)
{
	join_finished(c);
	for (int i = 0; i < PEERS_MAX; i++)
		if (!c->peers[i].used)
			return &c->peers[i];
	return NULL;
}

static bool limit_idling(int fd)
{
	struct timeval idle = { .tv_sec = IDLE_S };
	return !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle)) &&
	       !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof(idle));
}

/* admit: gives the connection a thread, or closes it. */
static void admit(struct control *c, int fd)
{
	struct control_peer *p = free_place(c);
	if (!p || !peer_allowed(fd) || !limit_idling(fd)) {
		close(fd);
		return;
	}
	*p = (struct control_peer){ .owner = c, .fd = fd, .used = true };
	if (pthread_create(&p->thread, NULL, serve, p)) {
		log_error(AREA_CLI, "no thread for a connection");
		close(fd);
		*p = (struct control_peer){ .fd = -1 };
	}
}

static void *accept_all(void *arg)
{
	process_name_thread("control-accept");
	struct control *c = arg;
	for (;;) {
		struct pollfd p[2] = { { .fd = c->listener, .events = POLLIN }, { .fd = c->wake, .events = POLLIN } };
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (p[1].revents)
			return NULL;
		int fd = p[0].revents ? accept4(c->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0)
			admit(c, fd);
	}
}

static err_t listen_at(int dir_fd, int *ret, struct why *why)
{
	struct sockaddr_un a;
	line_address(dir_fd, &a);
	if (unlinkat(dir_fd, "control", 0) && errno != ENOENT)
		return why_set(why, ERR_IO, "cannot make the control socket in the state directory: %s",
		               strerror(errno));
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(a.sun_path, 0600) || listen(fd, PEERS_MAX))
		return why_set(why, ERR_IO, "cannot make the control socket in the state directory: %s",
		               strerror(errno));
	*ret = steal_fd(fd);
	return ERR_OK;
}

static void free_control(struct control *c)
{
	if (c->listener >= 0)
		close(c->listener);
	if (c->wake >= 0)
		close(c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

err_t control_start(const struct control_config *cfg, struct control **ret, struct why *why)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->cfg = *cfg;
	c->dir_fd = cfg->dir_fd;
	pthread_mutex_init(&c->lock, NULL);
	c->wake = eventfd(0, EFD_CLOEXEC);
	c->listener = -1;
	err_t e = c->wake < 0 ? ERR_IO : listen_at(cfg->dir_fd, &c->listener, why);
	if (!e && pthread_create(&c->thread, NULL, accept_all, c))
		e = why_set(why, ERR_NOMEM, "no thread for the control socket: too many are running");
	if (e) {
		free_control(c);
		return e;
	}
	*ret = c;
	return ERR_OK;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	if (eventfd_write(c->wake, 1))
		log_error(AREA_CLI, "cannot stop the control thread");
	pthread_join(c->thread, NULL);
	join_all(c);
	if (unlinkat(c->dir_fd, "control", 0))
		log_warn(AREA_CLI, "cannot remove the control socket");
	free_control(c);
}
