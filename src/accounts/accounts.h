/* accounts: who may sign in, what they may do, and whose data they may see.
 *
 * A role says what somebody may do; a scope says of whom. Division codes nest, so a scope is a prefix: "3715"
 * the city, "371502" a county. School staff have one institution instead. A family sees its own children. All of
 * it is decided in accounts_allowed, nowhere else.
 *
 * Login names (a family's is its mobile number), names and citizen numbers are sealed; passwords are Argon2id.
 */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/db.h"
#include "store/reseal.h"
#include "store/vault.h"
#include "store/writer.h"
#include "web/server.h"
#include "web/session.h"

extern const struct migration accounts_migrations[];
extern const size_t accounts_migrations_count;
extern const struct sealed_column accounts_sealed[];
extern const size_t accounts_sealed_count;

enum role {
    ROLE_FAMILY = 1 << 0,
    ROLE_SCHOOL_CLERK = 1 << 1,
    ROLE_SCHOOL_HEAD = 1 << 2,
    ROLE_COUNTY_REVIEWER = 1 << 3,
    ROLE_COUNTY_OFFICER = 1 << 4,
    ROLE_CITY = 1 << 5,
    ROLE_AUDITOR = 1 << 6,
    ROLE_OPERATOR = 1 << 7,
    ROLE_WITNESS = 1 << 8,
    ROLE_INSPECTOR = 1 << 9,   /* responsible inspector of schools; has the code of a member of staff */
    ROLE_ENTERPRISE = 1 << 10, /* staff of an enterprise, which is its institution */
    ROLE_SCHOOL = ROLE_SCHOOL_CLERK | ROLE_SCHOOL_HEAD,
    ROLE_COUNTY = ROLE_COUNTY_REVIEWER | ROLE_COUNTY_OFFICER,
    ROLE_STAFF =
        ROLE_SCHOOL | ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR | ROLE_OPERATOR | ROLE_INSPECTOR | ROLE_ENTERPRISE,
};
extern const struct web_role accounts_roles[];
extern const size_t accounts_roles_count;
/* "county_officer" → bit; 0 when there is no such role. */
unsigned accounts_role_of(struct str name);
/* The name of the lowest role bit in roles that is also in `among` ("" when none): for the journal. */
const char *accounts_role_name(unsigned roles, unsigned among);

/* ---- Accounts ---- */

struct new_account {
    struct str login;
    struct str name;
    struct str citizen; /* empty for staff */
    unsigned roles;
    struct str scope;    /* prefix; empty for families */
    int64_t institution; /* 0: none */
    struct str witness;  /* of a witness: its id in the policies of its scope ("notary") */
    struct str staff;    /* code in the register: of an inspector */
    struct str password; /* Argon2id in its own encoding (accounts_password_hash), empty: no sign-in by password */
    int demo;            /* 0, 1 listed, 2 not listed */
    struct name demo_note;
};
/* Inserts; an existing login is an error. Appends to the journal. */
bool account_add(struct writing *writing, const struct new_account *account, int64_t *id, struct error *error);

struct account {
    int64_t id;
    struct str login, name, citizen; /* unsealed */
    unsigned roles;
    struct str scope;
    int64_t institution;
    int demo;
    struct name demo_note;
    bool has_password;
    bool closed;
};
bool account_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct account *out, bool *found,
                 struct error *error);
/* The guardian's own citizen number hash: 32 bytes with the purpose "citizen". */
bool account_by_login(struct db *db, struct arena *arena, struct vault *vault, struct str login, struct account *out,
                      bool *found, struct error *error);
/* Listed demo accounts, by id. Empty outside a demo city. */
bool accounts_demo_list(struct db *db, struct arena *arena, struct vault *vault, struct account **out, size_t *n,
                        struct error *error);

