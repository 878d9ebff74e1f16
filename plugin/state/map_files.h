// What the owner's files say about the map: postals, and models of vehicles. They do not change once they are read.
#pragma once

#include <memory>

#include "api/vehicle_models.h"
#include "state/postals.h"

namespace sonoran::state {

struct MapFiles {
  std::shared_ptr<const Postals> postals;                                                           // null: no list
  std::shared_ptr<const api::VehicleModels> models = std::make_shared<const api::VehicleModels>();  // never null
};

}  // namespace sonoran::state
