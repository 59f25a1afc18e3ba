/* See breaker.h. What was granted before the breaker opened may still come back: a success closes it in any state
 * (they are there), a failure changes nothing while it is open. */
#include "connect/breaker.h"

#include "base/limits.h"

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = { "closed", "open", "half-open" };
    return names[state];
}

struct breaker breaker_init(const struct breaker_settings *settings)
{
    struct breaker_settings s = *settings;
    s.failures = s.failures ? s.failures : LIMIT_BREAKER_FAILURES;
    s.open_ms = s.open_ms ? s.open_ms : LIMIT_BREAKER_OPEN_MS;
    s.most_ms = s.most_ms ? s.most_ms : LIMIT_BREAKER_MOST_MS;
    return (struct breaker){ .settings = s };
}

uint32_t breaker_admit(struct breaker *breaker, int64_t now, uint32_t wanted)
{
    if (breaker->state == BREAKER_CLOSED) {
        return wanted;
    }
    if (breaker->state == BREAKER_OPEN && now >= breaker->until) {
        breaker->state = BREAKER_HALF_OPEN;
        breaker->probing = false;
    }
    if (breaker->state == BREAKER_OPEN || breaker->probing || !wanted) {
        return 0;
    }
    breaker->probing = true;
    return 1;
}

void breaker_unused(struct breaker *breaker)
{
    breaker->probing = false;
}

void breaker_succeeded(struct breaker *breaker)
{
    breaker->state = BREAKER_CLOSED;
    breaker->failures = 0;
    breaker->wait_ms = 0;
    breaker->probing = false;
}

static void open_for(struct breaker *breaker, int64_t now, int64_t wait_ms)
{
    int64_t most = breaker->settings.most_ms;
    breaker->state = BREAKER_OPEN;
    breaker->wait_ms = wait_ms < most ? wait_ms : most;
    breaker->until = now + breaker->wait_ms;
    breaker->probing = false;
    breaker->failures = 0;
    breaker->opened++;
}

void breaker_failed(struct breaker *breaker, int64_t now)
{
    if (breaker->state == BREAKER_HALF_OPEN) {
        open_for(breaker, now, breaker->wait_ms * 2);
    } else if (breaker->state == BREAKER_CLOSED && ++breaker->failures >= breaker->settings.failures) {
        open_for(breaker, now, breaker->settings.open_ms);
    }
}