/* ---- Passwords ---- */

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 200 };
/* Argon2id (takes some 50 ms and 19 MiB: never on an event loop). */
bool accounts_password_hash(struct arena *arena, struct str password, struct str *encoded, struct error *error);
bool accounts_password_matches(struct arena *arena, struct str encoded, struct str password);
/* For `jiaoti account password`: sets it and ends the account's sessions in the table. */
struct set_password {
    struct str login;
    struct str encoded;
    bool found; /* out */
};
bool set_password_run(struct writing *writing, void *input, struct error *error);

/* ---- Settings of the installation (table `setting`) ---- */

bool setting_get(struct db *db, struct arena *arena, const char *name, struct str *value, struct error *error);
bool setting_put(struct writing *writing, const char *name, struct str value, struct error *error);
int64_t setting_int(struct db *db, struct arena *arena, const char *name, int64_t otherwise);

/* ---- The demo's clock ---- */

/* In the database: it shows `to` now, unless it stands further already. *shift: what it is now, for clock_advance after
 * the commit. Sessions move along. */
bool demo_clock_set(struct writing *writing, int64_t to, int64_t *shift, struct error *error);
/* Moves this process's clock to where another one has put it. */
bool demo_clock_follow(struct db *db, struct arena *arena, bool *moved, struct error *error);

/* ---- Seeing a child's data unmasked ---- */

/* Staff see names and numbers masked until they give a reason; then for this long. */
enum { LIMIT_UNMASK_MINUTES = 30 };
struct unmask {
    int64_t account;
    unsigned roles;
    const char *subject_kind; /* "application" */
    int64_t subject;
    struct str division;
    struct str reason; /* in the reader's words; kept in the table, not in the journal */
};
bool unmask_run(struct writing *writing, void *input, struct error *error);
bool accounts_unmasked(struct db *db, int64_t account, const char *subject_kind, int64_t subject, int64_t now,
                       bool *unmasked, struct error *error);

/* ---- What the server needs ---- */

/* The application's parts that pages of every noun reach through request_application(). Owned by main. */
struct app {
    struct store *store;
    struct vault *vault;
    struct writer *writer;
    const struct city *city;
    struct places *places;         /* places/places.h: what the commands of applications need */
    struct client *client;         /* connect/client.h: questions to the departments */
    struct forecaster *forecaster; /* figures/forecast/load.h */
    /* Does a round of the county and stage go on? (places/round.h; figures do not know places) */
    bool (*round_goes_on)(struct db *db, struct str county, struct str stage, bool *goes_on, struct error *error);
    struct keys *keys;                           /* connect/keys.h: shared with the departments */
    const struct outbox_settings *messages;      /* connect/outbox.h: by what servers messages go */
    struct readings *readings;                   /* places/pages/common.h: whose reading is in the journal already */
    struct figures *figures;                     /* figures/figures.h: what is counted */
    const struct figures_folder *figures_folder; /* figures/folder.h: what the city says about figures */
    struct exchange_reader *imports;             /* registry/exchange_keep.h: reads what is handed in */
    struct atlas *atlas;                         /* atlas/atlas.h: the picture of today for map pages */
    const char *data;                            /* folder of the installation */
    struct web_server *server;
    bool demo;
};
static inline struct app *request_app(const struct request *request)
{
    return request_application(request);
}

/* The hooks session_load, session_touch, allowed, refused; context is the app. */
bool accounts_session_load(void *context, struct db *db, const unsigned char hash[SESSION_HASH_BYTES],
                           struct session *session);
void accounts_session_touch(void *context, const unsigned char hash[SESSION_HASH_BYTES], int64_t now_ms);
bool accounts_allowed(void *context, const struct session *session, const struct route *route,
                      const struct subject *subject);
void accounts_refused(void *context, struct request *request, const struct subject *subject);

/* The page at which a session with these roles begins. */
const char *accounts_home(unsigned roles);
/* Sign in, sign out, demo accounts, change of password, the demo's clock. */
extern const struct route accounts_routes[];
extern const size_t accounts_route_count;

#endif
