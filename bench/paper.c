/* The text stands in one piece of address space that is larger than it can be; only what is written takes memory. */
#include "paper.h"

#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE_MOST = 512, REACH_MOST = 1024, NAME_MOST = 32 };

static const uint8_t secret[32] = "the only witness of this bench  ";

static bool put(void *ctx, const char *text, size_t bytes)
{
    struct paper *paper = ctx;
    if (bytes > paper->room - paper->bytes) {
        return false;
    }
    memcpy(paper->text + paper->bytes, text, bytes);
    paper->bytes += bytes;
    return true;
}

static void must(bool good, const struct allot_error *error)
{
    if (!good) {
        (void)fprintf(stderr, "the made-up transcript: %s\n", error->message);
        exit(1);
    }
}

#define TEXT(literal) ((struct transcript_text){ literal, sizeof literal - 1 })

static void make_names(struct paper *paper)
{
    uint32_t offers = paper->city.problem.offers, sites = paper->city.problem.sites;
    char *letters = room((size_t)offers + sites, NAME_MOST);
    paper->name = room((size_t)offers + sites, sizeof *paper->name);
    for (uint32_t i = 0; i < offers + sites; i++) {
        char *name = letters + (size_t)i * NAME_MOST;
        int bytes =
            i < offers ? snprintf(name, NAME_MOST, "第 %u 小学", i) : snprintf(name, NAME_MOST, "社区 %u", i - offers);
        paper->name[i] = (struct transcript_text){ name, (size_t)bytes };
    }
}

void paper_make(struct paper *paper, uint32_t children)
{
    struct city_shape shape = city_with_wishes(children);
    paper_make_of(paper, &shape);
}

void paper_make_of(struct paper *paper, const struct city_shape *shape)
{
    uint32_t children = shape->children;
    *paper = (struct paper){ .bytes = 0 };
    city_make(&paper->city, shape);
    make_names(paper);
    paper->commitment = room(children, sizeof *paper->commitment);
    for (uint32_t a = 0; a < children; a++) {
        memcpy(paper->commitment[a], paper->city.ticket[children - 1 - a], SM3_BYTES);
    }
    paper->witness =
        (struct transcript_witness){ .id = TEXT("公证处"), .secret = secret, .secret_bytes = sizeof secret };
    sm3_of(secret, sizeof secret, paper->witness.commitment);
    paper->transcript = (struct transcript){ .round = TEXT("bench"),
                                             .program = TEXT("jiaoti"),
                                             .step_metres = 50,
                                             .offer_id = paper->name,
                                             .site_id = paper->name + paper->city.problem.offers,
                                             .audit = 100,
                                             .problem = &paper->city.problem,
                                             .commitment = (const uint8_t(*)[SM3_BYTES])paper->commitment,
                                             .witnesses = 1,
                                             .witness = &paper->witness };
    paper->room = (size_t)children * LINE_MOST + (size_t)shape->sites * REACH_MOST + (size_t)shape->offers * REACH_MOST;
    paper->text = mmap(NULL, paper->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (paper->text == MAP_FAILED) {
        abort();
    }
}

void paper_free(struct paper *paper)
{
    allot_result_free(paper->result, NULL);
    city_free(&paper->city);
    free((void *)(uintptr_t)paper->name[0].text);
    free(paper->name);
    free(paper->commitment);
    (void)munmap(paper->text, paper->room);
}

double paper_write(struct paper *paper, const struct allot_host *host)
{
    struct transcript *transcript = &paper->transcript;
    struct transcript_writer writer;
    struct transcript_commitment committed;
    struct allot_error error;
    uint8_t seed[SM3_BYTES];
    paper->bytes = 0;
    double start = wall_ms();
    transcript_start(&writer, put, paper);
    must(transcript_write_list(&writer, transcript, host, &committed, &error), &error);
    must(transcript_write_seed(&writer, transcript, &committed, host, seed, &error), &error);
    double spent = wall_ms() - start;
    if (!paper->result) {
        allot_derive_lots(&paper->city.problem, seed, transcript->round.text, transcript->round.bytes, host,
                          paper->city.lot, NULL);
        must(allot_run(&paper->city.problem, NULL, &paper->result, &error), &error);
        transcript->result = paper->result;
    }
    start = wall_ms();
    must(transcript_write_result(&writer, transcript, seed, host, &error), &error);
    return spent + wall_ms() - start;
}
