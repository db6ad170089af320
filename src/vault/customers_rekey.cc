// A new key for one customer, because somebody asks for it now (rekey.h).
#include "vault/customers.h"
#include "vault/rekey.h"

namespace strongroom {

Receipted<RekeyAnswer> Customers::Rekey(const Caller& caller, std::string_view code) {
  const Result<OpenCustomer> customer = Open(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerRekey, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<RekeyAnswer>();
  if (!customer.ok()) return permit.Fail<RekeyAnswer>(ToldOf(caller, code, customer.status()));
  if (!permit.MayKnow(customer->record.tier)) return permit.Fail<RekeyAnswer>(Status(Reason::kCustomerNotFound));
  permit.entry().customers = {customer->record.audit_id};
  const Result<Rekeyed> done = RekeyCustomer(*customer->room, customer->id, permit.entry());
  if (!done.ok()) return permit.Fail<RekeyAnswer>(done.status());
  permit.Close();  // each step has its entry
  return Receipted<RekeyAnswer>({house_.codes().EncodeCustomer(customer->id), done->generation, done->items_resealed},
                                Receipt::Settled(Status::Ok()));
}

}  // namespace strongroom
