// npm's registry as a state machine: it answers from a model of organizations, members, teams and tokens, and a write
// changes what the next read says. No sockets, no clock.
//
// Where npm's behaviour is documented or was observed, this does the same; what it decides by itself is listed in
// docs/fidelity.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "mock_registry/registry/gate.h"
#include "mock_registry/registry/pages.h"
#include "mock_registry/registry/reply.h"
#include "mock_registry/registry/router.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

class Registry {
 public:
  explicit Registry(const Scenario& scenario);

  // 404 with the nearest operation for what has no route; never 200 and empty by accident. `route`: the request's.
  Reply Handle(const connector::HttpRequest& request, const std::optional<Route>& route, connector::Instant now);
  Reply Handle(const connector::HttpRequest& request, connector::Instant now) {
    return Handle(request, FindRoute(request), now);
  }

  // Changes the first organization or a token, as a timeline says.
  void Change(const mock_registry::Change& change);
  const Org& first_org() const { return orgs_.at(first_org_); }

  // Who asks: the id of the request's token, "unknown" or "none".
  std::string ClientOf(const connector::HttpRequest& request) const { return gate_.AskerOf(request).client; }
  // Which page of its listing a request asks for, from 1.
  std::uint64_t PageOf(std::string_view operation, const std::string& target) const {
    return pages_.NumberOf(operation, target);
  }

 private:
  Reply Answer(const connector::HttpRequest& request, const Route& route, connector::Instant now);
  Reply AnswerAnonymous(const Route& route) const;
  Reply AnswerView(const Route& route, View view) const;
  Reply List(const connector::HttpRequest& request, const Route& route, const Token& token, connector::Instant now);
  Reply Write(const connector::HttpRequest& request, const Route& route, const Token& token);

  // Of an organization that exists; nullptr if the team does not.
  std::shared_ptr<const Listing> ListingOf(const Org& org, const Route& route);
  // `document`, all of the listing or a page of it, by gzip.
  std::shared_ptr<const std::string> Packed(const Listing& listing, const std::string& document);
  // The listings, because something has changed or they have become too many.
  void Forget();

  const Org* FindOrg(const std::string& name) const;
  bool IsUserAccount(const std::string& name) const;

  std::map<std::string, Org> orgs_;
  std::string first_org_;
  const Anonymous anonymous_;
  Gate gate_;
  const std::map<std::string, Pagination> dialects_;
  const bool gzip_;
  Pages pages_;
  // Of operation, organization and team; empty after a change.
  std::map<std::tuple<std::string, std::string, std::string>, std::shared_ptr<const Listing>> listings_;
  std::map<const Listing*, std::shared_ptr<const std::string>> packed_;  // of those that are one document
  std::size_t listed_bytes_ = 0;
};

}  // namespace mock_registry
