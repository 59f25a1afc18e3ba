/* LEMON (a library for graphs, Boost licence, packaged in Debian) on the children of balance: the same network that
 * allot/flow.c describes, solved by three of its algorithms. */
#include "lemon.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include <lemon/capacity_scaling.h>
#include <lemon/cost_scaling.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

namespace
{
using Graph = lemon::SmartDigraph;

struct Network {
    Graph graph;
    Graph::ArcMap<int> upper{ graph };
    Graph::ArcMap<int> cost{ graph };
    Graph::NodeMap<int> supply{ graph };
};

double now_ms()
{
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

void build(Network &network, const allot_problem &problem, uint32_t within)
{
    std::vector<int> children(problem.sites, 0);
    for (uint32_t a = 0; a < problem.applicants; a++) {
        children[problem.applicant[a].site]++;
    }
    std::vector<Graph::Node> site, offer;
    network.graph.reserveNode(static_cast<int>(problem.sites + problem.offers + 1));
    for (uint32_t s = 0; s < problem.sites; s++) {
        site.push_back(network.graph.addNode());
        network.supply[site[s]] = children[s];
    }
    Graph::Node end = network.graph.addNode();
    network.supply[end] = -static_cast<int>(problem.applicants);
    for (uint32_t j = 0; j < problem.offers; j++) {
        offer.push_back(network.graph.addNode());
        network.supply[offer[j]] = 0;
        Graph::Arc arc = network.graph.addArc(offer[j], end);
        network.upper[arc] = static_cast<int>(problem.offer[j].capacity);
        network.cost[arc] = 0;
    }
    for (uint32_t s = 0; s < problem.sites; s++) {
        for (uint32_t e = problem.reach_from[s]; e < problem.reach_from[s + 1]; e++) {
            const allot_reach &reach = problem.reach[e];
            if (reach.steps <= within && problem.offer[reach.offer].capacity > 0) {
                Graph::Arc arc = network.graph.addArc(site[s], offer[reach.offer]);
                network.upper[arc] = children[s];
                network.cost[arc] = static_cast<int>(reach.steps);
            }
        }
    }
}

template <class Solver> lemon_answer solve(Network &network)
{
    lemon_answer answer = { UINT64_MAX, 0, 0 };
    double start = now_ms();
    Solver solver(network.graph);
    solver.upperMap(network.upper).costMap(network.cost).supplyMap(network.supply);
    bool solved = solver.run() == Solver::OPTIMAL;
    answer.spent_ms = now_ms() - start;
    if (solved) {
        answer.total = static_cast<uint64_t>(solver.template totalCost<long long>());
        for (Graph::ArcIt arc(network.graph); arc != lemon::INVALID; ++arc) {
            if (solver.flow(arc) > 0) {
                answer.greatest = std::max(answer.greatest, static_cast<uint32_t>(network.cost[arc]));
            }
        }
    }
    return answer;
}
} // namespace

lemon_answer lemon_solve(const allot_problem *problem, uint32_t within, enum lemon_solver solver)
{
    Network network;
    build(network, *problem, within);
    switch (solver) {
    case LEMON_COST_SCALING:
        return solve<lemon::CostScaling<Graph, int, long long>>(network);
    case LEMON_NETWORK_SIMPLEX:
        return solve<lemon::NetworkSimplex<Graph, int, long long>>(network);
    default:
        return solve<lemon::CapacityScaling<Graph, int, long long>>(network);
    }
}
