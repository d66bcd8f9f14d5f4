// The part of a scenario that says how the registry behaves: clock, pagination, limits, network, faults, timeline.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// `scenario` has its organizations and tokens already.
void ReadBehaviour(ObjectReader& document, Scenario& scenario);

}  // namespace mock_registry
