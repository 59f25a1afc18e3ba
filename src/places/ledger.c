/* The ledger of places: entries, balances, the check before each commit, and the whole recount.
 *
 * The check reads sums that are kept (six rows an offer) and counts claims by an index; it costs two look-ups when a
 * transaction touched no place. What it finds touched are the rows of this very moment: every row that a
 * transaction writes carries the transaction's time (writing->now). Another transaction of the same millisecond is
 * looked at once more, which does no harm. */
#include "places/ledger.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const ids[BUCKET_COUNT] = { "plan", "free", "held", "taken", "demand", "waiting" };

const char *bucket_id(enum bucket bucket)
{
    return ids[bucket];
}

static int bucket_of(struct str id)
{
    int b = 0;
    while (b < BUCKET_COUNT && !str_is(id, ids[b])) {
        b++;
    }
    return b;
}

/* ---- Writing ---- */

static bool add_entry(struct writing *writing, const struct ledger_move *move, struct error *error)
{
    int64_t id;
    if (move->places <= 0 || move->source == move->target) {
        return error_set(error, "the ledger moves one place or more from one bucket to another");
    }
    return writing_id(writing, "select coalesce(max(id), 0) from ledger_entry", &id, error) &&
           db_run(writing->db, error,
                  "insert into ledger_entry (id, at, offer, source, target, places, reason, subject) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  V_INT(id), V_INT(writing->now), V_INT(move->offer), V_TEXT(str_of(ids[move->source])),
                  V_TEXT(str_of(ids[move->target])), V_INT(move->places), V_TEXT(str_of(move->reason)),
                  V_INT(move->subject));
}

static bool add_balances(struct writing *writing, int64_t offer, int64_t change[BUCKET_COUNT], struct error *error)
{
    for (int b = 0; b < BUCKET_COUNT; b++) {
        if (change[b] != 0 &&
            !db_run(
                writing->db, error,
                "insert into ledger_balance (offer, bucket, places) values (?1, ?2, ?3) on conflict (offer, bucket) "
                "do update set places = ledger_balance.places + excluded.places",
                V_INT(offer), V_TEXT(str_of(ids[b])), V_INT(change[b]))) {
            return false;
        }
        change[b] = 0;
    }
    return true;
}

bool ledger_moves(struct writing *writing, const struct ledger_move *moves, size_t n, struct error *error)
{
    int64_t change[BUCKET_COUNT] = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (!add_entry(writing, &moves[i], error)) {
            return false;
        }
        change[moves[i].source] -= moves[i].places;
        change[moves[i].target] += moves[i].places;
        bool last_of_offer = i + 1 == n || moves[i + 1].offer != moves[i].offer;
        if (last_of_offer && !add_balances(writing, moves[i].offer, change, error)) {
            return false;
        }
    }
    return true;
}

bool ledger_balances(struct db *db, int64_t offer, struct ledger_balances *out, struct error *error)
{
    struct rows *rows = db_query(db, error, "select bucket, places from ledger_balance where offer = ?1", V_INT(offer));
    *out = (struct ledger_balances){ 0 };
    while (rows_next(rows)) {
        int bucket = bucket_of(rows_text(rows, 0));
        if (bucket < BUCKET_COUNT) {
            out->places[bucket] = rows_int(rows, 1);
        }
    }
    return rows_end(rows, error);
}

/* ---- The rules ---- */

/* All that is known of one offer. */
struct account {
    int64_t offer;
    int64_t capacity;
    int64_t balance[BUCKET_COUNT];
    int64_t entries[BUCKET_COUNT]; /* recomputed; ledger_verify alone */
    int64_t claims[BUCKET_COUNT];  /* of held, taken, waiting */
};

static bool balances_wrong(const struct account *a, char *finding, size_t size)
{
    const int64_t *b = a->balance;
    if (b[BUCKET_PLAN] + b[BUCKET_FREE] + b[BUCKET_HELD] + b[BUCKET_TAKEN] != 0 ||
        b[BUCKET_DEMAND] + b[BUCKET_WAITING] != 0) {
        snprintf(finding, size, "offer %lld: the balances do not add up to nothing", (long long)a->offer);
        return true;
    }
    for (int i = 0; i < BUCKET_COUNT; i++) {
        bool is_source = i == BUCKET_PLAN || i == BUCKET_DEMAND;
        if (is_source ? b[i] > 0 : b[i] < 0) {
            snprintf(finding, size, "offer %lld: the balance of %s is %lld", (long long)a->offer, ids[i],
                     (long long)b[i]);
            return true;
        }
    }
    return false;
}

