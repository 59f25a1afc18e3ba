/*
 * The layout of every public struct and the number of every public constant, as programs that were built against
 * version 2 of the library know them. A change here is a change of the interface: it needs another ALLOT_VERSION and
 * another soversion (src/allot/meson.build), not only other numbers in this file. Nothing is run; it compiles or not.
 * Made by layout.py; sizes and places are those of machines with pointers of 64 bits.
 */
#include "allot/allot.h"
#include "allot/merkle.h"
#include "allot/sha256.h"
#include "allot/sm3.h"
#include "allot/transcript.h"

#define IS(name, value) _Static_assert((name) == (value), #name " has another number")
#if UINTPTR_MAX > UINT32_MAX
#define SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), "struct " #type " has another size")
#define AT(type, field, bytes)                                                                                         \
    _Static_assert(offsetof(struct type, field) == (bytes), "struct " #type ": " #field " stands elsewhere")
#else
#define SIZE(type, bytes) IS(0, 0)
#define AT(type, field, bytes) IS(0, 0)
#endif

/* clang-format off */
IS(ALLOT_VERSION, 2u);
IS(ALLOT_NONE, 4294967295u);
IS(ALLOT_TICKET_BYTES, 32u);
IS(ALLOT_MAX_STEPS, 1000000u);
IS(ALLOT_MAX_KINDS, 256u);
IS(ALLOT_MAX_TOGETHER, 8u);
IS(ALLOT_MAX_CHOICES, 65535u);

SIZE(allot_host, 48);
AT(allot_host, get, 0);
AT(allot_host, put, 8);
AT(allot_host, ctx, 16);
AT(allot_host, each, 24);
AT(allot_host, workers, 32);
AT(allot_host, progress, 40);

IS(ALLOT_FAULT_NONE, 0);
IS(ALLOT_FAULT_MEMORY, 1);
IS(ALLOT_FAULT_PROBLEM, 2);
IS(ALLOT_FAULT_RESULT, 3);

SIZE(allot_error, 244);
AT(allot_error, fault, 0);
AT(allot_error, message, 4);

IS(ALLOT_SERIAL, 0);
IS(ALLOT_DEFERRED, 1);
IS(ALLOT_DRAW, 2);
IS(ALLOT_CYCLES, 3);

IS(ALLOT_BY_PRIORITY, 0);
IS(ALLOT_BY_LOT, 1);

IS(ALLOT_TOGETHER_ADD, 0);
IS(ALLOT_TOGETHER_FIT, 1);

SIZE(allot_offer, 8);
AT(allot_offer, capacity, 0);
AT(allot_offer, order, 4);
AT(allot_offer, balance, 5);
AT(allot_offer, reserved, 6);

IS(ALLOT_FOR_ALL, 0);
IS(ALLOT_MEMBERS_FIRST, 1);
IS(ALLOT_MEMBERS_ONLY, 2);
IS(ALLOT_OTHERS_ONLY, 3);

SIZE(allot_kind, 12);
AT(allot_kind, places, 0);
AT(allot_kind, group_from, 4);
AT(allot_kind, groups, 8);
AT(allot_kind, whom, 10);
AT(allot_kind, order, 11);

IS(ALLOT_DECLINES_BALANCE, 1);

SIZE(allot_applicant, 8);
AT(allot_applicant, site, 0);
AT(allot_applicant, flags, 4);
AT(allot_applicant, places, 6);

SIZE(allot_choice, 12);
AT(allot_choice, offer, 0);
AT(allot_choice, priority, 4);
AT(allot_choice, category, 8);
AT(allot_choice, group, 10);

SIZE(allot_lot, 16);
AT(allot_lot, high, 0);
AT(allot_lot, low, 8);

SIZE(allot_reach, 8);
AT(allot_reach, offer, 0);
AT(allot_reach, steps, 4);

SIZE(allot_problem, 128);
AT(allot_problem, version, 0);
AT(allot_problem, mechanism, 4);
AT(allot_problem, together, 8);
AT(allot_problem, balance, 12);
AT(allot_problem, lot_per_offer, 13);
AT(allot_problem, waiting_unplaced_only, 14);
AT(allot_problem, waiting_reversed, 15);
AT(allot_problem, offers, 16);
AT(allot_problem, applicants, 20);
AT(allot_problem, sites, 24);
AT(allot_problem, offer, 32);
AT(allot_problem, kind_from, 40);
AT(allot_problem, kind, 48);
AT(allot_problem, kind_group, 56);
AT(allot_problem, applicant, 64);
AT(allot_problem, ticket, 72);
AT(allot_problem, choice_from, 80);
AT(allot_problem, choice, 88);
AT(allot_problem, reach_from, 96);
AT(allot_problem, reach, 104);
AT(allot_problem, lot, 112);
AT(allot_problem, choice_lot, 120);

IS(ALLOT_UNPLACED, 0);
IS(ALLOT_CHOICE, 1);
IS(ALLOT_BALANCED, 2);

IS(ALLOT_WHY_NOTHING, 0);
IS(ALLOT_WHY_NO_BALANCE, 1);
IS(ALLOT_WHY_DECLINED, 2);
IS(ALLOT_WHY_NO_SITE, 3);
IS(ALLOT_WHY_NOTHING_IN_REACH, 4);
IS(ALLOT_WHY_SHORTAGE, 5);

SIZE(allot_outcome, 12);
AT(allot_outcome, offer, 0);
AT(allot_outcome, kind, 4);
AT(allot_outcome, rank, 6);
AT(allot_outcome, how, 8);
AT(allot_outcome, reason, 9);
AT(allot_outcome, reserved, 10);

SIZE(allot_standing, 32);
AT(allot_standing, applicant, 0);
AT(allot_standing, rank, 4);
AT(allot_standing, category, 6);
AT(allot_standing, priority, 8);
AT(allot_standing, other, 12);
AT(allot_standing, lot, 16);

SIZE(allot_cutoff, 56);
AT(allot_cutoff, listed, 0);
AT(allot_cutoff, admitted, 4);
AT(allot_cutoff, balanced, 8);
AT(allot_cutoff, added, 12);
AT(allot_cutoff, full, 16);
AT(allot_cutoff, last, 24);

SIZE(allot_kind_cutoff, 40);
AT(allot_kind_cutoff, admitted, 0);
AT(allot_kind_cutoff, full, 4);
AT(allot_kind_cutoff, last, 8);

SIZE(allot_tally, 48);
AT(allot_tally, offer, 0);
AT(allot_tally, category, 4);
AT(allot_tally, reserved, 6);
AT(allot_tally, listed, 8);
AT(allot_tally, admitted, 12);
AT(allot_tally, last, 16);

SIZE(allot_passed_over, 8);
AT(allot_passed_over, applicant, 0);
AT(allot_passed_over, offer, 4);

SIZE(allot_balance, 56);
AT(allot_balance, asked, 0);
AT(allot_balance, placed, 4);
AT(allot_balance, unplaced, 8);
AT(allot_balance, greatest, 12);
AT(allot_balance, total, 16);
AT(allot_balance, together_asked, 24);
AT(allot_balance, together_placed, 28);
AT(allot_balance, price, 32);
AT(allot_balance, cut_site, 40);
AT(allot_balance, short_site, 48);

SIZE(allot_result, 136);
AT(allot_result, applicants, 0);
AT(allot_result, offers, 4);
AT(allot_result, placed_by_choice, 8);
AT(allot_result, placed_by_balance, 12);
AT(allot_result, unplaced, 16);
AT(allot_result, added, 20);
AT(allot_result, outcome, 24);
AT(allot_result, cutoff, 32);
AT(allot_result, kind_cutoff, 40);
AT(allot_result, tallies, 48);
AT(allot_result, tally, 56);
AT(allot_result, repairs, 64);
AT(allot_result, passed_over, 68);
AT(allot_result, over, 72);
AT(allot_result, balance, 80);

IS(ALLOT_ADMITTED, 0);
IS(ALLOT_REFUSED, 1);
IS(ALLOT_NOT_NEEDED, 2);

IS(ALLOT_DECIDED_NOTHING, 0);
IS(ALLOT_DECIDED_NO_PLACE, 1);
IS(ALLOT_DECIDED_RANK, 2);
IS(ALLOT_DECIDED_MEMBER, 3);
IS(ALLOT_DECIDED_PRIORITY, 4);
IS(ALLOT_DECIDED_LOT, 5);
IS(ALLOT_DECIDED_TOGETHER, 6);

SIZE(allot_reasoning, 112);
AT(allot_reasoning, offer, 0);
AT(allot_reasoning, kind, 4);
AT(allot_reasoning, verdict, 8);
AT(allot_reasoning, decided, 12);
AT(allot_reasoning, own, 16);
AT(allot_reasoning, last, 48);
AT(allot_reasoning, full, 80);
AT(allot_reasoning, admitted, 84);
AT(allot_reasoning, stood_before, 88);
AT(allot_reasoning, waiting_place, 92);
AT(allot_reasoning, other_priority_suffices, 96);
AT(allot_reasoning, sufficient_priority, 100);
AT(allot_reasoning, sufficient_category, 104);
AT(allot_reasoning, other_lot_suffices, 106);

SIZE(allot_map, 32);
AT(allot_map, touch_from, 0);
AT(allot_map, touch, 8);
AT(allot_map, home_from, 16);
AT(allot_map, home, 24);
IS(HASH_BYTES, 32u);
IS(HASH_BLOCK, 64u);

SIZE(hash_piece, 16);
AT(hash_piece, bytes, 0);
AT(hash_piece, count, 8);

SIZE(hash_stream, 104);
AT(hash_stream, state, 0);
AT(hash_stream, bytes, 32);
AT(hash_stream, block, 40);

IS(HASH_BEST, 0);
IS(HASH_PLAIN, 1);
IS(HASH_LANES_4, 2);
IS(HASH_LANES_8, 3);
IS(HASH_LANES_16, 4);
IS(HASH_INSTRUCTIONS, 5);
IS(HASH_PATHS, 6u);
IS(MERKLE_BYTES, 32u);
IS(MERKLE_DEPTH, 64u);

SIZE(merkle_hash, 40);
AT(merkle_hash, name, 0);
AT(merkle_hash, empty, 8);
AT(merkle_hash, leaf, 16);
AT(merkle_hash, node, 24);
AT(merkle_hash, many, 32);

SIZE(merkle_tree, 2072);
AT(merkle_tree, hash, 0);
AT(merkle_tree, leaves, 8);
AT(merkle_tree, peak, 16);
AT(merkle_tree, peaks, 2064);
IS(SHA256_BYTES, 32u);

SIZE(sha256, 112);
AT(sha256, stream, 0);
AT(sha256, instructions, 104);
IS(SM3_BYTES, 32u);
IS(SM3_BLOCK, 64u);

SIZE(sm3, 104);
AT(sm3, stream, 0);

SIZE(hmac_sm3, 208);
AT(hmac_sm3, inner, 0);
AT(hmac_sm3, outer, 104);
IS(TRANSCRIPT_VERSION, 2u);
IS(TRANSCRIPT_SECRET_MIN, 16u);
IS(TRANSCRIPT_SECRET_MAX, 64u);
IS(TRANSCRIPT_WITNESSES_MAX, 1000u);
IS(TRANSCRIPT_PUBLIC_MAX, 100u);
IS(TRANSCRIPT_GROUPS_MAX, 65535u);

SIZE(transcript_text, 16);
AT(transcript_text, text, 0);
AT(transcript_text, bytes, 8);

SIZE(transcript_witness, 64);
AT(transcript_witness, id, 0);
AT(transcript_witness, commitment, 16);
AT(transcript_witness, secret, 48);
AT(transcript_witness, secret_bytes, 56);

SIZE(transcript_public, 32);
AT(transcript_public, name, 0);
AT(transcript_public, value, 16);

IS(TRANSCRIPT_DECLINED, 0);
IS(TRANSCRIPT_WAITING, 1);
IS(TRANSCRIPT_PASSED, 2);
IS(TRANSCRIPT_LATE, 3);
IS(TRANSCRIPT_REMOVED, 4);

SIZE(transcript_move, 48);
AT(transcript_move, applicant, 0);
AT(transcript_move, from, 4);
AT(transcript_move, to, 8);
AT(transcript_move, kind, 12);
AT(transcript_move, batch, 16);
AT(transcript_move, note, 24);
AT(transcript_move, from_kind, 40);
AT(transcript_move, to_kind, 42);

IS(TRANSCRIPT_NOTHING, 0);
IS(TRANSCRIPT_LIST, 1);
IS(TRANSCRIPT_SEED, 2);
IS(TRANSCRIPT_RESULT, 3);
IS(TRANSCRIPT_MOVES, 4);

SIZE(transcript_signature, 192);
AT(transcript_signature, part, 0);
AT(transcript_signature, batch, 4);
AT(transcript_signature, hash, 8);
AT(transcript_signature, key, 40);
AT(transcript_signature, signature, 105);
AT(transcript_signature, text, 176);

SIZE(transcript, 192);
AT(transcript, round, 0);
AT(transcript, program, 16);
AT(transcript, policy, 32);
AT(transcript, step_metres, 64);
AT(transcript, offer_id, 72);
AT(transcript, site_id, 80);
AT(transcript, audit, 88);
AT(transcript, groups, 92);
AT(transcript, group, 96);
AT(transcript, problem, 104);
AT(transcript, commitment, 112);
AT(transcript, witnesses, 120);
AT(transcript, witness, 128);
AT(transcript, publics, 136);
AT(transcript, public_value, 144);
AT(transcript, result, 152);
AT(transcript, moves, 160);
AT(transcript, move, 168);
AT(transcript, signatures, 176);
AT(transcript, signature, 184);

SIZE(transcript_commitment, 112);
AT(transcript_commitment, rules, 0);
AT(transcript_commitment, root, 32);
AT(transcript_commitment, root_sha256, 64);
AT(transcript_commitment, count, 96);
AT(transcript_commitment, children, 104);

SIZE(transcript_writer, 168);
AT(transcript_writer, put, 0);
AT(transcript_writer, ctx, 8);
AT(transcript_writer, hash, 16);
AT(transcript_writer, begun, 120);
AT(transcript_writer, ended, 124);
AT(transcript_writer, end, 128);
AT(transcript_writer, batches, 160);
AT(transcript_writer, signatures, 164);

IS(TRANSCRIPT_TABLE_LIST, 0);
IS(TRANSCRIPT_TABLE_RESULT, 1);

IS(TRANSCRIPT_HASH_SM3, 0);
IS(TRANSCRIPT_HASH_SHA256, 1);

SIZE(transcript_report, 1656);
AT(transcript_report, ok, 0);
AT(transcript_report, fault, 4);
AT(transcript_report, line, 8);
AT(transcript_report, message, 16);
AT(transcript_report, found, 256);
AT(transcript_report, expected, 576);
AT(transcript_report, table, 896);
AT(transcript_report, hash, 900);
AT(transcript_report, stage, 904);
AT(transcript_report, lines, 912);
AT(transcript_report, round, 920);
AT(transcript_report, program, 1121);
AT(transcript_report, policy, 1322);
AT(transcript_report, mechanism, 1356);
AT(transcript_report, together, 1360);
AT(transcript_report, balance, 1364);
AT(transcript_report, applicants, 1368);
AT(transcript_report, offers, 1372);
AT(transcript_report, sites, 1376);
AT(transcript_report, kinds, 1380);
AT(transcript_report, groups, 1384);
AT(transcript_report, witnesses, 1388);
AT(transcript_report, opened, 1392);
AT(transcript_report, publics, 1396);
AT(transcript_report, signatures, 1400);
AT(transcript_report, moves, 1404);
AT(transcript_report, commitment, 1408);
AT(transcript_report, seed, 1520);
AT(transcript_report, placed_by_choice, 1552);
AT(transcript_report, placed_by_balance, 1556);
AT(transcript_report, unplaced, 1560);
AT(transcript_report, added, 1564);
AT(transcript_report, repairs, 1568);
AT(transcript_report, passed_over, 1572);
AT(transcript_report, audited, 1576);
AT(transcript_report, greatest, 1580);
AT(transcript_report, total, 1584);
AT(transcript_report, result_root, 1592);
AT(transcript_report, result_root_sha256, 1624);
