// CustomerDoor: the engine of signing in, for the customers of the company's own applications.  Owned by the OpenVault.
#pragma once

#include "access/customer_account.h"
#include "access/customer_factors.h"
#include "access/customer_sign_in.h"
#include "access/front_door.h"

namespace strongroom {

// Any thread.
class CustomerDoor {
 public:
  // All must outlive this.
  CustomerDoor(FrontDoor& front_door, CatalogueService& catalogue, Customers& customers,
               const AccessSettingsService& settings)
      : secrets_(front_door.kit().gate.house().office().sealed->ring(), front_door.kit().random(),
                 front_door.kit().slow_work, {}, StaffSecrets::kCustomerPepper),
        accounts_(front_door.kit(), catalogue, customers, settings, secrets_),
        factors_(accounts_),
        sign_in_(accounts_, factors_) {}

  CustomerSignIn& sign_in() { return sign_in_; }
  CustomerFactors& factors() { return factors_; }

 private:
  StaffSecrets secrets_;
  CustomerAccounts accounts_;
  CustomerFactors factors_;
  CustomerSignIn sign_in_;
};

}  // namespace strongroom
