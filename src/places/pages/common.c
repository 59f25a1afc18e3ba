/* See common.h. */
#include "places/pages/common.h"

#include "places/paper.h"
#include "places/readings.h"
#include "places/round.h"
#include "registry/facts.h"

/* ---- Scope ---- */

static enum scope_result subject_of(struct request *request, int64_t application, struct subject *subject)
{
    struct db *db = request_db(request);
    const struct session *session = request_session(request);
    struct application_subject found_subject;
    bool found = false, guardian = false;
    struct error error;
    if (!db ||
        !application_subject_for(db, request_arena(request), application, session ? session->account : 0,
                                 &found_subject, &guardian, &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = found_subject.division;
    subject->institution = found_subject.school;
    subject->account = found_subject.account;
    if (session && (session->roles & ROLE_FAMILY)) {
        subject->account = guardian ? session->account : -1;
    } else if (found_subject.draft) {
        return SCOPE_NOT_FOUND; /* what is not sent is the family's alone */
    }
    return SCOPE_OK;
}

enum scope_result scope_of_application(struct request *request, struct subject *subject)
{
    return subject_of(request, request_param_int(request, "application"), subject);
}

enum scope_result scope_of_paper(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct paper paper;
    bool found = false;
    struct error error;
    if (!db || !paper_get(db, request_arena(request), request_param_int(request, "paper"), &paper, &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    return subject_of(request, paper.application, subject);
}

enum scope_result scope_of_round(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    bool found = false;
    struct error error;
    if (!db || !db_one_text(db, &error, request_arena(request), &subject->division, &found,
                            "select division from round where id = ?1", V_INT(request_param_int(request, "round")))) {
        return SCOPE_NOT_FOUND;
    }
    return found ? SCOPE_OK : SCOPE_NOT_FOUND;
}

/* ---- Loading ---- */

struct round *round_of_url(struct request *request, struct str *words)
{
    struct db *db = request_db(request);
    if (!db) {
        return NULL;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct round *round = ARENA_NEW(arena, struct round);
    enum lang lang = request_lang(request);
    bool found;
    struct error error;
    if (!round_get(db, arena, app->city, request_param_int(request, "round"), round, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found) {
        reply_not_found(request);
        return NULL;
    }
    *words = round_words(arena, lang, app->city, round->division, round->stage, round->year);
    if (round->parent) {
        *words = arena_printf(arena, "%.*s · %s", STR_ARG(*words), lang == LANG_EN ? "late round" : "补录");
    }
    return round;
}

/* ---- Commands ---- */

struct actor request_actor(const struct request *request, unsigned among)
{
    const struct session *session = request_session(request);
    return session ? (struct actor){ session->account, accounts_role_name(session->roles, among) }
                   : (struct actor){ 0, "" };
}

struct apply apply_head(struct request *request, int64_t application, int64_t version)
{
    return (struct apply){
        .places = request_app(request)->places,
        .actor = request_actor(request, ROLE_FAMILY),
        .form_key = request_form_key(request),
        .application = application,
        .version = version,
    };
}

struct running {
    void *input;
    command_done *done;
};

static void ran(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct running *running = context;
    if (ok) {
        running->done(request, running->input);
    } else {
        reply_failed(request, error);
    }
}

void run_command(struct request *request, const char *name, request_run *run, void *input, command_done *done)
{
    struct running *running = ARENA_NEW(request_arena(request), struct running);
    *running = (struct running){ input, done };
    request_command(request, name, run, input, ran, running);
}

void reply_ending(struct request *request, struct ending ending)
{
    if (!ending.done) {
        form_error(request, ending.field, ending.why);
        ending.again(request);
        return;
    }
    if (ending.notice) {
        reply_notice(request, ending.notice);
    }
    reply_redirect(request, ending.next);
}

/* ---- Reading ---- */

/* An application by its number, a child by the number's opposite. */
static uint64_t fingerprint(const struct session *session, int64_t whose)
{
    uint64_t mixed;
    memcpy(&mixed, session->hash, sizeof mixed);
    mixed ^= (uint64_t)whose * UINT64_C(0x9E3779B97F4A7C15);
    mixed ^= mixed >> 32;
    mixed *= UINT64_C(0xD6E8FEB86659FD93);
    return mixed | 1;
}

struct reading_state {
    struct file_read read;
    void (*show)(struct request *);
    uint64_t mark;
};

static void was_read(struct request *request, bool ok, const struct error *error, void *context)
{
    struct reading_state *state = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (state->mark) {
        readings_add(request_app(request)->readings, state->mark);
    }
    state->show(request);
}

static void read_file(struct request *request, int64_t application, int64_t child, const char *why,
                      void (*show)(struct request *))
{
    const struct session *session = request_session(request);
    bool family = session && (session->roles & ROLE_FAMILY);
    uint64_t mark = family ? fingerprint(session, application ? application : -child) : 0;
    if (mark && readings_has(request_app(request)->readings, mark)) {
        show(request);
        return;
    }
    struct reading_state *state = ARENA_NEW(request_arena(request), struct reading_state);
    *state = (struct reading_state){
        .read = { .actor = request_actor(request, family ? ROLE_FAMILY : ROLE_STAFF),
                  .application = application,
                  .why = str_of(why),
                  .child = child },
        .show = show,
        .mark = mark,
    };
    if (family) {
        state->read.session =
            arena_str(request_arena(request), (struct str){ (const char *)session->hash, SESSION_HASH_BYTES });
    }
    request_command(request, "file.read", file_read_run, &state->read, was_read, state);
}

void reading(struct request *request, int64_t application, const char *why, void (*show)(struct request *))
{
    read_file(request, application, 0, why, show);
}

void reading_child(struct request *request, int64_t child, const char *why, void (*show)(struct request *))
{
    read_file(request, 0, child, why, show);
}

/* ---- Words ---- */

struct str category_words(struct arena *arena, enum lang lang, const struct policy *policy, bool public_school,
                          int64_t category, int64_t subrank)
{
    if (category < 0) {
        return str_of(lang == LANG_EN ? "not yet judged" : "尚未判定");
    }
    if (!public_school) {
        if ((size_t)category >= policy->nprivate_classes) {
            return str_of(lang == LANG_EN ? "by draw" : "摇号");
        }
        return name_in(policy->private_classes[category].name, lang);
    }
    if ((size_t)category >= policy->ncategories) {
        return str_of("?");
    }
    const struct category *c = &policy->categories[category];
    struct str name = name_in(c->name, lang);
    if (subrank < 0 || (size_t)subrank >= c->nsubranks) {
        return name;
    }
    struct str sub = name_in(c->subranks[subrank].name, lang);
    return arena_printf(arena, "%.*s · %.*s", STR_ARG(name), STR_ARG(sub));
}

struct str to_late_words(struct arena *arena, enum lang lang, int64_t to_late)
{
    return to_late == 0
               ? (struct str){ NULL, 0 }
               : arena_printf(arena,
                              lang == LANG_EN ? ", %lld of them moved to the late round" : "，其中%lld个转入补录",
                              (long long)to_late);
}

struct text stage_words(enum stage stage)
{
    return stage == STAGE_PRIMARY ? T("小学一年级", "primary one") : T("初中一年级", "junior one");
}

struct name division_words(const struct city *city, struct str code)
{
    const struct division *division = city_division(city, code);
    return division ? division->name : (struct name){ code, code };
}

struct str round_words(struct arena *arena, enum lang lang, const struct city *city, struct str division,
                       enum stage stage, int64_t year)
{
    struct str place = name_in(division_words(city, division), lang);
    return lang == LANG_EN
               ? arena_printf(arena, "%.*s · %s · %lld", STR_ARG(place), stage_words(stage).en, (long long)year)
               : arena_printf(arena, "%.*s · %s · %lld年", STR_ARG(place), stage_words(stage).zh, (long long)year);
}

struct str last_cutoff_words(struct arena *arena, enum lang lang, const struct policy *policy, struct str cutoff)
{
    struct str part;
    int64_t number[3] = { 0, 0, 0 };
    size_t n = 0;
    while (n < 3 && str_split(&cutoff, ' ', &part)) {
        if (!str_to_int(part, 0, 10000000, &number[n])) {
            return (struct str){ NULL, 0 };
        }
        n++;
    }
    if (n == 0) {
        return str_of(lang == LANG_EN ? "last year everyone who asked was admitted" : "去年报名者全部录取");
    }
    struct str words = category_words(arena, lang, policy, true, number[0], number[1]);
    if (n < 3 || number[2] == 0) {
        return arena_printf(arena, lang == LANG_EN ? "last admitted last year: %.*s" : "去年最后录取：%.*s",
                            STR_ARG(words));
    }
    return arena_printf(arena, lang == LANG_EN ? "last admitted last year: %.*s, %.*s" : "去年最后录取：%.*s，%.*s",
                        STR_ARG(words), STR_ARG(distance_words(arena, lang, number[2])));
}

enum scope_result scope_of_own_child(struct request *request, int64_t child, struct subject *subject)
{
    struct db *db = request_db(request);
    const struct session *session = request_session(request);
    struct error error;
    bool theirs = false;
    if (!db || !session || !child_has_guardian(db, session->account, child, &theirs, &error) || !theirs) {
        return SCOPE_NOT_FOUND;
    }
    subject->account = session->account;
    return SCOPE_OK;
}

bool named_person(struct request *request, const char *kind, int64_t id, struct str *name, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct vault *vault = request_app(request)->vault;
    struct child child = { 0 };
    struct account account = { 0 };
    bool found, good;
    if (strcmp(kind, "child") == 0) {
        good = child_get(db, arena, vault, id, &child, &found, error);
        *name = child.name;
    } else if (strcmp(kind, "person") == 0) {
        good = facts_person_name(db, arena, vault, id, name, error);
    } else {
        good = account_get(db, arena, vault, id, &account, &found, error);
        *name = account.name;
    }
    *name = good && name->n ? *name : STR("—");
    return good;
}
