/* A round in public: its calendar and steps, plans and their changes, witnesses, roots, cut-offs, the transcript; and a
 * result by receipt, without a name. */
#include "places/public/round.h"

#include "base/buf.h"
#include "places/receipt.h"
#include "places/status.h"

#include "check.page.h"
#include "cutoffs.page.h"
#include "public_round.page.h"
#include "witness_hand_in.page.h"

/* A draft is nobody's business yet. */
static struct round *load(struct request *request, struct str *words, const struct policy **policy)
{
    struct round *round = round_of_url(request, words);
    struct error error;
    if (!round) {
        return NULL;
    }
    if (round->state == ROUND_DRAFT) {
        reply_not_found(request);
        return NULL;
    }
    if (!places_policy(request_app(request)->places, request_db(request), round->policy, policy, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return round;
}

static void show_round(struct request *request)
{
    struct public_round_view view = { 0 };
    view.round = load(request, &view.words, &view.policy);
    if (!view.round) {
        return;
    }
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct error error;
    int64_t id = view.round->id;
    if (!round_steps(db, arena, id, &view.steps, &view.nsteps, &error) ||
        !witness_list(db, arena, request_app(request)->places, id, &view.witnesses, &view.nwitnesses, &error) ||
        !offer_list(db, arena, id, &view.offers, &view.noffers, &error) ||
        !offer_changes(db, arena, id, true, &view.changes, &view.nchanges, &error) ||
        !allotment_summary(db, arena, id, &view.summary, &error) || !sample_numbers(db, id, &view.sample, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.transcript = view.round->state >= ROUND_PUBLISHED;
    reply_page(request, 200, public_round, &view);
}

static void show_cutoffs(struct request *request)
{
    struct cutoffs_view view = { 0 };
    view.round = load(request, &view.words, &view.policy);
    if (!view.round) {
        return;
    }
    struct error error;
    if (!cutoff_list(request_db(request), request_app(request)->places, request_arena(request), view.round->id, false,
                     &view.rows, &view.n, &error) ||
        !admitted_list(request_db(request), request_arena(request), view.round->id, false, &view.admitted,
                       &view.nadmitted, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < view.n; i++) {
        view.kinds = view.kinds || view.rows[i].nkinds > 0;
    }
    reply_page(request, 200, cutoffs, &view);
}

/* ---- The files: the list as it was closed, as it became final, the whole transcript ---- */

struct file_work {
    struct places *places;
    struct str label;
    const char *part;
    bool found;
    struct str text;
};

static bool file_make(struct arena *arena, void *context, struct error *error)
{
    struct file_work *work = context;
    return round_file_read(work->places, arena, work->label, work->part, &work->text, &work->found, error);
}

static void file_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct file_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!work->found) {
        reply_not_found(request);
    } else {
        reply_bytes(request, 200, "text/plain; charset=utf-8",
                    arena_printf(request_arena(request), "%.*s%s%s.txt", STR_ARG(work->label), work->part[0] ? "." : "",
                                 work->part),
                    work->text);
    }
}

static void send_file(struct request *request, const char *part, enum round_state from)
{
    struct str words;
    const struct policy *policy;
    struct round *round = load(request, &words, &policy);
    if (!round) {
        return;
    }
    if (round->state < from) {
        reply_not_found(request);
        return;
    }
    struct file_work *work = ARENA_NEW(request_arena(request), struct file_work);
    *work = (struct file_work){ .places = request_app(request)->places, .label = round->label, .part = part };
    request_work(request, file_make, work, file_made);
}

static void transcript(struct request *request)
{
    send_file(request, "", ROUND_PUBLISHED);
}

static void closed_list(struct request *request)
{
    send_file(request, "close", ROUND_CLOSED);
}

static void final_list(struct request *request)
{
    send_file(request, "final", ROUND_FINAL);
}

/* ---- A result by receipt ---- */

static void show_check(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct check_view view = { .typed = str_trim(str_part(request_query(request, "receipt"), 0, 40)) };
    struct str receipt;
    struct error error;
    int64_t id = 0;
    view.asked = view.typed.n > 0;
    view.malformed = view.asked && !receipt_read(arena, view.typed, &receipt);
    if (view.asked && !view.malformed) {
        struct db *db = request_db(request);
        struct status status;
        if (!db) {
            return;
        }
        view.why = ARENA_NEW(arena, struct explanation);
        if (!application_by_receipt(db, arena, view.typed, &id, &view.found, &error) ||
            (view.found && (!status_read(db, arena, NULL, id, &status, &view.found, &error) ||
                            !explain(db, app->places, arena, id, false, view.why, &view.published, &error)))) {
            reply_failed(request, &error);
            return;
        }
        if (view.found) {
            enum colour colour;
            view.round =
                round_words(arena, request_lang(request), app->city, status.round_division, status.stage, status.year);
            view.round_id = status.round;
            view.state = round_state_words(status.round_state, &colour);
            view.why->facts = NULL; /* what the departments said is the family's alone */
            view.why->nfacts = 0;
            view.why->review_reasons = (struct str){ NULL, 0 };
        }
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, check, &view);
}

/* ---- A witness without an account ---- */

extern const unsigned char witness_kit[];

static const struct field hand_in_fields[] = {
    { .name = "code",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 40,
      .label = T("一次性码", "Code"),
      .hint = T("县（市、区）当面或密封交给您的。", "The county gave it to you, in person or sealed."),
      .width = 20 },
    { .name = "hex",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 128,
      .label = T("承诺值（64位）或密数", "Commitment (64 digits) or secret"),
      .hint = T("见证人工具里显示的十六进制数字。", "The hexadecimal digits that the kit shows.") },
};
static const struct form hand_in_form = FORM(hand_in_fields);

static void show_hand_in(struct request *request)
{
    struct hand_in_view view = { 0 };
    const struct policy *policy;
    struct error error;
    view.round = load(request, &view.words, &policy);
    if (!view.round) {
        return;
    }
    if (!witness_list(request_db(request), request_arena(request), request_app(request)->places, view.round->id,
                      &view.witnesses, &view.nwitnesses, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.committing = view.round->state == ROUND_ANNOUNCED || view.round->state == ROUND_OPEN;
    view.opening = view.round->state == ROUND_FINAL;
    form_use(request, &hand_in_form);
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, witness_hand_in, &view);
}

static void handed_in(struct request *request, void *input)
{
    const struct witness_coded *coded = input;
    enum witness_result result = coded->step.result;
    reply_ending(request, (struct ending){ .done = result == WITNESS_DONE,
                                           .notice = "done",
                                           .next = arena_printf(request_arena(request), "/round/%lld/witness",
                                                                (long long)coded->step.round),
                                           .why = witness_result_text(result),
                                           .field = result == WITNESS_NO_CODE ? "code" : "hex",
                                           .again = show_hand_in });
}

static void hand_in(struct request *request, bool opening)
{
    if (!form_ok(request)) {
        show_hand_in(request);
        return;
    }
    struct witness_coded *coded = ARENA_NEW(request_arena(request), struct witness_coded);
    *coded = (struct witness_coded){ .code = form_value(request, "code"),
                                     .opening = opening,
                                     .step = { .actor = { 0, "witness" },
                                               .form_key = request_form_key(request),
                                               .round = request_param_int(request, "round"),
                                               .hex = form_value(request, "hex") } };
    run_command(request, "witness.coded", witness_coded_run, coded, handed_in);
}

static void hand_in_commitment(struct request *request)
{
    hand_in(request, false);
}

static void hand_in_secret(struct request *request)
{
    hand_in(request, true);
}

/* Copies the kit with what is this round's put in for "@LABEL@" and the like. */
static void write_kit(struct buf *out, struct str text, const struct str marks[], const struct str words[], size_t n)
{
    for (size_t i = 0; i < text.n;) {
        struct str rest = str_part(text, i, text.n);
        size_t k = 0;
        while (k < n && !str_starts(rest, marks[k])) {
            k++;
        }
        buf_add(out, k < n ? words[k] : str_part(rest, 0, 1));
        i += k < n ? marks[k].n : 1;
    }
}

/* A page for the witness's own disk: a download, so its script never runs here. */
static void kit(struct request *request)
{
    enum { MOST_KIT_BYTES = 256 * 1024 };
    struct arena *arena = request_arena(request);
    static const struct str marks[] = { STR("@LABEL@"), STR("@ROUND_ZH@"), STR("@ROUND_EN@"), STR("@WHERE@") };
    struct str unused;
    const struct policy *policy;
    struct round *round = load(request, &unused, &policy);
    if (!round) {
        return;
    }
    const struct city *city = request_app(request)->city;
    struct str words[] = { round->label, round_words(arena, LANG_ZH, city, round->division, round->stage, round->year),
                           round_words(arena, LANG_EN, city, round->division, round->stage, round->year),
                           arena_printf(arena, "/round/%lld/witness", (long long)round->id) };
    struct buf out = buf_init(MOST_KIT_BYTES);
    write_kit(&out, str_of((const char *)witness_kit), marks, words, sizeof marks / sizeof *marks);
    struct str page = arena_str(arena, buf_str(&out));
    buf_free(&out);
    reply_bytes(request, 200, "text/html; charset=utf-8",
                arena_printf(arena, "jiaoti-witness-%.*s.html", STR_ARG(round->label)), page);
}

#define PUBLIC(where, handle, what, zh, en)                                                                            \
    {                                                                                                                  \
        .method = "GET", .path = where, .roles = WEB_PUBLIC, .handler = handle, .answer = what, .summary = T(zh, en)   \
    }

const struct route public_round_routes[] = {
    PUBLIC("/round/#round", show_round, "page", "一次招生的公开信息", "A round in public"),
    PUBLIC("/round/#round/cutoffs", show_cutoffs, "page", "各校录取线", "Cut-offs"),
    PUBLIC("/round/#round/transcript.txt", transcript, "text", "派位全过程记录", "The transcript"),
    PUBLIC("/round/#round/close.txt", closed_list, "text", "截止时的名单", "The list at the close"),
    PUBLIC("/round/#round/final.txt", final_list, "text", "最后的名单", "The final list"),
    PUBLIC("/round/#round/witness", show_hand_in, "page", "见证人交承诺值和密数", "A witness hands in"),
    { .method = "POST",
      .path = "/round/#round/witness/commit",
      .roles = WEB_PUBLIC,
      .form = &hand_in_form,
      .handler = hand_in_commitment,
      .answer = "redirect",
      .summary = T("凭一次性码交承诺值", "Hand in a commitment by a code"),
      .flags = ROUTE_SIGN_IN },
    { .method = "POST",
      .path = "/round/#round/witness/open",
      .roles = WEB_PUBLIC,
      .form = &hand_in_form,
      .handler = hand_in_secret,
      .answer = "redirect",
      .summary = T("凭一次性码交密数", "Hand in a secret by a code"),
      .flags = ROUTE_SIGN_IN },
    PUBLIC("/round/#round/witness-kit.html", kit, "file", "见证人工具", "The witness's kit"),
    PUBLIC("/check", show_check, "page", "凭回执号查结果", "A result by its receipt"),
};
const size_t public_round_route_count = sizeof public_round_routes / sizeof *public_round_routes;