/* Returns true and says in finding what is wrong. */
static bool account_wrong(const struct account *a, char *finding, size_t size)
{
    static const enum bucket claimed[] = { BUCKET_HELD, BUCKET_TAKEN, BUCKET_WAITING };
    if (balances_wrong(a, finding, size)) {
        return true;
    }
    if (a->capacity != -a->balance[BUCKET_PLAN]) {
        snprintf(finding, size, "offer %lld: the capacity is %lld, the plan in the ledger %lld", (long long)a->offer,
                 (long long)a->capacity, (long long)-a->balance[BUCKET_PLAN]);
        return true;
    }
    for (size_t i = 0; i < sizeof claimed / sizeof *claimed; i++) {
        enum bucket b = claimed[i];
        if (a->claims[b] != a->balance[b]) {
            snprintf(finding, size, "offer %lld: %lld claims are %s, the ledger has %lld", (long long)a->offer,
                     (long long)a->claims[b], ids[b], (long long)a->balance[b]);
            return true;
        }
    }
    return false;
}

/* ---- The check before each commit ---- */

#define TOUCHED "select offer from ledger_entry where at = ?1 union select offer from claim where at = ?1"

static const char check_balances_sql[] =
    "select t.offer, coalesce(o.capacity + o.added, x.capacity, 0), b.bucket, b.places from (" TOUCHED ") t "
    "left join offer o on o.id = t.offer left join plain_offer x on x.id = t.offer "
    "left join ledger_balance b on b.offer = t.offer order by t.offer";
static const char check_claims_sql[] =
    "select c.offer, c.state, count(*) from claim c where c.offer in (" TOUCHED ") and c.state <> 'returned' "
    "group by c.offer, c.state order by c.offer";

/* One after the other through rows that stand by offer: fills what the rows say of `offer`, and stays at the first row
 * of a later one. */
struct walk {
    struct rows *rows;
    bool at_row;
};

static void walk_next(struct walk *walk)
{
    walk->at_row = rows_next(walk->rows);
}

static void take_claims(struct walk *walk, struct account *account)
{
    while (walk->at_row && rows_int(walk->rows, 0) <= account->offer) {
        int bucket = bucket_of(rows_text(walk->rows, 1));
        if (bucket < BUCKET_COUNT && rows_int(walk->rows, 0) == account->offer) {
            account->claims[bucket] = rows_int(walk->rows, 2);
        }
        walk_next(walk);
    }
}

bool ledger_check(struct writing *writing, void *context, struct error *error)
{
    (void)context;
    char finding[160];
    bool wrong = false;
    struct walk balances = { .rows = db_query(writing->db, error, check_balances_sql, V_INT(writing->now)) };
    struct walk claims = { .rows = balances.rows ? db_query(writing->db, error, check_claims_sql, V_INT(writing->now))
                                                 : NULL };
    if (claims.rows) {
        walk_next(&balances);
        walk_next(&claims);
    }
    while (balances.at_row && !wrong) {
        struct account account = { .offer = rows_int(balances.rows, 0), .capacity = rows_int(balances.rows, 1) };
        while (balances.at_row && rows_int(balances.rows, 0) == account.offer) {
            int bucket = bucket_of(rows_text(balances.rows, 2));
            if (bucket < BUCKET_COUNT) {
                account.balance[bucket] = rows_int(balances.rows, 3);
            }
            walk_next(&balances);
        }
        take_claims(&claims, &account);
        wrong = account_wrong(&account, finding, sizeof finding);
    }
    bool read = claims.rows != NULL;
    read = (!claims.rows || rows_end(claims.rows, error)) && read;
    read = (!balances.rows || rows_end(balances.rows, error)) && read;
    return read && (!wrong || error_set(error, "the ledger of places does not balance: %s", finding));
}

