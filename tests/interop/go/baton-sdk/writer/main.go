// Writes a .c1z of so many members, teams and memberships with baton-sdk's own store, for a comparison with ours.
//
//	writer FILE MEMBERS TEAMS TEAM_SIZE     prints the seconds from an empty store to the closed file
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	v2 "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"github.com/conductorone/baton-sdk/pkg/connectorstore"
	"github.com/conductorone/baton-sdk/pkg/dotc1z"
)

const grantsAtOnce = 10000

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "writer:", err)
		os.Exit(1)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	must(err)
	return n
}

func resource(kind, name string) *v2.Resource {
	return v2.Resource_builder{
		Id:          v2.ResourceId_builder{ResourceType: kind, Resource: name}.Build(),
		DisplayName: name,
	}.Build()
}

func main() {
	if len(os.Args) != 5 {
		must(fmt.Errorf("usage: writer FILE MEMBERS TEAMS TEAM_SIZE"))
	}
	members, teams, size := number(os.Args[2]), number(os.Args[3]), number(os.Args[4])
	users := make([]*v2.Resource, members)
	for i := range users {
		users[i] = resource("user", fmt.Sprintf("user-%07d", i))
	}
	ctx := context.Background()
	start := time.Now()
	file, err := dotc1z.NewC1ZFile(ctx, os.Args[1])
	must(err)
	_, err = file.StartNewSync(ctx, connectorstore.SyncTypeFull, "")
	must(err)
	for _, kind := range []string{"organization", "team", "user"} {
		must(file.PutResourceTypes(ctx, v2.ResourceType_builder{Id: kind, DisplayName: kind}.Build()))
	}
	must(file.PutResources(ctx, users...))
	grants := make([]*v2.Grant, 0, grantsAtOnce)
	put := func() {
		must(file.PutGrants(ctx, grants...))
		grants = grants[:0]
	}
	grant := func(entitlement *v2.Entitlement, user *v2.Resource) {
		id := entitlement.GetId() + ":user:" + user.GetId().GetResource()
		grants = append(grants, v2.Grant_builder{Id: id, Entitlement: entitlement, Principal: user}.Build())
		if len(grants) == grantsAtOnce {
			put()
		}
	}
	organization := resource("organization", "acme")
	must(file.PutResources(ctx, organization))
	developer := v2.Entitlement_builder{Id: "organization:acme:developer", Slug: "developer", Resource: organization}.Build()
	must(file.PutEntitlements(ctx, developer))
	for _, user := range users {
		grant(developer, user)
	}
	for t := 0; t < teams; t++ {
		team := resource("team", fmt.Sprintf("team-%05d", t))
		must(file.PutResources(ctx, team))
		member := v2.Entitlement_builder{Id: "team:" + team.GetDisplayName() + ":member", Slug: "member", Resource: team}.Build()
		must(file.PutEntitlements(ctx, member))
		for i := 0; i < size; i++ {
			grant(member, users[(t*size+i)%members])
		}
	}
	put()
	must(file.EndSync(ctx))
	must(file.Close(ctx))
	fmt.Printf("%.3f\n", time.Since(start).Seconds())
}
