/* Numbers of the service, counted by the loops and written in Prometheus' text format. */
#include "web/inside.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

static const int64_t bounds_us[LATENCY_BUCKETS] = {
    250, 500, 1000, 2500, 5000, 10000, 50000, 250000, 1000000, 5000000
};

static void grow(_Atomic uint64_t *number, uint64_t by)
{
    /* One writer: no locked instruction is needed. */
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + by, memory_order_relaxed);
}

void metrics_count(struct loop *loop, size_t route, int status, int64_t us)
{
    struct route_numbers *numbers = &loop->numbers[route];
    int class = status / 100;
    grow(&numbers->by_class[class >= 1 && class <= 5 ? class : 0], 1);
    size_t bucket = 0;
    while (bucket < LATENCY_BUCKETS && us > bounds_us[bucket]) {
        bucket++;
    }
    grow(&numbers->latency[bucket], 1);
    grow(&numbers->latency_us, us > 0 ? (uint64_t)us : 0);
}

static uint64_t get(const _Atomic uint64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static const char *route_name(const struct web_server *server, size_t i, const char **method)
{
    *method = i < server->route_count ? server->routes[i]->method : "-";
    return i < server->route_count ? server->routes[i]->path : "(none)";
}

static void write_classes(const struct web_server *server, struct buf *out)
{
    buf_add_cstr(out, "# HELP jiaoti_requests_total Requests by route and class of status.\n"
                      "# TYPE jiaoti_requests_total counter\n");
    for (size_t i = 0; i <= server->route_count; i++) {
        const char *method;
        const char *path = route_name(server, i, &method);
        for (size_t class = 0; class < 6; class ++) {
            uint64_t sum = 0;
            for (int l = 0; l < server->loop_count; l++) {
                sum += get(&server->loops[l].numbers[i].by_class[class]);
            }
            if (sum) {
                buf_printf(out, "jiaoti_requests_total{method=\"%s\",route=\"%s\",status=\"%zuxx\"} %llu\n", method,
                           path, class, (unsigned long long)sum);
            }
        }
    }
}

static void write_latency(const struct web_server *server, struct buf *out)
{
    buf_add_cstr(out, "# HELP jiaoti_request_seconds Time from the head of a request to its reply.\n"
                      "# TYPE jiaoti_request_seconds histogram\n");
    for (size_t i = 0; i <= server->route_count; i++) {
        uint64_t buckets[LATENCY_BUCKETS + 1] = { 0 }, sum_us = 0, count = 0;
        for (int l = 0; l < server->loop_count; l++) {
            const struct route_numbers *numbers = &server->loops[l].numbers[i];
            for (size_t b = 0; b <= LATENCY_BUCKETS; b++) {
                buckets[b] += get(&numbers->latency[b]);
                count += get(&numbers->latency[b]);
            }
            sum_us += get(&numbers->latency_us);
        }
        if (!count) {
            continue;
        }
        const char *method;
        const char *path = route_name(server, i, &method);
        uint64_t below = 0;
        for (size_t b = 0; b < LATENCY_BUCKETS; b++) {
            below += buckets[b];
            buf_printf(out, "jiaoti_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%g\"} %llu\n", method, path,
                       (double)bounds_us[b] / 1e6, (unsigned long long)below);
        }
        buf_printf(out,
                   "jiaoti_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %llu\n"
                   "jiaoti_request_seconds_sum{method=\"%s\",route=\"%s\"} %g\n"
                   "jiaoti_request_seconds_count{method=\"%s\",route=\"%s\"} %llu\n",
                   method, path, (unsigned long long)count, method, path, (double)sum_us / 1e6, method, path,
                   (unsigned long long)count);
    }
}

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    int64_t values[2] = { 0 };
    if (file) {
        char line[128];
        struct str text = fgets(line, sizeof line, file) ? str_of(line) : (struct str){ 0 };
        struct str part;
        for (int i = 0; i < 2 && str_split(&text, ' ', &part); i++) {
            (void)str_to_int(part, 0, INT64_MAX, &values[i]);
        }
        (void)fclose(file);
    }
    return values[1] * sysconf(_SC_PAGESIZE);
}

static void write_one(struct buf *out, const char *name, const char *kind, int64_t value)
{
    buf_printf(out, "# TYPE jiaoti_%s %s\njiaoti_%s %lld\n", name, kind, name, (long long)value);
}

void metrics_write(struct web_server *server, struct buf *out)
{
    write_classes(server, out);
    write_latency(server, out);
    buf_add_cstr(out, "# TYPE jiaoti_connections gauge\n# TYPE jiaoti_requests_running gauge\n");
    for (int l = 0; l < server->loop_count; l++) {
        buf_printf(out, "jiaoti_connections{loop=\"%d\"} %lld\njiaoti_requests_running{loop=\"%d\"} %lld\n", l,
                   (long long)atomic_load(&server->loops[l].connection_count), l,
                   (long long)atomic_load(&server->loops[l].request_count));
    }
    buf_printf(out,
               "# TYPE jiaoti_rate_refused_total counter\njiaoti_rate_refused_total{by=\"address\"} %llu\n"
               "jiaoti_rate_refused_total{by=\"account\"} %llu\njiaoti_rate_refused_total{by=\"sign_in\"} %llu\n",
               (unsigned long long)get(&server->refused_address), (unsigned long long)get(&server->refused_account),
               (unsigned long long)get(&server->refused_sign_in));
    write_one(out, "size_refused_total", "counter", (int64_t)get(&server->refused_size));
    write_one(out, "timeouts_total", "counter", (int64_t)get(&server->timeouts));
    write_one(out, "accepted_total", "counter", (int64_t)get(&server->accepted));
    write_one(out, "workers_waiting", "gauge", workers_waiting(server->workers));
    write_one(out, "uptime_seconds", "gauge", (clock_monotonic_us() - server->started_us) / 1000000);
    write_one(out, "resident_bytes", "gauge", resident_bytes());
    metrics_write_store(server, out);
    if (server->hooks.metrics) {
        server->hooks.metrics(server->hooks.context, out);
    }
}