/* ---- The whole recount ---- */

enum { WALK_OFFERS, WALK_ENTRIES, WALK_BALANCES, WALK_CLAIMS, WALKS };

static const char *const verify_sql[WALKS] = {
    "select id, capacity + added from offer union all select id, capacity from plain_offer order by 1",
    "select offer, bucket, cast(sum(places) as bigint) from (select offer, source as bucket, -places as places from "
    "ledger_entry union all select offer, target as bucket, places from ledger_entry) e group by offer, bucket "
    "order by offer",
    "select offer, bucket, places from ledger_balance order by offer",
    "select offer, state, count(*) from claim where state <> 'returned' group by offer, state order by offer",
};

static int64_t first_offer(const struct walk *walks)
{
    int64_t offer = INT64_MAX;
    for (int i = 0; i < WALKS; i++) {
        if (walks[i].at_row && rows_int(walks[i].rows, 0) < offer) {
            offer = rows_int(walks[i].rows, 0);
        }
    }
    return offer;
}

static void take_buckets(struct walk *walk, int64_t offer, int64_t out[BUCKET_COUNT])
{
    while (walk->at_row && rows_int(walk->rows, 0) == offer) {
        int bucket = bucket_of(rows_text(walk->rows, 1));
        if (bucket < BUCKET_COUNT) {
            out[bucket] = rows_int(walk->rows, 2);
        }
        walk_next(walk);
    }
}

static bool recount_wrong(const struct account *account, char *finding, size_t size)
{
    for (int b = 0; b < BUCKET_COUNT; b++) {
        if (account->entries[b] != account->balance[b]) {
            snprintf(finding, size, "offer %lld: the entries make %lld of %s, the balance says %lld",
                     (long long)account->offer, (long long)account->entries[b], ids[b], (long long)account->balance[b]);
            return true;
        }
    }
    return account_wrong(account, finding, size);
}

static void recount(struct walk *walks, struct ledger_report *report)
{
    for (int64_t offer; (offer = first_offer(walks)) != INT64_MAX;) {
        struct account account = { .offer = offer };
        char finding[160];
        if (walks[WALK_OFFERS].at_row && rows_int(walks[WALK_OFFERS].rows, 0) == offer) {
            account.capacity = rows_int(walks[WALK_OFFERS].rows, 1);
            walk_next(&walks[WALK_OFFERS]);
        }
        take_buckets(&walks[WALK_ENTRIES], offer, account.entries);
        take_buckets(&walks[WALK_BALANCES], offer, account.balance);
        take_buckets(&walks[WALK_CLAIMS], offer, account.claims);
        report->offers++;
        report->capacity += account.capacity;
        report->free += account.entries[BUCKET_FREE];
        report->held += account.entries[BUCKET_HELD];
        report->taken += account.entries[BUCKET_TAKEN];
        report->waiting += account.entries[BUCKET_WAITING];
        if (recount_wrong(&account, finding, sizeof finding) && report->findings++ == 0) {
            snprintf(report->finding, sizeof report->finding, "%s", finding);
        }
    }
}

bool ledger_verify(struct db *db, struct ledger_report *report, struct error *error)
{
    struct walk walks[WALKS] = { 0 };
    *report = (struct ledger_report){ 0 };
    if (!db_read_begin(db, error)) {
        return false;
    }
    bool good = db_one_int(db, error, &report->entries, NULL, "select count(*) from ledger_entry") &&
                db_one_int(db, error, &report->claims, NULL, "select count(*) from claim");
    for (int i = 0; i < WALKS && good; i++) {
        walks[i].rows = db_query_values(db, error, verify_sql[i], NULL, 0);
        good = walks[i].rows != NULL;
    }
    for (int i = 0; i < WALKS && good; i++) {
        walk_next(&walks[i]);
    }
    if (good) {
        recount(walks, report);
    }
    for (int i = 0; i < WALKS; i++) {
        good = (!walks[i].rows || rows_end(walks[i].rows, error)) && good;
    }
    db_read_end(db);
    report->whole = good && report->findings == 0;
    return good;
}
