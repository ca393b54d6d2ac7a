/* Echo server on one epoll loop: prints its port, ends when its standard input does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

static char buffer[4096];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int poller, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) {
        die("epoll_ctl");
    }
}

static int listen_anywhere(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *) &address, length) < 0 || listen(listener, 4096) < 0
            || getsockname(listener, (struct sockaddr *) &address, &length) < 0) {
        die("listen");
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void accept_one(int poller, int listener) {
    int on = 1;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
        die("accept");
    }
    watch(poller, fd);
}

/* A message of the load is small: what the system does not take at once is an error here. */
static void echo(int fd) {
    ssize_t count = recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0 || send(fd, buffer, count, MSG_NOSIGNAL) != count) {
        close(fd);
    }
}

int main(void) {
    int poller = epoll_create1(0);
    int listener = listen_anywhere();
    struct epoll_event events[EVENTS];
    watch(poller, listener);
    watch(poller, STDIN_FILENO);
    while (1) {
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                return 0;
            } else if (fd == listener) {
                accept_one(poller, listener);
            } else {
                echo(fd);
            }
        }
    }
}
