#include "connector/generator/generator.h"

#include "connector/generator/block_internal.h"

namespace oresmith::connector {

Result<OrderKind> ParseOrderKind(std::string_view name) {
  if (name == "retail") return OrderKind::kRetail;
  if (name == "restaurant") return OrderKind::kRestaurant;
  if (name == "ecommerce") return OrderKind::kEcommerce;
  return Fail(MakeError(ErrorKind::kInvalidInput, "produce: there are no orders of kind {}", name)
                  .WithFix("write retail, restaurant or ecommerce"));
}

Result<std::unique_ptr<Generator>> MakeGenerator(const GeneratorOptions& options) {
  const TroubleShares& t = options.trouble;
  double sum = 0;
  for (const double share : {t.malformed, t.no_id, t.negative, t.duplicate, t.late}) {
    if (!(share >= 0 && share <= 1)) {
      return Fail(ErrorKind::kInvalidInput,
                  "produce: a share of records must be from 0 to 1, not {}", share);
    }
    sum += share;
  }
  if (sum > 1) {
    return Fail(ErrorKind::kInvalidInput,
                "produce: the shares of records with trouble must not exceed 1 in all, not {}",
                sum);
  }
  switch (options.kind) {
    case OrderKind::kRetail:
      return MakeRetailGenerator(options);
    case OrderKind::kRestaurant:
      return MakeRestaurantGenerator(options);
    case OrderKind::kEcommerce:
      return MakeEcommerceGenerator(options);
  }
  return Fail(ErrorKind::kInvalidInput, "produce: unknown kind of orders");
}

}  // namespace oresmith::connector
