// The part of a scenario that says what a correct client does.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// `scenario` has its limits and faults already. Fills in the defaults for what the file is silent about.
void ReadExpectations(ObjectReader& document, Scenario& scenario);

}  // namespace mock_registry
