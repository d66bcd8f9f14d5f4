// npm's registry as a state machine: it answers from a model of organizations, members, teams and tokens. No sockets,
// no clock.
//
// Where npm's behaviour is documented or was observed, this does the same; what it decides by itself is listed in
// docs/fidelity.md.
#pragma once

#include <map>
#include <string>

#include "mock_registry/registry/reply.h"
#include "mock_registry/registry/router.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

class Registry {
 public:
  explicit Registry(const Scenario& scenario);

  // 404 with the nearest operation for what has no route; never 200 and empty by accident.
  Reply Handle(const connector::HttpRequest& request, connector::Instant now);

  // Changes the first organization or a token, as a timeline says.
  void Change(const mock_registry::Change& change);
  const Org& first_org() const { return orgs_.at(first_org_); }

  // Who asks: the id of the request's token, "unknown" or "none".
  std::string ClientOf(const connector::HttpRequest& request) const;

  // An npm error document for a status.
  static connector::HttpResponse ErrorResponse(int status);

 private:
  connector::HttpResponse Answer(const connector::HttpRequest& request, const Route& route) const;
  connector::HttpResponse Whoami(const std::string& user) const;
  connector::HttpResponse OrgMembers(const Route& route, const std::string& user) const;
  connector::HttpResponse OrgTeams(const Route& route, const std::string& user) const;
  connector::HttpResponse TeamMembers(const Route& route, const std::string& user) const;

  connector::HttpResponse AnswerAnonymous(const Route& route) const;

  const Org* FindOrg(const std::string& name) const;
  bool IsUserAccount(const std::string& name) const;

  std::map<std::string, Org> orgs_;
  std::string first_org_;
  std::map<std::string, Token> tokens_;  // by value
  Anonymous anonymous_;
};

}  // namespace mock_registry
